package fuzz

import (
	"math/big"
	"slices"
	"strings"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema/vapi"
)

// What the provider may send tomorrow, or has been seen to send: no errors, though
// the contract does not say so; and the single faults.

func isKnownObject(p *place) bool {
	return p.typ() != nil || len(p.path) == 0 && p.node.kind == scan.Object
}

func isTagged(p *place) bool {
	u := p.schema
	return u != nil && u.Kind == vapi.KindUnion && p.node.kind == scan.Object && u.Union.Tag != "" && p.node.get(u.Union.Tag) != nil && !catches(u.Union)
}

// catches reports whether a branch takes what the others leave.
func catches(u *vapi.Union) bool {
	return slices.ContainsFunc(u.Branches, func(b vapi.Branch) bool { return b.Catches() })
}

func isOptional(p *place) bool { return p.member != nil && !p.member.Required && !p.told() }

// isDeviating is true where live traffic has been seen with another JSON type.
func isDeviating(p *place) bool { return p.member != nil && deviation(p) != nil }

func deviation(p *place) *vapi.Deviation {
	for i := range vapi.Deviations {
		if d := &vapi.Deviations[i]; d.Type == p.owner.Name && d.Member == p.member.Name && d.Admits != "absent" {
			return d
		}
	}
	return nil
}

func newEnumValue(e *edit) {
	s := e.place.within
	if s.Kind != vapi.KindString || e.place.owner == vapi.Descriptor().Top && e.place.member.Name == "type" {
		return
	}
	known := pick(e.draw, s.Enum.Values)
	v := pick(e.draw, []string{
		"value-of-tomorrow", known + "-v2", strings.ToUpper(known), "call.in-progress.error-of-tomorrow",
		known + " ", " " + known, strings.ReplaceAll(known, "-", "_"), strings.ReplaceAll(known, "-", ""), "value_of_tomorrow",
	})
	if !slices.Contains(s.Enum.Values, v) {
		e.put(text(v))
	}
}

// newMember adds one that no decoder knows, and none takes for another.
func newMember(e *edit) {
	o := e.place.node
	name := unusedName(o, pick(e.draw, memberNames))
	if t := e.place.typ(); t != nil && (t.Member(name) != nil || t.Confusable(name) != "" || tells(e.toldBy(), name)) {
		return
	}
	e.put(o.adding(e.below(len(o.kids)+1), kid{name: name, value: anything(e.draw, 3)}))
}

func newTag(e *edit) {
	u := e.place.schema.Union
	e.put(e.place.node.set(u.Tag, text(pick(e.draw, []string{"tomorrow", "provider-of-tomorrow", "kind-2"}))))
}

// nullOptional is for one optional member of an object, for all that it has, or for all
// that it could have: one by one, most would never come.
func nullOptional(e *edit) {
	t, u := e.place.typ(), e.toldBy()
	optional := func(name string) bool {
		m := t.Member(name)
		return m != nil && !m.Required && !tells(u, name)
	}
	c := e.place.node.copied()
	c.kids = slices.Clone(c.kids)
	var list []int
	for i := range c.kids {
		if optional(c.kids[i].name) {
			list = append(list, i)
		}
	}
	kind := e.below(3)
	if kind == 0 && len(list) > 0 {
		list = []int{pick(e.draw, list)}
	}
	for _, i := range list {
		c.kids[i].value = null
	}
	if kind == 2 && t != vapi.Descriptor().Top { // there, the status tells what may come
		for i := range t.Members {
			if name := t.Members[i].Name; optional(name) && c.get(name) == nil {
				c.kids = append(c.kids, member(name, null))
			}
		}
	}
	e.put(c)
}

func deviate(e *edit) {
	switch d := deviation(e.place); {
	case d.Pattern != "": // the only pattern is that of an instant
		e.put(text(pick(e.draw, []string{"2024-09-12T10:20:30.000Z", "2024-09-01T10:00:00Z"})))
	case d.Admits == "object":
		e.put(object(member("id", text("1")), member("ok", yes), member("count", number("3"))))
	}
}

// The single faults.

func isRoot(p *place) bool     { return len(p.path) == 0 }
func isPlace(p *place) bool    { return p.schema != nil && p.schema.Kind != vapi.KindUnion }
func isRequired(p *place) bool { return p.member != nil && p.member.Required }
func isMessage(p *place) bool  { return p.schema == messageSchema && p.node.kind == scan.Object }

func isBounded(p *place) bool {
	s := p.within
	return s != nil && (s.Min != "" || s.Max != "" || s.MinLength > 0 || s.MaxLength > 0 && s.MaxLength < 4000 || s.Pattern != "")
}

func wrongType(e *edit) {
	v := pick(e.draw, []*tree{text("text"), number("7"), yes, object(member("free", text("text"))), array(text("text"))})
	if v.kind != e.place.node.kind {
		e.put(v)
	}
}

func missing(e *edit) { e.remove() }

func nullRequired(e *edit) { e.put(null) }

// outOfBounds puts a value just beyond one of the bounds, or against the pattern.
func outOfBounds(e *edit) {
	s := e.place.within
	var list []*tree
	if s.Min != "" {
		list = append(list, number(beyond(s, s.Min, "-1")))
	}
	if s.Max != "" {
		list = append(list, number(beyond(s, s.Max, "1")))
	}
	if s.MinLength > 0 {
		list = append(list, text(strings.Repeat("a", s.MinLength-1)))
	}
	if s.MaxLength > 0 && s.MaxLength < 4000 {
		list = append(list, text(strings.Repeat("é", s.MaxLength+1)))
	}
	if s.Pattern != "" {
		list = append(list, text("a b"))
	}
	e.put(pick(e.draw, list))
}

// otherStatus adds a member that the prose limits to another status.
func otherStatus(e *edit) {
	var list []string
	for i := range vapi.Rules {
		if r := &vapi.Rules[i]; r.Demand == vapi.OnlyThen {
			name := strings.TrimPrefix(r.Member, "/message/")
			if !goesWith(name, e.place.node) && e.place.node.get(name) == nil {
				list = append(list, name)
			}
		}
	}
	if len(list) == 0 {
		return
	}
	name := pick(e.draw, list)
	e.put(e.place.node.set(name, e.library.value(e.draw, vapi.Descriptor().Top.Member(name).Schema)))
}

func envelope(e *edit) {
	if e.place.node.kind != scan.Object || len(e.place.node.kids) == 0 {
		return
	}
	message := e.place.node.get("message")
	list := []*tree{null, emptyMap, emptyArray, text("status-update"), array(e.root), object(member("payload", e.root)), object(member("message", null)), object(member("message", emptyMap))}
	if message != nil {
		list = append(list, object(member("message", array(message))))
	}
	e.put(pick(e.draw, list))
}

// beyond is a number just outside a bound.
func beyond(s *vapi.Schema, bound, direction string) string {
	r, _ := new(big.Rat).SetString(bound)
	step, _ := new(big.Rat).SetString(direction)
	if s.Kind != vapi.KindInteger {
		step.Quo(step, big.NewRat(1000, 1))
	}
	return strings.TrimSuffix(strings.TrimRight(r.Add(r, step).FloatString(6), "0"), ".")
}
