package fuzz

import (
	"bytes"
	"testing"
)

// FuzzInterpreter wants any bytes to be an input, with one document within its
// budgets, and valid operations to keep it valid.
func FuzzInterpreter(f *testing.F) {
	for _, seed := range Seeds(64) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in := ParseInput(data)
		doc := compile(in)
		body := doc.body()
		if !bytes.Equal(body, compile(ParseInput(in.Bytes())).body()) {
			t.Error("the same input, another document")
		}
		if len(in.Operations) > MaxOperations || doc.root.nodes(maxNodes+1) > maxNodes || len(body) > 2*maxBytes {
			t.Errorf("beyond the budgets: %d operations, %d bytes", len(in.Operations), len(body))
		}
		if doc.sound {
			if j := judge(body); !j.sound() {
				t.Errorf("%s: %v", doc, j.errors()[0])
			}
		}
	})
}
