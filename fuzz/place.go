package fuzz

import (
	"slices"
	"strconv"
	"sync"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema/vapi"
)

// place is a value in a document, with what the contract says of it.
type place struct {
	node   *tree
	schema *vapi.Schema // nil: the contract says nothing here
	within *vapi.Schema // the branch that a union's value is taken for; else schema
	member *vapi.Member // nil: an item, a map's value, or no documented member
	owner  *vapi.Type   // of the object that the value is a member of; nil without one
	union  *vapi.Union  // that told the owner's branch; nil if none did
	free   bool         // inside of something about which the contract says nothing
	hash   uint32       // of its pointer
	path   []int        // of positions, valid during the visit only
}

// typ is the type of the object at the place, or nil.
func (p *place) typ() *vapi.Type {
	if p.within != nil && p.within.Kind == vapi.KindRef && p.node.kind == scan.Object {
		return p.within.Type
	}
	return nil
}

// tells reports whether a union looks at the member to tell the branch of the
// object that has it: then another value makes it another object.
func tells(u *vapi.Union, name string) bool {
	if u == nil {
		return false
	}
	if name == u.Tag {
		return true
	}
	for i := range u.Branches {
		if b := &u.Branches[i]; b.Member == name || slices.Contains(b.Has, name) {
			return true
		}
	}
	return false
}

// walk goes through documents and the contract side by side.
type walk struct {
	visit func(p *place)
	path  []int
	level []*place // one for each depth, used again for each value there
	learn bool     // note in the tree which members it has; nobody else may have it yet
}

// child is the place of a value one level deeper, for the caller to fill.
func (w *walk) child() *place {
	if len(w.path) == len(w.level) {
		w.level = append(w.level, new(place))
	}
	return w.level[len(w.path)]
}

// messageSchema is what the contract says of the member message of a body.
var messageSchema = &vapi.Schema{Kind: vapi.KindRef, Ref: vapi.Descriptor().Top.Name, Type: vapi.Descriptor().Top}

// walks are used again: what they need is the larger part of what a walk costs.
var walks = sync.Pool{New: func() any { return new(walk) }}

// each visits every value of the body, in its order. A place is valid during its visit.
func each(body *tree, visit func(p *place)) {
	w := walks.Get().(*walk)
	w.visit = visit
	w.body(body)
	w.visit = nil // not so if it panics: then the walk is nobody's any more
	walks.Put(w)
}

func (w *walk) body(body *tree) {
	root := place{node: body, hash: rootHash}
	w.visit(&root)
	if body.kind != scan.Object {
		w.inside(&root)
		return
	}
	for i := range body.kids {
		k := &body.kids[i]
		child := w.child()
		*child = place{node: k.value, hash: nameHash(rootHash, k.name)}
		if k.name == "message" {
			child.schema = messageSchema
		} else {
			child.free = true
		}
		w.enter(i, child)
	}
}

func (w *walk) enter(i int, p *place) {
	w.path = append(w.path, i)
	p.path = w.path
	p.within = p.schema
	told := (*vapi.Union)(nil)
	if s := p.schema; s != nil && s.Kind == vapi.KindUnion {
		told = s.Union
		p.within = nil
		if b := p.node.pick(s.Union); b >= 0 {
			p.within = s.Union.Branches[b].Schema
		}
	}
	w.visit(p)
	switch t := p.typ(); {
	case t != nil:
		w.members(p, t, told)
	default:
		w.inside(p)
	}
	w.path = w.path[:len(w.path)-1]
}

func (w *walk) members(p *place, t *vapi.Type, told *vapi.Union) {
	for i := range p.node.kids {
		k := &p.node.kids[i]
		child := w.child()
		*child = place{node: k.value, owner: t, union: told, hash: nameHash(p.hash, k.name)}
		m := k.member
		if k.of != t || m == nil || m.Name != k.name {
			m = t.Member(k.name)
			if w.learn {
				k.member, k.of = m, t
			}
		}
		if m != nil {
			child.member, child.schema = m, m.Schema
		}
		child.free = child.schema == nil
		w.enter(i, child)
	}
}

// inside visits what is in a container that is no object of a named type.
func (w *walk) inside(p *place) {
	var items *vapi.Schema
	if s := p.within; s != nil && (s.Kind == vapi.KindArray && p.node.kind == scan.Array || s.Kind == vapi.KindMap && p.node.kind == scan.Object) {
		items = s.Items
	}
	for i := range p.node.kids {
		k := &p.node.kids[i]
		// What is in an object of a kind that is not known is nobody's to say.
		child := w.child()
		*child = place{node: k.value, schema: items, free: items == nil && (p.free || p.within != nil)}
		if p.node.kind == scan.Array {
			child.hash = itemHash(p.hash, i)
		} else {
			child.hash = nameHash(p.hash, k.name)
		}
		w.enter(i, child)
	}
}

// pick is the branch of the union that takes the value, or -1.
func (t *tree) pick(u *vapi.Union) int {
	return u.Pick(contractKinds[t.kind], func(name string) (vapi.Kind, string) {
		m := t.get(name)
		if m == nil {
			return 0, ""
		}
		return contractKinds[m.kind], m.text
	})
}

// contractKinds are the types of values as the contract names them.
var contractKinds = [...]vapi.Kind{
	scan.Null: vapi.KindNull, scan.Bool: vapi.KindBoolean, scan.Number: vapi.KindNumber,
	scan.String: vapi.KindString, scan.Array: vapi.KindArray, scan.Object: vapi.KindObject,
}

// Places are addressed by a hash of their pointer (FNV-1a, 32 bits), so that an
// operation finds its place again when others before it are dropped.
const (
	rootHash = uint32(2166136261)
	prime    = uint32(16777619)
)

func nameHash(h uint32, name string) uint32 {
	h = (h ^ '/') * prime
	for i := 0; i < len(name); i++ {
		h = (h ^ uint32(name[i])) * prime
	}
	return h
}

func itemHash(h uint32, i int) uint32 {
	if i < 10 {
		return ((h^'/')*prime ^ uint32('0'+i)) * prime
	}
	return nameHash(h, strconv.Itoa(i))
}

// closest returns the place that fits whose hash is the address, or follows it
// most closely: so every address leads somewhere, and to the same place as long as
// that place is there. The place's path is the caller's own. It returns nil if no
// place fits.
func closest(body *tree, address uint32, fits func(p *place) bool) *place {
	var best *place
	each(body, func(p *place) {
		if (best == nil || p.hash-address < best.hash-address) && fits(p) {
			c := *p
			c.path = slices.Clone(p.path)
			best = &c
		}
	})
	return best
}

// closestOf is closest among places that are known already.
func closestOf(places []place, address uint32, fits func(p *place) bool) *place {
	var best *place
	for i := range places {
		p := &places[i]
		if (best == nil || p.hash-address < best.hash-address) && fits(p) {
			best = p
		}
	}
	return best
}
