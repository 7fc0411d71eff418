package schema_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/testdata"
)

// sample is a body to measure with.
type sample struct {
	name string
	body []byte
}

func samples(t testing.TB) []sample {
	t.Helper()
	return []sample{
		{"small", compacted(t, "live/inbound-failed-ended.json")},
		{"typical", compacted(t, "live/inbound-tools-ended.json")},
		{"large", largeBody(t)},
	}
}

func compacted(t testing.TB, file string) []byte {
	t.Helper()
	body, err := testdata.Vector{File: file}.Body()
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, json.Compact(&b, body))
	return b.Bytes()
}

// largeBody is some 100 KB: a captured shape with its assistant a second time, in
// the call, and its conversation so often that the size is reached.
func largeBody(t testing.TB) []byte {
	t.Helper()
	body := decode(t, compacted(t, "live/inbound-tools-ended.json"))
	tools := decode(t, compacted(t, "live/inbound-tools-in-progress.json"))
	assistant := get(tools, "/message/assistant")
	body = with(with(body, "/message/assistant", assistant), "/message/call/assistant", assistant)
	conversation := get(body, "/message/artifact/messages").([]any)
	all := conversation
	for len(encode(t, with(body, "/message/artifact/messages", all))) < 95_000 {
		all = append(all, conversation...)
	}
	return encode(t, with(body, "/message/artifact/messages", all))
}

func TestTheLargeBodyOfTheBenchmarksIsLikeACapturedOne(t *testing.T) {
	t.Parallel()
	body := largeBody(t)
	require.InDelta(t, 100_000, len(body), 15_000)
	r := judge(t, body, schema.Options{})
	require.Zero(t, r.Errors+r.Warnings, verdicts(r))
	cost, err := schema.ReferenceCost(body, schema.Live)
	require.NoError(t, err)
	require.Less(t, cost, schema.MaxReferenceCost/5, "v5 judges a body several times as large")
}

// BenchmarkValidate is beside what json.Valid takes for the same bytes.
func BenchmarkValidate(b *testing.B) {
	for _, s := range samples(b) {
		for _, p := range schema.Profiles {
			for _, e := range schema.Engines {
				b.Run(fmt.Sprintf("%s/%s/%s", s.name, p, e), func(b *testing.B) {
					measure(b, s.body, schema.Options{Profile: p, Engine: e})
				})
			}
		}
		b.Run(s.name+"/json.Valid", func(b *testing.B) {
			b.SetBytes(int64(len(s.body)))
			for b.Loop() {
				if !json.Valid(s.body) {
					b.Fatal("not JSON")
				}
			}
		})
	}
}

func measure(b *testing.B, body []byte, o schema.Options) {
	b.Helper()
	v, err := schema.NewValidator(o)
	require.NoError(b, err)
	_, err = v.Validate(body)
	require.NoError(b, err)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Validate(body); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkNestedSquad is the body that made plain oneOf exponential.
func BenchmarkNestedSquad(b *testing.B) {
	for _, deep := range []int{1, 2, 4, 8, 27} {
		body := []byte(squads(deep))
		for _, e := range schema.Engines {
			b.Run(fmt.Sprintf("%d/%s", deep, e), func(b *testing.B) {
				measure(b, body, schema.Options{Engine: e})
				b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/op")
			})
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	for _, p := range schema.Profiles {
		for _, d := range schema.Drafts {
			b.Run(fmt.Sprintf("%s/%s", p, d), func(b *testing.B) {
				for b.Loop() {
					if _, err := schema.Compile(p, d); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkDerive(b *testing.B) {
	for b.Loop() {
		if _, err := schema.Derive(schema.Live, schema.Draft7); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHostile must stay below a second an operation.
func BenchmarkHostile(b *testing.B) {
	for _, row := range hostileRows() {
		body := row.body()
		for _, e := range schema.Engines {
			b.Run(row.name+"/"+string(e), func(b *testing.B) { measure(b, body, schema.Options{Engine: e}) })
		}
	}
}
