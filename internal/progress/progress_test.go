package progress

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

// shared is a terminal that two writers have.
type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestWhatIsWrittenAboveTheBarIsKept(t *testing.T) {
	for _, total := range []int{0, 3} {
		var terminal shared
		m := Start(&terminal, true, "payloads", total)
		out := m.Above(&terminal)
		for range 3 {
			m.Add(1)
			_, err := io.WriteString(out, "a finding\n")
			assert.NoError(t, err)
		}
		m.Stop()
		_, err := io.WriteString(out, "the summary\n")
		assert.NoError(t, err)
		assert.Equal(t, 3, strings.Count(terminal.String(), "a finding\n"), "%q", terminal.String())
		assert.True(t, strings.HasSuffix(terminal.String(), "the summary\n"), "nothing comes after what is written last: %q", terminal.String())
	}
}

func TestShortRunsWriteNoLines(t *testing.T) {
	var log shared
	m := Start(&log, false, "payloads", 2)
	m.Add(2)
	m.Stop()
	assert.Empty(t, log.String())
	assert.Same(t, &log, m.Above(&log), "there is no bar to write above")
	Start(nil, true, "payloads", 2).Stop()
}
