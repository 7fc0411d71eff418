package schema

import (
	"math/big"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema/vapi"
)

// text judges a string's length, pattern, value and format.
func (w *walker) text(s *vapi.Schema, n scan.Node, where string) {
	text := n.Text()
	if s.MinLength > 0 || s.MaxLength > 0 {
		switch l := utf8.RuneCountInString(text); {
		case l < s.MinLength:
			w.bound(n, "minLength", where, func() (string, string) {
				return strconv.Itoa(l) + " long", "at least " + strconv.Itoa(s.MinLength) + " (characters)"
			})
		case s.MaxLength > 0 && l > s.MaxLength:
			w.bound(n, "maxLength", where, func() (string, string) {
				return strconv.Itoa(l) + " long", "at most " + strconv.Itoa(s.MaxLength) + " (characters)"
			})
		}
	}
	if s.Pattern != "" && !pattern(s.Pattern).MatchString(text) {
		w.bound(n, "pattern", where, func() (string, string) { return shown(n), "text that matches " + s.Pattern })
	}
	documented := s.Enum != nil && lists(s.Enum, text)
	if s.Enum != nil && !s.OpenEnum && !documented {
		w.report(undocumented, "schema/enum", func() violation { return unknownValue(n, s.Enum.Values, where) })
	}
	if s.Format != "" && !documented && !formats[s.Format](text) {
		w.report(malformed, "schema/format", func() violation { return badFormat(n, s.Format, where) })
	}
}

// longEnum is how many values a list has at least that is worth a table: the longest
// has hundreds.
const longEnum = 16

var enumTables sync.Map // *vapi.Enum to map[string]bool

// lists reports whether the text is one of the documented values.
func lists(e *vapi.Enum, text string) bool {
	if len(e.Values) < longEnum {
		return slices.Contains(e.Values, text)
	}
	table, ok := enumTables.Load(e)
	if !ok {
		m := make(map[string]bool, len(e.Values))
		for _, v := range e.Values {
			m[v] = true
		}
		table, _ = enumTables.LoadOrStore(e, m)
	}
	return table.(map[string]bool)[text]
}

// bound reports a value that a keyword of JSON Schema shuts out.
func (w *walker) bound(n scan.Node, keyword, where string, facts func() (got, want string)) {
	w.report(broken, "schema/"+keyword, func() violation {
		got, want := facts()
		return bound(n, keyword, got, want, where)
	})
}

var patterns sync.Map // string to *regexp.Regexp

func pattern(p string) *regexp.Regexp {
	if re, ok := patterns.Load(p); ok {
		return re.(*regexp.Regexp)
	}
	re := regexp.MustCompile(portable(p)) // the generator compiled it, too
	patterns.Store(p, re)
	return re
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)

// formats are those that the contract uses (JSON Schema validation, section 7.3).
var formats = map[string]func(string) bool{
	"date-time": isDateTime,
	"uri":       func(s string) bool { u, err := url.Parse(s); return err == nil && u.IsAbs() },
	"uuid":      uuid.MatchString,
}

// isDateTime is stricter than package time, which reads an hour of one digit, and a comma
// before the fraction (RFC 3339, section 5.6).
func isDateTime(s string) bool {
	if len(s) < len("2006-01-02T15:04:05Z") || s[13] != ':' || s[19] == ',' {
		return false
	}
	_, err := time.Parse(time.RFC3339Nano, strings.ToUpper(s))
	return err == nil
}

// number judges a number's bounds, exactly, and that an integer has no fraction.
func (w *walker) number(s *vapi.Schema, n scan.Node, where string) {
	text := n.Text()
	if s.Kind == vapi.KindInteger {
		if r, ok := new(big.Rat).SetString(text); ok && !r.IsInt() {
			w.wrongType(n, s, where)
			return
		}
	}
	if s.Min != "" && compare(text, s.Min) < 0 {
		w.bound(n, "minimum", where, func() (string, string) { return shown(n), "at least " + s.Min })
	}
	if s.Max != "" && compare(text, s.Max) > 0 {
		w.bound(n, "maximum", where, func() (string, string) { return shown(n), "at most " + s.Max })
	}
	if s.Enum != nil && !slices.ContainsFunc(s.Enum.Values, func(v string) bool { return compare(text, v) == 0 }) {
		w.report(undocumented, "schema/enum", func() violation { return unknownValue(n, s.Enum.Values, where) })
	}
}

// compare orders two JSON numbers by value. Rounding to float64 keeps the order,
// so that only what rounds to the same needs exact arithmetic, whose cost the
// scanner's limit on exponents bounds.
func compare(a, b string) int {
	x, errA := strconv.ParseFloat(a, 64)
	y, errB := strconv.ParseFloat(b, 64)
	if errA == nil && errB == nil && x != y {
		if x < y {
			return -1
		}
		return 1
	}
	r, okA := new(big.Rat).SetString(a)
	q, okB := new(big.Rat).SetString(b)
	if !okA || !okB {
		return 0
	}
	return r.Cmp(q)
}
