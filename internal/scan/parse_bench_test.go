package scan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
)

// webhookBody is about 16 KB of what a call sends: metadata, a transcript with
// some escapes and some text that is not ASCII, and numbers.
func webhookBody() []byte {
	var b bytes.Buffer
	b.WriteString(`{"message":{"type":"status-update","status":"ended","timestamp":1717171717171,"call":{"id":"0b1c2d3e-0000-4000-8000-000000000000","cost":0.0123},"messages":[`)
	for i := range 72 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"role":"user","message":"Ja, gr\u00fc\u00dfe: \"Zimmer %d\" kostet 12 € – oder, na ja, mehr.","time":%d.25,`, i, 1717171717000+int64(i))
		fmt.Fprintf(&b, `"endTime":%d,"secondsFromStart":%d.5,"duration":1800,"metadata":{"confidence":0.98,"final":true,"speaker":null}}`, 1717171718800+int64(i), i)
	}
	b.WriteString(`]}}`)
	return b.Bytes()
}

func BenchmarkParse(b *testing.B) {
	body := webhookBody()
	b.Run("scan", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Parse(body, Limits{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("json.Valid", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			if !json.Valid(body) {
				b.Fatal("not valid")
			}
		}
	})
}

// BenchmarkHostile shows the time and memory of bodies at the default limit:
// B/op must stay below 120 MiB, and MB/s must not collapse for any of them.
func BenchmarkHostile(b *testing.B) {
	for name, body := range hostileBodies(DefaultLimits().MaxBytes) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(body, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
