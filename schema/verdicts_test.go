package schema_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ringproof/ringproof/schema"
)

const (
	none    = schema.Severity("")
	note    = schema.Note
	warning = schema.Warning
	failure = schema.Error
)

// The table of severities, row by row as the design states it. Each body has one
// fault.
func TestSeverities(t *testing.T) {
	t.Parallel()
	const (
		customer = `{"message":{"type":"status-update","status":"queued","customer":`
		artifact = `{"message":{"type":"status-update","status":"queued","artifact":`
	)
	for _, row := range []struct {
		body, rule       string
		live, documented schema.Severity
		reason           string
	}{
		{`{"message":{"type":"status-update","status":"queued"}}`, "", none, none, "nothing is wrong"},
		{`{"message":{"type":"status-update","status":"queued","summary":"s"}}`, "only-if/summary", failure, failure, "a broken prose rule"},
		{`{"message":{"type":"status-update"}}`, "schema/required", failure, failure, "a missing required member"},
		{customer + `[]}}`, "schema/type", failure, failure, "a wrong type"},
		{artifact + `{"messages":[{"role":5}]}}}`, "schema/type", failure, failure, "a wrong type of a tag"},
		{customer + `{"name":"01234567890123456789012345678901234567890"}}}`, "schema/maxLength", failure, failure, "a bound"},
		{`{"message":{"type":"status-update","status":"queued","assistant":{"server":{"timeoutSeconds":301}}}}`, "schema/maximum", failure, failure, "a bound"},
		{`{"message":{"type":"status-update","status":"queued","assistant":{"transcriber":{"provider":"deepgram","keywords":["1"]}}}}`, "schema/pattern", failure, failure, "a pattern"},
		{`{"message":{"type":"status-update","status":"queued",}}`, "json/syntax", failure, failure, "malformed"},
		{`{"message":{"type":"status-update","status":"queued","status":"queued"}}`, "json/duplicate-member", failure, failure, "a duplicate"},
		{`{"message":{"type":"status-update","status":"queued","STATUS":"ended"}}`, "json/confusable-member", failure, failure, "a confusable member"},
		{`{"message":{"type":"status-update","status":null}}`, "schema/type", failure, failure, "null in a required member"},
		{`{"message":{"type":"status-update","status":"transferring"}}`, "schema/enum", warning, failure, "an unknown enum value"},
		{artifact + `{"messages":[{"role":"moderator"}]}}}`, "schema/enum", warning, failure, "an unknown tag is a branch of tomorrow"},
		{`{"message":{"type":"status-update","status":"queued","customer":null}}`, "deviation/null-optional", note, failure, "a recorded deviation"},
		{`{"message":{"type":"status-update","status":"queued","timestamp":"2024-09-12T10:20:30.000Z"}}`, "deviation/timestamp-string", note, failure, "another one"},
		{artifact + `{"variables":{}}}}`, "member/undocumented", note, warning, "a known undocumented member"},
		{artifact + `{"constants":{}}}}`, "member/unknown", note, warning, "an unknown member"},
		{artifact + `{"structuredOutputsLastUpdatedAt":"noon"}}}`, "schema/format", note, warning, "a format that does not hold"},
		{`{"message":{"type":"end-of-call-report","status":5,"x":[]}}`, "message/not-covered", note, failure, "another message: nothing else is checked"},
		{`{"message":{"status":"queued"}}`, "schema/required", failure, failure, "the type is missing"},
		{`{"message":{"type":7,"status":"queued"}}`, "schema/type", failure, failure, "the type is no string"},
		{`{"type":"status-update","status":"queued"}`, "envelope/bare", note, note, "a message without its envelope"},
		{`{}`, "envelope/missing", failure, failure, "no message at all"},
	} {
		for p, severity := range map[schema.Profile]schema.Severity{schema.Live: row.live, schema.Documented: row.documented} {
			r := judge(t, []byte(row.body), schema.Options{Profile: p})
			assert.Equal(t, severity, r.Worst(), "%s, profile %s: %s", row.reason, p, row.body)
			var rules []string
			for _, f := range r.Findings {
				rules = append(rules, f.Rule)
			}
			if row.rule == "" {
				assert.Empty(t, rules, row.reason)
			} else {
				assert.Equal(t, []string{row.rule}, rules, "%s, profile %s: %s", row.reason, p, row.body)
			}
			assert.Equal(t, row.rule == "message/not-covered", r.NotCovered, row.reason)
			checkCounts(t, r)
			checkReference(t, []byte(row.body), r, schema.Drafts...)
		}
	}
}

func TestSeveritiesAreRanked(t *testing.T) {
	t.Parallel()
	order := []schema.Severity{none, note, warning, failure}
	for i, a := range order {
		for j, b := range order {
			assert.Equal(t, i >= j, a.AtLeast(b), "%q at least %q", a, b)
		}
	}
}
