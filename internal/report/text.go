package report

import (
	"bytes"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ringproof/ringproof/schema"
)

// Text writes findings for people, each with the line that it is about.
type Text struct {
	w       io.Writer
	options Options
}

// NewText returns a renderer for terminals and logs.
func NewText(w io.Writer, o Options) *Text { return &Text{w, o} }

// Payload writes the findings of one payload.
func (t *Text) Payload(p *Payload) error {
	var b bytes.Buffer
	findings := t.options.listed(&p.Report)
	for i := range findings {
		t.Finding(&b, p, &findings[i])
		b.WriteByte('\n')
	}
	if n := p.Report.Omitted(); n > 0 {
		fmt.Fprintf(&b, "%s: %d more findings of this payload are counted, not listed\n\n", p.name(), n)
	}
	if t.options.Verbose {
		fmt.Fprintf(&b, "%s: %s\n", p.name(), verdict(&p.Report))
	}
	_, err := t.w.Write(b.Bytes())
	return err
}

// name is the file, with the payload's place if it is not the first.
func (p *Payload) name() string {
	if p.Index > 1 {
		return printable(p.File) + " (payload " + strconv.Itoa(p.Index) + ")"
	}
	return printable(p.File)
}

func verdict(r *schema.Report) string {
	if r.NotCovered {
		return "not covered"
	}
	if w := r.Worst(); w != "" {
		return counts(r.Errors, r.Warnings, r.Notes)
	}
	return "ok"
}

// Finding writes one finding: what, where, and why.
func (t *Text) Finding(b *bytes.Buffer, p *Payload, f *schema.Finding) {
	fmt.Fprintf(b, "%s:%d:%d: %s: %s\n", printable(p.File), f.Line, f.Column, t.paint(f.Severity, string(f.Severity)), printable(f.Message))
	t.excerpt(b, p.Data, f)
	pointer := printable(f.Pointer)
	if pointer == "" {
		pointer = "(the whole payload)"
	}
	fmt.Fprintf(b, "       = %s, rule %s\n", pointer, f.Rule)
	fmt.Fprintf(b, "       = source: %s\n", printable(f.Source))
	if f.Hint != "" {
		fmt.Fprintf(b, "       = hint: %s\n", printable(f.Hint))
	}
}

const (
	excerptWidth = 96 // characters of a line that an excerpt shows
	excerptLead  = 40 // of those, before the place
)

// excerpt writes the line that a finding is about, with carets under the place.
// Of a long line it shows the part around the place.
func (t *Text) excerpt(b *bytes.Buffer, data []byte, f *schema.Finding) {
	line, before := lineAt(data, f.Offset)
	if len(bytes.TrimSpace(line)) == 0 {
		return
	}
	runes := []rune(printable(string(line)))
	at := utf8.RuneCount(before)
	from := 0
	if len(runes) > excerptWidth {
		from = min(max(0, at-excerptLead), max(0, len(runes)-excerptWidth))
	}
	to := min(len(runes), from+excerptWidth)
	length := utf8.RuneCount(data[f.Offset:min(len(data), f.Offset+max(1, f.Length))])
	carets := max(1, min(length, to-at))
	lead, tail := "", ""
	if from > 0 {
		lead = "…"
	}
	if to < len(runes) {
		tail = "…"
	}
	fmt.Fprintf(b, "%6d | %s%s%s\n", f.Line, lead, string(runes[from:to]), tail)
	indent := strings.Repeat(" ", at-from+utf8.RuneCountInString(lead))
	fmt.Fprintf(b, "       | %s%s\n", indent, t.paint(f.Severity, strings.Repeat("^", carets)))
}

// longestLine bounds the part of a line that is looked at, in bytes.
const longestLine = 4096

// lineAt returns the part of the line around an offset, and what of it stands
// before the offset.
func lineAt(data []byte, offset int) (line, before []byte) {
	offset = min(offset, len(data))
	start := bytes.LastIndexAny(data[max(0, offset-longestLine):offset], "\r\n") + 1
	start += max(0, offset-longestLine)
	for start > 0 && start < offset && !utf8.RuneStart(data[start]) {
		start++
	}
	end := min(len(data), offset+longestLine)
	if i := bytes.IndexAny(data[offset:end], "\r\n"); i >= 0 {
		end = offset + i
	}
	return data[start:end], data[start:offset]
}

// printable replaces what would move the cursor or hide text, one character for
// one.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r == utf8.RuneError || !unicode.IsPrint(r):
			return '·'
		}
		return r
	}, s)
}

var colors = map[schema.Severity]string{schema.Error: "\x1b[31m", schema.Warning: "\x1b[33m", schema.Note: "\x1b[36m"}

func (t *Text) paint(s schema.Severity, text string) string {
	if !t.options.Color {
		return text
	}
	return colors[s] + text + "\x1b[0m"
}

// Close writes the summary.
func (t *Text) Close(s *Summary) error {
	if t.options.Quiet {
		return nil
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s in profile %s: %s\n", plural(s.Payloads, "payload"), s.Profile, counts(s.Errors, s.Warnings, s.Notes))
	if s.NotCovered > 0 {
		fmt.Fprintf(&b, "%s of another type than status-update: only the type was looked at\n", plural(s.NotCovered, "payload"))
	}
	if s.Walked > 0 {
		fmt.Fprintf(&b, "%s too much for jsonschema/v5, in size or errors: judged by ringproof's own walk\n", plural(s.Walked, "payload"))
	}
	if s.Notes > 0 && !t.options.Notes {
		fmt.Fprintf(&b, "notes, which --notes lists: %s\n", ruleCounts(s.NoteCounts))
	}
	_, err := t.w.Write(b.Bytes())
	return err
}

func counts(errors, warnings, notes int) string {
	return plural(errors, "error") + ", " + plural(warnings, "warning") + ", " + plural(notes, "note")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// ruleCounts lists the rules by name.
func ruleCounts(m map[string]int) string {
	var out []string
	for rule, n := range m {
		out = append(out, fmt.Sprintf("%s %d", rule, n))
	}
	sort.Strings(out)
	return strings.Join(out, ", ")
}
