package fuzz

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// Exploration says how [Engine.Explore] goes about.
type Exploration struct {
	Seed uint64
	Runs int // inputs; 0: until the context ends
	// Subjects are instances of the decoder, one for each of the jobs that run side by
	// side. With one job the same seed gives the same inputs, if the decoder takes them
	// the same way.
	Subjects []Subject
	// Report gets each failure, once for each key, one at a time. It ends the
	// exploration by returning false.
	Report func(Failure) bool
}

// mostBreakdowns in a row end a job of an exploration: there is no decoder to explore.
const mostBreakdowns = 50

// ErrGone is the error of an exploration that has no decoder any more.
var ErrGone = errors.New("fuzz: the decoder is gone")

// Explore is [Engine.Search], guided by what of the contract was visited: an input that
// carries an operation out at a new node, or with a new outcome, is kept, and others are
// made from it. All fixtures are among the first inputs. An instance whose call does not
// come back, or that breaks down 50 times in a row, is given up; the error is an [ErrGone]
// that says why if none is left.
func (e *Engine) Explore(ctx context.Context, x Exploration) (Stats, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var left atomic.Int64
	left.Store(int64(x.Runs))
	var reporting sync.Mutex
	report := func(f Failure) {
		reporting.Lock()
		defer reporting.Unlock()
		if !x.Report(f) {
			stop()
		}
	}
	var jobs sync.WaitGroup
	gone := make(chan error, len(x.Subjects))
	for i, s := range x.Subjects {
		explorer := &explorer{engine: e.For(s), draw: newDraw(x.Seed ^ uint64(i)<<32), next: i, step: len(x.Subjects)}
		jobs.Go(func() {
			for ctx.Err() == nil && explorer.gone == nil && (x.Runs == 0 || left.Add(-1) >= 0) {
				for _, f := range explorer.run() {
					report(f)
				}
			}
			if explorer.gone != nil {
				gone <- explorer.gone
			}
		})
	}
	jobs.Wait()
	if len(gone) == len(x.Subjects) && len(gone) > 0 {
		return e.Stats(), <-gone
	}
	return e.Stats(), nil
}

// explorer is one job.
type explorer struct {
	engine     *Engine
	draw       *draw
	kept       []Input // what visited something new
	next, step int     // fixture that comes as it is
	runs       int
	broken     int   // breakdowns in a row
	gone       error // why the subject is given up
}

func (x *explorer) run() []Failure {
	doc := compile(x.input())
	a := x.engine.newAttempt(doc, doc.body())
	back := a.all()
	failures := x.engine.settle(a, back, false)
	if !back {
		x.gone = fmt.Errorf("%w: a call of it does not come back", ErrGone)
	}
	if !back || a.pulse.stopped {
		return failures
	}
	x.broken++
	if a.first.panicked == "" {
		x.broken = 0
	}
	if x.broken == mostBreakdowns {
		x.gone = fmt.Errorf("%w: it broke down %d times in a row", ErrGone, x.broken)
	}
	if x.engine.learn(a) {
		x.keep(doc.input)
	}
	return failures
}

// mostKept bounds what a job keeps; the oldest goes first.
const mostKept = 4096

func (x *explorer) keep(in Input) {
	if len(x.kept) == mostKept {
		x.kept = x.kept[mostKept/4:]
	}
	x.kept = append(x.kept, in)
}

// input is the next one: every other fixture by fixture until all have come, else a
// random one, or one that is made of what was kept.
func (x *explorer) input() Input {
	x.runs++
	if x.next < len(stocked().bodies) && x.runs%2 == 1 {
		x.next += x.step
		return Input{Fixture: uint16(x.next - x.step)}
	}
	if len(x.kept) == 0 || x.draw.oneIn(2) {
		return random(x.draw)
	}
	return x.varied(pick(x.draw, x.kept))
}

// mostVaried is how many operations a varied input has: with more, little of the
// fixture is left.
const mostVaried = 6

func (x *explorer) varied(in Input) Input {
	d := x.draw
	ops := slices.Clone(in.Operations)
	codes := anyCode
	if !d.oneIn(3) {
		codes = soundCodes
	}
	another := anyOperation(d, pick(d, codes))
	switch i := d.below(max(len(ops), 1)); {
	case len(ops) == 0 || d.oneIn(3):
		ops = append(ops, another)
	case d.oneIn(3):
		ops[i].Choice = another.Choice
	case d.oneIn(2):
		ops[i].Address = another.Address
	default:
		ops[i] = another
	}
	if d.oneIn(4) {
		in.Fixture = uint16(d.below(len(stocked().bodies)))
	}
	in.Operations = ops[max(0, len(ops)-mostVaried):]
	return in
}
