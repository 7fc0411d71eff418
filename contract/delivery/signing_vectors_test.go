package delivery

import (
	"bytes"
	"crypto/hmac"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const vectorFolder = "../../testdata/signing"

// vector is a file of testdata/signing, whose README explains the members.
type vector struct {
	Name       string          `json:"name"`
	Why        string          `json:"why"`
	Source     string          `json:"source"`
	Auth       string          `json:"auth"`
	Secret     string          `json:"secret"`
	Timestamp  int64           `json:"timestamp"`
	ID         string          `json:"id"`
	Method     string          `json:"method"`
	URL        string          `json:"url"`
	Body       *string         `json:"body"`
	BodyBase64 []byte          `json:"body_base64"`
	Plan       json.RawMessage `json:"plan"`
	Headers    []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"headers"`
}

func (v vector) request() Request {
	body := v.BodyBase64
	if v.Body != nil {
		body = []byte(*v.Body)
	}
	return Request{Method: v.Method, URL: v.URL, Body: body, At: time.UnixMilli(v.Timestamp), ID: v.ID}
}

func (v vector) wanted() []Header {
	var headers []Header
	for _, h := range v.Headers {
		headers = append(headers, Header{h.Name, h.Value})
	}
	return headers
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(vectorFolder, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	vectors := make([]vector, len(files))
	for i, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		require.NoError(t, d.Decode(&vectors[i]), file)
		require.Equal(t, filepath.Base(file), vectors[i].Name+".json")
		require.NotEmpty(t, vectors[i].Why, file)
	}
	return vectors
}

func noEnvironment(string) string { return "" }

func parse(t *testing.T, spec string) *Auth {
	t.Helper()
	a, err := ParseAuth(spec, noEnvironment)
	require.NoError(t, err)
	return a
}

func TestEveryVectorIsProduced(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			a := parse(t, v.Auth)
			require.Equal(t, v.Secret, a.Secret())
			require.Equal(t, v.wanted(), a.Headers(v.request()))
			plan, err := json.Marshal(a.plan)
			require.NoError(t, err)
			require.JSONEq(t, string(v.Plan), string(plan))
		})
	}
}

// accepts is a consumer that shares the secret: it makes the headers itself, with the
// time and the id that it received.
func accepts(a *Auth, r Request, received []Header) bool {
	want := a.Headers(r)
	if len(want) != len(received) {
		return false
	}
	same := true
	for i := range want {
		same = hmac.Equal([]byte(want[i].Value), []byte(received[i].Value)) && same
	}
	return same
}

func TestEveryVectorIsVerifiedAndNoChangedOne(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			a, r := parse(t, v.Auth), v.request()
			require.True(t, accepts(a, r, v.wanted()))

			other := strings.Replace(v.Auth, v.Secret, "AAAA"+strings.TrimPrefix(v.Secret, "whsec_"), 1)
			require.False(t, accepts(parse(t, other), r, v.wanted()), "another secret")
			if a.plan.Sign == nil {
				return
			}
			changed := r
			changed.Body = append(bytes.Clone(r.Body), ' ')
			require.False(t, accepts(a, changed, v.wanted()), "another body")

			sign := a.plan.Sign
			changed = r
			changed.At = r.At.Add(time.Second)
			require.Equal(t, sign.TimestampHeader == "", accepts(a, changed, v.wanted()), "another time")
			changed = r
			changed.URL += "0"
			require.Equal(t, !strings.Contains(sign.Format, "{url}"), accepts(a, changed, v.wanted()), "another URL")
			changed = r
			changed.ID += "0"
			require.Equal(t, sign.IDHeader == "", accepts(a, changed, v.wanted()), "another id")
		})
	}
}

// What the vectors must at least cover; each row is an option or a trap.
func TestVectorsCoverEveryOptionOfEveryScheme(t *testing.T) {
	covered := map[string]bool{}
	for _, v := range readVectors(t) {
		a := parse(t, v.Auth)
		covered[a.scheme.name] = true
		for _, g := range a.given {
			name, _, _ := strings.Cut(g, "=")
			covered[a.scheme.name+" "+name] = true
		}
	}
	for _, s := range schemes {
		require.True(t, covered[s.name], s.name)
		for _, o := range s.options {
			if s.name != "secret" { // its header is that of bearer
				require.True(t, covered[s.name+" "+o.name], "%s %s", s.name, o.name)
			}
		}
	}
}

func TestVectorsAreVerifiedInOtherLanguages(t *testing.T) {
	for _, verifier := range [][]string{{"node", "verify.mjs"}, {"python3", "verify.py"}} {
		t.Run(verifier[0], func(t *testing.T) {
			if _, err := exec.LookPath(verifier[0]); err != nil {
				t.Skipf("SKIPPED: %s is not installed, so testdata/signing/%s did not run", verifier[0], verifier[1])
			}
			script := filepath.Join(vectorFolder, verifier[1])
			run := func(folder string) (string, error) {
				out, err := exec.Command(verifier[0], script, folder).CombinedOutput()
				return string(out), err
			}
			out, err := run(vectorFolder)
			require.NoError(t, err, out)

			bad := t.TempDir()
			data, err := os.ReadFile(filepath.Join(vectorFolder, "standard-published.json"))
			require.NoError(t, err)
			changed := bytes.Replace(data, []byte("2432232314"), []byte("2432232315"), 1)
			require.NotEqual(t, data, changed)
			require.NoError(t, os.WriteFile(filepath.Join(bad, "changed.json"), changed, 0o600))
			out, err = run(bad)
			require.Error(t, err, out)
			require.Contains(t, out, "changed.json is not verified")

			out, err = run(t.TempDir())
			require.Error(t, err, "no vectors at all: %s", out)
		})
	}
}
