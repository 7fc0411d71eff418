package delivery

import (
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Summary is what became of a run's deliveries. Copies that chaos made count like
// any other.
type Summary struct {
	// Sent is how many were tried at least once: acknowledged, unacknowledged and
	// corrupted ones together.
	Sent           int64 `json:"sent"`
	Acknowledged   int64 `json:"acknowledged"`
	Unacknowledged int64 `json:"unacknowledged"`
	// Corrupted are tallied apart: a consumer should refuse them.
	Corrupted CorruptedTally `json:"corrupted"`
	Retried   int64          `json:"retried"` // attempts after the first
	// Chaos counts what was done to the deliveries, those dropped included.
	Chaos   map[ActKind]int64 `json:"chaos"`
	Dropped int64             `json:"dropped"`
	// Unsent were taken up, but the run was over before they could start: interrupted,
	// or its duration had passed.
	Unsent   int64          `json:"unsent"`
	Statuses map[int]int64  `json:"statuses"` // answers by code, of all attempts
	Errors   map[Kind]int64 `json:"errors"`   // attempts without an answer that counts, by kind
	// Latency is from the intended time of a delivery to the end of its last answer,
	// or to its timeout. A target that stalls cannot hide that by being asked less.
	Latency Percentiles `json:"latency_ms"`
	// Lateness is from the intended time to the start. Where it is not small, this
	// side had no free worker, or no free processor.
	Lateness      Percentiles `json:"lateness_ms"`
	BytesSent     int64       `json:"bytes_sent"`
	BytesReceived int64       `json:"bytes_received"`
	Cut           int64       `json:"answers_cut"` // longer than 1 MiB, not read to the end
	Elapsed       float64     `json:"elapsed_s"`
	// Rate is starts a second, from the first to the last.
	Rate        float64 `json:"rate"`
	Answered    bool    `json:"answered"` // the target answered at least once, whatever it said
	Interrupted bool    `json:"interrupted"`
	GaveUp      bool    `json:"gave_up"` // nothing ever answered, see RunOptions.GiveUp
	// Failures are the first of the unacknowledged.
	Failures []Failure `json:"failures"`
}

// CorruptedTally counts the deliveries whose body chaos damaged.
type CorruptedTally struct {
	Sent           int64 `json:"sent"`
	Acknowledged   int64 `json:"acknowledged"`
	Unacknowledged int64 `json:"unacknowledged"`
}

// Percentiles are milliseconds, to three digits.
type Percentiles struct {
	Count int64   `json:"count"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p99.9"`
	Max   float64 `json:"max"`
}

// Failure is one delivery that was not acknowledged.
type Failure struct {
	ID     string  `json:"id,omitempty"`
	Call   string  `json:"call,omitempty"`
	Step   int     `json:"step"`
	At     float64 `json:"at_ms"` // intended, since the start of the run
	Status int     `json:"status,omitempty"`
	Kind   Kind    `json:"error,omitempty"`
	Detail string  `json:"detail,omitempty"`
	// Answer is the beginning of the answer's body, see Options.Keep, without the secret.
	Answer   string `json:"answer,omitempty"`
	Attempts int    `json:"attempts"`
}

const (
	firstFailures = 10
	// The histograms' bounds and precision: FACTS asks for microseconds at one end, and
	// ten minutes hold a timeout of 300 s with retries.
	lowest  = 1
	highest = int64(10 * time.Minute / time.Microsecond)
	digits  = 3
)

// tally collects a summary. It may be shared by goroutines.
type tally struct {
	mu          sync.Mutex
	sum         Summary
	latency     *hdrhistogram.Histogram // µs
	lateness    *hdrhistogram.Histogram // µs
	first, last time.Time               // starts
}

func newTally() *tally {
	return &tally{
		sum: Summary{Chaos: map[ActKind]int64{}, Statuses: map[int]int64{}, Errors: map[Kind]int64{},
			Failures: []Failure{}},
		latency:  hdrhistogram.New(lowest, highest, digits),
		lateness: hdrhistogram.New(lowest, highest, digits),
	}
}

// planned counts what chaos did to a delivery, before it is due.
func (t *tally) planned(p Planned) {
	if len(p.Act) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, act := range p.Act {
		if !p.Copy || act.Kind == Duplicate { // the copy lists what happened to both
			t.sum.Chaos[act.Kind]++
		}
	}
	if p.Dropped {
		t.sum.Dropped++
	}
}

func (t *tally) unsent() {
	t.mu.Lock()
	t.sum.Unsent++
	t.mu.Unlock()
}

// done counts a delivery that was tried. due is zero if it had no time of its own.
func (t *tally) done(p Planned, due time.Time, r Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &t.sum
	s.Sent++
	t.starts(r.Start)
	for _, a := range r.Earlier {
		t.attempt(a)
	}
	t.attempt(r.Attempt)
	s.Retried += int64(len(r.Earlier))
	t.times(due, r)
	switch {
	case p.Corrupted && r.OK():
		s.Corrupted.Sent++
		s.Corrupted.Acknowledged++
	case p.Corrupted:
		s.Corrupted.Sent++
		s.Corrupted.Unacknowledged++
	case r.OK():
		s.Acknowledged++
	default:
		s.Unacknowledged++
		if len(s.Failures) < firstFailures {
			s.Failures = append(s.Failures, failure(p, r))
		}
	}
}

func (t *tally) starts(at time.Time) {
	if t.first.IsZero() || at.Before(t.first) {
		t.first = at
	}
	if at.After(t.last) {
		t.last = at
	}
}

func (t *tally) attempt(a Attempt) {
	s := &t.sum
	s.BytesSent += a.Sent
	s.BytesReceived += a.Received
	if a.Cut {
		s.Cut++
	}
	if a.Status > 0 {
		s.Statuses[a.Status]++
		s.Answered = true
	}
	if a.Err != nil {
		s.Errors[a.Kind()]++
	}
}

// times records latency and lateness. What was refused at once is no latency: a
// dead port would look like a quick target.
func (t *tally) times(due time.Time, r Result) {
	late := time.Duration(0)
	if !due.IsZero() {
		late = max(0, r.Start.Sub(due))
		record(t.lateness, late)
	}
	if r.Status > 0 || r.Kind() == Timeout {
		record(t.latency, late+r.Total)
	}
}

// record keeps what is beyond the histogram's end as its end.
func record(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(int64(d/time.Microsecond), highest)) // in range, so it cannot fail
}

func failure(p Planned, r Result) Failure {
	f := Failure{ID: p.ID, Call: p.Call, Step: p.Step, At: float64(p.At) / float64(time.Millisecond),
		Status: r.Status, Kind: r.Kind(), Attempts: r.Attempts(), Answer: strings.ToValidUTF8(string(r.Answer), "?")}
	if r.Err != nil {
		f.Detail = r.Err.Error()
	}
	return f
}

// summary is the state of things, elapsed after the start.
func (t *tally) summary(elapsed time.Duration) *Summary {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.sum
	s.Chaos, s.Statuses, s.Errors = maps.Clone(s.Chaos), maps.Clone(s.Statuses), maps.Clone(s.Errors)
	s.Failures = s.Failures[:len(s.Failures):len(s.Failures)]
	s.Latency, s.Lateness = percentiles(t.latency), percentiles(t.lateness)
	s.Elapsed = elapsed.Seconds()
	if span := t.last.Sub(t.first).Seconds(); span > 0 {
		s.Rate = float64(s.Sent-1) / span
	}
	return &s
}

func percentiles(h *hdrhistogram.Histogram) Percentiles {
	p := Percentiles{Count: h.TotalCount()}
	if p.Count == 0 {
		return p
	}
	const ms = 1000 // µs
	values := h.ValueAtPercentilesSlice([]float64{50, 90, 99, 99.9})
	for i, to := range []*float64{&p.P50, &p.P90, &p.P99, &p.P999} {
		*to = float64(values[i]) / ms
	}
	p.Max = float64(h.Max()) / ms
	return p
}
