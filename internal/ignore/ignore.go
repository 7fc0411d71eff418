// Package ignore waives known findings: rows that a team has reviewed, each with a
// reason, perhaps with a last day.
package ignore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ringproof/ringproof/schema"
)

// Row waives the findings of one rule at one place. A file of rows is a JSON list
// of them.
type Row struct {
	// File is the file the finding is in, with forward slashes, as path.Match takes
	// patterns, and compared with the end of the file's path; empty: any file.
	File string `json:"file,omitempty"`
	Rule string `json:"rule"`
	// Pointer is a JSON Pointer in which * stands for any one token.
	Pointer string `json:"pointer"`
	// Fingerprint narrows the row to findings with the same facts; empty: all.
	Fingerprint string `json:"fingerprint,omitempty"`
	// Reason says why the finding may stay. It is mandatory.
	Reason string `json:"reason"`
	// Expires is the last day on which the row holds, as 2006-01-02; empty: none.
	Expires string `json:"expires,omitempty"`
}

// String names the row in warnings.
func (r Row) String() string {
	s := r.Rule + " at " + r.Pointer
	if r.Pointer == "" {
		s = r.Rule + " at the whole payload"
	}
	if r.File != "" {
		s += " in " + r.File
	}
	return s
}

// List is the rows of one file, and which of them have been of use.
type List struct {
	rows    []Row
	expired []bool
	used    []bool
}

// Parse reads rows. today decides which have expired. The error says which row is
// wrong, and why.
func Parse(data []byte, today time.Time) (*List, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	l := &List{}
	if err := d.Decode(&l.rows); err != nil {
		return nil, fmt.Errorf("not a JSON list of rows {rule, pointer, reason, expires, file, fingerprint}: %w", err)
	}
	if d.Decode(&struct{}{}) != io.EOF {
		return nil, errors.New("text after the list")
	}
	l.used = make([]bool, len(l.rows))
	l.expired = make([]bool, len(l.rows))
	for i, r := range l.rows {
		expired, err := r.check(today)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
		l.expired[i] = expired
	}
	return l, nil
}

func (r Row) check(today time.Time) (expired bool, err error) {
	switch {
	case r.Rule == "":
		return false, errors.New("no rule")
	case strings.TrimSpace(r.Reason) == "":
		return false, fmt.Errorf("%s: no reason: say why the finding may stay", r)
	case r.Pointer != "" && !strings.HasPrefix(r.Pointer, "/"):
		return false, fmt.Errorf("%s: the pointer does not start with /", r)
	}
	if _, ok := schema.TopicOf(r.Rule); !ok {
		return false, fmt.Errorf("%s: no such rule%s", r, suggestion(r.Rule))
	}
	if _, err := path.Match(r.File, ""); err != nil {
		return false, fmt.Errorf("%s: the file is no pattern: %w", r, err)
	}
	if r.Expires == "" {
		return false, nil
	}
	last, err := time.Parse(time.DateOnly, r.Expires)
	if err != nil {
		return false, fmt.Errorf("%s: expires %q is not a day as 2006-01-02", r, r.Expires)
	}
	return today.Format(time.DateOnly) > last.Format(time.DateOnly), nil
}

func suggestion(rule string) string {
	if near := schema.NearestTopic(rule); near != "" {
		return ": did you mean " + near + "?"
	}
	return ""
}

// Apply takes the waived findings out of a report. Findings beyond
// [schema.MaxFindings] are counted only, and cannot be waived. It returns how many
// were taken out.
func (l *List) Apply(file string, r *schema.Report) int {
	before := len(r.Findings)
	r.Findings = slices.DeleteFunc(r.Findings, func(f schema.Finding) bool {
		waived := false
		for i, row := range l.rows {
			if row.matches(file, &f) {
				l.used[i] = true
				waived = waived || !l.expired[i]
			}
		}
		if waived {
			r.Uncount(&f)
		}
		return waived
	})
	return before - len(r.Findings)
}

func (r Row) matches(file string, f *schema.Finding) bool {
	return r.Rule == f.Rule && (r.Fingerprint == "" || r.Fingerprint == f.Fingerprint) &&
		matchPointer(r.Pointer, f.Pointer) && matchFile(r.File, file)
}

func matchPointer(pattern, pointer string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(pointer, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != "*" && want[i] != got[i] {
			return false
		}
	}
	return true
}

// matchFile compares the end of the path with the pattern, so that a row holds
// from whatever folder the tool is run.
func matchFile(pattern, file string) bool {
	if pattern == "" {
		return true
	}
	parts := strings.Split(path.Clean(filepath.ToSlash(file)), "/")
	n := strings.Count(pattern, "/") + 1
	if len(parts) < n {
		return false
	}
	ok, _ := path.Match(pattern, strings.Join(parts[len(parts)-n:], "/"))
	return ok
}

// Warnings say which rows are of no use any more.
func (l *List) Warnings() []string {
	var out []string
	for i, r := range l.rows {
		switch {
		case l.expired[i] && l.used[i]:
			out = append(out, fmt.Sprintf("row %d has expired on %s, and its findings are back: %s", i+1, r.Expires, r))
		case l.expired[i]:
			out = append(out, fmt.Sprintf("row %d has expired on %s, and matches nothing: %s", i+1, r.Expires, r))
		case !l.used[i]:
			out = append(out, fmt.Sprintf("row %d is stale, it matches nothing: %s", i+1, r))
		}
	}
	return out
}

// Write writes rows for findings, to be reviewed: their reasons are empty, so that
// the file is refused until somebody has said why.
func Write(w io.Writer, rows []Row) error {
	if rows == nil {
		rows = []Row{}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(rows)
}

// literal is a pattern that matches the file, from whatever folder: what leads up or
// nowhere is left out.
func literal(file string) string {
	file = path.Clean(filepath.ToSlash(file))
	for strings.HasPrefix(file, "../") {
		file = file[len("../"):]
	}
	file = strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`, `\`, `\\`).Replace(strings.TrimPrefix(file, "/"))
	return strings.ToValidUTF8(file, "?") // JSON cannot hold the bytes: any character matches
}

// RowOf is a row for one finding.
func RowOf(file string, f *schema.Finding) Row {
	return Row{File: literal(file), Rule: f.Rule, Pointer: f.Pointer, Fingerprint: f.Fingerprint}
}
