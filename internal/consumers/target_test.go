package consumers_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// target is a consumer under test, wherever it runs.
type target struct {
	url    string
	client *http.Client
}

// direct reaches a handler without a network.
func direct(h http.Handler) target {
	return target{"http://consumer.test", &http.Client{Transport: roundTripper(func(r *http.Request) *http.Response {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result()
	})}}
}

type roundTripper func(*http.Request) *http.Response

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

// over reaches a handler as others do.
func over(t *testing.T, h http.Handler) target {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return target{server.URL, server.Client()}
}

func (x target) post(t *testing.T, body []byte, header http.Header) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, x.url+"/hook", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	response, err := x.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode
}

// state is what the consumer knows of a call, as ended/2; none if nothing.
func (x target) state(t *testing.T, id string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, x.url+"/calls/"+url.PathEscape(id), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := x.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusNotFound:
		return "none"
	case http.StatusOK:
	default:
		t.Fatalf("GET /calls/%s: %s", id, response.Status)
	}
	var state struct {
		Status     string `json:"status"`
		Deliveries int    `json:"deliveries"`
	}
	d := json.NewDecoder(response.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&state); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s/%d", state.Status, state.Deliveries)
}

// scheme is a way to authenticate: the setting of the consumer, and a sender's side of
// it, written from FACTS and the Standard Webhooks specification alone.
type scheme struct {
	name, setting string
	signed        bool // with a timestamp
	sign          func(body []byte, at time.Time) http.Header
}

const (
	token       = "t0ken-of-the-test"
	standardKey = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)

var schemes = []scheme{
	{name: "bearer", setting: "bearer:" + token, sign: func([]byte, time.Time) http.Header {
		return http.Header{"Authorization": {"Bearer " + token}}
	}},
	{name: "secret", setting: "secret:" + token, sign: func([]byte, time.Time) http.Header {
		return http.Header{"X-Vapi-Secret": {token}}
	}},
	{name: "hmac", setting: "hmac:" + token, signed: true, sign: func(body []byte, at time.Time) http.Header {
		stamp := strconv.FormatInt(at.Unix(), 10)
		return http.Header{"X-Timestamp": {stamp}, "X-Signature": {hex.EncodeToString(mac256(token, stamp+"."+string(body)))}}
	}},
	{name: "hmac in milliseconds", setting: "hmac:" + token + ",unit=ms", signed: true, sign: func(body []byte, at time.Time) http.Header {
		stamp := strconv.FormatInt(at.UnixMilli(), 10)
		return http.Header{"X-Timestamp": {stamp}, "X-Signature": {hex.EncodeToString(mac256(token, stamp+"."+string(body)))}}
	}},
	{name: "hmac over the body", setting: "hmac:" + token + ",header=x-vapi-signature,timestamp=false,prefix=sha256%3D", sign: func(body []byte, _ time.Time) http.Header {
		return http.Header{"X-Vapi-Signature": {"sha256=" + hex.EncodeToString(mac256(token, string(body)))}}
	}},
	{name: "hmac sha512 in base64", setting: "hmac:" + token + ",alg=sha512,encoding=base64,timestamp-header=x-when,id-header=x-message,format={method}:{timestamp}:{svix-id}:{body}", signed: true,
		sign: func(body []byte, at time.Time) http.Header {
			stamp := strconv.FormatInt(at.Unix(), 10)
			h := hmac.New(sha512.New, []byte(token))
			io.WriteString(h, "POST:"+stamp+":id-1:"+string(body))
			return http.Header{"X-When": {stamp}, "X-Message": {"id-1"}, "X-Signature": {base64.StdEncoding.EncodeToString(h.Sum(nil))}}
		}},
	{name: "bearer in a header of its own", setting: "bearer:" + token + ",header=x-api-key,prefix=", sign: func([]byte, time.Time) http.Header {
		return http.Header{"X-Api-Key": {token}}
	}},
	{name: "hmac with a secret in base64", setting: "hmac:" + base64.StdEncoding.EncodeToString([]byte(token)) + ",secret-base64=true,header=x-hub-signature,format={method} {body}", sign: func(body []byte, _ time.Time) http.Header {
		return http.Header{"X-Hub-Signature": {hex.EncodeToString(mac256(token, "POST "+string(body)))}}
	}},
	{name: "standard", setting: "standard:whsec_" + standardKey, signed: true, sign: func(body []byte, at time.Time) http.Header {
		stamp := strconv.FormatInt(at.Unix(), 10)
		key, _ := base64.StdEncoding.DecodeString(standardKey)
		mac := mac256(string(key), "msg_1."+stamp+"."+string(body))
		return http.Header{"Webhook-Id": {"msg_1"}, "Webhook-Timestamp": {stamp}, "Webhook-Signature": {"v1," + base64.StdEncoding.EncodeToString(mac)}}
	}},
}

func mac256(key, text string) []byte {
	h := hmac.New(sha256.New, []byte(key))
	io.WriteString(h, text)
	return h.Sum(nil)
}

// proof is the header that is compared with what the consumer knows.
var proof = []string{"Authorization", "X-Vapi-Secret", "X-Api-Key", "X-Hub-Signature", "X-Signature", "X-Vapi-Signature", "Webhook-Signature"}

// spoiled is a header whose proof is changed; if it becomes empty, it is left out.
func spoiled(header http.Header, change func(string) string) http.Header {
	header = header.Clone()
	for _, name := range proof {
		if old := header.Get(name); old != "" {
			header.Set(name, change(old))
		}
		if header.Get(name) == "" {
			header.Del(name)
		}
	}
	return header
}

// The ways in which credentials may be bad.
var spoilers = map[string]func(string) string{
	"missing":   func(string) string { return "" },
	"truncated": func(s string) string { return s[:len(s)-4] },
	"wrong":     func(s string) string { return s[:len(s)-3] + strings.Repeat("x", 3) },
}
