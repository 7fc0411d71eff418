package schema

import (
	"github.com/ringproof/ringproof/internal/input"
)

// TestingT is what [CheckDir] needs of a *testing.T.
type TestingT interface {
	Helper()
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
}

// CheckDir judges every payload in a folder (*.json, *.jsonl, *.ndjson, and below)
// or file, and fails the test for each error. Warnings are logged. A folder
// without payloads fails, too. Options are the zero [Options] unless one is given.
//
//	func TestHooks(t *testing.T) {
//		schema.CheckDir(t, "testdata/hooks")
//	}
func CheckDir(t TestingT, dir string, options ...Options) {
	t.Helper()
	var o Options
	if len(options) > 0 {
		o = options[0]
	}
	v, err := NewValidator(o)
	if err != nil {
		t.Errorf("%v", err)
		return
	}
	if dir == "-" {
		dir = "./-" // a file of that name: a test has no standard input
	}
	sources, err := input.Find([]string{dir}, input.Auto, nil)
	if err != nil {
		t.Errorf("%v", err)
	}
	n := 0
	for _, s := range sources {
		err := s.Read(v.MaxBytes(), func(p input.Payload) bool {
			n++
			check(t, v, p)
			return true
		})
		if err != nil {
			t.Errorf("%v", err)
		}
	}
	if n == 0 && err == nil {
		t.Errorf("%s: no payload", dir)
	}
}

func check(t TestingT, v *Validator, p input.Payload) {
	t.Helper()
	r, err := v.Validate(p.Data)
	if err != nil {
		t.Errorf("%s: %v", p.File, err)
		return
	}
	r.MoveTo(p.Line, p.Column)
	if r.Engine != v.options.Engine {
		t.Logf("%s: judged without jsonschema/v5: too large, or too many errors", p.File)
	}
	for _, f := range r.Findings {
		tell := t.Errorf
		if f.Severity != Error {
			tell = t.Logf
		}
		if f.Severity != Note {
			tell("%s:%d:%d: %s: %s (%s, rule %s)", p.File, f.Line, f.Column, f.Severity, f.Message, f.Pointer, f.Rule)
		}
	}
	if n := r.Omitted(); n > 0 {
		t.Logf("%s: %d more findings are counted, not listed", p.File, n)
	}
}
