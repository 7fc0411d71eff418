package contract_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/contract"
	"github.com/ringproof/ringproof/internal/consumers"
	"github.com/ringproof/ringproof/schema"
)

// recorder is a correct consumer that keeps what it was sent.
type recorder struct {
	http.Handler
	mu     sync.Mutex
	bodies [][]byte
}

func newRecorder() *recorder { return &recorder{Handler: consumers.New(consumers.Options{})} }

func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	if q.Method == http.MethodPost {
		body, _ := io.ReadAll(q.Body)
		q.Body = io.NopCloser(bytes.NewReader(body))
		r.mu.Lock()
		r.bodies = append(r.bodies, body)
		r.mu.Unlock()
	}
	r.Handler.ServeHTTP(w, q)
}

// What a consumer must acknowledge is right by the contract: the validator judges it.
// The exception is a warning only.
func TestWhatMustBeAcknowledgedIsValid(t *testing.T) {
	validator, err := schema.NewValidator(schema.Options{Engine: schema.EngineWalk})
	require.NoError(t, err)
	for _, c := range contract.Checks() {
		if c.Group() == "refuses" || c.ID == "auth/before-parsing" || c.ID == "accepts/sparse-call" {
			continue
		}
		t.Run(c.ID, func(t *testing.T) {
			h := newRecorder()
			url := serve(t, h)
			probe(t, url, observed(url, contract.Only(c.ID))...)
			if !c.Signed {
				assert.NotEmpty(t, h.bodies)
			}
			for _, body := range h.bodies {
				r, err := validator.Validate(body)
				require.NoError(t, err)
				if r.Errors > 0 {
					t.Errorf("%.300s: %v", body, r.Findings[0])
				}
			}
		})
	}
}

var callID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

// The same seed sends the same, and another one something else. Two runs differ in the
// ids of the calls, so that a consumer with a memory takes the second run for what it is.
func TestTheSeedDecidesWhatIsSent(t *testing.T) {
	sent := func(seed uint64, run string, only ...string) []string {
		h := newRecorder()
		url := serve(t, h)
		options := observed(url, contract.Seed(seed), contract.Only(only...))
		if run != "" {
			options = append(options, contract.Named(run))
		}
		probe(t, url, options...)
		var list []string
		for _, b := range h.bodies {
			list = append(list, string(b))
		}
		return list
	}
	several := []string{"accepts/statuses", "accepts/timestamps", "refuses/malformed-json", "state/redelivery", "state/two-forwardings"}
	first := sent(1, "a", several...)
	assert.ElementsMatch(t, first, sent(1, "a", several...), "the order of what is sent at once is open")
	assert.NotEqual(t, first, sent(2, "a", several...))

	alone := sent(1, "a", "accepts/timestamps")
	assert.Subset(t, first, alone, "a check sends the same whatever runs beside it")

	one, other := sent(1, "", "accepts/timestamps"), sent(1, "", "accepts/timestamps")
	assert.NotEqual(t, one, other)
	for i := range one {
		assert.Equal(t, callID.ReplaceAllString(one[i], "id"), callID.ReplaceAllString(other[i], "id"))
		assert.Regexp(t, callID, one[i])
	}
}

func TestTheSameConsumerCanBeCheckedAgain(t *testing.T) {
	url := sample(t, consumers.Options{Defects: []string{"redelivery-conflict"}})
	for range 2 {
		r := probe(t, url, observed(url, contract.Only("answers", "accepts/statuses", "state"))...)
		assert.Equal(t, []string{"answers/redelivery"}, byVerdict(r, contract.Fail))
	}
}

func TestAFailingScheduleIsShrunk(t *testing.T) {
	url := sample(t, consumers.Options{Defects: []string{"last-arrival-wins"}})
	got := result(t, probe(t, url, observed(url, contract.Only("state/shuffled"), contract.Settle(100*time.Millisecond))...), "state/shuffled")
	require.Len(t, got.Failures, 1)
	f := got.Failures[0]
	require.Len(t, f.Sent, 2, "ended, and one more after it")
	assert.Equal(t, "ended", f.Sent[0].Status)
	assert.NotEqual(t, "ended", f.Sent[1].Status)
	assert.Contains(t, f.What, "the shortest schedule found that fails")
	assert.Equal(t, f.Sent[0].Call, f.Sent[1].Call)

	url = sample(t, consumers.Options{Defects: []string{"no-deduplication"}})
	got = result(t, probe(t, url, observed(url, contract.Only("state/shuffled"))...), "state/shuffled")
	require.Len(t, got.Failures[0].Sent, 2, "the same message twice")
	assert.Equal(t, got.Failures[0].Sent[0].Body, got.Failures[0].Sent[1].Body)
}

// A consumer that cannot say how many deliveries had an effect is judged by the rest.
func TestWhatIsNotCountedIsNotJudged(t *testing.T) {
	h := consumers.New(consumers.Options{Defects: []string{"dedupes-on-call-and-status", "no-deduplication"}})
	count := observing(h)
	r := probe(t, h, contract.Observe(func(ctx context.Context, id string) (contract.State, error) {
		s, err := count(ctx, id)
		if s.Known() {
			s.Deliveries = contract.Uncounted
		}
		return s, err
	}), contract.Only("state"))
	assert.Empty(t, byVerdict(r, contract.Fail))
	for _, id := range []string{"state/redelivery", "state/two-forwardings"} {
		got := result(t, r, id)
		assert.Equal(t, contract.Skip, got.Verdict, id)
		assert.Contains(t, got.Detail, "does not count")
	}
}

func TestAnObservationThatFailsIsSaid(t *testing.T) {
	h := consumers.New(consumers.Options{})
	r := probe(t, h, contract.Only("state/takes-effect"), contract.Settle(10*time.Millisecond), contract.Observe(func(context.Context, string) (contract.State, error) {
		return contract.State{}, errors.New("the database is locked")
	}))
	assert.Equal(t, contract.Skip, r.Checks[0].Verdict, "it says nothing of the consumer")
	assert.Contains(t, r.Checks[0].Detail, "the database is locked")
}

func TestObservationsAreReadAsTheyAreDocumented(t *testing.T) {
	for _, c := range []struct {
		why, answer string
		code        int
		want        string // in the detail of the failure; empty: none
	}{
		{"status and deliveries", `{"status":"in-progress","deliveries":1}`, 200, `got status "in-progress", 1 delivery had an effect`},
		{"no count", `{"status":"in-progress"}`, 200, `got status "in-progress"`},
		{"an unknown call", ``, 404, "the call is not known"},
		{"an unknown call, told with 200", `{"status":"","deliveries":0}`, 200, "the call is not known"},
		{"another shape", `{"state":"ended"}`, 200, `did not answer {"status":"...","deliveries":N}`},
		{"no JSON", `ended`, 200, `did not answer {"status":"...","deliveries":N}`},
		{"an error", `{"status":"ended"}`, 500, "it answered 500"},
	} {
		url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				return
			}
			assert.Regexp(t, "^/of/"+callID.String()+"/state$", r.URL.Path)
			w.WriteHeader(c.code)
			io.WriteString(w, c.answer)
		}))
		r := probe(t, url, contract.ObserveURL(url+"/of/{call.id}/state"), contract.Only("state/takes-effect"), contract.Settle(10*time.Millisecond))
		assert.Contains(t, r.Checks[0].Detail, c.want, c.why)
	}
}

func TestOptionsThatMeanNothingAreRefused(t *testing.T) {
	for _, c := range []struct {
		why    string
		target any
		option contract.Option
		want   string
	}{
		{"no target", nil, contract.Seed(1), "not <nil>"},
		{"a target of another type", 7, contract.Seed(1), "a target is an http.Handler or a URL as a string, not int"},
		{"no URL", "localhost:80", contract.Seed(1), "the target"},
		{"an unknown check", "http://127.0.0.1:1", contract.Only("state/redelivry"), `unknown check "state/redelivry"`},
		{"an unknown group", "http://127.0.0.1:1", contract.Except("stat"), `unknown check "stat"`},
		{"nothing left", "http://127.0.0.1:1", func(o contract.Option) contract.Option { return o }(contract.Except("answers", "accepts", "refuses", "auth", "state")), "no check is left"},
		{"a timeout of nothing", "http://127.0.0.1:1", contract.Timeout(0), "a timeout of 0s"},
		{"bad credentials", "http://127.0.0.1:1", contract.Auth("hmac:"), "no secret"},
		{"nothing to observe with", "http://127.0.0.1:1", contract.Observe(nil), "a nil function"},
		{"a URL without the id", "http://127.0.0.1:1", contract.ObserveURL("http://127.0.0.1/calls"), "{call.id}"},
		{"no URL to observe", "http://127.0.0.1:1", contract.ObserveURL("calls/{call.id}"), "not an http or https URL"},
	} {
		r, err := contract.Probe(t.Context(), c.target, c.option)
		assert.Nil(t, r, c.why)
		assert.ErrorContains(t, err, c.want, c.why)
	}
	var unknown *contract.UnknownCheckError
	_, err := contract.Probe(t.Context(), "http://127.0.0.1:1", contract.Only("state/redelivry"))
	require.ErrorAs(t, err, &unknown)
	assert.Equal(t, "state/redelivery", unknown.Near)
}

func TestEveryCheckSaysWhatItIsAbout(t *testing.T) {
	seen := map[string]bool{}
	last := ""
	for _, c := range contract.Checks() {
		assert.False(t, seen[c.ID], c.ID)
		seen[c.ID] = true
		for what, text := range map[string]string{"title": c.Title, "explanation": c.Explanation, "source": c.Source, "sends": c.Sends, "wants": c.Wants} {
			assert.NotEmpty(t, text, "%s: %s", c.ID, what)
		}
		assert.NotRegexp(t, `\.$`, c.Title, "a title is no sentence of its own")
		assert.Regexp(t, `[.)]$`, c.Explanation)
		if c.Group() != last {
			assert.False(t, seen[c.Group()], "the checks of a group stand together")
			seen[c.Group()], last = true, c.Group()
		}
	}
}

func TestWatchersSeeEachCheckBeginAndEnd(t *testing.T) {
	var told []string
	url := sample(t, consumers.Options{})
	probe(t, url, contract.Only("auth", "answers/typical"), contract.Watch(func(e contract.Event) {
		what := "begins"
		if e.Result != nil {
			what = string(e.Result.Verdict)
		}
		told = append(told, e.Check.ID+" "+what)
		assert.Equal(t, 10, e.Of)
	}))
	assert.Equal(t, []string{"answers/typical begins", "answers/typical pass", "auth/header-case begins", "auth/header-case skip"}, told[:4])
	assert.Len(t, told, 20)
}

// Spellings mean the same as what they spell.
func TestAConsumerThatReadsBytesIsFound(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(body), `"type":"status-update"`) {
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	r := probe(t, h, contract.Only("accepts/unusual-json"))
	assert.Equal(t, contract.Fail, r.Checks[0].Verdict)
}
