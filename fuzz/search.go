package fuzz

import (
	"bytes"
	"cmp"
	"context"
	"slices"
)

// Run judges the document of an input. Failures are shrunk; one whose key was
// reported before is left out, unless all is set.
func (e *Engine) Run(input []byte, all bool) []Failure {
	doc := compile(ParseInput(input))
	a := e.newAttempt(doc, doc.body())
	return e.settle(a, a.all(), all)
}

// RunBody judges a body.
func (e *Engine) RunBody(body []byte, all bool) []Failure {
	a := e.newAttempt(nil, body)
	return e.settle(a, a.all(), all)
}

// mostNews bounds how many failures of an oracle are examined that a body is the first to
// show: of a decoder that loses most of it, the rest comes with other bodies.
const mostNews = 8

// settle shrinks what the oracles have found.
func (e *Engine) settle(a *attempt, back, all bool) []Failure {
	var found []Failure
	switch {
	case !back: // a's are still another goroutine's
		found = []Failure{endless(a)}
		e.mu.Lock()
		e.hangs = true
		e.mu.Unlock()
	case a.pulse.stopped: // what was found before is all that there is
		found = a.failures
	default:
		found = a.failures
		e.count(a)
	}
	slices.SortStableFunc(found, func(f, g Failure) int {
		return cmp.Compare(slices.Index(Oracles, f.Oracle), slices.Index(Oracles, g.Oracle))
	})
	var list []Failure
	defer e.remember(a.body)
	news := map[Oracle]int{}
	for _, f := range found {
		known, reported := e.report(f, news[f.Oracle] < mostNews)
		switch {
		case reported && all:
			list = append(list, known)
		case !reported && news[f.Oracle] < mostNews:
			news[f.Oracle]++
			list = append(list, e.examined(f, a.docOf(f)))
		}
	}
	return list
}

// report returns what was reported under the key, or takes it upon the caller to examine
// the failure.
func (e *Engine) report(f Failure, take bool) (known Failure, reported bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if known, reported = e.reported[f.Key]; !reported && take {
		e.reported[f.Key] = f
	}
	return known, reported
}

// examined finds out what a failure depends on, and shrinks it.
func (e *Engine) examined(f Failure, doc *document) Failure {
	e.note(func() { e.busy++ })
	f, alone := e.traced(f)
	switch {
	case alone && e.onlyAnew(f):
		f = e.shrinkStateful(f)
	case alone:
		f = e.shrunk(f, doc)
	case f.State == Stateful:
		f = e.shrinkStateful(f)
	}
	e.note(func() {
		e.busy--
		e.reported[f.Key] = f
		if f.State == Stateful && !f.shared {
			e.causes = append(e.causes, f.Before)
		}
	})
	return f
}

func (e *Engine) note(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f()
}

// Examining reports whether a failure is being looked into, which may take many calls
// that are no inputs.
func (e *Engine) Examining() (yes bool) {
	e.note(func() { yes = e.busy > 0 })
	return yes
}

// onlyAnew reports whether a failure shows on a new process only: what decoding the same
// body again changes there may be changed for good.
func (e *Engine) onlyAnew(f Failure) bool {
	if _, ok := e.subject.(Restarter); !ok || f.Oracle != Deterministic && f.Oracle != NoAlias {
		return false
	}
	a := e.newAttempt(nil, f.Body)
	a.only = f.Oracle
	return a.all() && !slices.ContainsFunc(a.failures, func(x Failure) bool { return x.Key == f.Key })
}

// shrunk is the failure with a smaller body, unless that fails only after others.
func (e *Engine) shrunk(f Failure, doc *document) Failure {
	small := e.shrink(f, doc)
	if _, ok := e.subject.(Restarter); !ok && e.washed(small).State != Stateless {
		return f
	}
	return small
}

// endless is the failure of a call that does not come back.
func endless(a *attempt) Failure {
	at := a.pulse.latest.Load()
	f := Failure{Key: Key{NoHang, "", Endless}, hanging: true, Body: at.body, Want: "a value or an error", Got: at.phase + " goes on"}
	if a.doc != nil {
		f.Input = a.doc.String()
	}
	return f
}

// docOf is the document of a failure's body, nil if it is another body than the
// attempt's own.
func (a *attempt) docOf(f Failure) *document {
	if bytes.Equal(f.Body, a.body) {
		return a.doc
	}
	return nil
}

// Search judges so many random inputs, drawn from the seed: the same ones each time.
// It hands each failure to report, once for each key, and ends early when report
// returns false or the context ends. It is for drivers that have no native fuzzer.
func (e *Engine) Search(ctx context.Context, seed uint64, executions int, report func(Failure) bool) Stats {
	d := newDraw(seed)
	for range executions {
		if ctx.Err() != nil {
			break
		}
		for _, f := range e.Run(random(d).Bytes(), false) {
			if !report(f) {
				return e.Stats()
			}
		}
	}
	return e.Stats()
}

// Body is the body that an input stands for: the same one on every machine, as long
// as the fixtures do not change.
func Body(input []byte) []byte { return compile(ParseInput(input)).body() }

// Seeds are inputs to begin with: together they carry out each operation on many
// fixtures, and every fourth is a message of a typical call as it is, until all of these
// have come. There are n of them, the same ones each time.
func Seeds(n int) [][]byte {
	d := newDraw(0)
	list := make([][]byte, n)
	for i := range list {
		if i%4 == 3 && i/4 < stocked().ofCalls {
			list[i] = Input{Fixture: uint16(i / 4)}.Bytes()
			continue
		}
		in := random(d)
		in.Operations = append(in.Operations[:min(len(in.Operations), 3)], anyOperation(d, uint8(i%version1)))
		list[i] = in.Bytes()
	}
	return list
}
