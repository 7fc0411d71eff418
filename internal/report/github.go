package report

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/ringproof/ringproof/schema"
)

const (
	// githubAnnotations is how many findings become annotations: GitHub shows ten
	// of each severity for a step, and drops the others in silence.
	githubAnnotations = 10
	// githubRows is how many findings the step summary lists.
	githubRows = 1000
	// githubText is how much of a text is shown, in Unicode code points. GitHub
	// cuts annotations after 4,096 characters.
	githubText = 500
)

// GitHub writes workflow commands of GitHub Actions, which become annotations, and
// a step summary, both at the end. It keeps the findings that it is going to write,
// and nothing else.
type GitHub struct {
	w, summary io.Writer
	options    Options
	separator  byte // of folders in file names
	kept       [3][]githubFinding
	total      int // findings that the options ask for, kept or not
}

// NewGitHub returns a renderer for GitHub Actions: w is the log of the step, and
// summary the file that GITHUB_STEP_SUMMARY names, which the caller opens for
// appending; nil if there is none. The worst ten findings become annotations; the
// summary lists the worst thousand.
func NewGitHub(w io.Writer, o Options, summary io.Writer) *GitHub {
	return &GitHub{w: w, summary: summary, options: o, separator: filepath.Separator}
}

// githubFinding is a finding without its payload.
type githubFinding struct {
	command               string // of the annotation
	severity              schema.Severity
	file                  string // empty for standard input
	line, column          int
	endLine, endColumn    int // endColumn is that after the last character
	rule, pointer         string
	message, source, hint string
}

// githubLevels are the commands of the severities, the worst first.
var githubLevels = []struct {
	severity schema.Severity
	command  string
}{{schema.Error, "error"}, {schema.Warning, "warning"}, {schema.Note, "notice"}}

// Payload keeps the findings that are among the worst.
func (g *GitHub) Payload(p *Payload) error {
	listed := g.options.listed(&p.Report)
	g.total += len(listed) + g.options.omitted(&p.Report)
	for i := range listed {
		g.keep(p, &listed[i])
	}
	return nil
}

// keep drops the last of the least grave findings when there are too many.
func (g *GitHub) keep(p *Payload, f *schema.Finding) {
	most := githubRows
	if g.summary == nil {
		most = githubAnnotations
	}
	rank := 0
	for githubLevels[rank].severity != f.Severity {
		rank++
	}
	if len(g.kept[0])+len(g.kept[1])+len(g.kept[2]) >= most {
		least := len(g.kept) - 1
		for len(g.kept[least]) == 0 {
			least--
		}
		if rank >= least {
			return
		}
		last := len(g.kept[least]) - 1
		g.kept[least][last] = githubFinding{} // frees its texts
		g.kept[least] = g.kept[least][:last]
	}
	g.kept[rank] = append(g.kept[rank], g.finding(p, f, githubLevels[rank].command))
}

func (g *GitHub) finding(p *Payload, f *schema.Finding, command string) githubFinding {
	out := githubFinding{
		command: command, severity: f.Severity, line: f.Line, column: f.Column, rule: shortened(f.Rule),
		pointer: shortened(f.Pointer), message: shortened(f.Message), source: shortened(f.Source), hint: shortened(f.Hint),
	}
	out.endLine, out.endColumn = endOf(p, f)
	if p.File != "-" {
		name := forward(p.File, g.separator)
		out.file = strings.Join(segments(name), "/")
		if strings.HasPrefix(name, "/") {
			out.file = "/" + out.file
		}
	}
	return out
}

// shortened is text for people, bounded, in memory of its own: a name in a payload
// may have megabytes.
func shortened(s string) string {
	n := 0
	for i := range s {
		if n++; n > githubText {
			s = s[:i] + "…"
			break
		}
	}
	return Printable(strings.Clone(s))
}

// place is where a finding is, for people.
func (f *githubFinding) place() string {
	name := f.file
	if name == "" {
		name = "stdin"
	}
	return fmt.Sprintf("%s:%d:%d", Printable(name), f.line, f.column)
}

// annotation is the workflow command. Only the command itself writes the two
// colons at the start of a line: what a payload says stands behind them, and the
// escapes leave no line break and no further pair of colons before the message.
func (f *githubFinding) annotation() string {
	var properties []string
	add := func(name, value string) { properties = append(properties, name+"="+GitHubProperty(value)) }
	message := f.message
	if f.file == "" {
		message = f.place() + ": " + message
	} else {
		add("file", f.file)
		add("line", fmt.Sprint(f.line))
		add("col", fmt.Sprint(f.column))
		if f.endLine == f.line { // GitHub takes columns on one line only
			add("endColumn", fmt.Sprint(f.endColumn))
		}
	}
	add("title", "ringproof "+f.rule)
	if f.pointer != "" {
		message += "\nat: " + f.pointer
	}
	message += "\nsource: " + f.source
	if f.hint != "" {
		message += "\nhint: " + f.hint
	}
	return "::" + f.command + " " + strings.Join(properties, ",") + "::" + GitHubData(message) + "\n"
}

var (
	githubDataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubPropertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// GitHubData escapes the message of a workflow command.
func GitHubData(s string) string { return githubDataEscapes.Replace(s) }

// GitHubProperty escapes a property of a workflow command.
func GitHubProperty(s string) string { return githubPropertyEscapes.Replace(s) }

// Close writes the annotations, the summary and the totals.
func (g *GitHub) Close(s *Summary) error {
	var worst []githubFinding
	for _, kept := range g.kept {
		worst = append(worst, kept...)
	}
	var b bytes.Buffer
	annotated := min(len(worst), githubAnnotations)
	for i := range annotated {
		b.WriteString(worst[i].annotation())
	}
	if rest := g.total - annotated; rest > 0 && g.summary == nil {
		fmt.Fprintf(&b, "%s not shown: only the worst ten become annotations, and there is no step summary\n", Plural(rest, "more finding"))
	} else if rest > 0 {
		fmt.Fprintf(&b, "%s in the step summary\n", Plural(rest, "more finding"))
	}
	if !g.options.Quiet {
		b.WriteString(totals(s) + "\n")
	}
	if _, err := g.w.Write(b.Bytes()); err != nil || g.summary == nil {
		return err
	}
	_, err := g.summary.Write(g.stepSummary(s, worst))
	return err
}

// totals is the run in a line.
func totals(s *Summary) string {
	line := fmt.Sprintf("%s in profile %s: %s", Plural(s.Payloads, "payload"), s.Profile, counts(s.Errors, s.Warnings, s.Notes))
	if s.NotCovered > 0 {
		line += fmt.Sprintf("; %s not covered", Plural(s.NotCovered, "payload"))
	}
	if s.Unread > 0 {
		line += fmt.Sprintf("; %s could not be read", Plural(s.Unread, "input"))
	}
	if s.Walked > 0 {
		line += fmt.Sprintf("; %s judged without jsonschema/v5", Plural(s.Walked, "payload"))
	}
	return line
}
