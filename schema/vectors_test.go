package schema_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/internal/jsontest"
	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/schema/vapi"
	"github.com/ringproof/ringproof/testdata"
)

// vectorProperties are what every vector goes through.
var vectorProperties = []struct {
	name  string
	check func(t *testing.T, v testdata.Vector, body []byte)
}{
	{"verdict", checkVerdict},
	{"reference", checkVectorReference},
	{"decoder", checkVectorDecoder},
	{"reformatted", checkReformatted},
	{"bare", checkBare},
}

func TestEveryVectorGoesThroughEveryProperty(t *testing.T) {
	t.Parallel()
	list := vectors(t)
	ran := make([]atomic.Int64, len(vectorProperties))
	t.Run("vectors", func(t *testing.T) {
		for _, v := range list {
			t.Run(v.File, func(t *testing.T) {
				t.Parallel()
				body, err := v.Body()
				require.NoError(t, err)
				for i, p := range vectorProperties {
					t.Run(p.name, func(t *testing.T) {
						p.check(t, v, body)
						ran[i].Add(1)
					})
				}
			})
		}
	})
	for i, p := range vectorProperties {
		t.Logf("%d vectors went through %s", ran[i].Load(), p.name)
		if !filtered() {
			assert.EqualValues(t, len(list), ran[i].Load(), p.name)
		}
	}
}

// vectors are those of the project, of which there must be enough of each kind.
func vectors(t testing.TB) []testdata.Vector {
	t.Helper()
	list, err := testdata.Vectors()
	require.NoError(t, err)
	for kind, least := range map[string]int{"valid/": 40, "live/": 6, "invalid/json/": 30, "invalid/schema/": 50, "invalid/only-if/": 7, "invalid/deviation/": 4} {
		n := 0
		for _, v := range list {
			if strings.HasPrefix(v.File, kind) {
				n++
			}
		}
		require.GreaterOrEqual(t, n, least, "vectors of the kind %s", kind)
	}
	return list
}

// severityOf is what the manifest states for the profile; empty for "none".
func severityOf(v testdata.Vector, p schema.Profile) schema.Severity {
	s := map[schema.Profile]string{schema.Live: v.Live, schema.Documented: v.Documented}[p]
	if s == "none" {
		return ""
	}
	return schema.Severity(s)
}

func kindOf(v testdata.Vector) string { return v.File[:strings.IndexByte(v.File, '/')] }

func checkVerdict(t *testing.T, v testdata.Vector, body []byte) {
	for _, p := range schema.Profiles {
		r := judge(t, body, schema.Options{Profile: p})
		assert.Equal(t, p, r.Profile)
		assert.Equal(t, severityOf(v, p), r.Worst(), "worst finding, profile %s", p)
		assert.Equal(t, v.Rule == "message/not-covered", r.NotCovered)
		assert.Zero(t, r.Omitted())
		checkCounts(t, r)
		switch kindOf(v) {
		case "valid":
			assert.Empty(t, r.Findings, "a valid body has not even a note; %s", v.Reason)
		case "invalid":
			checkOnlyFinding(t, v, r)
		case "live":
			checkLive(t, r)
		default:
			t.Fatalf("a kind of vector that this test does not know: %s", v.File)
		}
	}
}

// checkCounts recounts a report that lists everything.
func checkCounts(t testing.TB, r schema.Report) {
	t.Helper()
	n := map[schema.Severity]int{}
	notes := map[string]int{}
	for _, f := range r.Findings {
		n[f.Severity]++
		if f.Severity == schema.Note {
			notes[f.Rule]++
		}
	}
	assert.Equal(t, []int{n[schema.Error], n[schema.Warning], n[schema.Note]}, []int{r.Errors, r.Warnings, r.Notes})
	if len(notes) == 0 {
		notes = nil
	}
	assert.Equal(t, notes, r.NoteCounts)
}

func checkOnlyFinding(t *testing.T, v testdata.Vector, r schema.Report) {
	require.Len(t, r.Findings, 1, "one vector, one fault; %s", v.Reason)
	type place struct {
		Rule, Pointer string
		Severity      schema.Severity
		Line, Column  int
	}
	f := r.Findings[0]
	assert.Equal(t, place{v.Rule, v.Pointer, severityOf(v, r.Profile), v.Line, v.Column}, place{f.Rule, f.Pointer, f.Severity, f.Line, f.Column}, v.Reason)
	for what, text := range map[string]string{"message": f.Message, "got": f.Got, "want": f.Want, "source": f.Source, "fingerprint": f.Fingerprint} {
		assert.NotEmpty(t, text, "a finding says its %s", what)
	}
	assert.NotContains(t, f.Message, "\n")
	assert.False(t, strings.HasSuffix(f.Message, "."), "no full stop: %s", f.Message)
}

// recorded are the ways in which captured traffic differs from the file.
var recorded = []string{
	"member/undocumented",
	"deviation/null-optional", "deviation/timestamp-string", "deviation/tool-result-object", "deviation/openai-content-absent",
}

func checkLive(t *testing.T, r schema.Report) {
	if r.Profile == schema.Live {
		assert.Zero(t, r.Errors, "a false alarm on real traffic: %v", verdicts(r))
		assert.Zero(t, r.Warnings, "a false alarm on real traffic: %v", verdicts(r))
	}
	for _, f := range r.Findings {
		assert.Contains(t, recorded, f.Rule, "%s: %s", f.Pointer, f.Message)
	}
}

func checkVectorReference(t *testing.T, v testdata.Vector, body []byte) {
	for _, p := range schema.Profiles {
		checkReference(t, body, validate(t, body, schema.Options{Profile: p, Engine: schema.EngineWalk}), schema.Drafts...)
	}
}

// decoderRefusals says which vectors the decoder refuses. It reads what it can
// without loss, so that values at fault are no reason to refuse.
func decoderRefusals(v testdata.Vector) (must, may bool) {
	switch {
	case strings.HasPrefix(v.Rule, "json/"), strings.HasPrefix(v.Rule, "envelope/"), v.Rule == "message/not-covered":
		return true, true
	case v.Rule == "schema/type", v.Rule == "schema/required":
		return false, true // a branch that no tag names is kept as it is
	}
	return false, false
}

func checkVectorDecoder(t *testing.T, v testdata.Vector, body []byte) {
	must, may := decoderRefusals(v)
	e, err := vapi.Decode(body)
	if err == nil {
		require.False(t, must, "the decoder takes what it must refuse")
		checkEncodedAgain(t, e, body)
		return
	}
	require.True(t, may, "the decoder refuses what it must read: %v", err)
	var refused *vapi.DecodeError
	require.ErrorAs(t, err, &refused)
	if v.Rule == "envelope/bare" { // the decoder takes no bare messages
		assert.Equal(t, "envelope/missing", refused.Rule)
		return
	}
	type place struct {
		Rule, Pointer string
		Line, Column  int
	}
	assert.Equal(t, place{v.Rule, v.Pointer, v.Line, v.Column}, place{refused.Rule, refused.Pointer, refused.Line, refused.Column})
}

func checkEncodedAgain(t *testing.T, e vapi.Envelope, body []byte) {
	again, err := json.Marshal(e)
	require.NoError(t, err)
	assert.NoError(t, jsontest.Equal(body, again), "decoding and encoding must lose nothing")
}

// checkReformatted holds the findings of one body written in two ways against each
// other: only the places differ.
func checkReformatted(t *testing.T, v testdata.Vector, body []byte) {
	if !json.Valid(body) || v.Rule == "json/utf8" {
		return // no other way of writing it
	}
	var compact, indented bytes.Buffer
	require.NoError(t, json.Compact(&compact, body))
	require.NoError(t, json.Indent(&indented, body, "\t", "\t\t"))
	for _, p := range schema.Profiles {
		want := judge(t, body, schema.Options{Profile: p})
		for _, text := range [][]byte{compact.Bytes(), indented.Bytes()} {
			assert.Equal(t, timeless(want), timeless(judge(t, text, schema.Options{Profile: p})), "profile %s", p)
		}
	}
}

// timeless is a report without what depends on white space.
func timeless(r schema.Report) schema.Report {
	r.Findings = slices.Clone(r.Findings)
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Line, f.Column, f.Offset, f.Length = 0, 0, 0, 0
	}
	return r
}

// checkBare takes the message out of its envelope: the findings are the same, one
// level up.
func checkBare(t *testing.T, v testdata.Vector, body []byte) {
	if v.Rule != "" && (strings.HasPrefix(v.Rule, "json/") || strings.HasPrefix(v.Rule, "envelope/")) {
		return
	}
	message := encode(t, get(decode(t, body), "/message"))
	for _, p := range schema.Profiles {
		var want []verdict
		for _, f := range verdicts(validate(t, body, schema.Options{Profile: p})) {
			if !strings.HasPrefix(f.Pointer, "/message") {
				return // it is about the envelope
			}
			f.Pointer = strings.TrimPrefix(f.Pointer, "/message")
			want = append(want, f)
		}
		assert.Equal(t, sorted(want), verdicts(judge(t, message, schema.Options{Profile: p, Envelope: schema.EnvelopeNone})), "profile %s", p)
	}
}
