package report

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema"
)

func TestExcerptShowsThePlace(t *testing.T) {
	const ellipsis = "…"
	long := strings.Repeat("0123456789", 30)
	for _, c := range []struct {
		reason string
		data   string
		at     string // where in the data the finding is: the first of these bytes
		length int
		line   string // the excerpt, without its margins
		carets string
	}{
		{"a value in the middle of a line", `{"a": 17}`, `17`, 2, `{"a": 17}`, `      ^^`},
		{"nothing to mark still gets a caret", `{"a": 17}`, `17`, 0, `{"a": 17}`, `      ^`},
		{"the end of the input stands after its last character", `{"a": 17`, ``, 0, `{"a": 17`, `        ^`},
		{"the end of the input may lie beyond the length", `[1`, ``, 5, `[1`, `  ^`},
		{"lines before and after are left out", "{\n  \"a\": 17\n}", `17`, 2, `  "a": 17`, `       ^^`},
		{"a value of several lines is marked to the end of its first", "{\"a\": [\n1\n]}", `[`, 5, `{"a": [`, `      ^`},
		{"a carriage return before the line feed is no character of the line", "{\r\n  \"a\": 17\r\n}", `17`, 2, `  "a": 17`, `       ^^`},
		{"a carriage return alone ends a line too", "{\r  \"a\": 17\r}", `17`, 2, `  "a": 17`, `       ^^`},
		{"the place of a line's end is after the line", "\"a\nb\"", "\n", 1, `"a`, `  ^`},
		{"a tab takes one column", "\t\t\"a\": 17", `17`, 2, `  "a": 17`, `       ^^`},
		{"control characters take one column each", "[\"\x1b[31m\x07\", 17]", `17`, 2, `["·[31m·", 17]`, `           ^^`},
		{"bytes that are no UTF-8 take one column each", "[\"\xff\xfe\", 17]", `17`, 2, `["··", 17]`, `       ^^`},
		{"so do such bytes at the start of a line", "[\n\x80\xbf, 17]", `17`, 2, `··, 17]`, `    ^^`},
		{"a byte at fault is marked", "[\"a\xc3\", 17]", "\xc3", 1, `["a·", 17]`, `   ^`},
		{"letters beyond ASCII take one column", `["Büro", 17]`, `17`, 2, `["Büro", 17]`, `         ^^`},
		{"wide characters take two columns", `["日本", 17]`, `17`, 2, `["日本", 17]`, `         ^^`},
		{"wide characters get two carets", `["📞", 17]`, `"📞"`, 6, `["📞", 17]`, ` ^^^^`},
		{"combining marks take no column", "[\"e\u0301\", 17]", `17`, 2, "[\"e\u0301\", 17]", `      ^^`},
		{"a long line is cut after the place", `{"a": 17, "b": "` + long, `17`, 2, (`{"a": 17, "b": "` + long)[:96] + ellipsis, `      ^^`},
		{"a long line is cut before the place", `"` + long + `": 17`, `17`, 2, ellipsis + (`"` + long + `": 17`)[302+4-96:], strings.Repeat(" ", 95) + `^^`},
		{"a long line is cut on both sides", long + `<>` + long, `<>`, 2, ellipsis + long[260:] + `<>` + long[:54] + ellipsis, strings.Repeat(" ", 41) + `^^`},
		{"a long value is marked to where the excerpt ends", `{"a": "` + long + `"}`, `"0`, 302, (`{"a": "` + long)[:96] + ellipsis, `      ` + strings.Repeat("^", 90)},
		{"characters are counted, not bytes", strings.Repeat("é", 300) + `<` + strings.Repeat("é", 300), `<`, 1,
			ellipsis + strings.Repeat("é", 40) + `<` + strings.Repeat("é", 55) + ellipsis, strings.Repeat(" ", 41) + `^`},
		{"of a huge line only the surroundings are looked at", strings.Repeat("é", 500_000) + `<` + strings.Repeat("é", 500_000), `<`, 1_000_001,
			ellipsis + strings.Repeat("é", 40) + `<` + strings.Repeat("é", 55) + ellipsis, strings.Repeat(" ", 41) + strings.Repeat("^", 56)},
		{"a huge line that is cut inside a character", "x" + strings.Repeat("日", 100_000) + `<`, `<`, 1,
			ellipsis + strings.Repeat("日", 95) + `<`, strings.Repeat(" ", 191) + `^`},
	} {
		offset := strings.Index(c.data, c.at)
		if c.at == "" {
			offset = len(c.data)
		}
		line, _ := scan.Position([]byte(c.data), offset)
		want := strings.Repeat(" ", 5) + string(rune('0'+line)) + " | " + c.line + "\n" + "       | " + c.carets + "\n"
		assert.Equal(t, want, excerptOf(c.data, offset, c.length), c.reason)
	}
}

func TestExcerptIsLeftOutWhereThereIsNoText(t *testing.T) {
	for reason, data := range map[string]string{
		"the input is empty":                  "",
		"the input is blank":                  " \t ",
		"the input ends with a line feed":     "{\n",
		"the input ends with both":            "{\r\n",
		"the line has nothing but a space":    "{\n ",
		"the line has nothing but white room": "{\r\t ",
	} {
		assert.Empty(t, excerptOf(data, len(data), 0), reason)
	}
}

func excerptOf(data string, offset, length int) string {
	var b bytes.Buffer
	f := schema.Finding{Offset: offset, Length: length}
	f.Line, f.Column = scan.Position([]byte(data), offset)
	NewText(nil, Options{}).excerpt(&b, []byte(data), &f)
	return b.String()
}

// FuzzExcerpt holds for any bytes and any place: two lines at most, nothing in
// them that a terminal obeys, and the first caret under the character that the
// finding is about.
func FuzzExcerpt(f *testing.F) {
	f.Add([]byte(`{"message":{"type":"status-update","status":"ended"}}`), 12, 4)
	f.Add([]byte("{\r\n\t\"\xff日本e\u0301\": \x1b[31m}\r\n"), 12, 40)
	f.Add([]byte(strings.Repeat("\x80", 5000)), 4500, 9)
	f.Add([]byte("\n"+strings.Repeat("日", 2000)), 4099, 0)
	f.Fuzz(func(t *testing.T, data []byte, offset, length int) {
		if offset < 0 || offset > len(data) || length < 0 || len(data) > 1<<16 {
			t.Skip("a finding lies in its payload")
		}
		for offset > 0 && offset < len(data) && !utf8.RuneStart(data[offset]) {
			offset-- // findings do not begin inside a character
		}
		got := excerptOf(string(data), offset, length)
		if got == "" {
			return
		}
		lines := strings.Split(got, "\n")
		if len(lines) != 3 || lines[2] != "" {
			t.Fatalf("not two lines: %q", got)
		}
		for _, r := range lines[0] + lines[1] {
			if !unicode.IsPrint(r) {
				t.Fatalf("%U in %q", r, got)
			}
		}
		want := " "
		if offset < len(data) && data[offset] != '\n' && data[offset] != '\r' {
			r, _ := utf8.DecodeRune(data[offset:])
			want = Printable(string(r))
		}
		under, found := characterOver(lines[0], lines[1])
		if !found {
			t.Fatalf("no caret: %q", got)
		}
		if under != want && width([]rune(want)) > 0 {
			t.Fatalf("the caret is under %q, not %q: %q", under, want, got)
		}
	})
}

// characterOver returns the character that stands over the first caret of the
// line below, in columns of a terminal; a space beyond the line's end.
func characterOver(line, below string) (string, bool) {
	column := strings.IndexByte(below, '^')
	if column < 0 {
		return "", false
	}
	for _, r := range line {
		n := width([]rune{r})
		if column -= n; column < 0 {
			return string(r), true
		}
	}
	return " ", true
}

func TestPrintableReplacesOneForOne(t *testing.T) {
	for _, c := range []struct{ reason, in, want string }{
		{"plain text stays", `{"name": "Büro 日本 📞"}`, `{"name": "Büro 日本 📞"}`},
		{"combining marks stay", "e\u0301", "e\u0301"},
		{"a tab becomes a space", "a\tb", "a b"},
		{"line ends do not end a line", "a\r\nb", "a··b"},
		{"an escape sequence loses its first character", "\x1b[31mred\x1b[0m", "·[31mred·[0m"},
		{"a C1 control is one too", "\u009b31m", "·31m"},
		{"NUL, bell, backspace, DEL", "\x00\x07\b\x7f", "····"},
		{"marks of direction hide text", "a\u202eb\u2066c", "a·b·c"},
		{"what cannot be seen is shown", "a\u200bb\u00adc\ufeff", "a·b·c·"},
		{"a no-break space is no space", "a\u00a0b", "a·b"},
		{"line and paragraph separators", "a\u2028b\u2029c", "a·b·c"},
		{"bytes that are no UTF-8", "a\xff\xc3b", "a··b"},
		{"the character that stands for them", "\ufffd", "·"},
		{"unassigned and private characters", "\U000e0001\ue000", "··"},
	} {
		got := Printable(c.in)
		assert.Equal(t, c.want, got, c.reason)
		assert.Equal(t, utf8.RuneCountInString(c.in), utf8.RuneCountInString(got), c.reason)
	}
}

func TestFindingTellsWhatWhereAndWhy(t *testing.T) {
	data := []byte("{\n  \"a\": 17\n}")
	f := schema.Finding{
		Rule: "schema/type", Severity: schema.Error, Pointer: "/a", Line: 2, Column: 8,
		Message: "a is number 17, want string", Source: "spec: T.a", Hint: "quote it", Offset: 9, Length: 2,
	}
	got := findingOf(Options{}, &Payload{File: "body.json", Data: data}, &f)
	assert.Equal(t, `body.json:2:8: error: a is number 17, want string
     2 |   "a": 17
       |        ^^
       = /a, rule schema/type
       = source: spec: T.a
       = hint: quote it
`, got)

	f.Hint, f.Pointer = "", ""
	got = findingOf(Options{}, &Payload{File: "body.json", Data: data}, &f)
	assert.Contains(t, got, "       = (the whole payload), rule schema/type\n")
	assert.NotContains(t, got, "hint")
}

// What the payload and the file's name hold is somebody else's.
func TestFindingHasNoControlCharacters(t *testing.T) {
	const evil = "\x1b]0;title\x07\u009b31m\r\u202e"
	data := []byte("[\"" + evil + "\", 17]")
	f := schema.Finding{
		Rule: "schema/type", Severity: schema.Error, Pointer: "/" + evil, Line: 1, Column: 1,
		Message: evil, Source: evil, Hint: evil, Offset: 1, Length: 5,
	}
	got := findingOf(Options{}, &Payload{File: evil, Data: data}, &f)
	for _, r := range strings.ReplaceAll(got, "\n", "") {
		assert.Truef(t, unicode.IsPrint(r), "%U in %q", r, got)
	}
	assert.Equal(t, 6, strings.Count(got, "\n"), got)
}

func TestColorsAreOfTheSeverity(t *testing.T) {
	for severity, color := range map[schema.Severity]string{schema.Error: "31", schema.Warning: "33", schema.Note: "36"} {
		f := schema.Finding{Rule: "r", Severity: severity, Line: 1, Column: 1, Message: "m", Source: "s"}
		got := findingOf(Options{Color: true}, &Payload{File: "f", Data: []byte("[]")}, &f)
		assert.Contains(t, got, "f:1:1: \x1b["+color+"m"+string(severity)+"\x1b[0m: m\n")
		assert.Contains(t, got, "       | \x1b["+color+"m^\x1b[0m\n")
		assert.Equal(t, 4, strings.Count(got, "\x1b"), got)
	}
}

func findingOf(o Options, p *Payload, f *schema.Finding) string {
	var b bytes.Buffer
	NewText(nil, o).Finding(&b, p, f)
	return b.String()
}

func TestVerboseEndsWithTheVerdict(t *testing.T) {
	for _, c := range []struct {
		reason string
		p      Payload
		want   string
	}{
		{"nothing found", Payload{File: "f"}, "f: ok\n"},
		{"something found", Payload{File: "f", Report: reportOf(0, 1, 2)}, "f: 0 errors, 1 warning, 2 notes\n"},
		{"another message", Payload{File: "f", Report: schema.Report{Notes: 1, NotCovered: true}}, "f: not covered\n"},
		{"the first payload of a file goes by the file's name", Payload{File: "f", Index: 1}, "f: ok\n"},
		{"a later one says which it is", Payload{File: "f", Index: 3}, "f (payload 3): ok\n"},
	} {
		loud, quiet := payloadOf(Options{Verbose: true}, &c.p), payloadOf(Options{}, &c.p)
		assert.Equal(t, c.want, strings.TrimPrefix(loud, quiet), c.reason)
	}
}

func TestTextListsNotesOnRequest(t *testing.T) {
	p := &Payload{File: "f", Data: []byte("[]"), Report: reportOf(1, 1, 1)}
	without, with := payloadOf(Options{}, p), payloadOf(Options{Notes: true}, p)
	assert.Equal(t, 2, strings.Count(without, "f:1:1: "), without)
	assert.NotContains(t, without, "note")
	assert.Equal(t, 3, strings.Count(with, "f:1:1: "), with)
	assert.Contains(t, with, "f:1:1: note: ")
}

func TestOmittedFindingsAreThoseAskedFor(t *testing.T) {
	r := reportOf(1, 0, 1)
	r.Errors, r.Notes = 3, 6
	p := &Payload{File: "f", Data: []byte("[]"), Report: r}
	assert.Contains(t, payloadOf(Options{}, p), "\n\nf: 2 more findings of this payload are counted, not listed\n\n")
	assert.Contains(t, payloadOf(Options{Notes: true}, p), "\n\nf: 7 more findings of this payload are counted, not listed\n\n")

	r = reportOf(0, 0, 1)
	r.Notes = 6
	assert.Empty(t, payloadOf(Options{}, &Payload{File: "f", Report: r}), "notes that nobody asked for are not missed")
}

// reportOf has as many findings, all of them listed.
func reportOf(errors, warnings, notes int) schema.Report {
	r := schema.Report{Errors: errors, Warnings: warnings, Notes: notes}
	for s, n := range map[schema.Severity]int{schema.Error: errors, schema.Warning: warnings, schema.Note: notes} {
		for range n {
			r.Findings = append(r.Findings, schema.Finding{Rule: "r", Severity: s, Line: 1, Column: 1, Message: "m", Source: "s"})
		}
	}
	return r
}

func payloadOf(o Options, p *Payload) string {
	var b bytes.Buffer
	if err := NewText(&b, o).Payload(p); err != nil {
		return err.Error()
	}
	return b.String()
}

func TestTextSummary(t *testing.T) {
	for _, c := range []struct {
		reason  string
		options Options
		summary Summary
		want    string
	}{
		{"nothing at all", Options{}, Summary{}, "0 payloads in profile live: 0 errors, 0 warnings, 0 notes\n"},
		{"singular", Options{}, Summary{Payloads: 1, Errors: 1, Warnings: 1}, "1 payload in profile live: 1 error, 1 warning, 0 notes\n"},
		{"notes that are not listed are counted by rule", Options{}, Summary{Payloads: 2, Notes: 3, NoteCounts: map[string]int{"b": 2, "a": 1}},
			"2 payloads in profile live: 0 errors, 0 warnings, 3 notes\nnotes (list them with --notes): a 1, b 2\n"},
		{"listed notes need no count", Options{Notes: true}, Summary{Payloads: 2, Notes: 3, NoteCounts: map[string]int{"b": 2, "a": 1}},
			"2 payloads in profile live: 0 errors, 0 warnings, 3 notes\n"},
		{"other messages are counted apart", Options{Notes: true}, Summary{Payloads: 4, NotCovered: 2, Notes: 2},
			"4 payloads in profile live: 0 errors, 0 warnings, 2 notes\n2 payloads of another type than status-update: only the type was looked at\n"},
		{"another engine judged", Options{}, Summary{Payloads: 1, Walked: 1},
			"1 payload in profile live: 0 errors, 0 warnings, 0 notes\n1 payload judged without jsonschema/v5: too large, or too many errors\n"},
		{"quiet", Options{Quiet: true}, Summary{Payloads: 4, NotCovered: 2, Notes: 2, Errors: 1, Walked: 1}, ""},
	} {
		var b bytes.Buffer
		c.summary.Profile = schema.Live
		assert.NoError(t, NewText(&b, c.options).Close(&c.summary))
		assert.Equal(t, c.want, b.String(), c.reason)
	}
}

func TestRuleCountsAreSortedByRule(t *testing.T) {
	assert.Empty(t, ruleCounts(nil))
	m := map[string]int{"schema/format": 1, "member/unknown": 10, "deviation/null-optional": 9, "member/undocumented": 2}
	for range 20 { // the order of a map differs from time to time
		assert.Equal(t, "deviation/null-optional 9, member/undocumented 2, member/unknown 10, schema/format 1", ruleCounts(m))
	}
}

func TestTextPassesOnErrorsOfTheWriter(t *testing.T) {
	text := NewText(brokenPipe{}, Options{Verbose: true})
	assert.ErrorIs(t, text.Payload(&Payload{File: "f"}), errBroken)
	assert.ErrorIs(t, text.Close(&Summary{}), errBroken)
}

var errBroken = errors.New("broken pipe")

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errBroken }
