package fuzz

import (
	"bytes"
	"errors"
	"slices"
	"strings"
)

// Classes of a [Breakdown].
const (
	Crashed Class = "crashes"       // the process ends
	Deaf    Class = "stops reading" // it does not take its input
	// ServerError is for decoders behind a URL, which go on after what would end others.
	ServerError Class = "server error"
	Garbled     Class = "answers against the rules" // what it writes is no answer, or nobody has asked
)

// Breakdown is the error of a [Subject] that neither decoded a body nor refused it,
// as a process can crash, hang or write nonsense.
type Breakdown struct {
	Class  Class  // Crashed, ServerError, Endless, Deaf or Garbled; others count as Garbled does
	Detail string // for people: what happened
}

func (b *Breakdown) Error() string { return string(b.Class) + ": " + b.Detail }

// oracle is the one that a breakdown fails.
func (b *Breakdown) oracle() Oracle {
	switch b.Class {
	case Crashed, ServerError:
		return NoPanic
	case Endless:
		return NoHang
	}
	return Protocol
}

// ErrStopped is the error of a [Subject] that was stopped before it could answer: it
// is nobody's fault, and no failure comes of it.
var ErrStopped = errors.New("fuzz: stopped")

// Restarter is a [Subject] that can begin anew. A failure is then tried again on a new
// one, to see whether it depends on what came before.
type Restarter interface {
	Subject
	// Restart begins anew. An error shows at the next Decode.
	Restart()
	// Past are the last bodies since it began, in order. After a breakdown they are
	// those of the one that broke down, until the next body.
	Past() [][]byte
}

// State says how a failure depends on the bodies before it.
type State string

// The states.
const (
	Stateless  State = ""               // it does not, or the subject cannot begin anew
	Stateful   State = "stateful"       // it needs those of Failure.Before
	Unrepeated State = "not repeatable" // it was seen once, and not again
)

// Again reports whether a body fails with the key, after others that come first. A
// [Restarter] begins anew. The other oracles are not asked.
func (e *Engine) Again(k Key, before [][]byte, body []byte) (Failure, bool) {
	if r, ok := e.subject.(Restarter); ok {
		r.Restart()
	}
	p := &pulse{}
	for _, b := range before {
		if !guard(p, func() { decode(e.subject, bytes.Clone(b), p) }) {
			return Failure{}, false
		}
	}
	a := e.newAttempt(nil, body)
	a.only = k.Oracle
	if !a.all() {
		f := endless(a)
		return f, f.Key == k
	}
	if a.stopped {
		return Failure{}, false
	}
	if i := slices.IndexFunc(a.failures, func(f Failure) bool { return f.Key == k }); i >= 0 {
		return a.failures[i], true
	}
	return Failure{}, false
}

// Verdict is what can be said of a failure that does not come again.
type Verdict int

// The verdicts.
const (
	Fixed    Verdict = iota // the oracle was asked, and nothing stands in its way
	Fails                   // the body, or one before it, fails in a way that hides the saved one
	NotAsked                // the oracle that failed could not be asked, as there is no encoding any more
)

// Fixed says whether a failure that does not come again is fixed, or only hidden: by a
// breakdown, a refusal, an encoding that is none, or the loss of what it was in. Other
// failures of the same body are not its business.
func (e *Engine) Fixed(k Key, before [][]byte, body []byte) (Failure, Verdict) {
	if r, ok := e.subject.(Restarter); ok {
		r.Restart()
	}
	for _, b := range before {
		a := e.newAttempt(nil, b)
		a.only = NoPanic
		if f, ok := hiding(k, a, a.all()); ok {
			return f, Fails
		}
	}
	a := e.newAttempt(nil, body)
	a.every = true
	if f, ok := hiding(k, a, a.all()); ok {
		return f, Fails
	}
	switch k.Oracle {
	case Lossless, Reencoded, Stable, NoAlias, Deterministic, Metamorphic:
		if a.stopped || a.first.err == nil && a.encoded == nil {
			return Failure{}, NotAsked
		}
	}
	return Failure{}, Fixed
}

func hiding(k Key, a *attempt, back bool) (Failure, bool) {
	if !back {
		return endless(a), true
	}
	for _, f := range a.failures {
		switch f.Oracle {
		case NoPanic, NoHang, Protocol, Accepts, Refuses, Reencoded:
			return f, true
		case Lossless:
			if f.Pointer == k.Pointer || strings.HasPrefix(k.Pointer, f.Pointer+"/") {
				return f, true
			}
		}
	}
	return Failure{}, false
}

// beforehand are about how many bodies before a failure are tried, fewest first.
var beforehand = []int{1, 8, 64, 1 << 10}

// traced tries a failure again: alone, and on a subject that can begin anew also after
// the bodies that came before it. It tells a failure that can be shrunk, as it needs no
// others.
func (e *Engine) traced(f Failure) (traced Failure, alone bool) {
	if _, ok := e.subject.(Restarter); !ok {
		switch f.Oracle {
		case NoHang, Linear: // to try again takes its time; Linear has done so
		default:
			if _, ok := e.Again(f.Key, nil, f.Body); !ok {
				f.State = Unrepeated
				return f, false
			}
		}
		return f, true
	}
	if _, ok := e.Again(f.Key, nil, f.Body); ok {
		return f, true
	}
	all := f.past
	if n := len(all) - 1; n >= 0 && bytes.Equal(all[n], f.Body) {
		all = all[:n] // that is the failure itself
	}
	// An oracle that is asked again decodes again what it decodes. But one of its own
	// bodies may have been the one that broke the subject down.
	for _, past := range [][][]byte{f.past[:f.sooner], all} {
		for _, n := range beforehand {
			n = min(n, len(past))
			if _, ok := e.Again(f.Key, past[len(past)-n:], f.Body); ok {
				f.State, f.Before = Stateful, e.fewer(f, past[len(past)-n:])
				return f, false
			}
			if n == len(past) {
				break
			}
		}
	}
	f.State = Unrepeated
	return f, false
}

// fewer leaves out bodies that the failure does not need, in halves.
func (e *Engine) fewer(f Failure, list [][]byte) [][]byte {
	tries := 60
	for size := len(list) / 2; size > 0; size /= 2 {
		for i := 0; i+size <= len(list) && tries > 0; {
			shorter := slices.Concat(list[:i], list[i+size:])
			if tries--; e.repeats(f, shorter) {
				list = shorter
			} else {
				i += size
			}
		}
	}
	return list
}

func (e *Engine) repeats(f Failure, before [][]byte) bool {
	_, ok := e.Again(f.Key, before, f.Body)
	return ok
}
