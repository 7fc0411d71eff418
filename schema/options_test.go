package schema_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/schema"
)

func TestUnknownOptionsAreErrorsNotFindings(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		options schema.Options
		says    string
		reason  string
	}{
		{schema.Options{Profile: "strict"}, "strict", "an unknown profile"},
		{schema.Options{Profile: "Live"}, "Live", "names are exact"},
		{schema.Options{Engine: "v6"}, "v6", "an unknown engine"},
		{schema.Options{Envelope: "maybe"}, "maybe", "an unknown envelope mode"},
		{schema.Options{MaxBytes: -1}, "-1 bytes", "a negative limit"},
		{schema.Options{MaxDepth: -1}, "-1 levels", "a negative limit"},
		{schema.Options{Profile: "a", Engine: "b", Envelope: "c"}, `"b"`, "all that is wrong is told at once"},
	} {
		r, err := schema.Validate([]byte(`{}`), row.options)
		assert.ErrorContains(t, err, row.says, row.reason)
		assert.Equal(t, schema.Report{}, r, row.reason)
		v, err := schema.NewValidator(row.options)
		assert.Error(t, err, row.reason)
		assert.Nil(t, v, row.reason)
	}
}

func TestZeroOptionsAreTheDefaults(t *testing.T) {
	t.Parallel()
	body := []byte(`{"type":"status-update","status":"transferring"}`)
	r := validate(t, body, schema.Options{})
	assert.Equal(t, schema.Live, r.Profile)
	assert.Equal(t, schema.EngineV5, r.Engine)
	same := schema.Options{Profile: schema.Live, Engine: schema.EngineV5, Envelope: schema.EnvelopeAuto, MaxBytes: 8 * mebi, MaxDepth: 256}
	assert.Equal(t, r, validate(t, body, same))
	for _, p := range schema.Profiles {
		got, err := schema.ParseProfile(string(p))
		assert.NoError(t, err)
		assert.Equal(t, p, got)
	}
	_, err := schema.ParseProfile("")
	assert.Error(t, err)
}

func TestBriefFindingsAreTheSameInFewerWords(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t) {
		body, err := v.Body()
		require.NoError(t, err)
		for _, engine := range schema.Engines {
			full := validate(t, body, schema.Options{Engine: engine})
			brief := validate(t, body, schema.Options{Engine: engine, Brief: true})
			for i := range full.Findings {
				f := &full.Findings[i]
				*f = schema.Finding{Rule: f.Rule, Severity: f.Severity, Pointer: f.Pointer, Offset: f.Offset, Length: f.Length}
			}
			assert.Equal(t, full, brief, v.File)
		}
	}
}

func TestEnvelopeModes(t *testing.T) {
	t.Parallel()
	const (
		wrapped = `{"message":{"type":"status-update","status":5}}`
		bare    = `{"type":"status-update","status":5}`
		both    = `{"message":{"type":"status-update","status":"queued"},"type":"status-update","status":5}`
		neither = `{"status":"queued"}`
	)
	badStatus := func(at string) verdict { return verdict{"schema/type", at + "/status", schema.Error} }
	missing := verdict{"envelope/missing", "", schema.Error}
	bareNote := verdict{"envelope/bare", "", schema.Note}
	beside := []verdict{{"member/unknown", "/status", schema.Note}, {"member/unknown", "/type", schema.Note}}
	for _, row := range []struct {
		mode   schema.EnvelopeMode
		body   string
		want   []verdict
		reason string
	}{
		{schema.EnvelopeAuto, wrapped, []verdict{badStatus("/message")}, "the usual body"},
		{schema.EnvelopeAuto, bare, []verdict{bareNote, badStatus("")}, "judged all the same, with a note"},
		{schema.EnvelopeAuto, both, beside, "a body with a message is an envelope"},
		{schema.EnvelopeAuto, neither, []verdict{missing}, "without a type it is no message"},
		{schema.EnvelopeAuto, `{"type":7}`, []verdict{missing}, "nor with a type that is no string"},
		{schema.EnvelopeAuto, `[]`, []verdict{missing}, "an array is neither"},
		{schema.EnvelopeRequired, wrapped, []verdict{badStatus("/message")}, "the usual body"},
		{schema.EnvelopeRequired, bare, []verdict{missing}, "and nothing is said of what is inside"},
		{schema.EnvelopeRequired, both, beside, "the envelope is there"},
		{schema.EnvelopeRequired, neither, []verdict{missing}, "no envelope"},
		{schema.EnvelopeNone, bare, []verdict{badStatus("")}, "as it should be, so without a note"},
		{schema.EnvelopeNone, wrapped, []verdict{{"member/unknown", "/message", schema.Note}, {"schema/required", "", schema.Error}, {"schema/required", "", schema.Error}},
			"message is no member of a message, which lacks type and status"},
		{schema.EnvelopeNone, `7`, []verdict{{"schema/type", "", schema.Error}}, "a message is an object"},
		{schema.EnvelopeNone, `{"type":"hang"}`, []verdict{{"message/not-covered", "/type", schema.Note}}, "another message"},
	} {
		r := judge(t, []byte(row.body), schema.Options{Envelope: row.mode})
		assert.Equal(t, sorted(row.want), verdicts(r), "%s, %s: %s", row.mode, row.body, row.reason)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	body := inProgress + `"assistant":{"metadata":{"a":[[]]}}}}`
	const depth = 6
	long := strings.Repeat(" ", 8*mebi-len(body))
	deep := func(levels int) string {
		return inProgress + `"assistant":{"metadata":{"a":` + strings.Repeat("[", levels-4) + strings.Repeat("]", levels-4) + `}}}}`
	}
	for _, row := range []struct {
		body    string
		options schema.Options
		rule    string
		reason  string
	}{
		{body, schema.Options{MaxBytes: len(body)}, "", "the limit is inclusive"},
		{body, schema.Options{MaxBytes: len(body) - 1}, "json/size", "one byte too many"},
		{body, schema.Options{MaxBytes: 1}, "json/size", "a limit that nothing meets"},
		{body + long, schema.Options{}, "", "8 MiB are the default"},
		{body + long + " ", schema.Options{}, "json/size", "even if the rest is white space"},
		{body + long + " ", schema.Options{MaxBytes: 9 * mebi}, "", "the limit can be raised"},
		{body, schema.Options{MaxDepth: depth}, "", "the limit is inclusive"},
		{body, schema.Options{MaxDepth: depth - 1}, "json/depth", "one level too many"},
		{deep(256), schema.Options{}, "", "256 levels are the default"},
		{deep(257), schema.Options{}, "json/depth", "one more"},
		{deep(257), schema.Options{MaxDepth: 257}, "", "the limit can be raised"},
	} {
		r := judge(t, []byte(row.body), row.options)
		if row.rule == "" {
			assert.Empty(t, r.Findings, row.reason)
			continue
		}
		require.Len(t, r.Findings, 1, row.reason)
		assert.Equal(t, row.rule, r.Findings[0].Rule, row.reason)
		assert.Equal(t, schema.Error, r.Findings[0].Severity, row.reason)
	}
}

func TestHintsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		body    string
		options schema.Options
		hint    string // part of it; "-": there must be none
		reason  string
	}{
		{`{"message":{"type":"status-update","status":"in-progres"}}`, schema.Options{}, `did you mean "in-progress"?`, "a letter is missing"},
		{`{"message":{"type":"status-update","status":"ENDED"}}`, schema.Options{}, `did you mean "ended"?`, "only the case differs"},
		{`{"message":{"type":"status-update","status":"ended","endedReason":"custmer-ended-cal"}}`, schema.Options{}, `did you mean "customer-ended-call"?`, "one of 595"},
		{`{"message":{"type":"status-update","status":"x"}}`, schema.Options{}, "-", "nothing is near"},
		{`{"message":{"type":"status-update","status":"` + strings.Repeat("ended", 1000) + `"}}`, schema.Options{}, "-", "nothing that long"},
		{inProgress + `"artifact":{"messages":[{"role":"tool_call"}]}}}`, schema.Options{}, `did you mean "tool_calls"?`, "tags are values, too"},
		{inProgress + `"artifact":{"messages":[{}]}}}`, schema.Options{}, "tool_call_result", "the values of a missing tag"},
		{`{"type":"status-update"}`, schema.Options{Envelope: schema.EnvelopeRequired}, "bare message", "how to wrap it"},
		{`[{"message":{}}]`, schema.Options{}, "several payloads", "a list of bodies"},
		{`{"message":{"type":"hang"}}`, schema.Options{}, "-", "the message says it all"},
		{`{"message":{"type":"status-update","status":"ended","Status":"queued"}}`, schema.Options{}, "case", "why that is an error"},
	} {
		r := judge(t, []byte(row.body), row.options)
		require.NotEmpty(t, r.Findings, row.reason)
		if row.hint == "-" {
			assert.Empty(t, r.Findings[0].Hint, row.reason)
		} else {
			assert.Contains(t, r.Findings[0].Hint, row.hint, row.reason)
		}
	}
}

func TestOnlyTheTypeOfAnotherMessageIsLookedAt(t *testing.T) {
	t.Parallel()
	body := []byte(`{"message":{"status":5,"Status":6,"type":"conversation-update","messages":7,"x":null},"y":0}`)
	for p, severity := range map[schema.Profile]schema.Severity{schema.Live: schema.Note, schema.Documented: schema.Error} {
		r := judge(t, body, schema.Options{Profile: p})
		assert.True(t, r.NotCovered)
		want := []verdict{{"message/not-covered", "/message/type", severity}}
		for _, f := range verdicts(r) {
			if f.Pointer != "/y" { // of the envelope
				assert.Equal(t, want, []verdict{f})
			}
		}
		assert.Len(t, r.Findings, 2)
	}
}
