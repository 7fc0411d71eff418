package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ringproof/ringproof/contract/delivery"
)

// connections gives each connection to handle, which need not close it, and returns
// the URL.
func connections(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var all sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	all.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			all.Go(func() {
				handle(c)
				_ = c.Close()
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		mu.Lock()
		for _, c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return "http://" + listener.Addr().String()
}

// saying reads one request of a connection and answers it with raw.
func saying(raw string) func(net.Conn) {
	return func(c net.Conn) {
		if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = io.WriteString(c, raw)
		}
	}
}

func handler(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// deadPort is a port on which nothing listens: it was free just now.
func deadPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return "http://" + listener.Addr().String()
}

func hanging(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// hostileTargets are targets that go wrong, and what the user is told of them.
var hostileTargets = []struct {
	name    string
	target  func(*testing.T) string
	timeout string
	code    int
	out     string // in the text, for each of the two deliveries
	hint    string // on stderr
	status  int
	kind    delivery.Kind
}{
	{name: "dead", target: deadPort, code: 3, kind: delivery.Refused,
		out: "refused: nothing listens there", hint: "is it running, and is this its address?"},
	{name: "hanging", target: func(t *testing.T) string { return connections(t, hanging) }, timeout: "50ms", code: 3, kind: delivery.Timeout,
		out: "timeout: no whole answer in time", hint: "no whole answer within --timeout 50ms"},
	{name: "slow, a byte at a time", target: func(t *testing.T) string {
		return connections(t, func(c net.Conn) {
			saying("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")(c)
			for {
				if _, err := c.Write([]byte("x")); err != nil {
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
	}, timeout: "300ms", code: 1, kind: delivery.Timeout, status: 200, out: "timeout: no whole answer in time", hint: "again: ringproof send"},
	{name: "500", target: func(t *testing.T) string {
		return handler(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	}, code: 1, status: 500, out: "status 500", hint: "again: ringproof send"},
	{name: "garbage", target: func(t *testing.T) string { return connections(t, saying("220 mail ESMTP\r\n")) }, code: 3, kind: delivery.Garbage,
		out: "garbage: the answer is not HTTP", hint: "something else than HTTP is spoken there"},
	{name: "redirecting", target: func(t *testing.T) string {
		return handler(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://192.0.2.1/elsewhere?a=b", http.StatusTemporaryRedirect)
		})
	}, code: 1, kind: delivery.Redirected, status: 307,
		out: "redirected: the target redirects, which is not followed: http://192.0.2.1/elsewhere", hint: "again: ringproof send"},
	{name: "closing at once", target: func(t *testing.T) string { return connections(t, func(net.Conn) {}) }, code: 3, kind: delivery.Closed,
		out: "closed: the connection ended before the answer did", hint: "it takes connections and closes them"},
	{name: "closing in its answer", target: func(t *testing.T) string {
		return connections(t, saying("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"))
	}, code: 1, kind: delivery.Closed, status: 200, out: "closed: the connection ended before the answer did", hint: "again: ringproof send"},
	{name: "100 MB", target: func(t *testing.T) string {
		return handler(t, func(w http.ResponseWriter, _ *http.Request) {
			part := make([]byte, 1<<20)
			for range 100 {
				if _, err := w.Write(part); err != nil {
					return
				}
			}
		})
	}, code: 0, status: 200, out: "2 answers were longer than 1 MiB, and not read to their end"},
}

// leaksNothing fails the test if it leaves a goroutine, once its targets are gone.
func leaksNothing(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

func TestAHostileTargetIsToldOfAndEndsTheRun(t *testing.T) {
	for _, c := range hostileTargets {
		t.Run(c.name, func(t *testing.T) {
			leaksNothing(t)
			args := []string{"send", "--to", c.target(t) + "/hook", "--timeout", "20s"}
			if c.timeout != "" {
				args = append(args, "--timeout", c.timeout)
			}
			code, out, errs := ringproof(nil, args...)
			assert.Equal(t, c.code, code)
			assert.Contains(t, out, "2 sent in ")
			if c.code != 0 {
				assert.Contains(t, out, "0 acknowledged, 2 not\n")
				assert.Equal(t, 2, strings.Count(out, "not acknowledged: inbound-answered #1 step"), out)
			}
			assert.Contains(t, out, c.out)
			assert.Contains(t, errs, c.hint)
			assert.Equal(t, c.code == 3, strings.Contains(errs, "ringproof: the target never answered\n"), errs)

			code, out, _ = ringproof(nil, append(args, "--format", "json")...)
			assert.Equal(t, c.code, code)
			var sum delivery.Summary
			require.NoError(t, json.Unmarshal([]byte(out), &sum), out)
			assert.EqualValues(t, 2, sum.Sent)
			assert.Equal(t, c.code != 3, sum.Answered)
			if c.status > 0 {
				assert.Equal(t, map[int]int64{c.status: 2}, sum.Statuses)
			}
			if c.kind != "" {
				assert.Equal(t, map[delivery.Kind]int64{c.kind: 2}, sum.Errors)
				require.Len(t, sum.Failures, 2)
				assert.Equal(t, c.kind, sum.Failures[0].Kind)
			}
		})
	}
}

// A target that never answers does not hold a long run up to its end.
func TestADeadTargetEndsALongRunSoon(t *testing.T) {
	leaksNothing(t)
	code, out, errs := ringproof(nil, "send", "--to", deadPort(t), "--calls", "100000")
	assert.Equal(t, exitNotRun, code)
	assert.Contains(t, out, "\nstopped after 20, for the target never answered\n")
	assert.Contains(t, errs, "the target never answered")
}

// What was due and found no free connection in time was not acknowledged: a run that
// says nothing of it would praise a consumer for being slow.
func TestWhatATooSlowTargetKeepsFromBeingSentIsAFinding(t *testing.T) {
	leaksNothing(t)
	target := handler(t, func(http.ResponseWriter, *http.Request) { time.Sleep(1200 * time.Millisecond) })
	code, out, errs := ringproof(nil, "send", "--to", target, "--rate", "100", "--duration", "100ms", "--concurrency", "1")
	assert.Equal(t, exitFindings, code)
	assert.Contains(t, out, "1 acknowledged, 0 not\nthe duration of 100ms was over: 9 that were due were not sent, for --concurrency 1 was exhausted\n")
	assert.Contains(t, errs, "again: ringproof send")
	assert.Contains(t, errs, "hint: --concurrency 1 was exhausted; raise it, or find out why the target is slow\n")
}

// Interrupted by the user, a run still says how far it came.
func TestAnInterruptedRunTellsWhatWasSent(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot interrupt itself there")
	}
	for _, c := range []struct {
		reason string
		signal os.Signal
		status int
		code   int
		says   string
	}{
		{"all well until then: the run still is not what was asked for", os.Interrupt, 200, exitNotRun, "ringproof: interrupted\n"},
		{"what was found until then stays a finding", os.Interrupt, 503, exitFindings, "again: ringproof send"},
		{"ended by timeout(1) or a job's supervisor, too", syscall.SIGTERM, 503, exitFindings, "again: ringproof send"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			leaksNothing(t)
			third, go3 := make(chan bool), make(chan bool)
			n := 0
			target := handler(t, func(w http.ResponseWriter, _ *http.Request) {
				if n++; n == 3 {
					close(third)
					<-go3
				}
				w.WriteHeader(c.status)
			})
			out, errs, code := newWatched(), newWatched(), make(chan int)
			go func() {
				code <- run([]string{"send", "--to", target, "--calls", "100000"}, strings.NewReader(""), out, errs)
			}()
			<-third // so the program listens to interrupts: another one would end this test
			self, err := os.FindProcess(os.Getpid())
			require.NoError(t, err)
			require.NoError(t, self.Signal(c.signal))
			errs.waitFor(t, "interrupted; up to 20s for what is under way")
			close(go3)
			assert.Equal(t, c.code, <-code)
			assert.Regexp(t, regexp.MustCompile(`^3 sent in .*\ninterrupted: `), out.String(), "the one under way is among them")
			assert.Contains(t, errs.String(), c.says)
		})
	}
}

// An export that is interrupted ends at once, and leaves nothing that looks whole.
func TestAnInterruptedExportLeavesNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot interrupt itself there")
	}
	leaksNothing(t)
	dir := filepath.Join(t.TempDir(), "out")
	out, errs, code := newWatched(), newWatched(), make(chan int)
	go func() {
		code <- run([]string{"send", "--to", "http://127.0.0.1:1/", "--calls", "10000000", "--export", "jsonl", "--out", dir}, strings.NewReader(""), out, errs)
	}()
	require.Eventually(t, func() bool { // so the program listens to interrupts
		written, err := os.Stat(filepath.Join(dir, "bodies.jsonl"))
		return err == nil && written.Size() > 0
	}, 30*time.Second, 5*time.Millisecond)
	self, err := os.FindProcess(os.Getpid())
	require.NoError(t, err)
	require.NoError(t, self.Signal(os.Interrupt))
	assert.Equal(t, exitNotRun, <-code)
	assert.Contains(t, errs.String(), "ringproof: interrupted; nothing is left of the export")
	left, err := os.ReadDir(dir)
	assert.True(t, os.IsNotExist(err) || len(left) == 0, left)
}
