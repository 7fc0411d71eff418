//go:build unix

package launch

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// started runs a command that writes process ids into files, and waits for them.
func started(t *testing.T, line string, names ...string) (p *Process, pids []int) {
	t.Helper()
	dir := t.TempDir()
	p, err := Start("cd '"+dir+"'; "+line, nil)
	require.NoError(t, err)
	t.Cleanup(p.Stop)
	for _, name := range names {
		require.Eventually(t, func() bool {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil || !bytes.HasSuffix(text, []byte("\n")) {
				return false
			}
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			pids = append(pids, pid)
			return err == nil
		}, 10*time.Second, 5*time.Millisecond, name)
	}
	return p, pids
}

// gone reports whether a process has ended; it may not have been waited for yet.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && bytes.Contains(stat, []byte(") Z "))
}

func TestNothingIsLeftBehind(t *testing.T) {
	for _, c := range []struct{ why, line string }{
		{"a child in the background", "sleep 300 & echo $! > child; echo $$ > parent; wait"},
		{"a parent that has gone", "(sleep 300 & echo $! > child); echo $$ > parent"},
		{"one that does not listen to being asked", "trap '' TERM; sleep 300 & echo $! > child; echo $$ > parent; while :; do sleep 1; done"},
	} {
		t.Run(c.why, func(t *testing.T) {
			if strings.Contains(c.line, "trap") && testing.Short() {
				t.Skip("it takes the grace")
			}
			t.Parallel()
			p, pids := started(t, c.line, "child", "parent")
			p.Stop()
			for _, pid := range pids {
				assert.Eventually(t, func() bool { return gone(pid) }, 5*time.Second, 5*time.Millisecond, pid)
			}
			p.Stop()
		})
	}
}

func TestAnEndIsToldWithItsCause(t *testing.T) {
	p, err := Start("echo first; echo the port is taken >&2; exit 7", nil)
	require.NoError(t, err)
	err = p.Ready(context.Background(), time.Minute, func(context.Context) error { return errors.New("not yet") })
	var ended *EndedError
	require.ErrorAs(t, err, &ended)
	assert.Contains(t, ended.Output, "the port is taken")
	assert.Contains(t, err.Error(), "7")
	assert.Error(t, p.Err())
	p.Stop()
}

func TestOutputIsHandedOn(t *testing.T) {
	var out bytes.Buffer
	p, err := Start("echo hello; exec 1>&- 2>&-; sleep 300", &out)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return p.tail.String() == "hello" }, 10*time.Second, 5*time.Millisecond)
	p.Stop()
	assert.Equal(t, "hello\n", out.String())
}

func TestReadinessIsWaitedFor(t *testing.T) {
	p, err := Start("sleep 300", nil)
	require.NoError(t, err)
	defer p.Stop()
	tries := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if tries++; tries < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusMethodNotAllowed) // it is there, though it takes no GET
	}))
	defer server.Close()
	require.NoError(t, p.Ready(context.Background(), time.Minute, Answers(server.Client(), server.URL)))
	assert.Equal(t, 3, tries)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, p.Ready(context.Background(), time.Minute, Listens(listener.Addr().String())))
	require.NoError(t, listener.Close())
	err = p.Ready(context.Background(), 100*time.Millisecond, Listens(listener.Addr().String()))
	assert.ErrorContains(t, err, "not ready after 100ms")

	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	assert.ErrorIs(t, p.Ready(canceled, time.Minute, Listens(listener.Addr().String())), context.Canceled)
}
