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
	"strconv"
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
	return problem(differ(left, right))
}

// found is what is wrong, and where; nil if nothing is. The pointer grows on the
// way up, so that it costs nothing where all is well.
type found struct{ pointer, what string }

func wrong(format string, args ...any) *found { return &found{what: fmt.Sprintf(format, args...)} }

// under places what was found below the member or item token.
func under(token string, f *found) *found {
	if f != nil {
		f.pointer = "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(token) + f.pointer
	}
	return f
}

func problem(f *found) error {
	if f == nil {
		return nil
	}
	return fmt.Errorf("%q: %s", f.pointer, f.what)
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
	v, f := r.value()
	if f != nil {
		return nil, problem(f)
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

func (r *reader) value() (any, *found) {
	token, f := r.token()
	if f != nil {
		return nil, f
	}
	switch token {
	case json.Delim('['):
		return r.array()
	case json.Delim('{'):
		return r.object()
	}
	return token, nil
}

// token reads one token. A decoded string may hold no more U+FFFD than its text
// does: encoding/json puts one for each lone surrogate.
func (r *reader) token() (json.Token, *found) {
	start := r.tokens.InputOffset()
	token, err := r.tokens.Token()
	if err != nil {
		return nil, wrong("%v", err)
	}
	s, ok := token.(string)
	if !ok || !strings.Contains(s, "\ufffd") {
		return token, nil
	}
	raw := strings.ReplaceAll(string(r.text[start:r.tokens.InputOffset()]), `\\`, "")
	if strings.Count(s, "\ufffd") > strings.Count(raw, "\ufffd")+strings.Count(strings.ToLower(raw), `\ufffd`) {
		return nil, wrong("a lone surrogate")
	}
	return token, nil
}

func (r *reader) array() (any, *found) {
	items := []any{}
	for r.tokens.More() {
		item, f := r.value()
		if f != nil {
			return nil, under(strconv.Itoa(len(items)), f)
		}
		items = append(items, item)
	}
	_, f := r.token()
	return items, f
}

func (r *reader) object() (any, *found) {
	members := map[string]any{}
	for r.tokens.More() {
		token, f := r.token()
		if f != nil {
			return nil, f
		}
		name := token.(string)
		if _, twice := members[name]; twice {
			return nil, under(name, wrong("the member is there twice"))
		}
		if members[name], f = r.value(); f != nil {
			return nil, under(name, f)
		}
	}
	_, f := r.token()
	return members, f
}

func differ(a, b any) *found {
	switch x := a.(type) {
	case []any:
		if y, ok := b.([]any); ok {
			return differItems(x, y)
		}
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			return differMembers(x, y)
		}
	default:
		// b may be of a type that cannot be compared, but then a is not of it.
		if Kind(a) == Kind(b) && a == b {
			return nil
		}
	}
	return wrong("%s against %s", show(a), show(b))
}

func differItems(a, b []any) *found {
	for i := range min(len(a), len(b)) {
		if f := differ(a[i], b[i]); f != nil {
			return under(strconv.Itoa(i), f)
		}
	}
	if len(a) != len(b) {
		return wrong("%d items against %d", len(a), len(b))
	}
	return nil
}

func differMembers(a, b map[string]any) *found {
	for _, name := range slices.Sorted(maps.Keys(a)) {
		other, ok := b[name]
		if !ok {
			return under(name, wrong("%s against no member", show(a[name])))
		}
		if f := differ(a[name], other); f != nil {
			return under(name, f)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b)) {
		if _, ok := a[name]; !ok {
			return under(name, wrong("no member against %s", show(b[name])))
		}
	}
	return nil
}

// Kind names the JSON type of a value that encoding/json has decoded, with or
// without UseNumber.
func Kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number, float64:
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
	return Kind(v)
}
