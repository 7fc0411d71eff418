package contract

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf16"

	"github.com/ringproof/ringproof/internal/scan"
)

// spellings are ways to write a JSON text that mean the same.
var spellings = []struct {
	what  string
	write func(body []byte) []byte
}{
	{"its members in reverse order", func(b []byte) []byte { return speller{reverse: true}.spell(b) }},
	{"line breaks and indentation", func(b []byte) []byte { return speller{after: "\n\t"}.spell(b) }},
	{"carriage returns and white space around it", func(b []byte) []byte {
		return slices.Concat([]byte("\r\n \t"), speller{after: " \r\n"}.spell(b), []byte("\r\n\r\n"))
	}},
	{"each character of its names and texts escaped", func(b []byte) []byte { return speller{escape: func(rune) bool { return true }}.spell(b) }},
	{"escapes for what is not ASCII, and for slashes", func(b []byte) []byte {
		return speller{escape: func(c rune) bool { return c > '~' || c == '/' || c == '<' || c == '&' }}.spell(b)
	}},
	{"characters beyond ASCII as they are", func(b []byte) []byte { return speller{}.spell(b) }},
}

// speller writes a JSON text anew.
type speller struct {
	reverse bool            // the members of each object
	after   string          // white space, after each bracket, comma and colon
	escape  func(rune) bool // what is written as \u, besides what has to be
}

func (s speller) spell(body []byte) []byte {
	doc, err := scan.Parse(body, scan.Limits{})
	if err != nil {
		panic(fmt.Sprintf("contract: a body of ours is not sound: %v", err))
	}
	var b bytes.Buffer
	s.value(&b, doc.Root())
	return b.Bytes()
}

func (s speller) value(b *bytes.Buffer, n scan.Node) {
	switch n.Kind() {
	case scan.Object:
		members := slices.Collect(n.Members())
		if s.reverse {
			slices.Reverse(members)
		}
		s.list(b, "{}", len(members), func(i int) {
			s.text(b, members[i].Name)
			b.WriteString(":" + s.after)
			s.value(b, members[i].Value)
		})
	case scan.Array:
		var items []scan.Node
		for _, item := range n.Items() {
			items = append(items, item)
		}
		s.list(b, "[]", len(items), func(i int) { s.value(b, items[i]) })
	case scan.String:
		s.text(b, n.Text())
	default:
		b.Write(n.Raw())
	}
}

func (s speller) list(b *bytes.Buffer, brackets string, n int, item func(i int)) {
	b.WriteString(brackets[:1] + s.after)
	for i := range n {
		if i > 0 {
			b.WriteString("," + s.after)
		}
		item(i)
	}
	b.WriteString(s.after + brackets[1:])
}

func (s speller) text(b *bytes.Buffer, text string) {
	b.WriteByte('"')
	for _, c := range text {
		switch {
		case s.escape == nil || !s.escape(c):
			quoted := scan.AppendString(nil, string(c))
			b.Write(quoted[1 : len(quoted)-1])
		case c > 0xffff:
			high, low := utf16.EncodeRune(c)
			fmt.Fprintf(b, `\u%04x\u%04X`, high, low)
		default:
			fmt.Fprintf(b, `\u%04x`, c)
		}
	}
	b.WriteByte('"')
}
