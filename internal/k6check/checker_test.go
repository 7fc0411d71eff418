package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const good = `{"message":{"type":"status-update","status":"queued"}}`

// Each row is what k6 might do, and the fault that must be found.
func TestWhatK6DoesWrongIsFound(t *testing.T) {
	for _, c := range []struct {
		reason string
		want   []string // the export
		sent   []string // by k6
		key    string
		fault  string // empty: none
	}{
		{"each once", []string{good, good + " "}, []string{good, good + " "}, secret, ""},
		{"two alike, both sent", []string{good, good}, []string{good, good}, secret, ""},
		{"one is lost", []string{good, good + " "}, []string{good}, secret, "arrived 0 times, not 1"},
		{"one of two alike is lost", []string{good, good}, []string{good}, secret, "arrived 1 times, not 2"},
		{"one is sent twice", []string{good}, []string{good, good}, secret, "arrived 2 times, not 1"},
		{"another body", []string{good}, []string{good, good + "\n"}, secret, "1 arrived that are none of the export"},
		{"a wrong secret", []string{good}, []string{good}, wrongSecret, "the consumer says 401"},
		{"a body that is not valid", []string{`{"message":{"type":"status-update","status":"queued","endedReason":"voicemail"}}`},
			[]string{`{"message":{"type":"status-update","status":"queued","endedReason":"voicemail"}}`}, secret, "it is not valid: "},
		{"nothing", nil, nil, secret, "the export is empty"},
	} {
		check, err := newChecker("hmac:" + secret + ",timestamp=false")
		require.NoError(t, err)
		want := map[digest]int{}
		for _, body := range c.want {
			want[sha256.Sum256([]byte(body))]++
		}
		for _, body := range c.sent {
			post(t, check.url()+"/hook", body, c.key)
		}
		bodies, faults := check.compare(want)
		check.close()
		assert.Equal(t, len(c.want), bodies, c.reason)
		if err := errors.Join(faults...); c.fault == "" {
			assert.NoError(t, err, c.reason)
		} else {
			assert.ErrorContains(t, err, c.fault, c.reason)
		}
	}
}

func post(t *testing.T, url, body, key string) {
	t.Helper()
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(body))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	r.Header = http.Header{"Content-Type": {"application/json"}, "X-Signature": {hex.EncodeToString(mac.Sum(nil))}}
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
}

func TestBodiesOfAnExportAreCountedByTheirBytes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bodies.jsonl")
	require.NoError(t, os.WriteFile(file, []byte(`{"body":"é"}`+"\n"+`{"body_base64":"w6k="}`+"\n"+`{"body":""}`+"\n"), 0o600))
	got, err := exported(file)
	require.NoError(t, err)
	assert.Equal(t, map[digest]int{sha256.Sum256([]byte("é")): 2, sha256.Sum256(nil): 1}, got)
}
