// Package ossfuzz has targets for OSS-Fuzz and ClusterFuzzLite: functions of bytes, which
// libFuzzer calls. They judge our own decoder as the native targets of package fuzz do;
// a failure is a panic. It is not below internal, as the harness that the build makes of
// it imports it.
package ossfuzz

import (
	"sync"

	"github.com/ringproof/ringproof/fuzz"
	"github.com/ringproof/ringproof/schema/vapi"
)

var engine = sync.OnceValue(func() *fuzz.Engine {
	codec := fuzz.Decoder(vapi.Decode).Encoder(func(e vapi.Envelope) ([]byte, error) { return e.MarshalJSON() })
	// Time and memory are measured in the process, and libFuzzer's own work is in there.
	e, err := fuzz.NewEngine(codec.Subject(), fuzz.Strict("json/"), fuzz.Without(fuzz.Linear))
	if err != nil {
		panic(err) // the options are constants
	}
	return e
})

// FuzzDecode takes inputs of package fuzz: programs that make documents.
func FuzzDecode(data []byte) int { return judged(engine().Run(data, true)) }

// FuzzBytes takes bodies.
func FuzzBytes(data []byte) int { return judged(engine().RunBody(data, true)) }

func judged(failures []fuzz.Failure) int {
	if len(failures) > 0 {
		panic(failures[0].String())
	}
	return 0
}
