package verdict

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/ringproof/ringproof/contract"
	"github.com/ringproof/ringproof/internal/report"
)

const (
	// githubAnnotations is how many checks become annotations: GitHub shows ten of each
	// severity for a step, and drops the others in silence.
	githubAnnotations = 10
	// githubText is how many characters of a text are shown. GitHub cuts annotations
	// after 4,096.
	githubText = 500
	// githubSummaryBytes is how long the summary may grow. GitHub drops one of more than
	// 1 MiB altogether, and others may write to it too.
	githubSummaryBytes = 900 << 10
)

// githubLevels are the commands of the verdicts that become annotations.
var githubLevels = map[contract.Verdict]string{contract.Fail: "error", contract.Warn: "warning"}

// writeGitHub writes workflow commands of GitHub Actions, which become annotations, and
// the summary of the step.
func writeGitHub(w io.Writer, r *contract.Report, o Options) error {
	var b bytes.Buffer
	count := map[contract.Verdict]int{}
	for _, c := range faulty(r) {
		if count[c.Verdict]++; count[c.Verdict] <= githubAnnotations {
			b.WriteString(annotation(c))
		}
	}
	for _, v := range []contract.Verdict{contract.Fail, contract.Warn} {
		if n := count[v] - githubAnnotations; n > 0 {
			fmt.Fprintf(&b, "%s not shown: of each severity only ten become annotations\n", report.Plural(n, "more "+githubLevels[v]))
		}
	}
	if why := curtailed(r); why != "" {
		b.WriteString(why + "\n")
	}
	b.WriteString(summary(r) + "\n")
	if _, err := w.Write(b.Bytes()); err != nil || o.Summary == nil {
		return err
	}
	_, err := o.Summary.Write(stepSummary(r))
	return err
}

// brief is a text for people, bounded and fit for a log.
func brief(s string) string { return shortened(report.Printable(s), githubText) }

// annotation is the workflow command of a check. Only the command itself writes the two
// colons at the start of a line: what a consumer says stands behind them, and the
// escapes leave no line break.
func annotation(c *contract.Result) string {
	message := brief(c.Detail) + "\nwhy: " + brief(c.Explanation) + "\nsource: " + brief(c.Source)
	if c.Reproduce != "" {
		message += "\nrepeat: " + brief(c.Reproduce)
	}
	title := report.GitHubProperty("ringproof " + brief(c.ID))
	return "::" + githubLevels[c.Verdict] + " title=" + title + "::" + report.GitHubData(message) + "\n"
}

// stepSummary is the Markdown of the summary. Tables and details are HTML, which
// Markdown admits as a block that ends at the first empty line: in it nothing is
// Markdown. Texts stand in code elements: there GitHub makes no links of names after
// "@", of "#1" or of addresses.
func stepSummary(r *contract.Report) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "\n## ringproof verify\n\n%s\n\n<p>%s, seed %d</p>\n", summary(r), report.GitHubCode(brief(r.Target)), r.Seed)
	if why := curtailed(r); why != "" {
		fmt.Fprintf(&b, "<p>%s</p>\n", report.GitHubCode(brief(why)))
	}
	if len(r.Checks) == 0 {
		return b.Bytes()
	}
	b.WriteString("\n<table>\n<tr><th>verdict</th><th>check</th><th>what the consumer does</th><th>detail</th><th>deliveries</th></tr>\n")
	for i := range r.Checks {
		c := &r.Checks[i]
		fmt.Fprintf(&b, "<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%d</td></tr>\n",
			githubMarks[c.Verdict], report.GitHubCode(brief(c.ID)), html.EscapeString(brief(c.Title)), report.GitHubCode(brief(c.Detail)), c.Sent)
	}
	b.WriteString("</table>\n")
	left := 0
	for _, c := range faulty(r) {
		text := fmt.Sprintf("\n<details>\n<summary>%s %s</summary>\n<pre>%s</pre>\n</details>\n",
			githubMarks[c.Verdict], report.GitHubCode(brief(c.ID)), unbroken(account(c)))
		if b.Len()+len(text) > githubSummaryBytes {
			left++
			continue
		}
		b.WriteString(text)
	}
	if left > 0 {
		fmt.Fprintf(&b, "\n%s left out: the summary is full\n", report.Plural(left, "failed check"))
	}
	return b.Bytes()
}

// githubMarks are told apart by their words, not by their looks.
var githubMarks = map[contract.Verdict]string{
	contract.Pass: "✅ pass", contract.Fail: "❌ fail", contract.Warn: "⚠️ warn", contract.Skip: "⏭️ skip",
}

// unbroken is a text of several lines in HTML: an empty one would end the block, so
// none is left. Inside the pre element no links are made.
func unbroken(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		if line = strings.TrimRight(line, " \n"); line != "" {
			lines = append(lines, html.EscapeString(line))
		}
	}
	return strings.Join(lines, "\n")
}
