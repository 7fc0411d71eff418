package delivery

import (
	"bufio"
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"time"
)

const (
	readBuffer = 4 << 10
	// joined is the largest body that is copied behind its head, so that both leave in
	// one write. Nearly all messages are smaller (FACTS: up to 50 KB).
	joined = 64 << 10
)

// conn is one connection to the target, used by one attempt at a time.
type conn struct {
	net.Conn
	in      *bufio.Reader
	out     []byte        // the request, kept for its space
	keep    int           // bytes of an answer's body that are kept
	quiet   func() bool   // whether the target neither said a word nor hung up since the last answer
	since   time.Time     // idle since then
	idleFor time.Duration // how long the target said it waits; 0: it did not
}

// loopbackGuard judges the address that is dialled, after the name was resolved:
// names prove nothing. The unspecified address is refused too; it is this machine
// on some systems only.
func loopbackGuard(host string, allowRemote bool) func(context.Context, string, string, syscall.RawConn) error {
	return func(_ context.Context, _, address string, _ syscall.RawConn) error {
		if allowRemote {
			return nil
		}
		at, err := netip.ParseAddrPort(address)
		if err != nil || !at.Addr().Unmap().IsLoopback() {
			return &RemoteError{Host: host, Address: address}
		}
		return nil
	}
}

// connection returns an idle connection that still stands, or a new one.
//
// A request whose connection breaks is never sent again by itself: nobody knows
// whether the target had seen it, and a copy that is in no report would look like a
// fault of the consumer. So a connection is asked first whether it still stands.
func (s *Sender) connection(ctx context.Context, deadline time.Time) (*conn, *Error) {
	for {
		c := s.takeIdle()
		if c == nil {
			return s.connect(ctx, deadline)
		}
		// The deadline comes first: an old one that has passed would fail the look too.
		if c.fresh() && c.SetDeadline(deadline) == nil && c.quiet() {
			return c, nil
		}
		_ = c.Close()
	}
}

// fresh reports whether the target will not close the connection just now. One
// second before it would, nothing is sent over it any more.
func (c *conn) fresh() bool {
	return c.idleFor == 0 || time.Since(c.since) < c.idleFor-time.Second
}

func (s *Sender) takeIdle() *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.idle) - 1
	if last < 0 {
		return nil
	}
	c := s.idle[last]
	s.idle[last], s.idle = nil, s.idle[:last]
	return c
}

func (s *Sender) keep(c *conn) {
	if c.idleFor > 0 {
		c.since = time.Now()
	}
	s.mu.Lock()
	kept := !s.closed && len(s.idle) < s.options.Concurrency
	if kept {
		s.idle = append(s.idle, c)
	}
	s.mu.Unlock()
	if !kept {
		_ = c.Close()
	}
}

func (s *Sender) connect(ctx context.Context, deadline time.Time) (*conn, *Error) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	raw, err := s.dial(ctx, "tcp", s.target.dial)
	if err != nil {
		return nil, dialFailure(err)
	}
	c := &conn{Conn: raw, quiet: quietCheck(raw), keep: s.options.Keep}
	if s.target.secure {
		secure := tls.Client(raw, s.tlsConfig())
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = raw.Close()
			return nil, secureFailure(err)
		}
		c.Conn = secure
	}
	c.in = bufio.NewReaderSize(c.Conn, readBuffer)
	if err := c.SetDeadline(deadline); err != nil {
		_ = c.Close()
		return nil, talkFailure(err)
	}
	return c, nil
}

func (s *Sender) tlsConfig() *tls.Config {
	config := &tls.Config{}
	if s.options.TLS != nil {
		config = s.options.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = s.target.host
	}
	config.NextProtos = []string{"http/1.1"}
	return config
}

// write appends the request's head to b: what never changes, what proves the sender
// of exactly this body, and the body's length.
func (s *Sender) write(b []byte, d Delivery, at time.Time) ([]byte, error) {
	b = append(b, s.head...)
	for _, h := range s.options.Auth.Headers(s.request(d, at)) {
		if !isHeaderValue(h.Value) {
			return b, failed(Unsound, "the header "+h.Name+" would hold a control character")
		}
		b = appendHeader(b, h)
	}
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, int64(len(d.Body)), 10)
	return append(b, "\r\n\r\n"...), nil
}

// exchange sends the head in c.out and the body, and reads the answer, all until
// the connection's deadline or the end of ctx. It returns how many bytes were written.
func (c *conn) exchange(ctx context.Context, body []byte) (said answer, sent int64, err error) {
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() { _ = c.Conn.SetDeadline(time.Unix(1, 0)) })
		defer func() { said.reuse = stop() && said.reuse }() // else the next user's deadline would be spoilt
	}
	sent, wrong := c.writeAll(body)
	if wrong != nil && isTimeout(wrong) {
		return answer{}, sent, wrong
	}
	// A target that refuses a body may answer and close before it has read it.
	said, err = readAnswer(c.in, c.keep)
	if wrong != nil {
		said.reuse = false
		if said.status == 0 {
			err = wrong
		}
	}
	return said, sent, err
}

func (c *conn) writeAll(body []byte) (int64, error) {
	if len(body) <= joined {
		c.out = append(c.out, body...)
		body = nil
	}
	n, err := c.Write(c.out)
	if err != nil || len(body) == 0 {
		return int64(n), err
	}
	m, err := c.Write(body)
	return int64(n + m), err
}
