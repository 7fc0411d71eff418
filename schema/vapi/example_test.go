package vapi_test

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ringproof/ringproof/schema/vapi"
)

// The status of a call stands in the message. The status within its call is a
// snapshot that does not move on.
func ExampleDecode() {
	body := []byte(`{"message": {
		"type": "status-update",
		"status": "ended",
		"endedReason": "customer-ended-call",
		"call": {"id": "c1", "orgId": "o1", "createdAt": "", "updatedAt": "", "status": "ringing"}
	}}`)
	e, err := vapi.Decode(body)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Message.Status)
	if reason, ok := e.Message.EndedReason.Get(); ok {
		fmt.Println(reason)
	}
	// Output:
	// ended
	// customer-ended-call
}

func ExampleDecodeError() {
	_, err := vapi.Decode([]byte(`{"message": {"type": "status-update", "STATUS": "ended"}}`))
	var refused *vapi.DecodeError
	if errors.As(err, &refused) {
		fmt.Println(refused.Rule, refused.Pointer, refused.Line, refused.Column)
	}
	// Output:
	// json/confusable-member /message/STATUS 1 39
}

// An Envelope is read and written with encoding/json. What it does not know, it
// keeps.
func ExampleEnvelope() {
	var e vapi.Envelope
	body := `{"message":{"type":"status-update","status":"on-hold","mood":"fine"}}`
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		fmt.Println(err)
		return
	}
	mood, _ := e.Message.Extra.Get("mood")
	fmt.Println(e.Message.Status, string(mood))
	out, err := json.Marshal(e)
	fmt.Println(string(out) == body, err)
	// Output:
	// on-hold "fine"
	// true <nil>
}

// Null and absence differ, and both survive.
func ExampleOpt() {
	for _, body := range []string{
		`{"message":{"type":"status-update","status":"queued"}}`,
		`{"message":{"type":"status-update","status":"queued","summary":null}}`,
		`{"message":{"type":"status-update","status":"queued","summary":""}}`,
	} {
		e, err := vapi.Decode([]byte(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		_, present := e.Message.Summary.Get()
		fmt.Println("absent:", e.Message.Summary.IsZero(), "null:", e.Message.Summary.IsNull(), "present:", present)
	}
	// Output:
	// absent: true null: false present: false
	// absent: false null: true present: false
	// absent: false null: false present: true
}

// Each branch of a union is a Go type. Unknown is a branch that the provider has
// added since.
func ExampleConversationMessage() {
	var turns vapi.Opt[[]vapi.ConversationMessage]
	err := json.Unmarshal([]byte(`[
		{"role": "bot", "message": "Hello!", "time": 1, "endTime": 2, "secondsFromStart": 0.5},
		{"role": "user", "message": "Hi.", "time": 3, "endTime": 4, "secondsFromStart": 2.5},
		{"role": "supervisor", "note": "well done"}
	]`), &turns)
	if err != nil {
		fmt.Println(err)
		return
	}
	list, _ := turns.Get()
	for _, turn := range list {
		switch turn := turn.(type) {
		case *vapi.BotMessage:
			fmt.Println("bot:", turn.Message)
		case *vapi.UserMessage:
			fmt.Println("user:", turn.Message)
		case vapi.Unknown:
			fmt.Println("unknown:", string(turn.Raw))
		}
	}
	// Output:
	// bot: Hello!
	// user: Hi.
	// unknown: {"role": "supervisor", "note": "well done"}
}

// A Number is what was written. A float64 is what a machine makes of it.
func ExampleNumber() {
	e, err := vapi.Decode([]byte(`{"message":{"type":"status-update","status":"queued","timestamp":1775580709753.00020}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	timestamp, _ := e.Message.Timestamp.Get()
	milliseconds, err := timestamp.Value.Float64()
	fmt.Println(timestamp.Value)
	fmt.Printf("%.4f %v\n", milliseconds, err)
	// Output:
	// 1775580709753.00020
	// 1775580709753.0002 <nil>
}
