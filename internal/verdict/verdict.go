// Package verdict renders what the checks of a consumer found: for people as text and
// as a page, for programs as JSON, for CI systems as JUnit, SARIF and GitHub's
// annotations.
package verdict

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ringproof/ringproof/contract"
	"github.com/ringproof/ringproof/internal/report"
)

// Options are what the renderers need to know.
type Options struct {
	Color   bool   // of text
	Quiet   bool   // of text and github: failures and warnings only, and the summary line
	Verbose bool   // of text: the details of checks that passed, too
	Version string // of the tool, for sarif; empty to leave it out
	// Summary is where github writes the summary of the step, as Markdown; nil if there
	// is none.
	Summary io.Writer
}

// renderers are the formats, in the order in which they are offered.
var renderers = []struct {
	kind  string
	write func(io.Writer, *contract.Report, Options) error
}{
	{"text", writeText},
	{"json", writeJSON},
	{"junit", writeJUnit},
	{"sarif", writeSARIF},
	{"github", writeGitHub},
	{"html", writeHTML},
}

// Kinds are the formats.
var Kinds = kinds()

func kinds() (list []string) {
	for _, r := range renderers {
		list = append(list, r.kind)
	}
	return list
}

// Write renders the report in one of the [Kinds]. The same report makes the same bytes.
// An error is that of the writer, or says that there is no such kind.
func Write(w io.Writer, kind string, r *contract.Report, o Options) error {
	for _, x := range renderers {
		if x.kind == kind {
			return x.write(w, r, o)
		}
	}
	return fmt.Errorf("verdict: unknown kind of report %q; there are %s", kind, strings.Join(Kinds, ", "))
}

// writeJSON writes the report as scripts read it: no member is null.
func writeJSON(w io.Writer, r *contract.Report, _ Options) error {
	out := *r
	if out.Checks == nil {
		out.Checks = []contract.Result{}
	}
	data, err := report.EncodeJSON(&out)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// group is a run of checks whose ids begin with the same word.
type group struct {
	name   string
	checks []*contract.Result
}

// grouped are the checks by their groups, in the order in which they ran.
func grouped(r *contract.Report) (list []group) {
	for i := range r.Checks {
		c := &r.Checks[i]
		name, _, _ := strings.Cut(c.ID, "/")
		at := slices.IndexFunc(list, func(g group) bool { return g.name == name })
		if at < 0 {
			at = len(list)
			list = append(list, group{name: name})
		}
		list[at].checks = append(list[at].checks, c)
	}
	return list
}

// faulty are the checks that did not pass and were not skipped, those that failed
// before those that warn.
func faulty(r *contract.Report) (list []*contract.Result) {
	for _, v := range []contract.Verdict{contract.Fail, contract.Warn} {
		for i := range r.Checks {
			if r.Checks[i].Verdict == v {
				list = append(list, &r.Checks[i])
			}
		}
	}
	return list
}

// summary is the run in a line.
func summary(r *contract.Report) string {
	line := fmt.Sprintf("%d passed, %d failed, %s, %d skipped; %s", r.Passed, r.Failed, report.Plural(r.Warned, "warning"), r.Skipped, deliveries(r.Deliveries))
	if r.Latency.Count > 0 {
		line += ", p99 " + milliseconds(r.Latency.P99)
	}
	return line
}

// curtailed says why the report is not about all that was asked; empty if it is.
func curtailed(r *contract.Report) string {
	var why []string
	if r.Stopped != "" {
		why = append(why, "the consumer was given up: "+report.Printable(r.Stopped))
	}
	if r.Interrupted {
		why = append(why, "the run was interrupted: what follows is what was found until then")
	}
	return strings.Join(why, "; ")
}

func deliveries(n int) string {
	if n == 1 {
		return "1 delivery"
	}
	return fmt.Sprintf("%d deliveries", n)
}

// milliseconds is a time with as many digits as mean something.
func milliseconds(ms float64) string {
	switch {
	case ms < 10:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", ms), ".0") + " ms"
	case ms < 1000:
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.1f s", ms/1000)
}

func took(d time.Duration) string { return milliseconds(float64(d) / float64(time.Millisecond)) }

// more is how many faults a check has that it does not list.
func more(c *contract.Result) int { return max(0, c.FailureCount-len(c.Failures)) }

// place says what is known of a delivery besides its body; empty if nothing is.
func place(x *contract.Sent) string {
	var parts []string
	add := func(label, value string) {
		if value != "" {
			parts = append(parts, label+" "+report.Printable(value))
		}
	}
	add("status", x.Status)
	add("call", x.Call)
	add("at", x.Pointer)
	add("credentials:", x.Forged)
	return strings.Join(parts, ", ")
}

// firstLines are the first lines of a text, none of them longer than a number of
// characters; the last one says what is left out.
func firstLines(text string, lines, characters int) (out []string) {
	for line := range strings.Lines(text) {
		if len(out) == lines {
			return append(out, "…")
		}
		out = append(out, shortened(report.Printable(strings.TrimRight(line, "\r\n")), characters))
	}
	return out
}

// shortened is the beginning of a text that is too long.
func shortened(s string, characters int) string {
	n := 0
	for i := range s {
		if n == characters {
			return s[:i] + fmt.Sprintf("… (%d more bytes)", len(s)-i)
		}
		n++
	}
	return s
}
