package fuzz_test

import (
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/ringproof/ringproof/fuzz"
	"github.com/ringproof/ringproof/schema/vapi"
)

// BenchmarkRun measures executions with the default oracles. of-a-loop is how many
// there are for each turn of a loop that does one Unmarshal and one Marshal of the
// same bodies, and nothing else.
func BenchmarkRun(b *testing.B) {
	b.Run("envelope", func(b *testing.B) { compareWithLoop[vapi.Envelope](b) })
	losses, err := fuzz.Calibrate(io.Discard, fuzz.JSON[consumer]())
	if err == nil {
		b.Fatal("tool calls are not kept")
	}
	b.Run("struct", func(b *testing.B) { compareWithLoop[consumer](b, losses) })
	b.Run("maps", func(b *testing.B) {
		compareWithLoop[map[string]any](b, fuzz.Losses{{Pointer: "**", Class: fuzz.Doubled}})
	})
}

// consumer is a struct as consumers write it.
type consumer struct {
	Message struct {
		Type        string          `json:"type"`
		Status      string          `json:"status"`
		EndedReason string          `json:"endedReason,omitempty"`
		Timestamp   json.RawMessage `json:"timestamp,omitempty"`
		Call        *struct {
			ID   string  `json:"id"`
			Type string  `json:"type,omitempty"`
			Cost float64 `json:"cost,omitempty"`
		} `json:"call,omitempty"`
		Artifact *struct {
			Messages []struct {
				Role    string  `json:"role"`
				Message string  `json:"message,omitempty"`
				Time    float64 `json:"time"`
			} `json:"messages,omitempty"`
		} `json:"artifact,omitempty"`
	} `json:"message"`
}

func compareWithLoop[M any](b *testing.B, options ...fuzz.Option) {
	e, err := fuzz.NewEngine(fuzz.JSON[M]().Subject(), options...)
	if err != nil {
		b.Fatal(err)
	}
	const inputs = 2048
	seeds, bodies := fuzz.Seeds(inputs), fuzz.Bodies(inputs)
	for i := range seeds { // warms caches up, and shrinks what there may be to shrink
		e.Run(seeds[i], false)
	}
	loop := func() {
		for _, body := range bodies {
			var m M
			if json.Unmarshal(body, &m) == nil {
				if _, err := json.Marshal(&m); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	loop()
	var took, plain time.Duration
	for b.Loop() {
		start := time.Now()
		for _, seed := range seeds {
			e.Run(seed, false)
		}
		took += time.Since(start)
		start = time.Now()
		loop()
		plain += time.Since(start)
	}
	b.ReportMetric(float64(b.N)*inputs/took.Seconds(), "execs/s")
	b.ReportMetric(plain.Seconds()/took.Seconds(), "of-a-loop")
}
