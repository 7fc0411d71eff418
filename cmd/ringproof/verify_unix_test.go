//go:build unix

package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An interrupted run stops the consumer that it has started, with its children.
func TestAnInterruptedVerifyLeavesNoProcess(t *testing.T) {
	leaksNothing(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	pidFile := filepath.Join(t.TempDir(), "pid")
	// It never answers in time, so the run is at its first delivery when it is interrupted.
	start := fmt.Sprintf("consumer %s slow-answer & echo $! > '%s'; wait", address, pidFile)

	out, errs, code := newWatched(), newWatched(), make(chan int)
	go func() {
		code <- run([]string{"verify", "--to", "http://" + address + "/hook", "--start", start, "-v"}, strings.NewReader(""), out, errs)
	}()
	errs.waitFor(t, "listening on")
	self, err := os.FindProcess(os.Getpid())
	require.NoError(t, err)
	require.NoError(t, self.Signal(os.Interrupt))
	assert.Equal(t, exitNotRun, <-code)
	assert.Contains(t, errs.String(), "ringproof: interrupted")

	text, err := os.ReadFile(pidFile)
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	assert.Eventually(t, func() bool { return syscall.Kill(pid, 0) != nil || zombie(pid) }, 10*time.Second, 10*time.Millisecond)
}

// zombie reports whether a process has ended, and nobody has asked how.
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}
