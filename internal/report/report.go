// Package report renders verdicts: for people as text with carets, for programs
// as JSON, for CI systems as JUnit, SARIF and GitHub's annotations.
package report

import (
	"github.com/ringproof/ringproof/schema"
)

// Payload is one judged payload and where it came from.
type Payload struct {
	File   string // as the user named it; "-" for standard input
	Index  int    // the payload's place in its file, from 1
	Data   []byte // what was judged
	Report schema.Report
}

// Summary adds up the verdicts of a run. The zero value is ready to use.
type Summary struct {
	Profile    schema.Profile
	Payloads   int
	NotCovered int
	Errors     int
	Warnings   int
	Notes      int
	NoteCounts map[string]int
	Unread     int // inputs that could not be read
	Waived     int // findings that rows of an ignore file took out
	Engine     schema.Engine
	Walked     int // payloads that another engine than that had to judge
}

// Add counts a payload.
func (s *Summary) Add(r *schema.Report) {
	s.Payloads++
	if r.NotCovered {
		s.NotCovered++
	}
	if s.Engine == schema.EngineV5 && r.Engine == schema.EngineWalk {
		s.Walked++
	}
	s.Errors += r.Errors
	s.Warnings += r.Warnings
	s.Notes += r.Notes
	for rule, n := range r.NoteCounts {
		if s.NoteCounts == nil {
			s.NoteCounts = map[string]int{}
		}
		s.NoteCounts[rule] += n
	}
}

// Worst is the gravest severity counted; empty if there are no findings.
func (s *Summary) Worst() schema.Severity {
	switch {
	case s.Errors > 0:
		return schema.Error
	case s.Warnings > 0:
		return schema.Warning
	case s.Notes > 0:
		return schema.Note
	}
	return ""
}

// A Renderer writes payloads as they are judged, and the summary at the end.
type Renderer interface {
	Payload(p *Payload) error
	Close(s *Summary) error
}

// Options are what every renderer needs to know.
type Options struct {
	Notes   bool // list notes, not only count them
	Quiet   bool // findings only
	Verbose bool // a line for every payload
	Color   bool
}

// omitted is how many findings the options ask for that are counted, but were not
// kept.
func (o Options) omitted(r *schema.Report) int {
	wanted := r.Errors + r.Warnings
	if o.Notes {
		wanted += r.Notes
	}
	return wanted - len(o.listed(r))
}

// listed are the findings that the options ask for.
func (o Options) listed(r *schema.Report) []schema.Finding {
	if o.Notes {
		return r.Findings
	}
	var out []schema.Finding
	for _, f := range r.Findings {
		if f.Severity != schema.Note {
			out = append(out, f)
		}
	}
	return out
}
