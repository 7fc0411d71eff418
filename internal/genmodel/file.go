package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
)

// object is a JSON object that remembers the order of its members, which is the
// order of the fields in Go.
type object struct {
	keys []string
	vals map[string]any
}

// at is the value of a member, nil if there is none, or no object.
func (o *object) at(key string) any {
	if o == nil {
		return nil
	}
	return o.vals[key]
}

func (o *object) has(key string) bool { return o != nil && slices.Contains(o.keys, key) }

func (o *object) str(key string) string { s, _ := o.at(key).(string); return s }

func (o *object) obj(key string) *object { v, _ := o.at(key).(*object); return v }

func (o *object) list(key string) []any { v, _ := o.at(key).([]any); return v }

func (o *object) num(key string) string { n, _ := o.at(key).(json.Number); return n.String() }

func (o *object) yes(key string) bool { b, _ := o.at(key).(bool); return b }

// file is one OpenAPI file of the provider.
type file struct {
	sha256  string
	root    *object
	schemas *object
}

func parseFile(data []byte) (*file, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v, err := parseValue(d)
	if err == nil {
		if _, after := d.Token(); after != io.EOF {
			err = errors.New("text after the value")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("not a JSON file: %w", err)
	}
	sum := sha256.Sum256(data)
	f := &file{sha256: hex.EncodeToString(sum[:])}
	var ok bool
	if f.root, ok = v.(*object); !ok {
		return nil, errors.New("not an OpenAPI file: the top is not an object")
	}
	if c := f.root.obj("components"); c != nil {
		f.schemas = c.obj("schemas")
	}
	if f.schemas == nil || f.schemas.obj(top) == nil {
		return nil, fmt.Errorf("components.schemas has no %s", top)
	}
	return f, nil
}

func parseValue(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		return parseObject(d)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := parseValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	}
	return t, nil
}

func parseObject(d *json.Decoder) (any, error) {
	o := &object{vals: map[string]any{}}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := parseValue(d)
		if err != nil {
			return nil, err
		}
		o.keys = append(o.keys, k.(string))
		o.vals[k.(string)] = v
	}
	_, err := d.Token()
	return o, err
}

// refs calls fn with the schema name of every $ref below v, in order.
func refs(v any, fn func(name string)) {
	switch v := v.(type) {
	case *object:
		for _, k := range v.keys {
			if s, ok := v.vals[k].(string); ok && k == "$ref" {
				fn(refName(s))
				continue
			}
			refs(v.vals[k], fn)
		}
	case []any:
		for _, x := range v {
			refs(x, fn)
		}
	}
}

func refName(ref string) string { return strings.TrimPrefix(ref, "#/components/schemas/") }

// closure returns the names of every schema that the message reaches, sorted.
func (f *file) closure() []string {
	seen := map[string]bool{top: true}
	for queue := []string{top}; len(queue) > 0; queue = queue[1:] {
		refs(f.schemas.obj(queue[0]), func(n string) {
			if !seen[n] && f.schemas.obj(n) != nil {
				seen[n] = true
				queue = append(queue, n)
			}
		})
	}
	names := make([]string, 0, len(seen))
	for n := range seen {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// referencedOutside reports whether a path, callback or webhook of the file, or a
// schema outside the closure that one of them reaches, leads to the message.
func (f *file) referencedOutside() bool {
	seen, queue := map[string]bool{}, []string{}
	visit := func(n string) {
		if !seen[n] {
			seen[n] = true
			queue = append(queue, n)
		}
	}
	for _, k := range []string{"paths", "webhooks"} {
		refs(f.root.vals[k], visit)
	}
	refs(f.root.obj("components").at("callbacks"), visit)
	for ; len(queue) > 0; queue = queue[1:] {
		if s := f.schemas.obj(queue[0]); s != nil {
			refs(s, visit)
		}
	}
	return seen[top]
}
