package report

import (
	"encoding/json"
	"io"

	"github.com/ringproof/ringproof/schema"
)

// JSON writes one object at the end.
type JSON struct {
	w        io.Writer
	options  Options
	findings []jsonFinding
}

// NewJSON returns a renderer for programs.
func NewJSON(w io.Writer, o Options) *JSON { return &JSON{w: w, options: o, findings: []jsonFinding{}} }

type jsonFinding struct {
	File    string `json:"file"`
	Payload int    `json:"payload"` // from 1
	schema.Finding
}

// Payload keeps the findings for the end.
func (j *JSON) Payload(p *Payload) error {
	for _, f := range j.options.listed(&p.Report) {
		j.findings = append(j.findings, jsonFinding{p.File, p.Index, f})
	}
	return nil
}

// Close writes the object.
func (j *JSON) Close(s *Summary) error {
	counts := s.NoteCounts
	if counts == nil {
		counts = map[string]int{}
	}
	enc := json.NewEncoder(j.w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Profile    schema.Profile `json:"profile"`
		Payloads   int            `json:"payloads"`
		NotCovered int            `json:"not_covered"`
		Errors     int            `json:"errors"`
		Warnings   int            `json:"warnings"`
		Notes      int            `json:"notes"`
		NoteCounts map[string]int `json:"note_counts"`
		Omitted    int            `json:"omitted,omitempty"`
		Findings   []jsonFinding  `json:"findings"`
	}{s.Profile, s.Payloads, s.NotCovered, s.Errors, s.Warnings, s.Notes, counts, s.Omitted, j.findings})
}
