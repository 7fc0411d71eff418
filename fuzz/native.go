package fuzz

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// This is the only file that knows package testing.

// TB is what a target needs of a *testing.T. It is an interface because OSS-Fuzz
// puts a type of its own in its place, in the test file alone.
type TB interface {
	Helper()
	Name() string
	Cleanup(func())
	Errorf(format string, args ...any)
}

// seedCount is how many seeds [Run] adds.
const seedCount = 256

// Run fuzzes a decoder: it is the whole body of a native fuzz target. Without -fuzz,
// go test runs the seeds and what is in testdata/fuzz.
//
//	func FuzzStatusUpdate(f *testing.F) {
//		fuzz.Run(f, fuzz.JSON[MyMessage](), fuzz.Probe("/message/status", func(m MyMessage) any { return m.Message.Status }))
//	}
//
// A failure is told once for each key; a plain go test tells the first few in full. At
// its end it says how many inputs were valid, evolved, faulty and malformed. With -fuzz
// it does so for all workers together.
func Run[M any](f *testing.F, codec Codec[M], options ...Option) {
	f.Helper()
	e := engineFor(f, codec.Subject(), options)
	for _, seed := range Seeds(seedCount) {
		f.Add(seed)
	}
	tally(f, e)
	f.Fuzz(func(t *testing.T, input []byte) { e.test(t, compiled(e, input)) })
}

// RunRaw is Run with bodies for inputs: what Go's mutator makes of them is mostly
// broken JSON. It is for the edges of the grammar.
func RunRaw[M any](f *testing.F, codec Codec[M], options ...Option) {
	f.Helper()
	e := engineFor(f, codec.Subject(), options)
	for _, body := range Bodies(seedCount) {
		f.Add(body)
	}
	tally(f, e)
	f.Fuzz(func(t *testing.T, body []byte) { e.test(t, e.newAttempt(nil, body)) })
}

// Target is what [Run] hands to f.Fuzz, for those who call that themselves: OSS-Fuzz
// wants to see the call. Seeds are [Seeds].
//
//	f.Fuzz(fuzz.Target[*testing.T](fuzz.JSON[MyMessage]()))
func Target[T TB, M any](codec Codec[M], options ...Option) func(T, []byte) {
	e, err := newNativeEngine(codec.Subject(), options)
	return func(t T, input []byte) {
		t.Helper()
		if err != nil {
			t.Errorf("%v", err)
			return
		}
		e.test(t, compiled(e, input))
	}
}

// RawTarget is what [RunRaw] hands to f.Fuzz. Seeds are [Bodies].
func RawTarget[T TB, M any](codec Codec[M], options ...Option) func(T, []byte) {
	e, err := newNativeEngine(codec.Subject(), options)
	return func(t T, body []byte) {
		t.Helper()
		if err != nil {
			t.Errorf("%v", err)
			return
		}
		e.test(t, e.newAttempt(nil, body))
	}
}

// Bodies are the documents of so many seeds.
func Bodies(n int) [][]byte {
	list := make([][]byte, 0, n)
	for _, seed := range Seeds(n) {
		list = append(list, Body(seed))
	}
	return list
}

func compiled(e *Engine, input []byte) *attempt {
	doc := compile(ParseInput(input))
	return e.newAttempt(doc, doc.body())
}

// test decodes at once, and leaves the oracles to the clean-up: what the fuzzer
// counts as coverage ends with the fuzz function.
func (e *Engine) test(t TB, a *attempt) {
	t.Helper()
	if e.hung() && isSeed(t.Name()) {
		return // it has failed, and the call that hangs takes the time that others would be judged by
	}
	back := a.start()
	t.Cleanup(func() {
		t.Helper()
		fuzzing := worker()
		seen := e.keys()
		told := len(seen)
		for _, f := range e.settle(a, back && a.finish(), true) {
			switch {
			case fuzzing:
				t.Errorf("%s%s  repeat:   %s", f, e.hint(f), repeat(t.Name()))
			case seen[f.Key] && isSeed(t.Name()): // it has failed already
			case seen[f.Key]:
				t.Errorf("%s, as reported before", visible([]byte(f.Key.String())))
			case told >= mostTold:
				t.Errorf("%s, in full by %s", visible([]byte(f.Key.String())), repeat(t.Name()))
			default:
				told++
				t.Errorf("%s%s  repeat:   %s", f, e.hint(f), repeat(t.Name()))
			}
		}
	})
}

// hung reports whether a call did not come back.
func (e *Engine) hung() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.hangs
}

// mostTold is how many failures a plain go test tells in full, each with another key:
// a decoder that loses much would fill the screen.
const mostTold = 8

// isSeed reports whether an input is one of those that were added, and not one that
// was found and lies in a file.
func isSeed(name string) bool { return strings.Contains(name, "/seed#") }

// hint says, once, of something lost, what to do if that is meant to be.
func (e *Engine) hint(f Failure) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.hinted || f.Oracle != Lossless || f.firm || len(e.settings.losses) > 0 {
		return ""
	}
	e.hinted = true
	return "  hint:     if it need not keep that, declare it: fuzz.Calibrate lists as Go code all that a decoder loses\n"
}

// keys are those of the failures reported so far.
func (e *Engine) keys() map[Key]bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	m := make(map[Key]bool, len(e.reported))
	for k := range e.reported {
		m[k] = true
	}
	return m
}

// repeat is the command that runs a failing input again.
func repeat(name string) string {
	target, input, ok := strings.Cut(name, "/")
	if !ok {
		return "go test -run '^" + target + "$' once the input lies in testdata/fuzz/" + target
	}
	return "go test -run '^" + target + "$/^" + input + "$'"
}

func engineFor(f *testing.F, s Subject, options []Option) *Engine {
	f.Helper()
	e, err := newNativeEngine(s, options)
	if err != nil {
		f.Fatal(err)
	}
	return e
}

func newNativeEngine(s Subject, options []Option) (*Engine, error) {
	e, err := NewEngine(s, options...)
	if err == nil {
		e.settings.thorough = !worker() && testFlag("fuzz") == ""
	}
	return e, err
}

func testFlag(name string) string {
	if f := flag.Lookup("test." + name); f != nil {
		return f.Value.String()
	}
	return ""
}

// worker reports whether this process is one that go test -fuzz has started.
func worker() bool { return testFlag("fuzzworker") == "true" }

// statsFolder names the folder where workers leave their counts: they cannot print.
const statsFolder = "RINGPROOF_FUZZ_STATS"

// tally has the counts reported at the end.
func tally(f *testing.F, e *Engine) {
	switch {
	case worker():
		if dir := os.Getenv(statsFolder); dir != "" {
			f.Cleanup(func() { leave(dir, e.Stats()) })
		}
	case testFlag("fuzz") != "":
		dir, err := os.MkdirTemp("", "ringproof-fuzz-")
		if err != nil {
			f.Fatal(err)
		}
		f.Setenv(statsFolder, dir)
		f.Cleanup(func() {
			total := e.Stats()
			if total.Executions == 0 {
				total = collect(dir)
			}
			if total.Executions > 0 {
				fmt.Printf("fuzz: ringproof: %s: %s\n", f.Name(), total)
			}
			_ = os.RemoveAll(dir)
		})
	default:
		f.Cleanup(func() { f.Logf("%s%s", e.Stats(), e.unjudged()) })
	}
}

// unjudged says what nobody has looked at.
func (e *Engine) unjudged() string {
	if s := e.Stats(); s.Encoded > 0 || s.Executions <= s.Refused+s.Broken || len(e.settings.probes) > 0 {
		return ""
	}
	return "; without an encoder and probes, nobody has looked at what was decoded"
}

// leave writes a worker's counts. Without them, the sum is too small: no more.
func leave(dir string, s Stats) {
	if data, err := json.Marshal(s); err == nil {
		_ = os.WriteFile(filepath.Join(dir, fmt.Sprint(os.Getpid())), data, 0o600)
	}
}

func collect(dir string) Stats {
	var total Stats
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, name := range files {
		var s Stats
		if data, err := os.ReadFile(name); err == nil && json.Unmarshal(data, &s) == nil {
			total.Add(s)
		}
	}
	return total
}
