package scan

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPosition(t *testing.T) {
	rows := []struct {
		in                   string
		offset, line, column int
		reason               string
	}{
		{"", 0, 1, 1, "an empty input has a first place"},
		{"abc", 0, 1, 1, "the first byte"},
		{"abc", 3, 1, 4, "after the last byte"},
		{"abc", 99, 1, 4, "beyond the end counts as the end"},
		{"abc", -1, 1, 1, "before the start counts as the start"},
		{"a\nb", 1, 1, 2, "a line end belongs to its line"},
		{"a\nb", 2, 2, 1, "the first byte of the second line"},
		{"a\r\nb", 1, 1, 2, "the carriage return of a pair"},
		{"a\r\nb", 2, 1, 3, "the line feed of a pair is on the same line"},
		{"a\r\nb", 3, 2, 1, "a pair is one line end"},
		{"a\rb", 2, 2, 1, "a lone carriage return is one too"},
		{"a\r", 2, 2, 1, "also at the end"},
		{"\r\r\n\n\rx", 5, 5, 1, "lone, pair, line feed, lone"},
		{"\n\r", 2, 3, 1, "the other way round they are two"},
		{"é€😀x", 2, 1, 2, "two bytes, one column"},
		{"é€😀x", 5, 1, 3, "three bytes, one column"},
		{"é€😀x", 9, 1, 4, "four bytes, one column"},
		{"é€😀x", 7, 1, 3, "inside a character: its column"},
		{"\né€x", 4, 2, 2, "inside a character on a later line"},
		{"e\u0301x", 3, 1, 3, "a combining mark is a code point"},
		{"\xff\xfex", 2, 1, 3, "bad bytes count one each"},
		{"a\xe2\x82x", 2, 1, 3, "a broken sequence is bytes"},
		{"a\xe2\x82", 3, 1, 4, "also at the end"},
		{"\"\u2028x\"", 4, 1, 3, "a line separator ends no line"},
	}
	for _, row := range rows {
		line, column := Position([]byte(row.in), row.offset)
		if line != row.line || column != row.column {
			t.Errorf("%q at %d: %d:%d, want %d:%d; %s", row.in, row.offset, line, column, row.line, row.column, row.reason)
		}
	}
}

// positionByHand walks the text as an editor would.
func positionByHand(data string, offset int) (line, column int) {
	line, column = 1, 1
	for i := 0; i < len(data); {
		_, size := utf8.DecodeRuneInString(data[i:])
		if offset < i+size {
			return line, column
		}
		if data[i] == '\n' || data[i] == '\r' && (i+1 == len(data) || data[i+1] != '\n') {
			line, column = line+1, 1
		} else {
			column++
		}
		i += size
	}
	return line, column
}

func TestPositionAgreesWithAWalkByHand(t *testing.T) {
	alphabet := []string{"a", "\n", "\r", "é", "😀", "\xff", "\xe2\x82"}
	total := 1
	for range 5 {
		total *= len(alphabet)
	}
	for code := range total {
		var b strings.Builder
		for c, i := code, 0; i < 5; i++ {
			b.WriteString(alphabet[c%len(alphabet)])
			c /= len(alphabet)
		}
		in := b.String()
		for offset := 0; offset <= len(in); offset++ {
			line, column := Position([]byte(in), offset)
			if l, c := positionByHand(in, offset); l != line || c != column {
				t.Fatalf("%q at %d: %d:%d, by hand %d:%d", in, offset, line, column, l, c)
			}
		}
	}
}
