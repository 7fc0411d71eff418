package fuzz

import (
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema/vapi"
)

// The valid operations: what satisfies the contract satisfies it afterwards.

// hasValues is true where another value of the library can stand: not at a tag,
// which says what the object around it is, and not at the message itself.
func hasValues(p *place) bool {
	return p.schema != nil && p.schema != messageSchema && !p.told() && len(stocked().values[p.schema]) > 1
}

// told reports whether a union looks at the value to tell the object around it.
func (p *place) told() bool { return p.member != nil && tells(p.union, p.member.Name) }

func isTyped(p *place) bool { return p.typ() != nil }

func isUnion(p *place) bool {
	return p.schema != nil && p.schema.Kind == vapi.KindUnion && !p.told()
}

func isSized(p *place) bool {
	return p.within != nil && (p.within.Kind == vapi.KindArray && p.node.kind == scan.Array || p.within.Kind == vapi.KindMap && p.node.kind == scan.Object) && !p.told()
}

func isEnum(p *place) bool {
	return p.within != nil && p.within.Enum != nil && len(p.within.Enum.Values) > 1 && !p.told()
}

// hasBound is true of whatever can be empty, zero, or as long or large as allowed.
func hasBound(p *place) bool {
	if p.told() || p.free && p.node.kind == scan.Null {
		return false
	}
	if p.within == nil {
		return p.free
	}
	return p.within.Enum == nil && p.within.Kind != vapi.KindRef && contractKinds[p.node.kind] == p.within.JSONKind()
}

// isFreeText is true of strings of which the contract bounds the length at most.
func isFreeText(p *place) bool {
	if p.node.kind != scan.String || p.told() {
		return false
	}
	s := p.within
	return p.free || s != nil && s.Kind == vapi.KindString && s.Enum == nil && s.Pattern == "" && s.Format == ""
}

func isFreeNumber(p *place) bool {
	if p.node.kind != scan.Number || p.told() {
		return false
	}
	s := p.within
	return p.free || s != nil && (s.Kind == vapi.KindNumber || s.Kind == vapi.KindInteger) && s.Enum == nil
}

// isFreeObject is true of objects about whose members the contract says nothing.
func isFreeObject(p *place) bool {
	return p.node.kind == scan.Object && len(p.path) > 0 && (p.free || p.within != nil && p.within.Kind == vapi.KindObject)
}

func regenerate(e *edit) { e.put(e.library.value(e.draw, e.place.schema)) }

// splice takes what another fixture has at a place of the same kind.
func splice(e *edit) {
	body := pick(e.draw, e.library.bodies)
	var found []*tree
	each(body, func(p *place) {
		if p.schema == e.place.schema && p.node.kind == e.place.node.kind {
			found = append(found, p.node)
		}
	})
	if len(found) == 0 {
		regenerate(e)
		return
	}
	e.put(pick(e.draw, found))
}

// toggle adds or removes an optional member.
func toggle(e *edit) {
	t := e.place.typ()
	u := e.toldBy()
	var list []*vapi.Member
	for i := range t.Members {
		if m := &t.Members[i]; !m.Required && !tells(u, m.Name) && (t != vapi.Descriptor().Top || goesWith(m.Name, e.place.node)) {
			list = append(list, m)
		}
	}
	if len(list) == 0 {
		return
	}
	m := pick(e.draw, list)
	if i := e.place.node.find(m.Name); i >= 0 {
		e.put(e.place.node.without(i))
		return
	}
	if v := e.library.value(e.draw, m.Schema); v != nil {
		e.put(e.place.node.adding(e.below(len(e.place.node.kids)+1), kid{name: m.Name, value: v}))
	}
}

// toldBy is the union that told the object at the place, or nil.
func (e *edit) toldBy() *vapi.Union {
	if s := e.place.schema; s != nil && s.Kind == vapi.KindUnion {
		return s.Union
	}
	return nil
}

// prune leaves out most optional members, so that documents get small too.
func prune(e *edit) {
	t, u := e.place.typ(), e.toldBy()
	c := e.place.node.copied()
	c.kids = nil
	for _, k := range e.place.node.kids {
		if m := t.Member(k.name); m != nil && m.Required || tells(u, k.name) || e.oneIn(4) {
			c.kids = append(c.kids, k)
		}
	}
	e.put(c)
}

// switchBranch puts a value of another branch of the union.
func switchBranch(e *edit) {
	b := pick(e.draw, e.place.schema.Union.Branches)
	e.put(e.library.value(e.draw, b.Schema))
}

// sizes are how many items a container gets.
var sizes = []int{0, 1, 2, 3, 5, 8, 33}

func resize(e *edit) {
	n, old := pick(e.draw, sizes), e.place.node
	c := &tree{kind: old.kind, kids: slices.Clone(old.kids[:min(n, len(old.kids))])}
	for len(c.kids) < n {
		v := e.item(old)
		if v == nil {
			break
		}
		k := kid{value: v}
		if c.kind == scan.Object {
			k.name = unusedName(c, pick(e.draw, memberNames))
		}
		c.kids = append(c.kids, k)
	}
	e.put(c)
}

// item is one more for the container: of the library, or one that is there.
func (e *edit) item(old *tree) *tree {
	if s := e.place.within.Items; s != nil {
		if v := e.library.value(e.draw, s); v != nil {
			return v
		}
	}
	if len(old.kids) > 0 && (e.place.within.Items != nil || e.oneIn(2)) {
		return pick(e.draw, old.kids).value
	}
	if e.place.within.Items != nil {
		return nil
	}
	return anything(e.draw, 2)
}

// unusedName is the name, longer if the object has it already.
func unusedName(o *tree, name string) string {
	for o.find(name) >= 0 {
		name += "x"
	}
	return name
}

func goToBound(e *edit) {
	s := e.place.within
	if s == nil {
		s = &vapi.Schema{}
	}
	switch e.place.node.kind {
	case scan.String:
		if s.Pattern != "" || s.Format != "" {
			return
		}
		longest := 64
		if s.MaxLength > 0 {
			longest = min(s.MaxLength, 4000)
		}
		lengths := []int{s.MinLength, s.MinLength, longest}
		e.put(text(ofLength(e.draw, pick(e.draw, lengths))))
	case scan.Number:
		list := []string{}
		for _, v := range []string{s.Min, s.Max, "0", "0", "-1"} {
			if v != "" && inBounds(s, v) {
				list = append(list, v)
			}
		}
		if len(list) > 0 {
			e.put(number(pick(e.draw, list)))
		}
	case scan.Bool:
		e.put(boolean(e.place.node.text != "true"))
	case scan.Array:
		e.put(emptyArray)
	case scan.Object:
		e.put(emptyMap)
	}
}

func step(e *edit) {
	values := e.place.within.Enum.Values
	v := pick(e.draw, values)
	if e.place.node.kind == scan.Number {
		e.put(number(v))
		return
	}
	e.put(text(v))
}

// texts are what decoders and encoders stumble over, each of them sound.
var texts = []string{
	"", " ", "plain", "<b>&amp;</b>", `a"b\c/d`, "line\nbreak\ttab\r", "\x00\x01\x1f\x7f", "\u2028\u2029", "é", "e\u0301", "日本語", "😀", "👩\u200d🚀", "\ufeffbom", "\ufffd", "null", "true", "0", "1e3",
	"status-update", "${x}", "%s%n", "../../etc", "2026-04-07T16:48:29.750Z", "2026-04-07T18:48:29.75+02:00", "9007199254740993", "ſtatus", "İı", "{\"a\":1}", "[]",
	" around ", "a_b", "a.b", "[1,]", `{"a":1,}`, "/* no comment */", "a // b", "00123", "2026-04-07T16:48:29Z", "2026-04-07T18:48:29+02:00", "2026-04-07", strings.Repeat("a long text; ", 30),
}

func otherText(e *edit) {
	v := pick(e.draw, texts)
	if e.oneIn(4) {
		v += pick(e.draw, texts)
	}
	s := e.place.within
	if s != nil && (utf8.RuneCountInString(v) < s.MinLength || s.MaxLength > 0 && utf8.RuneCountInString(v) > s.MaxLength) {
		v = ofLength(e.draw, s.MinLength)
	}
	e.put(text(v))
}

// ofLength is a text of so many code points.
func ofLength(d *draw, n int) string {
	return strings.Repeat(pick(d, []string{"a", "é", "<", "😀"}), n)
}

// numbers are within the range of a float64, though not all of them are float64s.
var numbers = []string{
	"0", "1", "-1", "0.1", "0.5", "-0.25", "1.5", "255", "256", "65536", "16777217", "2147483648", "4294967296", "9007199254740993", "1775580709753", "1775580709753.0002", "0.30000000000000004",
	"9223372036854775807", "9223372036854775808", "18446744073709551616", "123456789.123456789", "0.000001", "1e21", "1e-7", "5e-324", "1.7976931348623157e308", "3.4028236e38", "-2.5", "12345678901234567890123",
}

func otherNumber(e *edit) {
	s := e.place.within
	if s == nil {
		s = &vapi.Schema{Kind: vapi.KindNumber}
	}
	for range 8 {
		if v := pick(e.draw, numbers); inBounds(s, v) {
			e.put(number(v))
			return
		}
	}
}

// inBounds reports whether the contract allows the number at a place.
func inBounds(s *vapi.Schema, v string) bool {
	r, ok := new(big.Rat).SetString(v)
	if !ok || s.Kind == vapi.KindInteger && (!r.IsInt() || len(v) > 15) {
		return false
	}
	if s.Min != "" {
		if bound, _ := new(big.Rat).SetString(s.Min); r.Cmp(bound) < 0 {
			return false
		}
	}
	if s.Max != "" {
		if bound, _ := new(big.Rat).SetString(s.Max); r.Cmp(bound) > 0 {
			return false
		}
	}
	return true
}

// memberNames are names that no type of the contract has.
var memberNames = []string{"ofTomorrow", "x", "", "a b", "a/b", "~", "~1", "0", "é", "😀", "__proto__", "$ref", "constructor", "toString", "<x>", "_id", "\u2028", "quote\"d", "a.b", "a[0]", "a-b", "a_b", " a "}

// anything is a value for a place of which the contract says nothing.
func anything(d *draw, depth int) *tree {
	switch n := d.below(9); {
	case n < 2:
		return number(pick(d, numbers))
	case n < 4:
		return text(pick(d, texts))
	case n == 4:
		return pick(d, []*tree{null, yes, no, emptyText, number("0"), emptyArray, emptyMap})
	case n == 5 || depth == 0:
		return boolean(d.oneIn(2))
	case n == 6:
		var items []*tree
		for range d.below(4) {
			items = append(items, anything(d, depth-1))
		}
		return array(items...)
	case n == 7:
		return &tree{kind: scan.Number, text: pick(d, []string{"1.0", "1.10", "1e3", "1E+3", "-0", "-0.0", "100e-2", "1.50e+1"})}
	}
	o := emptyMap
	for range d.below(4) {
		o = o.set(unusedName(o, pick(d, memberNames)), anything(d, depth-1))
	}
	return o
}

// fill gives an object that may hold anything another member.
func fill(e *edit) {
	o := e.place.node
	name := pick(e.draw, memberNames)
	if e.oneIn(3) {
		name = pick(e.draw, []string{"status", "id", "type", "role", "message", "endedReason"})
	}
	if i := o.find(name); i >= 0 {
		e.put(o.put([]int{i}, anything(e.draw, 3)))
		return
	}
	e.put(o.adding(e.below(len(o.kids)+1), kid{name: name, value: anything(e.draw, 3)}))
}

// goesWith reports whether the prose lets the message have the member with its status.
func goesWith(name string, message *tree) bool {
	for i := range vapi.Rules {
		r := &vapi.Rules[i]
		if r.Demand != vapi.OnlyThen || strings.TrimPrefix(r.Member, "/message/") != name {
			continue
		}
		when := message.get(r.When.Member)
		if when == nil || when.kind != scan.String || !slices.Contains(r.When.Values, when.text) {
			return false
		}
	}
	return true
}

// mended is the body without what its status forbids.
func mended(body *tree) *tree {
	at := body.find("message")
	if at < 0 || body.kids[at].value.kind != scan.Object {
		return body
	}
	message := body.kids[at].value
	fixed := message
	for i := len(message.kids) - 1; i >= 0; i-- {
		if !goesWith(message.kids[i].name, message) && message.kids[i].value.kind != scan.Null {
			fixed = fixed.without(i)
		}
	}
	if fixed == message {
		return body
	}
	return body.put([]int{at}, fixed)
}
