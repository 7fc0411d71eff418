package verdict

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ringproof/ringproof/contract"
	"github.com/ringproof/ringproof/internal/report"
)

const (
	pageAnswerLines = 30
	pageAnswerWidth = 400
	bodyWidth       = 240     // characters of a line of a body
	bodyLead        = 60      // of those, before the place where two long lines begin to differ
	mostSent        = 12      // deliveries of a fault whose bodies are shown
	mostEmbedded    = 2 << 20 // bytes of bodies in a page
)

// card is all about a check that failed, or warns.
type card struct {
	Mark                           mark
	ID, Anchor, Title, Explanation string
	Source, Detail, Reproduce      string
	Faults                         []fault
	More                           int // faults that are not listed
}

type fault struct {
	Number     int
	Mark       mark
	Lesser     bool // a warning of a check that fails
	What       string
	Want, Got  []string // lines
	Answer     []string // lines
	Deliveries []sent
	Commands   string // of the deliveries, if there are several
}

// sent is a delivery.
type sent struct {
	What, Status, Call, Pointer, Forged, File, Command string
	Size                                               string
	Note                                               string // on the body
	Diff, Body                                         []row
}

func newCard(c *contract.Result, anchor string, room *int) card {
	out := card{
		Mark: pageMarks[c.Verdict], ID: report.Printable(c.ID), Anchor: anchor, Title: sentenceOf(report.Printable(c.Title)),
		Explanation: report.Printable(c.Explanation), Source: report.Printable(c.Source), Reproduce: report.Printable(c.Reproduce),
		More: more(c),
	}
	if len(c.Failures) == 0 {
		out.Detail = brief(c.Detail)
	}
	for i := range c.Failures {
		f := &c.Failures[i]
		next := fault{
			Number: i + 1, Mark: pageMarks[f.Verdict], Lesser: f.Verdict == contract.Warn && c.Verdict == contract.Fail, What: sentenceOf(brief(f.What)),
			Want: firstLines(f.Want, pageAnswerLines, pageAnswerWidth), Got: firstLines(f.Got, pageAnswerLines, pageAnswerWidth),
			Answer: firstLines(f.Answer, pageAnswerLines, pageAnswerWidth),
		}
		for j := range f.Sent {
			next.Deliveries = append(next.Deliveries, newSent(&f.Sent[j], room, j < mostSent))
		}
		next.gather()
		out.Faults = append(out.Faults, next)
	}
	return out
}

// gather puts the commands of several deliveries together, in their order.
func (f *fault) gather() {
	if len(f.Deliveries) < 2 {
		return
	}
	var commands []string
	for i := range f.Deliveries {
		d := &f.Deliveries[i]
		if d.Command != "" {
			commands = append(commands, d.Command)
		}
		d.Command = ""
	}
	f.Commands = strings.Join(commands, "\n")
}

func newSent(x *contract.Sent, room *int, withBody bool) sent {
	out := sent{
		What: brief(x.What), Status: report.Printable(x.Status), Call: report.Printable(x.Call), Pointer: brief(x.Pointer),
		Forged: report.Printable(x.Forged), File: report.Printable(x.File), Command: report.Printable(x.Command), Size: size(len(x.Body)),
	}
	if !withBody || *room <= 0 {
		out.Note = "The body is left out: this page has many."
		return out
	}
	laid := layOut(x.Body, x.Pointer)
	if x.Base != nil {
		out.Diff = shown(folded(diff(layOut(x.Base, "").lines, laid.lines)), room)
	}
	out.Body = shown(bodyRows(&laid, x.Pointer != ""), room)
	out.Note = note(x, &laid)
	return out
}

func size(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return grouping(n) + " bytes"
}

// note says what a reader of a body must know.
func note(x *contract.Sent, l *laidOut) string {
	switch {
	case len(x.Body) == 0:
		return "The body is empty."
	case len(l.lines) == 0:
		return "The body is nothing but blanks."
	case !l.json:
		return "This is not JSON. It is broken into lines where JSON would be."
	case x.Pointer != "" && !l.found:
		return "There is nothing at " + brief(x.Pointer) + ". Marked is what comes nearest."
	}
	return ""
}

// bodyRows are the lines of a body, those of the place marked. Of a place that takes in
// nearly all of it only the first is.
func bodyRows(l *laidOut, marked bool) []row {
	rows := make([]row, len(l.lines))
	for i, line := range l.lines {
		rows[i] = row{Text: line, Number: i + 1}
		rows[i].Marked = marked && i >= l.first && i <= l.last && (i == l.first || l.last-l.first < mostRows/2)
	}
	return around(rows, l.first, min(l.last, l.first+mostRows/2))
}

// shown are rows fit to be shown. Of a pair of long lines the part is kept where they
// begin to differ.
func shown(rows []row, room *int) []row {
	for i := range rows {
		r := &rows[i]
		from := 0
		switch {
		case r.Sign == "-" && i+1 < len(rows) && rows[i+1].Sign == "+":
			from = differs(r.Text, rows[i+1].Text)
			rows[i+1].Text = window(rows[i+1].Text, from)
		case r.Sign == "+" && i > 0 && rows[i-1].Sign == "-":
			*room -= len(r.Text) // its window was taken with the line before
			continue
		}
		r.Text = window(r.Text, from)
		*room -= len(r.Text)
	}
	return rows
}

// differs is where two lines begin to differ, in bytes, at the start of a character.
func differs(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && n < len(a) && !utf8.RuneStart(a[n]) {
		n--
	}
	return n
}

// window is the part of a long line around a place.
func window(line string, at int) string {
	lead := ""
	if utf8.RuneCountInString(line) > bodyWidth && at > bodyLead {
		from := at - bodyLead
		for from > 0 && !utf8.RuneStart(line[from]) {
			from--
		}
		lead = fmt.Sprintf("(%d bytes) …", from)
		line = line[from:]
	}
	return visible(lead + shortened(line, bodyWidth))
}

// visible spells out the characters that nobody would see, and what is no character at
// all: that may be what is wrong with a body.
func visible(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, "‹%02X›", s[0])
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, "‹U+%04X›", r)
		default:
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}

// Others says how many faults are listed besides the first.
func (c card) Others() string { return report.Plural(len(c.Faults)-1, "more fault") + " of this check" }
