package scan

import (
	"bytes"
	"unicode/utf8"
)

// wordHints answers what other languages write where JSON has a value.
var wordHints = map[string]string{
	"NaN":       "JSON has no NaN: write null, or a string",
	"nan":       "JSON has no NaN: write null, or a string",
	"Infinity":  "JSON has no infinity: write null, or a string",
	"inf":       "JSON has no infinity: write null, or a string",
	"undefined": "JSON has no undefined: leave the member out, or write null",
	"None":      "this is Python: write null",
	"nil":       "write null",
	"NULL":      "literals are lower case: write null",
	"Null":      "literals are lower case: write null",
	"True":      "literals are lower case: write true",
	"TRUE":      "literals are lower case: write true",
	"False":     "literals are lower case: write false",
	"FALSE":     "literals are lower case: write false",
}

// prefixHints answers what begins like something else. The first row that
// fits is taken.
var prefixHints = []struct{ prefix, hint string }{
	{"\xef\xbb\xbf", "remove the byte-order mark: send UTF-8 without one"},
	{"\xff\xfe", "this looks like UTF-16: send UTF-8"},
	{"\xfe\xff", "this looks like UTF-16: send UTF-8"},
	{"\x1f\x8b", "this looks like gzip: decompress it first"},
	{"\x00", "a NUL byte: send UTF-8, not UTF-16, and no padding"},
	{"'", "JSON strings take double quotes"},
	{"`", "JSON strings take double quotes"},
	{"\u201c", "typographic quotes: JSON strings take plain double quotes"},
	{"\u201d", "typographic quotes: JSON strings take plain double quotes"},
	{"\u2018", "typographic quotes: JSON strings take plain double quotes"},
	{"\u00a0", "a no-break space: JSON allows space, tab, line feed and carriage return only"},
	{"//", "JSON has no comments"},
	{"/*", "JSON has no comments"},
	{"#", "JSON has no comments"},
	{"<", "this looks like HTML or XML"},
	{"+", "JSON numbers take no plus sign"},
	{".", "JSON numbers take a digit before the point"},
}

// prefixHint returns the hint for what stands at offset, or "".
func prefixHint(data []byte, offset int) string {
	rest := data[offset:]
	for _, row := range prefixHints {
		if bytes.HasPrefix(rest, []byte(row.prefix)) {
			return row.hint
		}
	}
	return wordHints[word(data, offset)]
}

// unexpected is the error for an input that does not continue as wanted. What
// is not UTF-8 is refused as such outside strings too.
func (p *parser) unexpected(want, hint string) *Error {
	if p.pos < len(p.data) {
		if r, size := utf8.DecodeRune(p.data[p.pos:]); r == utf8.RuneError && size == 1 {
			return p.badUTF8(p.pos)
		}
	}
	if hint == "" {
		hint = prefixHint(p.data, p.pos)
	}
	return p.fail(Error{Rule: RuleSyntax, Offset: p.pos, Got: found(p.data, p.pos), Want: want, Hint: hint})
}

// badValue is the error for what cannot begin a value.
func (p *parser) badValue() *Error {
	hint := ""
	switch {
	case p.pos >= len(p.data) && len(p.nodes) == 0:
		hint = "the input is empty"
		if len(p.data) > 0 {
			hint = "the input is blank"
		}
	case p.pos < len(p.data) && p.data[p.pos] == ']' && p.previous() == ',':
		hint = "remove the comma before it"
	}
	return p.unexpected("a value", hint)
}

// badName is the error for what cannot begin a member name.
func (p *parser) badName(want string) *Error {
	hint := ""
	if p.pos < len(p.data) {
		switch c := p.data[p.pos]; {
		case c == '}' && p.previous() == ',':
			hint = "remove the comma before it"
		case isWordByte(c):
			hint = "JSON names take double quotes"
		}
	}
	return p.unexpected(want, hint)
}

// badSeparator is the error for what cannot follow an item or a member.
func (p *parser) badSeparator(want string) *Error {
	hint := ""
	if p.pos < len(p.data) {
		switch c := p.data[p.pos]; {
		case (c == 'x' || c == 'X') && p.data[p.pos-1] == '0':
			hint = "JSON numbers are decimal"
		case beginsValue(c):
			hint = "a comma is missing before it"
		}
	}
	return p.unexpected(want, hint)
}

// badEnd is the error for text after the value. end is where the value ended.
func (p *parser) badEnd(end int) *Error {
	hint := ""
	switch c := p.data[p.pos]; {
	case beginsValue(c) && bytes.ContainsAny(p.data[end:p.pos], "\r\n"):
		hint = "a second value on a later line: this looks like JSON Lines, read it line by line"
	case p.pos > end && beginsValue(c), c == '{', c == '[', c == '"':
		hint = "a second value follows: one input is one value"
	case (c == 'x' || c == 'X') && p.data[p.pos-1] == '0':
		hint = "JSON numbers are decimal"
	}
	return p.unexpected("end of input", hint)
}

// previous returns the last byte before pos that is not white space, 0 if
// there is none.
func (p *parser) previous() byte {
	for i := p.pos - 1; i >= 0; i-- {
		if !isSpace(p.data[i]) {
			return p.data[i]
		}
	}
	return 0
}

func beginsValue(c byte) bool {
	switch c {
	case '{', '[', '"', '-', 't', 'f', 'n':
		return true
	}
	return isDigit(c)
}
