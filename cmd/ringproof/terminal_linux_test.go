package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestColorsAreForTerminalsThatWantThem(t *testing.T) {
	for _, c := range []struct {
		reason  string
		noColor string
		term    string
		format  string
		colored bool
	}{
		{"a terminal", "", "xterm", "text", true},
		{"NO_COLOR is set", "1", "xterm", "text", false},
		{"NO_COLOR may have any value", "0", "xterm", "text", false},
		{"a terminal that knows no colors", "", "dumb", "text", false},
		{"JSON is for programs", "", "xterm", "json", false},
	} {
		t.Setenv("NO_COLOR", c.noColor)
		t.Setenv("TERM", c.term)
		got := onTerminal(t, `{"message":{"type":"status-update","status":5}}`, "validate", "--engine", "walk", "--format", c.format, "-")
		assert.Contains(t, got, "status is the number 5", c.reason)
		if c.colored {
			assert.Contains(t, got, ": \x1b[31merror\x1b[0m: ", c.reason)
		} else {
			assert.NotContains(t, got, "\x1b", c.reason)
		}
	}
}

// onTerminal runs the program with a terminal as standard output, and returns
// what the terminal got.
func onTerminal(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	terminal, screen := openTerminal(t)
	shown := make(chan string)
	go func() {
		b, _ := io.ReadAll(screen) // ends with an error when the terminal is closed
		shown <- string(b)
	}()
	var errs bytes.Buffer
	run(args, bytes.NewReader([]byte(stdin)), terminal, &errs)
	require.NoError(t, terminal.Close())
	assert.Empty(t, errs.String())
	return <-shown
}

// openTerminal returns both ends of a pseudo-terminal: the file that programs
// write to, and the screen.
func openTerminal(t *testing.T) (terminal, screen *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	t.Cleanup(func() { screen.Close() })
	raw, err := screen.SyscallConn()
	require.NoError(t, err)
	number := 0
	require.NoError(t, raw.Control(func(fd uintptr) {
		if err = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); err == nil {
			number, err = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	}))
	require.NoError(t, err)
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	return terminal, screen
}

// While a run lasts, the terminal shows how it is; afterwards only the summary is left.
func TestATerminalShowsHowASendIs(t *testing.T) {
	held := make(chan bool)
	release := sync.OnceFunc(func() { close(held) })
	target := handler(t, func(http.ResponseWriter, *http.Request) { <-held })
	defer release()
	code, out := watchedRun(t, " 0 sent, 0.0 a second, 0 not acknowledged", release, "send", "--to", target)
	assert.Equal(t, exitOK, code)
	assert.Regexp(t, `^2 sent in `, out)
}

func TestATerminalShowsHowAFuzzIs(t *testing.T) {
	held := make(chan bool)
	release := sync.OnceFunc(func() { close(held) })
	asked := new(atomic.Int64)
	target := handler(t, func(http.ResponseWriter, *http.Request) {
		if asked.Add(1) > 3 {
			<-held
		}
	})
	defer release()
	code, out := watchedRun(t, " a second, 100 % valid, ", release, "fuzz", "--to", target, "--runs", "20", "--out", t.TempDir())
	assert.Equal(t, exitOK, code)
	assert.Regexp(t, `^20 inputs: `, out)
	assert.NotContains(t, out, "a second")
}

// watchedRun runs the program with a terminal as standard error, and calls release
// once that shows the text. It returns the exit code, and standard output.
func watchedRun(t *testing.T, text string, release func(), args ...string) (code int, stdout string) {
	t.Helper()
	terminal, screen := openTerminal(t)
	require.NoError(t, unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 120}))
	shown := newWatched()
	read := make(chan bool)
	go func() {
		defer close(read)
		_, _ = io.Copy(shown, screen) // ends with an error when the terminal is closed
	}()
	done := make(chan int)
	var out bytes.Buffer
	go func() { done <- run(args, bytes.NewReader(nil), &out, terminal) }()
	shown.waitFor(t, text)
	release()
	code = <-done
	require.NoError(t, terminal.Close())
	<-read
	return code, out.String()
}
