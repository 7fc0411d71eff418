package fuzz

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// taped keeps what it decodes, and answers with the body itself.
type taped struct {
	mu     sync.Mutex
	bodies []string
	answer func(body []byte) error // nil: no error
}

func (s *taped) Decode(body []byte) (Decoded, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bodies = append(s.bodies, string(body))
	if s.answer != nil {
		if err := s.answer(body); err != nil {
			return nil, err
		}
	}
	return echo(slices.Clone(body)), nil
}

type echo []byte

func (e echo) Encode() ([]byte, error) { return e, nil }
func (echo) Value() any                { return nil }

// stoppable is stopped, for good, once its process has broken down for the first time.
type stoppable struct {
	process
	stopped bool
}

func (s *stoppable) Decode(body []byte) (Decoded, error) {
	if s.stopped {
		return nil, ErrStopped
	}
	d, err := s.process.Decode(body)
	s.stopped = err != nil
	return d, err
}

// The time may be over before a failure was tried again: it is told all the same.
func TestAFailureIsNotLostWhenTheSubjectIsStopped(t *testing.T) {
	_, failures := explored(t, 1, 20, &stoppable{process: process{fail: func(past [][]byte) bool { return len(past) == 7 }}})
	require.Len(t, failures, 1)
	assert.Equal(t, Key{NoPanic, "", Crashed}, failures[0].Key)
	assert.Equal(t, Unexamined, failures[0].State)
	assert.Contains(t, failures[0].String(), "not examined")
}

// A process has a time limit of its own: what it says is over was not slept through.
func TestAHangThatIsSeenOnceIsTold(t *testing.T) {
	n := 0
	s := &taped{answer: func([]byte) error {
		if n++; n == 9 {
			return &Breakdown{Class: Endless, Detail: "no answer within 10s"}
		}
		return nil
	}}
	_, failures := explored(t, 1, 20, anew{s})
	require.Len(t, failures, 1)
	assert.Equal(t, Key{NoHang, "", Endless}, failures[0].Key)
	assert.Equal(t, Unrepeated, failures[0].State)
}

// anew is a subject that can begin anew, and has no past.
type anew struct{ Subject }

func (anew) Restart()       {}
func (anew) Past() [][]byte { return nil }

// A subject whose call goes on cannot be asked again: the exploration is over.
func TestASubjectThatHangsIsGivenUp(t *testing.T) {
	e, err := NewEngine(nil, Elsewhere())
	require.NoError(t, err)
	release := make(chan struct{})
	defer close(release)
	var calls atomic.Int64 // the goroutine that hangs goes on
	s := anew{&taped{answer: func([]byte) error {
		if calls.Add(1) == 3 {
			<-release
		}
		return nil
	}}}
	was := stillFor
	stillFor = 0
	defer func() { stillFor = was }()
	var failures []Failure
	_, err = e.Explore(context.Background(), Exploration{Runs: 50, Subjects: []Subject{s}, Report: func(f Failure) bool {
		failures = append(failures, f)
		return true
	}})
	require.ErrorIs(t, err, ErrGone)
	require.Len(t, failures, 1)
	assert.Equal(t, Unexamined, failures[0].State)
	assert.EqualValues(t, 3, calls.Load())
}

// A function that keeps state cannot begin anew, but what comes before it can be changed.
func TestStateOfAFunctionIsFoundOut(t *testing.T) {
	t.Parallel()
	type message struct{ Message struct{ EndedReason any } }
	var last any
	latest := func(body []byte) (m message, err error) {
		err = json.Unmarshal(body, &m)
		if m.Message.EndedReason != nil {
			last = m.Message.EndedReason
		}
		m.Message.EndedReason = last
		return m, err
	}
	keys := keysOf(t, 60, Decoder(latest), Only(Probes), Probe("/message/endedReason", func(m message) any { return m.Message.EndedReason }))
	f := keys[Key{Probes, "/message/endedReason", Invented}]
	require.Equal(t, Stateful, f.State)
	require.Len(t, f.Before, 1)
	assert.Contains(t, string(f.Before[0]), "endedReason")
	assert.NotContains(t, string(f.Body), `"endedReason":"`)
	assert.Contains(t, f.String(), "before: ")

	always := func([]byte) (m message, err error) {
		m.Message.EndedReason = "ringing"
		return m, nil
	}
	keys = keysOf(t, 60, Decoder(always), Only(Probes), Probe("/message/endedReason", func(m message) any { return m.Message.EndedReason }))
	assert.Equal(t, Stateless, keys[Key{Probes, "/message/endedReason", Invented}].State)
}

func explored(t *testing.T, seed uint64, runs int, s ...Subject) (*Engine, []Failure) {
	t.Helper()
	e, err := NewEngine(s[0], Without(Linear))
	require.NoError(t, err)
	var list []Failure
	_, _ = e.Explore(context.Background(), Exploration{Seed: seed, Runs: runs, Subjects: s, Report: func(f Failure) bool {
		list = append(list, f)
		return true
	}})
	return e, list
}

func TestTheSameSeedExploresTheSameInputs(t *testing.T) {
	first, again, other := &taped{}, &taped{}, &taped{}
	explored(t, 7, 600, first)
	explored(t, 7, 600, again)
	explored(t, 8, 600, other)
	assert.Equal(t, first.bodies, again.bodies)
	assert.NotEqual(t, first.bodies, other.bodies)
}

// Fixtures alone visit what the contract describes, and most operations of an
// exploration find a place that is worth to be kept.
func TestAnExplorationVisitsTheContract(t *testing.T) {
	e, failures := explored(t, 1, 4000, &taped{})
	assert.Empty(t, failures)
	c, s := e.Coverage(), e.Stats()
	assert.Greater(t, c.Share(), 0.9, c)
	assert.Greater(t, float64(s.SoundKept)/float64(s.Sound), 0.99, s)
	assert.Equal(t, 4000, s.Executions)
	t.Log(c, s)
}

func TestJobsShareTheRunsAndWhatTheyReport(t *testing.T) {
	refuse := func(body []byte) error { return errors.New("never") }
	a, b := &taped{answer: refuse}, &taped{answer: refuse}
	e, failures := explored(t, 1, 300, a, b)
	assert.Equal(t, 300, e.Stats().Executions)
	keys := map[Key]int{}
	for _, f := range failures {
		keys[f.Key]++
	}
	assert.Contains(t, keys, Key{Accepts, "", Refused})
	for k, n := range keys {
		assert.Equal(t, 1, n, k)
	}
}

// A process that never works ends the exploration; one that is stopped is not blamed.
func TestBreakdownsAreToldApart(t *testing.T) {
	for _, row := range []struct {
		why  string
		err  error
		want []Key
	}{
		{"a crash", &Breakdown{Class: Crashed, Detail: "signal"}, []Key{{NoPanic, "", Crashed}}},
		{"nonsense", fmt.Errorf("wrapped: %w", &Breakdown{Class: Garbled, Detail: "hello"}), []Key{{Protocol, "", Garbled}}},
		{"no reader", &Breakdown{Class: Deaf, Detail: "closed"}, []Key{{Protocol, "", Deaf}}},
		{"a hang", &Breakdown{Class: Endless, Detail: "no answer"}, []Key{{NoHang, "", Endless}}},
		{"an interruption", ErrStopped, nil},
	} {
		e, failures := explored(t, 1, 200, &taped{answer: func([]byte) error { return row.err }})
		var got []Key
		for _, f := range failures {
			got = append(got, f.Key)
		}
		assert.Equal(t, row.want, got, row.why)
		if row.want != nil {
			assert.Equal(t, mostBreakdowns, e.Stats().Broken, row.why)
			assert.Zero(t, e.Stats().Refused, row.why)
		}
	}
}

// process is a subject that can begin anew: fail says, of the bodies since then, the
// last of which is the one to decode, whether it breaks down.
type process struct {
	past  [][]byte
	ended bool // the next body gets a new one
	fail  func(past [][]byte) bool
}

func (s *process) Restart()       { s.past, s.ended = nil, false }
func (s *process) Past() [][]byte { return s.past }
func (s *process) Decode(body []byte) (Decoded, error) {
	if s.ended {
		s.Restart()
	}
	s.past = append(s.past, slices.Clone(body))
	if s.ended = s.fail(s.past); s.ended {
		return nil, &Breakdown{Class: Crashed, Detail: "it crashed"}
	}
	return echo(slices.Clone(body)), nil
}

func TestWhetherAFailureDependsOnStateIsFoundOut(t *testing.T) {
	long := func(b []byte) bool { return len(b) > 4000 }
	total := 0
	for _, row := range []struct {
		why   string
		fail  func(past [][]byte) bool
		state State
		most  int // bodies before it
	}{
		{"the body alone", func(past [][]byte) bool { return long(past[len(past)-1]) }, Stateless, 0},
		{"a long body at any time before", func(past [][]byte) bool {
			return len(past) > 1 && slices.ContainsFunc(past[:len(past)-1], long)
		}, Stateful, 1},
		{"the third body, whatever it is", func(past [][]byte) bool { return len(past) > 2 }, Stateful, 2},
		{"what an oracle decodes in between, third or later", func(past [][]byte) bool {
			return len(past) > 2 && bytes.Equal(past[len(past)-1], disturbance)
		}, Stateful, 2},
		{"once only", func([][]byte) bool { total++; return total == 30 }, Unrepeated, 0},
	} {
		_, failures := explored(t, 3, 120, &process{fail: row.fail})
		require.NotEmpty(t, failures, row.why)
		f := failures[0]
		assert.Equal(t, Key{NoPanic, "", Crashed}, f.Key, row.why)
		assert.Equal(t, row.state, f.State, row.why)
		assert.Len(t, f.Before, row.most, row.why)
		if row.state == Stateful {
			e, err := NewEngine(&process{fail: row.fail})
			require.NoError(t, err)
			_, again, err := e.Again(f.Key, f.Before, f.Body)
			require.NoError(t, err)
			assert.True(t, again, row.why)
			assert.Contains(t, f.String(), "only after", row.why)
		}
	}
}

// remembers is a process that gives the ended reason of the body before to one without,
// and what its first customer is to every other.
type remembers struct {
	process
	reason, customer json.RawMessage
	begun            int
}

func (s *remembers) Restart() {
	s.process.Restart()
	s.reason, s.customer = nil, nil
	s.begun++
}

func (s *remembers) Decode(body []byte) (Decoded, error) {
	if _, err := s.process.Decode(body); err != nil {
		return nil, err
	}
	var b struct{ Message map[string]json.RawMessage }
	if json.Unmarshal(body, &b) != nil || b.Message == nil {
		return echo(slices.Clone(body)), nil
	}
	for _, m := range []struct {
		name string
		kept *json.RawMessage
		last bool
	}{{"endedReason", &s.reason, true}, {"customer", &s.customer, false}} {
		switch v := b.Message[m.name]; {
		case v == nil && m.last && *m.kept != nil, v != nil && !m.last && *m.kept != nil:
			b.Message[m.name] = *m.kept
		case v != nil:
			*m.kept = slices.Clone(v)
		}
	}
	text, err := json.Marshal(map[string]any{"message": b.Message})
	return echo(text), err
}

// State shows in many places: each costs new processes, of which there are not so many, and
// the same bodies before explain several.
func TestStateIsLookedIntoWithinABudget(t *testing.T) {
	s := &remembers{process: process{fail: func([][]byte) bool { return false }}}
	e, failures := explored(t, 1, 400, s)
	require.Greater(t, len(failures), 4)
	shared := 0
	for _, f := range failures {
		if f.shared {
			shared++
		}
		if f.Oracle == Deterministic {
			assert.Less(t, len(f.Body), 60, "which needs a new process for each try: %s", f)
		}
	}
	assert.NotZero(t, shared, "one cause explains several")
	assert.LessOrEqual(t, e.lent, mostStatefulTries)
	assert.Less(t, s.begun, mostStatefulTries+40*len(failures))
	assert.False(t, e.Examining())
}

// slow hangs for as long as it is let, on bodies that are.
type slow struct {
	*taped
	limit time.Duration
	waits []time.Duration
	hangs func(body []byte, limit time.Duration) bool
}

func (s *slow) Restart()       {}
func (s *slow) Past() [][]byte { return nil }
func (s *slow) Limit(d time.Duration) (was time.Duration) {
	was, s.limit = s.limit, d
	return was
}

func (s *slow) Decode(body []byte) (Decoded, error) {
	if s.hangs(body, s.limit) {
		s.waits = append(s.waits, s.limit)
		return nil, &Breakdown{Class: Endless, Detail: "no answer"}
	}
	return s.taped.Decode(body)
}

// To shrink a hang takes a shorter limit, but it must hang within the usual one.
func TestAHangIsShrunkInAHurry(t *testing.T) {
	artifact := []byte(`"artifact"`)
	always := func(body []byte, _ time.Duration) bool { return bytes.Contains(body, artifact) }
	s := &slow{taped: &taped{}, limit: 10 * time.Second, hangs: always}
	_, failures := explored(t, 1, 20, s)
	require.Len(t, failures, 1)
	assert.Less(t, len(failures[0].Body), 60)
	assert.Equal(t, 10*time.Second, s.limit)
	usual, hurried := 0, 0
	for _, w := range s.waits {
		if w == time.Second {
			hurried++
		} else {
			usual++
		}
	}
	assert.LessOrEqual(t, hurried, mostHangs)
	assert.Less(t, usual, 20)

	late := func(body []byte, limit time.Duration) bool {
		return len(body) > 1000 && bytes.Contains(body, artifact) || limit < 2*time.Second
	}
	_, failures = explored(t, 1, 20, &slow{taped: &taped{}, limit: 10 * time.Second, hangs: late})
	require.Len(t, failures, 1)
	assert.Greater(t, len(failures[0].Body), 1000, "who is late only is not blamed for less")
}
