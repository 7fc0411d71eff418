package verdict

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/ringproof/ringproof/contract"
	"github.com/ringproof/ringproof/internal/report"
)

const (
	answerLines = 6   // of an answer that text shows
	answerWidth = 300 // characters of such a line
)

// marks are how a verdict looks on a terminal: told apart without colour, too.
var marks = map[contract.Verdict]struct{ sign, color string }{
	contract.Pass: {"✓", "\x1b[32m"},
	contract.Fail: {"✗", "\x1b[31m"},
	contract.Warn: {"!", "\x1b[33m"},
	contract.Skip: {"-", "\x1b[36m"},
}

const (
	bold  = "\x1b[1m"
	faint = "\x1b[2m"
	plain = "\x1b[0m"
)

// text writes a report for a terminal or a log.
type text struct {
	bytes.Buffer
	options Options
	width   int // of the ids
}

func writeText(w io.Writer, r *contract.Report, o Options) error {
	t := &text{options: o}
	for i := range r.Checks {
		t.width = max(t.width, len(report.Printable(r.Checks[i].ID)))
	}
	if !o.Quiet {
		fmt.Fprintf(t, "%s, seed %d\n", report.Printable(r.Target), r.Seed)
		for _, g := range grouped(r) {
			fmt.Fprintf(t, "\n%s\n", t.paint(bold, report.Printable(g.name)))
			for i, c := range g.checks {
				t.line(c, i > 0 && g.checks[i-1].Verdict == contract.Skip && g.checks[i-1].Detail == c.Detail)
			}
		}
		t.WriteByte('\n')
	}
	for _, c := range faulty(r) {
		t.faults(c)
	}
	if why := curtailed(r); why != "" {
		fmt.Fprintf(t, "%s\n", report.Wrap(why, ""))
	}
	color := marks[contract.Pass].color
	if !r.OK() {
		color = marks[contract.Fail].color
	}
	fmt.Fprintf(t, "%s\n", t.paint(color, summary(r)))
	_, err := w.Write(t.Bytes())
	return err
}

func (t *text) paint(color, s string) string {
	if !t.options.Color {
		return s
	}
	return color + s + plain
}

func (t *text) mark(v contract.Verdict) string { return t.paint(marks[v].color, marks[v].sign) }

// line is a check in a line; of one that was skipped, with the reason in place of its
// title, unless it is that of the check before.
func (t *text) line(c *contract.Result, again bool) {
	indent := strings.Repeat(" ", 2+2+t.width+2)
	id := fmt.Sprintf("%-*s", t.width, report.Printable(c.ID))
	switch {
	case c.Verdict == contract.Skip:
		why := report.Printable(c.Detail)
		if again {
			why = "for the same reason"
		}
		fmt.Fprintf(t, "  %s %s  %s\n", t.mark(c.Verdict), t.paint(faint, id), report.Wrap("skipped: "+why, indent))
		return
	case c.Verdict == contract.Pass:
		fmt.Fprintf(t, "  %s %s  %s\n", t.mark(c.Verdict), id, report.Wrap(report.Printable(c.Title), indent))
	default:
		fmt.Fprintf(t, "  %s %s  %s\n", t.mark(c.Verdict), t.paint(bold, id), report.Wrap(report.Printable(c.Title), indent))
	}
	if t.options.Verbose {
		detail := report.Wrap(fmt.Sprintf("%s [%s]", report.Printable(c.Detail), took(c.Took)), indent)
		fmt.Fprintf(t, "%s%s\n", indent, t.paint(faint, detail))
	}
}

// faults is all about a check that failed, or warns.
func (t *text) faults(c *contract.Result) {
	word := map[contract.Verdict]string{contract.Fail: "FAIL", contract.Warn: "WARN"}[c.Verdict]
	fmt.Fprintf(t, "%s %s: %s\n", t.paint(marks[c.Verdict].color, word), t.paint(bold, report.Printable(c.ID)), report.Printable(c.Title))
	t.field("  ", "why", c.Explanation)
	t.field("  ", "source", c.Source)
	if len(c.Failures) == 0 {
		t.field("  ", "found", c.Detail)
	}
	for i := range c.Failures {
		f := &c.Failures[i]
		what := report.Printable(f.What)
		if f.Verdict == contract.Warn && c.Verdict == contract.Fail {
			what = "(warning) " + what
		}
		fmt.Fprintf(t, "  %d. %s\n", i+1, report.Wrap(what, "     "))
		t.fault("     ", f)
	}
	if n := more(c); n > 0 {
		fmt.Fprintf(t, "  and %d more like these\n", n)
	}
	t.command("  ", "repeat", c.Reproduce)
	t.WriteByte('\n')
}

// fault is what a fault is about, without what was sent in words.
func (t *text) fault(indent string, f *contract.Failure) {
	t.field(indent, "want", f.Want)
	t.field(indent, "got", f.Got)
	for i, line := range firstLines(f.Answer, answerLines, answerWidth) {
		label := ""
		if i == 0 {
			label = "said"
		}
		fmt.Fprintf(t, "%s%s| %s\n", indent, t.label(label), line)
	}
	if len(f.Sent) == 1 {
		t.sent(indent, &f.Sent[0])
		return
	}
	for i := range f.Sent {
		x := &f.Sent[i]
		what := fmt.Sprintf("%d. %s", i+1, x.What)
		label := ""
		if i == 0 {
			label = "sent"
		}
		t.field(indent, label, what)
		t.sent(indent+"           ", x)
	}
}

// sent is what is known of a delivery, and how it is sent again.
func (t *text) sent(indent string, x *contract.Sent) {
	t.field(indent, "with", place(x))
	t.field(indent, "body", x.File)
	t.command(indent, "again", x.Command)
}

const labelWidth = 8

func (t *text) label(s string) string { return t.paint(faint, fmt.Sprintf("%-*s", labelWidth, s)) }

// field is a labelled paragraph, nothing if it is empty.
func (t *text) field(indent, label, s string) {
	if s != "" {
		fmt.Fprintf(t, "%s%s%s\n", indent, t.label(label), report.Wrap(report.Printable(s), indent+strings.Repeat(" ", labelWidth)))
	}
}

// command is one that is to be copied: it stays in its line.
func (t *text) command(indent, label, s string) {
	if s != "" {
		fmt.Fprintf(t, "%s%s%s\n", indent, t.label(label), report.Printable(s))
	}
}
