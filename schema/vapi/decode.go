package vapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/ringproof/ringproof/internal/scan"
)

// DecodeError is the first thing that kept a payload from being decoded without
// loss. Places are counted in the JSON value that was to be decoded: Decode gets
// the whole body, UnmarshalJSON what encoding/json cuts out of it.
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
	msg := fmt.Sprintf("line %d, column %d: %s: %s: got %s, want %s", e.Line, e.Column, e.Rule, visible(e.Pointer), e.Got, e.Want)
	if e.Hint != "" {
		msg += " (" + e.Hint + ")"
	}
	return msg
}

// visible keeps control characters off a terminal: the sender chose the names.
func visible(pointer string) string {
	if pointer == "" {
		return "the payload"
	}
	if strings.ContainsFunc(pointer, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(pointer)
	}
	return pointer
}

// quote shows the start of a text that the sender chose.
func quote(text string) string {
	const most = 36 // as many characters as package scan shows
	n := 0
	for i := range text {
		if n == most {
			return strconv.Quote(text[:i] + "…")
		}
		n++
	}
	return strconv.Quote(text)
}

// refusal is a DecodeError in the making. Its places take a walk through the
// payload, so they are worked out only for the one that is returned.
type refusal struct {
	rule            string
	node            scan.Node
	offset          int
	got, want, hint string
}

func refuse(rule string, n scan.Node, got, want string) *refusal {
	return &refusal{rule: rule, node: n, offset: n.Start(), got: got, want: want}
}

func wrongType(n scan.Node, want string) *refusal {
	return refuse("schema/type", n, n.Kind().String(), want)
}

func (r *refusal) locate(data []byte) *DecodeError {
	e := &DecodeError{Rule: r.rule, Pointer: r.node.Pointer(), Offset: r.offset, Got: r.got, Want: r.want, Hint: r.hint}
	e.Line, e.Column = scan.Position(data, e.Offset)
	return e
}

// unmarshal reads one whole JSON value into the value that v points to, which is
// zero after an error.
func unmarshal(data []byte, v any) error {
	target := reflect.ValueOf(v).Elem()
	doc, err := scan.Parse(data, scan.DefaultLimits())
	if err != nil {
		target.SetZero()
		e := err.(*scan.Error)
		d := &DecodeError{Rule: e.Rule, Pointer: e.Pointer, Offset: e.Offset, Got: e.Got, Want: e.Want, Hint: e.Hint}
		d.Line, d.Column = scan.Position(data, e.Offset)
		return d
	}
	if r := codecOf(target.Type()).decode(doc.Root(), target); r != nil {
		target.SetZero()
		return r.locate(data)
	}
	return nil
}

// codec reads and writes the values of one Go type. decode gets a zero or stale
// value and overwrites it.
type codec struct {
	decode func(n scan.Node, v reflect.Value) *refusal
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
		decode: func(n scan.Node, v reflect.Value) *refusal { return codecOf(t).decode(n, v) },
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
			decode: func(n scan.Node, v reflect.Value) *refusal { return codecOf(u).decode(n, v) },
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
	objectType  = reflect.TypeFor[Object]()
	membersType = reflect.TypeFor[Members]()
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
	case t == objectType:
		return objectCodec
	case isForeign(t):
		return foreignCodec(t)
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
	}
	return structCodec(t, of)
}

func optCodec(inner *codec) *codec {
	return &codec{
		decode: func(n scan.Node, v reflect.Value) *refusal {
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
		decode: func(n scan.Node, v reflect.Value) *refusal {
			value, other := v.Addr().Interface().(loose).parts()
			*other = nil
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
	decode: func(n scan.Node, v reflect.Value) *refusal {
		v.SetBytes(bytes.Clone(n.Raw()))
		return nil
	},
	encode: func(b []byte, v reflect.Value) ([]byte, error) { return appendRaw(b, v.Bytes()) },
}

var unknownCodec = &codec{
	decode: func(n scan.Node, v reflect.Value) *refusal { return rawCodec.decode(n, v.Field(0)) },
	encode: func(b []byte, v reflect.Value) ([]byte, error) { return appendRaw(b, v.Field(0).Bytes()) },
}

var numberCodec = &codec{
	decode: func(n scan.Node, v reflect.Value) *refusal {
		if n.Kind() != scan.Number {
			return wrongType(n, "number")
		}
		v.SetString(n.Text())
		return nil
	},
	encode: func(b []byte, v reflect.Value) ([]byte, error) { return appendNumber(b, v.String()) },
}

var stringCodec = &codec{
	decode: func(n scan.Node, v reflect.Value) *refusal {
		if n.Kind() != scan.String {
			return wrongType(n, "string")
		}
		v.SetString(n.Text())
		return nil
	},
	encode: func(b []byte, v reflect.Value) ([]byte, error) { return appendString(b, v.String()) },
}

var boolCodec = &codec{
	decode: func(n scan.Node, v reflect.Value) *refusal {
		if n.Kind() != scan.Bool {
			return wrongType(n, "boolean")
		}
		v.SetBool(n.Bool())
		return nil
	},
	encode: func(b []byte, v reflect.Value) ([]byte, error) { return strconv.AppendBool(b, v.Bool()), nil },
}

// onTrust is how many items get memory before any is decoded. More comes as they
// prove good: an item takes two bytes of a body, and hundreds in Go.
const onTrust = 64

func sliceCodec(t reflect.Type, item *codec) *codec {
	return &codec{
		decode: func(n scan.Node, v reflect.Value) *refusal {
			if n.Kind() != scan.Array {
				return wrongType(n, "array")
			}
			s := reflect.New(t).Elem()
			s.Set(reflect.MakeSlice(t, 0, min(n.Len(), onTrust)))
			for i, x := range n.Items() {
				if i == s.Cap() {
					s.Grow(min(n.Len()-i, i))
				}
				s.SetLen(i + 1)
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
	list     []field
	byName   map[string]int // index in list
	known    names
	extra    int // index of the field Extra in the struct
	required int // how many of list are
	checked  bool
}

type field struct {
	name     string
	key      string // what stands before the value: no documented name needs escapes
	index    int    // in the struct
	required bool
	optional bool // an Opt, which is left out when it is zero
	codec    *codec
}

func planFields(t reflect.Type, of func(reflect.Type) *codec) *fields {
	p := &fields{byName: map[string]int{}}
	_, p.checked = reflect.Zero(reflect.PointerTo(t)).Interface().(precheck)
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Type == membersType {
			p.extra = i
			continue
		}
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		_, opt := reflect.Zero(reflect.PointerTo(f.Type)).Interface().(optional)
		required := !opt || opts == "required"
		if required {
			p.required++
		}
		p.byName[name] = len(p.list)
		p.list = append(p.list, field{name, `"` + name + `":`, i, required, opt, of(f.Type)})
	}
	p.known = knownNames(t, p.list)
	return p
}

func structCodec(t reflect.Type, of func(reflect.Type) *codec) *codec {
	p := planFields(t, of)
	return &codec{decode: p.decode, encode: p.encode}
}

func (p *fields) decode(n scan.Node, v reflect.Value) *refusal {
	if p.checked {
		if err := v.Addr().Interface().(precheck).precheck(n); err != nil {
			return err
		}
	}
	if n.Kind() != scan.Object {
		return wrongType(n, "object")
	}
	v.SetZero()
	missing := p.required
	var extra Members
	for m := range n.Members() {
		i, ok := p.byName[m.Name]
		if !ok {
			if name := p.known.confusable(m.Name); name != "" {
				return confusable(m, name)
			}
			extra = append(extra, ExtraMember{m.Name, bytes.Clone(m.Value.Raw())})
			continue
		}
		f := &p.list[i]
		if f.required {
			missing--
		}
		if err := f.codec.decode(m.Value, v.Field(f.index)); err != nil {
			return err
		}
	}
	if missing > 0 {
		return p.lacking(n)
	}
	*v.Field(p.extra).Addr().Interface().(*Members) = extra
	return nil
}

// lacking refuses an object for the first required member that it does not have.
func (p *fields) lacking(n scan.Node) *refusal {
	for _, f := range p.list {
		if _, ok := n.Get(f.name); f.required && !ok {
			return refuse("schema/required", n, "no member "+f.name, "the required member "+f.name)
		}
	}
	return nil
}

func confusable(m scan.Member, name string) *refusal {
	e := refuse(scan.RuleConfusable, m.Value, quote(m.Name), quote(name))
	e.offset = m.NameStart
	e.hint = "decoders that ignore case take one for the other"
	return e
}

func mapCodec(t reflect.Type, value *codec) *codec {
	return &codec{
		decode: func(n scan.Node, v reflect.Value) *refusal {
			if n.Kind() != scan.Object {
				return wrongType(n, "object")
			}
			m := reflect.MakeMapWithSize(t, min(n.Len(), onTrust))
			e := reflect.New(t.Elem()).Elem() // copied into the map each time
			for x := range n.Members() {
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

var objectCodec = &codec{
	decode: func(n scan.Node, v reflect.Value) *refusal {
		if n.Kind() != scan.Object {
			return wrongType(n, "object")
		}
		o := make(Object, n.Len())
		for m := range n.Members() {
			o[m.Name] = bytes.Clone(m.Value.Raw())
		}
		v.Set(reflect.ValueOf(o))
		return nil
	},
	encode: func(b []byte, v reflect.Value) ([]byte, error) { return appendObject(b, v.Interface().(Object)) },
}

// isForeign reports whether a type is none of the model's. A user can only bring
// one in as the T of an Opt or a Loose.
func isForeign(t reflect.Type) bool {
	if t.PkgPath() != "" && t.PkgPath() != unknownType.PkgPath() {
		return true
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool:
		return false
	case reflect.Slice:
		return t.Elem().Kind() == reflect.Uint8
	case reflect.Map:
		return t.Key() != reflect.TypeFor[string]()
	case reflect.Interface:
		return unionTypes[t].union == nil
	case reflect.Struct:
		extra, ok := t.FieldByName("Extra")
		return t.Name() == "" || !ok || extra.Type != membersType
	}
	return true
}

// foreignCodec leaves a type to encoding/json, whose rules then hold within it.
func foreignCodec(t reflect.Type) *codec {
	return &codec{
		decode: func(n scan.Node, v reflect.Value) *refusal {
			v.SetZero()
			if err := json.Unmarshal(n.Raw(), v.Addr().Interface()); err != nil {
				r := wrongType(n, "a Go "+t.String())
				r.hint = err.Error()
				return r
			}
			return nil
		},
		encode: func(b []byte, v reflect.Value) ([]byte, error) {
			text, err := json.Marshal(v.Addr().Interface())
			if err != nil {
				return nil, fmt.Errorf(": a Go %s: %w", t, err)
			}
			return append(b, text...), nil
		},
	}
}
