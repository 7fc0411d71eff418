package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/ringproof/ringproof/fixtures"
)

// otherTypes are messages besides status-update that want no answer, with the members
// that the provider's file requires of them (FACTS section 1: ServerMessage), short.
// The end-of-call report is not among them: it is about the state of the call.
var otherTypes = []struct{ name, members string }{
	{"assistant.started", `{"newAssistant":{"name":"Reception"}}`}, // live; no schema has it
	{"conversation-update", `{"messages":[{"role":"user","message":"Hello","time":1775580700000,"secondsFromStart":1}],"messagesOpenAIFormatted":[{"role":"user","content":"Hello"}]}`},
	{"speech-update", `{"status":"started","role":"assistant","turn":1}`},
	{"speech-update", `{"status":"stopped","role":"user","turn":2}`},
	{"transcript", `{"role":"user","transcriptType":"final","transcript":"Hello"}`},
	{"transcript[transcriptType=\"final\"]", `{"role":"user","transcriptType":"final","transcript":"Hello"}`},
	{"model-output", `{"output":[{"content":"Hello"}]}`},
	{"user-interrupted", `{}`},
	{"language-change-detected", `{"language":"de"}`},
	{"voice-input", `{"input":"Hello"}`},
	{"assistant.speechStarted", `{"text":"Hello","turn":1}`},
	{"phone-call-control", `{"request":"hang-up"}`},
	{"transfer-update", `{"destination":{"type":"number","number":"+12025550123"}}`},
	{"hang", `{}`},
	{"call.artifact.upload", `{"artifacts":[]}`},
	{"session.updated", `{"session":{"id":"session-1"}}`},
	{"call.quality-update", `{"status":"poor"}`}, // nobody knows it, yet
}

// lateTypes is how many of otherTypes, from the first, also come after the end.
const lateTypes = 5

// otherMessages are messages of other types, made of one that tells of the same call.
func otherMessages(of *exchange) []*exchange {
	var list []*exchange
	for _, t := range otherTypes {
		list = append(list, otherMessage(of, t.name, t.members))
	}
	return list
}

func otherMessage(of *exchange, kind, members string) *exchange {
	var extra map[string]json.RawMessage
	if err := json.Unmarshal([]byte(members), &extra); err != nil {
		panic(fmt.Sprintf("contract: the members of %s: %v", kind, err))
	}
	changes := []fixtures.Option{fixtures.Set("/message/type", kind), fixtures.Remove("/message/status")}
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		changes = append(changes, fixtures.Set("/message/"+name, extra[name]))
	}
	return &exchange{Sent: Sent{What: "a message of type " + kind, Call: of.Call, Pointer: "/message/type", Body: edited(of.Body, changes...)}}
}
