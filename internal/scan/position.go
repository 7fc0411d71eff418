package scan

import (
	"bytes"
	"unicode/utf8"
)

// Position converts a byte offset into a line and a column, both from 1.
// "\n", "\r\n" and a lone "\r" end a line and still belong to it. A column is
// a Unicode code point, and so is each byte that is not UTF-8; an offset
// inside a character has that character's column. Offsets outside the data
// count as the nearer end of it. The data need not be JSON. The time taken is
// linear in offset.
func Position(data []byte, offset int) (line, column int) {
	offset = characterStart(data, min(max(offset, 0), len(data)))
	before := data[:offset]
	line = 1 + bytes.Count(before, []byte{'\n'})
	start := bytes.LastIndexByte(before, '\n') + 1
	for at := bytes.IndexByte(before, '\r'); at >= 0; {
		end := at + 1
		if end >= len(data) || data[end] != '\n' {
			line++
			start = max(start, end)
		}
		rest := bytes.IndexByte(before[end:], '\r')
		if rest < 0 {
			break
		}
		at = end + rest
	}
	return line, 1 + utf8.RuneCount(before[start:])
}

// characterStart returns the offset of the first byte of the character that
// offset points into.
func characterStart(data []byte, offset int) int {
	for back := offset - 1; back >= 0 && back > offset-utf8.UTFMax; back-- {
		if !utf8.RuneStart(data[back]) {
			continue
		}
		if _, size := utf8.DecodeRune(data[back:]); back+size > offset {
			return back
		}
		break
	}
	return offset
}
