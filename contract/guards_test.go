package contract_test

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/contract"
	"github.com/ringproof/ringproof/internal/consumers"
)

func hangUp() { panic(http.ErrAbortHandler) }

// What was held back because many deliveries had no answer is sent once they have one:
// a check that passes has sent all that it says.
func TestNothingPassesThatWasNotSent(t *testing.T) {
	var posts, busy atomic.Int64
	url := serve(t, around("none", func(http.ResponseWriter, []byte, *http.Request) bool {
		posts.Add(1)
		defer busy.Add(-1)
		if busy.Add(1) > 2 {
			hangUp()
		}
		time.Sleep(100 * time.Microsecond)
		return false
	}))
	r := probe(t, url, contract.Only("accepts/ended-reasons"))
	if r.Checks[0].Verdict == contract.Pass {
		assert.GreaterOrEqual(t, posts.Load(), int64(595))
	}
	assert.Contains(t, r.Checks[0].Detail, "answered only when they were sent alone")

	// One that hangs up on everything but the plainest is judged, and not passed.
	url = serve(t, around("none", func(_ http.ResponseWriter, body []byte, _ *http.Request) bool {
		if len(body) < 2000 {
			hangUp()
		}
		return false
	}))
	assert.Equal(t, contract.Fail, probe(t, url, contract.Only("accepts/bare-minimum")).Checks[0].Verdict)
}

// The check that kills the consumer fails, whatever it looks at: else a crash would end
// in nothing but skipped checks.
func TestTheCheckThatKillsFails(t *testing.T) {
	var dead atomic.Bool
	var seen sync.Map
	url := serve(t, around("none", func(_ http.ResponseWriter, body []byte, _ *http.Request) bool {
		if dead.Load() {
			hangUp()
		}
		if _, before := seen.LoadOrStore(string(body), true); before {
			dead.Store(true)
			hangUp()
		}
		return false
	}))
	r := probe(t, url, observed(url, contract.Only("state/shuffled", "state/scenarios"))...)
	got := result(t, r, "state/shuffled")
	assert.Equal(t, contract.Fail, got.Verdict, got.Detail)
	assert.NotEmpty(t, r.Stopped)
}

func TestAnAnswerThatIsNoneWhereItMattersIsStillAnAnswer(t *testing.T) {
	url := serve(t, around(secretSpec, func(_ http.ResponseWriter, _ []byte, r *http.Request) bool {
		if r.Header.Get("X-Vapi-Secret") != "exam-s3cret" {
			hangUp()
		}
		return false
	}))
	r := probe(t, url, contract.Auth(secretSpec), contract.Only("auth/missing")) // no ErrNeverAnswered
	assert.Equal(t, contract.Fail, r.Checks[0].Verdict)
}

func TestWhatDoesNotTellTheOrderIsSkipped(t *testing.T) {
	for _, status := range []int{500, 302, 422} {
		url := serve(t, around(secretSpec, func(w http.ResponseWriter, _ []byte, r *http.Request) bool {
			if r.Header.Get("X-Vapi-Secret") == "exam-s3cret" {
				return false
			}
			w.WriteHeader(status)
			return true
		}))
		r := probe(t, url, contract.Auth(secretSpec), contract.Only("auth/before-parsing"))
		assert.Equal(t, contract.Skip, r.Checks[0].Verdict, status)
	}
}

// A user's function may fail its test, which ends the goroutine that runs it.
func TestAFunctionThatEndsItsGoroutineDoesNotHangTheRun(t *testing.T) {
	h := consumers.New(consumers.Options{})
	var asked atomic.Int64
	observe := observing(h)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = contract.Probe(context.Background(), h, contract.Only("accepts/statuses"), contract.Settle(50*time.Millisecond),
			contract.Observe(func(ctx context.Context, id string) (contract.State, error) {
				if asked.Add(1) > 2 { // the first two are those of a plain call
					runtime.Goexit()
				}
				return observe(ctx, id)
			}))
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		require.Fail(t, "it hangs")
	}
}

// An observation that hangs from some time on must not cost its timeout for each call.
func TestAnObservationThatHangsEndsInTime(t *testing.T) {
	h := consumers.New(consumers.Options{})
	observe := observing(h)
	var asked atomic.Int64
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := contract.Probe(ctx, h, contract.Only("accepts/ended-reasons"), contract.Settle(50*time.Millisecond),
		contract.Observe(func(ctx context.Context, id string) (contract.State, error) {
			if asked.Add(1) > 2 {
				return contract.State{}, context.DeadlineExceeded
			}
			return observe(ctx, id)
		}))
	require.NoError(t, err)
	assert.Equal(t, contract.Skip, r.Checks[0].Verdict)
	assert.Less(t, asked.Load(), int64(200), "nobody asks 595 times what cannot be seen")
}

// What a consumer gives back may be what it was sent: the user's headers may be secret.
func TestTheValueOfAHeaderIsNotShown(t *testing.T) {
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "no access with "+r.Header.Get("X-Key")+", nor with "+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	}))
	r := probe(t, url, contract.Only("accepts/statuses"), contract.Header("X-Key", "of the-house"), contract.Header("Authorization", "Bearer t0ken-of-mine"))
	require.NotEmpty(t, r.Checks[0].Failures)
	assert.Equal(t, "no access with ..., nor with ...", r.Checks[0].Failures[0].Answer)
}
