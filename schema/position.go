package schema

import "github.com/ringproof/ringproof/internal/scan"

// positions turns rising byte offsets into lines and columns, reading the data
// once.
type positions struct {
	data         []byte
	offset       int
	line, column int
}

// at returns the place of an offset that is not before the last one.
func (p *positions) at(offset int) (line, column int) {
	l, c := scan.Position(p.data[p.offset:], offset-p.offset)
	if l > 1 {
		p.line, p.column = p.line+l-1, c
	} else {
		p.column += c - 1
	}
	p.offset = offset
	return p.line, p.column
}
