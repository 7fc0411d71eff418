package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/schema"
)

func TestGitHubEscapes(t *testing.T) {
	for _, c := range []struct{ reason, text, data, property string }{
		{"plain text", "a b", "a b", "a b"},
		{"nothing", "", "", ""},
		{"a line feed would end the command", "a\nb", "a%0Ab", "a%0Ab"},
		{"so would a carriage return", "a\rb", "a%0Db", "a%0Db"},
		{"both", "\r\n", "%0D%0A", "%0D%0A"},
		{"a percent sign starts an escape", "100%", "100%25", "100%25"},
		{"what looks escaped stays as it is", "%0A%25", "%250A%2525", "%250A%2525"},
		{"a colon could end the properties", "a:b::c", "a:b::c", "a%3Ab%3A%3Ac"},
		{"a comma ends a property", "a,b=c", "a,b=c", "a%2Cb=c"},
		{"the escapes of properties are none in data", "%3A%2C", "%253A%252C", "%253A%252C"},
		{"others pass: no runner unescapes them", "]; \t\"é😀", "]; \t\"é😀", "]; \t\"é😀"},
	} {
		assert.Equal(t, c.data, GitHubData(c.text), c.reason)
		assert.Equal(t, c.property, GitHubProperty(c.text), c.reason)
	}
}

// command is a line as a runner of GitHub Actions understands it.
type command struct {
	name       string
	properties map[string]string
	data       string
}

var (
	newForm = regexp.MustCompile(`^\s*::([^ :]+)(?: (.*?))?::(.*)$`)
	oldForm = regexp.MustCompile(`##\[([^ \]]+)[^\]]*\]`)
)

// understood reads a log as the runner does (actions/runner, ActionCommand.cs): a
// command is a line that starts with two colons, or has "##[" anywhere.
func understood(t *testing.T, log string) (commands []command, rest []string) {
	t.Helper()
	require.True(t, log == "" || strings.HasSuffix(log, "\n"))
	for _, line := range regexp.MustCompile("\r\n|\r|\n").Split(strings.TrimSuffix(log, "\n"), -1) {
		m := newForm.FindStringSubmatch(line)
		if m == nil {
			assert.NotRegexp(t, oldForm, line)
			rest = append(rest, line)
			continue
		}
		c := command{m[1], map[string]string{}, strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(m[3])}
		for _, property := range strings.Split(m[2], ",") {
			name, value, _ := strings.Cut(property, "=")
			c.properties[name] = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%").Replace(value)
		}
		commands = append(commands, c)
	}
	return commands, rest
}

// github renders with a summary, and returns it without its escapes.
func github(t *testing.T, o Options, profile schema.Profile, payloads []*Payload) (log, summary string) {
	t.Helper()
	var w, s bytes.Buffer
	render(t, NewGitHub(&w, o, &s), profile, payloads)
	return w.String(), s.String()
}

func TestGitHubAnnotatesThePlace(t *testing.T) {
	p := &Payload{File: "dir/a,b:c.json", Index: 1, Data: []byte("[12,\n3]")}
	finding := schema.Finding{Rule: "r/s", Severity: schema.Error, Pointer: "/p", Line: 3, Column: 5, Message: "m", Source: "spec: s", Length: 3}
	with := func(change func(p *Payload, f *schema.Finding)) []*Payload {
		q, f := *p, finding
		change(&q, &f)
		q.Report = schema.Report{Errors: 1, Findings: []schema.Finding{f}}
		return []*Payload{&q}
	}
	for _, c := range []struct {
		reason   string
		payloads []*Payload
		want     string
	}{
		{"a finding on one line", with(func(*Payload, *schema.Finding) {}),
			"::error file=dir/a%2Cb%3Ac.json,line=3,col=5,endColumn=8,title=ringproof r/s::m%0Aat: /p%0Asource: spec: s"},
		{"with a hint", with(func(_ *Payload, f *schema.Finding) { f.Hint = "h" }),
			"::error file=dir/a%2Cb%3Ac.json,line=3,col=5,endColumn=8,title=ringproof r/s::m%0Aat: /p%0Asource: spec: s%0Ahint: h"},
		{"the whole payload has no pointer", with(func(_ *Payload, f *schema.Finding) { f.Pointer = "" }),
			"::error file=dir/a%2Cb%3Ac.json,line=3,col=5,endColumn=8,title=ringproof r/s::m%0Asource: spec: s"},
		{"the end of another line is no column of this one", with(func(_ *Payload, f *schema.Finding) { f.Length = 7 }),
			"::error file=dir/a%2Cb%3Ac.json,line=3,col=5,title=ringproof r/s::m%0Aat: /p%0Asource: spec: s"},
		{"standard input is no file to annotate", with(func(p *Payload, _ *schema.Finding) { p.File = "-" }),
			"::error title=ringproof r/s::stdin:3:5: m%0Aat: /p%0Asource: spec: s"},
		{"a warning", with(func(_ *Payload, f *schema.Finding) { f.Severity = schema.Warning }),
			"::warning file=dir/a%2Cb%3Ac.json,line=3,col=5,endColumn=8,title=ringproof r/s::m%0Aat: /p%0Asource: spec: s"},
		{"a note is called a notice", with(func(_ *Payload, f *schema.Finding) { f.Severity = schema.Note }),
			"::notice file=dir/a%2Cb%3Ac.json,line=3,col=5,endColumn=8,title=ringproof r/s::m%0Aat: /p%0Asource: spec: s"},
	} {
		log, _ := github(t, Options{Notes: true, Quiet: true}, schema.Live, c.payloads)
		assert.Equal(t, c.want+"\n", log, c.reason)
	}
}

func TestGitHubNamesFilesAsTheRepositoryDoes(t *testing.T) {
	for _, c := range []struct {
		reason, file string
		separator    byte
		want         string
	}{
		{"relative", "dir/a.json", '/', "dir/a.json"},
		{"a dot says nothing", "./dir/a.json", '/', "dir/a.json"},
		{"absolute: the runner makes it relative", "/w/a.json", '/', "/w/a.json"},
		{"elsewhere a backslash is a character", `dir\a.json`, '/', `dir\a.json`},
		{"Windows", `.\dir\a.json`, '\\', "dir/a.json"},
		{"Windows, a drive", `C:\dir\a.json`, '\\', "C:/dir/a.json"},
	} {
		var w bytes.Buffer
		g := NewGitHub(&w, Options{}, nil)
		g.separator = c.separator
		render(t, g, schema.Live, []*Payload{{File: c.file, Index: 1, Report: reportOf(1, 0, 0)}})
		commands, _ := understood(t, w.String())
		require.Len(t, commands, 1, c.reason)
		assert.Equal(t, c.want, commands[0].properties["file"], c.reason)
	}
}

// numbered has findings that say which they are.
func numbered(severities string) *Payload {
	p := &Payload{File: "f", Index: 1}
	for i, s := range severities {
		f := schema.Finding{Rule: "r", Severity: map[rune]schema.Severity{'e': schema.Error, 'w': schema.Warning, 'n': schema.Note}[s], Line: i + 1, Column: 1, Message: "m"}
		p.Report.Findings = append(p.Report.Findings, f)
	}
	p.Report.Errors = strings.Count(severities, "e")
	p.Report.Warnings = strings.Count(severities, "w")
	p.Report.Notes = strings.Count(severities, "n")
	return p
}

func TestGitHubAnnotatesTheWorst(t *testing.T) {
	for _, c := range []struct {
		reason     string
		notes      bool
		severities string
		want       string // the commands' first letters, and the lines
		last       string // of the log, with a summary and without one
		without    string
	}{
		{"fewer than ten", false, "we", "e2 w1", "", ""},
		{"notes on request", false, "nnen", "e3", "", ""},
		{"notes last", true, "nwen", "e3 w2 n1 n4", "", ""},
		{"ten", false, "wwwwweeeee", "e6 e7 e8 e9 e10 w1 w2 w3 w4 w5", "", ""},
		{"a graver one comes late", false, "wwwwwwwwwwe", "e11 w1 w2 w3 w4 w5 w6 w7 w8 w9",
			"1 more finding in the step summary", "1 more finding not shown: only the worst ten become annotations, and there is no step summary"},
		{"of the same, the first", false, "eeeeeeeeeeeew", "e1 e2 e3 e4 e5 e6 e7 e8 e9 e10",
			"3 more findings in the step summary", "3 more findings not shown: only the worst ten become annotations, and there is no step summary"},
		{"each kind gives way to the graver", true, "nnnnnnnnnnwweeeeeeeee", "e13 e14 e15 e16 e17 e18 e19 e20 e21 w11",
			"11 more findings in the step summary", "11 more findings not shown: only the worst ten become annotations, and there is no step summary"},
	} {
		for _, summary := range []io.Writer{new(bytes.Buffer), nil} {
			var w bytes.Buffer
			render(t, NewGitHub(&w, Options{Notes: c.notes}, summary), schema.Live, []*Payload{numbered(c.severities)})
			commands, rest := understood(t, w.String())
			var got []string
			for _, command := range commands {
				got = append(got, command.name[:1]+command.properties["line"])
			}
			assert.Equal(t, c.want, strings.Join(got, " "), c.reason)
			want := c.last
			if summary == nil {
				want = c.without
			}
			assert.Equal(t, want, strings.Join(rest[:len(rest)-1], "\n"), c.reason)
			assert.Regexp(t, `^1 payload in profile live: `, rest[len(rest)-1], c.reason)
		}
	}
}

func TestGitHubCountsWhatTheReportDoesNotList(t *testing.T) {
	p := numbered("e")
	p.Report.Errors = 2345
	log, summary := github(t, Options{}, schema.Live, []*Payload{p})
	assert.Contains(t, log, "2344 more findings in the step summary\n1 payload in profile live: 2345 errors, 0 warnings, 0 notes\n")
	assert.Contains(t, summary, "</table>\n\n2344 more\n")
}

func TestGitHubQuiet(t *testing.T) {
	log, _ := github(t, Options{Quiet: true}, schema.Live, []*Payload{numbered(strings.Repeat("e", 11))})
	_, rest := understood(t, log)
	assert.Equal(t, []string{"1 more finding in the step summary"}, rest, "what is left out is said all the same")
}

func TestGitHubOfNothing(t *testing.T) {
	log, summary := github(t, Options{}, schema.Live, nil)
	assert.Equal(t, "0 payloads in profile live: 0 errors, 0 warnings, 0 notes\n", log)
	assert.Equal(t, "\n## ringproof\n\n0 payloads in profile live: 0 errors, 0 warnings, 0 notes\n", summary)
	for i := range formats {
		for _, out := range rendered(t, i, Options{}, schema.Live, nil) {
			assert.NotEmpty(t, out.String(), formats[i].name)
		}
	}
}

func TestGitHubTotals(t *testing.T) {
	for _, c := range []struct {
		reason  string
		summary Summary
		log     string
		inShort string // the last paragraph of the summary
	}{
		{"notes that are not listed are counted by rule", Summary{Profile: schema.Live, Payloads: 2, Notes: 3, NoteCounts: map[string]int{"b": 2, "a": 1}},
			"2 payloads in profile live: 0 errors, 0 warnings, 3 notes\n", "Notes, which --notes lists: <code>a 1, b 2</code>\n"},
		{"other messages are counted apart", Summary{Profile: schema.Documented, Payloads: 2, NotCovered: 1, Errors: 1},
			"2 payloads in profile documented: 1 error, 0 warnings, 0 notes; 1 payload not covered\n",
			"2 payloads in profile documented: 1 error, 0 warnings, 0 notes; 1 payload not covered\n"},
	} {
		var w, s bytes.Buffer
		require.NoError(t, NewGitHub(&w, Options{}, &s).Close(&c.summary))
		assert.Equal(t, c.log, w.String(), c.reason)
		assert.Equal(t, c.inShort, s.String()[strings.LastIndex(s.String(), "\n\n")+2:], c.reason)
	}
}

// tableOf reads the cells of the summary's table, strictly, and with the text of
// a cell's code elements only.
func tableOf(t *testing.T, summary string) [][]string {
	t.Helper()
	_, table, _ := strings.Cut(summary, "<table>")
	table, after, found := strings.Cut(table, "</table>")
	require.True(t, found, summary)
	assert.NotContains(t, after, "<", "the text ends no table")
	assert.NotContains(t, table, "\n\n", "an empty line would end the block of HTML")
	var rows [][]string
	d := xml.NewDecoder(strings.NewReader("<table>" + table + "</table>"))
	inCode := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return rows[1:] // without the heads
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			require.Contains(t, []string{"table", "tr", "th", "td", "code", "br"}, token.Name.Local)
			require.Empty(t, token.Attr)
			inCode = token.Name.Local == "code"
			if token.Name.Local == "tr" {
				rows = append(rows, nil)
			} else if inCode {
				rows[len(rows)-1] = append(rows[len(rows)-1], "")
			}
		case xml.EndElement:
			inCode = inCode && token.Name.Local != "code"
		case xml.CharData:
			if inCode {
				row := rows[len(rows)-1]
				row[len(row)-1] += string(token)
			}
		}
	}
}

func TestGitHubKeepsHostileTextInItsPlace(t *testing.T) {
	for _, p := range hostilePayloads() {
		text := p.Report.Findings[0].Rule
		log, summary := github(t, Options{Notes: true}, schema.Live, []*Payload{p})
		commands, rest := understood(t, log)
		assert.Equal(t, []string{"1 payload in profile live: 1 error, 1 warning, 1 note"}, rest, text)
		require.Len(t, commands, 3, text)
		for i, name := range []string{"error", "warning", "notice"} {
			shown := Printable(text)
			assert.Equal(t, name, commands[i].name)
			assert.Equal(t, shown+"\nat: /"+shown+"\nsource: "+shown+"\nhint: "+shown, commands[i].data)
			assert.Equal(t, "ringproof "+shown, commands[i].properties["title"])
			assert.Equal(t, strings.Join(segments(p.File), "/"), commands[i].properties["file"], "the file must be found, whatever its name")
			assert.Equal(t, "1", commands[i].properties["line"])
		}
		rows := tableOf(t, summary)
		require.Len(t, rows, 3, text)
		for _, row := range rows {
			shown := Printable(text)
			place := Printable(strings.Join(segments(p.File), "/")) + ":1:1"
			assert.Equal(t, []string{place, shown, shown, "/" + shown, shown}, row)
		}
	}
}

func TestGitHubIsBounded(t *testing.T) {
	long := strings.Repeat("é", 1<<16)
	for _, c := range []struct {
		reason  string
		summary io.Writer
		most    int
	}{
		{"what the summary lists", new(bytes.Buffer), githubRows},
		{"what is annotated", nil, githubAnnotations},
	} {
		g := NewGitHub(io.Discard, Options{Notes: true}, c.summary)
		for _, s := range []string{"n", "w", "e", "n"} {
			p := numbered(strings.Repeat(s, 2*githubRows))
			for i := range p.Report.Findings {
				p.Report.Findings[i].Message, p.Report.Findings[i].Pointer = long, "/"+long
			}
			require.NoError(t, g.Payload(p))
			kept := 0
			for _, findings := range g.kept {
				kept += len(findings)
				for _, f := range findings {
					assert.LessOrEqual(t, max(utf8.RuneCountInString(f.message), utf8.RuneCountInString(f.pointer)), githubText+1)
				}
			}
			assert.Equal(t, c.most, kept, c.reason)
		}
		assert.Len(t, g.kept[0], c.most, "errors came after the others")
		assert.Equal(t, 8*githubRows, g.total)
	}
}

func TestGitHubSummaryIsCut(t *testing.T) {
	for _, c := range []struct {
		reason string
		length int // of each message
		rows   int
	}{
		{"after a thousand rows", 1, githubRows},
		{"before GitHub drops it as too long", githubText, 0},
	} {
		p := numbered(strings.Repeat("e", githubRows) + "wwwwww")
		for i := range p.Report.Findings {
			p.Report.Findings[i].Message = strings.Repeat("<", c.length)
		}
		_, summary := github(t, Options{}, schema.Live, []*Payload{p})
		rows := len(tableOf(t, summary))
		if c.rows > 0 {
			assert.Equal(t, c.rows, rows, c.reason)
		} else {
			assert.Less(t, rows, githubRows, c.reason)
			assert.Greater(t, len(summary), githubSummaryBytes-4096, c.reason)
		}
		assert.LessOrEqual(t, len(summary), githubSummaryBytes+100, c.reason)
		assert.True(t, strings.HasSuffix(summary, fmt.Sprintf("</table>\n\n%d more\n", githubRows+6-rows)), c.reason)
	}
}
