package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/testdata"
)

var update = flag.Bool("update", false, "rewrite the reports in testdata/formats; read them before you keep them")

// formats are all renderers, each with the files that it writes.
var formats = []struct {
	name  string
	files []string
	new   func(o Options, out []*bytes.Buffer) Renderer
}{
	{"text", []string{"report.txt"}, func(o Options, out []*bytes.Buffer) Renderer { return NewText(out[0], o) }},
	{"json", []string{"report.json"}, func(o Options, out []*bytes.Buffer) Renderer { return NewJSON(out[0], o) }},
	{"junit", []string{"junit.xml"}, func(o Options, out []*bytes.Buffer) Renderer { return NewJUnit(out[0], o) }},
	{"sarif", []string{"report.sarif"}, func(o Options, out []*bytes.Buffer) Renderer { return NewSARIF(out[0], o) }},
	{"github", []string{"github.txt", "github-summary.md"}, func(o Options, out []*bytes.Buffer) Renderer { return NewGitHub(out[0], o, out[1]) }},
}

// rendered are the bytes of each file that a format writes.
func rendered(t *testing.T, format int, o Options, profile schema.Profile, payloads []*Payload) []*bytes.Buffer {
	t.Helper()
	var out []*bytes.Buffer
	for range formats[format].files {
		out = append(out, new(bytes.Buffer))
	}
	render(t, formats[format].new(o, out), profile, payloads)
	return out
}

func render(t *testing.T, r Renderer, profile schema.Profile, payloads []*Payload) {
	t.Helper()
	s := Summary{Profile: profile, Engine: schema.EngineV5}
	for _, p := range payloads {
		s.Add(&p.Report)
		require.NoError(t, r.Payload(p))
	}
	require.NoError(t, r.Close(&s))
}

func judged(t *testing.T, profile schema.Profile, file string, index int, data []byte) *Payload {
	t.Helper()
	r, err := schema.Validate(data, schema.Options{Profile: profile})
	require.NoError(t, err)
	return &Payload{File: file, Index: index, Data: data, Report: r}
}

func vectors(t *testing.T, profile schema.Profile, names ...string) []*Payload {
	t.Helper()
	var out []*Payload
	for _, name := range names {
		data, err := testdata.Files.ReadFile(name)
		require.NoError(t, err)
		out = append(out, judged(t, profile, "testdata/"+name, 1, data))
	}
	return out
}

// three are a broken rule, real traffic that the documents do not allow, and a
// text that decoders disagree on.
func three(t *testing.T) []*Payload {
	return vectors(t, schema.Documented, "invalid/only-if/ended-reason.json", "live/inbound-tools-ended.json", "invalid/json/duplicate-member.json")
}

func TestFormatsAreAsRecorded(t *testing.T) {
	for i, f := range formats {
		for j, got := range rendered(t, i, Options{}, schema.Documented, three(t)) {
			golden := filepath.Join("testdata", "formats", f.files[j])
			if *update {
				require.NoError(t, os.WriteFile(golden, got.Bytes(), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), got.String(), "%s; if this is meant, run go test ./internal/report -run %s -update and read the difference", golden, t.Name())
		}
	}
}

func TestFormatsAreTheSameEveryTime(t *testing.T) {
	for i, f := range formats {
		first := rendered(t, i, Options{Notes: true}, schema.Documented, three(t))
		for range 5 { // the order of a map differs from time to time
			for j, again := range rendered(t, i, Options{Notes: true}, schema.Documented, three(t)) {
				require.Equal(t, first[j].String(), again.String(), f.name)
			}
		}
	}
}

func TestFormatsPassOnErrorsOfTheWriter(t *testing.T) {
	for _, c := range []struct {
		file     string
		renderer Renderer
	}{
		{"junit.xml", NewJUnit(brokenPipe{}, Options{})},
		{"report.sarif", NewSARIF(brokenPipe{}, Options{})},
		{"github.txt", NewGitHub(brokenPipe{}, Options{}, new(bytes.Buffer))},
		{"github-summary.md", NewGitHub(new(bytes.Buffer), Options{}, brokenPipe{})},
	} {
		assert.ErrorIs(t, c.renderer.Close(&Summary{}), errBroken, c.file)
	}
}

// hostile are texts that mean something to one of the formats, or to what shows it.
var hostile = []struct{ reason, text string }{
	{"a workflow command after a line feed", "\n::set-output name=a::b"},
	{"after a carriage return", "\r::add-mask::x"},
	{"after both", "\r\n::stop-commands::x\r\n"},
	{"a workflow command of the old form, which may stand anywhere in a line", "a ##[add-mask]b"},
	{"the end of the properties, and of one", "a::b,line=7"},
	{"escapes of workflow commands", "%0A::add-mask::x%25"},
	{"a cell of a table of pipes", "a|b\\|c"},
	{"code in Markdown", "`a``b"},
	{"a block of Markdown", "\n\n```\n# a\n"},
	{"HTML", "</code></td></table><script>alert(1)</script><img src=x onerror='a'>\"&lt;"},
	{"a comment in HTML", "<!-- a --> -->"},
	{"a mention, an issue, an emoji, an address", "@octocat #1 :tada: https://example.com www.example.com"},
	{"the end of a CDATA section", "a]]>b]]]]>"},
	{"a placeholder of SARIF", "{0} {} }{"},
	{"a link in SARIF", "[a](https://example.com) [b\\](1)"},
	{"a character that XML has no way to write", "a\x00b\x1b[31m\uffff"},
	{"bytes that are not UTF-8", "a\xff\xfeb\xed\xa0\x80"},
	{"marks of direction and separators of lines", "a\u202eb\u2028c\u0085d"},
	{"characters past the first 65,536", "😀𝒳"},
}

// hostilePayloads have the texts in every place where a payload's text can get to.
func hostilePayloads() []*Payload {
	var out []*Payload
	for _, h := range hostile {
		p := &Payload{File: "dir/" + h.text + ".json", Index: 1, Data: []byte(h.text)}
		p.Report = schema.Report{Profile: schema.Live, Errors: 1, Warnings: 1, Notes: 1}
		for _, s := range []schema.Severity{schema.Error, schema.Warning, schema.Note} {
			p.Report.Findings = append(p.Report.Findings, schema.Finding{
				Rule: h.text, Severity: s, Pointer: "/" + h.text, Line: 1, Column: 1, Message: h.text, Got: h.text, Want: h.text,
				Source: h.text, Hint: h.text, Fingerprint: "0123456789abcdef", Length: len(h.text),
			})
		}
		out = append(out, p)
	}
	return out
}

func TestRealPayloadsCarryHostileNames(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"message":{"type":"status-update","status":"queued"`)
	for i, h := range hostile {
		b.WriteString(",\n" + jsonString(t, h.text+strings.Repeat("!", i)) + ":1")
	}
	b.WriteString("}}")
	p := judged(t, schema.Live, "f.json", 1, []byte(b.String()))
	require.Equal(t, len(hostile), p.Report.NoteCounts["member/unknown"], "%+v", p.Report.Findings)
	for i := range formats {
		for _, out := range rendered(t, i, Options{Notes: true}, schema.Live, []*Payload{p}) {
			for _, r := range out.String() {
				assert.True(t, r == '\n' || r == '\t' || Printable(string(r)) == string(r), "%s: %U", formats[i].name, r)
			}
		}
	}
}

// jsonString is the text as JSON. What is not UTF-8 cannot stand in JSON and is
// left out.
func jsonString(t *testing.T, s string) string {
	t.Helper()
	b, err := sarifJSON(strings.ToValidUTF8(s, ""), "")
	require.NoError(t, err)
	return strings.TrimSuffix(string(b), "\n")
}
