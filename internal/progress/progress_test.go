package progress

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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

// A status is what the run says of itself; its figures are on the terminal while it
// runs, and gone afterwards.
func TestAStatusIsShownAsTheRunWordsIt(t *testing.T) {
	var terminal shared
	asked := make(chan bool, 1000)
	m := StartStatus(&terminal, true, func() string { asked <- true; return "7 sent, p99 1.5 ms" })
	<-asked
	<-asked // the first picture is out before a second one is asked for
	m.Stop()
	assert.Contains(t, terminal.String(), " 7 sent, p99 1.5 ms")

	var log shared
	m = StartStatus(&log, false, func() string { t.Error("a short run asks for no line"); return "" })
	m.Stop()
	assert.Empty(t, log.String())
	StartStatus(nil, true, func() string { return "" }).Stop()
}

func TestPlainLinesComeNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log shared
		count := Start(&log, false, "payloads", 0)
		status := StartStatus(&log, false, func() string { return "9 sent" })
		count.Add(3)
		time.Sleep(2*interval + interval/2)
		count.Stop()
		status.Stop()
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		assert.ElementsMatch(t, []string{"3 payloads so far", "9 sent", "3 payloads so far", "9 sent"}, lines)
	})
}
