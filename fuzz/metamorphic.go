package fuzz

import (
	"slices"
	"strings"

	"github.com/ringproof/ringproof/internal/scan"
)

// variant is another way to write a body. What it adds is under a name of its own.
type variant struct {
	class Class
	write func(d *draw, body *tree) []byte
}

// addedName is that of the member that the variant Extended adds.
const addedName = "ringproofUnknownMember"

var variants = []variant{
	{Reordered, func(d *draw, body *tree) []byte { return body.transformed(d, anyOrder).write(nil, "") }},
	{Spaced, func(d *draw, body *tree) []byte { return body.write(nil, pick(d, gaps)) }},
	{Escaped, func(d *draw, body *tree) []byte { return body.transformed(d, escapeAll).write(nil, "") }},
	{Extended, func(d *draw, body *tree) []byte { return extended(d, body).write(nil, "") }},
}

// transformed is the tree with f done to each value, the inner ones first.
func (t *tree) transformed(d *draw, f func(d *draw, t *tree)) *tree {
	c := t.copied()
	c.kids = slices.Clone(t.kids)
	for i := range c.kids {
		c.kids[i].value = c.kids[i].value.transformed(d, f)
	}
	f(d, c)
	return c
}

func anyOrder(d *draw, t *tree) {
	if t.kind == scan.Object {
		*t = *shuffled(d, t)
	}
}

func escapeAll(d *draw, t *tree) {
	switch t.kind {
	case scan.String:
		if !isInstant(t.text) {
			t.raw = escaped(d, t.text)
		}
	case scan.Object:
		for i := range t.kids {
			t.kids[i].raw = escaped(d, t.kids[i].name)
		}
	}
}

// extended is the body with a member that nobody knows in each object of a known
// type, at a position as chance will have it.
func extended(d *draw, body *tree) *tree {
	var paths [][]int
	each(body, func(p *place) {
		if isKnownObject(p) {
			paths = append(paths, slices.Clone(p.path))
		}
	})
	slices.Reverse(paths) // inner ones first: positions change below only
	for _, path := range paths {
		o := body.at(path)
		v := pick(d, []*tree{text("unknown"), number("1.50"), null, object(member("status", text("unknown")), member("id", text("unknown"))), array(yes, emptyMap)})
		body = body.put(path, o.adding(d.below(len(o.kids)+1), kid{name: addedName, value: v}))
	}
	return body
}

// askMetamorphic decodes the body as it may also be written.
func (a *attempt) askMetamorphic() {
	if !a.root.IsValid() || a.first.err != nil {
		return
	}
	body := plant(a.root)
	list := variants
	if a.only == "" {
		list = variants[int(a.lot>>16)%len(variants):][:1]
	}
	for i := range list {
		v := &list[i]
		text := v.write(newDraw(uint64(a.lot)), body)
		a.askVariant(v.class, text)
	}
}

func (a *attempt) askVariant(c Class, body []byte) {
	o := decode(a.engine.subject, body, &a.pulse)
	if a.panicked(o) {
		return
	}
	if o.err != nil {
		if c == Extended && a.engine.settings.off[Accepts] {
			return // it may refuse what is new to it
		}
		a.fail(Metamorphic, "", c, "decoded, as the body is that means the same", "refused: "+clip(o.err.Error()))
		return
	}
	a.sameProbes(c, o.decoded)
	if a.encoded == nil {
		return
	}
	encoded, p := encode(o.decoded, body, &a.pulse)
	if a.panicked(p) {
		return
	}
	if p.err != nil {
		a.fail(Metamorphic, "", c, "encoded, as the body is that means the same", clip(p.err.Error()))
		return
	}
	x, errX := scan.Parse(a.encoded, scan.Limits{MaxBytes: 64 << 20})
	y, errY := scan.Parse(encoded, scan.Limits{MaxBytes: 64 << 20})
	if errX != nil || errY != nil {
		return
	}
	for _, d := range compare(x.Root(), y.Root()) {
		if c == Extended && d.class == Invented && strings.HasSuffix(d.pointer, "/"+addedName) {
			continue
		}
		a.fail(Metamorphic, d.pointer, c, "as without the change: "+d.want, d.got)
		return
	}
}

func (a *attempt) sameProbes(c Class, other Decoded) {
	first, second := a.first.decoded.Value(), other.Value()
	if first == nil || second == nil {
		return
	}
	for i := range a.engine.settings.probes {
		p := &a.engine.settings.probes[i]
		x, panickedX := p.take(first)
		y, panickedY := p.take(second)
		if panickedX != "" || panickedY != "" {
			continue
		}
		if x.kind != y.kind || x.text != y.text || !x.time.Equal(y.time) {
			a.fail(Metamorphic, p.pointer, c, "as without the change: "+x.String(), y.String())
		}
	}
}
