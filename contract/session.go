package contract

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringproof/ringproof/contract/delivery"
)

// session is one run against one consumer.
type session struct {
	*options
	target string
	sender *delivery.Sender

	mu       sync.Mutex
	answered bool
	silent   int    // deliveries without an answer since the last one that had one
	fragile  bool   // it answers only what is sent alone
	timeouts int    // deliveries without an answer in time, in the whole run
	gone     string // why no more is sent; empty while the consumer answers
	took     []time.Duration
	slowest  time.Duration // that an effect took to show
	patience time.Duration // how long an effect is waited for, see await
	follow   sync.Once     // see follows
	followed bool
	misses   int          // states that could not be observed, since the last one that could
	unseeing error        // why the last of them could not
	plainGot string       // what came back for a plain message that was not acknowledged
	blind    error        // why no state can be observed
	stranger *observation // of a call that nobody has heard of, see unknown
	remote   error        // a *delivery.RemoteError: the target may not be asked
	panicked string       // what the handler panicked with since somebody asked
	ping     sync.Mutex
}

const (
	keepAnswer = 2 << 10
	// After so many silent deliveries in a row the consumer is asked for a sign of life.
	silentInARow = 3
	signsOfLife  = 3
	// After so many timeouts in a whole run it is given up, though it answers at times.
	// A connection that breaks costs no time, so those are not counted.
	mostTimeouts = 12
)

// exchange is a delivery and what came of it.
type exchange struct {
	Sent
	head    []delivery.Header // instead of the session's credentials, if not nil
	attempt delivery.Attempt
	unsent  bool // the consumer was given up before
}

// ok reports whether the delivery was acknowledged.
func (x *exchange) ok() bool { return !x.unsent && x.attempt.OK() }

// answered reports whether the consumer said anything that is an answer.
func (x *exchange) answered() bool {
	switch x.attempt.Kind() {
	case delivery.Garbage, delivery.TooLong, delivery.Redirected:
		return true
	}
	return x.attempt.Status > 0 && x.attempt.Err == nil
}

// got says what came back.
func (x *exchange) got() string {
	switch {
	case x.unsent:
		return "not sent"
	case x.attempt.Err != nil:
		return x.attempt.Err.Error()
	}
	return fmt.Sprint(x.attempt.Status)
}

// class is the hundreds of the status code; 0 if there is none.
func (x *exchange) class() int {
	if x.attempt.Err != nil && x.attempt.Kind() != delivery.Redirected {
		return 0
	}
	return x.attempt.Status / 100
}

func (s *session) senderOptions() delivery.Options {
	return delivery.Options{
		Target: s.target, Auth: s.auth, Headers: s.headers, Timeout: s.timeout, AllowRemote: s.allowRemote, Keep: keepAnswer,
	}
}

// deliver sends one delivery, unless the consumer is given up.
func (s *session) deliver(ctx context.Context, x *exchange) {
	if s.lost() != "" || ctx.Err() != nil {
		x.unsent = true
		return
	}
	s.send(ctx, x)
	s.mu.Lock()
	if x.answered() {
		s.answered, s.silent = true, 0
		s.took = append(s.took, x.attempt.Took)
		s.mu.Unlock()
		return
	}
	s.silent++
	if x.attempt.Kind() == delivery.Timeout {
		s.timeouts++
	}
	doubt, enough := s.silent >= silentInARow, s.timeouts >= mostTimeouts
	s.mu.Unlock()
	switch kind := x.attempt.Kind(); {
	case ctx.Err() != nil:
	case kind == delivery.Remote:
		s.mu.Lock()
		s.remote = x.attempt.Err
		s.mu.Unlock()
		s.lose(x.got())
	case enough:
		s.lose(fmt.Sprintf("no whole answer in time, %d times", mostTimeouts))
	case doubt:
		s.askForLife(ctx)
	}
}

func (s *session) send(ctx context.Context, x *exchange) {
	sender := s.sender
	if x.head != nil {
		o := s.senderOptions()
		o.Auth, o.Headers = nil, slices.Concat(x.head, o.Headers)
		own, err := delivery.NewSender(o)
		if err != nil {
			x.attempt = delivery.Attempt{Err: &delivery.Error{Kind: delivery.Unsound, Detail: err.Error()}}
			return
		}
		defer own.Close()
		sender = own
	}
	x.attempt = sender.Send(ctx, delivery.Delivery{ID: x.MessageID(), Body: x.Body}).Attempt
}

// askForLife sends a plain message, and gives the consumer up if nothing comes back.
func (s *session) askForLife(ctx context.Context) {
	s.ping.Lock()
	defer s.ping.Unlock()
	s.mu.Lock()
	heard := s.silent < silentInARow
	s.mu.Unlock()
	if heard || s.lost() != "" {
		return
	}
	plain := s.newProbe(ctx, Check{ID: "sign of life"})
	for try := range signsOfLife {
		pause(ctx, time.Duration(try)*150*time.Millisecond) // others may be under way
		x := plain.plain("in-progress")
		if s.send(ctx, x); x.answered() {
			break
		}
		if try == signsOfLife-1 || x.attempt.Kind() == delivery.Timeout {
			if ctx.Err() == nil {
				s.lose(x.got())
			}
			return
		}
	}
	s.mu.Lock()
	s.answered, s.silent = true, 0
	s.mu.Unlock()
}

// lose gives the consumer up.
func (s *session) lose(why string) {
	if err := s.alive(); err != nil { // with the last words of the consumer, which may be anything
		why = s.foreign(err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone == "" {
		s.gone = why
	}
}

func (s *session) lost() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gone
}

// workers is how many deliveries are under way at once, where their order does not
// matter: more where the consumer takes its time for each, and one where it bears no
// more, which is the business of answers/at-once alone.
func (s *session) workers() int {
	const few, many, slow = 8, 32, 50 * time.Millisecond
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fragile {
		return 1
	}
	var sum time.Duration
	for _, d := range s.took {
		sum += d
	}
	if len(s.took) > 0 && sum/time.Duration(len(s.took)) > slow {
		return many
	}
	return few
}

// each calls f for 0 to n-1, several at a time, and returns when all are done. An f
// that ends its goroutine, as t.FailNow in a user's function does, ends that one only.
func each(n, atOnce int, f func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(n, atOnce) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wait.Wait()
}

// observation is the state of a call, or why nobody knows it.
type observation struct {
	State
	err error
}

// looks is how often a state is asked for before it counts as one that nobody can see.
const (
	looks      = 3
	mostMisses = 10
)

// look asks for the state of a call. Where nobody could see one so often in a row, it
// is not asked for again: each time may have cost a timeout.
func (s *session) look(ctx context.Context, call string) observation {
	s.mu.Lock()
	last := s.unseeing
	if s.misses < mostMisses {
		last = nil
	}
	s.mu.Unlock()
	if last != nil {
		return observation{err: last}
	}
	var err error
	for try := range looks {
		var state State
		if state, err = s.observeOnce(ctx, call); err == nil {
			s.mu.Lock()
			s.misses = 0
			s.mu.Unlock()
			return observation{State: state}
		}
		pause(ctx, time.Duration(try)*50*time.Millisecond)
	}
	err = fmt.Errorf("the state of a call cannot be observed: %w", errors.New(s.foreign(err.Error())))
	s.mu.Lock()
	s.misses++
	s.unseeing = err
	s.mu.Unlock()
	return observation{err: err}
}

// observeOnce bounds the time of a user's function, if that heeds its context.
func (s *session) observeOnce(ctx context.Context, call string) (State, error) {
	ctx, cancel := context.WithTimeout(ctx, observeTimeout)
	defer cancel()
	return s.observe(ctx, call)
}

// unknown is what the consumer says of a call that it has never heard of: nothing, or
// that it does not know it.
func (p *probe) unknown() observation {
	p.mu.Lock()
	known := p.stranger
	p.mu.Unlock()
	if known == nil {
		o := p.look(p.ctx, p.newProbe(p.ctx, Check{ID: "unknown"}).newCall())
		known = &o
		p.mu.Lock()
		p.stranger = known
		p.mu.Unlock()
	}
	return *known
}

// hasState reports whether the consumer knows the call that an observation is of.
func (p *probe) hasState(o observation) bool {
	return o.err == nil && o.Known() && (p.unknown().err != nil || o.State != p.unknown().State)
}

// await looks until the state is as wanted, or the time for it is over. It returns
// what was seen last. Each time that was waited for in vain makes it wait less: a
// consumer that shows a wrong state a thousand times is not waited for a thousand times.
func (s *session) await(ctx context.Context, call string, wanted func(State) bool) (observation, bool) {
	s.mu.Lock()
	patience := s.patience
	s.mu.Unlock()
	o, ok := s.awaitFor(ctx, patience, call, wanted)
	if !ok {
		s.mu.Lock()
		s.patience = min(s.settle, max(s.patience/2, 100*time.Millisecond, 10*s.slowest))
		s.mu.Unlock()
	}
	return o, ok
}

// awaitFor is await with a time of its own.
func (s *session) awaitFor(ctx context.Context, most time.Duration, call string, wanted func(State) bool) (observation, bool) {
	start := time.Now()
	for wait := 2 * time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		o := s.look(ctx, call)
		since := time.Since(start)
		if o.err == nil && wanted(o.State) {
			s.mu.Lock()
			s.slowest = max(s.slowest, since)
			s.mu.Unlock()
			return o, true
		}
		if since >= most || ctx.Err() != nil || s.lost() != "" && since > time.Second {
			return o, false
		}
		pause(ctx, wait)
	}
}

// soon is the time in which an effect shows, by what was seen so far: three times as
// long as the slowest took.
func (s *session) soon() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return min(s.settle, max(50*time.Millisecond, 3*s.slowest))
}

// settleDown waits until what will have no effect would have had one.
func (s *session) settleDown(ctx context.Context) { pause(ctx, s.soon()) }

func pause(ctx context.Context, d time.Duration) { _ = delivery.SystemClock().Sleep(ctx, d) }

// latency sums up how long the answers took.
func (s *session) latency() Latency {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.took)
	l := Latency{Count: n}
	if n == 0 {
		return l
	}
	slices.Sort(s.took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	at := func(percent int) float64 { return ms(s.took[min(n-1, n*percent/100)]) }
	l.P50, l.P90, l.P99, l.Max = at(50), at(90), at(99), ms(s.took[n-1])
	for _, d := range s.took {
		b := bits.Len64(uint64(d * 8 / time.Millisecond))
		for len(l.Buckets) <= b {
			l.Buckets = append(l.Buckets, 0)
		}
		l.Buckets[b]++
	}
	return l
}
