package fuzz

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

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

func explored(t *testing.T, seed uint64, runs int, s ...Subject) (*Engine, []Failure) {
	t.Helper()
	e, err := NewEngine(s[0], Without(Linear))
	require.NoError(t, err)
	var list []Failure
	e.Explore(context.Background(), Exploration{Seed: seed, Runs: runs, Subjects: s, Report: func(f Failure) bool {
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
			assert.Less(t, e.Stats().Executions, 100, row.why)
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
			_, again := e.Again(f.Key, f.Before, f.Body)
			assert.True(t, again, row.why)
			assert.Contains(t, f.String(), "only after", row.why)
		}
	}
}
