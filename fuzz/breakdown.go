package fuzz

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
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

// Hurried is a [Restarter] with a time limit that can be changed. A body that hangs is
// shrunk with a short one.
type Hurried interface {
	Restarter
	// Limit sets the limit of each Decode from the next one on, and returns the former one.
	Limit(time.Duration) (was time.Duration)
}

// State says how a failure depends on the bodies before it.
type State string

// The states.
const (
	Stateless  State = ""               // it does not, as far as a subject shows that cannot begin anew
	Stateful   State = "stateful"       // it needs those of Failure.Before
	Unrepeated State = "not repeatable" // it was seen once, and not again
	Unexamined State = "not examined"   // it was not tried again: the subject was stopped, or hangs
)

// Again reports whether a body fails with the key, after others that come first. A
// [Restarter] begins anew. The other oracles are not asked. The error is [ErrStopped] if
// nobody can tell.
func (e *Engine) Again(k Key, before [][]byte, body []byte) (f Failure, again bool, err error) {
	if r, ok := e.subject.(Restarter); ok {
		r.Restart()
	}
	p := &pulse{elsewhere: e.settings.elsewhere}
	for _, b := range before {
		if !guard(p, func() { decode(e.subject, b, p) }) {
			return Failure{}, false, nil
		}
	}
	a := e.newAttempt(nil, body)
	a.only = k.Oracle
	if !a.all() {
		f := endless(a)
		return f, f.Key == k, nil
	}
	if i := slices.IndexFunc(a.failures, func(f Failure) bool { return f.Key == k }); i >= 0 {
		return a.failures[i], true, nil
	}
	if a.pulse.stopped {
		return Failure{}, false, ErrStopped
	}
	return Failure{}, false, nil
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
		if a.pulse.stopped || a.first.err == nil && a.encoded == nil {
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

// traced tries a failure again: alone, and after the bodies that came before it. It tells
// a failure that can be shrunk, as it needs no others.
func (e *Engine) traced(f Failure) (traced Failure, alone bool) {
	_, anew := e.subject.(Restarter)
	switch {
	case f.hanging && e.settings.elsewhere:
		f.State = Unexamined // the call that goes on still uses the subject
		return f, false
	case !anew && (f.Oracle == NoHang || f.Oracle == Linear):
		return f, true // to try again takes its time; Linear has done so
	}
	switch _, again, err := e.Again(f.Key, nil, f.Body); {
	case again && !anew:
		f = e.washed(f)
		return f, f.State == Stateless
	case again:
		return f, true
	case err != nil:
		f.State = Unexamined
		return f, false
	}
	for _, before := range e.knownCauses() {
		switch _, again, err := e.Again(f.Key, before, f.Body); {
		case again:
			f.State, f.Before, f.shared = Stateful, before, true
			return f, false
		case err != nil:
			f.State = Unexamined
			return f, false
		}
	}
	lists := [][][]byte{f.past[:f.sooner]}
	if anew {
		all := f.past
		if n := len(all) - 1; n >= 0 && bytes.Equal(all[n], f.Body) {
			all = all[:n] // that is the failure itself
		}
		// An oracle that is asked again decodes again what it decodes. But one of its own
		// bodies may have been the one that broke the subject down.
		lists = append(lists, all)
	}
	for _, past := range lists {
		for _, n := range beforehand {
			n = min(n, len(past))
			switch _, again, err := e.Again(f.Key, past[len(past)-n:], f.Body); {
			case again:
				f.State, f.Before = Stateful, e.fewer(f, past[len(past)-n:])
				return f, false
			case err != nil:
				f.State = Unexamined
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

// washed finds out whether a failure comes of what a function remembers, which cannot
// begin anew: then what it gets differs after two bodies that have little in common.
func (e *Engine) washed(f Failure) Failure {
	switch f.Oracle {
	case NoPanic, Lossless, Probes, Differential: // those that do not themselves decode other bodies
	default:
		return f
	}
	var seen [3]string
	for i, wash := range [3][]byte{washes()[0], washes()[1], washes()[0]} {
		x, again, err := e.Again(f.Key, [][]byte{wash}, f.Body)
		if err != nil {
			return f
		}
		if again {
			seen[i] = x.Got
		}
	}
	if seen[0] == seen[1] || seen[0] != seen[2] {
		return f // the same, or another each time
	}
	f.State, f.Got, f.Before = Stateful, seen[0], washes()[:1]
	if f.Got == "" {
		f.Got, f.Before = seen[1], washes()[1:]
	}
	return f
}

// washes are bodies that differ in most of what they have, and have much.
var washes = sync.OnceValue(func() [][]byte {
	var list [][]byte
	reason := ""
	for _, body := range stocked().bodies[:stocked().ofCalls] {
		m := body.get("message")
		if r := m.get("endedReason"); r != nil && m.get("artifact") != nil && r.text != reason && len(list) < 2 {
			reason = r.text
			list = append(list, body.write(nil, ""))
		}
	}
	return list
})

// mostRecent bounds the bodies that are kept for a subject that cannot tell its past.
const mostRecent = 64

func (e *Engine) remember(body []byte) {
	if _, ok := e.subject.(Restarter); ok {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.recent) == 2*mostRecent {
		e.recent = append(e.recent[:0], e.recent[mostRecent:]...)
	}
	e.recent = append(e.recent, body)
}

func (e *Engine) latest() [][]byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.recent[max(0, len(e.recent)-mostRecent):])
}

// mostCausesTried bounds the bodies before other failures that are tried, too.
const mostCausesTried = 3

// knownCauses are the bodies before stateful failures that were found: one defect often
// shows in many places.
func (e *Engine) knownCauses() [][][]byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.causes[:min(len(e.causes), mostCausesTried)])
}

// fewerTries are how often bodies are left out; see lend.
const fewerTries = 60

// fewer leaves out bodies that the failure does not need, in halves.
func (e *Engine) fewer(f Failure, list [][]byte) [][]byte {
	tries := e.lend(fewerTries)
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
	_, again, _ := e.Again(f.Key, before, f.Body)
	return again
}
