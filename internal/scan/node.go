package scan

import (
	"iter"
	"sync/atomic"
)

// node is one value or member name. Nodes lie in preorder; a member's name
// stands right before its value.
type node struct {
	start, end uint32 // byte offsets, quotes and brackets included
	next       uint32 // index of the first node after this one and its children
	info       uint32 // kind in the low kindBits; above it the number of children, or 1 for a string with escapes
}

const kindBits = 3

func (n *node) kind() Kind    { return Kind(n.info & (1<<kindBits - 1)) }
func (n *node) extra() uint32 { return n.info >> kindBits }
func (n *node) escaped() bool { return n.extra() != 0 }

// inner returns what stands between a string's quotes.
func (n *node) inner(data []byte) []byte { return data[n.start+1 : n.end-1] }

// text decodes a string.
func (n *node) text(data []byte) string {
	if !n.escaped() {
		return string(n.inner(data))
	}
	inner := n.inner(data)
	return string(appendDecoded(make([]byte, 0, len(inner)), inner))
}

// name is text for the name of a member. Payloads have the same names again and again,
// so that a string of them is mostly there already.
func (n *node) name(data []byte) string {
	inner := n.inner(data)
	if n.escaped() || len(inner) > longestKnown {
		return n.text(data)
	}
	h := uint32(len(inner))
	for _, c := range inner {
		h = h*31 + uint32(c)
	}
	known := &knownNames[(h^h>>10)%uint32(len(knownNames))]
	if s := known.Load(); s != nil && *s == string(inner) {
		return *s
	}
	s := string(inner)
	known.Store(&s)
	return s
}

// knownNames are names that were met, each where its hash says, until another of that
// hash is. It never holds more than 2048 * 32 bytes.
var knownNames [2048]atomic.Pointer[string]

const longestKnown = 32

// Doc is the tree of one JSON text. It aliases the bytes given to Parse and
// never changes; any number of goroutines may read it.
type Doc struct {
	data  []byte
	nodes []node
}

// Root returns the one value of the text.
func (d *Doc) Root() Node { return Node{d, 0} }

// Len returns the number of nodes, at least 1: one for each value and one for
// each member name. Node.Index is always below it.
func (d *Doc) Len() int { return len(d.nodes) }

// Bytes returns the bytes given to Parse, not a copy.
func (d *Doc) Bytes() []byte { return d.data }

// Node is a handle on one value of a Doc. Handles are small and comparable:
// two are equal when they mean the same place in the same Doc. All methods
// of the zero Node are safe and return zero values.
type Node struct {
	doc   *Doc
	index uint32
}

// at must not be called on the zero Node.
func (n Node) at() *node { return &n.doc.nodes[n.index] }

// IsValid reports whether n is a value of a Doc; the zero Node is none.
func (n Node) IsValid() bool { return n.doc != nil }

// Index returns the preorder index of the value in its Doc, from 0, the root,
// to Doc.Len()-1. It grows in document order, and a parent comes before its
// children; member names take indexes too, so a value's indexes have gaps.
func (n Node) Index() int { return int(n.index) }

// Kind returns the type of the value.
func (n Node) Kind() Kind {
	if n.doc == nil {
		return Invalid
	}
	return n.at().kind()
}

// Start returns the offset of the value's first byte.
func (n Node) Start() int {
	if n.doc == nil {
		return 0
	}
	return int(n.at().start)
}

// End returns the offset after the value's last byte.
func (n Node) End() int {
	if n.doc == nil {
		return 0
	}
	return int(n.at().end)
}

// Raw returns the exact bytes of the value, without the white space around
// it. They alias the input; appending to them copies.
func (n Node) Raw() []byte {
	if n.doc == nil {
		return nil
	}
	v := n.at()
	return n.doc.data[v.start:v.end:v.end]
}

// Text returns the decoded text of a string, and the literal of a number, a
// boolean or null, as written. It returns "" for anything else. Each call
// makes a new string.
func (n Node) Text() string {
	switch n.Kind() {
	case String:
		return n.at().text(n.doc.data)
	case Number, Bool, Null:
		return string(n.Raw())
	}
	return ""
}

// Bool reports whether the value is true.
func (n Node) Bool() bool {
	return n.Kind() == Bool && n.doc.data[n.at().start] == 't'
}

// Len returns the number of items of an array or members of an object, and 0
// for anything else.
func (n Node) Len() int {
	if k := n.Kind(); k != Array && k != Object {
		return 0
	}
	return int(n.at().extra())
}

// Items returns the items of an array with their indexes from 0; nothing for
// anything else.
func (n Node) Items() iter.Seq2[int, Node] {
	return func(yield func(int, Node) bool) {
		if n.Kind() != Array {
			return
		}
		child := n.index + 1
		for i := range n.Len() {
			if !yield(i, Node{n.doc, child}) {
				return
			}
			child = n.doc.nodes[child].next
		}
	}
}

// Member is a name and its value in an object.
type Member struct {
	// Name is decoded. No two members of an object have the same.
	Name string
	// NameStart and NameEnd are the offsets of the name's opening quote and of
	// the byte after its closing quote.
	NameStart, NameEnd int
	Value              Node
}

// Members returns the members of an object in document order; nothing for
// anything else.
func (n Node) Members() iter.Seq[Member] {
	return func(yield func(Member) bool) {
		if n.Kind() != Object {
			return
		}
		child := n.index + 1
		for range n.Len() {
			name := &n.doc.nodes[child]
			m := Member{
				Name: name.name(n.doc.data), NameStart: int(name.start), NameEnd: int(name.end),
				Value: Node{n.doc, child + 1},
			}
			if !yield(m) {
				return
			}
			child = n.doc.nodes[child+1].next
		}
	}
}

// Get returns the value of the member with exactly that decoded name, and
// whether there is one. It takes time linear in the number of members.
func (n Node) Get(name string) (Node, bool) {
	if n.Kind() != Object {
		return Node{}, false
	}
	child := n.index + 1
	for range n.Len() {
		if n.doc.nodes[child].is(n.doc.data, name) {
			return Node{n.doc, child + 1}, true
		}
		child = n.doc.nodes[child+1].next
	}
	return Node{}, false
}

// is reports whether a string decodes to the name.
func (n *node) is(data []byte, name string) bool {
	inner := n.inner(data)
	if !n.escaped() {
		return string(inner) == name
	}
	// Decoding never makes a string longer.
	return len(name) < len(inner) && n.text(data) == name
}
