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
// no CPU time here.
const (
	tick    = time.Second
	busyFor = 5 * time.Second // CPU time of a call that is given up
)

// stillFor are the ticks after which any call is given up.
var stillFor = 60

// pulse says what a goroutine is doing: the number of calls of the subject so far,
// and what the latest is.
type pulse struct {
	calls     atomic.Int64
	phase     atomic.Value // string
	elsewhere bool         // see Elsewhere
	stopped   bool         // a call ended with ErrStopped: what comes after it counts for nothing
	body      []byte       // that is being decoded
	exited    *outcome     // how the goroutine ended, if not by itself
}

func (p *pulse) beat(phase string) {
	p.calls.Add(1)
	p.phase.Store(phase)
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
				p.exited = exit(p.body)
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
			return false
		}
	}
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
func exit(body []byte) *outcome {
	const how = "the call ends its goroutine (runtime.Goexit, as t.FailNow does)"
	return &outcome{panicked: how, err: errors.New(how), oracle: NoPanic, class: Class("exit in " + culprit()), body: bytes.Clone(body)}
}

// decode calls the subject, with a body of its own.
func decode(s Subject, body []byte, p *pulse) (o outcome) {
	p.beat("decoding")
	p.body = body
	defer func() {
		if o.panicked != "" {
			o.body, p.body = bytes.Clone(body), nil
		}
	}()
	defer o.caught()
	o.decoded, o.err = s.Decode(body)
	var b *Breakdown
	switch {
	case o.err == nil:
	case o.err.Error() == "": // which panics if it is a nil pointer
	case errors.Is(o.err, ErrStopped):
		o.stopped, p.stopped = true, true
	case errors.As(o.err, &b):
		o.panicked, o.oracle, o.class = b.Detail, b.oracle(), b.Class
	}
	p.body = nil
	return o
}

// encode encodes what was decoded. The error is ErrNoEncoder without an encoder.
func encode(d Decoded, p *pulse) (encoded []byte, o outcome) {
	p.beat("encoding")
	defer o.caught()
	if encoded, o.err = d.Encode(); o.err != nil {
		_ = o.err.Error() // likewise
	}
	return encoded, o
}

// caught is deferred: it turns a panic into data.
func (o *outcome) caught() {
	v := recover()
	if v == nil {
		return
	}
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
