package schema_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/schema"
)

const mebi = 1 << 20

// count is how many findings of each severity there are.
type count struct{ errors, warnings, notes int }

// hostileRow is a body made to hurt. The benchmarks run the same rows.
type hostileRow struct {
	name             string
	body             func() []byte
	rule             string // of the first finding; empty: none
	pointer          string
	live, documented count
	reason           string
}

func oneError(name, body, rule, pointer, reason string) hostileRow {
	return hostileRow{name, func() []byte { return []byte(body) }, rule, pointer, count{errors: 1}, count{errors: 1}, reason}
}

func valid(name string, body func() []byte, reason string) hostileRow {
	return hostileRow{name: name, body: body, reason: reason}
}

const (
	forwarding = `{"message":{"type":"status-update","status":"forwarding",`
	inProgress = `{"message":{"type":"status-update","status":"in-progress",`
)

// filled repeats an item between two texts until the body is as long as it may be,
// and says how often.
func filled(before, item, after string) (func() []byte, int) {
	n := (8*mebi - len(before) - len(after) + 1) / (len(item) + 1)
	return func() []byte {
		return []byte(before + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + after)
	}, n
}

// flood is an array of messages, each with the same findings.
func flood(name, item, rule, pointer string, live, documented count, reason string) hostileRow {
	body, n := filled(forwarding+`"messages":[`, item, `]}}`)
	times := func(c count) count { return count{c.errors * n, c.warnings * n, c.notes * n} }
	return hostileRow{name, body, rule, "/message/messages/0" + pointer, times(live), times(documented), reason}
}

// squads nests squads through the destinations of tools.
func squads(deep int) string {
	const open = `{"members":[{"assistant":{"model":{"provider":"openai","model":"gpt-4o","tools":[{"type":"handoff","destinations":[{"type":"squad","squad":`
	const end = `}]}]}}}]}`
	return inProgress + `"call":{"id":"c","orgId":"o","createdAt":"2026-04-07T16:51:49Z","updatedAt":"2026-04-07T16:51:49Z","squad":` +
		strings.Repeat(open, deep) + `{"members":[]}` + strings.Repeat(end, deep) + `}}}`
}

func members(n int) string {
	var b strings.Builder
	b.WriteString(inProgress)
	for i := range n {
		fmt.Fprintf(&b, `"x%d":0,`, i)
	}
	return b.String() + `"timestamp":1}}`
}

func hostileRows() []hostileRow {
	enums, enumsN := filled(inProgress+`"assistant":{"serverMessages":[`, `"x"`, `]}}}`)
	keywords, keywordsN := filled(inProgress+`"assistant":{"transcriber":{"provider":"deepgram","keywords":[`, `"1"`, `]}}}}`)
	free, _ := filled(inProgress+`"assistant":{"metadata":{"a":[`, `[]`, `]}}}}`)
	const credential = `{"provider":"xai","apiKey":""}`
	credentials, _ := filled(inProgress+`"assistant":{"credentials":[`, credential, `]}}}`)
	sound, _ := filled(forwarding+`"messages":[`, `{"role":"system","message":"","time":1,"secondsFromStart":1}`, `]}}`)
	return []hostileRow{
		oneError("exponent", inProgress+`"timestamp":1e1000001}}`, "json/number", "/message/timestamp", "v5 panics on it; expanded it takes a gigabyte"),
		{"brackets", func() []byte { return []byte(strings.Repeat("[", 100_000)) }, "json/depth", strings.Repeat("/0", 256), count{errors: 1}, count{errors: 1},
			"a recursive reader runs out of stack"},
		{"squads past the depth", func() []byte { return []byte(squads(3000)) }, "json/depth", "", count{errors: 1}, count{errors: 1}, "v5 takes a minute for 3,000 levels"},
		valid("squads at the depth", func() []byte { return []byte(squads(27)) }, "with oneOf, time grows exponentially with the depth; 27 squads are 252 levels"),
		{"20 MB", func() []byte { return []byte(inProgress + `"x":"` + strings.Repeat("x", 20_000_000) + `"}}`) }, "json/size", "", count{errors: 1}, count{errors: 1},
			"refused before it is read"},
		oneError("duplicate member", `{"message":{"type":"status-update","status":"ended","status":"queued"}}`, "json/duplicate-member", "/message/status",
			"one decoder takes the first, another the last"),
		oneError("long s", `{"message":{"type":"status-update","ſtatus":"ended","status":"queued"}}`, "json/confusable-member", "/message/ſtatus",
			"encoding/json takes it for status"),
		oneError("lone surrogate", inProgress+`"summary":"\ud83d"}}`, "json/utf8", "/message/summary", "no Unicode text"),
		oneError("byte-order mark", "\uFEFF"+`{"message":{}}`, "json/syntax", "", "many decoders fail on it"),
		oneError("trailing text", inProgress+`"timestamp":1}} x`, "json/syntax", "", "encoding/json's Decoder does not look there"),
		oneError("empty", ``, "json/syntax", "", "no body at all"),
		oneError("invalid UTF-8", inProgress+"\"summary\":\"\xff\"}}", "json/utf8", "/message/summary", "encoding/json replaces it in silence"),
		oneError("NUL byte in a string", inProgress+"\"summary\":\"a\x00b\"}}", "json/syntax", "/message/summary", "the end of a string in C"),
		oneError("NUL byte at the end", inProgress+"\"timestamp\":1}}\x00", "json/syntax", "", "a string in C with its end"),
		valid("NUL character", func() []byte { return []byte(forwarding + `"summary":"a\u0000b"}}`) }, "escaped it is a character like any other"),

		flood("numbers for messages", `1`, "schema/type", "", count{errors: 1}, count{errors: 1}, "four million errors"),
		flood("empty messages", `{}`, "schema/required", "", count{errors: 1}, count{errors: 1}, "no role tells the branch"),
		flood("unknown roles", `{"role":"x"}`, "schema/enum", "/role", count{warnings: 1}, count{errors: 1}, "a hint for each would take minutes"),
		flood("messages without members", `{"role":"bot"}`, "schema/required", "", count{errors: 4}, count{errors: 4}, "several errors each"),
		flood("unknown members of messages", `{"role":"system","message":"","time":1,"secondsFromStart":1,"x":0}`, "member/unknown", "/x", count{notes: 1}, count{warnings: 1},
			"notes in the profile live"),
		{"undocumented values", enums, "schema/enum", "/message/assistant/serverMessages/0", count{warnings: enumsN}, count{errors: enumsN}, "two million values to look up"},
		{"patterns", keywords, "schema/pattern", "/message/assistant/transcriber/keywords/0", count{errors: keywordsN}, count{errors: keywordsN}, "two million matches"},
		{"unknown members", func() []byte { return []byte(members(600_000)) }, "member/unknown", "/message/x0", count{notes: 600_000}, count{warnings: 600_000},
			"a table of names that someone else chose"},
		valid("credentials", credentials, "v5 tries more than fifty branches for each"),
		valid("credentials for v5", func() []byte {
			return []byte(inProgress + `"assistant":{"credentials":[` + strings.TrimSuffix(strings.Repeat(credential+",", 1000), ",") + `]}}}`)
		}, "about as many as v5 is asked to judge"),
		valid("free-form content", free, "arrays that nobody looks into"),
		valid("messages", sound, "as many valid messages as there may be"),
	}
}

func (r hostileRow) want(p schema.Profile) count {
	if p == schema.Live {
		return r.live
	}
	return r.documented
}

// memory is what judging a body may allocate in all, besides the body itself. More
// than this must be free at the same time, so that the bound is the stricter one.
const memory = 256 * mebi

// Time is measured by BenchmarkHostile, not here: a test that asserts it fails on
// a busy machine.
func TestHostileBodiesAreJudgedInBoundedMemory(t *testing.T) {
	for _, row := range hostileRows() {
		t.Run(row.name, func(t *testing.T) {
			body := row.body()
			all := []schema.Options{{}}
			if row.live != row.documented || len(body) < mebi {
				all = append(all, schema.Options{Profile: schema.Documented})
			}
			if len(body) < mebi { // else the walk decides anyway
				all = append(all, schema.Options{Engine: schema.EngineWalk})
			}
			for _, o := range all {
				v, err := schema.NewValidator(o)
				require.NoError(t, err)
				_, err = v.Validate([]byte(inProgress + `"timestamp":1}}`)) // what is made once
				require.NoError(t, err)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				r, err := v.Validate(body)
				runtime.ReadMemStats(&after)
				require.NoError(t, err)
				used := after.TotalAlloc - before.TotalAlloc
				assert.Less(t, used, uint64(memory), "%+v", o)
				if used > memory/4 {
					t.Logf("profile %s, engine %s: %d MiB allocated for %d MiB", r.Profile, r.Engine, used/mebi, len(body)/mebi)
				}
				checkHostile(t, row, r)
			}
		})
	}
}

func checkHostile(t *testing.T, row hostileRow, r schema.Report) {
	t.Helper()
	want := row.want(r.Profile)
	assert.Equal(t, want, count{r.Errors, r.Warnings, r.Notes}, "profile %s: every finding is counted; %s", r.Profile, row.reason)
	listed := min(want.errors, schema.MaxFindings) + min(want.warnings, schema.MaxFindings) + min(want.notes, schema.MaxFindings)
	assert.Len(t, r.Findings, listed, "at most so many are listed")
	assert.Equal(t, want.errors+want.warnings+want.notes-listed, r.Omitted())
	sum := 0
	for _, n := range r.NoteCounts {
		sum += n
	}
	assert.Equal(t, want.notes, sum, "notes by rule")
	if row.rule == "" {
		return
	}
	if assert.NotEmpty(t, r.Findings) {
		f := r.Findings[0]
		assert.Equal(t, row.rule, f.Rule, row.reason)
		if row.pointer != "" || f.Rule == "json/syntax" || f.Rule == "json/size" {
			assert.Equal(t, row.pointer, f.Pointer, row.reason)
		}
		for _, text := range []string{f.Message, f.Got, f.Want, f.Hint} {
			assert.Less(t, len(text), 1000, "a finding stays readable")
		}
	}
}

// A payload that would take v5 too long is judged by the walk, and the report says
// so. The verdict is the same.
func TestAPayloadTooCostlyForV5IsJudgedByTheWalk(t *testing.T) {
	t.Parallel()
	sound := `{"role":"system","message":"","time":1,"secondsFromStart":1}`
	for _, row := range []struct {
		messages int
		item     string
		engine   schema.Engine
		reason   string
	}{
		{100, sound, schema.EngineV5, "small"},
		{affordable(t, sound), sound, schema.EngineV5, "just cheap enough"},
		{affordable(t, sound) + 1, sound, schema.EngineWalk, "one message more"},
		{schema.MaxFindings, `1`, schema.EngineV5, "as many errors as a report lists"},
		{schema.MaxFindings + 1, `1`, schema.EngineWalk, "one error more"},
	} {
		body := []byte(manyMessages(row.messages, row.item))
		r := validate(t, body, schema.Options{Engine: schema.EngineV5})
		assert.Equal(t, row.engine, r.Engine, "%d times %s: %s", row.messages, row.item, row.reason)
		assert.Empty(t, disagreement(validate(t, body, schema.Options{Engine: schema.EngineWalk}), r), row.reason)
	}
}

func manyMessages(n int, item string) string {
	return forwarding + `"messages":[` + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + `]}}`
}

// affordable is how many such messages v5 is asked to judge at most.
func affordable(t *testing.T, item string) int {
	t.Helper()
	cost := func(n int) int {
		c, err := schema.ReferenceCost([]byte(manyMessages(n, item)), schema.Live)
		require.NoError(t, err)
		return c
	}
	return 1 + (schema.MaxReferenceCost-cost(1))/(cost(2)-cost(1))
}

// Captured bodies must not come near the limit: v5 is who decides on them.
func TestCapturedBodiesAreCheapForV5(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t) {
		if kindOf(v) == "live" {
			body, err := v.Body()
			require.NoError(t, err)
			cost, err := schema.ReferenceCost(body, schema.Live)
			require.NoError(t, err)
			assert.Less(t, cost, schema.MaxReferenceCost/50, v.File)
		}
	}
}
