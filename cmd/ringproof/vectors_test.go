package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/testdata"
)

// eachVector checks every vector of the project in both profiles.
func eachVector(t *testing.T, check func(t *testing.T, e expected)) {
	t.Helper()
	for _, v := range vectors(t) {
		body, err := v.Body()
		require.NoError(t, err)
		if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
			continue // a list of payloads on the command line, not one
		}
		t.Run(v.File, func(t *testing.T) {
			t.Parallel()
			check(t, expected{v, body, schema.Live, v.Live})
			check(t, expected{v, body, schema.Documented, v.Documented})
		})
	}
}

// expected is a vector in one profile.
type expected struct {
	testdata.Vector
	body     []byte
	profile  schema.Profile
	severity string // of the only finding, or the worst; none if there is none
}

func vectors(t *testing.T) []testdata.Vector {
	t.Helper()
	all, err := testdata.Vectors()
	require.NoError(t, err)
	require.Greater(t, len(all), 100)
	return all
}

func TestEveryVectorAsText(t *testing.T) {
	eachVector(t, func(t *testing.T, e expected) {
		code, stdout, stderr := ringproof(e.body, "validate", "--notes", "--input", "json", "--profile", string(e.profile), "-")
		assert.Empty(t, stderr)
		wantCode := exitOK
		if e.severity == "error" {
			wantCode = exitFindings
		}
		assert.Equal(t, wantCode, code, stdout)
		for _, r := range strings.ReplaceAll(stdout, "\n", "") {
			require.Truef(t, unicode.IsPrint(r), "%U in %q", r, stdout)
		}
		assert.NotContains(t, stdout, "%!", "a verb without its value")
		if e.severity == "none" {
			assert.Equal(t, fmt.Sprintf("1 payload in profile %s: 0 errors, 0 warnings, 0 notes\n", e.profile), stdout)
		}
		if e.Rule != "" {
			assert.True(t, strings.HasPrefix(stdout, fmt.Sprintf("-:%d:%d: %s: ", e.Line, e.Column, e.severity)), stdout)
			assert.Contains(t, stdout, ", rule "+e.Rule+"\n       = source: ")
		}
	})
}

func TestEveryVectorAsJSON(t *testing.T) {
	eachVector(t, func(t *testing.T, e expected) {
		_, stdout, stderr := ringproof(e.body, "validate", "--engine", "walk", "--notes", "--profile", string(e.profile), "--format", "json", "-")
		assert.Empty(t, stderr)
		var got jsonReport
		d := json.NewDecoder(strings.NewReader(stdout))
		d.DisallowUnknownFields()
		require.NoError(t, d.Decode(&got), stdout)
		assert.False(t, d.More(), "one object")
		assert.Equal(t, string(e.profile), got.Profile)
		assert.Equal(t, 1, got.Payloads)
		assert.Len(t, got.Findings, got.Errors+got.Warnings+got.Notes)
		byRule := 0
		for _, n := range got.NoteCounts {
			byRule += n
		}
		assert.Equal(t, got.Notes, byRule)
		if e.Rule == "" {
			return
		}
		require.Len(t, got.Findings, 1)
		f := got.Findings[0]
		assert.Equal(t, []any{"-", 1, e.Line, e.Column, e.Pointer, e.Rule, e.severity},
			[]any{f.File, f.Payload, f.Line, f.Column, f.Pointer, f.Rule, f.Severity})
		for _, text := range []string{f.Message, f.Got, f.Want, f.Source, f.Fingerprint} {
			assert.NotEmpty(t, text, stdout)
		}
	})
}

// jsonReport is what the JSON holds, and no more.
type jsonReport struct {
	Profile    string         `json:"profile"`
	Payloads   int            `json:"payloads"`
	NotCovered int            `json:"not_covered"`
	Errors     int            `json:"errors"`
	Warnings   int            `json:"warnings"`
	Notes      int            `json:"notes"`
	NoteCounts map[string]int `json:"note_counts"`
	Findings   []struct {
		File        string `json:"file"`
		Payload     int    `json:"payload"`
		Line        int    `json:"line"`
		Column      int    `json:"column"`
		Pointer     string `json:"pointer"`
		Rule        string `json:"rule"`
		Severity    string `json:"severity"`
		Message     string `json:"message"`
		Got         string `json:"got"`
		Want        string `json:"want"`
		Source      string `json:"source"`
		Fingerprint string `json:"fingerprint"`
	} `json:"findings"`
}

// A new rule needs a payload in findings_*.txtar, so that somebody reads how it is
// told.
func TestEveryRuleIsToldInAScript(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	require.NoError(t, err)
	var scripts bytes.Buffer
	for _, f := range files {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		scripts.Write(data)
	}
	for _, v := range vectors(t) {
		if v.Rule != "" {
			assert.Contains(t, scripts.String(), ", rule "+v.Rule+"\n", v.File)
		}
	}
}
