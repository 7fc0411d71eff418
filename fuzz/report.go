package fuzz

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// String is the failure as it is printed: what, the body, expected and got.
func (f Failure) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", visible([]byte(f.Key.String()))) // a decoder may invent any name
	fmt.Fprintf(&b, "  body:     %s\n", visible(f.Body))
	fmt.Fprintf(&b, "  expected: %s\n", visible([]byte(f.Want)))
	fmt.Fprintf(&b, "  got:      %s\n", visible([]byte(f.Got)))
	if f.firm {
		b.WriteString("  note:     no loss profile waives this; " + errReader.Error() + "\n")
	}
	if f.Input != "" {
		fmt.Fprintf(&b, "  made of:  %s\n", f.Input)
	}
	switch f.State {
	case Stateful:
		fmt.Fprintf(&b, "  state:    only after %s; alone it does not fail\n", plural(len(f.Before), "other body", "other bodies"))
		if len(f.Before) <= mostShown {
			for _, body := range f.Before {
				fmt.Fprintf(&b, "  before:   %s\n", visible(body))
			}
		}
	case Unrepeated:
		b.WriteString("  state:    seen once; not again")
		if f.past != nil {
			b.WriteString(", neither alone nor after the bodies before it")
		}
		b.WriteByte('\n')
	case Unexamined:
		b.WriteString("  state:    not examined: there was no time to try it again\n")
	}
	return b.String()
}

// mostShown is up to how many bodies before a failure are printed.
const mostShown = 2

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n) + " " + many
}

// longestShown is up to how many bytes a body is printed.
const longestShown = 2000

// visible keeps what does not print off a terminal, and quotes what would not be seen.
func visible(b []byte) string {
	s := string(b)
	if len(s) > longestShown {
		s = strings.ToValidUTF8(s[:longestShown], "") + "… (" + strconv.Itoa(len(b)) + " bytes)"
	}
	if s != "" && s == strings.TrimSpace(s) && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) && r != ' ' }) {
		return s
	}
	return strconv.Quote(s)
}
