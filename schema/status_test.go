package schema_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ringproof/ringproof/schema"
)

// The rules of presence once more, written by hand from the descriptions of the
// members: nothing here is read from the ledger.

var statuses = []string{"scheduled", "queued", "ringing", "in-progress", "forwarding", "ended", "not-found", "deletion-failed"}

var presenceRules = []struct {
	member, rule, only string
	present            string // a valid value
	reason             string
}{
	{"endedReason", "only-if/ended-reason", "ended", `"customer-ended-call"`, "why a call ended is known when it has"},
	{"messages", "only-if/messages", "forwarding", `[{"role":"user","message":"Hello","time":1,"endTime":2,"secondsFromStart":0}]`, "the conversation so far is for whom the call is forwarded to"},
	{"messagesOpenAIFormatted", "only-if/messages-openai-formatted", "forwarding", `[{"role":"user","content":"Hello"}]`, "the same in another format"},
	{"destination", "only-if/destination", "forwarding", `{"type":"number","number":"+15555550100"}`, "where the call is forwarded to"},
	{"transcript", "only-if/transcript", "forwarding", `"Hello"`, "a value that is empty or not makes no difference"},
	{"summary", "only-if/summary", "forwarding", `""`, "an empty value is there, too"},
	{"inboundPhoneCallDebuggingArtifacts", "only-if/inbound-phone-call-debugging-artifacts", "ended", `{"error":"no assistant"}`, "what went wrong when the call came in"},
}

// statusRow is a status as it is written, and what is wrong with it by itself.
type statusRow struct {
	member string // `"status":...,` or nothing
	known  string // the status, if it is a string
	text   bool
	faults []fault
	reason string
}

func statusRows() []statusRow {
	rows := []statusRow{
		{`"status":"transferring",`, "transferring", true, []fault{undocumentedValue("/message/status")}, "with a status of tomorrow, too, the member should be absent"},
		{`"status":"",`, "", true, []fault{undocumentedValue("/message/status")}, "an empty status is a status"},
		{`"status":"Ended",`, "Ended", true, []fault{undocumentedValue("/message/status")}, "values are compared exactly"},
		{`"status":"ended ",`, "ended ", true, []fault{undocumentedValue("/message/status")}, "to the last character"},
		{``, "", false, []fault{broken("schema/required", "/message")}, "without a status nothing can be said of the member"},
		{`"status":null,`, "", false, []fault{broken("schema/type", "/message/status")}, "nor with null"},
		{`"status":5,`, "", false, []fault{broken("schema/type", "/message/status")}, "nor with a number"},
		{`"status":["ended"],`, "", false, []fault{broken("schema/type", "/message/status")}, "nor with an array"},
		{`"status":{"ended":true},`, "", false, []fault{broken("schema/type", "/message/status")}, "nor with an object"},
	}
	for _, s := range statuses {
		rows = append(rows, statusRow{`"status":"` + s + `",`, s, true, nil, "a documented status"})
	}
	return rows
}

func TestMembersAreSentOnlyWithTheirStatus(t *testing.T) {
	t.Parallel()
	ran := 0
	for _, status := range statusRows() {
		for _, rule := range presenceRules {
			at := "/message/" + rule.member
			var misplaced []fault
			if status.text && status.known != rule.only {
				misplaced = []fault{broken(rule.rule, at)}
			}
			for member, want := range map[string][]fault{
				`"` + rule.member + `":` + rule.present + `,`: misplaced,
				`"` + rule.member + `":null,`:                 {deviates("deviation/null-optional", at)}, // counts as absent
				``:                                            nil,
			} {
				ran++
				body := []byte(`{"message":{` + status.member + member + `"type":"status-update"}}`)
				for _, p := range schema.Profiles {
					r := judge(t, body, schema.Options{Profile: p})
					wants := mutant{want: append(want, status.faults...)}.wants(p)
					assert.Equal(t, wants, verdicts(r), "profile %s: %s; %s; %s", p, body, status.reason, rule.reason)
					checkPlaces(t, body, r)
					checkReference(t, body, r, schema.Drafts...)
				}
			}
		}
	}
	t.Logf("%d bodies: %d statuses, %d members, each present, null and absent", ran, len(statusRows()), len(presenceRules))
	assert.Equal(t, (8+9)*7*3, ran)
}

func TestOnlyOneStatusAdmitsEachMemberOfAMessageThatHasThemAll(t *testing.T) {
	t.Parallel()
	for _, status := range statuses {
		body := `{"message":{"type":"status-update","status":"` + status + `"`
		var want []verdict
		for _, r := range presenceRules {
			body += `,"` + r.member + `":` + r.present
			if r.only != status {
				want = append(want, verdict{r.rule, "/message/" + r.member, schema.Error})
			}
		}
		assert.Equal(t, sorted(want), verdicts(judge(t, []byte(body+`}}`), schema.Options{})), status)
	}
}
