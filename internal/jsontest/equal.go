// Package jsontest compares JSON texts for tests. It shares no code with the
// packages it judges: it reads through encoding/json's tokens.
package jsontest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Equal returns nil if a and b are one JSON text each and mean the same: the
// order of members, white space and escapes do not count; the text of a number
// does (1 and 1.0 differ), and so does null against absence. Else the error
// describes the first difference, or what keeps a text from being compared:
// broken JSON or UTF-8, a lone surrogate, a member name twice in one object.
// Members are visited in the order of their names.
func Equal(a, b []byte) error {
	left, err := read(a)
	if err != nil {
		return fmt.Errorf("the first text: %w", err)
	}
	right, err := read(b)
	if err != nil {
		return fmt.Errorf("the second text: %w", err)
	}
	return differ("", left, right)
}

// read returns nil, bool, json.Number, string, []any or map[string]any.
func read(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("not UTF-8")
	}
	if !json.Valid(text) {
		return nil, errors.New("not JSON")
	}
	r := reader{text: text, tokens: json.NewDecoder(bytes.NewReader(text))}
	r.tokens.UseNumber()
	v, err := r.value("")
	if err != nil {
		return nil, err
	}
	if _, err := r.tokens.Token(); err != io.EOF {
		return nil, errors.New("more than one value")
	}
	return v, nil
}

type reader struct {
	text   []byte
	tokens *json.Decoder
}

func (r *reader) value(pointer string) (any, error) {
	token, err := r.token(pointer)
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		return r.array(pointer)
	case json.Delim('{'):
		return r.object(pointer)
	}
	return token, nil
}

// token reads one token. A decoded string may hold no more U+FFFD than its text
// does: encoding/json puts one for each lone surrogate.
func (r *reader) token(pointer string) (json.Token, error) {
	start := r.tokens.InputOffset()
	token, err := r.tokens.Token()
	if err != nil {
		return nil, fmt.Errorf("%q: %w", pointer, err)
	}
	if s, ok := token.(string); ok {
		raw := strings.ReplaceAll(string(r.text[start:r.tokens.InputOffset()]), `\\`, "")
		raw = strings.ToLower(raw)
		if strings.Count(s, "\ufffd") > strings.Count(raw, "\ufffd")+strings.Count(raw, `\ufffd`) {
			return nil, fmt.Errorf("%q: a lone surrogate", pointer)
		}
	}
	return token, nil
}

func (r *reader) array(pointer string) (any, error) {
	items := []any{}
	for r.tokens.More() {
		item, err := r.value(fmt.Sprintf("%s/%d", pointer, len(items)))
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	_, err := r.tokens.Token()
	return items, err
}

func (r *reader) object(pointer string) (any, error) {
	members := map[string]any{}
	for r.tokens.More() {
		token, err := r.token(pointer)
		if err != nil {
			return nil, err
		}
		name := token.(string)
		at := below(pointer, name)
		if _, twice := members[name]; twice {
			return nil, fmt.Errorf("%q: the member is there twice", at)
		}
		if members[name], err = r.value(at); err != nil {
			return nil, err
		}
	}
	_, err := r.tokens.Token()
	return members, err
}

// below returns the RFC 6901 pointer of a member.
func below(pointer, name string) string {
	return pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

func differ(pointer string, a, b any) error {
	switch x := a.(type) {
	case []any:
		if y, ok := b.([]any); ok {
			return differItems(pointer, x, y)
		}
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			return differMembers(pointer, x, y)
		}
	default:
		// b may be of a type that cannot be compared, but then a is not of it.
		if kind(a) == kind(b) && a == b {
			return nil
		}
	}
	return fmt.Errorf("%q: %s against %s", pointer, show(a), show(b))
}

func differItems(pointer string, a, b []any) error {
	for i := range min(len(a), len(b)) {
		if err := differ(fmt.Sprintf("%s/%d", pointer, i), a[i], b[i]); err != nil {
			return err
		}
	}
	if len(a) != len(b) {
		return fmt.Errorf("%q: %d items against %d", pointer, len(a), len(b))
	}
	return nil
}

func differMembers(pointer string, a, b map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(a)) {
		other, ok := b[name]
		if !ok {
			return fmt.Errorf("%q: %s against no member", below(pointer, name), show(a[name]))
		}
		if err := differ(below(pointer, name), a[name], other); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if _, ok := a[name]; !ok {
			return fmt.Errorf("%q: no member against %s", below(pointer, name), show(b[name]))
		}
	}
	return nil
}

func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

func show(v any) string {
	switch x := v.(type) {
	case json.Number:
		return "number " + x.String()
	case string:
		return fmt.Sprintf("string %q", x)
	case bool:
		return fmt.Sprintf("boolean %t", x)
	}
	return kind(v)
}
