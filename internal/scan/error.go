package scan

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// The rules an Error can name. Parse reports all but RuleConfusable, which is
// for callers that know the members of an object and ask Folds.
const (
	RuleSyntax     = "json/syntax"            // not the grammar of RFC 8259
	RuleUTF8       = "json/utf8"              // not Unicode: bad UTF-8, lone surrogate (RFC 8259 sections 8.1, 8.2)
	RuleDuplicate  = "json/duplicate-member"  // a name twice in one object (RFC 8259 section 4)
	RuleConfusable = "json/confusable-member" // a name that differs from a known one by case folding only
	RuleDepth      = "json/depth"             // past Limits.MaxDepth (RFC 8259 section 9)
	RuleSize       = "json/size"              // past Limits.MaxBytes (RFC 8259 section 9)
	RuleNumber     = "json/number"            // past Limits.MaxNumberLen or MaxExponent (RFC 8259 section 9)
)

// Error is the one defect that stopped Parse, as facts. Got, Want and Hint
// are short plain text without control characters; Got is at most 60
// characters long.
type Error struct {
	// Rule is one of the Rule constants.
	Rule string
	// Offset is where the defect stands, in bytes from the start of the input,
	// 0 to its length; the length means that the input ends too early. For a
	// duplicate member it is the second name's opening quote, for a number past
	// a limit the number's first character, for json/size the first byte too
	// many, for a lone surrogate its backslash, for malformed UTF-8 the first
	// byte of the malformed sequence.
	Offset int
	// Pointer is the RFC 6901 pointer of the innermost value or member that was
	// being read, "" for the root; of a duplicate member, that member's. One
	// longer than 4096 bytes is cut after a token and ends in "/…".
	Pointer string
	// Got says what stands at Offset, such as "end of input".
	Got string
	// Want says what may stand there, such as "a value".
	Want string
	// Hint says what to do about it, where the defect is a known one; else "".
	Hint string
}

// Error returns the defect in one line: rule, byte offset, pointer, what was
// got and wanted, and the hint.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Rule)
	b.WriteString(" at offset ")
	b.WriteString(strconv.Itoa(e.Offset))
	if e.Pointer != "" {
		b.WriteString(" (")
		b.WriteString(visible(e.Pointer))
		b.WriteString(")")
	}
	b.WriteString(": got ")
	b.WriteString(e.Got)
	if e.Want != "" {
		b.WriteString(", want ")
		b.WriteString(e.Want)
	}
	if e.Hint != "" {
		b.WriteString("; ")
		b.WriteString(e.Hint)
	}
	return b.String()
}

// visible escapes what must not reach a terminal: a pointer is made of member
// names, and those are the sender's.
func visible(s string) string {
	for _, r := range s {
		if !strconv.IsPrint(r) {
			q := strconv.Quote(s)
			return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
		}
	}
	return s
}

// maxGot is how many characters of the input a fact shows. Together with the
// words around it, Got stays within 60.
const maxGot = 36

// quoted shows the start of s in double quotes, control characters escaped.
func quoted(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		q := strconv.Quote(string(r))
		q = q[1 : len(q)-1]
		if n += utf8.RuneCountInString(q); n > maxGot {
			b.WriteString("…")
			break
		}
		b.WriteString(q)
	}
	return `"` + b.String() + `"`
}

// found describes what stands at an offset: a word as a whole, else one
// character.
func found(data []byte, offset int) string {
	if offset >= len(data) {
		return "end of input"
	}
	if w := word(data, offset); w != "" {
		if len(w) > maxGot {
			w = w[:maxGot] + "…"
		}
		return "'" + w + "'"
	}
	r, size := utf8.DecodeRune(data[offset:])
	switch {
	case r == utf8.RuneError && size == 1:
		return "byte 0x" + hexUpper(uint64(data[offset]), 2)
	case r < ' ' || r == 0x7f:
		return "control character U+" + hexUpper(uint64(r), 4)
	case r == '\'':
		return "a single quote"
	case strconv.IsPrint(r):
		return "'" + string(r) + "'"
	}
	return "character U+" + hexUpper(uint64(r), 4)
}

// word returns the letters and digits that start at offset, one more than a
// fact shows at most; "" when no letter stands there.
func word(data []byte, offset int) string {
	end := offset
	for end < len(data) && end-offset <= maxGot && isWordByte(data[end]) {
		end++
	}
	if end == offset || isDigit(data[offset]) {
		return ""
	}
	return string(data[offset:end])
}

func isWordByte(c byte) bool {
	return isDigit(c) || c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

func hexUpper(v uint64, width int) string {
	s := strings.ToUpper(strconv.FormatUint(v, 16))
	for len(s) < width {
		s = "0" + s
	}
	return s
}
