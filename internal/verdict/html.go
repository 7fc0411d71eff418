package verdict

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/ringproof/ringproof/contract"
	"github.com/ringproof/ringproof/internal/report"
)

//go:embed report.html
var pageSource string

// pageTemplate is the page: one file, which needs no network and no script.
var pageTemplate = template.Must(template.New("report.html").Parse(pageSource))

// page is what the template shows. All its texts are Printable, or [visible].
type page struct {
	Target, Headline, Notice string
	Seed                     uint64
	Mark                     mark // of the whole
	Counts                   []count
	Deliveries               string
	Groups                   []checkGroup
	Matrix                   *matrix
	Latency                  *chart
	Faulty                   []card
}

// mark is a verdict to look at. Each has a sign and a word, so that nobody needs to see
// its colour.
type mark struct{ Class, Sign, Word string }

var pageMarks = map[contract.Verdict]mark{
	contract.Pass: {"pass", "✓", "pass"},
	contract.Fail: {"fail", "✕", "fail"},
	contract.Warn: {"warn", "!", "warn"},
	contract.Skip: {"skip", "–", "skip"},
}

type count struct {
	Mark   mark
	Number string
	Label  string
}

type checkGroup struct {
	Name, About string
	Checks      []checkRow
}

type checkRow struct {
	Mark              mark
	ID, Anchor, Title string
	Detail            string
	Sent, Took        string
	Faulty            bool // there is a card of it
}

// groupNames say in words what the groups of checks are about.
var groupNames = map[string][2]string{
	"answers": {"Answers", "it acknowledges, and in time"},
	"accepts": {"Accepts", "it takes in whatever the contract allows"},
	"refuses": {"Refuses", "it survives what is wrong, and says so"},
	"auth":    {"Authentication", "it believes nobody but the provider"},
	"state":   {"State", "it knows what has become of a call"},
}

func writeHTML(w io.Writer, r *contract.Report, _ Options) error {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, newPage(r)); err != nil {
		return fmt.Errorf("verdict: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func newPage(r *contract.Report) *page {
	p := &page{
		Target: report.Printable(r.Target), Seed: r.Seed, Notice: sentenceOf(curtailed(r)), Deliveries: grouping(r.Deliveries),
		Matrix: newMatrix(r), Latency: newChart(r.Latency),
	}
	p.Mark, p.Headline = headline(r)
	for _, x := range []struct {
		verdict contract.Verdict
		number  int
		label   string
	}{{contract.Fail, r.Failed, "failed"}, {contract.Warn, r.Warned, "warned"}, {contract.Skip, r.Skipped, "skipped"}, {contract.Pass, r.Passed, "passed"}} {
		p.Counts = append(p.Counts, count{pageMarks[x.verdict], grouping(x.number), x.label})
	}
	anchors := anchors{}
	for _, g := range grouped(r) {
		words, known := groupNames[g.name]
		if !known {
			words = [2]string{report.Printable(g.name)}
		}
		group := checkGroup{Name: words[0], About: words[1]}
		for _, c := range g.checks {
			group.Checks = append(group.Checks, checkRow{
				Mark: pageMarks[c.Verdict], ID: report.Printable(c.ID), Anchor: anchors.of(c), Title: sentenceOf(report.Printable(c.Title)),
				Detail: sentenceOf(brief(c.Detail)), Sent: grouping(c.Sent), Took: took(c.Took), Faulty: c.Verdict == contract.Fail || c.Verdict == contract.Warn,
			})
		}
		p.Groups = append(p.Groups, group)
	}
	room := mostEmbedded
	for _, c := range faulty(r) {
		p.Faulty = append(p.Faulty, newCard(c, anchors.of(c), &room))
	}
	return p
}

// mostWorst is how many faulty checks the head of the page names.
const mostWorst = 8

// Worst are the faulty checks that the head of the page names.
func (p *page) Worst() []card { return p.Faulty[:min(mostWorst, len(p.Faulty))] }

// NotWorst is how many more there are.
func (p *page) NotWorst() int { return max(0, len(p.Faulty)-mostWorst) }

// headline is the verdict in a sentence.
func headline(r *contract.Report) (m mark, text string) {
	checks := func(n int) string { return report.Plural(n, "check") }
	of := len(r.Checks)
	switch {
	case of == 0:
		m, text = pageMarks[contract.Skip], "No check was run"
	case r.Failed > 0:
		m, text = pageMarks[contract.Fail], fmt.Sprintf("The consumer fails %d of %s", r.Failed, checks(of))
	case r.Passed == 0 && r.Warned == 0:
		m, text = pageMarks[contract.Skip], "No check could be judged"
	case r.Warned > 0:
		m, text = pageMarks[contract.Warn], "The consumer passes, with "+report.Plural(r.Warned, "warning")
	case r.Skipped > 0:
		m, text = pageMarks[contract.Pass], fmt.Sprintf("The consumer passes all %s that could be judged", checks(r.Passed))
	default:
		m, text = pageMarks[contract.Pass], fmt.Sprintf("The consumer passes all %s", checks(r.Passed))
	}
	if r.Interrupted || r.Stopped != "" {
		text += ", but the report is incomplete"
		if m.Class == "pass" {
			m = pageMarks[contract.Warn]
		}
	}
	return m, text + "."
}

// sentenceOf is a text that begins like a sentence.
func sentenceOf(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// anchors are ids of the page, each used once.
type anchors map[string]*contract.Result

func (a anchors) of(c *contract.Result) string {
	id := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(c.ID))
	for a[id] != nil && a[id] != c {
		id += "-"
	}
	a[id] = c
	return id
}

// grouping is a number with commas between thousands.
func grouping(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// matrix is how many messages with which status were sent, by check.
type matrix struct {
	Statuses []string
	Rows     []matrixRow
}

type matrixRow struct {
	Mark   mark
	ID     string
	Anchor string // of its card; empty if there is none
	Cells  []cell
}

// cell is a verdict on the messages with one status; its Sent is empty if there were
// none.
type cell struct {
	Mark      mark
	Sent, Bad string
}

// statuses are those that the contract knows, in the order in which a call has them.
var statuses = []string{"scheduled", "queued", "ringing", "in-progress", "forwarding", "ended", "not-found", "deletion-failed"}

func newMatrix(r *contract.Report) *matrix {
	m := &matrix{Statuses: slices.Clone(statuses)}
	var others []string
	for i := range r.Checks {
		for s := range r.Checks[i].Statuses {
			if !slices.Contains(statuses, s) && !slices.Contains(others, s) {
				others = append(others, s)
			}
		}
	}
	slices.Sort(others)
	m.Statuses = append(m.Statuses, others...)
	anchors := anchors{}
	for i := range r.Checks {
		c := &r.Checks[i]
		anchor := anchors.of(c)
		if len(c.Statuses) == 0 {
			continue
		}
		row := matrixRow{Mark: pageMarks[c.Verdict], ID: report.Printable(c.ID)}
		if c.Verdict == contract.Fail || c.Verdict == contract.Warn {
			row.Anchor = anchor
		}
		for _, s := range m.Statuses {
			row.Cells = append(row.Cells, newCell(c, c.Statuses[s]))
		}
		m.Rows = append(m.Rows, row)
	}
	if len(m.Rows) == 0 {
		return nil
	}
	for i, s := range m.Statuses {
		m.Statuses[i] = shortened(report.Printable(s), 40)
	}
	return m
}

func newCell(c *contract.Result, t contract.Tally) cell {
	switch {
	case t.Sent == 0:
		return cell{}
	case t.Bad == 0:
		return cell{Mark: pageMarks[contract.Pass], Sent: grouping(t.Sent)}
	}
	m := pageMarks[contract.Fail]
	if c.Verdict == contract.Warn {
		m = pageMarks[contract.Warn]
	}
	return cell{Mark: m, Sent: grouping(t.Sent), Bad: grouping(t.Bad)}
}
