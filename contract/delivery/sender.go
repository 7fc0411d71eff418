package delivery

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Delivery is one body that is due at the target.
type Delivery struct {
	// ID is the message's own, the same in each attempt and in each copy. Auth
	// schemes with an id header send it; everything that reports shows it.
	ID string
	// Body is sent as it is. The sender never changes it, and nobody may until the
	// delivery is done.
	Body []byte
	// At is when it is meant to be sent, since the start of the run. Among the
	// deliveries of a run it does not decrease.
	At time.Duration
	// Call and Step say which message of which call it is, for who reads the report.
	Call string
	Step int
	// Corrupted says that the body is not sound any more: that nobody acknowledges it
	// is no failure.
	Corrupted bool
}

// The defaults of [Options].
const (
	DefaultTimeout     = 20 * time.Second // the provider's own: Server.timeoutSeconds
	DefaultConcurrency = 64
	userAgent          = "ringproof"
)

// Options is what a [Sender] needs. Only Target is required.
type Options struct {
	Target      string        // an http or https URL
	Auth        *Auth         // nil: none
	Headers     []Header      // win over the defaults (Host, User-Agent, Content-Type), never over those of Auth
	Timeout     time.Duration // of one attempt, connecting included; 0: DefaultTimeout
	AllowRemote bool          // send to addresses other than loopback too
	Concurrency int           // connections kept open between deliveries, and the workers of Run; 0: DefaultConcurrency
	Retry       Backoff       // the zero value retries nothing
	TLS         *tls.Config   // of https; nil: the system's roots
	Clock       Clock         // nil: SystemClock
	// Keep is how many bytes of an answer's body an Attempt holds; 0: none. The
	// provider reads none of a status-update's, but people do.
	Keep int
}

// Sender sends to one target, over HTTP/1.1 connections that it keeps open. It
// follows no redirect and asks no proxy. It may be shared by goroutines; Close it
// in the end. It starts no goroutine of its own.
//
// It speaks HTTP itself: a load generator shares its machine with what it measures,
// and net/http's client costs half of what can be sent here (see the benchmarks).
type Sender struct {
	options Options
	target  target
	head    []byte // the request up to the headers that change
	dial    func(ctx context.Context, network, address string) (net.Conn, error)

	mu     sync.Mutex
	idle   []*conn // the one used last is at the end
	closed bool
}

// Attempt is one try at a delivery.
type Attempt struct {
	Status   int           // 0: no answer
	Err      error         // an *Error if there was no answer, or none that counts; nil otherwise, whatever the status
	Took     time.Duration // from its start to the end of its answer
	Sent     int64         // bytes written, of head and body
	Received int64         // bytes read of the answer
	Cut      bool          // the answer's body is longer than 1 MiB, and was not read to its end
	Location string        // where a redirect leads: without query, and with no secret
	Answer   []byte        // the beginning of the answer's body, see Options.Keep. It may hold anything: see Auth.Hide
}

// OK reports whether the delivery was acknowledged: any 2xx does, once the answer
// is complete or longer than anybody reads.
func (a Attempt) OK() bool { return a.Status/100 == 2 && a.Err == nil }

// Kind is that of Err; empty if there is none.
func (a Attempt) Kind() Kind {
	var err *Error
	if errors.As(a.Err, &err) {
		return err.Kind
	}
	return ""
}

// final reports whether no other attempt can end otherwise.
func (a Attempt) final() bool {
	kind := a.Kind()
	return kind == Remote || kind == Canceled || kind == Unsound
}

// Result is what became of a delivery.
type Result struct {
	Attempt               // the last one
	Earlier []Attempt     // those before it, oldest first
	Start   time.Time     // of the first attempt
	Total   time.Duration // from Start to the end of the last attempt, with the waits between
}

// Attempts is how many there were.
func (r Result) Attempts() int { return len(r.Earlier) + 1 }

// NewSender checks the options. It connects to nothing yet. No error of it shows a
// header's value or the target's user, password or query.
func NewSender(o Options) (*Sender, error) {
	t, err := parseTarget(o.Target)
	if err != nil {
		return nil, err
	}
	if o.Timeout < 0 || o.Concurrency < 0 || o.Keep < 0 {
		return nil, errors.New("a timeout, a concurrency or what is kept of an answer below zero")
	}
	if err := o.Retry.check(); err != nil {
		return nil, err
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Concurrency == 0 {
		o.Concurrency = DefaultConcurrency
	}
	if o.Clock == nil {
		o.Clock = SystemClock()
	}
	s := &Sender{options: o, target: t}
	if s.head, err = buildHead(t, o.Headers, s.authNames()); err != nil {
		return nil, err
	}
	dialer := &net.Dialer{ControlContext: loopbackGuard(t.host, o.AllowRemote)}
	s.dial = dialer.DialContext
	return s, nil
}

// authNames are the headers that Auth sets.
func (s *Sender) authNames() []string {
	var names []string
	for _, h := range s.options.Auth.Headers(s.request(Delivery{ID: "probe"}, s.options.Clock.Now())) {
		names = append(names, h.Name)
	}
	return names
}

func (s *Sender) request(d Delivery, at time.Time) Request {
	return Request{Method: "POST", URL: s.options.Target, Body: d.Body, At: at, ID: d.ID}
}

// Send delivers d, with retries as planned, and returns when it was acknowledged or
// given up. When ctx ends, an attempt under way is broken off and no other follows.
func (s *Sender) Send(ctx context.Context, d Delivery) Result { return s.send(ctx, ctx, d) }

// send breaks an attempt off when talk ends, and a wait between two when wait does.
func (s *Sender) send(talk, wait context.Context, d Delivery) Result {
	clock := s.options.Clock
	r := Result{Start: clock.Now()}
	begin := r.Start
	for retry := 0; ; retry++ {
		r.Attempt = s.attempt(talk, d, begin)
		end := clock.Now()
		r.Took, r.Total = end.Sub(begin), end.Sub(r.Start)
		if !s.options.Retry.again(retry, r.Attempt) || clock.Sleep(wait, s.options.Retry.Delay(retry+1)) != nil {
			return r
		}
		r.Earlier = append(r.Earlier, r.Attempt)
		begin = clock.Now()
	}
}

// attempt sends d once.
func (s *Sender) attempt(ctx context.Context, d Delivery, at time.Time) Attempt {
	if ctx.Err() != nil {
		return Attempt{Err: &Error{Kind: Canceled, Err: ctx.Err()}}
	}
	deadline := time.Now().Add(s.options.Timeout) // a socket's deadline is real time
	c, failure := s.connection(ctx, deadline)
	if failure != nil {
		return Attempt{Err: failure}
	}
	var err error
	if c.out, err = s.write(c.out[:0], d, at); err != nil {
		s.keep(c)
		return Attempt{Err: err}
	}
	said, sent, err := c.exchange(ctx, d.Body)
	a := Attempt{Status: said.status, Sent: sent, Received: said.read, Cut: said.cut, Answer: said.body}
	if err == nil && said.reuse {
		c.idleFor = said.idle
		s.keep(c)
	} else {
		_ = c.Close()
	}
	switch {
	case err != nil && ctx.Err() != nil:
		a.Err = &Error{Kind: Canceled, Err: ctx.Err()}
	case err != nil:
		a.Err = talkFailure(err)
	case len(said.location) > 0:
		a.Location = s.location(said.location)
		a.Err = failed(Redirected, a.Location)
	}
	return a
}

// Close closes the connections that wait for another delivery. Those in use are
// closed when theirs is done; whatever is sent later uses a connection only once.
func (s *Sender) Close() {
	s.mu.Lock()
	idle := s.idle
	s.idle, s.closed = nil, true
	s.mu.Unlock()
	for _, c := range idle {
		_ = c.Close()
	}
}

// location makes a redirect's target fit to be shown: a server may well put what it
// was sent there.
func (s *Sender) location(raw []byte) string {
	const most = 200 // bytes
	text := s.options.Auth.Hide(string(raw))
	text, _, _ = strings.Cut(text, "?")
	text, _, _ = strings.Cut(text, "#")
	text = strings.ToValidUTF8(strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return '?'
		}
		return c
	}, text), "?")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

// target is where a sender sends.
type target struct {
	secure bool
	host   string // a name or an address, without brackets
	dial   string // host:port
	name   string // what Host says
	path   string // what the request line asks for
}

func parseTarget(raw string) (target, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return target{}, errors.New("the target is not a URL") // the cause would show all of it
	case u.Scheme != "http" && u.Scheme != "https":
		return target{}, errors.New("the target does not begin with http:// or https://")
	case u.Hostname() == "":
		return target{}, errors.New("the target names no host")
	case u.User != nil:
		return target{}, errors.New("the target holds a user or a password; send them in a header")
	}
	t := target{secure: u.Scheme == "https", host: u.Hostname(), name: u.Host, path: u.RequestURI()}
	port := u.Port()
	if port == "" {
		port = map[bool]string{false: "80", true: "443"}[t.secure]
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return target{}, errors.New("the target's port is none from 1 to 65535")
	}
	t.dial = net.JoinHostPort(t.host, port)
	return t, nil
}

// reserved are the headers that say where a request ends, and nobody else may set.
var reserved = map[string]bool{"content-length": true, "transfer-encoding": true, "trailer": true, "te": true, "expect": true, "upgrade": true}

// buildHead writes the request line and the headers that never change. Of equal
// names the user's comes before the default, and those of auth, which are added to
// each request, before the user's.
func buildHead(t target, user []Header, auth []string) ([]byte, error) {
	given := map[string]bool{}
	for _, name := range auth {
		given[strings.ToLower(name)] = true
	}
	var lines []Header
	for _, h := range user {
		name := strings.ToLower(h.Name)
		switch {
		case !isToken(h.Name):
			return nil, errors.New("the name of a header is not one: it has letters, digits and dashes, and a colon follows it")
		case reserved[name]:
			return nil, fmt.Errorf("the header %s belongs to the connection and cannot be set", h.Name)
		case !isHeaderValue(h.Value):
			return nil, fmt.Errorf("the value of the header %s holds a line break or another control character", h.Name)
		}
		if !given[name] {
			lines = append(lines, h)
		}
	}
	for _, h := range lines {
		given[strings.ToLower(h.Name)] = true
	}
	head := []byte("POST " + t.path + " HTTP/1.1\r\n")
	for _, h := range []Header{{"Host", t.name}, {"User-Agent", userAgent}, {"Content-Type", "application/json"}} {
		if !given[strings.ToLower(h.Name)] {
			head = appendHeader(head, h)
		}
	}
	for _, h := range lines {
		head = appendHeader(head, h)
	}
	return head, nil
}

func appendHeader(b []byte, h Header) []byte {
	b = append(append(b, h.Name...), ": "...)
	return append(append(b, h.Value...), "\r\n"...)
}

// isToken is RFC 9110 section 5.6.2.
func isToken(name string) bool {
	for _, c := range []byte(name) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return name != ""
}

// isHeaderValue refuses what ends a header or begins another one.
func isHeaderValue(value string) bool {
	for _, c := range []byte(value) {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
