package scan

import (
	"bytes"
	"strconv"
)

// parser is the state of one Parse. It keeps its own stack: the goroutine's
// does not grow with the input.
type parser struct {
	data   []byte
	pos    int
	limits Limits
	nodes  []node
	frames []frame
	names  nameTables
}

// frame is a container that is not closed yet.
type frame struct {
	node  uint32 // its index
	count uint32 // items or members completed
	name  uint32 // index of the latest member name; objects only
	open  bool   // an item or member is being read: count or name is its token
	names []slot // its member table; nil up to linearMembers
}

// Parse reads exactly one JSON value, with optional white space around it,
// and stops at the first defect. The error is always an *Error. The Doc
// aliases data, which must not change while the Doc is in use. Parse does not
// retain data when it fails.
func Parse(data []byte, l Limits) (*Doc, error) {
	l = l.withDefaults()
	if len(data) > l.MaxBytes {
		return nil, &Error{
			Rule: RuleSize, Offset: l.MaxBytes,
			Got: "more than " + strconv.Itoa(l.MaxBytes) + " bytes", Want: "at most " + strconv.Itoa(l.MaxBytes) + " bytes",
		}
	}
	p := parser{data: data, limits: l, nodes: make([]node, 0, nodeBound(data)), frames: make([]frame, 0, 8)}
	if err := p.document(); err != nil {
		return nil, err
	}
	return &Doc{data: data, nodes: fitted(p.nodes)}, nil
}

// nodeBound returns how many nodes the data can make at most. Punctuation in
// strings counts too, which only rounds up; and every node but the root takes
// two bytes, its own and a separator or bracket, which bounds the bound.
func nodeBound(data []byte) int {
	n := 1
	for _, c := range [...]byte{',', ':', '[', '{'} {
		n += bytes.Count(data, []byte{c})
	}
	return min(n, len(data)/2+1)
}

// fitted gives memory back when punctuation in strings made nodeBound guess
// far too high.
func fitted(nodes []node) []node {
	if cap(nodes) < 2*len(nodes)+64 {
		return nodes
	}
	return append(make([]node, 0, len(nodes)), nodes...)
}

// document reads JSON-text = ws value ws (RFC 8259 section 2).
func (p *parser) document() *Error {
	for more := true; more; {
		err := p.value()
		if err != nil {
			return err
		}
		if more, err = p.resume(); err != nil {
			return err
		}
	}
	end := p.pos
	p.space()
	if p.pos < len(p.data) {
		return p.badEnd(end)
	}
	return nil
}

// value reads a value from its first byte, through any opening brackets, to
// the end of a scalar or of an empty container.
func (p *parser) value() *Error {
	for {
		p.space()
		var err *Error
		entered := false
		switch c := p.peek(); {
		case c == '"':
			err = p.text()
		case c == '{':
			entered, err = p.openObject()
		case c == '[':
			entered, err = p.openArray()
		case c == '-' || isDigit(c):
			err = p.number()
		case c == 't':
			err = p.literal(Bool, "true")
		case c == 'f':
			err = p.literal(Bool, "false")
		case c == 'n':
			err = p.literal(Null, "null")
		default:
			err = p.badValue()
		}
		if err != nil || !entered {
			return err
		}
	}
}

// resume goes on after a complete value: to the next item or member, which
// the caller reads, or out of the containers that end here. It reports
// whether another value follows.
func (p *parser) resume() (bool, *Error) {
	for len(p.frames) > 0 {
		f := &p.frames[len(p.frames)-1]
		f.count++
		f.open = false
		object := p.nodes[f.node].kind() == Object
		p.space()
		switch c := p.peek(); {
		case c == ',' && object:
			p.pos++
			p.space()
			return true, p.member(f, "a member name")
		case c == ',':
			p.pos++
			f.open = true
			return true, nil
		case c == '}' && object, c == ']' && !object:
			p.pos++
			p.closeNode(f.node, f.count)
			p.names.release(f.names)
			p.frames = p.frames[:len(p.frames)-1]
		case object:
			return false, p.badSeparator("',' or '}'")
		default:
			return false, p.badSeparator("',' or ']'")
		}
	}
	return false, nil
}

// openObject reads '{' and, unless the object is empty, its first name; it
// reports whether a value follows (RFC 8259 section 4).
func (p *parser) openObject() (bool, *Error) {
	i, err := p.openNode(Object)
	if err != nil || p.closeEmpty(i, '}') {
		return false, err
	}
	p.frames = append(p.frames, frame{node: i})
	return true, p.member(&p.frames[len(p.frames)-1], "a member name or '}'")
}

// openArray reads '[' and reports whether an item follows (RFC 8259 section 5).
func (p *parser) openArray() (bool, *Error) {
	i, err := p.openNode(Array)
	if err != nil || p.closeEmpty(i, ']') {
		return false, err
	}
	if p.pos >= len(p.data) {
		return false, p.unexpected("a value or ']'", "")
	}
	p.frames = append(p.frames, frame{node: i, open: true})
	return true, nil
}

// openNode adds a container, and reads its bracket and the space after it.
func (p *parser) openNode(k Kind) (uint32, *Error) {
	if len(p.frames) >= p.limits.MaxDepth {
		return 0, p.fail(Error{
			Rule: RuleDepth, Offset: p.pos,
			Got: k.String() + " at level " + strconv.Itoa(len(p.frames)+1), Want: "at most " + strconv.Itoa(p.limits.MaxDepth) + " levels",
		})
	}
	i := uint32(len(p.nodes))
	p.add(k, p.pos, 0)
	p.pos++
	p.space()
	return i, nil
}

// add appends the node of what began at start and ends at pos. The fields are
// set one by one in place: a node that is made first and copied costs a fifth
// of the whole parse.
func (p *parser) add(k Kind, start int, extra uint32) {
	p.nodes = append(p.nodes, node{})
	n := &p.nodes[len(p.nodes)-1]
	n.start = uint32(start)
	n.end = uint32(p.pos)
	n.next = uint32(len(p.nodes))
	n.info = uint32(k) | extra<<kindBits
}

func (p *parser) closeEmpty(i uint32, bracket byte) bool {
	if p.peek() != bracket {
		return false
	}
	p.pos++
	p.closeNode(i, 0)
	return true
}

// closeNode completes the container i, which ends at pos.
func (p *parser) closeNode(i, count uint32) {
	n := &p.nodes[i]
	n.end = uint32(p.pos)
	n.next = uint32(len(p.nodes))
	n.info |= count << kindBits
}

// member reads a name and its colon (RFC 8259 section 4).
func (p *parser) member(f *frame, want string) *Error {
	if p.peek() != '"' {
		return p.badName(want)
	}
	i := uint32(len(p.nodes))
	if err := p.text(); err != nil {
		return err
	}
	first := p.record(f, i)
	f.name, f.open = i, true
	if first != 0 {
		return p.duplicate(first, i)
	}
	p.space()
	if p.peek() != ':' {
		return p.unexpected("':' after the member name", "")
	}
	p.pos++
	return nil
}

func (p *parser) duplicate(first, second uint32) *Error {
	return p.fail(Error{
		Rule: RuleDuplicate, Offset: int(p.nodes[second].start),
		Got:  "a second member " + quoted(p.decoded(second)),
		Want: "one member of that name: the first is at offset " + strconv.Itoa(int(p.nodes[first].start)),
	})
}

// literal reads one of the three names of RFC 8259 section 3, which are lower
// case only.
func (p *parser) literal(k Kind, want string) *Error {
	start, end := p.pos, p.pos+len(want)
	if end <= len(p.data) && string(p.data[start:end]) == want {
		p.pos = end
		p.add(k, start, 0)
		return nil
	}
	if rest := p.data[p.pos:]; len(rest) < len(want) && string(rest) == want[:len(rest)] {
		p.pos = len(p.data)
	}
	return p.unexpected("'"+want+"'", "")
}

// peek returns the byte at pos, or 0 at the end of the input. A NUL byte is
// never allowed either, so no caller has to tell the two apart before it
// writes an error.
func (p *parser) peek() byte {
	if p.pos < len(p.data) {
		return p.data[p.pos]
	}
	return 0
}

// space skips ws (RFC 8259 section 2).
func (p *parser) space() {
	for p.pos < len(p.data) && isSpace(p.data[p.pos]) {
		p.pos++
	}
}

func isSpace(c byte) bool {
	return c <= ' ' && (c == ' ' || c == '\n' || c == '\t' || c == '\r')
}

// fail completes an error with the place the parser is at.
func (p *parser) fail(e Error) *Error {
	e.Pointer = p.pointer()
	return &e
}
