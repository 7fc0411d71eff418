package fuzz

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/ringproof/ringproof/internal/scan"
)

// shrinker makes a failing body smaller as long as it fails in the same way.
type shrinker struct {
	tries int // left
	unit  int // bytes of a body that takes one try, twice as many take two; 0: any
	best  Failure
	// again reports whether a body fails in the same way, and how.
	again func(body []byte) (Failure, bool)
}

// mostTries bounds how often the subject is asked to fail again, with bodies of up to
// tryBytes.
const (
	mostTries = 4000
	tryBytes  = 4 << 10
)

// shrink returns the failure with a smaller body, where the defect allows it.
func (e *Engine) shrink(f Failure, doc *document) Failure {
	s := &shrinker{tries: mostTries, unit: tryBytes, best: f}
	s.again = func(body []byte) (Failure, bool) {
		a := e.newAttempt(nil, body)
		a.only = f.Oracle
		if !a.all() || a.pulse.stopped {
			s.tries = 0
			return Failure{}, false
		}
		for _, x := range a.failures {
			if x.Key == f.Key && bytes.Equal(x.Body, body) {
				return x, true
			}
		}
		return Failure{}, false
	}
	if h, ok := e.subject.(Hurried); ok && f.Oracle == NoHang {
		return e.shrinkHang(f, doc, h, s)
	}
	if f.Oracle == NoHang || f.Oracle == Linear || f.Class == Deaf {
		return f // every try would take its time; what grows was made small already
	}
	if s.readAgain(doc) {
		s.trees(doc)
	} else {
		s.bytes()
	}
	s.best.Input = f.Input
	return s.best
}

// A hang is shrunk with the limit that is hurried, or a tenth of the usual one, as long as
// there were not too many: each takes its time.
const (
	hurried   = 500 * time.Millisecond
	mostHangs = 40
)

// shrinkHang returns the failure with a smaller body that hangs within the usual limit, too.
func (e *Engine) shrinkHang(f Failure, doc *document, h Hurried, s *shrinker) Failure {
	usual := h.Limit(hurried)
	h.Limit(min(usual, max(hurried, usual/10)))
	again, hangs := s.again, 0
	s.again = func(body []byte) (Failure, bool) {
		x, ok := again(body)
		if ok {
			hangs++
		}
		if hangs == mostHangs {
			s.tries = 0
		}
		return x, ok
	}
	if s.readAgain(doc) {
		s.trees(doc)
	} else {
		s.bytes()
	}
	h.Limit(usual)
	small, ok, _ := e.Again(f.Key, nil, s.best.Body)
	if !ok {
		return f
	}
	small.Input = f.Input
	return small
}

// Each try of a stateful failure needs a new process, so there are fewer: for one
// purpose, and for all failures of an engine. A quarter of what is left is the most that
// one gets: the first failures are those that are read.
const (
	statefulTries     = 100
	mostStatefulTries = 400
)

// shrinkStateful returns the failure with a smaller body, and smaller ones before it
// if these are few. Each try is on a new process.
func (e *Engine) shrinkStateful(f Failure) Failure {
	if f.Oracle == NoHang || f.Class == Deaf {
		return f
	}
	smaller := func(body []byte, fails func(body []byte) bool) []byte {
		s := &shrinker{best: Failure{Body: body}, tries: e.lend(statefulTries)}
		s.again = func(body []byte) (Failure, bool) { return Failure{Body: body}, fails(body) }
		if s.readAgain(nil) {
			s.trees(nil)
		} else {
			s.bytes()
		}
		return s.best.Body
	}
	repeats := func(before [][]byte, body []byte) bool {
		x, ok, _ := e.Again(f.Key, before, body)
		if ok = ok && bytes.Equal(x.Body, body); ok && len(body) <= len(f.Body) {
			f.Want, f.Got = x.Want, x.Got
		}
		return ok
	}
	f.Body = smaller(f.Body, func(body []byte) bool { return repeats(f.Before, body) })
	if _, ok := e.subject.(Restarter); !ok || len(f.Before) > 2 || f.shared {
		return f // what a function remembers of an earlier try would do instead
	}
	for i := range f.Before {
		f.Before[i] = smaller(f.Before[i], func(b []byte) bool {
			before := slices.Clone(f.Before)
			before[i] = b
			return repeats(before, f.Body)
		})
	}
	return f
}

// lend takes up to so many tries from those that are left for stateful failures.
func (e *Engine) lend(n int) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n = min(n, (mostStatefulTries-e.lent+3)/4)
	e.lent += n
	return n
}

// smallestBody is the shortest valid body.
var smallestBody = []byte(`{"message":{"type":"status-update","status":"queued"}}`)

// readAgain reports whether the body can be shrunk as a tree; a body that is no
// JSON can, if an input has made it and it has not been cut.
func (s *shrinker) readAgain(doc *document) bool {
	return doc != nil && doc.cut == 0 || parse(s.best.Body) != nil
}

// fails reports whether the body fails in the same way, and keeps it if it does.
func (s *shrinker) fails(body []byte) bool {
	if s.unit > 0 {
		s.tries -= len(body) / s.unit
	}
	if s.tries--; s.tries < 0 || len(body) > len(s.best.Body) || bytes.Equal(body, s.best.Body) {
		return false
	}
	f, ok := s.again(body)
	if ok {
		s.best = f
	}
	return ok
}

func (s *shrinker) trees(doc *document) {
	d := document{}
	if doc != nil {
		d = *doc
	} else {
		d.root = parse(s.best.Body)
	}
	for _, simpler := range []func(*document){
		func(d *document) { d.gap = "" }, func(d *document) { d.before = "" }, func(d *document) { d.after = "" }, func(d *document) { d.root = d.root.plain() },
	} {
		c := d
		simpler(&c)
		if body := c.body(); len(body) <= len(s.best.Body) && (bytes.Equal(body, s.best.Body) || s.fails(body)) {
			d = c
		}
	}
	for before := 0; before != len(s.best.Body) && s.tries > 0; {
		before = len(s.best.Body)
		d.root = s.smaller(d, nil, d.root)
	}
}

// plain is the tree as it is written with the fewest escapes. What is not JSON
// stays as it is.
func (t *tree) plain() *tree {
	return t.transformed(nil, func(_ *draw, t *tree) {
		if t.kind == scan.String && t.raw != "" && parse([]byte(t.raw)) != nil {
			t.raw = ""
		}
		for i := range t.kids {
			if t.kids[i].raw != "" && t.find(t.kids[i].name) == i {
				t.kids[i].raw = ""
			}
		}
	})
}

// smaller shrinks what is at the path, and returns the whole document's new root.
func (s *shrinker) smaller(d document, path []int, root *tree) *tree {
	try := func(v *tree) bool {
		c := d
		c.root = root.put(path, v)
		if !s.fails(c.body()) {
			return false
		}
		root = c.root
		return true
	}
	at := root.at(path)
	for _, v := range simplest[at.kind] {
		if at.raw == "" && at.kids == nil && at.text == v.text || try(v) {
			break
		}
	}
	for size := len(root.at(path).kids); size > 0; size /= 2 {
		for i := 0; i < len(root.at(path).kids) && s.tries > 0; {
			c := root.at(path).copied()
			c.kids = slices.Concat(c.kids[:i], c.kids[min(i+size, len(c.kids)):])
			if !try(c) {
				i += size
			}
		}
	}
	s.shorter(root.at(path), try)
	for i := 0; i < len(root.at(path).kids) && s.tries > 0; i++ {
		root = s.smaller(d, append(slices.Clone(path), i), root)
	}
	return root
}

// simplest are values that may do instead of one of the kind.
var simplest = map[scan.Kind][]*tree{
	scan.Object: {emptyMap}, scan.Array: {emptyArray}, scan.String: {emptyText, text("a")}, scan.Number: {number("0"), number("1")}, scan.Bool: {no},
}

// shorter cuts a text in halves, and the fraction off a time.
func (s *shrinker) shorter(t *tree, try func(*tree) bool) {
	switch {
	case t.kind != scan.String || t.raw != "":
		return
	case isInstant(t.text): // half a time would raise questions of its own
		try(text(withoutFraction(t.text)))
		return
	}
	r := []rune(t.text)
	for size := len(r) / 2; size > 0; size /= 2 {
		for i := 0; i+size <= len(r) && s.tries > 0; {
			cut := slices.Concat(r[:i], r[i+size:])
			if try(text(string(cut))) {
				r = cut
			} else {
				i += size
			}
		}
	}
}

// withoutFraction is a time to the second.
func withoutFraction(s string) string {
	from := strings.IndexByte(s, '.')
	if from < 0 {
		return s
	}
	return s[:from] + strings.TrimLeft(s[from+1:], "0123456789")
}

// bytes takes parts out of a body of which nothing is known.
func (s *shrinker) bytes() {
	for size := len(s.best.Body) / 2; size > 0 && s.tries > 0; size /= 2 {
		for i := 0; i+size <= len(s.best.Body) && s.tries > 0; {
			if !s.fails(slices.Concat(s.best.Body[:i], s.best.Body[i+size:])) {
				i += size
			}
		}
	}
}
