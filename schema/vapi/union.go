package vapi

import (
	"bytes"
	"errors"
	"fmt"
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
	var tag tagValue
	if u.Tag != "" && kind == KindObject {
		tag.kind, tag.text = get(u.Tag)
		tag.absent = tag.kind == 0
	}
	for i := range u.Branches {
		if b := &u.Branches[i]; b.Schema.JSONKind() == kind && (b.Schema.Kind != KindRef || b.takes(tag, get)) {
			return i
		}
	}
	return -1
}

// tagValue is the member that tells branches apart; zero if the union has none.
type tagValue struct {
	kind   Kind
	text   string
	absent bool
}

func (b *Branch) takes(tag tagValue, get func(member string) (Kind, string)) bool {
	if b.Catches() {
		return true
	}
	if len(b.Has) > 0 {
		has := slices.ContainsFunc(b.Has, func(m string) bool { k, _ := get(m); return k != 0 })
		if !has || len(b.Values) == 0 {
			return has
		}
	}
	if b.Member != "" {
		k, _ := get(b.Member)
		return k == b.Kind
	}
	if tag.kind != KindString {
		return tag.absent && b.Missing
	}
	return slices.Contains(b.Values, tag.text) || b.Prefix != "" && strings.HasPrefix(tag.text, b.Prefix)
}

// TagValues are the values of the tag that some branch takes, each once.
func (u *Union) TagValues() []string {
	var out []string
	for _, b := range u.Branches {
		for _, v := range b.Values {
			if !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	return out
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
	variants := make([]*codec, len(u.variants))
	byType := map[reflect.Type]*codec{unknownType: unknownCodec}
	for i, t := range u.variants {
		variants[i] = of(t)
		byType[t] = variants[i]
	}
	decode := func(n scan.Node, v reflect.Value) *refusal {
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
		if err := variants[i].decode(n, p.Elem()); err != nil {
			return err
		}
		if u.union.Branches[i].Schema.Kind != KindRef {
			p = p.Elem()
		}
		v.Set(p)
		return nil
	}
	return &codec{decode: decode, encode: func(b []byte, v reflect.Value) ([]byte, error) { return encodeUnion(b, v, byType) }}
}

// presentKind is kindOf for a member that is there: null has a kind of its own, so
// that it differs from absence.
func presentKind(n scan.Node) Kind {
	if k := kindOf(n.Kind()); k != 0 {
		return k
	}
	return KindNull
}

var errNilUnion = errors.New(": no branch is set")

// encodeUnion writes what the interface v holds. A struct comes as a pointer, and
// so can be addressed, which its codec needs.
func encodeUnion(b []byte, v reflect.Value, byType map[reflect.Type]*codec) ([]byte, error) {
	v = v.Elem()
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() {
		return nil, errNilUnion
	}
	c, ok := byType[v.Type()]
	if !ok {
		return nil, fmt.Errorf(": %s is no branch of the union", v.Type())
	}
	return c.encode(b, v)
}
