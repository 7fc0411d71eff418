package contract_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/contract"
	"github.com/ringproof/ringproof/contract/delivery"
	"github.com/ringproof/ringproof/internal/consumers"
)

// raw serves connections, not HTTP, until the test ends.
func raw(t *testing.T, handle func(net.Conn)) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go handle(c)
		}
	}()
	return "http://" + listener.Addr().String()
}

func readSome(c net.Conn) { _, _ = c.Read(make([]byte, 1<<16)) }

// after lets a consumer be itself for so many requests, and then be something else.
func after(t *testing.T, n int64, then http.HandlerFunc) string {
	h := consumers.New(consumers.Options{})
	var served atomic.Int64
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if served.Add(1) > n {
			then(w, r)
			return
		}
		h.ServeHTTP(w, r)
	}))
}

func broken(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func hanging(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func TestAConsumerThatIsNoneIsSurvivedAndSaidToBe(t *testing.T) {
	for _, c := range []struct {
		name     string
		target   func(t *testing.T) string
		never    bool   // it never answered
		stopped  string // why it was given up
		failed   string // a check that failed
		in       string // what the check says
		finished bool   // all checks ran
	}{
		{name: "dead", never: true, stopped: "nothing listens there", failed: "answers/in-time", in: "nothing listens there",
			target: func(t *testing.T) string {
				listener, err := net.Listen("tcp", "127.0.0.1:0")
				require.NoError(t, err)
				defer listener.Close()
				return "http://" + listener.Addr().String()
			}},
		{name: "hanging", never: true, stopped: "no whole answer in time", failed: "answers/in-time", in: "want an answer within 1s",
			target: func(t *testing.T) string { return serve(t, http.HandlerFunc(hanging)) }},
		{name: "hanging up", never: true, stopped: "the connection ended", failed: "answers/in-time", in: "the connection ended before the answer did",
			target: func(t *testing.T) string { return raw(t, func(c net.Conn) { readSome(c); c.Close() }) }},
		{name: "dying in mid-run", stopped: "the connection ended", failed: "accepts/ended-reasons", in: "the consumer was given up",
			target: func(t *testing.T) string { return after(t, 150, broken) }},
		{name: "hanging in mid-run", stopped: "no whole answer in time", failed: "accepts/ended-reasons", in: "no whole answer in time",
			target: func(t *testing.T) string { return after(t, 150, hanging) }},
		{name: "speaking something else", finished: true, failed: "answers/typical", in: "the answer is not HTTP",
			target: func(t *testing.T) string {
				return raw(t, func(c net.Conn) { readSome(c); _, _ = c.Write([]byte("SSH-2.0-OpenSSH_9.6\r\n")); c.Close() })
			}},
		{name: "always 500", finished: true, failed: "answers/typical", in: "want 2xx, got 500",
			target: func(t *testing.T) string {
				return serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }))
			}},
		{name: "wanting credentials", stopped: "it wants credentials, and none were given", failed: "answers/typical", in: "401",
			target: func(t *testing.T) string {
				auth, err := consumers.ParseAuth(secretSpec, nil)
				require.NoError(t, err)
				return sample(t, consumers.Options{Auth: auth})
			}},
		{name: "another path", stopped: "404: it takes no POST at this path", failed: "answers/typical", in: "404",
			target: func(t *testing.T) string { return serve(t, http.NotFoundHandler()) }},
		{name: "redirecting", stopped: "the target redirects", failed: "answers/typical", in: "redirects",
			target: func(t *testing.T) string {
				return serve(t, http.RedirectHandler("http://127.0.0.1:9/elsewhere", http.StatusFound))
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			r, err := contract.Probe(ctx, c.target(t), contract.Timeout(time.Second), contract.Except("refuses/single-faults"))
			if c.never {
				require.ErrorIs(t, err, contract.ErrNeverAnswered)
			} else {
				require.NoError(t, err)
			}
			assert.Contains(t, r.Stopped, c.stopped)
			assert.Equal(t, c.finished, r.Stopped == "")
			got := result(t, r, c.failed)
			assert.Equal(t, contract.Fail, got.Verdict)
			assert.Contains(t, got.Detail, c.in)
			assert.False(t, r.OK())
			if c.stopped != "" {
				last := r.Checks[len(r.Checks)-1]
				assert.Equal(t, contract.Skip, last.Verdict, "what did not run has not passed")
				assert.Contains(t, last.Detail, c.stopped)
			}
			assert.Len(t, r.Checks, len(contract.Checks())-1)
		})
	}
}

func TestALongAnswerIsAWarning(t *testing.T) {
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(100<<20))
		for range 100 {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return // the sender has seen enough
			}
		}
	}))
	r := probe(t, url, contract.Only("answers"))
	assert.Equal(t, []string{"answers/in-time"}, byVerdict(r, contract.Warn))
	assert.Contains(t, result(t, r, "answers/in-time").Detail, "at most 1 MiB")
}

func TestAPanicOfAHandlerIsTold(t *testing.T) {
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "forwarding") {
			panic("no destination for forwarding")
		}
	})
	r := probe(t, h, contract.Only("accepts/bare-minimum"))
	got := result(t, r, "accepts/bare-minimum")
	assert.Equal(t, contract.Fail, got.Verdict)
	assert.Contains(t, got.Detail, "the handler panicked: no destination for forwarding")
	assert.Equal(t, 1, got.FailureCount)
}

func TestTheCauseOfAnEndIsTold(t *testing.T) {
	url := after(t, 10, broken)
	r := probe(t, url, contract.Alive(func() error { return fmt.Errorf("the command has ended: exit status 3") }))
	assert.Contains(t, r.Stopped, "exit status 3")
}

func TestARemoteTargetIsRefused(t *testing.T) {
	r, err := contract.Probe(t.Context(), "http://192.0.2.1/hook")
	var remote *delivery.RemoteError
	require.ErrorAs(t, err, &remote)
	assert.Zero(t, r.Passed)

	// The consumer is here, what tells its state is not.
	url := sample(t, consumers.Options{})
	r = probe(t, url, contract.ObserveURL("http://192.0.2.1/calls/{call.id}"), contract.Only("state/takes-effect"), contract.Settle(50*time.Millisecond))
	assert.Equal(t, contract.Skip, r.Checks[0].Verdict)
	assert.Contains(t, r.Checks[0].Detail, "not an address of this machine alone")
}

func TestARunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	h := consumers.New(consumers.Options{})
	var served atomic.Int64
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if served.Add(1) == 100 {
			cancel()
		}
		h.ServeHTTP(w, r)
	}))
	r, err := contract.Probe(ctx, url)
	require.ErrorIs(t, err, context.Canceled)
	assert.True(t, r.Interrupted)
	assert.NotEmpty(t, r.Checks, "what was found until then is there")
	assert.Empty(t, byVerdict(r, contract.Fail), "an interruption is no fault of the consumer")
}

// What a consumer repeats of what it was sent must not tell the secret.
func TestNoReportTellsTheSecret(t *testing.T) {
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		for name, values := range r.Header {
			fmt.Fprintln(w, name, values)
		}
	}))
	defer echo.Close()
	for _, way := range ways[1:] {
		auth, err := delivery.ParseAuth(way, nil)
		require.NoError(t, err)
		r := probe(t, echo.URL, contract.Credentials(auth), contract.Only("answers", "auth", "accepts/timestamps"))
		text := fmt.Sprintf("%+v", r)
		assert.Contains(t, text, "User-Agent [ringproof]", "it did echo")
		assert.NotContains(t, text, auth.Secret(), way)
		assert.NotContains(t, text, strings.TrimPrefix(auth.Secret(), "whsec_"), way)
	}
}
