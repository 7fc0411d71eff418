package fuzz_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/fuzz"
	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/schema/vapi"
)

// What our own decoder promises: strict about JSON, open about content.
var promises = []fuzz.Option{
	fuzz.Strict("json/", "envelope/missing"),
	fuzz.Probe("/message/status", func(e vapi.Envelope) any { return e.Message.Status }),
	fuzz.Probe("/message/endedReason", func(e vapi.Envelope) any { return e.Message.EndedReason.Ptr() }),
	fuzz.Probe("/message/call/id", func(e vapi.Envelope) any {
		if call, ok := e.Message.Call.Get(); ok {
			return call.ID
		}
		return nil
	}),
}

func FuzzDecode(f *testing.F) {
	encode := func(e vapi.Envelope) ([]byte, error) { return e.MarshalJSON() }
	fuzz.Run(f, fuzz.Decoder(vapi.Decode).Encoder(encode), promises...)
}

// FuzzUnmarshal is for the way through encoding/json, which must come to the same.
func FuzzUnmarshal(f *testing.F) {
	fuzz.Run(f, fuzz.JSON[vapi.Envelope](), append(promises[:len(promises):len(promises)], fuzz.Against(fuzz.Decoder(vapi.Decode).Encoder(func(e vapi.Envelope) ([]byte, error) { return e.MarshalJSON() })))...)
}

// FuzzDecodeBytes is for what no operation makes.
func FuzzDecodeBytes(f *testing.F) {
	fuzz.RunRaw(f, fuzz.Decoder(vapi.Decode).Encoder(func(e vapi.Envelope) ([]byte, error) { return e.MarshalJSON() }), promises...)
}

// FuzzValidate wants findings within bounds, the same ones each time, and the
// decoder to agree on what is no sound JSON.
func FuzzValidate(f *testing.F) {
	for _, seed := range fuzz.Seeds(64) {
		f.Add(seed)
	}
	validators := map[schema.Profile]*schema.Validator{}
	for _, p := range schema.Profiles {
		v, err := schema.NewValidator(schema.Options{Profile: p, Engine: schema.EngineWalk})
		if err != nil {
			f.Fatal(err)
		}
		validators[p] = v
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		body := fuzz.Body(input)
		_, refused := vapi.Decode(body)
		var decodeError *vapi.DecodeError
		malformed := errors.As(refused, &decodeError) && unsound(decodeError.Rule)
		for _, v := range validators {
			r, err := v.Validate(body)
			if err != nil {
				t.Fatal(err)
			}
			again, err := v.Validate(bytes.Clone(body))
			if err != nil || fmt.Sprint(r) != fmt.Sprint(again) {
				t.Errorf("another report the second time\nbody: %q", body)
			}
			if len(r.Findings) > 3*schema.MaxFindings {
				t.Errorf("%d findings", len(r.Findings))
			}
			found := false
			for _, x := range r.Findings {
				found = found || unsound(x.Rule)
			}
			if found != malformed {
				t.Errorf("the validator finds broken JSON: %t, the decoder: %v\nbody: %q", found, refused, body)
			}
		}
	})
}

// unsound are the rules that the scanner finds broken, before anybody asks what the
// members are.
func unsound(rule string) bool {
	return strings.HasPrefix(rule, "json/") && rule != scan.RuleConfusable
}

// FuzzScan holds the scanner against encoding/json, on documents.
func FuzzScan(f *testing.F) {
	for _, seed := range fuzz.Seeds(64) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		body := fuzz.Body(input)
		doc, err := scan.Parse(body, scan.Limits{})
		valid := json.Valid(body)
		var e *scan.Error
		switch {
		case err == nil && !valid:
			t.Errorf("the scanner takes what is not JSON: %q", body)
		case errors.As(err, &e) && e.Rule == scan.RuleSyntax && valid:
			t.Errorf("%v, in JSON: %q", err, body)
		case err == nil && doc.Root().End()-doc.Root().Start() > len(body):
			t.Error("the value is longer than the body")
		}
	})
}

var update = flag.Bool("update", false, "write the seeds of the targets again")

// inPrograms are the targets whose inputs are programs.
var inPrograms = []string{"FuzzDecode", "FuzzUnmarshal", "FuzzValidate", "FuzzScan", "FuzzInterpreter"}

// OSS-Fuzz ignores f.Add, and takes its seeds from files.
func TestSeedsLieAsFiles(t *testing.T) {
	check := func(target string, i int, data []byte) {
		name := filepath.Join("testdata", "fuzz", target, fmt.Sprintf("seed-%02d", i))
		want := fmt.Sprintf("go test fuzz v1\n[]byte(%q)\n", data)
		if *update {
			require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
			require.NoError(t, os.WriteFile(name, []byte(want), 0o644))
		}
		got, err := os.ReadFile(name)
		require.NoError(t, err, "go test ./fuzz -run Seeds -update writes it")
		require.Equal(t, want, string(got), "%s is not what the code makes; go test ./fuzz -run Seeds -update writes it", name)
	}
	for _, target := range inPrograms {
		for i, seed := range fuzz.Seeds(32) {
			check(target, i, seed)
		}
	}
	for i, body := range fuzz.Bodies(12) {
		check("FuzzDecodeBytes", i, body)
	}
}
