package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/schema"
)

func TestJSONHasTheMembersThatScriptsReadInTheirOrder(t *testing.T) {
	p := &Payload{File: "body.json", Index: 2, Report: schema.Report{Errors: 1, Findings: []schema.Finding{{
		Rule: "schema/type", Severity: schema.Error, Pointer: "/a", Line: 2, Column: 8, Message: "m", Got: "number 17", Want: "string",
		Source: "spec: T.a", Fingerprint: "00ff", Hint: "a hint is for people", Offset: 9, Length: 2,
	}}}}
	assert.Equal(t, `{
  "profile": "documented",
  "payloads": 1,
  "not_covered": 0,
  "errors": 1,
  "warnings": 0,
  "notes": 0,
  "note_counts": {},
  "findings": [
    {
      "file": "body.json",
      "payload": 2,
      "line": 2,
      "column": 8,
      "pointer": "/a",
      "rule": "schema/type",
      "severity": "error",
      "message": "m",
      "got": "number 17",
      "want": "string",
      "source": "spec: T.a",
      "fingerprint": "00ff"
    }
  ]
}
`, jsonOf(t, Options{}, p))
}

// A script that reads findings[0] or note_counts["x"] must not meet null.
func TestJSONHasNoNull(t *testing.T) {
	for _, o := range []Options{{}, {Notes: true}, {Quiet: true, Verbose: true, Color: true}} {
		for _, payloads := range [][]*Payload{nil, {{File: "f"}}, {{File: "f", Report: schema.Report{Notes: 1}}}} {
			got := jsonOf(t, o, payloads...)
			assert.NotContains(t, got, "null")
			assert.Contains(t, got, `"note_counts": {}`)
			assert.Contains(t, got, `"findings": []`)
		}
	}
}

func TestJSONListsNotesOnRequest(t *testing.T) {
	p := &Payload{File: "f", Report: reportOf(1, 1, 1)}
	p.Report.NoteCounts = map[string]int{"r": 1}
	without, with := jsonOf(t, Options{}, p), jsonOf(t, Options{Notes: true}, p)
	assert.Equal(t, 2, strings.Count(without, `"rule"`), without)
	assert.Equal(t, 3, strings.Count(with, `"rule"`), with)
	for _, got := range []string{without, with} {
		assert.Contains(t, got, `"notes": 1,`)
		assert.Contains(t, got, `"r": 1`)
	}
}

func TestJSONSaysHowManyFindingsAreOmitted(t *testing.T) {
	r := reportOf(1, 0, 1)
	r.Errors, r.Notes = 3, 6
	p := &Payload{File: "f", Report: r}
	assert.Contains(t, jsonOf(t, Options{}, p, p), `"omitted": 4,`)
	assert.Contains(t, jsonOf(t, Options{Notes: true}, p, p), `"omitted": 14,`)
	assert.NotContains(t, jsonOf(t, Options{}, &Payload{File: "f", Report: reportOf(1, 0, 1)}), "omitted")
}

// JSON allows some characters raw that a terminal obeys, or that hide text. As
// escapes they mean the same.
func TestJSONIsFitForATerminal(t *testing.T) {
	const evil = "\x1b[31m\x7f\u009b31m\u202e\u2028\u200b\U000e0001<&> Büro 日本 📞 \\u009b"
	p := &Payload{File: evil, Index: 1, Report: schema.Report{Errors: 1, Findings: []schema.Finding{{
		Severity: schema.Error, Pointer: "/" + evil, Message: evil, Got: evil, Want: evil, Source: evil,
	}}}}
	got := jsonOf(t, Options{}, p)
	for _, r := range strings.ReplaceAll(got, "\n", "") {
		assert.Truef(t, unicode.IsPrint(r), "%U in %s", r, got)
	}
	assert.Contains(t, got, "<&> Büro 日本 📞", "what is harmless stays readable")

	var back struct{ Findings []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(got), &back))
	for _, member := range []string{"file", "message", "got", "want", "source"} {
		assert.Equal(t, evil, back.Findings[0][member], member)
	}
}

func TestJSONPassesOnErrorsOfTheWriter(t *testing.T) {
	assert.ErrorIs(t, NewJSON(brokenPipe{}, Options{}).Close(&Summary{}), errBroken)
}

// jsonOf is the report on the payloads in the profile documented.
func jsonOf(t *testing.T, o Options, payloads ...*Payload) string {
	t.Helper()
	var b bytes.Buffer
	j, s := NewJSON(&b, o), Summary{Profile: schema.Documented}
	for _, p := range payloads {
		s.Add(&p.Report)
		require.NoError(t, j.Payload(p))
	}
	require.NoError(t, j.Close(&s))
	assert.True(t, json.Valid(b.Bytes()), b.String())
	return b.String()
}
