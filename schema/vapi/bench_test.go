package vapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ringproof/ringproof/schema/vapi"
)

// BenchmarkCodec puts Decode and MarshalJSON beside encoding/json into any and
// back, on the same bodies.
func BenchmarkCodec(b *testing.B) {
	for _, body := range benchBodies(b) {
		e, err := vapi.Decode(body.data)
		if err != nil {
			b.Fatalf("%s: %v", body.name, err)
		}
		var tree any
		if err := json.Unmarshal(body.data, &tree); err != nil {
			b.Fatalf("%s: %v", body.name, err)
		}
		run := func(name string, f func() error) {
			b.Run(body.name+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(body.data)))
				b.ReportAllocs()
				for b.Loop() {
					if err := f(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		run("decode/vapi", func() error { _, err := vapi.Decode(body.data); return err })
		run("decode/any", func() error { var v any; return json.Unmarshal(body.data, &v) })
		run("encode/vapi", func() error { _, err := e.MarshalJSON(); return err })
		run("encode/any", func() error { _, err := json.Marshal(tree); return err })
	}
}

type benchBody struct {
	name string
	data []byte
}

func benchBodies(b *testing.B) []benchBody {
	b.Helper()
	bodies := []benchBody{
		{"small", []byte(`{"message":{"type":"status-update","status":"ended","endedReason":"customer-ended-call","timestamp":1775580709753.0002}}`)},
		{"large", largeBody(b)},
	}
	for _, dir := range liveDirs {
		data, err := os.ReadFile(filepath.Join(dir, "inbound-tools-ended.json"))
		if err != nil {
			continue
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, data); err != nil {
			b.Fatal(err)
		}
		return append(bodies, benchBody{"typical", compact.Bytes()})
	}
	b.Log("no recorded shape here: the typical size is left out")
	return bodies
}

// largeBody is about 100 KB: a long conversation, twice, as a forwarding message
// carries it, with tools that answer objects and members that no schema has.
func largeBody(tb testing.TB) []byte {
	tb.Helper()
	words := strings.Repeat("amber green stone paper ", 5)
	var turns, formatted []string
	for i := range 130 {
		turns = append(turns,
			fmt.Sprintf(`{"role":"user","message":%q,"time":%d.5,"endTime":%d,"secondsFromStart":%d.25,"duration":900}`, words, 1775580700000+i, 1775580700900+i, i),
			fmt.Sprintf(`{"role":"tool_call_result","toolCallId":"call_%d","name":"look_up","result":{"n":%d,"ok":true},"time":%d,"secondsFromStart":%d}`, i, i, 1775580701000+i, i))
		formatted = append(formatted, fmt.Sprintf(`{"role":"user","content":%q}`, words), `{"role":"assistant","tool_calls":[{"id":"a","type":"function"}]}`)
	}
	conversation := `"messages":[` + strings.Join(turns, ",") + `],"messagesOpenAIFormatted":[` + strings.Join(formatted, ",") + `]`
	return []byte(`{"message":{"type":"status-update","status":"forwarding",` + conversation +
		`,"artifact":{"variables":{"a":1},` + conversation[:strings.Index(conversation, `],"messagesOpenAI`)] + `]}}}`)
}
