package fuzz

import (
	"slices"
	"sync"

	"github.com/ringproof/ringproof/fixtures"
	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema/vapi"
)

// library is what documents are made from: fixtures, and the values that stand in
// them, by what the contract says of their place. It is the same in every process.
type library struct {
	bodies  []*tree
	places  [][]place // of each of the bodies
	ofCalls int       // how many of the bodies, from the first on, tell of calls
	values  map[*vapi.Schema][]*tree
}

// calls is of how many calls the library has the typical messages of each status.
const calls = 3

// shelf is how many values of one place the library keeps.
const shelf = 24

// longestValue bounds a value that the library keeps, in values within it.
const longestValue = 120

var stocked = sync.OnceValue(func() *library {
	l := &library{values: map[*vapi.Schema][]*tree{}}
	g := fixtures.New(1)
	for _, status := range vapi.Descriptor().Top.Member("status").Schema.Enum.Values {
		l.add(g.MustMessage(vapi.CallStatus(status), fixtures.WithShape(fixtures.Minimal), fixtures.Nth(0)).JSON())
		for n := range calls {
			l.add(g.MustMessage(vapi.CallStatus(status), fixtures.Nth(n)).JSON())
			l.add(g.MustMessage(vapi.CallStatus(status), fixtures.WithProfile(fixtures.Documented), fixtures.Nth(n)).JSON())
		}
	}
	l.ofCalls = len(l.bodies)
	for _, e := range g.Evolutions() {
		l.add(e.JSON())
	}
	for _, m := range g.Cover(fixtures.Documented).Messages {
		l.add(m.JSON())
	}
	return l
})

func (l *library) add(body []byte) {
	t := parse(body)
	if t == nil {
		panic("fuzz: a fixture is no JSON")
	}
	t.remember(string(t.write(nil, "")), 0)
	l.bodies = append(l.bodies, t)
	var places []place
	w := &walk{learn: true, visit: func(p *place) {
		c := *p
		c.path = slices.Clone(p.path)
		places = append(places, c)
		l.keep(p.schema, p.node)
		if p.within != p.schema {
			l.keep(p.within, p.node)
		}
	}}
	w.body(t)
	l.places = append(l.places, places)
}

func (l *library) keep(s *vapi.Schema, v *tree) {
	if s == nil || len(l.values[s]) >= shelf || v.kind == scan.Null || v.nodes(longestValue+1) > longestValue {
		return
	}
	if s.Kind != vapi.KindUnion && contractKinds[v.kind] != s.JSONKind() {
		return // a recorded deviation: an evolution, not a value of this place
	}
	l.values[s] = append(l.values[s], v)
}

// value returns one of the values that may stand at a place, nil if it has none.
func (l *library) value(d *draw, s *vapi.Schema) *tree {
	list := l.values[s]
	if len(list) == 0 {
		return nil
	}
	return pick(d, list)
}

// filled is value, but not an empty array or object if there is another.
func (l *library) filled(d *draw, s *vapi.Schema) *tree {
	list := l.values[s]
	if len(list) == 0 {
		return nil
	}
	from := d.below(len(list))
	for i := range list {
		v := list[(from+i)%len(list)]
		if len(v.kids) > 0 || isScalarKind(v.kind) {
			return v
		}
	}
	return list[from]
}
