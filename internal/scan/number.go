package scan

import (
	"math"
	"strconv"
)

// number reads a number (RFC 8259 section 6) and holds it against the limits,
// so that nobody who converts it later spends more than the sender did.
func (p *parser) number() *Error {
	start := p.pos
	if p.data[p.pos] == '-' {
		p.pos++
	}
	if err := p.integer(); err != nil {
		return err
	}
	if p.peek() == '.' {
		p.pos++
		if !p.digits() {
			return p.unexpected("a digit after the point", "")
		}
	}
	exponent, err := p.exponent()
	if err != nil {
		return err
	}
	if err := p.checkNumber(start, exponent); err != nil {
		return err
	}
	p.add(Number, start, 0)
	return nil
}

// integer reads int = zero / ( digit1-9 *DIGIT ).
func (p *parser) integer() *Error {
	zero := p.pos
	if !p.digits() {
		return p.unexpected("a digit", "")
	}
	if p.data[zero] == '0' && p.pos > zero+1 {
		p.pos = zero
		return p.fail(Error{
			Rule: RuleSyntax, Offset: zero, Got: "a leading zero",
			Want: "a number without leading zeros", Hint: "write identifiers and telephone numbers as strings",
		})
	}
	return nil
}

// exponent reads an optional exp = e [ minus / plus ] 1*DIGIT and returns its
// magnitude, math.MaxInt when that is larger: the digits may be arbitrarily
// many.
func (p *parser) exponent() (int, *Error) {
	if p.peek()|0x20 != 'e' {
		return 0, nil
	}
	p.pos++
	if c := p.peek(); c == '+' || c == '-' {
		p.pos++
	}
	first := p.pos
	if !p.digits() {
		return 0, p.unexpected("a digit in the exponent", "")
	}
	v := 0
	for _, c := range p.data[first:p.pos] {
		if v > maxExponent/10 {
			return math.MaxInt, nil
		}
		v = v*10 + int(c-'0')
	}
	return v, nil
}

// digits skips digits and reports whether there was one.
func (p *parser) digits() bool {
	i := p.pos
	for i < len(p.data) && isDigit(p.data[i]) {
		i++
	}
	found := i > p.pos
	p.pos = i
	return found
}

func (p *parser) checkNumber(start, exponent int) *Error {
	if n := p.pos - start; n > p.limits.MaxNumberLen {
		return p.fail(Error{
			Rule: RuleNumber, Offset: start, Got: "a number of " + strconv.Itoa(n) + " characters",
			Want: "at most " + strconv.Itoa(p.limits.MaxNumberLen) + " characters",
		})
	}
	if exponent > p.limits.MaxExponent {
		got := "a larger exponent"
		if exponent < math.MaxInt {
			got = "exponent " + strconv.Itoa(exponent)
		}
		return p.fail(Error{
			Rule: RuleNumber, Offset: start, Got: got,
			Want: "an exponent of at most " + strconv.Itoa(p.limits.MaxExponent) + " either way",
		})
	}
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
