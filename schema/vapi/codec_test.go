package vapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ringproof/ringproof/internal/jsontest"
	"github.com/ringproof/ringproof/schema/vapi"
)

// liveDirs are where shapes of live bodies may be: in the tree, or beside it.
var liveDirs = []string{"../../testdata/live", "../../../shared/recorded"}

// liveBodies returns the bodies of the first of liveDirs that has any, by file
// name, and says loudly if there are none.
func liveBodies(tb testing.TB) map[string][]byte {
	tb.Helper()
	for _, dir := range liveDirs {
		bodies := map[string][]byte{}
		paths, _ := filepath.Glob(filepath.Join(dir, "*.json"))
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				tb.Fatal(err)
			}
			bodies[filepath.Base(path)] = data
		}
		if len(bodies) > 0 {
			return bodies
		}
	}
	tb.Skipf("SKIPPED: NO LIVE SHAPE in %v, so nothing is proved about live traffic", liveDirs)
	return nil
}

// wire wraps members of a message, which begin with a comma unless there are none.
func wire(members string) string {
	return `{"message":{"type":"status-update","status":"ended"` + members + `}}`
}

// keptAs fails the test unless text decodes into target, which is a pointer, and
// encodes to the same again, by each way of encoding, and twice.
func keptAs(t *testing.T, text string, target any) {
	t.Helper()
	input := []byte(text)
	if err := json.Unmarshal(input, target); err != nil {
		t.Errorf("%s\nis refused: %v", clip(text), err)
		return
	}
	for i := range input {
		input[i] = '#' // the result must not alias the input
	}
	for _, v := range []any{target, reflect.ValueOf(target).Elem().Interface()} {
		out, err := json.Marshal(v)
		if err != nil {
			t.Errorf("%s\nis not encoded: %v", clip(text), err)
			return
		}
		if err := jsontest.Equal([]byte(text), out); err != nil {
			t.Errorf("%s\nbecomes\n%s\n%v", clip(text), clip(string(out)), err)
		}
	}
	direct, err := target.(json.Marshaler).MarshalJSON()
	if err != nil {
		t.Errorf("%s\nis not encoded: %v", clip(text), err)
		return
	}
	if err := jsontest.Equal([]byte(text), direct); err != nil {
		t.Errorf("%s\nbecomes\n%s\n%v", clip(text), clip(string(direct)), err)
	}
	// Now target is not zero any more, and has been decoded from what it wrote.
	if err := json.Unmarshal(direct, target); err != nil {
		t.Errorf("%s\nis refused: %v", clip(string(direct)), err)
	}
	if again, err := target.(json.Marshaler).MarshalJSON(); err != nil || !bytes.Equal(direct, again) {
		t.Errorf("%s\nbecomes\n%s (%v)", clip(string(direct)), clip(string(again)), err)
	}
}

func clip(text string) string {
	if len(text) > 400 {
		return text[:300] + " ... " + text[len(text)-80:]
	}
	return text
}

var keptBodies = []struct{ members, reason string }{
	{``, "an absent member stays absent"},
	{`,"summary":null,"call":null,"messages":null,"destination":null,"timestamp":null,"inboundPhoneCallDebuggingArtifacts":null`, "null is neither absent nor empty, whatever the Go type"},
	{`,"summary":"","messages":[],"inboundPhoneCallDebuggingArtifacts":{},"customer":{}`, "empty is neither absent nor null"},
	{`,"assistantVersion":null`, "a member that the contract makes nullable"},
	{`,"status2":"x","endedReason":"reason-of-tomorrow"`, "an enum value that nobody knows yet"},
	{`,"timestamp":"2024-09-01T10:00:00.000Z"`, "the timestamp of 2024 is a string"},
	{`,"timestamp":1775580709753.0002`, "a fraction that a float64 rounds"},
	{`,"timestamp":true`, "a type that has never been seen there"},
	{`,"timestamp":{"a":[1.0,{"b":null}]}`, "an object in the place of a number"},
	{`,"timestamp":""`, "an empty string in the place of a number"},
	{`,"n":[1,1.0,1e0,1E0,1e+0,1E-0,-0,-0.0,1E+2,0.1,100000000000000000000,1e400,1e-400]`, "ways of writing a number, in an unknown member"},
	{`,"call":{"id":"","orgId":"","createdAt":"","updatedAt":"","cost":1E+2}`, "a capital exponent with a sign"},
	{`,"call":{"id":"","orgId":"","createdAt":"","updatedAt":"","cost":-0}`, "minus zero"},
	{`,"call":{"id":"","orgId":"","createdAt":"","updatedAt":"","cost":1.0}`, "an integer with a fraction"},
	{`,"timestamp":` + strings.Repeat("9", 400), "more digits than any machine number has"},
	{`,"timestamp":0.` + strings.Repeat("3", 998), "the longest number allowed"},
	{`,"timestamp":1e400,"n":-1E-400`, "the largest exponents allowed"},
	{`,"messages":[]`, "no message at all"},
	{`,"messages":[` + userTurn + `]`, "a user message"},
	{`,"messages":[{"role":"system","message":"","time":0,"secondsFromStart":-0.5}]`, "a system message"},
	{`,"messages":[{"role":"bot","message":"m","time":1,"endTime":2,"secondsFromStart":3,"source":null}]`, "a bot message"},
	{`,"messages":[{"role":"tool_calls","toolCalls":[{"a":1.0},{}],"message":"","time":1,"secondsFromStart":3}]`, "a message with tool calls"},
	{`,"messages":[{"role":"tool_call_result","toolCallId":"","name":"","result":"r","time":1,"secondsFromStart":3}]`, "a tool result as documented"},
	{`,"messages":[{"role":"tool_call_result","toolCallId":"","name":"","result":{"n":1.50},"time":1,"secondsFromStart":3}]`, "a tool result as live traffic has it"},
	{`,"messages":[{"role":"robot","message":7,"\u0061":[null]}]`, "a role that nobody knows yet"},
	{`,"messages":[{"message":"no role"}]`, "no role"},
	{`,"messages":[{"role":null},{"role":5},{"role":["user"]}]`, "a role that is no string"},
	{`,"messages":["hello",1.0,true,[],null]`, "no object where a union has objects only"},
	{`,"destination":{"type":"number","number":"+1"}`, "a destination by number"},
	{`,"destination":{"type":"sip","sipUri":"sip:a@b"}`, "a destination by SIP"},
	{`,"destination":{"type":"carrier-pigeon","number":1}`, "a destination of tomorrow"},
	{`,"destination":{"type":"number","number":"+1","message":"hold"}`, "a union with a scalar branch: the scalar"},
	{`,"destination":{"type":"number","number":"+1","message":{"type":"custom-message","contents":[{"type":"text","text":"a","language":"en"},{"type":"image"}]}}`, "the same: the object, with a union in it"},
	{`,"destination":{"type":"number","number":"+1","message":17}`, "the same: neither"},
	{`,"assistant":{"hooks":[{"on":"customer.speech.timeout","do":[]},{"on":"customer.speech.timeout[property=value]","do":[{"type":"say","exact":["a","b"]}]}]}`, "an event with filters in brackets"},
	{`,"assistant":{"hooks":[{"on":"customer.speech.timeouts","do":7},{"on":"call.ending","do":[{"type":"tool","toolId":"x"}],"filters":[{"type":"oneOf","key":"k","oneOf":[]}]}]}`, "an event of tomorrow, and a member that is called oneOf"},
	{`,"assistant":{"hooks":[{"on":"customer.speech.timeout","do":[{"type":"say","prompt":"p"},{"type":"say","prompt":[{"role":"assistant"}]},{"type":"say","exact":"e"}]}]}`, "unions of a string and an array"},
	{`,"assistant":{"credentials":[{"gateways":[{"ip":"1.2.3.4"}]},{"provider":"openai","apiKey":"k"},{"provider":"zzz"}]}`, "a credential without provider is a SIP trunk"},
	{`,"assistant":{"voicemailDetection":"off"}`, "a union of a string and objects: the string"},
	{`,"assistant":{"voicemailDetection":{"provider":"google"}}`, "the same: an object"},
	{`,"assistant":{"backgroundSound":"https://example.com/rain.mp3"}`, "an enum beside any string"},
	{`,"assistant":{"voice":{"provider":"vapi","voiceId":"x","version":1}}`, "a union of a string and a number: the number"},
	{`,"assistant":{"voice":{"provider":"vapi","voiceId":"x","version":"v9"}}`, "the same: a string that is not documented"},
	{`,"assistant":{"metadata":{"__proto__":{"a":1},"":[],"a/b":1e9,"~":"","é😀":"\u00e9\ud83d\ude00","\u0000":"\u0000"}}`, "a free-form object with strange names"},
	{`,"artifact":{"skippedStructuredOutputs":{}}`, "an empty map"},
	{`,"artifact":{"skippedStructuredOutputs":{"z":{"name":"","unmetCondition":{"type":"min-messages","minMessages":1}},"":{"name":"n","unmetCondition":{"type":"new"}},"a/b":{"name":"n","unmetCondition":{"type":"new"},"x":{}}}}`, "a map of structs"},
	{`,"artifact":{"structuredOutputs":{"a":{"name":"n","result":{"b":[1.10]}}}}`, "a free-form object of objects"},
	{`,"__proto__":{},"":0,"a/b":"","~":null,"ünïcode":[],"\ud83d\ude00":"\ud83d\ude00","constructor":true`, "unknown members with strange names"},
	{`,"x":{"status":1,"STATUS":2,"a":1,"A":2}`, "case means nothing in an object that nobody knows"},
	{`,"assistant":{"id":"a","orgId":"o","zz":{"zz":1},"model":{"provider":"openai","model":"gpt","zz":0,"messages":[{"role":"system","zz":[]}]}}`, "unknown and undocumented members at every level"},
	{`,"messagesOpenAIFormatted":[{"role":"assistant","tool_calls":[{"id":"c"}]},{"role":"tool","tool_call_id":"c","content":"ok"}]`, "no content on a turn that only calls tools"},
	{`,"transcript":"\u0041\/\"\\\b\f\n\r\t\u001f\u007f\u2028\u2029<>&'\ud83d\ude00"`, "all escapes"},
	{`,"transcr\u0069pt":"","\u0073ummary":"x"`, "known names written with escapes"},
	{`,"transcript":"` + "\u2028\ufffd\u00a0" + `"`, "characters that need no escape, U+FFFD itself among them"},
	{`,"deep":` + strings.Repeat("[", 254) + strings.Repeat("]", 254), "the deepest nesting allowed"},
	{"\n\t,\r\n  \"summary\" : \"\" ", "white space"},
}

const userTurn = `{"role":"user","message":"m","time":1.5,"endTime":2,"secondsFromStart":0,"metadata":{"a":null}}`

func TestAcceptedBodiesAreKept(t *testing.T) {
	bodies := map[string]string{}
	for _, row := range keptBodies {
		bodies[row.reason] = wire(row.members)
	}
	bodies["an unknown member beside the message"] = `{"z":1.0,"message":{"status":"","type":"status-update"},"":null}`
	bodies["white space around the body"] = " \r\n\t" + wire("") + "\n"
	var controls strings.Builder
	for c := range ' ' {
		fmt.Fprintf(&controls, `\u%04x`, c)
	}
	bodies["every control character"] = wire(`,"summary":"` + controls.String() + `"`)
	bodies["the order of members"] = `{"message":{"zz":0,"summary":"s","status":"ended","artifact":{"transcript":"","messages":[]},"type":"status-update"}}`
	if len(bodies) != len(keptBodies)+4 {
		t.Error("two rows have the same reason")
	}
	for reason, body := range bodies {
		t.Run(reason, func(t *testing.T) {
			var zero vapi.Envelope
			keptAs(t, body, &zero)
			dirty := populated(t)
			keptAs(t, body, &dirty)
			decoded, err := vapi.Decode([]byte(body))
			if err != nil {
				t.Fatalf("Decode refuses what json.Unmarshal takes: %v", err)
			}
			keptAs(t, body, &decoded)
		})
	}
}

// populated is an envelope with something in many places, none of which may shine
// through what is decoded over it.
func populated(t *testing.T) vapi.Envelope {
	t.Helper()
	e, err := vapi.Decode([]byte(`{"left":1,"message":{"type":"status-update","status":"forwarding","endedReason":"left","messages":[` + userTurn +
		`],"destination":{"type":"sip","sipUri":"left"},"timestamp":"left","summary":null,"artifact":{"messages":[],"left":0},"customer":{"name":"left"},"left":[]}}`))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestLiveShapesAreKept(t *testing.T) {
	for name, body := range liveBodies(t) {
		t.Run(name, func(t *testing.T) {
			var e vapi.Envelope
			keptAs(t, string(body), &e)
			for _, where := range unknownBranches("", reflect.ValueOf(&e)) {
				t.Errorf("a branch that should be known: %s", where)
			}
		})
	}
}

// unknownBranches lists where a value holds an Unknown.
func unknownBranches(at string, v reflect.Value) (found []string) {
	if v.Type() == reflect.TypeFor[vapi.Unknown]() {
		return []string{at}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			found = unknownBranches(at, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			found = append(found, unknownBranches(at+"."+v.Type().Field(i).Name, v.Field(i))...)
		}
	case reflect.Slice:
		for i := range v.Len() {
			found = append(found, unknownBranches(fmt.Sprintf("%s[%d]", at, i), v.Index(i))...)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			found = append(found, unknownBranches(fmt.Sprintf("%s[%s]", at, k), v.MapIndex(k))...)
		}
	}
	return found
}

// TestValuesInGo holds what a reader of the Go value sees; that nothing is lost
// says not yet that it lies in the right place.
func TestValuesInGo(t *testing.T) {
	rows := []struct {
		members string
		see     func(m vapi.StatusUpdate) any
		want    any
		reason  string
	}{
		{``, func(m vapi.StatusUpdate) any { return m.Summary }, vapi.Opt[string]{}, "absent is the zero value"},
		{`,"summary":null`, func(m vapi.StatusUpdate) any { return m.Summary }, vapi.Null[string](), "null is Null"},
		{`,"summary":""`, func(m vapi.StatusUpdate) any { return m.Summary }, vapi.Some(""), "empty is Some"},
		{`,"messages":[]`, func(m vapi.StatusUpdate) any { return m.Messages }, vapi.Some([]vapi.ConversationMessage{}), "an empty array is Some"},
		{`,"inboundPhoneCallDebuggingArtifacts":{}`, func(m vapi.StatusUpdate) any { return m.InboundPhoneCallDebuggingArtifacts }, vapi.Some(vapi.Object{}), "an empty object is Some"},
		{`,"timestamp":1e3`, func(m vapi.StatusUpdate) any { return m.Timestamp }, vapi.Some(vapi.Loose[vapi.Number]{Value: "1e3"}), "a number as documented"},
		{`,"timestamp":"x"`, func(m vapi.StatusUpdate) any { return m.Timestamp }, vapi.Some(vapi.Loose[vapi.Number]{Other: json.RawMessage(`"x"`)}), "another type is Other"},
		{`,"messages":[` + userTurn + `]`, firstTurn, (*vapi.UserMessage)(nil), "role user"},
		{`,"messages":[{"role":"system","message":"","time":0,"secondsFromStart":0}]`, firstTurn, (*vapi.SystemMessage)(nil), "role system"},
		{`,"messages":[{"role":"bot","message":"","time":0,"endTime":0,"secondsFromStart":0}]`, firstTurn, (*vapi.BotMessage)(nil), "role bot"},
		{`,"messages":[{"role":"tool_calls","message":"","time":0,"toolCalls":[],"secondsFromStart":0}]`, firstTurn, (*vapi.ToolCallMessage)(nil), "role tool_calls"},
		{`,"messages":[{"role":"tool_call_result","name":"","time":0,"toolCallId":"","result":"","secondsFromStart":0}]`, firstTurn, (*vapi.ToolCallResultMessage)(nil), "role tool_call_result"},
		{`,"messages":[{"role":"User","message":""}]`, firstTurn, vapi.Unknown{}, "a tag has one spelling"},
		{`,"messages":[3]`, firstTurn, vapi.Unknown{}, "a scalar"},
		{`,"phoneNumber":{"provider":"twilio","number":"","twilioAccountSid":""}`, func(m vapi.StatusUpdate) any { return typeOnly(m.PhoneNumber.Get()) }, (*vapi.TwilioPhoneNumber)(nil), "a union by provider"},
		{`,"assistant":{"hooks":[{"on":"customer.speech.timeout[a=b]","do":[]}]}`, firstHook, (*vapi.CallHookCustomerSpeechTimeout)(nil), "a tag with a suffix"},
		{`,"assistant":{"hooks":[{"on":"customer.speech.timeout.a","do":[]}]}`, firstHook, vapi.Unknown{}, "not any suffix"},
		{`,"assistant":{"credentials":[{"gateways":[]}]}`, firstCredential, (*vapi.BYOSIPTrunkCredential)(nil), "the one branch whose tag may be missing"},
		{`,"assistant":{"credentials":[{"gateways":[],"provider":null}]}`, firstCredential, vapi.Unknown{}, "null is not missing"},
		{`,"zz":[1],"yy":2`, func(m vapi.StatusUpdate) any { return m.Extra }, vapi.Members{{Name: "zz", Value: json.RawMessage(`[1]`)}, {Name: "yy", Value: json.RawMessage(`2`)}}, "unknown members in the order in which they came"},
		{`,"assistant":{"id":"i"}`, func(m vapi.StatusUpdate) any { v, _ := m.Assistant.Ptr().Extra.Get("id"); return string(v) }, `"i"`, "undocumented members are unknown ones"},
	}
	for _, row := range rows {
		e, err := vapi.Decode([]byte(wire(row.members)))
		if err != nil {
			t.Errorf("%s: %v; %s", row.members, err, row.reason)
			continue
		}
		if got := row.see(e.Message); !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: %#v, want %#v; %s", row.members, got, row.want, row.reason)
		}
	}
}

// typeOnly returns the zero value of what a union holds: a nil pointer of its type.
func typeOnly(v any, _ bool) any { return reflect.Zero(reflect.TypeOf(v)).Interface() }

func firstTurn(m vapi.StatusUpdate) any { return typeOnly((*m.Messages.Ptr())[0], true) }
func firstHook(m vapi.StatusUpdate) any { return typeOnly((*m.Assistant.Ptr().Hooks.Ptr())[0], true) }
func firstCredential(m vapi.StatusUpdate) any {
	return typeOnly((*m.Assistant.Ptr().Credentials.Ptr())[0], true)
}

// In the bodies below → stands before the place that the error must name, and is
// taken out before decoding.
var refusedBodies = []struct{ body, rule, pointer, reason string }{
	{`→`, "json/syntax", "", "no input"},
	{"\n  →", "json/syntax", "", "nothing but white space"},
	{wire("") + `→x`, "json/syntax", "", "text after the body"},
	{wire("") + "\n→{}", "json/syntax", "", "a second body"},
	{wire("") + `→}`, "json/syntax", "", "one bracket too many"},
	{"→\xef\xbb\xbf" + wire(""), "json/syntax", "", "a byte-order mark"},
	{`{"message":{"type":"status-update"→`, "json/syntax", "/message", "a body that ends too early"},
	{`{"message":{"type":"status-update",→}}`, "json/syntax", "/message", "a comma too many"},
	{wire(`,"n":[1,→]`), "json/syntax", "/message/n/1", "a comma too many in an array"},
	{`{"message":→'x'}`, "json/syntax", "/message", "single quotes"},
	{wire(`,"timestamp":→NaN`), "json/syntax", "/message/timestamp", "not a number"},
	{wire(`,"timestamp":→007`), "json/syntax", "/message/timestamp", "leading zeros"},
	{wire(`,"timestamp":1.→,"x":1`), "json/syntax", "/message/timestamp", "a point without digits"},
	{wire("→/* x */"), "json/syntax", "/message", "a comment"},
	{wire(",\"summary\":\"a→\nb\""), "json/syntax", "/message/summary", "a raw line feed in a string"},
	{wire(`,"summary":"→\x"`), "json/syntax", "/message/summary", "an escape that does not exist"},
	{wire(",\"summary\":\"→\xff\""), "json/utf8", "/message/summary", "a byte that is not UTF-8"},
	{wire(",\"summary\":\"é→\xc0\xaf\""), "json/utf8", "/message/summary", "an overlong sequence"},
	{wire(",\"→\xed\xa0\x80\":1"), "json/utf8", "/message", "a surrogate in UTF-8, in a name"},
	{wire(`,"summary":"→\ud83d!"`), "json/utf8", "/message/summary", "a lone high surrogate"},
	{wire(`,"x":{"→\udc00":1}`), "json/utf8", "/message/x", "a lone low surrogate in a name"},
	{`{"message":{},→"message":{}}`, "json/duplicate-member", "/message", "two messages"},
	{wire(`,→"status":"ended"`), "json/duplicate-member", "/message/status", "a known member twice, with the same value"},
	{wire(`,→"st\u0061tus":"queued"`), "json/duplicate-member", "/message/status", "the same, written with an escape"},
	{wire(`,"x":[{"a":1,"b":2,→"a":1}]`), "json/duplicate-member", "/message/x/0/a", "in an unknown object"},
	{wire(`,"assistant":{"metadata":{"":1,→"":2}}`), "json/duplicate-member", "/message/assistant/metadata/", "in a free-form object"},
	{wire(`,→"STATUS":"queued"`), "json/confusable-member", "/message/STATUS", "capitals"},
	{wire(`,→"ſtatus":"queued"`), "json/confusable-member", "/message/ſtatus", "the long s, which Go folds too"},
	{wire(`,→"\u017ftatus":"queued"`), "json/confusable-member", "/message/ſtatus", "the same, escaped"},
	{wire(`,→"Summary":"x"`), "json/confusable-member", "/message/Summary", "no documented spelling need be there"},
	{wire(`,"summary":"","x":0,→"summarY":""`), "json/confusable-member", "/message/summarY", "after the documented spelling"},
	{`{→"Message":{},"message":{"type":"status-update","status":""}}`, "json/confusable-member", "/Message", "beside the envelope's member"},
	{wire(`,"call":{"id":"","orgId":"","createdAt":"","updatedAt":"",→"Id":""}`), "json/confusable-member", "/message/call/Id", "in a struct below"},
	{wire(`,"assistant":{"id":"i",→"orgID":"o"}`), "json/confusable-member", "/message/assistant/orgID", "an undocumented member is known too"},
	{wire(`,"messages":[` + userTurn + `,{"role":"user",→"Role":"bot"}]`), "json/confusable-member", "/message/messages/1/Role", "in the branch of a union"},
	{wire(`,"artifact":{"skippedStructuredOutputs":{"a/b":{→"NAME":""}}}`), "json/confusable-member", "/message/artifact/skippedStructuredOutputs/a~1b/NAME", "in the value of a map, whose own names are free"},
	{wire(`,"timestamp":→1` + strings.Repeat("0", 1000)), "json/number", "/message/timestamp", "a number of 1,001 characters"},
	{wire(`,"x":[→1e401]`), "json/number", "/message/x/0", "a large exponent, in an unknown member"},
	{wire(`,"x":[→-1E-401]`), "json/number", "/message/x/0", "a small one"},
	{wire(`,"x":→1e1000001`), "json/number", "/message/x", "a huge one"},
	{wire(`,"deep":` + strings.Repeat("[", 254) + `→[` + strings.Repeat("]", 255)), "json/depth", "/message/deep" + strings.Repeat("/0", 254), "one level too many"},

	{`→[]`, "envelope/missing", "", "an array"},
	{` →null`, "envelope/missing", "", "null"},
	{`→"message"`, "envelope/missing", "", "a string"},
	{`→{}`, "envelope/missing", "", "an empty object"},
	{"\n→" + `{"type":"status-update","status":"ended"}`, "envelope/missing", "", "a message without its envelope"},
	{`→{"Message":{"type":"status-update","status":"ended"}}`, "envelope/missing", "", "names are exact"},
	{`{"message":{"status":1,"type":→"end-of-call-report"}}`, "message/not-covered", "/message/type", "another message: nothing else is judged"},
	{`{"message":{"type":→""}}`, "message/not-covered", "/message/type", "an empty type is another one"},
	{`{"message":→null}`, "schema/type", "/message", "null in the place of the message"},
	{`{"message":→[]}`, "schema/type", "/message", "an array in the place of the message"},
	{`{"message":{"type":→null,"status":"ended"}}`, "schema/type", "/message/type", "null in a required member"},
	{`{"message":{"type":→7,"status":"ended"}}`, "schema/type", "/message/type", "a type that is no string is no other message"},
	{`{"message":→{"status":"ended"}}`, "schema/required", "/message", "no type"},
	{"{\n\"message\": →{\n\"type\":\"status-update\"}}", "schema/required", "/message", "no status"},
	{`{"message":{"type":"status-update","status":→{}}}`, "schema/type", "/message/status", "an object in the place of an enum"},
	{wire(`,"summary":→1`), "schema/type", "/message/summary", "a number in the place of a string"},
	{wire(`,"messages":→{}`), "schema/type", "/message/messages", "an object in the place of an array"},
	{wire(`,"customer":→[]`), "schema/type", "/message/customer", "an array in the place of an object"},
	{wire(`,"inboundPhoneCallDebuggingArtifacts":→"x"`), "schema/type", "/message/inboundPhoneCallDebuggingArtifacts", "a string in the place of a free-form object"},
	{wire(`,"assistant":{"modelOutputInMessagesEnabled":→"true"}`), "schema/type", "/message/assistant/modelOutputInMessagesEnabled", "a string in the place of a boolean"},
	{wire(`,"assistant":{"clientMessages":["transcript",→null]}`), "schema/type", "/message/assistant/clientMessages/1", "null among strings"},
	{wire(`,"assistant":{"hooks":[{"on":"call.ending","do":→null}]}`), "schema/type", "/message/assistant/hooks/0/do", "null in a required array"},
	{wire(`,"artifact":{"skippedStructuredOutputs":→[]}`), "schema/type", "/message/artifact/skippedStructuredOutputs", "an array in the place of a map"},
	{wire(`,"artifact":{"skippedStructuredOutputs":{"a":→1}}`), "schema/type", "/message/artifact/skippedStructuredOutputs/a", "a number in a map of structs"},
	{wire(`,"messages":[{"role":"user","message":"","time":→"1","endTime":2,"secondsFromStart":0}]`), "schema/type", "/message/messages/0/time", "a string in the place of a number, in a branch"},
	{wire(`,"messages":[→{"role":"user","message":"","time":1,"secondsFromStart":0}]`), "schema/required", "/message/messages/0", "a branch that lacks a member is not an unknown branch"},
	{wire(`,"messages":[{"role":"tool_call_result","toolCallId":"","name":"","result":→null,"time":1,"secondsFromStart":0}]`), "schema/type", "/message/messages/0/result", "null where any other type is taken"},
	{wire(`,"call":→{"id":"","orgId":"","createdAt":""}`), "schema/required", "/message/call", "a struct that lacks a member"},
	{wire(`,"x":"é😀","customer":→true`), "schema/type", "/message/customer", "columns are characters, not bytes"},
	{"{\r\n\"é\":\r0,\n\n \"message\":\t→0}", "schema/type", "/message", "lines end in three ways"},
}

func TestRefusedBodies(t *testing.T) {
	for _, row := range refusedBodies {
		t.Run(row.reason, func(t *testing.T) {
			before, after, marked := strings.Cut(row.body, "→")
			if !marked || strings.Contains(after, "→") {
				t.Fatal("the row does not mark one place")
			}
			body := before + after
			want := place{row.rule, row.pointer, len(before), 1, 1}
			want.line, want.column = countLines(before)
			_, err := vapi.Decode([]byte(body))
			refusedAt(t, body, err, want)
			dirty := populated(t)
			err = dirty.UnmarshalJSON([]byte(body))
			refusedAt(t, body, err, want)
			if !reflect.DeepEqual(dirty, vapi.Envelope{}) {
				t.Error("something is left of what was there before, or of what was decoded")
			}
			refusedByStandardLibrary(t, body, want)
		})
	}
}

// place is where an error must be.
type place struct {
	rule, pointer        string
	offset, line, column int
}

// countLines returns the line and column after a text, of which every end of a
// line is CR, LF or both.
func countLines(text string) (line, column int) {
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
	return len(lines), 1 + len([]rune(lines[len(lines)-1]))
}

func refusedAt(t *testing.T, body string, err error, want place) {
	t.Helper()
	var got *vapi.DecodeError
	if !errors.As(err, &got) {
		t.Errorf("%s\ngives %v, want a DecodeError", clip(body), err)
		return
	}
	if at := (place{got.Rule, got.Pointer, got.Offset, got.Line, got.Column}); at != want {
		t.Errorf("%s\n got %+v\nwant %+v", clip(body), at, want)
	}
	if got.Got == "" || got.Want == "" {
		t.Errorf("%s\nthe error lacks facts: %+v", clip(body), *got)
	}
	if text := got.Error(); len(text) > 10000 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
		t.Errorf("%s\nthe text of the error is not fit for a terminal: %q", clip(body), text)
	}
}

// refusedByStandardLibrary is for json.Unmarshal, which refuses broken JSON in its
// own words, and cuts the white space off before it calls us.
func refusedByStandardLibrary(t *testing.T, body string, want place) {
	t.Helper()
	var e vapi.Envelope
	err := json.Unmarshal([]byte(body), &e)
	if !json.Valid([]byte(body)) {
		if err == nil {
			t.Errorf("%s\nis taken by json.Unmarshal", clip(body))
		}
		return
	}
	trimmed := strings.TrimLeft(body, " \t\r\n")
	want.offset -= len(body) - len(trimmed)
	want.line, want.column = countLines(trimmed[:want.offset])
	refusedAt(t, body, err, want)
}

// TestErrorsAreExact writes out in full what the rows above compute.
func TestErrorsAreExact(t *testing.T) {
	rows := []struct {
		body string
		want vapi.DecodeError
		text string
	}{
		{
			"{\n  \"message\": {\n    \"type\": \"status-update\",\n    \"status\": \"é\", \"STATUS\": 1\n  }\n}",
			vapi.DecodeError{Rule: "json/confusable-member", Pointer: "/message/STATUS", Offset: 66, Line: 4, Column: 20, Got: `"STATUS"`, Want: `"status"`, Hint: "decoders that ignore case take one for the other"},
			`line 4, column 20: json/confusable-member: /message/STATUS: got "STATUS", want "status" (decoders that ignore case take one for the other)`,
		},
		{
			`{"type":"status-update"}`,
			vapi.DecodeError{Rule: "envelope/missing", Line: 1, Column: 1, Got: "no member message", Want: "an object with the member message", Hint: "this looks like a message without its envelope: decode it into a StatusUpdate"},
			"line 1, column 1: envelope/missing: the payload: got no member message, want an object with the member message (this looks like a message without its envelope: decode it into a StatusUpdate)",
		},
		{
			`{"message":{"type":"status-update","status":null}}`,
			vapi.DecodeError{Rule: "schema/type", Pointer: "/message/status", Offset: 44, Line: 1, Column: 45, Got: "null", Want: "string"},
			"line 1, column 45: schema/type: /message/status: got null, want string",
		},
		{
			`{"message":{"type":"a\u001b[31m` + strings.Repeat("b", 100) + `"}}`,
			vapi.DecodeError{Rule: "message/not-covered", Pointer: "/message/type", Offset: 19, Line: 1, Column: 20, Got: `"a\x1b[31m` + strings.Repeat("b", 30) + `…"`, Want: `"status-update"`},
			`line 1, column 20: message/not-covered: /message/type: got "a\x1b[31m` + strings.Repeat("b", 30) + `…", want "status-update"`,
		},
		{
			`{"message":{"type":"status-update","status":"","artifact":{"skippedStructuredOutputs":{"\n":0}}}}`,
			vapi.DecodeError{Rule: "schema/type", Pointer: "/message/artifact/skippedStructuredOutputs/\n", Offset: 92, Line: 1, Column: 93, Got: "number", Want: "object"},
			`line 1, column 93: schema/type: "/message/artifact/skippedStructuredOutputs/\n": got number, want object`,
		},
	}
	for _, row := range rows {
		_, err := vapi.Decode([]byte(row.body))
		var got *vapi.DecodeError
		if !errors.As(err, &got) || *got != row.want || got.Error() != row.text {
			t.Errorf("%s\n got %+v\n%v\nwant %+v\n%s", row.body, got, err, row.want, row.text)
		}
	}
}

func TestSizeLimit(t *testing.T) {
	const most = 8 << 20
	frame := len(wire(`,"summary":""`))
	fits := wire(`,"summary":"` + strings.Repeat("a", most-frame) + `"`)
	e, err := vapi.Decode([]byte(fits))
	if err != nil || len(fits) != most {
		t.Fatalf("%d bytes: %v", len(fits), err)
	}
	if out, err := e.MarshalJSON(); err != nil || string(out) != fits {
		t.Errorf("%d bytes become %d (%v)", len(fits), len(out), err)
	}
	_, err = vapi.Decode([]byte(fits + " "))
	refusedAt(t, fits, err, place{"json/size", "", most, 1, most + 1})
	var over vapi.Envelope
	err = json.Unmarshal([]byte(wire(`,"summary":"`+strings.Repeat("a", most)+`"`)), &over)
	refusedAt(t, "", err, place{"json/size", "", most, 1, most + 1})
}

// TestHostileBodiesTakeLinearTime has large bodies with very many of one thing. No
// clock is read: where each is compared with all before it, this takes a minute
// instead of a second, and near the size limit a quarter of an hour.
func TestHostileBodiesTakeLinearTime(t *testing.T) {
	const size = 2 << 20
	many := func(item func(i int) string) string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(item(i))
		}
		return b.String()
	}
	name := func(i int) string { return fmt.Sprintf(`"%x":0`, i) }
	rows := []struct{ members, reason string }{
		{`,"messages":[` + many(func(int) string {
			return `{"role":"tool_call_result","toolCallId":"","name":"","result":{},"time":0,"secondsFromStart":0}`
		}) + `]`, "results of another type than documented"},
		{"," + many(name), "unknown members"},
		{`,"inboundPhoneCallDebuggingArtifacts":{` + many(name) + `}`, "members of a free-form object"},
		{`,"assistant":{"credentials":[{` + many(name) + `,"provider":"x"}]}`, "members before the tag of an unknown branch"},
		{`,"messages":[` + many(func(int) string { return `{}` }) + `]`, "unknown branches"},
		{`,"assistant":{"endCallPhrases":[` + many(func(int) string { return `""` }) + `]}`, "items"},
	}
	for _, row := range rows {
		body := []byte(wire(row.members))
		e, err := vapi.Decode(body)
		if err != nil {
			t.Errorf("%s: %v", row.reason, err)
			continue
		}
		if out, err := e.MarshalJSON(); err != nil || len(out) != len(body) {
			t.Errorf("%s: %d bytes become %d (%v)", row.reason, len(body), len(out), err)
		}
	}
}

func TestRefusedListTakesLittleMemory(t *testing.T) {
	const items = 500_000
	body := []byte("[" + strings.Repeat("0,", items) + "0]")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var list vapi.Opt[[]vapi.StructuredOutput]
	err := json.Unmarshal(body, &list)
	runtime.ReadMemStats(&after)
	refusedAt(t, string(body), err, place{"schema/type", "/0", 1, 1, 2})
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 100*items {
		t.Errorf("%d bytes for %d items that are refused at the first", taken, items)
	}
}

// TestNestedInTypesOfTheUser decodes through encoding/json, which finds our types
// below its own.
func TestNestedInTypesOfTheUser(t *testing.T) {
	good, bad := wire(`,"timestamp":1.0,"x":null`), wire(`,"STATUS":""`)
	rows := []struct {
		target       any
		before, tail string
		reason       string
	}{
		{new([]vapi.Envelope), `[`, `]`, "a slice"},
		{new([1]vapi.Envelope), ` [ `, ` ] `, "an array"},
		{new(map[string]vapi.Envelope), `{"k": `, `}`, "a map"},
		{new(struct{ Body vapi.Envelope }), `{"body":`, `}`, "a field"},
		{new(struct{ Body *vapi.Envelope }), `{"Body":`, `}`, "a pointer"},
		{new(struct{ Body []*vapi.Envelope }), `{"Body":[null,`, `]}`, "pointers, one of them nil"},
		{new(struct {
			Body vapi.Opt[vapi.Envelope] `json:"body,omitzero"`
		}), `{"body":`, `}`, "an optional field"},
		{new(struct {
			List vapi.Opt[[]map[string]vapi.Envelope] `json:"list"`
		}), `{"list":[{"a":`, `}]}`, "an optional list of maps"},
	}
	for _, row := range rows {
		text := row.before + good + row.tail
		if err := json.Unmarshal([]byte(text), row.target); err != nil {
			t.Errorf("%s: %v", row.reason, err)
			continue
		}
		if out, err := json.Marshal(row.target); err != nil || !bytes.Contains(out, []byte(`"timestamp":1.0,"x":null`)) {
			t.Errorf("%s: %s becomes %s (%v)", row.reason, text, out, err)
		}
		err := json.Unmarshal([]byte(row.before+bad+row.tail), row.target)
		var refused *vapi.DecodeError
		if !errors.As(err, &refused) || refused.Rule != "json/confusable-member" || !strings.HasSuffix(refused.Pointer, "/message/STATUS") {
			t.Errorf("%s: %v, want the confusable member", row.reason, err)
		}
	}
}

func TestOptionalFieldOfTheUserIsLeftOut(t *testing.T) {
	type record struct {
		Body vapi.Opt[vapi.Destination] `json:"body,omitzero"`
	}
	for text, body := range map[string]vapi.Opt[vapi.Destination]{
		`{}`:                         {},
		`{"body":null}`:              vapi.Null[vapi.Destination](),
		`{"body":{"type":"pigeon"}}`: vapi.Some[vapi.Destination](vapi.Unknown{Raw: json.RawMessage(`{"type":"pigeon"}`)}),
	} {
		if out, err := json.Marshal(record{body}); err != nil || string(out) != text {
			t.Errorf("%s (%v), want %s", out, err, text)
		}
		var back record
		if err := json.Unmarshal([]byte(text), &back); err != nil || !reflect.DeepEqual(back, record{body}) {
			t.Errorf("%s becomes %+v (%v)", text, back, err)
		}
	}
}

func TestSubTypesAlone(t *testing.T) {
	rows := []struct {
		target any
		text   string
		rule   string // empty: kept
		reason string
	}{
		{new(vapi.StatusUpdate), `{"type":"status-update","status":"ended","x":1.0}`, "", "a message without its envelope"},
		{new(vapi.StatusUpdate), `{"type":"hang","status":"ended"}`, "message/not-covered", "but no other message"},
		{new(vapi.Assistant), `{"name":"n","id":"i","hooks":[{"on":"x"}]}`, "", "a struct"},
		{new(vapi.Assistant), `{"name":"n","Name":"m"}`, "json/confusable-member", "with the same checks"},
		{new(vapi.Assistant), `{"x":{"a":1,"a":1}}`, "json/duplicate-member", "and those of JSON"},
		{new(vapi.Assistant), `null`, "schema/type", "null is no object"},
		{new(vapi.Opt[vapi.Assistant]), `null`, "", "but it is an Opt"},
		{new(vapi.Opt[vapi.Destination]), `{"type":"sip","sipUri":"s"}`, "", "a union needs an Opt around it"},
		{new(vapi.Opt[vapi.Destination]), `{"type":"sip"}`, "schema/required", "with the checks of the branch"},
		{new(vapi.Opt[[]vapi.ConversationMessage]), `[{"role":"x"},5,` + userTurn + `]`, "", "a list of unions"},
		{new(vapi.Opt[map[string]vapi.JSONSchema]), `{"b":{"type":"object","properties":{"":{"type":"x"}}},"a":{"type":"string"}}`, "", "a map of a recursive struct"},
		{new(vapi.Loose[vapi.Number]), `1.10`, "", "a loose number"},
		{new(vapi.Loose[vapi.Number]), `{"a":1}`, "", "that is none"},
		{new(vapi.Loose[vapi.Number]), `null`, "schema/type", "or null"},
		{new(vapi.Loose[string]), `[1.0]`, "", "a loose string"},
		{new(vapi.Loose[vapi.Assistant]), `{"name":1,"x":1.0}`, "", "a loose struct, which fails below its surface"},
		{new(vapi.Number), `-1.5E+10`, "", "a number"},
		{new(vapi.Number), `"1"`, "schema/type", "not its text"},
		{new(vapi.Number), `1e999`, "json/number", "within the limits"},
		{new(vapi.Unknown), `{"a":[1.0,null]}`, "", "anything at all"},
		{new(vapi.Unknown), `{"a":1,"a":1}`, "json/duplicate-member", "that is JSON"},
		{new(vapi.Object), `{"b":1.0,"a":null}`, "", "a free-form object"},
		{new(vapi.Object), `{"b":1,"b":1}`, "json/duplicate-member", "without duplicates"},
		{new(vapi.Object), `[]`, "schema/type", "and no array"},
		{new(vapi.ToolParameter), `{"key":"k","value":"s"}`, "", "a value of five types: a string"},
		{new(vapi.ToolParameter), `{"key":"k","value":1.0}`, "", "a number"},
		{new(vapi.ToolParameter), `{"key":"k","value":false}`, "", "a boolean"},
		{new(vapi.ToolParameter), `{"key":"k","value":{"z":1.0,"a":{"b":null}}}`, "", "an object"},
		{new(vapi.ToolParameter), `{"key":"k","value":[1.0,null,"",{}]}`, "", "an array"},
		{new(vapi.ToolParameter), `{"key":"k","value":null}`, "", "and null, which is an unknown branch"},
		{new(vapi.ToolParameter), `{"key":"k"}`, "schema/required", "but not nothing"},
		{new(vapi.SquadMember), `{"assistantDestinations":[{"type":"assistant","assistantName":"n","message":""},{"type":"assistant","transferMode":"x","assistantName":""},{"type":"assistant"},5]}`, "", "branches by the members that they have"},
		{new(vapi.SquadMember), `{"assistantDestinations":[{"type":"assistant","message":null}]}`, "schema/required", "null is there: the transfer, which needs a name"},
		{new(vapi.ScorecardMetric), `{"structuredOutputId":"","conditions":[{"type":"comparator","comparator":"=","value":true,"points":1},{"type":"comparator","comparator":">","value":0.50,"points":1}]}`, "", "branches by the JSON type of a member"},
		{new(vapi.ScorecardMetric), `{"structuredOutputId":"","conditions":[{"type":"comparator","comparator":"=","value":"1","points":1}]}`, "schema/type", "a type that neither has is judged by the last"},
		{new(vapi.SecurityFilterPlan), `{"filters":[{},{"type":"x","pattern":"y"}]}`, "", "a struct without members keeps all as unknown"},
		{new(vapi.CartesiaExperimentalControls), `{"speed":1.50}`, "", "a string or a number: the number"},
		{new(vapi.CartesiaExperimentalControls), `{"speed":"slow"}`, "", "the string"},
		{new(vapi.Opt[map[string]map[string]vapi.Opt[string]]), `{"a":{"x":""},"b":{"y":null},"c":{}}`, "", "maps in a map share nothing"},
		{new(vapi.Opt[map[string]map[int]bool]), `{"a":{"1":true},"b":{"2":true},"c":{}}`, "", "nor do those that are not ours"},
		{new(vapi.Opt[int]), `7`, "", "a type that is not ours is left to encoding/json"},
		{new(vapi.Opt[int]), `7.5`, "schema/type", "and so are its rules"},
		{new(vapi.Opt[any]), `{"a":[1,null]}`, "", "also any"},
		{new(vapi.Opt[map[int]bool]), `{"1":true}`, "", "also a map with numbers for names"},
		{new(vapi.Opt[struct{ A vapi.Opt[string] }]), `{"A":null}`, "", "with ours below it"},
	}
	for _, row := range rows {
		t.Run(row.reason, func(t *testing.T) {
			if row.rule == "" {
				keptAs(t, row.text, row.target)
				return
			}
			err := json.Unmarshal([]byte(row.text), row.target)
			var refused *vapi.DecodeError
			if !errors.As(err, &refused) || refused.Rule != row.rule {
				t.Errorf("%s: %v, want %s", row.text, err, row.rule)
			}
		})
	}
}

// TestStaleValues decodes twice into one value, where the first leaves something
// that the second does not overwrite by itself.
func TestStaleValues(t *testing.T) {
	rows := []struct {
		target        any
		first, second string
	}{
		{new(vapi.Loose[vapi.Number]), `"x"`, `1`},
		{new(vapi.Loose[vapi.Number]), `1`, `"x"`},
		{new(vapi.Opt[string]), `null`, `"x"`},
		{new(vapi.Opt[string]), `"x"`, `null`},
		{new(vapi.Object), `{"a":1}`, `{"b":2}`},
		{new(vapi.Assistant), `{"name":"n","x":1}`, `{}`},
		{new(vapi.Opt[[]vapi.Destination]), `[{"type":"x"},{"type":"sip","sipUri":"s"}]`, `[{"type":"number","number":"n"}]`},
		{new(vapi.Opt[map[string]int]), `{"a":1}`, `{"b":2}`},
		{new(vapi.Opt[map[int]bool]), `{"1":true}`, `{"2":true}`},
	}
	for _, row := range rows {
		keptAs(t, row.first, row.target)
		keptAs(t, row.second, row.target)
	}
}

func TestLooseValueIsZeroBesideOther(t *testing.T) {
	l := vapi.Loose[vapi.Assistant]{Value: vapi.Assistant{Name: vapi.Some("left")}}
	text := `{"firstMessage":"x","name":1}`
	if err := json.Unmarshal([]byte(text), &l); err != nil || !reflect.DeepEqual(l, vapi.Loose[vapi.Assistant]{Other: json.RawMessage(text)}) {
		t.Errorf("%+v (%v)", l, err)
	}
}

func TestConcurrentUse(t *testing.T) {
	body := largeBody(t)
	e, err := vapi.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	want, err := e.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 3 {
				own, err := vapi.Decode(body)
				if err != nil || !reflect.DeepEqual(own, e) {
					t.Errorf("another value than alone (%v)", err)
				}
				if out, err := e.MarshalJSON(); err != nil || !bytes.Equal(out, want) {
					t.Errorf("another text than alone (%v)", err)
				}
				// Types that nobody has decoded before, so that codecs are made at once.
				var fresh struct {
					A vapi.Opt[vapi.Workflow]
					B vapi.Opt[[]vapi.Vocabulary]
				}
				if err := json.Unmarshal([]byte(`{"A":null,"B":["a"]}`), &fresh); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestConstructedMessages(t *testing.T) {
	forwarding := vapi.Envelope{Message: vapi.StatusUpdate{
		Type: vapi.StatusUpdateType, Status: "forwarding",
		Timestamp: vapi.Some(vapi.Loose[vapi.Number]{Value: vapi.Int(1775580709753)}),
		Destination: vapi.Some[vapi.Destination](&vapi.TransferDestinationNumber{
			Type: "number", Number: "+15550100", Message: vapi.Some[vapi.SpokenMessage](vapi.String("one <moment>\n")),
		}),
		Messages: vapi.Some([]vapi.ConversationMessage{
			&vapi.BotMessage{Role: "bot", Message: "hi", Time: "1.50", EndTime: vapi.Float(2.5), Duration: vapi.Some(vapi.Int(-3))},
			&vapi.ToolCallResultMessage{Role: "tool_call_result", Result: vapi.Loose[string]{Other: json.RawMessage(` {"a": 1.0} `)}},
			vapi.Unknown{Raw: json.RawMessage(`{"role":"robot"}`)},
			&vapi.Unknown{Raw: json.RawMessage(`null`)},
		}),
		Summary:          vapi.Some(""),
		AssistantVersion: vapi.Null[string](),
		Extra:            vapi.Members{{Name: `a"b`, Value: json.RawMessage(`[]`)}},
	}}
	want := `{"message":{"type":"status-update","status":"forwarding","timestamp":1775580709753,"summary":"","assistantVersion":null,"a\"b":[],
		"destination":{"type":"number","number":"+15550100","message":"one <moment>\n"},
		"messages":[{"role":"bot","message":"hi","time":1.50,"endTime":2.5,"secondsFromStart":0,"duration":-3},
		{"role":"tool_call_result","toolCallId":"","name":"","result":{"a":1.0},"time":0,"secondsFromStart":0},{"role":"robot"},null]}}`
	rows := []struct {
		value  any
		want   string
		reason string
	}{
		{forwarding, want, "by value"},
		{&forwarding, want, "by pointer"},
		{[]any{forwarding, map[string]any{"b": &forwarding.Message}}, "[" + want + `,{"b":` + want[len(`{"message":`):len(want)-1] + "}]", "inside other values"},
		{vapi.Envelope{}, `{"message":{"type":"","status":""}}`, "the zero envelope: what is required is there, and empty"},
		{vapi.Call{}, `{"id":"","orgId":"","createdAt":"","updatedAt":""}`, "a zero struct"},
		{vapi.UserMessage{}, `{"role":"","message":"","time":0,"endTime":0,"secondsFromStart":0}`, "a zero number is 0"},
		{vapi.ToolCallMessage{}, `{"role":"","toolCalls":[],"message":"","time":0,"secondsFromStart":0}`, "a nil slice is empty"},
		{vapi.Object(nil), `{}`, "a nil object is empty"},
		{vapi.Opt[string]{}, `null`, "absence alone has no text but null"},
		{vapi.Loose[string]{}, `""`, "a zero loose value"},
		{vapi.Number(""), `0`, "a zero number"},
		{vapi.Some([]string(nil)), `[]`, "a nil slice that is there"},
		{vapi.Some("\b\f\x00\x1f\x7f\u2028\"\\/é"), `"\u0008\u000c\u0000\u001f\u007f\u2028\"\\/é"`, "escapes"},
		{vapi.ToolParameter{Key: "k", Value: vapi.ToolParameterValueList{json.RawMessage(`1.0`)}}, `{"key":"k","value":[1.0]}`, "the array branch of a union"},
		{vapi.ToolParameter{Key: "k", Value: vapi.Object{"b": json.RawMessage(`1.0`), "a": json.RawMessage(`{}`)}}, `{"key":"k","value":{"a":{},"b":1.0}}`, "the object branch"},
		{vapi.ToolParameter{Key: "k", Value: vapi.Bool(true)}, `{"key":"k","value":true}`, "the boolean branch"},
		{vapi.ToolParameter{Key: "k", Value: vapi.Number("1e5")}, `{"key":"k","value":1e5}`, "the number branch"},
	}
	for _, row := range rows {
		out, err := json.Marshal(row.value)
		if err != nil {
			t.Errorf("%s: %v", row.reason, err)
			continue
		}
		if err := jsontest.Equal([]byte(row.want), out); err != nil {
			t.Errorf("%s: %s\n%v", row.reason, out, err)
		}
	}
	out, err := forwarding.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	keptAs(t, string(out), new(vapi.Envelope))
}

// embedded is a union's branch by accident: it has the methods of what it embeds.
type embedded struct {
	*vapi.UserMessage
	More string
}

func TestWhatCannotBeEncoded(t *testing.T) {
	message := func(change func(m *vapi.StatusUpdate)) vapi.Envelope {
		e := vapi.Envelope{Message: vapi.StatusUpdate{Type: vapi.StatusUpdateType, Status: "ended"}}
		change(&e.Message)
		return e
	}
	turn := func(turn vapi.ConversationMessage) vapi.Envelope {
		return message(func(m *vapi.StatusUpdate) { m.Messages = vapi.Some([]vapi.ConversationMessage{turn}) })
	}
	extra := func(members ...vapi.ExtraMember) vapi.Envelope {
		return message(func(m *vapi.StatusUpdate) { m.Extra = members })
	}
	raw := func(text string) vapi.Envelope { return turn(vapi.Unknown{Raw: json.RawMessage(text)}) }
	number := func(text vapi.Number) vapi.Envelope {
		return turn(&vapi.SystemMessage{Time: text})
	}
	rows := []struct {
		value         any
		where, reason string
	}{
		{number("x"), "Envelope.message.messages[0].time: ", "a word for a number"},
		{number(" 1"), ".time: ", "white space before a number"},
		{number("1\n"), ".time: ", "white space after it"},
		{number("01"), ".time: ", "a leading zero"},
		{number("-"), ".time: ", "a sign alone"},
		{number("1."), ".time: ", "a point without digits"},
		{number(".5"), ".time: ", "a point without digits before it"},
		{number("+1"), ".time: ", "a plus sign"},
		{number("1,2"), ".time: ", "a comma"},
		{number(`1,"x":2`), ".time: ", "a number that would add a member"},
		{number("NaN"), ".time: ", "not a number"},
		{number("0x10"), ".time: ", "another base"},
		{number("1_000"), ".time: ", "an underscore"},
		{number(`"1"`), ".time: ", "a string"},
		{number("null"), ".time: ", "null"},
		{number("1e401"), ".time: ", "an exponent past the limit"},
		{number(vapi.Number(strings.Repeat("1", 1001))), ".time: ", "a number past the limit"},
		{message(func(m *vapi.StatusUpdate) { m.Status = "\xff" }), "Envelope.message.status: ", "a string that is not UTF-8"},
		{message(func(m *vapi.StatusUpdate) { m.Summary = vapi.Some("a\xed\xa0\x80") }), ".message.summary: ", "a surrogate in UTF-8"},
		{raw(``), ".messages[0]: ", "no raw value"},
		{raw(`{`), ".messages[0]: ", "half a raw value"},
		{raw(`1 2`), ".messages[0]: ", "two raw values"},
		{raw(`1,2`), ".messages[0]: ", "a raw value that would add an item"},
		{raw(`""x"`), ".messages[0]: ", "a raw string that ends too early"},
		{raw(`"`), ".messages[0]: ", "a quote"},
		{raw(`"\"`), ".messages[0]: ", "a raw string that does not end"},
		{raw("\"\x01\""), ".messages[0]: ", "a raw control character"},
		{raw(`-`), ".messages[0]: ", "a sign"},
		{raw(`00`), ".messages[0]: ", "a raw leading zero"},
		{raw(`1.`), ".messages[0]: ", "a raw point"},
		{raw(`{"a":1,"a":1}`), ".messages[0]: ", "a duplicate in a raw value"},
		{raw("\"\xff\""), ".messages[0]: ", "a raw string that is not UTF-8"},
		{raw(`"\ud800"`), ".messages[0]: ", "a raw lone surrogate"},
		{message(func(m *vapi.StatusUpdate) { m.Timestamp = vapi.Some(vapi.Loose[vapi.Number]{Other: []byte("x")}) }), ".message.timestamp: ", "a raw value in the place of a documented one"},
		{vapi.Loose[string]{Other: []byte("x")}, "Loose", "the same, alone"},
		{vapi.Loose[string]{Other: []byte{}}, "Loose", "a raw value that is empty, not nil"},
		{turn(nil), ".messages[0]: ", "no branch"},
		{turn((*vapi.UserMessage)(nil)), ".messages[0]: ", "a nil pointer to a branch"},
		{turn(embedded{UserMessage: &vapi.UserMessage{}}), ".messages[0]: ", "a type that is no branch, though Go takes it for one"},
		{message(func(m *vapi.StatusUpdate) { m.Destination = vapi.Some[vapi.Destination](nil) }), ".destination: ", "an Opt without a branch"},
		{vapi.ToolParameter{Key: "k"}, "ToolParameter.value: ", "a zero struct with a required union"},
		{extra(vapi.ExtraMember{Name: "status", Value: []byte(`1`)}), ".message: ", "an unknown member with a documented name"},
		{extra(vapi.ExtraMember{Name: "Status", Value: []byte(`1`)}), ".message: ", "or one that can be confused with it"},
		{extra(vapi.ExtraMember{Name: "summary", Value: []byte(`1`)}), ".message: ", "though the documented member is absent"},
		{extra(vapi.ExtraMember{Name: "a", Value: []byte(`1`)}, vapi.ExtraMember{Name: "a", Value: []byte(`1`)}), ".message: ", "an unknown member twice"},
		{extra(vapi.ExtraMember{Name: "a"}), ".message.a: ", "an unknown member without a value"},
		{extra(vapi.ExtraMember{Name: "\xff", Value: []byte(`1`)}), ".message: ", "a name that is not UTF-8"},
		{message(func(m *vapi.StatusUpdate) {
			m.InboundPhoneCallDebuggingArtifacts = vapi.Some(vapi.Object{"a": []byte(`1`), "b": []byte(`]`)})
		}), ".inboundPhoneCallDebuggingArtifacts.b: ", "a raw value in an object"},
		{vapi.Object{"\xff": []byte(`1`)}, "Object: ", "a name of an object"},
		{vapi.Some(map[string]vapi.Number{"\xff": "1"}), "\\xff", "a name of a map"},
		{vapi.Some(map[string]vapi.Number{"k": "x"}), ".k: ", "a value of a map"},
		{vapi.Some(func() {}), "a Go func()", "a type that has no JSON"},
	}
	for _, row := range rows {
		for _, v := range []any{row.value, pointerTo(row.value)} {
			out, err := json.Marshal(v)
			if err == nil || !strings.Contains(err.Error(), row.where) {
				t.Errorf("%s: %s (%v), want an error that names %s", row.reason, out, err, row.where)
			}
			if out, err := v.(json.Marshaler).MarshalJSON(); err == nil {
				t.Errorf("%s: MarshalJSON writes %s", row.reason, out)
			}
		}
	}
}

func pointerTo(v any) any {
	p := reflect.New(reflect.TypeOf(v))
	p.Elem().Set(reflect.ValueOf(v))
	return p.Interface()
}

func TestNumber(t *testing.T) {
	rows := []struct {
		n        vapi.Number
		float    float64
		isFloat  bool
		integer  int64
		isInt    bool
		why      string
		isNumber bool
	}{
		{"", 0, true, 0, true, "the zero value", true},
		{"1775580709753.0002", 1775580709753.0002, true, 0, false, "a fraction", true},
		{"1e3", 1000, true, 0, false, "an exponent is not the text of an integer", true},
		{"-9223372036854775808", -1 << 63, true, -1 << 63, true, "the least integer", true},
		{"9223372036854775808", 1 << 63, true, 0, false, "one more than the largest", true},
		{"1e400", 0, false, 0, false, "larger than any float64", true},
		{"NaN", 0, false, 0, false, "strconv takes it, JSON does not", false},
		{"+1", 0, false, 0, false, "the same", false},
		{"0x1p4", 0, false, 0, false, "the same", false},
		{"1_0", 0, false, 0, false, "an underscore", false},
		{"01", 0, false, 0, false, "a leading zero", false},
	}
	for _, row := range rows {
		if f, err := row.n.Float64(); (err == nil) != row.isFloat || row.isFloat && f != row.float {
			t.Errorf("Float64 of %q: %v, %v; %s", row.n, f, err, row.why)
		}
		if i, err := row.n.Int64(); (err == nil) != row.isInt || row.isInt && i != row.integer {
			t.Errorf("Int64 of %q: %v, %v; %s", row.n, i, err, row.why)
		}
		if _, err := json.Marshal(row.n); (err == nil) != row.isNumber {
			t.Errorf("Marshal of %q: %v; %s", row.n, err, row.why)
		}
	}
	for text, n := range map[string]vapi.Number{"0.1": vapi.Float(0.1), "-7": vapi.Int(-7), "100000000000000000000000": vapi.Float(1e23)} {
		if string(n) != text {
			t.Errorf("%s, want %s", n, text)
		}
	}
}

// built is a value made from the descriptor: JSON text, and the members of the
// object if it is one.
type built struct {
	text    string
	members []builtMember
}

type builtMember struct{ name, text string }

func objectOf(members []builtMember) built {
	parts := make([]string, len(members))
	for i, m := range members {
		parts[i] = fmt.Sprintf("%q:%s", m.name, m.text)
	}
	return built{"{" + strings.Join(parts, ",") + "}", members}
}

// builder makes values that satisfy the descriptor's kinds, not its bounds. It is
// deterministic: whatever could be chosen is chosen in turn.
type builder struct{ turns int }

func (b *builder) turn(n int) int {
	b.turns++
	return b.turns % n
}

// object makes an object of the type with all its members; further below than
// depth levels, with the required ones only.
func (b *builder) object(t *vapi.Type, depth int) built {
	var members []builtMember
	for _, m := range t.Members {
		if depth > 0 || m.Required {
			members = append(members, builtMember{m.Name, b.value(m.Schema, depth-1)})
		}
	}
	return objectOf(members)
}

func (b *builder) value(s *vapi.Schema, depth int) string {
	switch s.Kind {
	case vapi.KindString:
		if s.Enum != nil {
			return fmt.Sprintf("%q", s.Enum.Values[b.turn(len(s.Enum.Values))])
		}
		return []string{`"text"`, `""`, `"\u00e9\\n"`}[b.turn(3)]
	case vapi.KindNumber, vapi.KindInteger:
		return []string{"1", "1.0", "-0", "1775580709753.0002", "1E+2"}[b.turn(5)]
	case vapi.KindBoolean:
		return []string{"true", "false"}[b.turn(2)]
	case vapi.KindObject:
		return []string{`{}`, `{"":null,"a":[1.0]}`}[b.turn(2)]
	case vapi.KindArray, vapi.KindMap:
		return b.container(s, depth)
	case vapi.KindRef:
		return b.object(s.Type, depth).text
	}
	return b.branch(s.Union, b.turn(len(s.Union.Branches)), depth)
}

func (b *builder) container(s *vapi.Schema, depth int) string {
	open, name, end := "[", "", "]"
	if s.Kind == vapi.KindMap {
		open, name, end = "{", `"a/b":`, "}"
	}
	switch {
	case depth < 0:
		return open + end
	case s.Items == nil:
		return open + name + "null" + end
	}
	return open + name + b.value(s.Items, depth) + end
}

// branch makes a value that the union's branch i takes.
func (b *builder) branch(u *vapi.Union, i, depth int) string {
	branch := u.Branches[i]
	if branch.Schema.Kind != vapi.KindRef {
		return b.value(branch.Schema, depth)
	}
	members := b.object(branch.Schema.Type, depth).members
	if len(branch.Values) > 0 {
		members = set(members, u.Tag, fmt.Sprintf("%q", branch.Values[b.turn(len(branch.Values))]))
	}
	if len(branch.Has) > 0 {
		members = set(members, branch.Has[0], "null")
	}
	return objectOf(members).text
}

func set(members []builtMember, name, text string) []builtMember {
	for i := range members {
		if members[i].name == name {
			members[i].text = text
			return members
		}
	}
	return append(members, builtMember{name, text})
}

// goType is one type of the descriptor with its Go type.
type goType struct {
	doc *vapi.Type
	gt  reflect.Type
}

func goTypes(t *testing.T) []goType {
	t.Helper()
	byName := vapi.GoTypes()
	var types []goType
	for _, doc := range vapi.Descriptor().Types {
		g, ok := byName[doc.GoName]
		if !ok {
			t.Errorf("%s: no Go type %s can be reached from the message", doc.Name, doc.GoName)
			continue
		}
		types = append(types, goType{doc, g})
	}
	if len(types) == 0 || len(types) != len(byName) {
		t.Errorf("%d types in the descriptor, %d in Go", len(types), len(byName))
	}
	return types
}

// TestEveryMemberIsKept decodes an object with every member, for every type of the
// model. Each must lie in its own field, not among the unknown ones.
func TestEveryMemberIsKept(t *testing.T) {
	var b builder
	types := goTypes(t)
	members, size := 0, 0
	for _, gt := range types {
		object := b.object(gt.doc, 3)
		target := reflect.New(gt.gt)
		keptAs(t, object.text, target.Interface())
		if where := unknownBranches("", target); len(where) > 0 {
			t.Errorf("%s: unknown branches at %v", gt.doc.Name, where)
		}
		if extra := target.Elem().FieldByName("Extra"); extra.Len() > 0 {
			t.Errorf("%s: %v are not known", gt.doc.Name, extra)
		}
		for _, m := range gt.doc.Members {
			if f := target.Elem().FieldByName(m.GoName); !f.IsValid() {
				t.Errorf("%s: %s has no field %s", gt.doc.Name, m.Name, m.GoName)
			}
		}
		members += len(gt.doc.Members)
		size += len(object.text)
	}
	t.Logf("%d types with %d members, %d bytes", len(types), members, size)
}

// TestEveryBranchIsKept decodes each branch of the union at each site that has one,
// and a branch of tomorrow.
func TestEveryBranchIsKept(t *testing.T) {
	var b builder
	sites, branches := 0, 0
	for _, gt := range goTypes(t) {
		for _, m := range gt.doc.Members {
			u := unionIn(m.Schema)
			if u == nil {
				continue
			}
			sites++
			variants := vapi.UnionVariants(u)
			for i := range u.Branches {
				branches++
				got := decodedUnion(t, &b, gt, m, b.branch(u, i, 0))
				if got != variants[i] {
					t.Errorf("%s.%s: branch %d is a %v, want %v", gt.doc.Name, m.Name, i, got, variants[i])
				}
			}
			if last := u.Branches[len(u.Branches)-1]; u.Tag != "" && !last.Catches() {
				if got := decodedUnion(t, &b, gt, m, fmt.Sprintf(`{%q:"of-tomorrow","x":1.0}`, u.Tag)); got != reflect.TypeFor[vapi.Unknown]() {
					t.Errorf("%s.%s: a branch of tomorrow is a %v", gt.doc.Name, m.Name, got)
				}
			}
		}
	}
	if sites == 0 {
		t.Error("no union in the model")
	}
	t.Logf("%d sites with %d branches", sites, branches)
}

// unionIn returns the union of a schema, or that of its items or map values.
func unionIn(s *vapi.Schema) *vapi.Union {
	for ; s != nil; s = s.Items {
		if s.Kind == vapi.KindUnion {
			return s.Union
		}
	}
	return nil
}

// decodedUnion puts the text where the member has its union, and returns the type
// that it is decoded into.
func decodedUnion(t *testing.T, b *builder, gt goType, m vapi.Member, text string) reflect.Type {
	t.Helper()
	for s := m.Schema; s.Items != nil; s = s.Items {
		if s.Kind == vapi.KindMap {
			text = `{"k":` + text + `}`
		} else {
			text = "[" + text + "]"
		}
	}
	target := reflect.New(gt.gt)
	keptAs(t, objectOf(set(b.object(gt.doc, 0).members, m.Name, text)).text, target.Interface())
	return unionTypeIn(target.Elem().FieldByName(m.GoName))
}

// unionTypeIn returns what the first interface below v holds.
func unionTypeIn(v reflect.Value) reflect.Type {
	for v.IsValid() {
		switch v.Kind() {
		case reflect.Struct: // an Opt: its first field points to the value
			v = v.Field(0).Elem()
		case reflect.Slice:
			if v.Len() == 0 {
				return nil
			}
			v = v.Index(0)
		case reflect.Map:
			v = v.MapIndex(reflect.ValueOf("k"))
		case reflect.Interface:
			if v = v.Elem(); v.Kind() == reflect.Pointer {
				v = v.Elem()
			}
			return v.Type()
		default:
			return nil
		}
	}
	return nil
}

// TestEveryMemberIsGuarded breaks each member of each type in four ways, in an
// object that has the required members besides.
func TestEveryMemberIsGuarded(t *testing.T) {
	var b builder
	faults := 0
	for _, gt := range goTypes(t) {
		least := b.object(gt.doc, 0).members
		for _, m := range gt.doc.Members {
			try := func(rule, pointer string, members []builtMember) {
				t.Helper()
				faults++
				judge(t, gt, rule, pointer, objectOf(members).text)
			}
			with := func(name, text string) []builtMember { return set(slices.Clone(least), name, text) }
			without := slices.DeleteFunc(slices.Clone(least), func(o builtMember) bool { return o.name == m.Name })
			optional := !m.Required || deviates(gt.doc, m, "absent")
			loose := deviates(gt.doc, m, "object") || deviates(gt.doc, m, "string")
			upper := strings.ToUpper(m.Name)
			try("json/confusable-member", token(upper), with(upper, "0"))
			try(unless(optional, "schema/required"), "", without)
			try(unless(optional || m.Schema.Kind == vapi.KindUnion, "schema/type"), token(m.Name), with(m.Name, "null"))
			if wrong := wrongText(m.Schema); wrong != "" {
				try(unless(loose, "schema/type"), token(m.Name), with(m.Name, wrong))
			}
		}
	}
	t.Logf("%d faults", faults)
}

// token is the RFC 6901 pointer of a member of the root.
func token(name string) string {
	return "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

func unless(kept bool, rule string) string {
	if kept {
		return ""
	}
	return rule
}

// judge holds the type against one text: it is kept if rule is empty.
func judge(t *testing.T, gt goType, rule, pointer, text string) {
	t.Helper()
	target := reflect.New(gt.gt).Interface()
	if rule == "" {
		keptAs(t, text, target)
		return
	}
	var refused *vapi.DecodeError
	if err := json.Unmarshal([]byte(text), target); !errors.As(err, &refused) || refused.Rule != rule || refused.Pointer != pointer {
		t.Errorf("%s: %s\ngives %v, want %s at %s", gt.doc.Name, clip(text), err, rule, pointer)
	}
}

// deviates reports whether live traffic is known to differ so at the member.
func deviates(doc *vapi.Type, m vapi.Member, admits string) bool {
	for _, d := range vapi.Deviations {
		if d.Type == doc.Name && d.Member == m.Name && d.Admits == admits {
			return true
		}
	}
	return false
}

// wrongText is a value of a JSON type that the schema does not take.
func wrongText(s *vapi.Schema) string {
	switch s.Kind {
	case vapi.KindUnion:
		return ""
	case vapi.KindObject, vapi.KindMap, vapi.KindRef:
		return "[]"
	}
	return "{}"
}
