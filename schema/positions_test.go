package schema_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/schema"
)

// faulty is a body with faults of all kinds, several of them at one place.
const faulty = `{
  "message": {
    "type": "status-update",
    "status": "transferring",
    "STATUS": "ended",
    "timestamp": null,
    "summary": "Grüße aus Köln 😀, 東京",
    "customer": {"name": 5, "number": "1", "zz": 1, "aa": 2},
    "messages": [{"role": "user"}, {}, 7, {"role": null}, {"role": "x"}],
    "artifact": {"variables": {}, "structuredOutputsLastUpdatedAt": "noon"}
  },
  "extra": [1]
}
`

func TestPlacesAreThoseOfTheBodyAsItWasGiven(t *testing.T) {
	t.Parallel()
	var compact, indented bytes.Buffer
	require.NoError(t, json.Compact(&compact, []byte(faulty)))
	require.NoError(t, json.Indent(&indented, []byte(faulty), "", "\t"))
	texts := map[string]string{
		"as it stands":          faulty,
		"minified":              compact.String(),
		"tabs":                  indented.String(),
		"CRLF":                  strings.ReplaceAll(faulty, "\n", "\r\n"),
		"CR":                    strings.ReplaceAll(faulty, "\n", "\r"),
		"mixed line ends":       strings.ReplaceAll(strings.ReplaceAll(faulty, ",\n", ",\r\n"), "{\n", "{\r\r\n\n"),
		"white space in front":  "\n\r\n\t \r" + faulty,
		"all on its own line":   strings.NewReplacer(`":`, "\"\n:\n", `,"`, "\r,\r\"").Replace(compact.String()),
		"multi-byte text ahead": `{"😀東é": "😀東é", ` + strings.TrimPrefix(compact.String(), "{"),
	}
	for _, p := range schema.Profiles {
		want := fingerprints(judge(t, []byte(faulty), schema.Options{Profile: p}))
		require.Len(t, want, 20)
		for name, text := range texts {
			r := judge(t, []byte(text), schema.Options{Profile: p})
			checkPlaces(t, []byte(text), r)
			if got := fingerprints(r); name == "multi-byte text ahead" { // the member is unknown
				assert.Len(t, got, len(want)+1, name)
			} else {
				assert.Equal(t, want, got, "%s, profile %s: the same fingerprints", name, p)
			}
			assert.True(t, slices.IsSortedFunc(r.Findings, func(a, b schema.Finding) int { return a.Offset - b.Offset }), "%s: in the order of the body", name)
		}
	}
}

func fingerprints(r schema.Report) []string {
	var list []string
	for _, f := range r.Findings {
		list = append(list, f.Fingerprint)
	}
	slices.Sort(list)
	return list
}

func TestPlacesWrittenDownByHand(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		body, pointer string
		line, column  int
		length        int
		reason        string
	}{
		{`{"message":{"type":"status-update","status":5}}`, "/message/status", 1, 45, 1, "minified"},
		{"{\"message\":{\r\n\t\"type\":\"status-update\",\r\n\t\"status\":\t5}}", "/message/status", 3, 12, 1, "a tab is one column, CRLF one line end"},
		{"{\"message\":{\r\"type\":\"status-update\",\r\"status\":5}}", "/message/status", 3, 10, 1, "a carriage return alone ends a line"},
		{"{\"message\":{\n\r\"type\":\"status-update\",\"status\":5}}", "/message/status", 3, 33, 1, "the other way round these are two line ends"},
		{`{"message":{"summary":null,"assistantVersion":"😀é","type":"status-update","status":[5]}}`, "/message/status", 1, 84, 3, "code points, not bytes or UTF-16"},
		{`{"message":{"type":"status-update","status":"ended","😀": 1}}`, "/message/😀", 1, 53, 6, "a member's place is that of its name, its length is in bytes"},
		{`{"message": {"type":"status-update"}}`, "/message", 1, 13, 1, "a missing member is missing at the brace"},
		{`{"message":{"type":"status-update","status":"queued","summary":"s"}}`, "/message/summary", 1, 64, 3, "a member that should not be there is pointed at by its value"},
		{`{"message":{"type":"status-update","status":"queued","SUMMARY":"s"}}`, "/message/SUMMARY", 1, 54, 9, "a confusable one by its name"},
		{`{"message":{"type":"status-update","customer":{"zz":1`, "/message/customer", 1, 54, 0, "the end of the body has no length"},
	} {
		r := judge(t, []byte(row.body), schema.Options{})
		i := slices.IndexFunc(r.Findings, func(f schema.Finding) bool { return f.Pointer == row.pointer })
		if assert.GreaterOrEqual(t, i, 0, "%s: %v", row.body, verdicts(r)) {
			f := r.Findings[i]
			assert.Equal(t, [3]int{row.line, row.column, row.length}, [3]int{f.Line, f.Column, f.Length}, "%q: %s", row.body, row.reason)
		}
	}
}

func TestFingerprintsTellFindingsApart(t *testing.T) {
	t.Parallel()
	base := `{"message":{"type":"status-update","status":"transferring"}}`
	all := map[string]string{}
	for _, body := range []string{
		base,
		`{"message":{"type":"status-update","status":"forwarded"}}`,
		`{"message":{"type":"status-update","status":5}}`,
		`{"message":{"type":"status-update","status":6}}`,
		`{"message":{"type":"status-update"}}`,
		`{"message":{"status":"queued"}}`,
		`{"message":{"type":"status-update","status":"queued","a":1}}`,
		`{"message":{"type":"status-update","status":"queued","b":1}}`,
	} {
		for _, f := range judge(t, []byte(body), schema.Options{}).Findings {
			assert.Len(t, f.Fingerprint, 16)
			assert.Empty(t, all[f.Fingerprint], "%s and another body have the same fingerprint", body)
			all[f.Fingerprint] = body
		}
	}
	assert.Len(t, all, 8)
	live, documented := judge(t, []byte(base), schema.Options{}), judge(t, []byte(base), schema.Options{Profile: schema.Documented})
	assert.Equal(t, fingerprints(live), fingerprints(documented), "the profile is not part of it")
}

func TestReportsDoNotChangeFromRunToRun(t *testing.T) {
	t.Parallel()
	for _, p := range schema.Profiles {
		for _, e := range schema.Engines {
			o := schema.Options{Profile: p, Engine: e}
			want := fmt.Sprintf("%+v", validate(t, []byte(faulty), o))
			for range 50 {
				require.Equal(t, want, fmt.Sprintf("%+v", validate(t, []byte(faulty), o)), "profile %s, engine %s", p, e)
			}
		}
	}
}

func TestOneValidatorServesManyGoroutines(t *testing.T) {
	t.Parallel()
	for _, e := range schema.Engines {
		v, err := schema.NewValidator(schema.Options{Engine: e})
		require.NoError(t, err)
		want, err := v.Validate([]byte(faulty))
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 25 {
					got, err := v.Validate([]byte(faulty))
					assert.NoError(t, err)
					assert.Empty(t, disagreement(want, got))
				}
			})
		}
		wg.Wait()
	}
}
