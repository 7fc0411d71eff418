package fuzz

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// decimal is a number without its spelling: digits without zeros at either end,
// times ten to the power of exponent. Zero has no digits.
type decimal struct {
	negative bool
	digits   string
	exponent int
}

// readDecimal reads a JSON number.
func readDecimal(s string) decimal {
	var d decimal
	s, d.negative = strings.CutPrefix(s, "-")
	mantissa, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	d.exponent, _ = strconv.Atoi(strings.TrimPrefix(exponent, "+"))
	whole, fraction, _ := strings.Cut(mantissa, ".")
	d.exponent -= len(fraction)
	digits := strings.TrimLeft(whole+fraction, "0")
	d.digits = strings.TrimRight(digits, "0")
	d.exponent += len(digits) - len(d.digits)
	if d.digits == "" {
		return decimal{}
	}
	return d
}

// numberClass says how number b differs from a; empty if it is written the same.
func numberClass(a, b string) Class {
	switch {
	case a == b:
		return ""
	case readDecimal(a) == readDecimal(b):
		return Respelled
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX != nil || errY != nil {
		return Changed
	}
	if x == y {
		return Doubled
	}
	if math.Trunc(x) == y || math.Round(x) == y || float64(float32(x)) == y || cutOff(a, b, math.Abs(x-y)) {
		return Rounded
	}
	return Changed
}

// cutOff reports whether b is a with fewer digits, rounded in whatever direction, if
// the two are that far apart. So a sum cut to cents is, a time cut to the second, and
// what a float32 is written as; but not another time of the same day.
func cutOff(a, b string, apart float64) bool {
	x, y := readDecimal(a), readDecimal(b)
	return y.digits != "" && len(y.digits) < len(x.digits) && apart <= math.Pow10(y.exponent)
}

// sameInstant reports whether two texts are the same time (RFC 3339).
func sameInstant(a, b string) bool {
	if len(a) < 20 || len(b) < 20 {
		return false
	}
	x, errX := time.Parse(time.RFC3339Nano, a)
	y, errY := time.Parse(time.RFC3339Nano, b)
	return errX == nil && errY == nil && x.Equal(y)
}

// canonical reports whether encoding/json writes the float64 nearest to the number
// just so: then a decoder that keeps float64s does not show here.
func canonical(s string) bool {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return false
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	text := strconv.FormatFloat(f, format, -1, 64)
	if n := len(text); n >= 4 && text[n-4] == 'e' && text[n-3] == '-' && text[n-2] == '0' {
		text = text[:n-2] + text[n-1:] // e-09 is written e-9, as in JavaScript
	}
	return text == s
}
