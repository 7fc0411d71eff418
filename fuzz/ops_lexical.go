package fuzz

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema/vapi"
)

// The same document written differently, and written so that it is no sound JSON.

func hasOrder(p *place) bool { return p.node.kind == scan.Object && len(p.node.kids) > 1 }
func isText(p *place) bool   { return p.node.kind == scan.String }
func isScalar(p *place) bool { return isScalarKind(p.node.kind) }
func isMember(p *place) bool { return p.owner != nil || p.free && len(p.path) > 0 }
func isNamed(p *place) bool  { return p.member != nil }

func isScalarKind(k scan.Kind) bool { return k != scan.Array && k != scan.Object }

// isNumber leaves out where the contract wants an integer: 1.0 is one, but many a
// sound decoder reads an int there.
func isNumber(p *place) bool {
	return p.node.kind == scan.Number && (p.within == nil || p.within.Kind != vapi.KindInteger)
}

func reorder(e *edit) { e.put(shuffled(e.draw, e.place.node)) }

func shuffled(d *draw, o *tree) *tree {
	c := o.copied()
	c.kids = slices.Clone(o.kids)
	for i := len(c.kids) - 1; i > 0; i-- {
		j := d.below(i + 1)
		c.kids[i], c.kids[j] = c.kids[j], c.kids[i]
	}
	return c
}

// gaps are white space of JSON (RFC 8259 section 2).
var gaps = []string{" ", "\n", "\r\n\t", "  \t"}

func space(e *edit) { e.gap = pick(e.draw, gaps) }

func escape(e *edit) {
	if isInstant(e.place.node.text) {
		return
	}
	c := e.place.node.copied()
	c.raw = escaped(e.draw, c.text)
	e.put(c)
}

// isInstant reports whether a text may be read into a time. Go's time.Time does not
// undo escapes, so that a sound Go struct refuses a time that has some; no sender
// writes it so.
func isInstant(s string) bool {
	return len(s) >= 17 && len(s) <= 35 && s[4] == '-' && s[7] == '-' && (s[10] == 'T' || s[10] == 't')
}

// escaped writes a text with more escapes than it needs.
func escaped(d *draw, s string) string {
	b := []byte{'"'}
	for _, r := range s {
		switch {
		case r == '/':
			b = append(b, `\/`...)
		case r >= 0x10000:
			hi, lo := utf16.EncodeRune(r)
			b = fmt.Appendf(b, `\u%04x\u%04X`, hi, lo)
		case r < ' ' || r == '"' || r == '\\' || r > '~' || d.oneIn(3):
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = append(b, byte(r))
		}
	}
	return string(append(b, '"'))
}

// respell writes the same number in another way.
func respell(e *edit) {
	if s, ok := otherSpelling(e.draw, e.place.node.text); ok {
		e.put(number(s))
	}
}

func otherSpelling(d *draw, s string) (string, bool) {
	if len(s) > 40 {
		return s, false
	}
	zero := strings.TrimLeft(s, "-0") == ""
	mantissa, exponent, has := strings.Cut(strings.ToLower(s), "e")
	switch d.below(4) {
	case 0:
		if has {
			return mantissa + "E" + exponent, true
		}
		return s + "e0", true
	case 1:
		if has {
			return s, false
		}
		return s + "E+00", true
	case 2:
		if !strings.Contains(mantissa, ".") {
			mantissa += "."
		}
		mantissa += "0"
	default:
		n, err := strconv.Atoi("0" + exponent)
		if err != nil || has && n > 300 || strings.Contains(mantissa, ".") || zero || strings.HasPrefix(exponent, "-") {
			return s, false
		}
		mantissa, exponent, has = mantissa+"0", strconv.Itoa(n-1), true
	}
	if has {
		return mantissa + "e" + exponent, true
	}
	return mantissa, true
}

// duplicate writes a member twice, with another value the second time or the first.
func duplicate(e *edit) {
	c, path, i := e.parent()
	if c.kind != scan.Object {
		return
	}
	k := c.kids[i]
	k.value = pick(e.draw, []*tree{text("second"), null, number("2"), k.value, text("ended")})
	if e.oneIn(3) {
		k.raw = escaped(e.draw, k.name)
	}
	e.root = e.root.put(path, c.adding(i+e.below(2), k))
}

// confusable adds a member that only a decoder which folds case takes for another.
func confusable(e *edit) {
	c, path, i := e.parent()
	k := c.kids[i]
	name := pick(e.draw, []string{strings.ToUpper(k.name), strings.ToUpper(k.name[:1]) + k.name[1:], strings.ReplaceAll(k.name, "s", "ſ")})
	if name == k.name {
		return
	}
	k.name, k.value = name, pick(e.draw, []*tree{text("other"), k.value, number("3"), text("ended")})
	e.root = e.root.put(path, c.adding(i+e.below(2), k))
}

func truncate(e *edit) { e.cut = 1 + e.below(65535) }

// badTexts are no JSON strings: RFC 8259 sections 7 and 8.
var badTexts = []string{`"\ud83d"`, `"\udc4b"`, `"\ud83dx"`, `"\ud83d\ud83d"`, "\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\xbd\"", "\"a\nb\"", "\"\x00\"", `"\x41"`, `"\u12"`, `'a'`, `"a`, `"\"`, "\"\xe9\""}

func badText(e *edit) { e.put(&tree{kind: scan.String, raw: pick(e.draw, badTexts)}) }

// badScalars are none of JSON, or beyond the limits of a payload.
var badScalars = []string{"NaN", "-Infinity", "None", "undefined", "True", "01", "+1", ".5", "1.", "0x1d", "1e", "1_000", "1e1000001", "-1e-1000001", "--1", "[1,]", "{\"a\":1,}", "[1 2]", "{\"a\" 1}", "{a:1}", "/**/1", "1" + strings.Repeat("0", 1000)}

func badScalar(e *edit) { e.put(&tree{kind: e.place.node.kind, raw: pick(e.draw, badScalars)}) }

// surround nests, or writes around the body.
func surround(e *edit) {
	switch e.below(6) {
	case 0:
		e.before = pick(e.draw, []string{"\xef\xbb\xbf", "payload=", "\x00", "// call\n"})
	case 1:
		e.after = pick(e.draw, []string{"{}", " OK", "\x00", ",", "]", "\n\n"})
	case 2:
		e.root = e.root.deepened(maxLevel)
	case 3:
		e.root = e.root.deepened(300 + e.below(3000))
	case 4:
		if e.root.kind == scan.Object {
			e.root = e.root.adding(0, kid{name: "deep", value: &tree{kind: scan.Array, raw: strings.Repeat("[", 5000)}})
		}
	default:
		e.after = pick(e.draw, gaps)
	}
}

// deepened is the body with a member that nobody knows, so many levels deep.
func (t *tree) deepened(levels int) *tree {
	if t.kind != scan.Object {
		return t
	}
	v := &tree{kind: scan.Array, raw: strings.Repeat("[", levels) + strings.Repeat("]", levels)}
	return t.set("deep", v)
}
