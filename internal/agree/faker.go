package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/ringproof/ringproof/fixtures"
	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/schema/vapi"
)

//go:embed faker.mjs
var fakerScript []byte

// faker runs json-schema-faker on the schema of the message, then ours, and tells
// what each made in a second, and how much of it is a message that we accept.
func faker(dir string, out io.Writer) error {
	if err := messageSchema(dir); err != nil {
		return err
	}
	if err := install(dir, fakerPackage); err != nil {
		return err
	}
	said, err := script(dir, "faker.mjs", fakerScript, "node")
	if err != nil {
		return err
	}
	var theirs struct {
		Documents int
		Bytes     int
		Seconds   float64
		Sample    []json.RawMessage
	}
	if err := json.Unmarshal(said, &theirs); err != nil {
		return err
	}
	accepted := 0
	for _, m := range theirs.Sample {
		r, err := schema.Validate(m, schema.Options{Profile: schema.Documented, Engine: schema.EngineWalk, MaxBytes: 1 << 30})
		if err != nil {
			return err
		}
		if r.Errors == 0 {
			accepted++
		}
	}
	rate := float64(theirs.Bytes) / theirs.Seconds
	fmt.Fprintf(out, "%s: %d documents, %.0f a second, %.2f MB/s; %d of the first %d have no error in the profile documented\n",
		fakerPackage, theirs.Documents, float64(theirs.Documents)/theirs.Seconds, rate/1e6, accepted, len(theirs.Sample))
	for _, shape := range []fixtures.Shape{fixtures.Typical, fixtures.Full} {
		n, size, seconds := ours(shape)
		fmt.Fprintf(out, "ringproof, %s: %d documents, %.0f a second, %.1f MB/s: %.0f times its bytes\n",
			shape, n, float64(n)/seconds, float64(size)/seconds/1e6, float64(size)/seconds/rate)
	}
	return nil
}

// messageSchema writes the schema of the message without its envelope and without
// the condition on its type, of which json-schema-faker makes empty messages; and
// without the one bound of 100,000,000 characters, which lets it run out of memory.
func messageSchema(dir string) error {
	data, err := schema.Derive(schema.Documented, schema.Draft202012)
	if err != nil {
		return err
	}
	var s map[string]json.RawMessage
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	top := "#/$defs/" + vapi.Descriptor().Top.Name
	if !bytes.Contains(data, []byte(top)) {
		return errors.New("the derived schema has no definition " + top)
	}
	data, err = json.Marshal(map[string]any{"$schema": s["$schema"], "$ref": top, "$defs": s["$defs"]})
	if err != nil {
		return err
	}
	for _, bound := range []string{`,"maxLength":100000000`, `"maxLength":100000000,`} {
		data = bytes.ReplaceAll(data, []byte(bound), nil)
	}
	return os.WriteFile(filepath.Join(dir, "message.json"), data, 0o666)
}

func ours(shape fixtures.Shape) (n, size int, seconds float64) {
	g := fixtures.New(1)
	statuses := vapi.Descriptor().Top.Member("status").Schema.Enum.Values
	for start := time.Now(); seconds < 3; seconds = time.Since(start).Seconds() {
		status := vapi.CallStatus(statuses[n%len(statuses)])
		size += len(g.MustMessage(status, fixtures.WithShape(shape), fixtures.WithProfile(fixtures.Documented)).JSON())
		n++
	}
	return n, size, seconds
}
