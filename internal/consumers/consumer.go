// Package consumers holds sample services that receive Vapi's webhooks: a correct one,
// and the same one with any of the defects that real services have. They are what a
// checker of consumers is checked against, so they are written as a stranger would
// write them: with the standard library, and no code of this module.
//
// The service takes a POST to any path for a delivery, and tells at GET /calls/{id}
// what came of them: {"status":"ended","deliveries":2}. Deliveries are those that had
// an effect: a message that comes late counts, the same message again does not, nor
// does one of a type that says nothing of a call's status. GET /healthz answers 204.
// Neither of the two asks for credentials: this is a sample, bind it to loopback.
//
// Calls are kept in memory, and never forgotten.
package consumers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Options say which service to make. The zero value is the correct one, which asks for
// no credentials.
type Options struct {
	Auth Auth
	// Defects are names of [Defects].
	Defects []string
	// Now is the clock by which signatures grow old; nil is time.Now.
	Now func() time.Time
	// Work is how long the defect slow-answer works before it answers. Zero is 21 s,
	// one second longer than Vapi waits by default.
	Work time.Duration
}

// New returns the service. It panics if a defect is unknown or a secret cannot be one.
func New(o Options) http.Handler {
	auth, err := o.Auth.verifier()
	if err != nil {
		panic(err)
	}
	c := &consumer{
		auth: auth, now: o.Now, duration: o.Work,
		order: []stage{authenticate, decode, apply}, maxBody: 8 << 20, tolerance: 5 * time.Minute,
		same: sameSecret, signed: asReceived, open: envelope, says: whatItSays, identity: content, supersedes: isNewer,
		work: func(context.Context) {}, repeated: http.StatusOK, answer: func(status int) int { return status },
		calls: map[string]*call{},
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.duration == 0 {
		c.duration = 21 * time.Second
	}
	for _, name := range o.Defects {
		i := slices.IndexFunc(defects, func(d Defect) bool { return d.Name == name })
		if i < 0 {
			panic(fmt.Sprintf("consumers: unknown defect %q", name))
		}
		defects[i].plant(c)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /", c.receive)
	mux.HandleFunc("GET /calls/{id}", c.observe)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return mux
}

// consumer is the service. What a defect replaces is a field; New sets the right ones.
type consumer struct {
	auth     verifier
	now      func() time.Time
	duration time.Duration

	order        []stage
	maxBody      int64 // bytes
	same         func(given, want string) bool
	signed       func(body []byte) []byte // what the signature is taken to cover
	tolerance    time.Duration            // how far a signed timestamp may be from now
	admitMissing bool
	open         func(top object) json.RawMessage // the message
	demands      []func(*message) *refusal        // beyond what it takes to understand a message
	says         func(*message) (status string, about bool)
	identity     func(*message) string // equal for messages that are one, among those of a call
	supersedes   func(*message, string, *call) bool
	work         func(context.Context)
	repeated     int // the answer to a message that was there before
	answer       func(int) int

	mu    sync.Mutex
	calls map[string]*call
}

// stage is a part of how a delivery is treated.
type stage uint8

const (
	authenticate stage = iota
	decode
	apply
)

// delivery is a request on its way through the stages.
type delivery struct {
	*http.Request
	body    []byte
	message *message // from decode on
}

// refusal is an answer other than 2xx.
type refusal struct {
	status int
	why    string
}

func (c *consumer) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, c.maxBody))
	var no *refusal
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		no = &refusal{http.StatusRequestEntityTooLarge, "the body is too large"}
	case err != nil:
		no = &refusal{http.StatusBadRequest, "the body ended early"}
	default:
		no = c.treat(&delivery{Request: r, body: body})
	}
	if no == nil {
		w.WriteHeader(http.StatusOK)
		return
	}
	http.Error(w, no.why, c.answer(no.status))
}

func (c *consumer) treat(d *delivery) *refusal {
	for _, s := range c.order {
		var no *refusal
		switch s {
		case authenticate:
			no = c.authenticate(d)
		case decode:
			no = c.decode(d)
		case apply:
			c.work(d.Context())
			no = c.apply(d.message)
		}
		if no != nil {
			return no
		}
	}
	return nil
}

func (c *consumer) observe(w http.ResponseWriter, r *http.Request) {
	status, deliveries, known := c.state(r.PathValue("id"))
	if !known {
		http.Error(w, "no such call", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	// An error is the observer's, who has gone.
	_ = json.NewEncoder(w).Encode(struct {
		Status     string `json:"status"`
		Deliveries int    `json:"deliveries"`
	}{status, deliveries})
}
