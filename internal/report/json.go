package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ringproof/ringproof/schema"
)

// JSON writes one object at the end.
type JSON struct {
	w        io.Writer
	options  Options
	findings []jsonFinding
	omitted  int
}

// NewJSON returns a renderer for programs.
func NewJSON(w io.Writer, o Options) *JSON { return &JSON{w: w, options: o, findings: []jsonFinding{}} }

type jsonFinding struct {
	File        string          `json:"file"`
	Payload     int             `json:"payload"` // from 1
	Line        int             `json:"line"`
	Column      int             `json:"column"`
	Pointer     string          `json:"pointer"`
	Rule        string          `json:"rule"`
	Severity    schema.Severity `json:"severity"`
	Message     string          `json:"message"`
	Got         string          `json:"got"`
	Want        string          `json:"want"`
	Source      string          `json:"source"`
	Fingerprint string          `json:"fingerprint"`
}

// Payload keeps the findings for the end.
func (j *JSON) Payload(p *Payload) error {
	for _, f := range j.options.listed(&p.Report) {
		j.findings = append(j.findings, jsonFinding{
			File: p.File, Payload: p.Index, Line: f.Line, Column: f.Column, Pointer: f.Pointer, Rule: f.Rule, Severity: f.Severity,
			Message: f.Message, Got: f.Got, Want: f.Want, Source: f.Source, Fingerprint: f.Fingerprint,
		})
	}
	j.omitted += j.options.omitted(&p.Report)
	return nil
}

// Close writes the object.
func (j *JSON) Close(s *Summary) error {
	counts := s.NoteCounts
	if counts == nil {
		counts = map[string]int{}
	}
	data, err := EncodeJSON(struct {
		Profile    schema.Profile `json:"profile"`
		Payloads   int            `json:"payloads"`
		NotCovered int            `json:"not_covered"`
		Errors     int            `json:"errors"`
		Warnings   int            `json:"warnings"`
		Notes      int            `json:"notes"`
		NoteCounts map[string]int `json:"note_counts"`
		Omitted    int            `json:"omitted,omitempty"`
		Walked     int            `json:"walked,omitempty"`
		Unread     int            `json:"unread,omitempty"`
		Findings   []jsonFinding  `json:"findings"`
	}{s.Profile, s.Payloads, s.NotCovered, s.Errors, s.Warnings, s.Notes, counts, j.omitted, s.Walked, s.Unread, j.findings})
	if err != nil {
		return err
	}
	_, err = j.w.Write(data)
	return err
}

// EncodeJSON writes a value for programs, fit for a terminal and for the log of a CI
// system, where somebody may look at it all the same.
func EncodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(escaped(b.Bytes()), []byte("##["), []byte(`#\u0023[`)), nil
}

// escaped writes as \u escapes what JSON allows raw in a string, but a terminal
// obeys or hides: DEL, the C1 controls, marks of direction.
func escaped(data []byte) []byte {
	var out []byte
	for _, r := range string(data) {
		if r <= '~' || unicode.IsPrint(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out
}
