package schema

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/ringproof/ringproof/internal/nearest"
	"github.com/ringproof/ringproof/schema/vapi"
	"github.com/ringproof/ringproof/schema/vapi/ledger"
)

// Topic explains one id: of a rule, which findings carry, or of a row of a ledger.
type Topic struct {
	ID       string
	Kind     string // rule, correction, deviation or undocumented member
	Title    string // a sentence without a full stop
	Why      string // what goes wrong otherwise, or how the row came about
	Source   string // where it is stated
	Since    string // since when it is so, as far as known
	Severity map[Profile]Severity
	Wrong    string // an example as JSON; empty where none fits in a line
	Right    string
}

// Topics are all topics: first the rules, then the ledgers, each in its order.
func Topics() []Topic {
	all := slices.Clone(ruleTopics)
	for i := range all {
		all[i].Kind, all[i].Severity = "rule", maps.Clone(verdicts[topicClasses[all[i].ID]])
	}
	for i := range vapi.Rules {
		if r := &vapi.Rules[i]; r.Demand == ledger.OnlyThen {
			all = append(all, onlyIfTopic(r))
		}
	}
	for i := range vapi.Deviations {
		all = append(all, deviationTopic(&vapi.Deviations[i]))
	}
	for i := range vapi.Corrections {
		all = append(all, correctionTopic(&vapi.Corrections[i]))
	}
	for i := range vapi.UndocumentedMembers {
		all = append(all, undocumentedTopic(&vapi.UndocumentedMembers[i]))
	}
	return all
}

// TopicOf returns the topic with the id.
func TopicOf(id string) (Topic, bool) {
	for _, t := range Topics() {
		if t.ID == id {
			return t, true
		}
	}
	return Topic{}, false
}

// topicClasses are the classes of the rules that are no plain faults.
var topicClasses = map[string]class{
	"schema/enum": undocumented, "schema/format": malformed, "message/not-covered": foreign, "envelope/bare": bare,
	"member/undocumented": surplus, "member/unknown": surplus,
}

const (
	rfc8259  = "RFC 8259 (JSON)"
	theFile  = "the provider's OpenAPI file, as corrected"
	allFiles = "in every file of the provider since 2025-06-30, the oldest one read"
	always   = "always"
)

// ruleTopics are the rules that no ledger has, and the three of the envelope.
var ruleTopics = []Topic{
	{ID: "json/syntax", Title: "the payload is not one JSON text", Source: rfc8259, Since: always,
		Why:   "a consumer must answer such a body with 4xx and have no effect; a byte-order mark, text after the end and an empty body count too",
		Wrong: `{"message":{"type":"status-update","status":"queued"}}}`, Right: `{"message":{"type":"status-update","status":"queued"}}`},
	{ID: "json/utf8", Title: "text is not Unicode", Source: rfc8259 + ", sections 8.1 and 8.2", Since: always,
		Why:   "Go's encoding/json replaces bad bytes and lone surrogates in silence, others refuse them: what is stored depends on the decoder",
		Wrong: `{"message":{"type":"status-update","status":"forwarding","summary":"\ud83d"}}`, Right: `{"message":{"type":"status-update","status":"forwarding","summary":"\ud83d\ude00"}}`},
	{ID: "json/duplicate-member", Title: "an object has a member twice", Source: rfc8259 + ", section 4", Since: always,
		Why:   "decoders differ in which one they take, so two parts of a system can see two statuses",
		Wrong: `{"message":{"type":"status-update","status":"queued","status":"ended"}}`, Right: `{"message":{"type":"status-update","status":"ended"}}`},
	{ID: "json/confusable-member", Title: "a member's name differs from a known one only in case", Source: "Go's encoding/json, which ignores the case of names", Since: always,
		Why:   "a decoder that ignores case takes one for the other; Unicode has letters, like the long s, that fold to plain ones",
		Wrong: `{"message":{"type":"status-update","status":"queued","STATUS":"ended"}}`, Right: `{"message":{"type":"status-update","status":"ended"}}`},
	{ID: "json/depth", Title: "values are nested too deep", Source: "a limit of this tool: 256 levels, --max-depth", Since: always,
		Why: "recursive decoders run out of stack; real payloads have about 20 levels"},
	{ID: "json/size", Title: "the payload is too long", Source: "a limit of this tool: 8 MiB, --max-bytes", Since: always,
		Why: "a service must bound what it reads; real payloads have up to 50 KB"},
	{ID: "json/number", Title: "a number is too long, or its exponent too large", Source: "a limit of this tool: 1000 characters, exponent 400", Since: always,
		Why:   "exact arithmetic on 1e1000001 takes hours, and no float64 holds it",
		Wrong: `{"message":{"type":"status-update","status":"queued","timestamp":1e1000001}}`, Right: `{"message":{"type":"status-update","status":"queued","timestamp":1775580709753.0002}}`},
	{ID: "envelope/missing", Title: "the body is not an object with the member message", Source: ruleSource("envelope/missing"), Since: "in every captured body",
		Why:   "Vapi wraps each message in an envelope; a consumer that reads the body as the message finds nothing",
		Wrong: `[{"type":"status-update","status":"queued"}]`, Right: `{"message":{"type":"status-update","status":"queued"}}`},
	{ID: "envelope/bare", Title: "a message stands without its envelope", Source: ruleSource("envelope/bare"), Since: always,
		Why:   "fixtures are often stored so, but no request looks so",
		Wrong: `{"type":"status-update","status":"queued"}`, Right: `{"message":{"type":"status-update","status":"queued"}}`},
	{ID: "message/not-covered", Title: "the message is of another type than status-update", Source: ruleSource("message/not-covered"), Since: allFiles,
		Why:   "Vapi sends many types to one URL; this contract knows one, so of others only the type is looked at",
		Wrong: `{"message":{"type":"speech-update"}}`, Right: `{"message":{"type":"status-update","status":"queued"}}`},
	{ID: "schema/type", Title: "a value has the wrong JSON type", Source: theFile, Since: always,
		Why:   "null counts as a type: it is wrong in a required member and in a list",
		Wrong: `{"message":{"type":"status-update","status":7}}`, Right: `{"message":{"type":"status-update","status":"queued"}}`},
	{ID: "schema/required", Title: "an object lacks a required member", Source: theFile, Since: always,
		Why:   "the finding points at the object; a union's tag is required too, for without it nobody can tell the branches apart",
		Wrong: `{"message":{"type":"status-update"}}`, Right: `{"message":{"type":"status-update","status":"queued"}}`},
	{ID: "schema/enum", Title: "a value is not among the documented ones", Source: theFile, Since: always,
		Why:   "Vapi adds values every week, so in the profile live this is a warning: a consumer must survive it, and a fixture probably has a typing error",
		Wrong: `{"message":{"type":"status-update","status":"in_progress"}}`, Right: `{"message":{"type":"status-update","status":"in-progress"}}`},
	{ID: "schema/minimum", Title: "a number is below its bound", Source: theFile, Since: always, Why: "bounds are inclusive and compared exactly",
		Wrong: `{"message":{"type":"status-update","status":"queued","assistant":{"server":{"backoffPlan":{"type":"fixed","maxRetries":-1,"baseDelaySeconds":1}}}}}`,
		Right: `{"message":{"type":"status-update","status":"queued","assistant":{"server":{"backoffPlan":{"type":"fixed","maxRetries":0,"baseDelaySeconds":1}}}}}`},
	{ID: "schema/maximum", Title: "a number is above its bound", Source: theFile, Since: always, Why: "bounds are inclusive and compared exactly",
		Wrong: `{"message":{"type":"status-update","status":"queued","assistant":{"server":{"backoffPlan":{"type":"fixed","maxRetries":11,"baseDelaySeconds":1}}}}}`,
		Right: `{"message":{"type":"status-update","status":"queued","assistant":{"server":{"backoffPlan":{"type":"fixed","maxRetries":10,"baseDelaySeconds":1}}}}}`},
	{ID: "schema/minLength", Title: "a string is too short", Source: theFile, Since: always, Why: "lengths count Unicode code points",
		Wrong: `{"message":{"type":"status-update","status":"forwarding","destination":{"type":"number","number":"+1"}}}`, Right: `{"message":{"type":"status-update","status":"forwarding","destination":{"type":"number","number":"+15555550100"}}}`},
	{ID: "schema/maxLength", Title: "a string is too long", Source: theFile, Since: always, Why: "lengths count Unicode code points",
		Wrong: `{"message":{"type":"status-update","status":"queued","customer":{"name":"the caller, whose name has more than forty letters"}}}`,
		Right: `{"message":{"type":"status-update","status":"queued","customer":{"name":"the caller"}}}`},
	{ID: "schema/pattern", Title: "a string does not match its pattern", Source: theFile, Since: always, Why: "the file writes patterns as JavaScript literals; the slashes are dropped, see correction/pattern-literal",
		Wrong: `{"message":{"type":"status-update","status":"queued","assistant":{"model":{"provider":"openai","model":"gpt-4o","tools":[{"type":"function","function":{"name":"look up"}}]}}}}`,
		Right: `{"message":{"type":"status-update","status":"queued","assistant":{"model":{"provider":"openai","model":"gpt-4o","tools":[{"type":"function","function":{"name":"look_up"}}]}}}}`},
	{ID: "schema/format", Title: "a string does not have its format", Source: theFile + "; a format is an annotation in JSON Schema", Since: always,
		Why:   "date-time is RFC 3339, uri an absolute URI, uuid the form of RFC 9562",
		Wrong: `{"message":{"type":"status-update","status":"queued","call":{"id":"c1","orgId":"o1","createdAt":"yesterday","updatedAt":"2026-04-07T16:51:43Z"}}}`,
		Right: `{"message":{"type":"status-update","status":"queued","call":{"id":"c1","orgId":"o1","createdAt":"2026-04-07T16:51:43Z","updatedAt":"2026-04-07T16:51:43Z"}}}`},
	{ID: "member/undocumented", Title: "a member is in no schema, but seen in live traffic", Source: "live: the ledger of undocumented members", Since: "2026-04, in captured bodies",
		Why:   "a consumer that refuses unknown members refuses real traffic; one that relies on these relies on nothing written",
		Wrong: `{"message":{"type":"status-update","status":"queued","assistant":{"id":"a1"}}}`, Right: `{"message":{"type":"status-update","status":"queued","assistant":{"name":"front desk"}}}`},
	{ID: "member/unknown", Title: "a member is in no schema, and was not seen either", Source: theFile, Since: always,
		Why:   "Vapi may add members any day: a consumer must ignore them; in a fixture it is often a typing error",
		Wrong: `{"message":{"type":"status-update","status":"ended","endReason":"customer-ended-call"}}`, Right: `{"message":{"type":"status-update","status":"ended","endedReason":"customer-ended-call"}}`},
}

func ruleSource(id string) string { return fromLedger(violation{}, id).source }

func onlyIfTopic(r *vapi.Rule) Topic {
	member := strings.TrimPrefix(r.Member, "/message/")
	status := strings.Join(r.When.Values, " or ")
	why := "a consumer that waits for it with another status waits for ever, and a fixture that has it tests what never comes"
	if r.Unchecked != "" {
		why += "; not checked: " + r.Unchecked
	}
	other := "in-progress"
	return Topic{
		ID: r.ID, Kind: "rule", Title: member + " is sent only with " + r.When.Member + " " + status, Why: why,
		Source: string(r.Source) + ": " + r.Where, Since: allFiles, Severity: maps.Clone(verdicts[broken]),
		Wrong: fmt.Sprintf(`{"message":{"type":"status-update","status":%q,%q:%s}}`, other, member, sampleOf[member]),
		Right: fmt.Sprintf(`{"message":{"type":"status-update","status":%q,%q:%s}}`, r.When.Values[0], member, sampleOf[member]),
	}
}

// sampleOf are plain values of the members that prose rules speak of.
var sampleOf = map[string]string{
	"endedReason": `"customer-ended-call"`, "messages": `[]`, "messagesOpenAIFormatted": `[]`,
	"destination": `{"type":"number","number":"+15555550100"}`, "transcript": `"AI: Hello."`, "summary": `"The caller asks for the opening hours."`,
	"inboundPhoneCallDebuggingArtifacts": `{"error":"no assistant"}`,
}

func deviationTopic(d *vapi.Deviation) Topic {
	where := d.Type + "." + d.Member
	if d.Type == "" {
		where = "an optional member"
	}
	title := where + " is of type " + d.Admits
	if d.Admits == "absent" {
		title = where + " is absent, though required"
	}
	return Topic{ID: d.ID, Kind: "deviation", Title: title, Why: d.Evidence, Source: string(d.Source),
		Since: d.Since, Severity: maps.Clone(verdicts[deviating]), Wrong: d.Example, Right: d.Documented}
}

func correctionTopic(c *vapi.Correction) Topic {
	var files []string
	for f, n := range c.Files {
		files = append(files, fmt.Sprintf("%s (%d sites)", ledger.FileDates[f], n))
	}
	sort.Strings(files)
	return Topic{ID: c.ID, Kind: "correction", Title: strings.ReplaceAll(string(c.Defect), "-", " ") + " at " + strings.Join(c.Sites, ", "),
		Why: c.Reason, Source: string(c.Source), Since: "in the provider's files of " + strings.Join(files, ", ")}
}

func undocumentedTopic(u *vapi.Undocumented) Topic {
	return Topic{ID: "undocumented/" + u.Type + "." + u.Member, Kind: "undocumented member", Title: u.Type + "." + u.Member + " (" + u.Kind + ")",
		Why: "seen in " + u.Evidence, Source: string(u.Source), Since: "2026-04, in captured bodies", Severity: maps.Clone(verdicts[surplus])}
}

// NearestTopic returns the id that a mistyped one most likely means, or "".
func NearestTopic(id string) string {
	var ids []string
	for _, t := range Topics() {
		if strings.HasSuffix(t.ID, "/"+id) {
			return t.ID
		}
		ids = append(ids, t.ID)
	}
	return nearest.Of(id, ids)
}
