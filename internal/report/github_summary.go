package report

import (
	"bytes"
	"fmt"
	"html"
)

// githubSummaryBytes is how long the table may grow. GitHub drops the summary of a
// step altogether when it is longer than 1 MiB, and others may write to it too.
const githubSummaryBytes = 900 << 10

// stepSummary is the Markdown of the step summary.
//
// The table is HTML, which Markdown admits as a block that ends at the first empty
// line. In it nothing is Markdown, so that of a payload's text only "<", ">", "&"
// and quotes need escaping, and line breaks replacing; a table of pipes has no way
// to write a backslash before a pipe in code. The text stands in code elements:
// there GitHub makes no links of names after "@", of "#1" or of addresses.
func (g *GitHub) stepSummary(s *Summary, worst []githubFinding) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\n## ringproof\n\n%s\n", totals(s))
	if s.Notes > 0 && !g.options.Notes {
		fmt.Fprintf(&b, "\nNotes, which --notes lists: %s\n", GitHubCode(ruleCounts(s.NoteCounts)))
	}
	if len(worst) == 0 {
		return b.Bytes()
	}
	b.WriteString("\n<table>\n<tr><th>severity</th><th>place</th><th>rule</th><th>finding</th></tr>\n")
	shown := 0
	for i := range worst {
		row := worst[i].row()
		if b.Len()+len(row) > githubSummaryBytes {
			break
		}
		b.WriteString(row)
		shown++
	}
	b.WriteString("</table>\n")
	if rest := g.total - shown; rest > 0 {
		fmt.Fprintf(&b, "\n%d more\n", rest)
	}
	return b.Bytes()
}

func (f *githubFinding) row() string {
	text := GitHubCode(f.message)
	if f.pointer != "" {
		text += "<br/>at " + GitHubCode(f.pointer)
	}
	if f.hint != "" {
		text += "<br/>hint: " + GitHubCode(f.hint)
	}
	return fmt.Sprintf("<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", f.severity, GitHubCode(f.place()), GitHubCode(f.rule), text)
}

// GitHubCode is a text as code in the HTML of a step summary. The text must be
// [Printable]: it has no line breaks.
func GitHubCode(s string) string { return "<code>" + html.EscapeString(s) + "</code>" }
