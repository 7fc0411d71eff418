package fuzz

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema/vapi"
)

// difference is what became of a value on its way through a decoder and back.
type difference struct {
	at        spot
	pointer   string
	class     Class
	want, got string
	blank     bool // what was invented says nothing: zero, empty, or objects of such
	instant   bool // a time was respelled, not a number
}

// differ compares a body with what it was encoded to. Members may come in another
// order, strings with other escapes; all else is a difference.
type differ struct {
	root  scan.Node // of the body, to find where a wrong value comes from
	found []difference
	kept  *keepsakes // counts what could have been lost, if not nil
}

// mostDifferences bounds a list: a decoder that loses more will be found out by these.
const mostDifferences = 4000

// keepsakes counts, by class, values that a careless decoder would lose and that
// were kept. Unknown members are counted under Dropped.
type keepsakes map[Class]int

func compare(body, encoded scan.Node) []difference {
	d := &differ{root: body}
	d.envelope(body, encoded)
	return d.found
}

func (d *differ) envelope(a, b scan.Node) {
	if a.Kind() != scan.Object || b.Kind() != scan.Object {
		d.value(a, b, nil, spot{})
		return
	}
	d.members(a, b, func(name string) (*vapi.Schema, spot) {
		if name == "message" {
			return messageSchema, spot{name: name, known: true}
		}
		return nil, spot{name: name}
	})
}

func (d *differ) add(n scan.Node, at spot, c Class, want, got scan.Node) {
	if len(d.found) < mostDifferences {
		d.found = append(d.found, difference{at: at, pointer: n.Pointer(), class: c, want: shown(want), got: shown(got),
			blank: c == Invented && blank(got), instant: c == Respelled && want.Kind() == scan.String})
	}
}

// shown is the text of a value, not too long.
func shown(n scan.Node) string {
	if !n.IsValid() {
		return "nothing"
	}
	return clip(string(n.Raw()))
}

func clip(s string) string {
	const most = 200
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "… (" + strconv.Itoa(len(s)) + " bytes)"
	}
	return s
}

// zero reports whether the value is what a decoder may take for none.
func zero(n scan.Node) bool {
	switch n.Kind() {
	case scan.String:
		return n.End()-n.Start() == 2
	case scan.Number:
		return readDecimal(n.Text()).digits == ""
	case scan.Bool:
		return !n.Bool()
	case scan.Array, scan.Object:
		return n.Len() == 0
	}
	return false
}

// blank reports whether the value is what encoders write for what was never set.
func blank(n scan.Node) bool {
	if n.Kind() == scan.Null || zero(n) || n.Text() == "0001-01-01T00:00:00Z" {
		return true
	}
	for m := range n.Members() {
		if !blank(m.Value) {
			return false
		}
	}
	return n.Kind() == scan.Object
}

// lost is how a value is classed that is not there any more.
func lost(n scan.Node) Class {
	switch {
	case n.Kind() == scan.Null:
		return NullAbsent
	case zero(n):
		return ZeroAbsent
	}
	return Dropped
}

func (d *differ) value(a, b scan.Node, s *vapi.Schema, at spot) {
	if a.Kind() != b.Kind() {
		d.add(a, at, d.otherKind(a, b), a, b)
		return
	}
	switch a.Kind() {
	case scan.Array:
		d.items(a, b, s, at)
	case scan.Object:
		d.object(a, b, s, at)
	case scan.Number:
		x, y := a.Text(), b.Text()
		if c := numberClass(x, y); c != "" {
			d.add(a, at, d.misrouted(a, b, at, c), a, b)
		} else {
			d.keepNumber(x)
		}
	case scan.String:
		if string(a.Raw()) != string(b.Raw()) {
			d.texts(a, b, at)
		}
	case scan.Bool:
		if a.Bool() != b.Bool() {
			d.add(a, at, d.misrouted(a, b, at, Changed), a, b)
		}
	}
	d.keep(a)
}

func (d *differ) keep(a scan.Node) {
	if d.kept == nil {
		return
	}
	if c := lost(a); c != Dropped {
		(*d.kept)[c]++
	}
}

func (d *differ) keepNumber(text string) {
	if d.kept != nil && !canonical(text) {
		(*d.kept)[Respelled]++
		(*d.kept)[Doubled]++
		(*d.kept)[Rounded]++
	}
}

func (d *differ) otherKind(a, b scan.Node) Class {
	switch {
	case a.Kind() == scan.Null:
		return Invented
	case b.Kind() == scan.Null && zero(a):
		return ZeroAbsent
	case b.Kind() == scan.Null:
		return Dropped
	}
	return Changed
}

func (d *differ) texts(a, b scan.Node, at spot) {
	x, y := a.Text(), b.Text()
	switch {
	case x == y:
	case sameInstant(x, y):
		d.add(a, at, Respelled, a, b)
	default:
		d.add(a, at, d.misrouted(a, b, at, Changed), a, b)
	}
}

// misrouted is Misrouted if what was encoded stands in the body at another member
// of the same name, or if the value says what the object around it is.
func (d *differ) misrouted(a, b scan.Node, at spot, otherwise Class) Class {
	if at.tag {
		return Misrouted
	}
	if otherwise == Changed && at.name != "" && b.Kind() != scan.Bool && holds(d.root, at.name, b) {
		return Misrouted
	}
	return otherwise
}

// holds reports whether a member of that name, somewhere in the value, has the
// same text as b.
func holds(n scan.Node, name string, b scan.Node) bool {
	for m := range n.Members() {
		if m.Name == name && m.Value.Kind() == b.Kind() && m.Value.Text() == b.Text() || holds(m.Value, name, b) {
			return true
		}
	}
	for _, item := range n.Items() {
		if holds(item, name, b) {
			return true
		}
	}
	return false
}

func (d *differ) items(a, b scan.Node, s *vapi.Schema, at spot) {
	items, below := d.below(s, vapi.KindArray, at)
	if a.Len() != b.Len() {
		c := Dropped
		if b.Len() > a.Len() {
			c = Invented
		}
		d.add(a, below, c, a, b)
		return
	}
	others := make([]scan.Node, 0, b.Len())
	for _, y := range b.Items() {
		others = append(others, y)
	}
	for i, x := range a.Items() {
		d.value(x, others[i], items, below)
	}
}

// below is the schema and spot of what is in a container.
func (d *differ) below(s *vapi.Schema, kind vapi.Kind, at spot) (*vapi.Schema, spot) {
	if s != nil && s.Kind == vapi.KindUnion {
		for i := range s.Union.Branches {
			if b := s.Union.Branches[i].Schema; b.Kind == kind {
				s = b
			}
		}
	}
	if s == nil || s.Kind != kind || s.Items == nil {
		at.free = true
		return nil, at
	}
	at.items++
	return s.Items, at
}

func (d *differ) object(a, b scan.Node, s *vapi.Schema, at spot) {
	t, union := typeOf(a, s)
	if t == nil {
		items, below := d.below(s, vapi.KindMap, at)
		d.members(a, b, func(name string) (*vapi.Schema, spot) { return items, below })
		return
	}
	d.members(a, b, func(name string) (*vapi.Schema, spot) {
		at := spot{owner: t, name: name}
		m := t.Member(name)
		if m == nil {
			return nil, at
		}
		at.known, at.tag = true, union != nil && name == union.Tag
		return m.Schema, at
	})
}

// typeOf is the type of an object, and the union that told it.
func typeOf(n scan.Node, s *vapi.Schema) (*vapi.Type, *vapi.Union) {
	if s == nil {
		return nil, nil
	}
	if s.Kind != vapi.KindUnion {
		return s.Type, nil
	}
	i := s.Union.Pick(vapi.KindObject, func(name string) (vapi.Kind, string) {
		m, ok := n.Get(name)
		if !ok {
			return 0, ""
		}
		return contractKinds[m.Kind()], m.Text()
	})
	if i < 0 {
		return nil, nil
	}
	return s.Union.Branches[i].Schema.Type, s.Union
}

// members compares the members of two objects; of tells of a name what the
// contract says.
func (d *differ) members(a, b scan.Node, of func(name string) (*vapi.Schema, spot)) {
	list := make([]scan.Member, 0, b.Len())
	for m := range b.Members() {
		list = append(list, m)
	}
	matched := 0
	used := make([]bool, len(list))
	find := finder(list)
	for m := range a.Members() {
		s, at := of(m.Name)
		i := find(m.Name)
		if i < 0 {
			d.add(m.Value, at, lost(m.Value), m.Value, scan.Node{})
			continue
		}
		matched++
		used[i] = true
		if !at.known && d.kept != nil {
			(*d.kept)[Dropped]++
		}
		if !at.known {
			at.free = true
		}
		d.value(m.Value, list[i].Value, s, at)
	}
	if matched == len(list) {
		return
	}
	for i, m := range list {
		if !used[i] {
			_, at := of(m.Name)
			d.add(m.Value, at, Invented, scan.Node{}, m.Value)
		}
	}
}

// finder returns a function that finds a name in the list, fastest if it is asked
// for them in their order.
func finder(list []scan.Member) func(name string) int {
	next := 0
	var index map[string]int
	return func(name string) int {
		if next < len(list) && list[next].Name == name {
			next++
			return next - 1
		}
		if len(list) > 16 && index == nil {
			index = make(map[string]int, len(list))
			for i, m := range list {
				index[m.Name] = i
			}
		}
		i, ok := -1, false
		if index != nil {
			if i, ok = index[name]; !ok {
				i = -1
			}
		} else {
			i = slices.IndexFunc(list, func(m scan.Member) bool { return m.Name == name })
		}
		if i >= 0 {
			next = i + 1
		}
		return i
	}
}
