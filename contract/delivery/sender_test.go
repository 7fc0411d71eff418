package delivery

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newSender(t *testing.T, o Options) *Sender {
	t.Helper()
	s, err := NewSender(o)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// listen gives each connection to handle, which need not close it.
func listen(t *testing.T, handle func(net.Conn)) string {
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

// readRequest reads one request, its body too.
func readRequest(in *bufio.Reader) bool {
	r, err := http.ReadRequest(in)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, r.Body)
	return err == nil
}

// saying reads a request and answers it with raw.
func saying(raw string) func(net.Conn) {
	return func(c net.Conn) {
		if readRequest(bufio.NewReader(c)) {
			_, _ = io.WriteString(c, raw)
		}
	}
}

func deadPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	return "http://" + listener.Addr().String()
}

func auth(t *testing.T, spec string) *Auth {
	t.Helper()
	a, err := ParseAuth(spec, nil)
	require.NoError(t, err)
	return a
}

func TestTheBytesArriveAsTheyAreAndSigned(t *testing.T) {
	signed := auth(t, "hmac:key")
	bodies := [][]byte{[]byte("{\"a\": 1 }\n"), {}, []byte("\xff\x00 not JSON"), bytes.Repeat([]byte("long "), 200_000)}
	type seen struct {
		*http.Request
		body []byte
	}
	got := make(chan seen, 1)
	target := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- seen{r, body}
	}) + "/hook?a=b"
	at := time.Unix(1_787_000_000, 0)
	s := newSender(t, Options{Target: target, Auth: signed, Clock: stopped(at)})
	for _, body := range bodies {
		r := s.Send(t.Context(), Delivery{ID: "msg_1", Body: body})
		require.True(t, r.OK(), "%v", r.Err)
		request := <-got
		assert.True(t, bytes.Equal(body, request.body))
		assert.Equal(t, "POST /hook?a=b HTTP/1.1", request.Method+" "+request.RequestURI+" "+request.Proto)
		assert.Equal(t, "application/json", request.Header.Get("Content-Type"))
		assert.Equal(t, int64(len(body)), request.ContentLength)
		for _, h := range signed.Headers(Request{Method: "POST", URL: target, Body: request.body, At: at, ID: "msg_1"}) {
			assert.Equal(t, []string{h.Value}, request.Header.Values(h.Name))
		}
		assert.Greater(t, r.Sent, int64(len(body)))
		assert.Greater(t, r.Received, int64(0))
	}
}

// stopped is a clock that never moves, and waits for nothing.
type stopped time.Time

func (s stopped) Now() time.Time                                   { return time.Time(s) }
func (s stopped) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func TestHeadersOfTheUserWinOverDefaultsNotOverAuth(t *testing.T) {
	got := make(chan *http.Request, 1)
	target := serve(t, func(_ http.ResponseWriter, r *http.Request) { got <- r })
	s := newSender(t, Options{Target: target, Auth: auth(t, "bearer:right"), Headers: []Header{
		{"content-type", "text/plain"}, {"HOST", "hooks.example"}, {"authorization", "Bearer wrong"}, {"X-Two", "a"}, {"X-Two", "b"},
	}})
	require.True(t, s.Send(t.Context(), Delivery{}).OK())
	r := <-got
	assert.Equal(t, []string{"text/plain"}, r.Header.Values("Content-Type"))
	assert.Equal(t, "hooks.example", r.Host)
	assert.Equal(t, []string{"Bearer right"}, r.Header.Values("Authorization"))
	assert.Equal(t, []string{"a", "b"}, r.Header.Values("X-Two"))
	assert.Equal(t, []string{"ringproof"}, r.Header.Values("User-Agent"))
}

func TestOptionsThatCannotBeUsedAreRefusedAndNotShown(t *testing.T) {
	const secret = "hunter2"
	for name, o := range map[string]Options{
		"no target":         {},
		"another scheme":    {Target: "ftp://localhost/" + secret},
		"no host":           {Target: "http:///" + secret},
		"a password":        {Target: "http://me:" + secret + "@localhost/"},
		"no URL":            {Target: "http://localhost:80:" + secret},
		"a header's end":    {Target: "http://localhost", Headers: []Header{{"X", secret + "\r\nY: z"}}},
		"a header's name":   {Target: "http://localhost", Headers: []Header{{"X Y", secret}}},
		"a length":          {Target: "http://localhost", Headers: []Header{{"content-length", "1"}}},
		"an encoding":       {Target: "http://localhost", Headers: []Header{{"Transfer-Encoding", secret}}},
		"a timeout":         {Target: "http://localhost", Timeout: -1},
		"too many retries":  {Target: "http://localhost", Retry: Backoff{MaxRetries: 11}},
		"a long base delay": {Target: "http://localhost", Retry: Backoff{BaseDelay: 11 * time.Second}},
		"a type of backoff": {Target: "http://localhost", Retry: Backoff{Type: "linear"}},
		"a status":          {Target: "http://localhost", Retry: Backoff{Excluded: []int{42}}},
	} {
		_, err := NewSender(o)
		if assert.Error(t, err, name) {
			assert.NotContains(t, err.Error(), secret, name)
		}
	}
}

func TestAMessageIDCannotEndAHeader(t *testing.T) {
	var asked atomic.Int32
	target := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	s := newSender(t, Options{Target: target, Auth: auth(t, "standard:whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")})
	r := s.Send(t.Context(), Delivery{ID: "a\r\nX-Evil: b"})
	assert.Equal(t, Unsound, r.Kind())
	assert.Zero(t, asked.Load())
	assert.True(t, s.Send(t.Context(), Delivery{ID: "a"}).OK())
}

// hostile are targets that go wrong, each in its own way.
var hostile = []struct {
	name   string
	target func(*testing.T) string
	status int
	kind   Kind
	ok     bool
	cut    bool
	pause  time.Duration // after each: a close without notice is no race then
}{
	{name: "dead", target: deadPort, kind: Refused},
	{name: "hanging", target: func(t *testing.T) string {
		return listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	}, kind: Timeout},
	{name: "hanging in its head", target: func(t *testing.T) string {
		return listen(t, func(c net.Conn) {
			saying("HTTP/1.1 200 OK\r\nX:")(c)
			_, _ = io.Copy(io.Discard, c)
		})
	}, kind: Timeout, status: 200},
	{name: "slow, a byte at a time", target: func(t *testing.T) string {
		return listen(t, func(c net.Conn) {
			saying("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")(c)
			for {
				if _, err := c.Write([]byte("x")); err != nil {
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
		})
	}, kind: Timeout, status: 200},
	{name: "500", target: func(t *testing.T) string {
		return serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	}, status: 500},
	{name: "garbage", target: func(t *testing.T) string { return listen(t, saying("220 mail ESMTP\r\n")) }, kind: Garbage},
	{name: "TLS where none is expected", target: func(t *testing.T) string {
		return listen(t, saying("\x15\x03\x01\x00\x02\x02\x46"))
	}, kind: Garbage},
	{name: "redirecting", target: func(t *testing.T) string {
		return serve(t, func(w http.ResponseWriter, r *http.Request) {
			// It gives back what it was sent, as careless targets do.
			w.Header().Set("Location", "https://192.0.2.1/next/"+r.Header.Get("X-Vapi-Secret")+"?s="+r.Header.Get("X-Vapi-Secret"))
			w.WriteHeader(307)
		})
	}, status: 307, kind: Redirected},
	{name: "closing at once", target: func(t *testing.T) string { return listen(t, func(net.Conn) {}) }, kind: Closed},
	{name: "closing without an answer", target: func(t *testing.T) string { return listen(t, saying("")) }, kind: Closed},
	{name: "closing in its answer", target: func(t *testing.T) string {
		return listen(t, saying("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"))
	}, kind: Closed, status: 200},
	{name: "closing after its answer", target: func(t *testing.T) string {
		return listen(t, saying("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
	}, status: 200, ok: true, pause: 100 * time.Millisecond},
	{name: "100 MB", target: func(t *testing.T) string {
		return serve(t, func(w http.ResponseWriter, _ *http.Request) {
			part := make([]byte, 1<<20)
			for range 100 {
				if _, err := w.Write(part); err != nil {
					return
				}
			}
		})
	}, status: 200, ok: true, cut: true},
	{name: "1xx first", target: func(t *testing.T) string {
		return serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(103)
			w.WriteHeader(202)
		})
	}, status: 202, ok: true},
	{name: "a head without end", target: func(t *testing.T) string {
		return listen(t, saying("HTTP/1.1 200 OK\r\n"+strings.Repeat("X: y\r\n", 100_000)))
	}, kind: TooLong, status: 200},
}

func TestAHostileTargetIsSurvivedAndSaidToBe(t *testing.T) {
	const secret, rounds = "hunter2/+ secret", 3
	for _, c := range hostile {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			timeout := 10 * time.Second
			if c.kind == Timeout {
				timeout = 100 * time.Millisecond
			}
			s := newSender(t, Options{Target: c.target(t), Auth: auth(t, "secret:"+secret), Timeout: timeout})
			var events []Event
			summary, err := Run(t.Context(), RunOptions{
				Sender: s, Fast: true, Concurrency: 1,
				Deliveries: numbered(rounds),
				Observe: func(e Event) {
					events = append(events, e)
					if e.Kind == Finished {
						time.Sleep(c.pause)
					}
				},
			})
			require.NoError(t, err)
			var results []Result
			for _, e := range events {
				if e.Kind == Finished {
					results = append(results, e.Result)
				}
			}
			require.Len(t, results, rounds)
			for _, r := range results {
				assert.Equal(t, c.status, r.Status)
				assert.Equal(t, c.kind, r.Kind(), "%v", r.Err)
				assert.Equal(t, c.ok, r.OK())
				assert.Equal(t, c.cut, r.Cut)
				assert.Less(t, r.Received, int64(2<<20))
			}
			assert.Equal(t, c.status > 0, summary.Answered)
			assert.EqualValues(t, rounds, summary.Sent)
			assert.EqualValues(t, rounds, summary.Acknowledged+summary.Unacknowledged)
			if !c.ok {
				require.Len(t, summary.Failures, rounds)
			}
			said, err := json.Marshal(summary)
			require.NoError(t, err)
			said = fmt.Appendf(said, "%+v", events)
			assert.NotContains(t, string(said), "hunter2")
		})
	}
}

func TestOneConnectionServesManyDeliveries(t *testing.T) {
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Chunked") != "" {
			w.(http.Flusher).Flush()
		}
		_, _ = io.WriteString(w, "thanks")
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	s := newSender(t, Options{Target: server.URL, Headers: []Header{{"X-Chunked", "yes"}}})
	for range 20 {
		require.True(t, s.Send(t.Context(), Delivery{Body: []byte("{}")}).OK())
	}
	assert.EqualValues(t, 1, connections.Load())
	s.Close()
	require.True(t, s.Send(t.Context(), Delivery{}).OK(), "a closed sender still sends, over new connections")
	require.True(t, s.Send(t.Context(), Delivery{}).OK())
	assert.EqualValues(t, 3, connections.Load())
}

// A target may close an idle connection at any time. That is no failure of the
// delivery, and the delivery is not sent twice because of it.
func TestAConnectionThatWasClosedInBetweenIsNotUsed(t *testing.T) {
	var requests atomic.Int32
	hungUp := make(chan bool, 1)
	target := listen(t, func(c net.Conn) {
		if readRequest(bufio.NewReader(c)) {
			requests.Add(1)
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
		_ = c.Close()
		hungUp <- true
	})
	s := newSender(t, Options{Target: target})
	for i := range 10 {
		r := s.Send(t.Context(), Delivery{Body: []byte("{}")})
		require.True(t, r.OK(), "%d: %v", i, r.Err)
		<-hungUp
		time.Sleep(time.Millisecond) // for the end to cross the loopback device
	}
	assert.EqualValues(t, 10, requests.Load())
}

func TestAConnectionIsLeftBeforeTheTargetClosesIt(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		conn  conn
		fresh bool
	}{
		"nothing was said":    {conn{since: now.Add(-time.Hour)}, true},
		"just used":           {conn{since: now, idleFor: 5 * time.Second}, true},
		"about to be closed":  {conn{since: now.Add(-4500 * time.Millisecond), idleFor: 5 * time.Second}, false},
		"never worth keeping": {conn{since: now, idleFor: time.Second}, false},
	} {
		assert.Equal(t, c.fresh, c.conn.fresh(), name)
	}
}

func TestOnlyLoopbackIsDialled(t *testing.T) {
	for _, host := range []string{"192.0.2.1", "0.0.0.0", "[::]", "[2001:db8::1]", "[::ffff:192.0.2.1]", "169.254.169.254"} {
		s := newSender(t, Options{Target: "http://" + host + ":9/", Timeout: time.Second})
		r := s.Send(t.Context(), Delivery{})
		var remote *RemoteError
		require.ErrorAs(t, r.Err, &remote, host)
		assert.Equal(t, Remote, r.Kind())
		assert.Equal(t, strings.Trim(host, "[]"), remote.Host)
		assert.Zero(t, r.Sent)
	}
	for _, address := range []string{"127.0.0.1:1", "127.8.9.10:1", "[::1]:1", "[::ffff:127.0.0.1]:1"} {
		assert.NoError(t, loopbackGuard("x", false)(t.Context(), "tcp", address, nil), address)
	}
	assert.NoError(t, loopbackGuard("x", true)(t.Context(), "tcp", "192.0.2.1:1", nil))
}

// A name that looks local proves nothing: what it resolves to counts.
func TestANameThatResolvesElsewhereIsRefused(t *testing.T) {
	for address, allowed := range map[[4]byte]bool{{192, 0, 2, 1}: false, {127, 0, 0, 1}: true} {
		target := serve(t, func(http.ResponseWriter, *http.Request) {})
		_, port, err := net.SplitHostPort(strings.TrimPrefix(target, "http://"))
		require.NoError(t, err)
		s := newSender(t, Options{Target: "http://localhost.ringproof.test:" + port, Timeout: 5 * time.Second})
		dialer := &net.Dialer{ControlContext: loopbackGuard("localhost.ringproof.test", false), Resolver: resolver(t, address)}
		s.dial = dialer.DialContext
		r := s.Send(t.Context(), Delivery{})
		assert.Equal(t, allowed, r.OK(), "%v: %v", address, r.Err)
		if !allowed {
			assert.Equal(t, Remote, r.Kind(), "%v", r.Err)
		}
	}
}

// resolver answers every question for an IPv4 address with the same one, and has no
// others.
func resolver(t *testing.T, address [4]byte) *net.Resolver {
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	var done sync.WaitGroup
	done.Go(func() {
		query := make([]byte, 512)
		for {
			n, from, err := socket.ReadFrom(query)
			if err != nil {
				return
			}
			end := 12 + bytes.IndexByte(query[12:n], 0) + 5 // the question: a name, a type, a class
			reply := slices.Concat(query[:2], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, query[12:end])
			if query[end-3] == 1 { // type A
				reply[7] = 1
				reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4)
				reply = append(reply, address[:]...)
			}
			_, _ = socket.WriteTo(reply, from)
		}
	})
	t.Cleanup(func() {
		_ = socket.Close()
		done.Wait()
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
}

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of the client that does not trust it
	server.StartTLS()
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	s := newSender(t, Options{Target: server.URL, TLS: &tls.Config{RootCAs: roots}})
	for range 3 {
		r := s.Send(t.Context(), Delivery{Body: []byte("{}")})
		require.True(t, r.OK(), "%v", r.Err)
	}
	r := newSender(t, Options{Target: server.URL}).Send(t.Context(), Delivery{})
	assert.Equal(t, TLS, r.Kind(), "a certificate that nobody vouches for")
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	r = newSender(t, Options{Target: "https" + strings.TrimPrefix(plain, "http")}).Send(t.Context(), Delivery{})
	assert.Equal(t, TLS, r.Kind())
}

func TestTheEndOfTheContextBreaksADeliveryOff(t *testing.T) {
	arrived := make(chan bool)
	target := listen(t, func(c net.Conn) {
		readRequest(bufio.NewReader(c))
		arrived <- true
		_, _ = io.Copy(io.Discard, c)
	})
	s := newSender(t, Options{Target: target, Retry: Backoff{MaxRetries: 3}})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	r := s.Send(ctx, Delivery{Body: []byte("{}")})
	assert.Equal(t, Canceled, r.Kind(), "%v", r.Err)
	assert.ErrorIs(t, r.Err, context.Canceled)
	assert.Equal(t, 1, r.Attempts())
	assert.Equal(t, Canceled, s.Send(ctx, Delivery{}).Kind())
}

// pipeTo makes s talk to handle over connections in memory, so that a test may run
// in virtual time.
func pipeTo(s *Sender, handle func(net.Conn)) {
	s.dial = func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			handle(there)
			_ = there.Close()
		}()
		return here, nil
	}
}

// answering handles requests one after the other: reply gets the number of the
// request, from 0, over all connections.
func answering(reply func(n int, r *http.Request) string) func(net.Conn) {
	var count atomic.Int64
	return func(c net.Conn) {
		in := bufio.NewReader(c)
		for {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return
			}
			if _, err := io.WriteString(c, reply(int(count.Add(1)-1), r)); err != nil {
				return
			}
		}
	}
}

const fine = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

func TestRetriesFollowThePlan(t *testing.T) {
	const bad = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
	for _, c := range []struct {
		name     string
		plan     Backoff
		failures int
		waits    []time.Duration
		status   int
	}{
		{"no plan", Backoff{}, 9, nil, 503},
		{"fixed", Backoff{Type: Fixed, MaxRetries: 3, BaseDelay: 2 * time.Second}, 9, seconds(2, 2, 2), 503},
		{"exponential", Backoff{Type: Exponential, MaxRetries: 4, BaseDelay: time.Second}, 9, seconds(1, 2, 4, 8), 503},
		{"until it works", Backoff{Type: Exponential, MaxRetries: 4, BaseDelay: time.Second}, 2, seconds(1, 2), 200},
		{"without a delay", Backoff{MaxRetries: 2}, 9, seconds(0, 0), 503},
		{"an excluded status", Backoff{MaxRetries: 2, Excluded: []int{400, 503}}, 9, nil, 503},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSender(t, Options{Target: "http://127.0.0.1", Retry: c.plan, Auth: auth(t, "hmac:key")})
				var at []time.Time
				stamps := map[string]bool{}
				pipeTo(s, answering(func(n int, r *http.Request) string {
					at = append(at, time.Now())
					stamps[r.Header.Get("X-Timestamp")] = true
					if n < c.failures {
						return bad
					}
					return fine
				}))
				r := s.Send(t.Context(), Delivery{Body: []byte("{}")})
				assert.Equal(t, c.status, r.Status)
				var waits []time.Duration
				for i := range at[1:] {
					waits = append(waits, at[i+1].Sub(at[i]))
				}
				assert.Equal(t, c.waits, waits)
				assert.Equal(t, len(at), r.Attempts())
				assert.Equal(t, at[len(at)-1].Sub(at[0]), r.Total)
				if c.name == "fixed" {
					assert.Len(t, stamps, 4, "each attempt is signed at its own time")
				}
				s.Close()
			})
		})
	}
}

func seconds(list ...int) []time.Duration {
	var all []time.Duration
	for _, n := range list {
		all = append(all, time.Duration(n)*time.Second)
	}
	return all
}

func TestAnAttemptEndsAtItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSender(t, Options{Target: "http://127.0.0.1", Retry: Backoff{MaxRetries: 1, BaseDelay: time.Second}})
		pipeTo(s, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
		r := s.Send(t.Context(), Delivery{Body: []byte("{}")})
		assert.Equal(t, Timeout, r.Kind())
		assert.Equal(t, DefaultTimeout, r.Took)
		assert.Equal(t, 2*DefaultTimeout+time.Second, r.Total, "what got no answer is retried too")
	})
}

func TestErrorsAreData(t *testing.T) {
	for kind, text := range meaning {
		assert.Equal(t, text+": x", failed(kind, "x").Error())
	}
	for err, kind := range map[error]Kind{
		&net.OpError{Op: "dial", Err: errors.New("no route")}: Unreachable,
		&net.DNSError{Name: "x.test", IsNotFound: true}:       Unresolved,
		context.Canceled:         Canceled,
		context.DeadlineExceeded: Timeout,
	} {
		assert.Equal(t, kind, dialFailure(err).Kind)
	}
}
