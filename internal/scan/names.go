package scan

import (
	"bytes"
	"hash/maphash"
	"math/bits"
)

// linearMembers is how many members an object may have before a table beats
// comparing a name with all before it.
const linearMembers = 16

// slot is an entry of an open-addressing table of member names. Keeping the
// hash makes growing cheap and spares most comparisons.
type slot struct {
	hash uint32
	name uint32 // index of the name's node; 0, the root, is no name: empty
}

// nameTables lends tables to the objects of one Parse. The hash is seeded at
// random, so nobody can choose names that collide; nothing that can be
// observed depends on the seed.
type nameTables struct {
	seed    maphash.Seed
	seeded  bool
	spares  [32][]slot // one returned table of each size, by its logarithm
	scratch []byte     // for decoding names with escapes
}

// take returns an empty table of the size, which is a power of two. A table is
// only lent again for its own size, so that clearing it costs no more than
// filling it did: a small object after a large one must stay cheap.
func (t *nameTables) take(size int) []slot {
	if !t.seeded {
		t.seed, t.seeded = maphash.MakeSeed(), true
	}
	spare := &t.spares[bits.TrailingZeros(uint(size))]
	table := *spare
	if table == nil {
		return make([]slot, size)
	}
	*spare = nil
	clear(table)
	return table
}

func (t *nameTables) release(table []slot) {
	if table != nil {
		t.spares[bits.TrailingZeros(uint(len(table)))] = table
	}
}

// record notes the member name i of the object f and returns the index of an
// equal name before it, or 0. Names are equal when they are after decoding
// (RFC 8259 section 8.3).
func (p *parser) record(f *frame, i uint32) uint32 {
	if f.count < linearMembers {
		return p.findLinear(f, i)
	}
	if f.names == nil {
		f.names = p.names.take(4 * linearMembers)
		last := f.node + 1
		for range f.count {
			p.insert(f.names, slot{p.hash(last), last})
			last = p.nodes[last+1].next
		}
	}
	if int(f.count) >= len(f.names)/2 {
		f.names = p.grow(f.names)
	}
	return p.insert(f.names, slot{p.hash(i), i})
}

// findLinear looks for the name i among the members of f before it. Names
// without escapes can only be equal if they are as long as written, which
// settles nearly all comparisons.
func (p *parser) findLinear(f *frame, i uint32) uint32 {
	nodes := p.nodes
	width, escaped := nodes[i].end-nodes[i].start, nodes[i].escaped()
	for j := f.node + 1; j < i; j = nodes[j+1].next {
		n := &nodes[j]
		if !escaped && !n.escaped() && n.end-n.start != width {
			continue
		}
		if p.sameName(i, j) {
			return j
		}
	}
	return 0
}

// insert adds s unless its name is there already, whose index it then returns.
func (p *parser) insert(table []slot, s slot) uint32 {
	mask := uint32(len(table) - 1)
	at := s.hash & mask
	for ; table[at].name != 0; at = (at + 1) & mask {
		if table[at].hash == s.hash && p.sameName(s.name, table[at].name) {
			return table[at].name
		}
	}
	table[at] = s
	return 0
}

// grow returns a table twice as large with the same names, all different.
func (p *parser) grow(old []slot) []slot {
	table := p.names.take(2 * len(old))
	mask := uint32(len(table) - 1)
	for _, s := range old {
		if s.name == 0 {
			continue
		}
		at := s.hash & mask
		for table[at].name != 0 {
			at = (at + 1) & mask
		}
		table[at] = s
	}
	p.names.release(old)
	return table
}

func (p *parser) hash(i uint32) uint32 {
	text := p.nodes[i].inner(p.data)
	if p.nodes[i].escaped() {
		p.names.scratch = appendDecoded(p.names.scratch[:0], text)
		text = p.names.scratch
	}
	return uint32(maphash.Bytes(p.names.seed, text))
}

// sameName compares two names without decoding either as a whole: they may be
// long, and mostly differ early.
func (p *parser) sameName(i, j uint32) bool {
	a, b := &p.nodes[i], &p.nodes[j]
	if !a.escaped() && !b.escaped() {
		return bytes.Equal(a.inner(p.data), b.inner(p.data))
	}
	return sameText(a.inner(p.data), b.inner(p.data))
}

func (p *parser) decoded(i uint32) string {
	return p.nodes[i].text(p.data)
}
