package schema_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/schema/vapi"
)

// validate judges a body with one engine.
func validate(t testing.TB, body []byte, o schema.Options) schema.Report {
	t.Helper()
	r, err := schema.Validate(body, o)
	require.NoError(t, err, "the tool could not run")
	return r
}

// judge judges a body with both engines, which must say the same.
func judge(t testing.TB, body []byte, o schema.Options) schema.Report {
	t.Helper()
	walk, asked := judgeIfAsked(t, body, o)
	require.True(t, asked, "v5 was not asked, so that the walk would be compared with itself")
	return walk
}

// judgeIfAsked is judge for a body that may be more than v5 is asked about.
func judgeIfAsked(t testing.TB, body []byte, o schema.Options) (walk schema.Report, asked bool) {
	t.Helper()
	o.Engine = schema.EngineWalk
	walk = validate(t, body, o)
	o.Engine = schema.EngineV5
	v5 := validate(t, body, o)
	if diff := disagreement(walk, v5); diff != "" {
		t.Errorf("the engines disagree (-walk +v5) in the profile %s on %s:\n%s", o.Profile, head(body), diff)
	}
	return walk, v5.Engine == schema.EngineV5
}

// disagreement tells two reports apart; it is empty if they differ in no more than
// the engine.
func disagreement(a, b schema.Report) string {
	a.Engine, b.Engine = "", ""
	if reflect.DeepEqual(a, b) {
		return ""
	}
	return gocmp.Diff(a, b)
}

// verdict is the part of a finding that the tests foresee.
type verdict struct {
	Rule, Pointer string
	Severity      schema.Severity
}

// verdicts are those of all listed findings, sorted: findings at one place have
// no order that a caller could rely on.
func verdicts(r schema.Report) []verdict {
	var out []verdict
	for _, f := range r.Findings {
		out = append(out, verdict{f.Rule, f.Pointer, f.Severity})
	}
	return sorted(out)
}

func sorted(list []verdict) []verdict {
	slices.SortFunc(list, func(a, b verdict) int {
		return cmp.Or(strings.Compare(a.Pointer, b.Pointer), strings.Compare(a.Rule, b.Rule), strings.Compare(string(a.Severity), string(b.Severity)))
	})
	return list
}

// checkPlaces holds the places of the findings against a second reader of JSON.
func checkPlaces(t testing.TB, body []byte, r schema.Report) {
	t.Helper()
	for _, f := range r.Findings {
		value, name := locate(t, body, f.Pointer)
		want := value
		if strings.HasPrefix(f.Rule, "member/") || f.Rule == "json/confusable-member" {
			want = name
		}
		assert.Equal(t, want, f.Offset, "offset of %s at %s in %s", f.Rule, f.Pointer, head(body))
		assert.Positive(t, f.Length, "length of %s at %s", f.Rule, f.Pointer)
		line, column := lineAndColumn(body, want)
		assert.Equal(t, [2]int{line, column}, [2]int{f.Line, f.Column}, "line and column of %s at %s", f.Rule, f.Pointer)
	}
}

// lineAndColumn counts characters one by one. Lines end with a line feed, a
// carriage return or both.
func lineAndColumn(body []byte, offset int) (line, column int) {
	line, column = 1, 1
	before := []rune(string(body[:offset]))
	for i, r := range before {
		column++
		if r == '\n' || r == '\r' && (i+1 == len(before) || before[i+1] != '\n') {
			line, column = line+1, 1
		}
	}
	return line, column
}

// checkDecoder holds the decoder against a report of the profile live: what has no
// error decodes, and what the decoder refuses is an error of the report.
func checkDecoder(t testing.TB, body []byte, live schema.Report) {
	t.Helper()
	_, err := vapi.Decode(body)
	if err == nil {
		return
	}
	var refused *vapi.DecodeError
	require.ErrorAs(t, err, &refused)
	if refused.Rule == "message/not-covered" && live.NotCovered {
		return
	}
	if refused.Rule == "envelope/missing" && live.NoteCounts["envelope/bare"] > 0 {
		return // the decoder takes no bare messages
	}
	for _, f := range live.Findings {
		if f.Rule == refused.Rule && f.Pointer == refused.Pointer && f.Severity == schema.Error {
			assert.Equal(t, f.Offset, refused.Offset, "the decoder's place of %s at %s in %s", f.Rule, f.Pointer, head(body))
			return
		}
	}
	t.Errorf("the decoder refuses what the report has no error for: %v\nreport: %v\nin %s", err, verdicts(live), head(body))
}

// reference is the published schema compiled by jsonschema/v5.
type reference struct {
	profile schema.Profile
	draft   schema.Draft
	schema  *jsonschema.Schema
}

var references = sync.OnceValues(func() ([]reference, error) {
	var all []reference
	for _, p := range schema.Profiles {
		for _, d := range schema.Drafts {
			s, err := schema.Compile(p, d)
			if err != nil {
				return nil, err
			}
			all = append(all, reference{p, d, s})
		}
	}
	return all, nil
})

// referencesOf are those of a profile: of all drafts, or of one.
func referencesOf(t testing.TB, p schema.Profile, drafts ...schema.Draft) []reference {
	t.Helper()
	all, err := references()
	require.NoError(t, err)
	return slices.DeleteFunc(slices.Clone(all), func(r reference) bool { return r.profile != p || !slices.Contains(drafts, r.draft) })
}

// beyondSchema reports whether the report has an error that no JSON Schema of the
// body can see.
func beyondSchema(r schema.Report) bool {
	return slices.ContainsFunc(r.Findings, func(f schema.Finding) bool {
		return strings.HasPrefix(f.Rule, "json/") || strings.HasPrefix(f.Rule, "envelope/")
	})
}

// checkReference gives the whole body to the compiled schemas, as any other
// program would: nothing taken out, nothing known about it. They must refuse it
// if and only if the report has an error.
func checkReference(t testing.TB, body []byte, r schema.Report, drafts ...schema.Draft) {
	t.Helper()
	if beyondSchema(r) {
		return
	}
	payload := decode(t, body)
	for _, ref := range referencesOf(t, r.Profile, drafts...) {
		err := ref.schema.Validate(payload)
		var invalid *jsonschema.ValidationError
		if err != nil && !errors.As(err, &invalid) {
			t.Fatalf("draft %s could not run: %v", ref.draft, err)
		}
		assert.Equal(t, r.Errors > 0, err != nil, "draft %s, profile %s, of %s\nreport: %v", ref.draft, r.Profile, head(body), verdicts(r))
	}
}

// decode reads JSON as other programs do, keeping numbers as they are written.
func decode(t testing.TB, body []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	require.NoError(t, d.Decode(&v))
	_, err := d.Token()
	require.Equal(t, io.EOF, err, "one body is one value")
	return v
}

// filtered reports whether only some subtests run, so that nothing can be said of
// how many there were.
func filtered() bool { return strings.Contains(flag.Lookup("test.run").Value.String(), "/") }

// head is the start of a body, for messages.
func head(body []byte) string {
	const most = 2000
	if len(body) > most {
		return string(body[:most]) + "…"
	}
	return string(body)
}
