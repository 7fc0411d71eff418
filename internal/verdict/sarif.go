package verdict

import (
	"crypto/sha256"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/ringproof/ringproof/contract"
	"github.com/ringproof/ringproof/internal/report"
)

// The objects of SARIF 2.1.0, as far as they are written here.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool struct {
			Driver sarifDriver `json:"driver"`
		} `json:"tool"`
		Results    []sarifResult     `json:"results"` // empty if nothing was found; null would say that the run broke
		ColumnKind string            `json:"columnKind"`
		Invoked    []sarifInvocation `json:"invocations,omitempty"`
		Properties sarifTotals       `json:"properties"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string       `json:"id"`
		Short sarifMessage `json:"shortDescription"`
		Full  sarifMessage `json:"fullDescription"`
		Help  sarifMessage `json:"help"`
	}
	sarifMessage struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifInvocation struct {
		Successful bool `json:"executionSuccessful"`
	}
	sarifTotals struct {
		Target  string `json:"target"`
		Seed    uint64 `json:"seed"`
		Passed  int    `json:"passed"`
		Failed  int    `json:"failed"`
		Warned  int    `json:"warned"`
		Skipped int    `json:"skipped"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifMessage      `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region sarifRegion `json:"region"`
		} `json:"physicalLocation"`
		Logical []sarifLogical `json:"logicalLocations"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
	sarifLogical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
	}
)

// noFile is the artifact of what was found with no body in a file. Code scanning
// refuses results without a physical location, and addresses that are no files.
const noFile = "consumer"

// writeSARIF writes a log for code scanning: a rule for each check that was run, and a
// result for each fault that is listed.
func writeSARIF(w io.Writer, r *contract.Report, o Options) error {
	run := sarifRun{
		Results: []sarifResult{}, ColumnKind: "unicodeCodePoints",
		Properties: sarifTotals{report.Printable(r.Target), r.Seed, r.Passed, r.Failed, r.Warned, r.Skipped},
	}
	if curtailed(r) != "" {
		run.Invoked = []sarifInvocation{{Successful: false}}
	}
	run.Tool.Driver = sarifDriver{Name: "ringproof", Version: o.Version, Rules: []sarifRule{}}
	for i := range r.Checks {
		c := &r.Checks[i]
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule(c))
		for _, x := range resultsOf(c, r.Target) {
			x.RuleIndex = i
			run.Results = append(run.Results, x)
		}
	}
	data, err := report.EncodeJSON(sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0", Runs: []sarifRun{run},
	})
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

func rule(c *contract.Result) sarifRule {
	// Only what stands in a result's message has placeholders; here braces are braces.
	explanation, source := report.Printable(c.Explanation), report.Printable(c.Source)
	return sarifRule{
		ID: c.ID, Short: sarifMessage{Text: "The consumer " + report.Printable(c.Title) + "."}, Full: sarifMessage{Text: explanation},
		Help: sarifMessage{
			Text:     explanation + "\nSource: " + source,
			Markdown: report.MarkdownText(explanation) + "\n\n**Source:** " + report.MarkdownText(source),
		},
	}
}

// resultsOf are the faults of a check that failed, or warns.
func resultsOf(c *contract.Result, target string) (list []sarifResult) {
	if c.Verdict != contract.Fail && c.Verdict != contract.Warn {
		return nil
	}
	failures := c.Failures
	if len(failures) == 0 {
		failures = []contract.Failure{{Verdict: c.Verdict, What: c.Detail}}
	}
	seen := map[string]int{}
	for i := range failures {
		f := &failures[i]
		level := map[contract.Verdict]string{contract.Fail: "error", contract.Warn: "warning"}[f.Verdict]
		// Of what was sent only the words: calls have other ids in each run.
		seen[f.What]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", c.ID, f.What, seen[f.What]))
		list = append(list, sarifResult{
			RuleID: c.ID, Level: level, Message: sarifMessage{Text: report.SARIFText(sentence(c, f))},
			Locations:    []sarifLocation{locationOf(f, target)},
			Fingerprints: map[string]string{"ringproof/v1": fmt.Sprintf("%x", sum[:8])},
		})
	}
	return list
}

// sentence is a fault in words.
func sentence(c *contract.Result, f *contract.Failure) string {
	if f.Want == "" && f.Got == "" {
		return "The check that the consumer " + report.Printable(c.Title+": "+f.What) + "."
	}
	text := report.Printable(fmt.Sprintf("%s: want %s, got %s.", f.What, f.Want, f.Got))
	if c.Reproduce != "" {
		text += " Repeat it: " + report.Printable(c.Reproduce)
	}
	return text
}

// locationOf is the place in the body of the last delivery, which is the one that
// showed the fault, if it is in a file.
func locationOf(f *contract.Failure, target string) (l sarifLocation) {
	l.Physical.Artifact.URI = noFile
	l.Physical.Region = sarifRegion{1, 1, 1, 1}
	l.Logical = []sarifLogical{{report.Printable(target)}}
	if len(f.Sent) == 0 {
		return l
	}
	x := &f.Sent[len(f.Sent)-1]
	if x.Pointer != "" {
		l.Logical = append(l.Logical, sarifLogical{report.Printable(x.Pointer)})
	}
	if x.File == "" {
		return l
	}
	l.Physical.Artifact.URI = report.ArtifactURI(x.File, filepath.Separator)
	laid := layOut(x.Body, x.Pointer)
	if !laid.found {
		return l
	}
	l.Physical.Region.StartLine, l.Physical.Region.StartColumn = lineAndColumn(x.Body, laid.start)
	l.Physical.Region.EndLine, l.Physical.Region.EndColumn = lineAndColumn(x.Body, laid.end)
	return l
}

// lineAndColumn count from 1, columns in Unicode code points.
func lineAndColumn(body []byte, offset int) (line, column int) {
	before := string(body[:offset])
	last := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, len([]rune(before[last:])) + 1
}
