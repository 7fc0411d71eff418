package report

import (
	"bytes"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"

	"github.com/ringproof/ringproof/schema"
)

// SARIF writes one log in the Static Analysis Results Interchange Format 2.1.0 at
// the end.
type SARIF struct {
	// Version is the tool's own, set before the first payload; empty to leave it out.
	Version string

	w         io.Writer
	options   Options
	separator byte // of folders in file names
	rules     *sarifRules
	results   []json.RawMessage
	omitted   int
}

// NewSARIF returns a renderer for code scanning and editors. The log names all
// rules and deviations, so that a rule's index does not depend on what was found.
func NewSARIF(w io.Writer, o Options) *SARIF {
	return &SARIF{w: w, options: o, separator: filepath.Separator, rules: newSARIFRules(), results: []json.RawMessage{}}
}

type sarifResult struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Level        schema.Severity   `json:"level"` // SARIF has the same three words
	Message      sarifMessage      `json:"message"`
	Locations    []sarifLocation   `json:"locations"`
	Fingerprints map[string]string `json:"partialFingerprints"`
}

// Payload encodes the findings at once, so that nothing of the payload is kept.
func (s *SARIF) Payload(p *Payload) error {
	listed := s.options.listed(&p.Report)
	for i := range listed {
		f := &listed[i]
		result, err := sarifJSON(sarifResult{
			RuleID: f.Rule, RuleIndex: s.rules.index(f.Rule), Level: f.Severity, Message: sarifMessage{Text: sarifText(f)},
			Locations:    []sarifLocation{locationOf(p, f, s.separator)},
			Fingerprints: map[string]string{"ringproof/v1": f.Fingerprint},
		}, "")
		if err != nil {
			return err
		}
		s.results = append(s.results, result)
	}
	s.omitted += s.options.omitted(&p.Report)
	return nil
}

type sarifMessage struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

// sarifText is the sentence and what to do next.
func sarifText(f *schema.Finding) string {
	text := fullStop(Printable(f.Message))
	if f.Hint != "" {
		text += " Hint: " + fullStop(Printable(f.Hint))
	}
	return SARIFText(text)
}

// SARIFText is a text as SARIF writes literal text in messages (sections 3.11.5 and
// 3.11.6): braces are doubled, for in single ones stand placeholders; and payload text
// that looks like [a link](to somewhere) must not become one.
func SARIFText(text string) string {
	text = strings.NewReplacer("{", "{{", "}", "}}").Replace(text)
	if strings.Contains(text, "](") {
		text = strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`).Replace(text)
	}
	return text
}

// fullStop ends a sentence: viewers that lack the room show the first one only.
func fullStop(s string) string {
	if strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool             sarifTool         `json:"tool"`
	Results          []json.RawMessage `json:"results"` // empty if nothing was found; null would say that the run broke
	ColumnKind       string            `json:"columnKind"`
	NewlineSequences []string          `json:"newlineSequences"`
	Invocations      []sarifInvocation `json:"invocations,omitempty"`
	Properties       sarifTotals       `json:"properties"`
}

// sarifInvocation is told where a run did not see all of its input.
type sarifInvocation struct {
	Successful bool `json:"executionSuccessful"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version,omitempty"`
	Rules   []sarifRule `json:"rules"`
}

// sarifTotals is what SARIF has no member for.
type sarifTotals struct {
	Profile    schema.Profile `json:"profile"`
	Payloads   int            `json:"payloads"`
	NotCovered int            `json:"notCovered"`
	Errors     int            `json:"errors"`
	Warnings   int            `json:"warnings"`
	Notes      int            `json:"notes"`
	Omitted    int            `json:"omitted"`          // counted, but among no results
	Walked     int            `json:"walked,omitempty"` // payloads that jsonschema/v5 was not asked about
}

// Close writes the log.
func (s *SARIF) Close(sum *Summary) error {
	var partial []sarifInvocation
	if sum.Unread > 0 {
		partial = []sarifInvocation{{Successful: false}}
	}
	data, err := sarifJSON(sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0",
		Runs: []sarifRun{{
			Tool:             sarifTool{sarifDriver{Name: "ringproof", Version: s.Version, Rules: s.rules.of(sum.Profile)}},
			Results:          s.results,
			ColumnKind:       "unicodeCodePoints",
			NewlineSequences: []string{"\r\n", "\n", "\r"},
			Invocations:      partial,
			Properties: sarifTotals{
				Profile: sum.Profile, Payloads: sum.Payloads, NotCovered: sum.NotCovered,
				Errors: sum.Errors, Warnings: sum.Warnings, Notes: sum.Notes, Omitted: s.omitted, Walked: sum.Walked,
			},
		}},
	}, "  ")
	if err != nil {
		return err
	}
	_, err = s.w.Write(data)
	return err
}

func sarifJSON(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return escaped(b.Bytes()), nil
}
