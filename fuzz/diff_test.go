package fuzz

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/internal/scan"
)

func differences(t *testing.T, body, encoded string) []difference {
	t.Helper()
	a, err := scan.Parse([]byte(body), scan.Limits{})
	require.NoError(t, err)
	b, err := scan.Parse([]byte(encoded), scan.Limits{})
	require.NoError(t, err)
	return compare(a.Root(), b.Root())
}

func TestADifferenceHasItsClassAndPlace(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		why, body, encoded string
		class              Class
		pointer, at        string
	}{
		{"a value is gone", `{"message":{"call":{"name":"x"}}}`, `{"message":{"call":{}}}`, Dropped, "/message/call/name", "Call.name"},
		{"zero is a value", `{"message":{"call":{"cost":0}}}`, `{"message":{"call":{}}}`, ZeroAbsent, "/message/call/cost", "Call.cost"},
		{"so is zero with a fraction", `{"message":{"call":{"cost":0.00}}}`, `{"message":{"call":{}}}`, ZeroAbsent, "/message/call/cost", "Call.cost"},
		{"an empty array is not null", `{"message":{"call":{"costs":[]}}}`, `{"message":{"call":{"costs":null}}}`, ZeroAbsent, "/message/call/costs", "Call.costs"},
		{"null is not absence", `{"message":{"call":{"name":null}}}`, `{"message":{"call":{}}}`, NullAbsent, "/message/call/name", "Call.name"},
		{"an object is not null", `{"message":{"call":{"squad":{"name":"a"}}}}`, `{"message":{"call":{"squad":null}}}`, Dropped, "/message/call/squad", "Call.squad"},
		{"null is nothing else", `{"message":{"call":{"name":null}}}`, `{"message":{"call":{"name":""}}}`, Invented, "/message/call/name", "Call.name"},
		{"a member out of nowhere", `{"message":{"call":{}}}`, `{"message":{"call":{"name":"x"}}}`, Invented, "/message/call/name", "Call.name"},
		{"the same number", `{"message":{"call":{"cost":1e3}}}`, `{"message":{"call":{"cost":1000}}}`, Respelled, "/message/call/cost", "Call.cost"},
		{"a float32", `{"message":{"timestamp":1775580709753}}`, `{"message":{"timestamp":1775580700000}}`, Rounded, "/message/timestamp", "ServerMessageStatusUpdate.timestamp"},
		{"above 2^53", `{"message":{"call":{"metadata":{"n":9007199254740993}}}}`, `{"message":{"call":{"metadata":{"n":9007199254740992}}}}`, Doubled, "/message/call/metadata/n", "Call.?/**"},
		{"a fraction that is cut", `{"message":{"call":{"cost":0.75}}}`, `{"message":{"call":{"cost":0}}}`, Rounded, "/message/call/cost", "Call.cost"},
		{"another number", `{"message":{"call":{"cost":2}}}`, `{"message":{"call":{"cost":3}}}`, Changed, "/message/call/cost", "Call.cost"},
		{"the same instant", `{"message":{"call":{"createdAt":"2026-04-07T16:48:29.750Z"}}}`, `{"message":{"call":{"createdAt":"2026-04-07T16:48:29.75Z"}}}`, Respelled, "/message/call/createdAt", "Call.createdAt"},
		{"another instant", `{"message":{"call":{"createdAt":"2026-04-07T16:48:29.750Z"}}}`, `{"message":{"call":{"createdAt":"2026-04-07T16:48:29Z"}}}`, Changed, "/message/call/createdAt", "Call.createdAt"},
		{"the call's status for the message's", `{"message":{"status":"ended","call":{"status":"ringing"}}}`, `{"message":{"status":"ringing","call":{"status":"ringing"}}}`, Misrouted, "/message/status", "ServerMessageStatusUpdate.status"},
		{"another tag makes another object", `{"message":{"artifact":{"messages":[{"role":"bot"}]}}}`, `{"message":{"artifact":{"messages":[{"role":"user"}]}}}`, Misrouted, "/message/artifact/messages/0/role", "BotMessage.role"},
		{"an item is gone", `{"message":{"call":{"costs":[{},{}]}}}`, `{"message":{"call":{"costs":[{}]}}}`, Dropped, "/message/call/costs", "Call.costs/*"},
		{"an item too many", `{"message":{"call":{"costs":[{}]}}}`, `{"message":{"call":{"costs":[{},{}]}}}`, Invented, "/message/call/costs", "Call.costs/*"},
		{"an unknown member", `{"message":{"call":{"ofTomorrow":1}}}`, `{"message":{"call":{}}}`, Dropped, "/message/call/ofTomorrow", "Call.?"},
		{"beside the message", `{"message":{},"deliveryId":"d"}`, `{"message":{}}`, Dropped, "/deliveryId", "envelope.?"},
		{"a number is no text", `{"message":{"timestamp":1}}`, `{"message":{"timestamp":"1"}}`, Changed, "/message/timestamp", "ServerMessageStatusUpdate.timestamp"},
	} {
		d := differences(t, row.body, row.encoded)
		require.Len(t, d, 1, row.why)
		require.Equal(t, row.class, d[0].class, row.why)
		require.Equal(t, row.pointer, d[0].pointer, row.why)
		require.Equal(t, row.at, d[0].at.String(), row.why)
	}
}

// Whoever is not accused by these is not accused for how an encoder writes.
func TestSpellingIsNoDifference(t *testing.T) {
	t.Parallel()
	for _, encoded := range []string{
		`{"message":{"status":"ended","call":{"id":"<a>","name":"é😀/"}}}`,
		"{ \"message\" : {\"call\":{\"name\":\"\\u00e9\\ud83d\\ude00\\/\",\"id\":\"\\u003ca\\u003e\"},\n\"status\":\"end\\u0065d\"} }",
	} {
		require.Empty(t, differences(t, `{"message":{"status":"ended","call":{"id":"<a>","name":"é😀/"}}}`, encoded))
	}
}

func TestManyMembersAreMatchedByName(t *testing.T) {
	t.Parallel()
	a := `{"message":{"x":{` + names(40) + `,"z":1}}}`
	b := `{"message":{"x":{"z":1,` + names(40) + `}}}`
	require.Empty(t, differences(t, a, b))
	require.Len(t, differences(t, a, `{"message":{"x":{"z":1,`+names(39)+`}}}`), 1)
}

func TestALossProfileWaivesWhatItNames(t *testing.T) {
	t.Parallel()
	gone := differences(t, `{"message":{"call":{"squad":{"name":"a"}},"artifact":{"messages":[{"role":"bot","time":1.5}]}}}`, `{"message":{"call":{},"artifact":{"messages":[{"role":"bot"}]}}}`)
	require.Len(t, gone, 2)
	for pointer, want := range map[string][2]bool{
		"/message/call/squad": {true, false}, "Call.squad": {true, false}, "/message/call/*": {true, false}, "/message/call/**": {true, false}, "/message/call": {false, false}, "Call.name": {false, false},
		"/message/artifact/messages/*/time": {false, true}, "/message/artifact/messages/0/time": {false, true}, "BotMessage.time": {false, true}, "UserMessage.time": {false, false},
		"**": {true, true}, "?": {false, false}, "/message/**": {true, true},
	} {
		for i := range gone {
			require.Equal(t, want[i], Losses{{pointer, Dropped}}.waives(&gone[i]), "%s on %s", pointer, gone[i].pointer)
			require.False(t, Losses{{pointer, Respelled}}.waives(&gone[i]), "another class")
		}
	}
	zero := differences(t, `{"message":{"call":{"cost":0}}}`, `{"message":{"call":{}}}`)
	require.True(t, Losses{{"Call.cost", Dropped}}.waives(&zero[0]), "who drops the member drops a zero there")
	require.False(t, Losses{{"Call.cost", NullAbsent}}.waives(&zero[0]))
}

func TestWhatKeepsDoublesMayNotRound(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		why, body, encoded        string
		rounded, doubled, spelled bool // whether the row of that class waives it
	}{
		{"a sum cut to cents", `{"message":{"call":{"cost":1.005}}}`, `{"message":{"call":{"cost":1}}}`, true, false, false},
		{"above 2^53", `{"message":{"call":{"cost":9007199254740993}}}`, `{"message":{"call":{"cost":9007199254740992}}}`, true, true, false},
		{"another spelling", `{"message":{"call":{"cost":1.50}}}`, `{"message":{"call":{"cost":1.5}}}`, true, true, true},
		{"a time spelled anew", `{"message":{"call":{"createdAt":"2026-04-07T16:48:29.750Z"}}}`, `{"message":{"call":{"createdAt":"2026-04-07T16:48:29.75Z"}}}`, true, false, true},
	} {
		d := differences(t, row.body, row.encoded)
		require.Len(t, d, 1, row.why)
		for class, want := range map[Class]bool{Rounded: row.rounded, Doubled: row.doubled, Respelled: row.spelled} {
			require.Equal(t, want, Losses{{"**", class}}.waives(&d[0]), "%s, %s", row.why, class)
		}
	}
}

func TestSomeLossesAreNeverWaived(t *testing.T) {
	t.Parallel()
	all := Losses{{"**", Dropped}, {"**", Changed}, {"**", Misrouted}, {"**", Invented}, {"**", Rounded}, {"**", ZeroAbsent}, {"**", NullAbsent}}
	for _, row := range []struct {
		why, body, encoded string
		waived             bool
	}{
		{"status", `{"message":{"status":"ended"}}`, `{"message":{}}`, false},
		{"status from elsewhere", `{"message":{"status":"ended","call":{"status":"ringing"}}}`, `{"message":{"status":"ringing","call":{"status":"ringing"}}}`, false},
		{"ended reason", `{"message":{"endedReason":"voicemail"}}`, `{"message":{}}`, false},
		{"ended reason made up", `{"message":{}}`, `{"message":{"endedReason":"voicemail"}}`, false},
		{"an ended reason that was never set", `{"message":{}}`, `{"message":{"endedReason":""}}`, true},
		{"type", `{"message":{"type":"status-update"}}`, `{"message":{"type":"update"}}`, false},
		{"the call", `{"message":{"call":{"id":"a"}}}`, `{"message":{}}`, false},
		{"the call's id", `{"message":{"call":{"id":"a"}}}`, `{"message":{"call":{}}}`, false},
		{"an id that is not read", `{"message":{"call":{"orgId":"a"}}}`, `{"message":{"call":{}}}`, true},
		{"an id that differs", `{"message":{"call":{"orgId":"a"}}}`, `{"message":{"call":{"orgId":"b"}}}`, false},
		{"the tag of a union", `{"message":{"phoneNumber":{"provider":"vapi"}}}`, `{"message":{"phoneNumber":{}}}`, false},
		{"what is not read at all", `{"message":{"phoneNumber":{"provider":"vapi"}}}`, `{"message":{}}`, true},
		{"tool calls", `{"message":{"artifact":{"messages":[{"role":"tool_calls","toolCalls":[{"id":"a"}]}]}}}`, `{"message":{"artifact":{"messages":[{"role":"tool_calls"}]}}}`, false},
		{"the id of a tool call", `{"message":{"artifact":{"messages":[{"role":"tool_calls","toolCalls":[{"id":"a"}]}]}}}`, `{"message":{"artifact":{"messages":[{"role":"tool_calls","toolCalls":[{}]}]}}}`, false},
		{"which call a result answers", `{"message":{"artifact":{"messages":[{"role":"tool_call_result","toolCallId":"a"}]}}}`, `{"message":{"artifact":{"messages":[{"role":"tool_call_result"}]}}}`, false},
		{"the name of a customer", `{"message":{"customer":{"name":"a"}}}`, `{"message":{"customer":{}}}`, true},
	} {
		d := differences(t, row.body, row.encoded)
		require.Len(t, d, 1, row.why)
		require.Equal(t, row.waived, all.waives(&d[0]), row.why)
	}
}

func TestNumbersAreComparedByValue(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		a, b  string
		class Class
	}{
		{"1", "1", ""}, {"1", "1.0", Respelled}, {"1e3", "1000", Respelled}, {"-0", "0", Respelled}, {"0.10", "1e-1", Respelled}, {"1E+2", "100", Respelled}, {"12e-1", "1.2", Respelled},
		{"16777217", "16777216", Rounded}, {"0.1", "0.10000000149011612", Rounded}, {"1775580709753.0002", "1775580709753", Rounded}, {"1.005", "1", Rounded}, {"0.0843", "0.08", Rounded}, {"0.0843", "0.09", Rounded}, {"1775580709753", "1775580709000", Rounded}, {"1775580709753", "1775580712345", Changed}, {"16777217", "16777219", Changed}, {"0.0843", "0.1843", Changed}, {"-0.25", "0.25", Changed}, {"0.1000000000000000055", "0.1", Doubled}, {"9007199254740993", "9.007199254740992e15", Doubled}, {"1", "2", Changed}, {"1", "-1", Changed}, {"1e400", "1e401", Changed},
	} {
		require.Equal(t, row.class, numberClass(row.a, row.b), "%s against %s", row.a, row.b)
	}
}
