// Package group runs a line of the system's shell in a process group of its own, so
// that all that it starts can be ended with it, and keeps the end of what it writes.
// A process that leaves the group, as setsid does, is not in it any more.
package group

import (
	"io"
	"slices"
	"strings"
	"sync"
)

const (
	tailSize  = 4 << 10 // bytes of output that are kept
	tailLines = 8       // that are told
)

// Tail keeps the end of what is written to it.
type Tail struct {
	Also io.Writer // gets all of it; may be nil

	mu   sync.Mutex
	kept []byte
}

// Write never fails: who writes must not fail because nobody reads it.
func (t *Tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.Also != nil {
		_, _ = t.Also.Write(b)
	}
	t.kept = append(t.kept, b[max(0, len(b)-tailSize):]...)
	if n := len(t.kept) - tailSize; n > 0 {
		t.kept = append(t.kept[:0], t.kept[n:]...)
	}
	return len(b), nil
}

// String is the last few lines, in UTF-8 whatever was written. Of more, indented ones are
// left out first: those of a stack are, what they are about is not.
func (t *Tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(strings.ToValidUTF8(string(t.kept), "?")), "\n")
	if len(lines) > tailLines {
		lines = slices.DeleteFunc(lines, func(line string) bool {
			return strings.TrimSpace(line) == "" || line[0] == ' ' || line[0] == '\t'
		})
	}
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}
