package vapi

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/ringproof/ringproof/internal/scan"
)

// unionType ties a union of the descriptor to its Go types, one a branch.
type unionType struct {
	union    *Union
	variants []reflect.Type
}

// Pick returns the branch that takes a value: the first whose JSON type fits and
// whose conditions hold. It returns -1 if none does. get returns the JSON type of
// an object's member, with its text if it is a string, and 0 if it is not there.
func (u *Union) Pick(kind Kind, get func(member string) (Kind, string)) int {
	for i := range u.Branches {
		if b := &u.Branches[i]; b.Schema.JSONKind() == kind && (b.Schema.Kind != KindRef || b.takes(u.Tag, get)) {
			return i
		}
	}
	return -1
}

func (b *Branch) takes(tag string, get func(member string) (Kind, string)) bool {
	if b.Catches() {
		return true
	}
	for _, m := range b.Has {
		if k, _ := get(m); k != 0 {
			return true
		}
	}
	if b.Member != "" {
		k, _ := get(b.Member)
		return k == b.Kind
	}
	if tag == "" {
		return false
	}
	k, text := get(tag)
	if k != KindString {
		return k == 0 && b.Missing
	}
	return slices.Contains(b.Values, text) || b.Prefix != "" && strings.HasPrefix(text, b.Prefix)
}

// JSONKind is the JSON type of the values that satisfy the schema: one of
// KindString, KindNumber, KindBoolean, KindObject, KindArray; 0 for a union.
func (s *Schema) JSONKind() Kind {
	switch s.Kind {
	case KindInteger:
		return KindNumber
	case KindMap, KindRef:
		return KindObject
	case KindUnion:
		return 0
	}
	return s.Kind
}

// kindOf translates the scanner's types; null and "not there" are 0.
func kindOf(k scan.Kind) Kind {
	switch k {
	case scan.String:
		return KindString
	case scan.Number:
		return KindNumber
	case scan.Bool:
		return KindBoolean
	case scan.Object:
		return KindObject
	case scan.Array:
		return KindArray
	}
	return 0
}

func unionCodec(u unionType, of func(reflect.Type) *codec) *codec {
	codecs := make([]*codec, len(u.variants))
	for i, t := range u.variants {
		codecs[i] = of(t)
	}
	decode := func(n scan.Node, v reflect.Value) *DecodeError {
		i := u.union.Pick(kindOf(n.Kind()), func(member string) (Kind, string) {
			m, ok := n.Get(member)
			if !ok {
				return 0, ""
			}
			return presentKind(m), m.Text()
		})
		if i < 0 {
			v.Set(reflect.ValueOf(Unknown{bytes.Clone(n.Raw())}))
			return nil
		}
		p := reflect.New(u.variants[i])
		if err := codecs[i].decode(n, p.Elem()); err != nil {
			return err
		}
		if u.union.Branches[i].Schema.Kind != KindRef {
			p = p.Elem()
		}
		v.Set(p)
		return nil
	}
	return &codec{decode: decode, encode: encodeUnion}
}

// presentKind is kindOf for a member that is there: null has a kind of its own, so
// that it differs from absence.
func presentKind(n scan.Node) Kind {
	if k := kindOf(n.Kind()); k != 0 {
		return k
	}
	return kindNull
}

const kindNull Kind = 255

var errNilUnion = errors.New(": no branch is set")

func encodeUnion(b []byte, v reflect.Value) ([]byte, error) {
	v = v.Elem()
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() {
		return nil, errNilUnion
	}
	// What an interface holds cannot be addressed, and codecs of structs must.
	addressable := reflect.New(v.Type()).Elem()
	addressable.Set(v)
	return codecOf(v.Type()).encode(b, addressable)
}
