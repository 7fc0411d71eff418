package contract_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/ringproof/ringproof/contract"
	"github.com/ringproof/ringproof/internal/consumers"
)

// around is a correct consumer with something before it, which answers instead if it
// returns true.
func around(auth string, instead func(w http.ResponseWriter, body []byte, r *http.Request) bool) http.Handler {
	setting, err := consumers.ParseAuth(auth, nil)
	if err != nil {
		panic(err)
	}
	h := consumers.New(consumers.Options{Auth: setting})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method == http.MethodPost && instead(w, body, r) {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		h.ServeHTTP(w, r)
	})
}

// Consumers that do something right, or wrong, that the samples do not.
func TestConsumersOfStrangers(t *testing.T) {
	var busy, denied atomic.Int64
	for _, c := range []struct {
		name     string
		auth     string
		instead  func(w http.ResponseWriter, body []byte, r *http.Request) bool
		fails    []string // all of them
		detail   string   // of the first
		observed func(status int, answer string) (int, string)
	}{
		{name: "drops what has no timestamp, with 200", fails: []string{"accepts/timestamps", "accepts/evolutions"}, detail: "got the call is not known",
			instead: func(_ http.ResponseWriter, body []byte, _ *http.Request) bool {
				return !bytes.Contains(body, []byte(`"timestamp"`)) && bytes.Contains(body, []byte(`"call"`))
			}},
		{name: "hangs up on messages without a customer, and lives on", fails: []string{"answers/typical", "accepts/statuses", "accepts/ended-reasons", "accepts/bare-minimum", "accepts/absent-members", "accepts/evolutions", "refuses/single-faults", "state/scenarios"},
			instead: func(_ http.ResponseWriter, body []byte, _ *http.Request) bool {
				var told struct{ Message struct{ Customer any } }
				if json.Unmarshal(body, &told) == nil && told.Message.Customer == nil {
					panic(http.ErrAbortHandler)
				}
				return false
			}},
		{name: "bears one connection at a time", fails: []string{"answers/at-once", "state/at-once"},
			instead: func(http.ResponseWriter, []byte, *http.Request) bool {
				defer busy.Add(-1)
				if busy.Add(1) > 1 {
					panic(http.ErrAbortHandler)
				}
				time.Sleep(200 * time.Microsecond)
				return false
			}},
		{name: "locks out who guesses", auth: secretSpec, fails: []string{},
			instead: func(w http.ResponseWriter, _ []byte, r *http.Request) bool {
				if r.Header.Get("X-Vapi-Secret") == "exam-s3cret" {
					return false
				}
				if denied.Add(1) > 3 {
					w.WriteHeader(http.StatusTooManyRequests)
					return true
				}
				return false
			}},
		{name: "takes the beginning of a token for it", auth: secretSpec, fails: []string{"auth/wrong"}, detail: "a token with something behind it",
			instead: func(_ http.ResponseWriter, _ []byte, r *http.Request) bool {
				if strings.HasPrefix(r.Header.Get("X-Vapi-Secret"), "exam-s3cret") {
					r.Header.Set("X-Vapi-Secret", "exam-s3cret")
				}
				return false
			}},
		{name: "authenticates status-updates only", auth: secretSpec, fails: []string{"auth/wrong"}, detail: "an end-of-call report",
			instead: func(_ http.ResponseWriter, body []byte, r *http.Request) bool {
				if bytes.Contains(body, []byte("end-of-call-report")) {
					r.Header.Set("X-Vapi-Secret", "exam-s3cret")
				}
				return false
			}},
		{name: "says unknown of calls that it does not know", auth: secretSpec, fails: []string{},
			observed: func(status int, answer string) (int, string) {
				if status == http.StatusNotFound {
					return http.StatusOK, `{"status":"unknown"}`
				}
				return status, answer
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.auth == "" {
				c.auth = "none"
			}
			if c.instead == nil {
				c.instead = func(http.ResponseWriter, []byte, *http.Request) bool { return false }
			}
			h := around(c.auth, c.instead)
			if c.observed != nil {
				h = answeringOtherwise(h, c.observed)
			}
			url := serve(t, h)
			options := observed(url, contract.Auth(c.auth), contract.Settle(300*time.Millisecond))
			for _, slow := range []string{"accepts/ended-reasons", "refuses/single-faults", "state/shuffled"} {
				if !all() && !slices.Contains(c.fails, slow) {
					options = append(options, contract.Except(slow))
				}
			}
			r := probe(t, url, options...)
			assert.Empty(t, r.Stopped)
			assert.ElementsMatch(t, c.fails, byVerdict(r, contract.Fail))
			if c.detail != "" {
				assert.Contains(t, result(t, r, c.fails[0]).Detail, c.detail)
			}
		})
	}
}

// answeringOtherwise changes what a handler tells of a call.
func answeringOtherwise(h http.Handler, change func(int, string) (int, string)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			h.ServeHTTP(w, r)
			return
		}
		a := newRecordedAnswer()
		h.ServeHTTP(a, r)
		status, text := change(a.status, a.body.String())
		w.WriteHeader(status)
		io.WriteString(w, text)
	})
}

type recordedAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newRecordedAnswer() *recordedAnswer {
	return &recordedAnswer{header: http.Header{}, status: http.StatusOK}
}

func (a *recordedAnswer) Header() http.Header         { return a.header }
func (a *recordedAnswer) WriteHeader(status int)      { a.status = status }
func (a *recordedAnswer) Write(b []byte) (int, error) { return a.body.Write(b) }
