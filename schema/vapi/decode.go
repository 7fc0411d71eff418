package vapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/ringproof/ringproof/internal/scan"
)

// DecodeError is the first thing that kept a payload from being decoded without
// loss.
type DecodeError struct {
	// Rule is the id of the rule that the payload breaks: one of json/*,
	// envelope/missing, message/not-covered, schema/type, schema/required.
	Rule    string
	Pointer string // RFC 6901, of the value or of the object that lacks a member
	Offset  int    // in bytes
	Line    int    // from 1
	Column  int    // from 1, in Unicode code points
	Got     string
	Want    string
	Hint    string // what to do next; may be empty
}

// Error says where, what was there, and what was wanted.
func (e *DecodeError) Error() string {
	msg := fmt.Sprintf("line %d, column %d: %s: %s: got %s, want %s", e.Line, e.Column, e.Rule, orRoot(e.Pointer), e.Got, e.Want)
	if e.Hint != "" {
		msg += " (" + e.Hint + ")"
	}
	return msg
}

func orRoot(pointer string) string {
	if pointer == "" {
		return "the payload"
	}
	return pointer
}

func refuse(rule string, n scan.Node, got, want string) *DecodeError {
	return &DecodeError{Rule: rule, Pointer: n.Pointer(), Offset: n.Start(), Got: got, Want: want}
}

func wrongType(n scan.Node, want string) *DecodeError {
	return refuse("schema/type", n, n.Kind().String(), want)
}

// unmarshal reads one whole JSON value into the value that v points to.
func unmarshal(data []byte, v any) error {
	doc, err := scan.Parse(data, scan.DefaultLimits())
	if err != nil {
		e := err.(*scan.Error)
		d := &DecodeError{Rule: e.Rule, Pointer: e.Pointer, Offset: e.Offset, Got: e.Got, Want: e.Want, Hint: e.Hint}
		d.Line, d.Column = scan.Position(data, e.Offset)
		return d
	}
	target := reflect.ValueOf(v).Elem()
	if err := codecOf(target.Type()).decode(doc.Root(), target); err != nil {
		err.Line, err.Column = scan.Position(data, err.Offset)
		return err
	}
	return nil
}

// codec reads and writes the values of one Go type. decode gets a zero or stale
// value and overwrites it.
type codec struct {
	decode func(n scan.Node, v reflect.Value) *DecodeError
	encode func(b []byte, v reflect.Value) ([]byte, error)
}

var codecs sync.Map // reflect.Type to *codec

func codecOf(t reflect.Type) *codec {
	if c, ok := codecs.Load(t); ok {
		return c.(*codec)
	}
	// A recursive type meets its own codec while that is being made: it gets one
	// that looks the finished codec up when it is used.
	lazy := &codec{
		decode: func(n scan.Node, v reflect.Value) *DecodeError { return codecOf(t).decode(n, v) },
		encode: func(b []byte, v reflect.Value) ([]byte, error) { return codecOf(t).encode(b, v) },
	}
	return newCodec(t, map[reflect.Type]*codec{t: lazy})
}

// newCodec makes the codec of t; making holds those on the way.
func newCodec(t reflect.Type, making map[reflect.Type]*codec) *codec {
	c := buildCodec(t, func(u reflect.Type) *codec {
		if known, ok := codecs.Load(u); ok {
			return known.(*codec)
		}
		if known, ok := making[u]; ok {
			return known
		}
		making[u] = &codec{
			decode: func(n scan.Node, v reflect.Value) *DecodeError { return codecOf(u).decode(n, v) },
			encode: func(b []byte, v reflect.Value) ([]byte, error) { return codecOf(u).encode(b, v) },
		}
		return newCodec(u, making)
	})
	codecs.Store(t, c)
	return c
}

var (
	rawType     = reflect.TypeFor[json.RawMessage]()
	numberType  = reflect.TypeFor[Number]()
	unknownType = reflect.TypeFor[Unknown]()
)

// buildCodec picks the codec by the shape of the Go type; of gives those of the
// types within.
func buildCodec(t reflect.Type, of func(reflect.Type) *codec) *codec {
	switch reflect.Zero(reflect.PointerTo(t)).Interface().(type) {
	case optional:
		return optCodec(of(t.Field(0).Type.Elem()))
	case loose:
		return looseCodec(of(t.Field(0).Type))
	}
	switch {
	case t == rawType:
		return rawCodec
	case t == unknownType:
		return unknownCodec
	case t == numberType:
		return numberCodec
	case t.Kind() == reflect.String:
		return stringCodec
	case t.Kind() == reflect.Bool:
		return boolCodec
	case t.Kind() == reflect.Slice:
		return sliceCodec(t, of(t.Elem()))
	case t.Kind() == reflect.Map:
		return mapCodec(t, of(t.Elem()))
	case t.Kind() == reflect.Interface:
		return unionCodec(unionTypes[t], of)
	case t.Kind() == reflect.Struct:
		return structCodec(t, of)
	}
	panic("vapi: no codec for " + t.String())
}

func optCodec(inner *codec) *codec {
	return &codec{
		decode: func(n scan.Node, v reflect.Value) *DecodeError {
			o := v.Addr().Interface().(optional)
			if n.Kind() == scan.Null {
				o.setNull()
				return nil
			}
			return inner.decode(n, o.fresh())
		},
		encode: func(b []byte, v reflect.Value) ([]byte, error) {
			content, _ := v.Addr().Interface().(optional).content()
			if !content.IsValid() {
				return append(b, "null"...), nil
			}
			return inner.encode(b, content)
		},
	}
}

func looseCodec(inner *codec) *codec {
	return &codec{
		decode: func(n scan.Node, v reflect.Value) *DecodeError {
			value, other := v.Addr().Interface().(loose).parts()
			if n.Kind() == scan.Null {
				return wrongType(n, "a value")
			}
			if inner.decode(n, value) != nil {
				value.SetZero()
				*other = bytes.Clone(n.Raw())
			}
			return nil
		},
		encode: func(b []byte, v reflect.Value) ([]byte, error) {
			value, other := v.Addr().Interface().(loose).parts()
			if *other != nil {
				return appendRaw(b, *other)
			}
			return inner.encode(b, value)
		},
	}
}

var rawCodec = &codec{
	decode: func(n scan.Node, v reflect.Value) *DecodeError {
		v.SetBytes(bytes.Clone(n.Raw()))
		return nil
	},
	encode: func(b []byte, v reflect.Value) ([]byte, error) { return appendRaw(b, v.Bytes()) },
}

var unknownCodec = &codec{
	decode: func(n scan.Node, v reflect.Value) *DecodeError { return rawCodec.decode(n, v.Field(0)) },
	encode: func(b []byte, v reflect.Value) ([]byte, error) { return appendRaw(b, v.Field(0).Bytes()) },
}

var numberCodec = &codec{
	decode: func(n scan.Node, v reflect.Value) *DecodeError {
		if n.Kind() != scan.Number {
			return wrongType(n, "number")
		}
		v.SetString(n.Text())
		return nil
	},
	encode: func(b []byte, v reflect.Value) ([]byte, error) { return appendNumber(b, v.String()) },
}

var stringCodec = &codec{
	decode: func(n scan.Node, v reflect.Value) *DecodeError {
		if n.Kind() != scan.String {
			return wrongType(n, "string")
		}
		v.SetString(n.Text())
		return nil
	},
	encode: func(b []byte, v reflect.Value) ([]byte, error) { return appendString(b, v.String()) },
}

var boolCodec = &codec{
	decode: func(n scan.Node, v reflect.Value) *DecodeError {
		if n.Kind() != scan.Bool {
			return wrongType(n, "boolean")
		}
		v.SetBool(n.Bool())
		return nil
	},
	encode: func(b []byte, v reflect.Value) ([]byte, error) { return fmt.Appendf(b, "%t", v.Bool()), nil },
}

func sliceCodec(t reflect.Type, item *codec) *codec {
	return &codec{
		decode: func(n scan.Node, v reflect.Value) *DecodeError {
			if n.Kind() != scan.Array {
				return wrongType(n, "array")
			}
			s := reflect.MakeSlice(t, n.Len(), n.Len())
			for i, x := range n.Items() {
				if err := item.decode(x, s.Index(i)); err != nil {
					return err
				}
			}
			v.Set(s)
			return nil
		},
		encode: func(b []byte, v reflect.Value) ([]byte, error) {
			var err error
			b = append(b, '[')
			for i := range v.Len() {
				if i > 0 {
					b = append(b, ',')
				}
				if b, err = item.encode(b, v.Index(i)); err != nil {
					return nil, fmt.Errorf("[%d]%w", i, err)
				}
			}
			return append(b, ']'), nil
		},
	}
}

// fields is the plan of a struct: what its members are called, and who reads them.
type fields struct {
	list   []field
	byName map[string]int
	known  knownNames
}

type field struct {
	name     string
	index    int
	required bool
	optional bool // an Opt, which is left out when it is zero
	codec    *codec
}

func planFields(t reflect.Type, of func(reflect.Type) *codec) *fields {
	p := &fields{byName: map[string]int{}}
	for i := range t.NumField() {
		name, opts, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		_, opt := reflect.Zero(reflect.PointerTo(t.Field(i).Type)).Interface().(optional)
		p.byName[name] = len(p.list)
		p.list = append(p.list, field{name, i, !opt || opts == "required", opt, of(t.Field(i).Type)})
	}
	p.known = knownNamesOf(t, p.list)
	return p
}

func structCodec(t reflect.Type, of func(reflect.Type) *codec) *codec {
	p := planFields(t, of)
	return &codec{decode: p.decode, encode: p.encode}
}

func (p *fields) decode(n scan.Node, v reflect.Value) *DecodeError {
	if check, ok := v.Addr().Interface().(precheck); ok {
		if err := check.precheck(n); err != nil {
			return err
		}
	}
	if n.Kind() != scan.Object {
		return wrongType(n, "object")
	}
	v.SetZero()
	seen := make([]bool, len(p.list))
	var extra Members
	for m := range n.Members() {
		i, ok := p.byName[m.Name]
		if !ok {
			if name := p.known.confusedWith(m.Name); name != "" {
				return confusable(m, name)
			}
			extra = append(extra, ExtraMember{m.Name, bytes.Clone(m.Value.Raw())})
			continue
		}
		seen[i] = true
		if err := p.list[i].codec.decode(m.Value, v.Field(p.list[i].index)); err != nil {
			return err
		}
	}
	for i, f := range p.list {
		if f.required && !seen[i] {
			return refuse("schema/required", n, "no member "+f.name, "the required member "+f.name)
		}
	}
	v.FieldByName("Extra").Set(reflect.ValueOf(extra))
	return nil
}

func confusable(m scan.Member, name string) *DecodeError {
	e := refuse(scan.RuleConfusable, m.Value, fmt.Sprintf("%q", m.Name), fmt.Sprintf("%q", name))
	e.Offset = m.NameStart
	e.Hint = "decoders that ignore case take one for the other"
	return e
}

func mapCodec(t reflect.Type, value *codec) *codec {
	return &codec{
		decode: func(n scan.Node, v reflect.Value) *DecodeError {
			if n.Kind() != scan.Object {
				return wrongType(n, "object")
			}
			m := reflect.MakeMapWithSize(t, n.Len())
			for x := range n.Members() {
				e := reflect.New(t.Elem()).Elem()
				if err := value.decode(x.Value, e); err != nil {
					return err
				}
				m.SetMapIndex(reflect.ValueOf(x.Name), e)
			}
			v.Set(m)
			return nil
		},
		encode: func(b []byte, v reflect.Value) ([]byte, error) { return encodeMap(b, v, value) },
	}
}
