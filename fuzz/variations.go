package fuzz

import (
	"slices"
	"strings"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema/vapi"
)

// What calibration looks at, and the library's edges, are made of fixtures by changing all
// values of a kind.

// variation changes values of a body for which a careless decoder may have no room,
// all at once or those of one level. The result need not be valid, so long as the
// decoder takes it.
type variation struct {
	levels int // 0: all levels at once
	change func(p *place, v *tree) *tree
}

// deepest is how many levels of a body are varied one after the other.
const deepest = 16

// all changes leaves, whose change hides nothing else.
func all(f func(p *place, v *tree) *tree) variation { return variation{0, f} }

// levelled changes what may hold other values, one level after the other: else
// those would not be seen.
func levelled(f func(p *place, v *tree) *tree) variation { return variation{deepest, f} }

var variations = append(ofNewKinds,
	all(func(_ *place, v *tree) *tree { return v }),
	all(unlike(scan.Bool, yes)), all(unlike(scan.String, text("text"))), all(unlike(scan.Number, number("1"))),
	all(onNumbers(func(s string) string { return s + "e0" })),
	all(onNumbers(func(s string) string {
		if strings.Contains(s, ".") {
			return s + "0"
		}
		return s + ".10"
	})),
	all(onNumbers(func(string) string { return "0.1234567890123456789" })),
	all(onNumbers(func(string) string { return "9007199254740993" })),
	all(onNumbers(func(string) string { return "-0" })),
	all(unlike(scan.String, emptyText)), all(unlike(scan.Number, number("0"))), all(unlike(scan.Bool, no)),
	levelled(unlike(scan.Array, emptyArray)), levelled(unlike(scan.Object, emptyMap)),
	levelled(nulls),
	levelled(func(p *place, v *tree) *tree {
		if isOptional(p) {
			return nil
		}
		return v
	}),
	all(onInstants("2026-04-07T18:48:29.750+02:00")), all(onInstants("2026-04-07T16:48:29Z")),
	all(func(p *place, v *tree) *tree {
		if isKnownObject(p) || isFreeObject(p) {
			return v.set(addedName, extras)
		}
		return v
	}),
)

func nulls(p *place, v *tree) *tree {
	if isOptional(p) {
		return null
	}
	return v
}

// ofNewKinds come first among the variations, so that they can be left out: they take
// most of the time.
var ofNewKinds = newTags()

// newTags are variations in which objects are of a kind that is not known yet: all
// that is in them is then beyond the contract.
func newTags() (list []variation) {
	for _, f := range []func(t *tree) *tree{
		func(t *tree) *tree { return t },
		numbersIn("1.10"), numbersIn("9007199254740993"), numbersIn("0"), numbersIn("1e3"),
		func(t *tree) *tree {
			if t.kind == scan.String {
				return emptyText
			}
			return t
		},
		func(t *tree) *tree {
			if isScalarKind(t.kind) || len(t.kids) == 0 {
				return null
			}
			return t
		},
		func(t *tree) *tree {
			if isScalarKind(t.kind) {
				return t
			}
			return &tree{kind: t.kind}
		},
	} {
		list = append(list, levelled(func(p *place, v *tree) *tree {
			if !isTagged(p) {
				return v
			}
			c := v.set(addedName, extras)
			for i := range c.kids {
				k := c.kids[i].value.transformed(nil, func(_ *draw, t *tree) { *t = *f(t) })
				c = c.put([]int{i}, k)
			}
			return c.set(p.schema.Union.Tag, text("tomorrow"))
		}))
	}
	return list
}

func numbersIn(s string) func(t *tree) *tree {
	return func(t *tree) *tree {
		if t.kind == scan.Number {
			return number(s)
		}
		return t
	}
}

// extras are values of which a decoder that keeps what it does not know may yet lose
// something.
var extras = object(member("n", number("1.10")), member("b", number("9007199254740993")), member("f", number("0.1234567890123456789")), member("x", number("1e3")),
	member("m", number("-0")), member("z", null), member("e", emptyArray), member("o", emptyMap), member("s", emptyText), member("0", number("0")), member("no", no))

// onNumbers changes how numbers are written, where they need not be integers.
func onNumbers(f func(string) string) func(p *place, v *tree) *tree {
	return func(p *place, v *tree) *tree {
		if v.kind != scan.Number || !isNumber(p) || strings.ContainsAny(v.text, "eE") {
			return v
		}
		if s := f(v.text); p.within == nil || inBounds(p.within, s) {
			return number(s)
		}
		return v
	}
}

// unlike puts another value for those of its kind, where the contract lets it.
func unlike(k scan.Kind, by *tree) func(p *place, v *tree) *tree {
	return func(p *place, v *tree) *tree {
		s := p.within
		switch {
		case v.kind != k || len(p.path) < 2 || p.told() || p.typ() != nil || s != nil && (s.Pattern != "" || s.Format != ""):
			return v
		case p.owner == vapi.Descriptor().Top && p.member != nil && p.member.Name == "type":
			return v
		case k == scan.Number && s != nil && !inBounds(s, by.text), k == scan.String && s != nil && (len(by.text) < s.MinLength || s.MaxLength > 0 && len(by.text) > s.MaxLength):
			return v
		}
		return by
	}
}

// varied is the body with the variation, at one level or, with -1, at all. It is nil
// if nothing changes.
func varied(body *tree, f variation, level int) *tree {
	var places []place
	each(body, func(p *place) {
		if level < 0 || len(p.path) == level {
			c := *p
			c.path = slices.Clone(p.path)
			places = append(places, c)
		}
	})
	was := body
	for i := len(places) - 1; i >= 0; i-- {
		p := &places[i]
		old := body.at(p.path)
		switch v := f.change(p, old); {
		case v == old:
		case v == nil:
			n := len(p.path) - 1
			body = body.put(p.path[:n], body.at(p.path[:n]).without(p.path[n]))
		default:
			body = body.put(p.path, v)
		}
	}
	if body == was && level >= 0 {
		return nil
	}
	return body
}
