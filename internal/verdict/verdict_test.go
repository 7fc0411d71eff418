package verdict

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/jstemmer/go-junit-report/v2/junit"
	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/contract"
)

var update = flag.Bool("update", false, "rewrite the reports in testdata; read them before you keep them")

// written is a report in a format.
func written(t *testing.T, kind string, r *contract.Report, o Options) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, Write(&b, kind, r, o))
	return b.String()
}

func TestFormatsAreAsRecorded(t *testing.T) {
	endings := map[string]string{"text": ".txt", "json": ".json", "junit": ".xml", "sarif": ".sarif", "github": ".log", "html": ".html"}
	for name, r := range reports() {
		got := map[string]string{}
		for _, kind := range Kinds {
			var summary bytes.Buffer
			got[name+endings[kind]] = written(t, kind, r, Options{Summary: &summary})
			if kind == "github" {
				got[name+".md"] = summary.String()
			}
		}
		got[name+"-verbose.txt"] = written(t, "text", r, Options{Verbose: true})
		if name != "sample" && name != "interrupted" {
			delete(got, name+".html") // the page is long, and no other in what matters
		}
		for file, text := range got {
			golden := filepath.Join("testdata", file)
			if *update {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(golden, []byte(text), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), text, "%s; if this is meant, run go test ./internal/verdict -run %s -update and read the difference", golden, t.Name())
		}
	}
}

func TestFormatsAreTheSameEveryTime(t *testing.T) {
	for _, kind := range Kinds {
		first := written(t, kind, sample(), Options{})
		for range 5 { // the order of a map differs from time to time
			require.Equal(t, first, written(t, kind, sample(), Options{}), kind)
		}
	}
}

func TestAnUnknownKindIsRefused(t *testing.T) {
	assert.EqualError(t, Write(&bytes.Buffer{}, "pdf", sample(), Options{}), `verdict: unknown kind of report "pdf"; there are text, json, junit, sarif, github, html`)
}

var errBroken = errors.New("broken pipe")

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errBroken }

func TestFormatsPassOnErrorsOfTheWriter(t *testing.T) {
	for _, kind := range Kinds {
		assert.ErrorIs(t, Write(brokenPipe{}, kind, sample(), Options{}), errBroken, kind)
	}
	assert.ErrorIs(t, Write(&bytes.Buffer{}, "github", sample(), Options{Summary: brokenPipe{}}), errBroken)
}

// What a consumer says must not move a cursor, hide text, or command the runner of a
// CI system, whatever the format.
func TestNoFormatObeysTheConsumer(t *testing.T) {
	for name, r := range reports() {
		for _, kind := range Kinds {
			var summary bytes.Buffer
			got := written(t, kind, r, Options{Verbose: true, Summary: &summary}) + summary.String()
			for line := range strings.Lines(got) {
				for _, c := range strings.Trim(line, "\t\n") {
					require.Truef(t, unicode.IsPrint(c), "%s of %s: %U in %s", kind, name, c, line)
				}
				assert.NotContains(t, line, "##[", kind)
				assert.False(t, strings.HasPrefix(strings.TrimSpace(line), "::") && !strings.HasPrefix(line, "::error title=ringproof ") && !strings.HasPrefix(line, "::warning title=ringproof "), "%s: %s", kind, line)
			}
		}
	}
}

func TestJSONIsThatOfTheReport(t *testing.T) {
	for name, r := range reports() {
		got := written(t, "json", r, Options{})
		assert.NotContains(t, got, "null", name)
		var back contract.Report
		d := json.NewDecoder(strings.NewReader(got))
		d.DisallowUnknownFields()
		require.NoError(t, d.Decode(&back), name)
		assert.Equal(t, len(r.Checks), len(back.Checks), name)
		for i := range back.Checks {
			assert.Equal(t, r.Checks[i].Verdict, back.Checks[i].Verdict, name)
		}
		var members map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(got), &members))
		for _, member := range []string{"target", "seed", "passed", "failed", "warned", "skipped", "checks"} {
			assert.Contains(t, members, member, name)
		}
	}
	assert.Contains(t, written(t, "json", sample(), Options{}), `"seed": 18446744073709551615`)
}

func TestTextSaysAsMuchAsItIsAsked(t *testing.T) {
	plain, verbose := written(t, "text", sample(), Options{}), written(t, "text", sample(), Options{Verbose: true})
	quiet, colored := written(t, "text", sample(), Options{Quiet: true}), written(t, "text", sample(), Options{Color: true})
	assert.NotContains(t, plain, "the slowest of 4 answers", "a detail of a check that passed")
	assert.Contains(t, verbose, "the slowest of 4 answers")
	assert.NotContains(t, quiet, "answers/in-time")
	assert.Contains(t, quiet, "FAIL state/shuffled")
	for _, got := range []string{plain, verbose, quiet} {
		assert.True(t, strings.HasSuffix(got, "\n2 passed, 5 failed, 1 warning, 2 skipped; 2448 deliveries, p99 13 ms\n"), got)
		assert.NotContains(t, got, "\x1b")
	}
	assert.Equal(t, plain, regexp.MustCompile("\x1b\\[[0-9]+m").ReplaceAllString(colored, ""), "colours are all that colours add")
	for line := range strings.Lines(plain) {
		if !strings.Contains(line, "curl ") && !strings.Contains(line, "ringproof verify") && !strings.Contains(line, "| ") {
			assert.LessOrEqual(t, len([]rune(line)), 101, line)
		}
	}
}

func TestTextListsTheDeliveriesOfAScheduleInTheirOrder(t *testing.T) {
	got := written(t, "text", sample(), Options{Quiet: true})
	_, got, _ = strings.Cut(got, "FAIL state/shuffled")
	last := 0
	for _, part := range []string{"1. a message with status ended", "body-6.json", "2. a message with status in-progress", "body-7.json", "3. a message with status ended", "body-8.json", "and 29 more"} {
		at := strings.Index(got, part)
		require.Greater(t, at, last, part)
		last = at
	}
}

func TestJUnitHasATestCaseForEachCheck(t *testing.T) {
	for name, r := range reports() {
		var back junit.Testsuites
		require.NoError(t, xml.Unmarshal([]byte(written(t, "junit", r, Options{})), &back), name)
		require.Len(t, back.Suites, 1, name)
		assert.Equal(t, []int{len(r.Checks), r.Failed, 0, r.Skipped}, []int{back.Tests, back.Failures, back.Errors, back.Skipped}, name)
		for i, c := range back.Suites[0].Testcases {
			x := r.Checks[i]
			group, _, _ := strings.Cut(x.ID, "/")
			assert.Equal(t, []string{x.ID, group}, []string{c.Name, c.Classname}, name)
			assert.Equal(t, x.Verdict == contract.Fail, c.Failure != nil, x.ID)
			assert.Equal(t, x.Verdict == contract.Warn, c.SystemOut != nil, x.ID)
			assert.Equal(t, x.Verdict == contract.Skip, c.Skipped != nil, x.ID)
			if c.Failure != nil && len(x.Failures) > 0 {
				assert.Contains(t, c.Failure.Data, x.Failures[0].Want, x.ID)
			}
		}
	}
	properties := written(t, "junit", sample(), Options{})
	assert.Contains(t, properties, `<property name="seed" value="18446744073709551615">`)
	assert.Contains(t, properties, `<property name="target" value="http://127.0.0.1:8080/hook">`)
}

func TestSARIFIsWhatCodeScanningTakes(t *testing.T) {
	data, err := os.ReadFile("../report/testdata/formats/sarif-2.1.0-subset.schema.json")
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat = true
	require.NoError(t, c.AddResource("sarif.json", bytes.NewReader(data)))
	s, err := c.Compile("sarif.json")
	require.NoError(t, err)
	for name, r := range reports() {
		got := []byte(written(t, "sarif", r, Options{Version: "1.2.3"}))
		var document any
		require.NoError(t, json.Unmarshal(got, &document), name)
		require.NoError(t, s.Validate(document), name)
		var log sarifLog
		require.NoError(t, json.Unmarshal(got, &log))
		run := log.Runs[0]
		require.NotNil(t, run.Results, "null would say that the run broke")
		prints := map[string]bool{}
		for _, x := range run.Results {
			assert.Equal(t, x.RuleID, run.Tool.Driver.Rules[x.RuleIndex].ID)
			assert.NotEmpty(t, x.Locations[0].Physical.Artifact.URI, "code scanning refuses results without a file")
			assert.Contains(t, []string{"error", "warning"}, x.Level)
			print := x.RuleID + x.Fingerprints["ringproof/v1"]
			assert.False(t, prints[print], "two results have one fingerprint: %s", x.Message.Text)
			prints[print] = true
		}
		assert.Equal(t, name == "interrupted", len(run.Invoked) > 0, name)
	}
}

func TestSARIFPointsIntoTheBody(t *testing.T) {
	var log sarifLog
	require.NoError(t, json.Unmarshal([]byte(written(t, "sarif", sample(), Options{})), &log))
	at := slices.IndexFunc(log.Runs[0].Results, func(x sarifResult) bool { return x.RuleID == "refuses/single-faults" })
	x := log.Runs[0].Results[at].Locations[0]
	assert.Equal(t, "body-3.json", x.Physical.Artifact.URI)
	r := x.Physical.Region
	line := []rune(string(sample().Checks[3].Failures[0].Sent[0].Body))
	assert.Equal(t, "[\"\ufeff\",\"\x01\"]", string(line[r.StartColumn-1:r.EndColumn-1]))
	assert.Equal(t, []string{"http://127.0.0.1:8080/hook", "/message/artifact/messages/1/role"}, []string{x.Logical[0].FullyQualifiedName, x.Logical[1].FullyQualifiedName})
}

func TestGitHubAnnotatesTenOfEachSeverity(t *testing.T) {
	r := sample()
	for range 12 {
		r.Checks = append(r.Checks, r.Checks[1])
	}
	got := written(t, "github", r, Options{})
	assert.Equal(t, githubAnnotations, strings.Count(got, "\n::error ")+1)
	assert.Contains(t, got, "\n7 more errors not shown")
}

func TestGitHubSummaryStaysWithinItsBound(t *testing.T) {
	r := sample()
	for range 4000 {
		r.Checks = append(r.Checks, r.Checks[7])
	}
	var summary bytes.Buffer
	require.NoError(t, Write(&bytes.Buffer{}, "github", r, Options{Summary: &summary}))
	assert.Less(t, summary.Len(), 1<<20)
	assert.Contains(t, summary.String(), "left out")
}
