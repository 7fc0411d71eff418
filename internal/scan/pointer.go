package scan

import (
	"strconv"
	"strings"
)

// maxPointer bounds the pointer of an Error, in bytes: depth and the length
// of names are the sender's choice.
const maxPointer = 4096

// AppendPointer appends "/" and the token to an RFC 6901 pointer, escaping
// "~" and "/" in the token.
func AppendPointer(ptr, token string) string {
	if strings.ContainsAny(token, "~/") {
		// "~" first, else the new ones would be escaped again (RFC 6901 section 3).
		token = strings.ReplaceAll(token, "~", "~0")
		token = strings.ReplaceAll(token, "/", "~1")
	}
	return ptr + "/" + token
}

// Pointer returns the RFC 6901 pointer of the value, "" for the root and the
// zero Node. It searches from the root, which takes time linear in the number
// of siblings before the value and before each of its ancestors: a caller that
// visits everything should carry the pointer along, with AppendPointer.
func (n Node) Pointer() string {
	ptr := ""
	if n.doc == nil {
		return ptr
	}
	for at := uint32(0); at != n.index; {
		var token string
		at, token = n.doc.step(at, n.index)
		ptr = AppendPointer(ptr, token)
	}
	return ptr
}

// step returns the child of the container at that is or holds the target, and
// its token.
func (d *Doc) step(at, target uint32) (uint32, string) {
	child := at + 1
	if d.nodes[at].kind() == Array {
		i := 0
		for ; d.nodes[child].next <= target; i++ {
			child = d.nodes[child].next
		}
		return child, strconv.Itoa(i)
	}
	for d.nodes[child+1].next <= target {
		child = d.nodes[child+1].next
	}
	return child + 1, d.nodes[child].text(d.data)
}

// pointer returns where the parser is, within maxPointer.
func (p *parser) pointer() string {
	ptr := ""
	for i := range p.frames {
		f := &p.frames[i]
		if !f.open {
			break
		}
		token := strconv.Itoa(int(f.count))
		if p.nodes[f.node].kind() == Object {
			token = p.decoded(f.name)
		}
		longer := AppendPointer(ptr, token)
		if len(longer) > maxPointer {
			return ptr + "/…"
		}
		ptr = longer
	}
	return ptr
}
