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
	if n := t.options.omitted(&p.Report); n > 0 {
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
		return Printable(p.File) + " (payload " + strconv.Itoa(p.Index) + ")"
	}
	return Printable(p.File)
}

func verdict(r *schema.Report) string {
	if r.NotCovered {
		return "not covered"
	}
	switch r.Worst() {
	case "":
		return "ok"
	case schema.Note:
		return "ok, " + Plural(r.Notes, "note")
	}
	return counts(r.Errors, r.Warnings, r.Notes)
}

// Finding writes one finding: what, where, and why.
func (t *Text) Finding(b *bytes.Buffer, p *Payload, f *schema.Finding) {
	fmt.Fprintf(b, "%s:%d:%d: %s: %s\n", Printable(p.File), f.Line, f.Column, t.paint(f.Severity, string(f.Severity)), Printable(f.Message))
	t.excerpt(b, p.Data, f)
	if !strings.Contains(f.Message, f.Want) && f.Severity != schema.Note {
		fmt.Fprintf(b, "       = want: %s\n", Printable(f.Want))
	}
	fmt.Fprintf(b, "       = %s, rule %s\n", place(f.Pointer), f.Rule)
	fmt.Fprintf(b, "       = source: %s\n", Printable(f.Source))
	if f.Hint != "" {
		fmt.Fprintf(b, "       = hint: %s\n", Printable(f.Hint))
	}
}

const (
	excerptWidth = 96 // characters of a line that an excerpt shows
	excerptLead  = 40 // of those, before the place
)

// longestPlace is how many characters of a pointer are shown.
const longestPlace = 120

// place shows a pointer, a long one without its middle.
func place(pointer string) string {
	runes := []rune(Printable(pointer))
	switch n := len(runes); {
	case n == 0:
		return "(the whole payload)"
	case n > longestPlace:
		return string(runes[:longestPlace/2]) + "…" + string(runes[n-longestPlace/2:])
	}
	return string(runes)
}

// excerpt writes the line that a finding is about, with carets under the place.
// Of a long line it shows the part around the place.
func (t *Text) excerpt(b *bytes.Buffer, data []byte, f *schema.Finding) {
	line, before := lineAt(data, f.Offset)
	if len(bytes.TrimSpace(line)) == 0 {
		return
	}
	runes := []rune(Printable(string(line)))
	at := min(len(runes), utf8.RuneCount(before))
	from := 0
	if len(runes) > excerptWidth {
		from = min(max(0, at-excerptLead), max(0, len(runes)-excerptWidth))
	}
	to := min(len(runes), from+excerptWidth)
	rest := data[min(len(data), f.Offset):]
	marked := runes[at:min(to, at+utf8.RuneCount(rest[:min(len(rest), max(1, f.Length))]))]
	lead, tail := "", ""
	if from > 0 || f.Column > 1+utf8.RuneCount(before) { // the payload may begin inside its line
		lead = "…"
	}
	if to < len(runes) {
		tail = "…"
	}
	fmt.Fprintf(b, "%6d | %s%s%s\n", f.Line, lead, string(runes[from:to]), tail)
	indent := strings.Repeat(" ", utf8.RuneCountInString(lead)+width(runes[from:at]))
	fmt.Fprintf(b, "       | %s%s\n", indent, t.paint(f.Severity, strings.Repeat("^", max(1, width(marked)))))
}

// width is how many columns of a terminal characters take.
func width(runes []rune) int {
	n := 0
	for _, r := range runes {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case unicode.Is(wide, r):
			n += 2
		default:
			n++
		}
	}
	return n
}

// wide are the characters that take two columns: in whole blocks, what UAX #11
// calls wide or fullwidth.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1}, {Lo: 0x2e80, Hi: 0x303e, Stride: 1}, {Lo: 0x3041, Hi: 0xa4cf, Stride: 1},
		{Lo: 0xac00, Hi: 0xd7a3, Stride: 1}, {Lo: 0xf900, Hi: 0xfaff, Stride: 1}, {Lo: 0xfe30, Hi: 0xfe6f, Stride: 1},
		{Lo: 0xff01, Hi: 0xff60, Stride: 1}, {Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, {Lo: 0x1f680, Hi: 0x1f6ff, Stride: 1}, {Lo: 0x1f900, Hi: 0x1faff, Stride: 1},
		{Lo: 0x20000, Hi: 0x3fffd, Stride: 1},
	},
}

// longestLine bounds the part of a line that is looked at, in bytes.
const longestLine = 4096

// lineAt returns the part of the line around an offset, and what of it stands
// before the offset.
func lineAt(data []byte, offset int) (line, before []byte) {
	offset = min(offset, len(data))
	start := bytes.LastIndexAny(data[max(0, offset-longestLine):offset], "\r\n") + 1
	start += max(0, offset-longestLine)
	end := min(len(data), offset+longestLine)
	if i := bytes.IndexAny(data[offset:end], "\r\n"); i >= 0 {
		end = offset + i
	}
	return data[start:end], data[start:offset]
}

// Printable replaces what would move the cursor or hide text, one character for
// one; and what GitHub's runner takes for a command wherever it stands in a log.
func Printable(s string) string {
	s = strings.ReplaceAll(s, "##[", "#·[")
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
	fmt.Fprintf(&b, "%s in profile %s: %s\n", Plural(s.Payloads, "payload"), s.Profile, counts(s.Errors, s.Warnings, s.Notes))
	if s.Waived > 0 {
		fmt.Fprintf(&b, "%s waived by the ignore file\n", Plural(s.Waived, "finding"))
	}
	if s.NotCovered > 0 {
		fmt.Fprintf(&b, "%s of another type than status-update: only the type was looked at\n", Plural(s.NotCovered, "payload"))
	}
	if s.Walked > 0 {
		fmt.Fprintf(&b, "%s judged without jsonschema/v5: too large, or too many errors\n", Plural(s.Walked, "payload"))
	}
	if s.Notes > 0 && !t.options.Notes {
		fmt.Fprintf(&b, "notes (list them with --notes): %s\n", ruleCounts(s.NoteCounts))
	}
	_, err := t.w.Write(b.Bytes())
	return err
}

func counts(errors, warnings, notes int) string {
	return Plural(errors, "error") + ", " + Plural(warnings, "warning") + ", " + Plural(notes, "note")
}

// Plural is a count with its noun, which takes an s.
func Plural(n int, noun string) string {
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
