package schema

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// Finding is one thing that a payload does, and the contract does not.
type Finding struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Pointer  string   `json:"pointer"` // RFC 6901, into the payload as it was given
	Line     int      `json:"line"`    // from 1
	Column   int      `json:"column"`  // from 1, in Unicode code points
	Message  string   `json:"message"` // the finding in a sentence
	Got      string   `json:"got"`
	Want     string   `json:"want"`
	Source   string   `json:"source"` // where the rule is stated
	// Fingerprint stays the same when the payload is reformatted.
	Fingerprint string `json:"fingerprint"`
	Hint        string `json:"hint,omitempty"` // what to do next

	Offset int `json:"-"` // of Line and Column, in bytes
	Length int `json:"-"` // in bytes, of what Offset points at
}

// fingerprint leaves out what changes with the contract's releases: the values that
// are wanted.
func fingerprint(f *Finding) string {
	sum := sha256.Sum256([]byte(f.Rule + "\x00" + f.Pointer + "\x00" + f.Got))
	return hex.EncodeToString(sum[:8])
}

// Report is the verdict on one payload.
type Report struct {
	Profile Profile
	// Engine is who decided what JSON Schema can say. It is EngineWalk though
	// EngineV5 was asked for, if v5 could not judge the payload in good time.
	Engine Engine
	// Findings are in the order of the payload, at most [MaxFindings] of each
	// severity.
	Findings []Finding
	// Errors, Warnings and Notes count all findings, those beyond the limit too.
	Errors, Warnings, Notes int
	// NoteCounts counts the notes by rule.
	NoteCounts map[string]int
	// NotCovered says that the payload is another message than status-update, of
	// which only its type was looked at.
	NotCovered bool
}

// MaxFindings is how many findings of one severity a report lists.
const MaxFindings = 1000

// Omitted is how many findings were counted but are not listed.
func (r *Report) Omitted() int { return r.Errors + r.Warnings + r.Notes - len(r.Findings) }

// Worst is the gravest severity found; empty if there are no findings.
func (r *Report) Worst() Severity {
	switch {
	case r.Errors > 0:
		return Error
	case r.Warnings > 0:
		return Warning
	case r.Notes > 0:
		return Note
	}
	return ""
}

// add turns violations into findings, in the order of the payload. If they are to be
// brief, they have no more than [Options.Brief] says.
func (r *Report) add(data []byte, found []violation, brief bool) {
	slices.SortStableFunc(found, func(a, b violation) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.rule, b.rule), cmp.Compare(a.member, b.member))
	})
	lines := positions{data: data, line: 1, column: 1}
	for _, v := range found {
		if brief {
			r.Findings = append(r.Findings, Finding{Rule: v.rule, Severity: r.Profile.severity(v.class), Pointer: v.pointer, Offset: v.start, Length: v.length})
			r.count(r.Profile.severity(v.class), v.rule, 1)
			continue
		}
		f := v.finding(r.Profile)
		f.Line, f.Column = lines.at(f.Offset)
		f.Fingerprint = fingerprint(&f)
		r.Findings = append(r.Findings, f)
		r.count(f.Severity, f.Rule, 1)
	}
}

// addDropped counts what the walk did not keep.
func (r *Report) addDropped(w *walker) {
	for rule, n := range w.dropped {
		r.count(rule.severity, rule.id, n)
	}
}

func (r *Report) count(s Severity, rule string, n int) {
	switch s {
	case Error:
		r.Errors += n
	case Warning:
		r.Warnings += n
	case Note:
		r.Notes += n
		if r.NoteCounts == nil {
			r.NoteCounts = map[string]int{}
		}
		r.NoteCounts[rule] += n
	}
}

// Uncount takes a finding that somebody has waived out of the counts.
func (r *Report) Uncount(f *Finding) {
	r.count(f.Severity, f.Rule, -1)
	if r.NoteCounts[f.Rule] == 0 {
		delete(r.NoteCounts, f.Rule)
	}
}

// MoveTo turns lines and columns of the payload into those of the file in which it
// begins at the given ones, from 1.
func (r *Report) MoveTo(line, column int) {
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Line == 1 {
			f.Column += column - 1
		}
		f.Line += line - 1
	}
}
