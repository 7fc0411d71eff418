package schema_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ringproof/ringproof/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// belowKey is a body with a fault below a member that the sender has named: a
// property of a tool's parameters, whose type is a number.
func belowKey(key string, faults int) []byte {
	name, err := json.Marshal(key)
	if err != nil {
		panic(err)
	}
	required := strings.TrimSuffix(strings.Repeat("7,", faults), ",")
	return fmt.Appendf(nil, `{"message":{"type":"status-update","status":"queued","assistant":{"model":{"provider":"openai","model":"gpt-4o","tools":[
		{"type":"function","function":{"name":"look_up","parameters":{"type":"object","properties":{%s:{"type":"string","required":[%s]}}}}}]}}}}`, name, required)
}

func TestFindingsBelowAnyNameAreTheSameByBothEngines(t *testing.T) {
	for _, key := range []string{"plain", "", "a b", "ü", "?", "[0]", "{x}", "50%", "%41", "a/b", "~", "a\"b", "#", "日本", "\\", "\u2028"} {
		for _, p := range schema.Profiles {
			var reports []schema.Report
			for _, e := range schema.Engines {
				r, err := schema.Validate(belowKey(key, 1), schema.Options{Profile: p, Engine: e})
				require.NoError(t, err)
				require.Len(t, r.Findings, 1, "%q, %s: %v", key, e, r.Findings)
				assert.Equal(t, "schema/type", r.Findings[0].Rule, "%q, %s", key, e)
				assert.NotEqual(t, "the derived schema", r.Findings[0].Source, "%q: the walk explains it", key)
				reports = append(reports, r)
			}
			assert.Equal(t, reports[0].Findings, reports[1].Findings, "%q", key)
		}
	}
}

func TestFindingsBelowALongNameAreBounded(t *testing.T) {
	for _, key := range []string{strings.Repeat("n", 1<<20), strings.Repeat("~", 1<<20), strings.Repeat("é", 1<<19)} {
		r, err := schema.Validate(belowKey(key, schema.MaxFindings), schema.Options{})
		require.NoError(t, err)
		require.Len(t, r.Findings, schema.MaxFindings)
		total := 0
		for _, f := range r.Findings {
			total += len(f.Pointer) + len(f.Message) + len(f.Got) + len(f.Want)
		}
		assert.Less(t, total, 10<<20, "all findings together, in bytes")
	}
}
