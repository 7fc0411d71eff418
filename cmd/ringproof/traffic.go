package main

import (
	"cmp"
	"container/heap"
	"errors"
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
			if err := t.begin(&next, call, start); err != nil {
				t.failed = withoutPackage(err)
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
	stream  bool  // they come from standard input
	again   bool  // when all were sent, begin anew, without end
	failed  error // why it ended early

	sent int // how many bodies were handed out: a body that comes again is another delivery
	kept []delivery.Delivery
	room int // bytes that may still be kept; below zero nothing is
}

// keptBytes bounds the memory for bodies that are sent again. More than that is read
// anew in each round.
const keptBytes = 64 << 20

func (t *ownTraffic) deliveries() iter.Seq[delivery.Delivery] {
	return func(yield func(delivery.Delivery) bool) {
		if t.room == 0 {
			t.room = keptBytes
		}
		for more := t.read(yield); more && t.again; {
			if t.room < 0 {
				more = t.read(yield)
				continue
			}
			for _, d := range t.kept {
				if more = t.hand(d, yield); !more {
					break
				}
			}
		}
	}
}

// read hands out what is in the files. It returns false if that was the last round.
func (t *ownTraffic) read(yield func(delivery.Delivery) bool) bool {
	before, more := t.sent, true
	for _, source := range t.sources {
		err := source.Read(t.limit, func(p input.Payload) bool {
			more = t.add(p, yield)
			return more
		})
		t.failed = cmp.Or(t.failed, err)
		if !more || t.failed != nil {
			return false
		}
	}
	if t.sent == before {
		t.failed = errors.New("there is no body in what was named")
	}
	return t.failed == nil
}

func (t *ownTraffic) add(p input.Payload, yield func(delivery.Delivery) bool) bool {
	if len(p.Data) == 0 && t.stream { // whatever writes into the pipe has failed
		return true
	}
	if len(p.Data) > t.limit {
		t.failed = fmt.Errorf("%s: body %d is longer than %d bytes", p.File, p.Index, t.limit)
		return false
	}
	body := p.Data
	if len(t.edits) > 0 {
		var err error
		if body, err = fixtures.Edit(body, t.edits...); err != nil {
			t.failed = fmt.Errorf("%s: body %d: %w", p.File, p.Index, withoutPackage(err))
			return false
		}
	}
	d := delivery.Delivery{Body: body, Call: p.File, Step: p.Index}
	if t.again && t.room >= 0 {
		t.keep(d)
	}
	return t.hand(d, yield)
}

// keep keeps a body of the first round for the next, or forgets all if it is too much.
func (t *ownTraffic) keep(d delivery.Delivery) {
	if t.room -= cap(d.Body); t.room < 0 {
		t.kept = nil
		return
	}
	t.kept = append(t.kept, d)
}

func (t *ownTraffic) hand(d delivery.Delivery, yield func(delivery.Delivery) bool) bool {
	t.sent++
	d.ID = fmt.Sprintf("msg_%06d", t.sent)
	return yield(d)
}

// withoutPackage leaves out the package's name, which tells a user of the command nothing.
func withoutPackage(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), "fixtures: "))
}
