package delivery

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// RunOptions says what is sent and when. Sender and Deliveries are required.
//
// A delivery starts when it is due, in that order, and waits for no other, not even
// for an earlier message of its call: the provider promises no order either, and a
// slow answer to one message does not hold up its next. Only a Concurrency of 1
// sends one after the other.
type RunOptions struct {
	Sender     *Sender
	Deliveries iter.Seq[Delivery] // read as needed; it may be endless if there is a Duration
	Chaos      Chaos
	Seed       uint64 // of Chaos

	Rate     float64       // deliveries a second; 0: each at its own time
	Fast     bool          // as fast as the workers go; times only give the order
	Speed    float64       // how much faster the deliveries' own times pass; 0: 1. Rate ignores it
	Duration time.Duration // what is due later is not sent; 0: all

	// Concurrency bounds the deliveries under way, those that wait for a retry among
	// them. What finds no free worker is late. 0: the sender's.
	Concurrency int
	// GiveUp ends the run once so many deliveries were given up and nothing has ever
	// answered; what is under way then still has its timeout. 0: never.
	GiveUp int

	// Observe is told of each delivery, one event at a time, by the workers: while it
	// runs, nobody sends.
	Observe func(Event)
	// Progress is told how things are, every so often.
	Progress func(*Summary)
	Every    time.Duration
}

// EventKind says what an event is about.
type EventKind string

// The kinds of events.
const (
	Started    EventKind = "started"  // the first attempt begins
	Finished   EventKind = "finished" // acknowledged or given up
	WasDropped EventKind = "dropped"  // by chaos
	NotSent    EventKind = "not-sent" // the run was over before it could start
)

// Event is something that happened to one delivery.
type Event struct {
	Kind    EventKind
	Planned Planned
	Due     time.Time // zero if it had no time of its own
	Result  Result    // of Finished
}

// errGaveUp is why a run stops that nothing ever answered.
var errGaveUp = errors.New("nothing ever answered")

// Run sends the deliveries and says what became of them. When ctx ends, no delivery
// starts and no retry follows; Run waits for the attempts under way, at most the
// sender's timeout, and returns the summary so far, with Interrupted set.
//
// An error says that the options are wrong (then there is no summary), or that the
// target is not loopback ([RemoteError], with the summary).
//
// If Deliveries blocks, as a pipe nobody writes to does, Run does not wait for it
// when ctx ends or the duration has passed; the goroutine that reads it ends when it next hands out a delivery.
func Run(ctx context.Context, o RunOptions) (*Summary, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	inner, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	clock := o.Sender.options.Clock
	r := &run{
		RunOptions: o,
		tally:      newTally(),
		queue:      make(chan Planned, o.Concurrency),
		over:       make(chan struct{}),
		stop:       stop,
		pacer: pacer{clock: clock, start: clock.Now(), rate: o.Rate, speed: o.Speed,
			fast: o.Fast, duration: o.Duration},
	}
	in, read := r.read(inner)
	fed := r.feed(inner, in)
	quiet := r.report()
	var watcher, workers sync.WaitGroup
	watcher.Go(func() { r.watch(inner) })
	for range o.Concurrency {
		workers.Go(func() { r.work(inner) })
	}
	workers.Wait()
	interrupted, elapsed := ctx.Err() != nil, clock.Now().Sub(r.pacer.start)
	stop(nil)
	watcher.Wait()
	<-fed.Done()
	_ = clock.Sleep(read, patience) // read ends before that, unless Deliveries blocks
	quiet()
	r.drain()
	s := r.tally.summary(elapsed)
	s.Interrupted, s.GaveUp = interrupted, errors.Is(context.Cause(inner), errGaveUp)
	if remote := (*RemoteError)(nil); errors.As(context.Cause(inner), &remote) {
		return s, context.Cause(inner)
	}
	return s, nil
}

// patience is how long Run waits for Deliveries to end once all else has.
const patience = 100 * time.Millisecond

func (o *RunOptions) complete() error {
	switch {
	case o.Sender == nil || o.Deliveries == nil:
		return errors.New("no sender, or no deliveries")
	case !(o.Rate >= 0) || math.IsInf(o.Rate, 0):
		return fmt.Errorf("a rate of %v", o.Rate)
	case !(o.Speed >= 0) || math.IsInf(o.Speed, 0):
		return fmt.Errorf("a speed of %v", o.Speed)
	case o.Rate > 0 && o.Fast:
		return errors.New("a rate, and as fast as it goes")
	case o.Duration < 0 || o.Concurrency < 0 || o.GiveUp < 0 || o.Every < 0:
		return errors.New("a duration, a concurrency or another number below zero")
	}
	if o.Speed == 0 {
		o.Speed = 1
	}
	if o.Concurrency == 0 {
		o.Concurrency = o.Sender.options.Concurrency
	}
	return o.Chaos.Check()
}

// run is one call of Run.
type run struct {
	RunOptions
	pacer pacer
	tally *tally
	queue chan Planned
	stop  context.CancelCauseFunc

	// input counts the beginnings and the ends of waits for the input: while it is odd,
	// one is under way.
	input atomic.Int64
	over  chan struct{} // closed when the input is not waited for any longer

	observing sync.Mutex
}

// feed plans the deliveries and queues them. The context it returns ends when it has
// come to an end.
func (r *run) feed(ctx context.Context, in iter.Seq[Delivery]) context.Context {
	fed, end := context.WithCancel(context.Background())
	go func() {
		defer end()
		defer close(r.queue)
		for p := range r.Chaos.Apply(r.Seed, r.pacer.timed(in)) {
			if ctx.Err() != nil {
				return
			}
			r.tally.planned(p)
			if p.Dropped {
				r.observe(Event{Kind: WasDropped, Planned: p})
				continue
			}
			select {
			case r.queue <- p:
			case <-ctx.Done():
				r.skip(p)
				return
			}
		}
	}()
	return fed
}

// readAhead is how many deliveries are read before they are planned.
const readAhead = 64

// read reads Deliveries on a goroutine of its own, so that nothing else waits for it
// longer than it should: the deliveries it returns end when the input ends, when ctx
// does, or when watch closes r.over. done ends when the goroutine has ended.
func (r *run) read(ctx context.Context) (in iter.Seq[Delivery], done context.Context) {
	done, end := context.WithCancel(context.Background())
	ahead := make(chan Delivery, readAhead)
	go func() {
		defer end()
		defer close(ahead)
		for d := range r.Deliveries {
			select {
			case ahead <- d:
			case <-ctx.Done():
				return
			}
		}
	}()
	return func(yield func(Delivery) bool) {
		for {
			r.input.Add(1)
			select {
			case d, more := <-ahead:
				r.input.Add(1)
				if !more || !yield(d) {
					return
				}
			case <-r.over:
				return
			case <-ctx.Done():
				return
			}
		}
	}, done
}

// watch ends the input once the duration has passed and it is waited for: what it has
// given has times of its own, but it may give nothing any more, as a pipe can.
func (r *run) watch(ctx context.Context) {
	if r.Duration == 0 {
		return
	}
	before := int64(0)
	for wait := r.Duration; r.pacer.clock.Sleep(ctx, wait) == nil; wait = patience / 2 {
		now := r.input.Load()
		if now%2 == 1 && now == before {
			close(r.over)
			return
		}
		before = now
	}
}

// work sends what is queued until there is no more, or ctx ends.
func (r *run) work(ctx context.Context) {
	talk := context.WithoutCancel(ctx) // what is under way may finish
	for {
		select {
		case p, more := <-r.queue:
			if !more {
				return
			}
			r.deliver(talk, ctx, p)
		case <-ctx.Done():
			return
		}
	}
}

func (r *run) deliver(talk, ctx context.Context, p Planned) {
	due, ok := r.pacer.wait(ctx, p.At)
	if !ok {
		r.skip(p)
		if r.Fast {
			r.stop(nil) // the duration has passed
		}
		return
	}
	r.observe(Event{Kind: Started, Planned: p, Due: due})
	result := r.Sender.send(talk, ctx, p.Delivery)
	if len(result.Answer) > 0 { // it may repeat what it was sent
		result.Answer = []byte(r.Sender.options.Auth.Hide(string(result.Answer)))
	}
	r.tally.done(p, due, result)
	r.observe(Event{Kind: Finished, Planned: p, Due: due, Result: result})
	if result.Err != nil {
		r.judge(result)
	}
}

// judge ends a run that leads to nothing.
func (r *run) judge(result Result) {
	if result.Kind() == Remote {
		r.stop(result.Err)
		return
	}
	r.tally.mu.Lock()
	silent := !r.tally.sum.Answered && r.GiveUp > 0 && r.tally.sum.Sent >= int64(r.GiveUp)
	r.tally.mu.Unlock()
	if silent {
		r.stop(errGaveUp)
	}
}

// skip counts a delivery that was due and is not sent. As fast as it goes, nothing
// is ever due.
func (r *run) skip(p Planned) {
	if !r.Fast {
		r.tally.unsent()
	}
	r.observe(Event{Kind: NotSent, Planned: p})
}

// drain skips what is still queued when all workers are gone.
func (r *run) drain() {
	for {
		select {
		case p, more := <-r.queue:
			if !more {
				return
			}
			r.skip(p)
		default:
			return
		}
	}
}

func (r *run) observe(e Event) {
	if r.Observe == nil {
		return
	}
	r.observing.Lock()
	defer r.observing.Unlock()
	r.Observe(e)
}

// report tells Progress until the function it returns is called.
func (r *run) report() (end func()) {
	if r.Progress == nil || r.Every == 0 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	var reporter sync.WaitGroup
	reporter.Go(func() {
		for r.pacer.clock.Sleep(ctx, r.Every) == nil {
			r.Progress(r.tally.summary(r.pacer.clock.Now().Sub(r.pacer.start)))
		}
	})
	return func() {
		cancel()
		reporter.Wait()
	}
}
