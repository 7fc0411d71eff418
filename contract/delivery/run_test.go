package delivery

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// numbered are n deliveries without times; their ids are their numbers, from 0.
func numbered(n int) iter.Seq[Delivery] { return spaced(n, 0) }

// spaced are n deliveries, one every so often.
func spaced(n int, every time.Duration) iter.Seq[Delivery] {
	return func(yield func(Delivery) bool) {
		for i := range n {
			d := Delivery{ID: fmt.Sprint(i), Body: fmt.Appendf(nil, `{"number":%d}`, i), At: time.Duration(i) * every}
			if !yield(d) {
				return
			}
		}
	}
}

// pretend runs test in virtual time, with a sender whose target takes as long as
// handle does. Nothing is left over when it ends.
func pretend(t *testing.T, handle func(net.Conn), test func(t *testing.T, s *Sender)) {
	synctest.Test(t, func(t *testing.T) {
		s, err := NewSender(Options{Target: "http://127.0.0.1"})
		require.NoError(t, err)
		pipeTo(s, handle)
		test(t, s)
		s.Close()
	})
}

// taking answers after a while.
func taking(d time.Duration) func(net.Conn) {
	return answering(func(int, *http.Request) string {
		time.Sleep(d)
		return fine
	})
}

func TestTheScheduleIsAbsolute(t *testing.T) {
	pretend(t, taking(3*time.Millisecond), func(t *testing.T, s *Sender) {
		begin := time.Now()
		next := 0
		summary, err := Run(t.Context(), RunOptions{Sender: s, Deliveries: numbered(math.MaxInt), Rate: 2000, Duration: 2 * time.Second,
			Observe: func(e Event) {
				if e.Kind == Started {
					assert.Equal(t, begin.Add(time.Duration(next)*time.Second/2000), e.Due)
					assert.Equal(t, e.Due, time.Now())
					next++
				}
			}})
		require.NoError(t, err)
		assert.EqualValues(t, 4000, summary.Sent)
		assert.EqualValues(t, 4000, summary.Acknowledged)
		assert.InDelta(t, 2000, summary.Rate, 1e-6)
		assert.Equal(t, Percentiles{Count: 4000}, summary.Lateness)
		assert.InDelta(t, 3, summary.Latency.P50, 0.003)
		assert.InDelta(t, 3, summary.Latency.Max, 0.003)
		assert.EqualValues(t, 0, summary.Unsent)
	})
}

// The target stands still for a second. Those who could not start meanwhile count
// with all the time they waited; a load generator that measures from the send shows
// one slow request and a thousand quick ones.
func TestLatencyIsMeasuredFromTheIntendedTime(t *testing.T) {
	stall := answering(func(n int, _ *http.Request) string {
		if n == 0 {
			time.Sleep(time.Second)
		}
		return fine
	})
	pretend(t, stall, func(t *testing.T, s *Sender) {
		summary, err := Run(t.Context(), RunOptions{Sender: s, Deliveries: numbered(2000), Rate: 1000, Concurrency: 1})
		require.NoError(t, err)
		assert.EqualValues(t, 2000, summary.Acknowledged)
		assert.InDelta(t, 1000, summary.Latency.Max, 1)
		assert.InDelta(t, 800, summary.Latency.P90, 2) // half of them wait from 1000 to 0 ms
		assert.InDelta(t, 999, summary.Lateness.Max, 1)
		assert.InDelta(t, 1.999, summary.Elapsed, 1e-9, "and then it has caught up")
	})
}

func TestEachHasItsOwnTime(t *testing.T) {
	for speed, seconds := range map[float64]float64{0: 90, 1: 90, 60: 1.5, 0.5: 180} {
		pretend(t, taking(0), func(t *testing.T, s *Sender) {
			summary, err := Run(t.Context(), RunOptions{Sender: s, Deliveries: spaced(10, 10*time.Second), Speed: speed})
			require.NoError(t, err)
			assert.InDelta(t, seconds, summary.Elapsed, 1e-6)
			assert.EqualValues(t, 10, summary.Acknowledged)
			assert.Zero(t, summary.Lateness.Max)
		})
	}
}

func TestAsFastAsItGoesNothingIsLate(t *testing.T) {
	pretend(t, taking(time.Second), func(t *testing.T, s *Sender) {
		summary, err := Run(t.Context(), RunOptions{Sender: s, Deliveries: spaced(100, time.Hour), Fast: true, Concurrency: 10})
		require.NoError(t, err)
		assert.InDelta(t, 10, summary.Elapsed, 1e-6)
		assert.InDelta(t, 1000, summary.Latency.Max, 1)
		assert.Zero(t, summary.Lateness.Count)
	})
}

func TestTheDurationEndsAFastRun(t *testing.T) {
	pretend(t, taking(time.Second), func(t *testing.T, s *Sender) {
		summary, err := Run(t.Context(), RunOptions{Sender: s, Deliveries: numbered(math.MaxInt), Fast: true, Concurrency: 10, Duration: 5 * time.Second})
		require.NoError(t, err)
		assert.EqualValues(t, 50, summary.Acknowledged)
		assert.Zero(t, summary.Unsent)
		assert.False(t, summary.Interrupted)
		assert.InDelta(t, 5, summary.Elapsed, 1e-6)
	})
}

// Without that, 20,000 deliveries to a hanging target would take 20,000 timeouts.
func TestTheDurationEndsARunWhoseTargetHangs(t *testing.T) {
	pretend(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, func(t *testing.T, s *Sender) {
		summary, err := Run(t.Context(), RunOptions{Sender: s, Deliveries: numbered(math.MaxInt), Rate: 2000, Duration: 10 * time.Second})
		require.NoError(t, err)
		assert.InDelta(t, 20, summary.Elapsed, 0.1)
		assert.EqualValues(t, DefaultConcurrency, summary.Unacknowledged)
		assert.EqualValues(t, 20_000, summary.Sent+summary.Unsent)
		assert.False(t, summary.Answered)
		assert.EqualValues(t, DefaultConcurrency, summary.Errors[Timeout])
	})
}

func TestARunGivesUpOnATargetThatNeverAnswers(t *testing.T) {
	pretend(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, func(t *testing.T, s *Sender) {
		summary, err := Run(t.Context(), RunOptions{Sender: s, Deliveries: numbered(1000), Fast: true, GiveUp: 20})
		require.NoError(t, err)
		assert.True(t, summary.GaveUp)
		assert.False(t, summary.Interrupted)
		assert.LessOrEqual(t, summary.Elapsed, 40.1, "what the first to end began meanwhile")
	})
	pretend(t, answering(func(int, *http.Request) string { return "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n" }), func(t *testing.T, s *Sender) {
		summary, err := Run(t.Context(), RunOptions{Sender: s, Deliveries: numbered(1000), Fast: true, GiveUp: 20})
		require.NoError(t, err)
		assert.False(t, summary.GaveUp, "500 is an answer")
		assert.EqualValues(t, 1000, summary.Unacknowledged)
		assert.Len(t, summary.Failures, firstFailures)
		assert.Equal(t, map[int]int64{500: 1000}, summary.Statuses)
	})
}

func TestAnInterruptedRunFinishesWhatIsUnderWay(t *testing.T) {
	pretend(t, taking(700*time.Millisecond), func(t *testing.T, s *Sender) {
		ctx, cancel := context.WithTimeout(t.Context(), 2050*time.Millisecond)
		defer cancel()
		summary, err := Run(ctx, RunOptions{Sender: s, Deliveries: spaced(1000, 100*time.Millisecond)})
		require.NoError(t, err)
		assert.True(t, summary.Interrupted)
		assert.EqualValues(t, 21, summary.Sent)
		assert.EqualValues(t, 21, summary.Acknowledged, "started at 2 s, answered at 2.7 s")
		assert.InDelta(t, 2.7, summary.Elapsed, 1e-6)
		assert.Positive(t, summary.Unsent)
	})
}

func TestAnInterruptedRunWaitsForNoRetryAndAtMostTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := NewSender(Options{Target: "http://127.0.0.1", Retry: Backoff{Type: Exponential, MaxRetries: 10, BaseDelay: 10 * time.Second}})
		require.NoError(t, err)
		pipeTo(s, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		summary, err := Run(ctx, RunOptions{Sender: s, Deliveries: numbered(1)})
		require.NoError(t, err)
		assert.InDelta(t, 20, summary.Elapsed, 1e-6, "the timeout")
		assert.True(t, summary.Interrupted)
		assert.EqualValues(t, 1, summary.Unacknowledged)
		assert.Zero(t, summary.Retried)
		s.Close()
	})
}

// A pipe that nobody writes to must not hold up Ctrl-C.
func TestAnInterruptedRunDoesNotWaitForItsInput(t *testing.T) {
	pretend(t, taking(0), func(t *testing.T, s *Sender) {
		written := make(chan bool)
		blocked := func(yield func(Delivery) bool) {
			if yield(Delivery{}) {
				<-written
				yield(Delivery{})
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		summary, err := Run(ctx, RunOptions{Sender: s, Deliveries: blocked})
		require.NoError(t, err)
		assert.True(t, summary.Interrupted)
		assert.EqualValues(t, 1, summary.Acknowledged)
		assert.InDelta(t, 1, summary.Elapsed, 1e-6)
		close(written)
		synctest.Wait()
	})
}

// Nor must it hold up the end of a duration. What came before is sent all the same.
func TestTheDurationEndsARunThatWaitsForItsInput(t *testing.T) {
	for name, o := range map[string]RunOptions{
		"fast":       {Fast: true, Concurrency: 1},
		"at a rate":  {Rate: 10, Concurrency: 3},
		"with chaos": {Rate: 10, Chaos: Chaos{Delay: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			pretend(t, taking(1500*time.Millisecond), func(t *testing.T, s *Sender) {
				written := make(chan bool)
				o.Sender, o.Duration, o.Deliveries = s, 2*time.Second, func(yield func(Delivery) bool) {
					if yield(Delivery{ID: "1"}) && yield(Delivery{ID: "2"}) {
						<-written
						yield(Delivery{ID: "3"})
					}
				}
				summary, err := Run(t.Context(), o)
				require.NoError(t, err)
				assert.EqualValues(t, 2, summary.Acknowledged)
				assert.Zero(t, summary.Unsent)
				assert.False(t, summary.Interrupted)
				assert.Less(t, summary.Elapsed, 10.0, "a chaotic delay takes 5 s")
				close(written)
				synctest.Wait()
			})
		})
	}
}

// A schedule that nobody lives to see does not begin again at zero.
func TestATimeBeyondAllTimesIsNeverDue(t *testing.T) {
	pretend(t, taking(0), func(t *testing.T, s *Sender) {
		for _, o := range []RunOptions{{Rate: 1e-18}, {Speed: 1e-18}} {
			o.Sender, o.Deliveries, o.Duration = s, spaced(100, time.Second), time.Hour
			summary, err := Run(t.Context(), o)
			require.NoError(t, err)
			assert.EqualValues(t, 1, summary.Sent)
		}
	})
}

func TestConcurrencyIsBounded(t *testing.T) {
	var now, most atomic.Int32
	busy := answering(func(int, *http.Request) string {
		for n := now.Add(1); ; {
			old := most.Load()
			if n <= old || most.CompareAndSwap(old, n) {
				break
			}
		}
		time.Sleep(time.Second)
		now.Add(-1)
		return fine
	})
	pretend(t, busy, func(t *testing.T, s *Sender) {
		summary, err := Run(t.Context(), RunOptions{Sender: s, Deliveries: numbered(100), Rate: 1000, Concurrency: 7})
		require.NoError(t, err)
		assert.EqualValues(t, 7, most.Load())
		assert.EqualValues(t, 100, summary.Acknowledged)
	})
}

// One message of a call is answered late; the next does not wait for it.
func TestNoDeliveryWaitsForAnother(t *testing.T) {
	slowFirst := answering(func(n int, _ *http.Request) string {
		if n == 0 {
			time.Sleep(10 * time.Second)
		}
		return fine
	})
	pretend(t, slowFirst, func(t *testing.T, s *Sender) {
		var order []string
		summary, err := Run(t.Context(), RunOptions{Sender: s, Deliveries: spaced(3, time.Second), Observe: func(e Event) {
			order = append(order, string(e.Kind)+" "+e.Planned.ID)
		}})
		require.NoError(t, err)
		assert.Equal(t, []string{"started 0", "started 1", "finished 1", "started 2", "finished 2", "finished 0"}, order)
		assert.Zero(t, summary.Lateness.Max)
	})
}

func TestARemoteTargetEndsTheRun(t *testing.T) {
	s := newSender(t, Options{Target: "http://192.0.2.1"})
	summary, err := Run(t.Context(), RunOptions{Sender: s, Deliveries: numbered(math.MaxInt), Fast: true})
	var remote *RemoteError
	require.ErrorAs(t, err, &remote)
	assert.False(t, summary.Answered)
	assert.Zero(t, summary.BytesSent)
}

func TestProgressIsToldWhileItRuns(t *testing.T) {
	pretend(t, taking(0), func(t *testing.T, s *Sender) {
		var sent []int64
		_, err := Run(t.Context(), RunOptions{Sender: s, Deliveries: spaced(6, time.Second),
			Progress: func(p *Summary) { sent = append(sent, p.Sent) }, Every: 1600 * time.Millisecond})
		require.NoError(t, err)
		assert.Equal(t, []int64{2, 4, 5}, sent[:3])
	})
}

func TestASummaryIsDataWithKnownNames(t *testing.T) {
	pretend(t, answering(func(n int, _ *http.Request) string {
		if n%2 == 1 {
			return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
		}
		return fine
	}), func(t *testing.T, s *Sender) {
		summary, err := Run(t.Context(), RunOptions{Sender: s, Deliveries: spaced(4, time.Second)})
		require.NoError(t, err)
		text, err := json.Marshal(summary)
		require.NoError(t, err)
		var got map[string]any
		require.NoError(t, json.Unmarshal(text, &got))
		assert.Equal(t, map[string]any{"200": 2.0, "404": 2.0}, got["statuses"])
		assert.Equal(t, map[string]any{}, got["errors"])
		assert.Equal(t, []any{
			map[string]any{"id": "1", "step": 0.0, "at_ms": 1000.0, "status": 404.0, "attempts": 1.0},
			map[string]any{"id": "3", "step": 0.0, "at_ms": 3000.0, "status": 404.0, "attempts": 1.0},
		}, got["failures"])
		for _, name := range strings.Fields("sent acknowledged unacknowledged corrupted retried chaos dropped unsent latency_ms lateness_ms " +
			"bytes_sent bytes_received answers_cut elapsed_s rate answered interrupted gave_up") {
			assert.Contains(t, got, name)
		}
		for _, name := range []string{"count", "p50", "p90", "p99", "p99.9", "max"} {
			assert.Contains(t, got["latency_ms"], name)
		}
	})
}

func TestARunRefusesOptionsThatMeanNothing(t *testing.T) {
	s := newSender(t, Options{Target: "http://127.0.0.1:1"})
	for name, o := range map[string]RunOptions{
		"no sender":        {Deliveries: numbered(1)},
		"no deliveries":    {Sender: s},
		"no rate":          {Sender: s, Deliveries: numbered(1), Rate: math.NaN()},
		"a negative rate":  {Sender: s, Deliveries: numbered(1), Rate: -1},
		"an endless speed": {Sender: s, Deliveries: numbered(1), Speed: math.Inf(1)},
		"rate and fast":    {Sender: s, Deliveries: numbered(1), Rate: 1, Fast: true},
		"a duration":       {Sender: s, Deliveries: numbered(1), Duration: -1},
		"a share":          {Sender: s, Deliveries: numbered(1), Chaos: Chaos{Drop: 2}},
	} {
		summary, err := Run(t.Context(), o)
		assert.Error(t, err, name)
		assert.Nil(t, summary, name)
	}
}

// Every body arrives, or is listed as dropped or as corrupted.
func TestNoBodyIsLostInChaos(t *testing.T) {
	const bodies = 3000
	var mu sync.Mutex
	arrived := map[string]int{}
	target := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		arrived[string(body)]++
		mu.Unlock()
	})
	s := newSender(t, Options{Target: target})
	dropped, corrupted, copies := map[string]bool{}, map[string]bool{}, map[string]int{}
	chaos := Chaos{Duplicate: 0.1, Reorder: 0.1, Delay: 0.1, Drop: 0.1, Corrupt: 0.1}
	summary, err := Run(t.Context(), RunOptions{Sender: s, Deliveries: numbered(bodies), Fast: true, Chaos: chaos, Seed: 7,
		Observe: func(e Event) {
			switch {
			case e.Kind == WasDropped:
				dropped[e.Planned.ID] = true
			case e.Kind == Finished && e.Planned.Corrupted:
				corrupted[e.Planned.ID] = true
			case e.Kind == Finished:
				copies[e.Planned.ID]++
			}
		}})
	require.NoError(t, err)
	for d := range numbered(bodies) {
		if dropped[d.ID] || corrupted[d.ID] {
			assert.Zero(t, arrived[string(d.Body)], d.ID)
			continue
		}
		assert.Equal(t, copies[d.ID], arrived[string(d.Body)], d.ID)
		assert.GreaterOrEqual(t, copies[d.ID], 1, d.ID)
	}
	assert.EqualValues(t, len(dropped), summary.Dropped)
	assert.EqualValues(t, summary.Chaos[Drop], summary.Dropped)
	assert.EqualValues(t, len(corrupted), summary.Chaos[Corrupt])
	assert.EqualValues(t, bodies-len(dropped)+int(summary.Chaos[Duplicate]), summary.Sent)
	assert.Equal(t, summary.Sent, summary.Acknowledged+summary.Corrupted.Acknowledged)
	assert.Positive(t, slices.Max(slices.Collect(valuesOf(copies))))
}

func valuesOf(m map[string]int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, v := range m {
			if !yield(v) {
				return
			}
		}
	}
}
