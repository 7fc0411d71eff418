package fuzz

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
)

// A call that hangs is told by ticks of a second and by the CPU time of the
// process: a machine that was asleep gives neither. What a decoder elsewhere does takes
// no CPU time here. A thread of its own for each call, whose time would be its own, costs
// too much once calls that were given up go on, on threads of their own.
const (
	tick    = time.Second
	busyFor = 5 * time.Second // CPU time of a call that is given up
)

// stillFor are the ticks after which any call is given up.
var stillFor = 60

// pulse says what a goroutine is doing: the number of calls of the subject so far,
// and what the latest one is.
type pulse struct {
	calls     atomic.Int64
	latest    atomic.Pointer[call]
	stopped   bool        // a call ended with ErrStopped: what comes after it counts for nothing
	exited    *outcome    // how the goroutine ended, if not by itself
	elsewhere bool        // see Elsewhere
	left      atomic.Bool // guard does not wait any longer: nothing else may be called
}

// call is a call of the subject.
type call struct {
	phase string
	body  []byte // the subject was given a copy
}

func (p *pulse) beat(phase string, body []byte) {
	p.leave()
	p.calls.Add(1)
	p.latest.Store(&call{phase, body})
}

// leave ends the goroutine if it was given up: the subject may be another's by now.
func (p *pulse) leave() {
	if p.left.Load() {
		runtime.Goexit()
	}
}

// guard runs f on a goroutine of its own, which calls the subject and beats the
// pulse each time. It reports false if one of the calls does not come back; then the
// goroutine is left to itself, and f's results must not be looked at. What the subject or
// a probe may do to end the goroutine is in p.exited.
func guard(p *pulse, f func()) (back bool) {
	done := make(chan struct{})
	p.exited = nil
	go func() {
		whole := false
		defer close(done)
		defer func() {
			if !whole {
				p.exited = p.exit()
			}
		}()
		makeRoom()
		f()
		whole = true
	}()
	timer := time.NewTimer(tick)
	defer timer.Stop()
	var began time.Duration // of the CPU time, by the first tick of the call
	call, ticks := int64(-1), 0
	for {
		select {
		case <-done:
			return true
		case <-timer.C:
			timer.Reset(tick)
		}
		if now := p.calls.Load(); now != call {
			began, call, ticks = processCPU(), now, 0
			continue
		}
		if ticks++; ticks > stillFor || !p.elsewhere && ticks > 4 && processCPU()-began > busyFor {
			p.left.Store(true)
			return false
		}
	}
}

// complete is guard with an error for what keeps f from its end: there are no results then.
func complete(p *pulse, f func()) error {
	back := guard(p, f)
	at := p.latest.Load()
	switch {
	case !back:
		return fmt.Errorf("%s: %s goes on, of the body %s", NoHang, at.phase, clip(string(at.body)))
	case p.exited != nil:
		return fmt.Errorf("%s: %s, at the body %s", NoPanic, p.exited.panicked, clip(string(at.body)))
	}
	return nil
}

// makeRoom lets the stack of a new goroutine grow once, while there is little on it to
// copy. Decoders are recursive: in steps it would be a twentieth of a run.
//
//go:noinline
func makeRoom() {
	var room [24 << 10]byte
	runtime.KeepAlive(&room)
}

// outcome is how a call of the subject ended.
type outcome struct {
	decoded  Decoded
	err      error
	panicked string // what; empty if it did not
	oracle   Oracle // that this fails
	class    Class  // of that failure
	body     []byte // that was decoded then
	stopped  bool   // see ErrStopped
}

// exit is the outcome of what ends its goroutine, as t.FailNow does.
func (p *pulse) exit() *outcome {
	const how = "the call ends its goroutine (runtime.Goexit, as t.FailNow does)"
	return &outcome{panicked: how, err: errors.New(how), oracle: NoPanic, class: Class("exit in " + culprit()), body: p.latest.Load().body}
}

// decode calls the subject with a copy of the body.
func decode(s Subject, body []byte, p *pulse) outcome {
	return decodeLent(s, body, bytes.Clone(body), p)
}

// decodeLent calls the subject with a copy of the body that the caller has made.
func decodeLent(s Subject, body, lent []byte, p *pulse) (o outcome) {
	p.beat("decoding", body)
	defer p.leave()
	defer o.caught(body)
	o.decoded, o.err = s.Decode(lent)
	var b *Breakdown
	switch {
	case o.err == nil:
	case o.err.Error() == "": // which panics if it is a nil pointer
	case errors.Is(o.err, ErrStopped):
		o.stopped, p.stopped = true, true
	case errors.As(o.err, &b):
		o.panicked, o.oracle, o.class, o.body = b.Detail, b.oracle(), b.Class, body
	}
	return o
}

// encode encodes what was decoded of a body. The error is ErrNoEncoder without an encoder.
func encode(d Decoded, body []byte, p *pulse) (encoded []byte, o outcome) {
	p.beat("encoding", body)
	defer p.leave()
	defer o.caught(body)
	if encoded, o.err = d.Encode(); o.err != nil {
		_ = o.err.Error() // likewise
	}
	return bytes.Clone(encoded), o // an encoder may use its buffer again
}

// caught is deferred: it turns a panic into data.
func (o *outcome) caught(body []byte) {
	v := recover()
	if v == nil {
		return
	}
	o.body = body
	o.panicked = "panic: " + clip(fmt.Sprint(v))
	o.oracle, o.class = NoPanic, Class("panic in "+culprit())
	o.err = errors.New(o.panicked)
}

// culprit is the function that panicked or left: the nearest one that is not the runtime's.
func culprit() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	panicking := false
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic", f.Function == "runtime.Goexit", strings.HasPrefix(f.Function, "runtime.") && panicking:
			panicking = true
		case panicking:
			return f.Function[strings.LastIndexByte(f.Function, '/')+1:]
		}
		if !more {
			return "unknown"
		}
	}
}
