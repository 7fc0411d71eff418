package consumers_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ringproof/ringproof/internal/consumers"
)

func TestTheGoConsumerIsCorrect(t *testing.T) {
	core(t, func(t *testing.T, auth string) target {
		return over(t, consumers.New(consumers.Options{Auth: parsed(t, auth)}))
	})
}

func parsed(t *testing.T, setting string) consumers.Auth {
	t.Helper()
	a, err := consumers.ParseAuth(setting, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// All 7,000 of them, which would take long over a network.
func TestNoFaultMakesAServerError(t *testing.T) {
	checkFaults(t, direct(consumers.New(consumers.Options{})), 1)
}

// The example of the Standard Webhooks specification's own libraries.
func TestStandardWebhooksOwnExampleIsGenuine(t *testing.T) {
	now := time.Unix(1614265330, 0)
	x := direct(consumers.New(consumers.Options{
		Auth: consumers.Auth{Scheme: consumers.Standard, Secret: "whsec_" + standardKey},
		Now:  func() time.Time { return now },
	}))
	header := http.Header{
		"Webhook-Id": {"msg_p5jXN8AQM9LWM0D4loKWxJek"}, "Webhook-Timestamp": {"1614265330"},
		"Webhook-Signature": {"v1,bm90IHRoaXMgb25l v1a,Zm9v v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
	}
	body := []byte(`{"test": 2432232314}`)
	// 400: believed, but no message.
	if got := x.post(t, body, header); got != 400 {
		t.Errorf("%d", got)
	}
	now = now.Add(5*time.Minute + time.Second)
	if got := x.post(t, body, header); got != 401 {
		t.Errorf("five minutes later: %d", got)
	}
}

func TestTheSchemesHaveTheirHeadersAndNoOther(t *testing.T) {
	body := []byte(`{"message":{"type":"hang"}}`)
	for _, wanted := range schemes {
		x := direct(consumers.New(consumers.Options{Auth: parsed(t, wanted.setting)}))
		for _, sent := range schemes {
			want := 401
			// The two differ in the unit, which is told from the number.
			if strings.TrimSuffix(sent.name, " in milliseconds") == strings.TrimSuffix(wanted.name, " in milliseconds") {
				want = 200
			}
			if got := x.post(t, body, sent.sign(body, time.Now())); got != want {
				t.Errorf("%s, sent to %s: %d, want %d", sent.name, wanted.name, got, want)
			}
		}
	}
}

func TestASecretCanComeFromTheEnvironment(t *testing.T) {
	env := func(name string) string { return map[string]string{"KEY": "from-env"}[name] }
	a, err := consumers.ParseAuth("hmac:env:KEY,alg=sha1,format={body}%2C{url}", env)
	if err != nil || a.Scheme != consumers.HMAC || a.Secret != "from-env" || a.Options["alg"] != "sha1" || a.Options["format"] != "{body},{url}" {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestSettingsThatCannotBeAreRefusedWithoutTellingTheSecret(t *testing.T) {
	for _, spec := range []string{
		"magic:s3cret", "s3cret", "bearer:", "bearer:env:NOTHING", "bearer:s3cret,alg=sha256", "bearer:s3cret,prefix=%", "standard:whsec_s3cret,alg=sha1", "hmac:s3cret!,secret-base64=true", "hmac:s3cret,alg=md5",
		"hmac:s3cret,encoding=utf8", "hmac:s3cret,salt=1", "hmac:in,s3cret", "standard:whsec_s3cret!",
	} {
		_, err := consumers.ParseAuth(spec, func(string) string { return "" })
		if err == nil {
			t.Errorf("%s: accepted", spec)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error tells the secret: %v", spec, err)
		}
	}
}

// The published vectors say what senders send; the consumer was written without them.
func TestSigningVectorsAreGenuine(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "signing", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d vectors, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			var v struct {
				Auth, Method, URL, Body string
				BodyBase64              []byte `json:"body_base64"`
				Timestamp               int64
				Plan                    struct{ Header string }
				Headers                 []struct{ Name, Value string }
			}
			text, err := os.ReadFile(file)
			if err == nil {
				err = json.Unmarshal(text, &v)
			}
			if err != nil {
				t.Fatal(err)
			}
			body := append([]byte(v.Body), v.BodyBase64...)
			h := consumers.New(consumers.Options{Auth: parsed(t, v.Auth), Now: func() time.Time { return time.UnixMilli(v.Timestamp) }})
			answer := func(more string) int {
				r := httptest.NewRequest(v.Method, v.URL, bytes.NewReader(body))
				for _, line := range v.Headers {
					if line.Name == v.Plan.Header {
						line.Value += more
					}
					r.Header.Set(line.Name, line.Value)
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				return w.Code
			}
			// 400: believed, but no message.
			if got := answer(""); got != 200 && got != 400 {
				t.Errorf("%d", got)
			}
			if got := answer("0"); got != 401 {
				t.Errorf("spoiled: %d", got)
			}
		})
	}
}
