package report

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/testdata"
)

const sarifSchema = "testdata/formats/sarif-2.1.0-subset.schema.json"

func compiledSARIF(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile(sarifSchema)
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat = true
	require.NoError(t, c.AddResource("sarif.json", bytes.NewReader(data)))
	s, err := c.Compile("sarif.json")
	require.NoError(t, err)
	return s
}

// readSARIF returns the log after the schema has judged it.
func readSARIF(t *testing.T, o Options, profile schema.Profile, payloads []*Payload) sarifLog {
	t.Helper()
	var b bytes.Buffer
	render(t, NewSARIF(&b, o), profile, payloads)
	var document any
	require.NoError(t, json.Unmarshal(b.Bytes(), &document), b.String())
	require.NoError(t, compiledSARIF(t).Validate(document))
	var log sarifLog
	require.NoError(t, json.Unmarshal(b.Bytes(), &log))
	require.Len(t, log.Runs, 1)
	return log
}

func resultsOf(t *testing.T, run sarifRun) []sarifResult {
	t.Helper()
	var out []sarifResult
	for _, raw := range run.Results {
		var r sarifResult
		require.NoError(t, json.Unmarshal(raw, &r))
		assert.Equal(t, r.RuleID, run.Tool.Driver.Rules[r.RuleIndex].ID)
		region := r.Locations[0].Physical.Region
		assert.True(t, region.EndLine > region.StartLine || region.EndLine == region.StartLine && region.EndColumn >= region.StartColumn, region)
		out = append(out, r)
	}
	return out
}

func TestSARIFIsValidOnEveryVector(t *testing.T) {
	all, err := testdata.Vectors()
	require.NoError(t, err)
	for _, profile := range schema.Profiles {
		var payloads []*Payload
		want := 0
		for _, v := range all {
			payloads = append(payloads, vectors(t, profile, v.File)...)
			want += len(payloads[len(payloads)-1].Report.Findings)
		}
		run := readSARIF(t, Options{Notes: true}, profile, payloads).Runs[0]
		assert.Len(t, resultsOf(t, run), want)
		assert.Equal(t, "unicodeCodePoints", run.ColumnKind)
	}
}

func TestTheSARIFSchemaCanRefuse(t *testing.T) {
	var b bytes.Buffer
	render(t, NewSARIF(&b, Options{}), schema.Documented, three(t))
	s := compiledSARIF(t)
	for _, c := range []struct{ reason, old, new string }{
		{"another version", `"version": "2.1.0"`, `"version": "2.0.0"`},
		{"no runs", `"runs":`, `"walks":`},
		{"a tool without a name", `"name": "ringproof"`, `"title": "ringproof"`},
		{"no unit of columns", `"columnKind":`, `"columnUnit":`},
		{"another unit of columns", `"unicodeCodePoints"`, `"bytes"`},
		{"a rule without an id", `"id":`, `"identifier":`},
		{"a rule's level of this tool alone", `"level": "error"`, `"level": "fatal"`},
		{"a result without a message", `"message": {`, `"sentence": {`},
		{"columns from 0", `"startColumn": 20`, `"startColumn": 0`},
		{"a line that is text", `"startLine": 6`, `"startLine": "6"`},
		{"a name that is no URI", `"uri": "testdata/invalid/only-if`, `"uri": "testdata invalid\\%zz`},
		{"a single brace", `"text": "endedReason is sent only with status \"`, `"text": "{0} is sent \"`},
		{"a fingerprint without a version", `"ringproof/v1"`, `"ringproof"`},
		{"a fingerprint that is no string", `"ringproof/v1": "`, `"ringproof/v1": 1, "other/v1": "`},
	} {
		broken := strings.Replace(b.String(), c.old, c.new, 1)
		require.NotEqual(t, b.String(), broken, "%s: nothing to break", c.reason)
		var document any
		require.NoError(t, json.Unmarshal([]byte(broken), &document), c.reason)
		assert.Error(t, s.Validate(document), c.reason)
	}
}

func TestSARIFHasResultsThoughThereAreNone(t *testing.T) {
	for _, profile := range schema.Profiles {
		run := readSARIF(t, Options{Notes: true}, profile, nil).Runs[0]
		assert.NotNil(t, run.Results, "null would say that the run broke")
		assert.Empty(t, run.Results)
		assert.Equal(t, sarifTotals{Profile: profile}, run.Properties)
	}
}

func TestSARIFListsNotesOnRequest(t *testing.T) {
	payloads := vectors(t, schema.Live, "live/inbound-tools-ended.json")
	r := payloads[0].Report
	require.NotZero(t, r.Notes)
	assert.Len(t, readSARIF(t, Options{}, schema.Live, payloads).Runs[0].Results, r.Errors+r.Warnings)
	assert.Len(t, readSARIF(t, Options{Notes: true}, schema.Live, payloads).Runs[0].Results, r.Errors+r.Warnings+r.Notes)
}

func TestSARIFNamesItsVersionOnRequest(t *testing.T) {
	var b bytes.Buffer
	s := NewSARIF(&b, Options{})
	s.Version = "1.2.3"
	render(t, s, schema.Live, nil)
	assert.Contains(t, b.String(), `"version": "1.2.3"`)
	assert.Empty(t, readSARIF(t, Options{}, schema.Live, nil).Runs[0].Tool.Driver.Version)
}

func TestSARIFHasTheRulesAndDeviationsWithTheLevelsOfTheProfile(t *testing.T) {
	for _, profile := range schema.Profiles {
		rules := readSARIF(t, Options{}, profile, nil).Runs[0].Tool.Driver.Rules
		for _, topic := range schema.Topics() {
			i := slices.IndexFunc(rules, func(r sarifRule) bool { return r.ID == topic.ID })
			if topic.Kind != "rule" && topic.Kind != "deviation" {
				assert.Negative(t, i, topic.ID)
				continue
			}
			require.GreaterOrEqual(t, i, 0, topic.ID)
			assert.Equal(t, topic.Severity[profile], rules[i].Default.Level, topic.ID)
			assert.Contains(t, rules[i].Help.Text, topic.Why, topic.ID)
			assert.Contains(t, rules[i].Help.Markdown, topic.Wrong, topic.ID)
		}
	}
}

func TestSARIFAddsARuleThatNoTopicTellsOf(t *testing.T) {
	p := &Payload{File: "f", Index: 1, Report: reportOf(1, 1, 0)}
	run := readSARIF(t, Options{}, schema.Live, []*Payload{p, p}).Runs[0]
	rules := run.Tool.Driver.Rules
	assert.Equal(t, sarifRule{ID: "r"}, rules[len(rules)-1])
	for _, r := range resultsOf(t, run) {
		assert.Equal(t, len(rules)-1, r.RuleIndex)
	}
}

func TestSARIFSaysHowManyFindingsAreOmitted(t *testing.T) {
	r := reportOf(2, 0, 1)
	r.Errors += 3
	run := readSARIF(t, Options{}, schema.Live, []*Payload{{File: "f", Index: 1, Report: r}}).Runs[0]
	assert.Equal(t, sarifTotals{Profile: schema.Live, Payloads: 1, Errors: 5, Notes: 1, Omitted: 3}, run.Properties)
}

func TestSARIFText(t *testing.T) {
	for _, c := range []struct{ reason, message, hint, want string }{
		{"a sentence ends", "a is wrong", "", "a is wrong."},
		{"the hint follows", "a is wrong", "write b", "a is wrong. Hint: write b."},
		{"a question has its mark", "a is wrong", `did you mean "b"?`, `a is wrong. Hint: did you mean "b"?`},
		{"braces are doubled, placeholder or not", "{0} {a} }{", "", "{{0}} {{a}} }}{{."},
		{"brackets alone are no link", `messages[0] is "a\b"`, "", `messages[0] is "a\b".`},
		{"a link is none", "[a](b)", "", `\[a\](b).`},
		{"with a backslash before it, which would hide the escape", `[a\](b)`, "", `\[a\\\](b).`},
		{"or made of message and hint", "a](b", "[c", `a\](b. Hint: \[c.`},
		{"what hides text is shown", "a\u202eb\x00", "", "a·b·."},
	} {
		assert.Equal(t, c.want, sarifText(&schema.Finding{Message: c.message, Hint: c.hint}), c.reason)
	}
}

func TestSARIFHelpEscapesProse(t *testing.T) {
	got := helpMarkdown(&schema.Topic{Title: "a_b", Why: "<b> & `c` [d](e) *f* | \\", Source: "s", Since: "t", Wrong: `{"a_b":1}`})
	assert.Equal(t, "a\\_b.\n\n**Why:** \\<b> \\& \\`c\\` \\[d\\](e) \\*f\\* \\| \\\\.\n\n**Source:** s.\n\n**Since:** t.\n\nWrong:\n\n```json\n{\"a_b\":1}\n```", got)
}

func TestArtifactURI(t *testing.T) {
	for _, c := range []struct {
		reason    string
		file      string
		separator byte
		want      string
	}{
		{"relative", "dir/a.json", '/', "dir/a.json"},
		{"a dot says nothing", "./dir//a.json", '/', "dir/a.json"},
		{"two dots may lead through a link", "../dir/../a.json", '/', "../dir/../a.json"},
		{"absolute", "/dir/a.json", '/', "file:///dir/a.json"},
		{"standard input", "-", '/', "stdin"},
		{"spaces and signs of URIs", "a b%20?#.json", '/', "a%20b%2520%3F%23.json"},
		{"a colon would end a scheme", "c:a.json", '/', "c%3Aa.json"},
		{"letters of other scripts are UTF-8", "ü/日.json", '/', "%C3%BC/%E6%97%A5.json"},
		{"so is what is no letter at all", "a\xff\n.json", '/', "a%FF%0A.json"},
		{"square brackets, as in a folder of routes", "[id]/a.json", '/', "%5Bid%5D/a.json"},
		{"what may stand in a segment", "-._~!$&'()*+,;=@", '/', "-._~!$&'()*+,;=@"},
		{"elsewhere a backslash is a character", `dir\a.json`, '/', "dir%5Ca.json"},
		{"Windows, relative", `dir\sub\a.json`, '\\', "dir/sub/a.json"},
		{"Windows, both kinds of slashes", `.\dir/a b.json`, '\\', "dir/a%20b.json"},
		{"Windows, a drive", `C:\dir\a.json`, '\\', "file:///C:/dir/a.json"},
		{"Windows, a colon after the drive's", `C:\a:b.json`, '\\', "file:///C:/a%3Ab.json"},
		{"Windows, a share", `\\host\share\a.json`, '\\', "file://host/share/a.json"},
		{"Windows, relative to a drive: no URI says that", `C:a.json`, '\\', "C%3Aa.json"},
		{"a name that looks like a drive is none here", "C:/a.json", '/', "C%3A/a.json"},
	} {
		got := ArtifactURI(c.file, c.separator)
		assert.Equal(t, c.want, got, c.reason)
		_, err := url.Parse(got)
		assert.NoError(t, err, c.reason)
	}
}

func TestSARIFUsesTheSeparator(t *testing.T) {
	var b bytes.Buffer
	s := NewSARIF(&b, Options{})
	s.separator = '\\'
	render(t, s, schema.Live, []*Payload{{File: `hooks\a.json`, Index: 1, Report: reportOf(1, 0, 0)}})
	assert.Contains(t, b.String(), `"uri": "hooks/a.json"`)
}

func TestEndIsWhereTheScannerPutsIt(t *testing.T) {
	all, err := testdata.Vectors()
	require.NoError(t, err)
	compared := 0
	for _, v := range all {
		for _, p := range vectors(t, schema.Documented, v.File) {
			for i := range p.Report.Findings {
				f := &p.Report.Findings[i]
				end := f.Offset + f.Length
				if end < len(p.Data) && !utf8.RuneStart(p.Data[end]) {
					continue // the scanner goes back to where the character starts
				}
				line, column := endOf(p, f)
				wantLine, wantColumn := scan.Position(p.Data, end)
				assert.Equal(t, [2]int{wantLine, wantColumn}, [2]int{line, column}, "%s %s", v.File, f.Rule)
				compared++
			}
		}
	}
	assert.Greater(t, compared, len(all)/2)
}

func TestEnd(t *testing.T) {
	for _, c := range []struct {
		reason         string
		data           string
		offset, length int
		line, column   int // of the end, if the start is at 1:1
	}{
		{"inside a line", "abc", 0, 2, 1, 3},
		{"nothing", "abc", 1, 0, 1, 1},
		{"past the end", "abc", 2, 9, 1, 2},
		{"after the end", "abc", 9, 9, 1, 1},
		{"characters, not bytes", "é日😀", 0, 9, 1, 4},
		{"a part of a character is a column", "日", 0, 1, 1, 2},
		{"bytes that are not UTF-8 are columns", "\xff\xfe", 0, 2, 1, 3},
		{"a line feed", "a\nbc", 0, 4, 2, 3},
		{"a line feed at the end", "a\nbc", 0, 2, 2, 1},
		{"both", "a\r\nbc", 0, 5, 2, 3},
		{"half of both ends no line", "a\r\nbc", 0, 2, 1, 3},
		{"the other half does", "a\r\nbc", 2, 1, 2, 1},
		{"a carriage return", "a\rbc", 0, 4, 2, 3},
		{"a carriage return at the end", "a\r", 0, 2, 2, 1},
		{"many lines", "\r\r\n\n\n", 0, 5, 5, 1},
		{"separators that JSON does not count", "a\u2028b\u0085", 0, 7, 1, 5},
	} {
		line, column := endOf(&Payload{Data: []byte(c.data)}, &schema.Finding{Line: 1, Column: 1, Offset: c.offset, Length: c.length})
		assert.Equal(t, [2]int{c.line, c.column}, [2]int{line, column}, c.reason)
	}
}

func TestEndCountsFromThePlaceInTheFile(t *testing.T) {
	p := &Payload{Data: []byte("{\n \"a\": 1\n}")}
	for _, c := range []struct {
		reason  string
		finding schema.Finding
		want    [2]int
	}{
		{"on the line where the payload starts", schema.Finding{Line: 7, Column: 40, Offset: 0, Length: 1}, [2]int{7, 41}},
		{"on a later line", schema.Finding{Line: 8, Column: 2, Offset: 3, Length: 3}, [2]int{8, 5}},
		{"from the one to the other", schema.Finding{Line: 7, Column: 40, Offset: 0, Length: 12}, [2]int{9, 2}},
	} {
		line, column := endOf(p, &c.finding)
		assert.Equal(t, c.want, [2]int{line, column}, c.reason)
	}
}

func TestSARIFKeepsHostileTextInItsPlace(t *testing.T) {
	results := resultsOf(t, readSARIF(t, Options{Notes: true}, schema.Live, hostilePayloads()).Runs[0])
	require.Len(t, results, 3*len(hostile))
	for i, h := range hostile {
		r := results[3*i]
		valid := strings.ToValidUTF8(h.text, "\ufffd") // JSON has no other text
		assert.Equal(t, []rune("/" + valid)[0], []rune(r.Locations[0].Logical[0].FullyQualifiedName)[0], h.reason)
		if utf8.ValidString(h.text) {
			assert.Equal(t, "/"+h.text, r.Locations[0].Logical[0].FullyQualifiedName, h.reason)
			assert.Equal(t, h.text, r.RuleID, h.reason)
		}
		assert.Equal(t, Printable(r.Message.Text), r.Message.Text, h.reason)
		uri, err := url.Parse(r.Locations[0].Physical.Artifact.URI)
		require.NoError(t, err, h.reason)
		assert.Empty(t, uri.Scheme+uri.RawQuery+uri.Fragment, h.reason)
	}
}
