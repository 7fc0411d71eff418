package fuzz

import (
	"slices"
	"strings"
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
	made    int       // how many were made as they are; the others are edges of theirs
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
	l.made = len(l.bodies)
	l.addEdges()
	l.add([]byte(`{"message":{"type":"status-update","status":"forwarding","transcript":"` + strings.Repeat("AI: A long call. ", longCall/17) + `"}}`))
	return l
})

// longCall is the length of a transcript, in bytes, that breaks what is limited to 64 KiB,
// as some columns for text are, or to 100 kB, as bodies are by default in some servers.
const longCall = 120_000

// edges change all values of a kind at once. Alone, a value at its bound is too rare for
// a search to come by it at each place.
var edges = []variation{
	all(allTexts("")), all(unlike(scan.Number, number("0"))), all(unlike(scan.Number, number("0.123456789"))), all(unlike(scan.Bool, no)), all(unlike(scan.Bool, yes)),
	all(allTexts(" _a.b-c ,] ,} /* d */ // e ")), all(allTexts("00123456789012345678")), all(allTexts(strings.Repeat("a long text; ", 24))),
	levelled(unlike(scan.Array, emptyArray)), levelled(unlike(scan.Object, emptyMap)), levelled(nulls),
	all(onInstants("2026-04-07T16:48:29Z")), all(onInstants("2026-04-07T18:48:29.750+02:00")),
}

// allTexts changes texts that are not of a few: what a status allows depends on it.
func allTexts(s string) func(p *place, v *tree) *tree {
	change := unlike(scan.String, text(s))
	return func(p *place, v *tree) *tree {
		if p.within != nil && p.within.Enum != nil {
			return v
		}
		return change(p, v)
	}
}

func onInstants(s string) func(p *place, v *tree) *tree {
	return func(_ *place, v *tree) *tree {
		if v.kind == scan.String && isInstant(v.text) {
			return text(s)
		}
		return v
	}
}

// edgeLevels are the levels of which edges are made: the message's members, and theirs.
const edgeLevels = 3

// addEdges adds the edges of as few bodies as have all members near the message.
func (l *library) addEdges() {
	met := map[string]bool{}
	for _, body := range slices.Clone(l.bodies) {
		news := false
		each(body, func(p *place) {
			if len(p.path) < 2 || len(p.path) > edgeLevels || p.member == nil {
				return
			}
			at := body.pointer(p.path)
			news, met[at] = news || !met[at], true
		})
		if news {
			l.addEdgesOf(body)
		}
	}
}

func (l *library) addEdgesOf(body *tree) {
	for _, f := range edges {
		levels := []int{-1}
		if f.levels > 0 {
			levels = []int{2, edgeLevels}
		}
		for _, level := range levels {
			edge := varied(body, f, level)
			if edge == nil || edge == body {
				continue
			}
			text := edge.write(nil, "")
			if j := judge(text); j.sound() && len(text) <= maxBytes {
				l.add(text)
			}
		}
	}
}

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
