package fuzz

import (
	"slices"
	"strconv"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema/vapi"
)

// tree is a JSON value that can be edited, and written in ways that are not JSON.
// It is not changed once another tree holds it: edits copy the way to what they
// change, so that documents share what they have in common.
type tree struct {
	kind scan.Kind
	text string // of a string; of another scalar, how it is written
	raw  string // written instead of the above, sound or not; empty: nothing is
	kids []kid

	// What the library knows of its trees, see remember. Another tree has none of it.
	flat  string // how it is written without white space
	count int    // of values in it, with itself; 0: not known
	long  int    // size(0)
}

// copied is a copy to be changed.
func (t *tree) copied() *tree { return &tree{kind: t.kind, text: t.text, raw: t.raw, kids: t.kids} }

// kid is an item of an array, which has no name, or a member of an object.
type kid struct {
	name  string
	raw   string // written for the name, quotes included; empty: the name with the fewest escapes
	value *tree
	// member is that of the type, if the kid was once found to be it there: looking
	// names up is what a walk takes its time for.
	member *vapi.Member
	of     *vapi.Type
}

var (
	null       = &tree{kind: scan.Null, text: "null"}
	yes        = &tree{kind: scan.Bool, text: "true"}
	no         = &tree{kind: scan.Bool, text: "false"}
	emptyText  = text("")
	emptyArray = &tree{kind: scan.Array}
	emptyMap   = &tree{kind: scan.Object}
)

func text(s string) *tree          { return &tree{kind: scan.String, text: s} }
func number(s string) *tree        { return &tree{kind: scan.Number, text: s} }
func object(members ...kid) *tree  { return &tree{kind: scan.Object, kids: members} }
func member(n string, v *tree) kid { return kid{name: n, value: v} }

func boolean(b bool) *tree {
	if b {
		return yes
	}
	return no
}

func array(items ...*tree) *tree {
	t := &tree{kind: scan.Array, kids: make([]kid, len(items))}
	for i, item := range items {
		t.kids[i].value = item
	}
	return t
}

// plant makes a tree of a scanned value.
func plant(n scan.Node) *tree {
	t := &tree{kind: n.Kind()}
	switch t.kind {
	case scan.Array:
		t.kids = make([]kid, 0, n.Len())
		for _, item := range n.Items() {
			t.kids = append(t.kids, kid{value: plant(item)})
		}
	case scan.Object:
		t.kids = make([]kid, 0, n.Len())
		for m := range n.Members() {
			t.kids = append(t.kids, kid{name: m.Name, value: plant(m.Value)})
		}
	default:
		t.text = n.Text()
	}
	return t
}

// parse makes a tree of sound JSON, nil of anything else.
func parse(body []byte) *tree {
	doc, err := scan.Parse(body, scan.Limits{})
	if err != nil {
		return nil
	}
	return plant(doc.Root())
}

// get returns the first member of that name, or nil.
func (t *tree) get(name string) *tree {
	if i := t.find(name); i >= 0 {
		return t.kids[i].value
	}
	return nil
}

func (t *tree) find(name string) int {
	if t == nil || t.kind != scan.Object {
		return -1
	}
	for i := range t.kids {
		if t.kids[i].name == name {
			return i
		}
	}
	return -1
}

// path is where the tokens of a JSON Pointer lead to; nil if nothing is there.
func (t *tree) path(tokens []string) []int {
	path := make([]int, 0, len(tokens))
	for _, token := range tokens {
		i := -1
		switch t.kind {
		case scan.Object:
			i = t.find(token)
		case scan.Array:
			if n, err := strconv.Atoi(token); err == nil && n < len(t.kids) {
				i = n
			}
		}
		if i < 0 {
			return nil
		}
		path, t = append(path, i), t.kids[i].value
	}
	return path
}

// at returns what is at the path, which is made of positions among kids.
func (t *tree) at(path []int) *tree {
	for _, i := range path {
		t = t.kids[i].value
	}
	return t
}

// put returns the tree with another value at the path.
func (t *tree) put(path []int, v *tree) *tree {
	if len(path) == 0 {
		return v
	}
	c := t.copied()
	c.kids = slices.Clone(t.kids)
	c.kids[path[0]].value = t.kids[path[0]].value.put(path[1:], v)
	return c
}

// without returns the tree without one of its kids.
func (t *tree) without(i int) *tree {
	c := t.copied()
	c.kids = slices.Concat(t.kids[:i], t.kids[i+1:])
	return c
}

// adding returns the tree with a kid at a position.
func (t *tree) adding(i int, k kid) *tree {
	c := t.copied()
	c.kids = slices.Concat(t.kids[:i], []kid{k}, t.kids[i:])
	return c
}

// set returns the object with the member, instead of one of its name or at its end.
func (t *tree) set(name string, v *tree) *tree {
	if i := t.find(name); i >= 0 {
		return t.put([]int{i}, v)
	}
	return t.adding(len(t.kids), kid{name: name, value: v})
}

// nodes counts the values in the tree, up to the limit.
func (t *tree) nodes(limit int) int {
	if t.count > 0 {
		return min(t.count, limit)
	}
	n := 1
	for i := range t.kids {
		if n >= limit {
			break
		}
		n += t.kids[i].value.nodes(limit - n)
	}
	return n
}

// size is about how many bytes the tree takes, escapes not counted, with that many of white space
// between tokens.
func (t *tree) size(gap int) int {
	if t.count > 0 {
		return t.long + gap*(4*t.count-3)
	}
	n := max(len(t.text)+2, len(t.raw)) + gap
	for i := range t.kids {
		k := &t.kids[i]
		n += max(len(k.name)+4, len(k.raw)) + 3*gap + k.value.size(gap)
	}
	return n
}

// remember notes in a tree that nobody else has yet, and in all that is in it, what
// would be worked out for it again and again. From at on, whole is how it is written.
// It returns where that ends.
func (t *tree) remember(whole string, at int) (end int) {
	count, end := 1, at
	switch t.kind {
	case scan.Array, scan.Object:
		end++
		for i := range t.kids {
			k := &t.kids[i]
			if i > 0 {
				end++
			}
			if t.kind == scan.Object {
				end += len(scan.AppendString(nil, k.name)) + 1
			}
			end = k.value.remember(whole, end)
			count += k.value.count
		}
		end++
	default:
		end += len(t.write(nil, ""))
	}
	t.flat, t.long, t.count = whole[at:end], t.size(0), count
	return end
}

// write appends the tree as JSON; gap stands between all tokens.
func (t *tree) write(b []byte, gap string) []byte {
	if t.flat != "" && gap == "" {
		return append(b, t.flat...)
	}
	if t.raw != "" {
		return append(b, t.raw...)
	}
	switch t.kind {
	case scan.String:
		return scan.AppendString(b, t.text)
	case scan.Array, scan.Object:
		return t.writeKids(b, gap)
	}
	return append(b, t.text...)
}

func (t *tree) writeKids(b []byte, gap string) []byte {
	open, end := byte('['), byte(']')
	if t.kind == scan.Object {
		open, end = '{', '}'
	}
	b = append(b, open)
	for i := range t.kids {
		k := &t.kids[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, gap...)
		if t.kind == scan.Object {
			if k.raw != "" {
				b = append(b, k.raw...)
			} else {
				b = scan.AppendString(b, k.name)
			}
			b = append(append(b, gap...), ':')
			b = append(b, gap...)
		}
		b = append(k.value.write(b, gap), gap...)
	}
	return append(b, end)
}
