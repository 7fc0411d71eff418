package judge_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/ringproof/ringproof/internal/input"
	"github.com/ringproof/ringproof/internal/judge"
	"github.com/ringproof/ringproof/internal/report"
	"github.com/ringproof/ringproof/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const queued = `{"message":{"type":"status-update","status":"queued"}}`

func newRun(t *testing.T, in io.Reader, out ...report.Renderer) *judge.Run {
	t.Helper()
	v, err := schema.NewValidator(schema.Options{Engine: schema.EngineWalk})
	require.NoError(t, err)
	sources, err := input.Find([]string{"-"}, input.JSONL, in)
	require.NoError(t, err)
	return &judge.Run{Validator: v, Sources: sources, Renderers: out, Workers: 2, Unread: func(err error) { t.Error(err) }}
}

// closed remembers what it was given, and may fail.
type closed struct {
	payloads int
	summary  *report.Summary
	fails    error
}

func (c *closed) Payload(*report.Payload) error { c.payloads++; return c.fails }

func (c *closed) Close(s *report.Summary) error { c.summary = s; return nil }

func TestAnInterruptedRunRendersWhatItHasAndSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, feed := io.Pipe() // never closed: as a terminal where nobody types
	var out closed
	r := newRun(t, in, &out)
	r.Judged = cancel
	go func() { _, _ = io.WriteString(feed, queued+"\n") }()
	assert.ErrorIs(t, r.Do(ctx), judge.ErrInterrupted)
	assert.Equal(t, 1, out.payloads)
	require.NotNil(t, out.summary, "the summary is written all the same")
	assert.Equal(t, 1, out.summary.Payloads)
}

func TestARendererThatCannotWriteEndsTheRun(t *testing.T) {
	full := errors.New("no space left")
	out := closed{fails: full}
	assert.ErrorIs(t, newRun(t, strings.NewReader(strings.Repeat(queued+"\n", 1000)), &out).Do(t.Context()), full)
	assert.Equal(t, 1, out.payloads)
}

func TestASourceThatBreaksIsToldAndTheRestIsJudged(t *testing.T) {
	broken := errors.New("the line is dead")
	r := newRun(t, io.MultiReader(strings.NewReader(queued+"\n"), failing{broken}))
	var told error
	r.Unread = func(err error) { told = err }
	require.NoError(t, r.Do(t.Context()))
	assert.ErrorIs(t, told, broken)
	assert.Equal(t, 1, r.Summary.Payloads)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestTheOrderIsThatOfTheInput(t *testing.T) {
	var in, first bytes.Buffer
	for i := range 500 {
		in.WriteString(strings.Repeat(" ", i%7) + `{"message":{"type":"status-update","status":` + strings.Repeat("1", 1+i%50) + "}}\n")
	}
	for range 10 {
		var out bytes.Buffer
		require.NoError(t, newRun(t, bytes.NewReader(in.Bytes()), report.NewText(&out, report.Options{})).Do(t.Context()))
		if first.Len() == 0 {
			first = out
		}
		require.Equal(t, first.String(), out.String())
	}
}
