package scan

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string (RFC 8259 section 7), a value or a name, and adds its
// node.
func (p *parser) text() *Error {
	start, i := p.pos, p.pos+1
	escaped := uint32(0)
	var err *Error
	for {
		i = plain(p.data, i)
		if i >= len(p.data) {
			return p.openString(start)
		}
		switch c := p.data[i]; {
		case c == '"':
			p.pos = i + 1
			p.add(String, start, escaped)
			return nil
		case c == '\\':
			escaped = 1
			if i, err = p.escape(start, i); err != nil {
				return err
			}
		case c < ' ':
			return p.rawControl(i)
		default:
			r, size := utf8.DecodeRune(p.data[i:])
			if r == utf8.RuneError && size == 1 {
				return p.badUTF8(i)
			}
			i += size
		}
	}
}

// plain returns the offset of the first byte from i on that is a quote, a
// backslash, a control character or not ASCII; at most len(data). It looks at
// eight bytes at once: a subtraction borrows into a byte's top bit where the
// byte is below the subtrahend. A borrow can mark bytes above it wrongly, but
// never the lowest mark, and only that one is used.
func plain(data []byte, i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(data); i += 8 {
		v := binary.LittleEndian.Uint64(data[i:])
		m := (v | (v - ones*' ') | ((v ^ ones*'"') - ones) | ((v ^ ones*'\\') - ones)) & tops
		if m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for i < len(data) {
		if c := data[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			break
		}
		i++
	}
	return i
}

// escape checks the escape whose backslash is at i, in the string that began
// at start, and returns the offset after it.
func (p *parser) escape(start, i int) (int, *Error) {
	if i+1 >= len(p.data) {
		return 0, p.openString(start)
	}
	switch p.data[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2, nil
	case 'u':
		return p.unicodeEscape(start, i)
	}
	p.pos = i + 1
	hint := "only \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u are escapes"
	err := p.unexpected("an escape character", hint)
	if err.Rule == RuleSyntax {
		err.Offset = i
		err.Got = "a backslash before " + err.Got
	}
	return 0, err
}

// unicodeEscape checks \u and four hexadecimal digits. A surrogate needs its partner right behind it
// (RFC 8259 section 7); alone it is no Unicode text, and decoders differ on
// it (section 8.2).
func (p *parser) unicodeEscape(start, i int) (int, *Error) {
	r, err := p.hex4(start, i+2)
	if err != nil {
		return 0, err
	}
	next := i + 6
	if !utf16.IsSurrogate(r) {
		return next, nil
	}
	// A high surrogate cut off by the end of the input is a truncated input.
	if r < 0xDC00 {
		rest := p.data[next:]
		if len(rest) == 0 || len(rest) == 1 && rest[0] == '\\' {
			return 0, p.openString(start)
		}
		if len(rest) > 1 && rest[0] == '\\' && rest[1] == 'u' {
			low, err := p.hex4(start, next+2)
			if err != nil {
				return 0, err
			}
			if 0xDC00 <= low && low <= 0xDFFF {
				return next + 6, nil
			}
		}
	}
	return 0, p.fail(Error{
		Rule: RuleUTF8, Offset: i, Got: "lone surrogate " + string(p.data[i:next]),
		Want: "a surrogate pair", Hint: "text was cut inside a character",
	})
}

// hex4 reads the four digits of a \u escape at i.
func (p *parser) hex4(start, i int) (rune, *Error) {
	var r rune
	for j := i; j < i+4; j++ {
		if j >= len(p.data) {
			return 0, p.openString(start)
		}
		d := hexDigit(p.data[j])
		if d < 0 {
			p.pos = j
			return 0, p.unexpected("a hexadecimal digit", "\\u takes four hexadecimal digits")
		}
		r = r<<4 | d
	}
	return r, nil
}

func hexDigit(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10
	}
	return -1
}

// openString is the error for an input that ends inside the string at start.
func (p *parser) openString(start int) *Error {
	p.pos = len(p.data)
	return p.unexpected("'\"' to close the string at offset "+strconv.Itoa(start), "")
}

// rawControl is the error for a control character in a string (RFC 8259
// section 7: U+0000 through U+001F must be escaped).
func (p *parser) rawControl(i int) *Error {
	p.pos = i
	hint := "write it as \\u" + hexUpper(uint64(p.data[i]), 4)
	switch p.data[i] {
	case '\n', '\r':
		hint = "write a line break as \\n, or close the string"
	case '\t':
		hint = "write a tab as \\t"
	}
	return p.unexpected("a string without raw control characters", hint)
}

// badUTF8 is the error for a malformed sequence at i: overlong, a surrogate,
// beyond U+10FFFF, cut short, or no lead byte (RFC 8259 section 8.1).
func (p *parser) badUTF8(i int) *Error {
	hint := ""
	switch {
	case i == 0:
		hint = prefixHint(p.data, i)
	case !utf8.FullRune(p.data[i:]):
		hint = "the input ends inside a character"
	}
	return p.fail(Error{
		Rule: RuleUTF8, Offset: i, Got: "byte 0x" + hexUpper(uint64(p.data[i]), 2), Want: "UTF-8", Hint: hint,
	})
}

// next decodes the first character of a checked string's inside, and returns
// how many bytes it takes there.
func next(text []byte) (rune, int) {
	if text[0] != '\\' {
		return utf8.DecodeRune(text)
	}
	switch c := text[1]; c {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r := decodeHex4(text[2:6])
		if !utf16.IsSurrogate(r) {
			return r, 6
		}
		return utf16.DecodeRune(r, decodeHex4(text[8:12])), 12
	default:
		return rune(c), 2
	}
}

func decodeHex4(digits []byte) rune {
	var r rune
	for _, c := range digits {
		r = r<<4 | hexDigit(c)
	}
	return r
}

// appendDecoded appends the text that a checked string's inside stands for.
func appendDecoded(dst, text []byte) []byte {
	for len(text) > 0 {
		n := plain(text, 0)
		dst = append(dst, text[:n]...)
		if text = text[n:]; len(text) == 0 {
			break
		}
		r, size := next(text)
		dst = utf8.AppendRune(dst, r)
		text = text[size:]
	}
	return dst
}

// sameText reports whether two checked insides stand for the same text.
func sameText(a, b []byte) bool {
	for len(a) > 0 && len(b) > 0 {
		ra, na := next(a)
		rb, nb := next(b)
		if ra != rb {
			return false
		}
		a, b = a[na:], b[nb:]
	}
	return len(a) == len(b)
}
