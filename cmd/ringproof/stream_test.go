package main

import (
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// watched is an output whose readers can wait for a text in it.
type watched struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{}
}

func newWatched() *watched { return &watched{more: make(chan struct{}, 1)} }

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.more <- struct{}{}:
	default:
	}
	return w.text.Write(p)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// waitFor returns when the output has the text; it fails a test that would hang.
func (w *watched) waitFor(t *testing.T, text string) {
	t.Helper()
	for !strings.Contains(w.String(), text) {
		select {
		case <-w.more:
		case <-time.After(time.Minute):
			t.Fatalf("%q did not come; so far: %q", text, w.String())
		}
	}
}

func TestAStreamIsJudgedAsItArrives(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		in, feed := io.Pipe()
		out, code := newWatched(), make(chan int)
		go func() { code <- run([]string{"validate", "--format", format, "-v", "-"}, in, out, io.Discard) }()
		_, err := io.WriteString(feed, `{"message":{"type":"status-update","status":1}}`+"\n")
		require.NoError(t, err)
		if format == "text" {
			out.waitFor(t, "status is the number 1")
		}
		_, err = io.WriteString(feed, `{"message":{"type":"status-update","status":2}}`+"\n")
		require.NoError(t, err)
		if format == "text" {
			out.waitFor(t, "status is the number 2")
		}
		require.NoError(t, feed.Close())
		assert.Equal(t, exitFindings, <-code)
		assert.Contains(t, out.String(), "status is the number 2", format)
	}
}
