package main

import (
	"container/heap"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/ringproof/ringproof/contract/delivery"
	"github.com/ringproof/ringproof/fixtures"
	"github.com/ringproof/ringproof/internal/input"
)

// between is the virtual time from the start of one call to that of the next, so
// that calls interleave.
const between = 2 * time.Second

// callTraffic are the messages of many calls in the order of their virtual time.
type callTraffic struct {
	generator *fixtures.Generator
	scenarios []string
	calls     int // 0: without end
	edits     []fixtures.Option
	failed    error // why it ended early
}

// upcoming are the next messages of the calls under way, the earliest first; of
// those at the same time, that of the earlier call.
type upcoming []delivery.Delivery

func (u upcoming) Len() int { return len(u) }
func (u upcoming) Less(i, j int) bool {
	return u[i].At < u[j].At || u[i].At == u[j].At && u[i].ID < u[j].ID
}
func (u upcoming) Swap(i, j int) { u[i], u[j] = u[j], u[i] }
func (u *upcoming) Push(x any)   { *u = append(*u, x.(delivery.Delivery)) }
func (u *upcoming) Pop() any {
	last := (*u)[len(*u)-1]
	*u = (*u)[:len(*u)-1]
	return last
}

// deliveries are the messages, with the times at which they are due. It makes calls
// as it needs them, so their number doesn't matter.
func (t *callTraffic) deliveries() iter.Seq[delivery.Delivery] {
	return func(yield func(delivery.Delivery) bool) {
		var next upcoming
		for call := 0; ; call++ {
			start := time.Duration(call) * between
			over := t.calls > 0 && call == t.calls
			for len(next) > 0 && (over || next[0].At < start) {
				if !yield(heap.Pop(&next).(delivery.Delivery)) {
					return
				}
			}
			if over {
				return
			}
			if t.failed = t.begin(&next, call, start); t.failed != nil {
				return
			}
		}
	}
}

// begin adds the messages of a call.
func (t *callTraffic) begin(next *upcoming, call int, start time.Duration) error {
	name := t.scenarios[call%len(t.scenarios)]
	steps, err := t.generator.Scenario(name, append([]fixtures.Option{fixtures.Nth(call)}, t.edits...)...)
	if err != nil {
		return err
	}
	for _, st := range steps {
		heap.Push(next, delivery.Delivery{
			ID: fmt.Sprintf("msg_%06d_%02d", call+1, st.Number), Body: st.JSON(), At: start + st.At,
			Call: fmt.Sprintf("%s #%d", name, call+1), Step: st.Number,
		})
	}
	return nil
}

// ownTraffic are the user's own bodies, byte for byte unless something of them is to
// be overridden.
type ownTraffic struct {
	sources []input.Source
	limit   int // of a body, in bytes
	edits   []fixtures.Option
	failed  error // why it ended early
}

func (t *ownTraffic) deliveries() iter.Seq[delivery.Delivery] {
	return func(yield func(delivery.Delivery) bool) {
		n := 0
		for _, source := range t.sources {
			more := true
			err := source.Read(t.limit, func(p input.Payload) bool {
				n++
				more = t.add(p, n, yield)
				return more
			})
			if err != nil && t.failed == nil {
				t.failed = err
			}
			if !more || t.failed != nil {
				return
			}
		}
	}
}

func (t *ownTraffic) add(p input.Payload, n int, yield func(delivery.Delivery) bool) bool {
	if len(p.Data) > t.limit {
		t.failed = fmt.Errorf("%s: body %d is longer than %d bytes", p.File, p.Index, t.limit)
		return false
	}
	body := p.Data
	if len(t.edits) > 0 {
		var err error
		if body, err = fixtures.Edit(body, t.edits...); err != nil {
			t.failed = fmt.Errorf("%s: body %d: %s", p.File, p.Index, strings.TrimPrefix(err.Error(), "fixtures: "))
			return false
		}
	}
	return yield(delivery.Delivery{ID: fmt.Sprintf("msg_%06d", n), Body: body, Call: p.File, Step: p.Index})
}
