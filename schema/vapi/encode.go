package vapi

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ringproof/ringproof/internal/scan"
)

// marshal writes the value that v points to.
func marshal(v any) ([]byte, error) {
	e := reflect.ValueOf(v).Elem()
	b, err := codecOf(e.Type()).encode(nil, e)
	if err != nil {
		return nil, fmt.Errorf("vapi: %s%w", e.Type().Name(), err)
	}
	return b, nil
}

func (p *fields) encode(b []byte, v reflect.Value) ([]byte, error) {
	var err error
	b = append(b, '{')
	open := len(b)
	for i := range p.list {
		f := &p.list[i]
		fv := v.Field(f.index)
		if f.optional && !f.required && isAbsent(fv) {
			continue
		}
		b = append(separate(b, open), f.key...)
		if b, err = f.codec.encode(b, fv); err != nil {
			return nil, fmt.Errorf(".%s%w", f.name, err)
		}
	}
	extra := *v.Field(p.extra).Addr().Interface().(*Members)
	if err := p.checkExtra(extra); err != nil {
		return nil, err
	}
	for _, m := range extra {
		if b, err = appendString(separate(b, open), m.Name); err != nil {
			return nil, err
		}
		if b, err = appendRaw(append(b, ':'), m.Value); err != nil {
			return nil, fmt.Errorf(".%s%w", m.Name, err)
		}
	}
	return append(b, '}'), nil
}

// isAbsent is IsZero of an Opt of any type, without a call through an interface
// for each of the many members that are not there.
func isAbsent(opt reflect.Value) bool { return opt.Field(0).IsNil() && !opt.Field(1).Bool() }

// checkExtra refuses names that would make the object ambiguous.
func (p *fields) checkExtra(extra Members) error {
	var seen map[string]bool
	if len(extra) > 1 {
		seen = make(map[string]bool, len(extra))
	}
	for _, m := range extra {
		if _, documented := p.byName[m.Name]; documented || seen[m.Name] {
			return fmt.Errorf(": Extra has %s, which would be there twice", quote(m.Name))
		}
		if name := p.known.confusable(m.Name); name != "" {
			return fmt.Errorf(": Extra has %s, which can be confused with %s", quote(m.Name), quote(name))
		}
		if seen != nil {
			seen[m.Name] = true
		}
	}
	return nil
}

// separate writes a comma unless the object was opened just now, at open.
func separate(b []byte, open int) []byte {
	if len(b) > open {
		b = append(b, ',')
	}
	return b
}

// encodeMap writes the members of a map sorted by name.
func encodeMap(b []byte, v reflect.Value, value *codec) ([]byte, error) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	var err error
	b = append(b, '{')
	open := len(b)
	e := reflect.New(v.Type().Elem()).Elem() // what a map holds cannot be addressed
	for _, k := range keys {
		if b, err = appendString(separate(b, open), k.String()); err != nil {
			return nil, err
		}
		e.Set(v.MapIndex(k))
		if b, err = value.encode(append(b, ':'), e); err != nil {
			return nil, fmt.Errorf(".%s%w", k, err)
		}
	}
	return append(b, '}'), nil
}

// appendObject is encodeMap for the maps that come most often.
func appendObject(b []byte, o Object) ([]byte, error) {
	var err error
	b = append(b, '{')
	open := len(b)
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if b, err = appendString(separate(b, open), name); err != nil {
			return nil, err
		}
		if b, err = appendRaw(append(b, ':'), o[name]); err != nil {
			return nil, fmt.Errorf(".%s%w", name, err)
		}
	}
	return append(b, '}'), nil
}

// appendRaw writes a value that a user may have set, and so is checked.
func appendRaw(b, raw []byte) ([]byte, error) {
	if !isPlain(raw) {
		if _, err := scan.Parse(raw, scan.DefaultLimits()); err != nil {
			return nil, fmt.Errorf(": the raw value is not JSON: %w", err)
		}
	}
	return append(b, raw...), nil
}

// isPlain recognises most scalars without the cost of a parser. All that it
// accepts is JSON within the limits.
func isPlain(raw []byte) bool {
	switch string(raw) {
	case "null", "true", "false", "{}", "[]":
		return true
	}
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return len(raw) > 0 && len(raw) < 100 && isDecimal(raw)
	}
	for _, c := range raw[1 : len(raw)-1] {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return len(raw) < 1<<20
}

// isDecimal reports whether the text is a JSON number without an exponent.
func isDecimal[T string | []byte](text T) bool {
	i := 0
	if len(text) > 0 && text[0] == '-' {
		i++
	}
	digits := i
	for i < len(text) && '0' <= text[i] && text[i] <= '9' {
		i++
	}
	if i == digits || text[digits] == '0' && i > digits+1 {
		return false
	}
	if i == len(text) || text[i] != '.' {
		return i == len(text)
	}
	fraction := i + 1
	for i++; i < len(text) && '0' <= text[i] && text[i] <= '9'; i++ {
	}
	return i > fraction && i == len(text)
}

func appendNumber(b []byte, text string) ([]byte, error) {
	if text == "" {
		text = "0"
	}
	if err := checkNumber(text); err != nil {
		return nil, fmt.Errorf(": %w", err)
	}
	return append(b, text...), nil
}

// checkNumber refuses what is not a JSON number and nothing else: no white space
// around it either.
func checkNumber(text string) error {
	if len(text) < 100 && isDecimal(text) {
		return nil
	}
	doc, err := scan.Parse([]byte(text), scan.DefaultLimits())
	if err != nil {
		return fmt.Errorf("%s is not a JSON number: %w", quote(text), err)
	}
	if n := doc.Root(); n.Kind() != scan.Number || n.End()-n.Start() != len(text) {
		return fmt.Errorf("%s is not a JSON number", quote(text))
	}
	return nil
}

// appendString writes a JSON string; it refuses text that is not UTF-8.
func appendString(b []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf(": %s is not valid UTF-8", quote(s))
	}
	return scan.AppendString(b, s), nil
}
