package fuzz_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ringproof/ringproof/fuzz"
)

// A driver of one's own needs an engine and a body.
func ExampleEngine() {
	type message struct {
		Message struct {
			Type   string `json:"type"`
			Status string `json:"status"`
		} `json:"message"`
	}
	e, err := fuzz.NewEngine(fuzz.JSON[message]().Subject())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range e.RunBody([]byte(`{"message":{"type":"status-update","status":"ended","endedReason":"voicemail"}}`), false) {
		fmt.Println(f.Key)
		fmt.Println(string(f.Body))
	}
	// Output:
	// lossless: /message/endedReason: dropped
	// {"message":{"type":"status-update","status":"ended","endedReason":"a"}}
}

// What a decoder loses on purpose is declared.
func ExampleLosses() {
	decode := func(b []byte) (map[string]json.RawMessage, error) {
		var body struct{ Message map[string]json.RawMessage }
		if err := json.Unmarshal(b, &body); err != nil {
			return nil, err
		}
		delete(body.Message, "transcript")
		return body.Message, nil
	}
	encode := func(m map[string]json.RawMessage) ([]byte, error) { return json.Marshal(map[string]any{"message": m}) }
	body := []byte(`{"message":{"type":"status-update","status":"forwarding","transcript":"Hello."}}`)
	for _, losses := range []fuzz.Losses{nil, {{Pointer: "/message/transcript", Class: fuzz.Dropped}}} {
		e, err := fuzz.NewEngine(fuzz.Decoder(decode).Encoder(encode).Subject(), losses)
		if err != nil {
			fmt.Println(err)
			return
		}
		var keys []string
		for _, f := range e.RunBody(body, false) {
			keys = append(keys, f.Key.String())
		}
		fmt.Printf("%d: %s\n", len(keys), strings.Join(keys, ", "))
	}
	// Output:
	// 1: lossless: /message/transcript: dropped
	// 0:
}
