package vapi

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
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
	for _, f := range p.list {
		fv := v.Field(f.index)
		if f.optional && !f.required && fv.Addr().Interface().(interface{ IsZero() bool }).IsZero() {
			continue
		}
		b = appendName(b, open, f.name)
		if b, err = f.codec.encode(b, fv); err != nil {
			return nil, fmt.Errorf(".%s%w", f.name, err)
		}
	}
	extra := v.FieldByName("Extra").Interface().(Members)
	for i, m := range extra {
		if _, documented := p.byName[m.Name]; documented || slices.ContainsFunc(extra[:i], func(o ExtraMember) bool { return o.Name == m.Name }) {
			return nil, fmt.Errorf(": Extra has %q, which would be there twice", m.Name)
		}
		if b, err = appendString(separate(b, open), m.Name); err != nil {
			return nil, err
		}
		if b, err = appendRaw(append(b, ':'), m.Value); err != nil {
			return nil, fmt.Errorf(".%s%w", m.Name, err)
		}
	}
	return append(b, '}'), nil
}

// appendName writes a member name that needs no escapes.
func appendName(b []byte, open int, name string) []byte {
	b = append(separate(b, open), '"')
	return append(append(b, name...), '"', ':')
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
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		if a.String() < b.String() {
			return -1
		}
		return 1
	})
	var err error
	b = append(b, '{')
	open := len(b)
	for _, k := range keys {
		if b, err = appendString(separate(b, open), k.String()); err != nil {
			return nil, err
		}
		e := reflect.New(v.Type().Elem()).Elem()
		e.Set(v.MapIndex(k))
		if b, err = value.encode(append(b, ':'), e); err != nil {
			return nil, fmt.Errorf(".%s%w", k, err)
		}
	}
	return append(b, '}'), nil
}

// appendRaw writes a value that a user may have set, and so is checked.
func appendRaw(b, raw []byte) ([]byte, error) {
	if _, err := scan.Parse(raw, scan.DefaultLimits()); err != nil {
		return nil, fmt.Errorf(": the raw value is not JSON: %w", err)
	}
	return append(b, raw...), nil
}

func appendNumber(b []byte, text string) ([]byte, error) {
	if text == "" {
		text = "0"
	}
	if c := text[0]; c != '-' && (c < '0' || c > '9') {
		return nil, fmt.Errorf(": %q is not a JSON number", text)
	}
	return appendRaw(b, []byte(text))
}

const hex = "0123456789abcdef"

// appendString writes a JSON string with the fewest escapes (RFC 8259, section 7).
func appendString(b []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf(": %s is not valid UTF-8", strconv.Quote(s))
	}
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(b, s[start:]...), '"'), nil
}
