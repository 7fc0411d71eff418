package contract

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ringproof/ringproof/contract/delivery"
)

// State is what a consumer knows of a call. The zero State says that it knows no such
// call.
type State struct {
	// Status is that of the call, in the provider's words: queued, in-progress, ended.
	Status string
	// Deliveries is how many deliveries about the call have had an effect; a
	// redelivery has none. It is Uncounted if the consumer does not know.
	Deliveries int
}

// Uncounted is the Deliveries of a consumer that does not count them. What needs the
// count is not judged then.
const Uncounted = -1

// Known reports whether the consumer knows the call.
func (s State) Known() bool { return s != State{} }

// Observer says what the consumer knows of the call with an id.
type Observer func(ctx context.Context, callID string) (State, error)

// Option says how a consumer is checked.
type Option func(*options) error

type options struct {
	seed        uint64
	auth        *delivery.Auth
	headers     []delivery.Header
	observe     Observer
	timeout     time.Duration
	settle      time.Duration
	strict      bool
	only, skip  []string
	allowRemote bool
	watch       func(Event)
	alive       func() error
	run         string // names the run, see Probe
	closers     []func()
}

// DefaultSettle is how long the effect of a delivery is waited for.
const DefaultSettle = 3 * time.Second

// Event tells of a check that begins, or ends.
type Event struct {
	Check  Check
	Number int     // of the check, from 1
	Of     int     // how many there are
	Result *Result // nil when it begins
}

// Seed sets the seed of the messages; it is 1 by default.
func Seed(seed uint64) Option {
	return func(o *options) error { o.seed = seed; return nil }
}

// Auth sets how deliveries prove who sent them, in the words of [delivery.ParseAuth]:
// secret:TOKEN, hmac:SECRET,alg=sha512 and so on. The secret must be written out:
// where it comes from the environment, take it from there.
func Auth(spec string) Option {
	return func(o *options) (err error) {
		o.auth, err = delivery.ParseAuth(spec, nil)
		return err
	}
}

// Credentials is [Auth] for who has parsed it already.
func Credentials(a *delivery.Auth) Option {
	return func(o *options) error { o.auth = a; return nil }
}

// Header adds a header to each delivery. Those of the authentication win over it.
func Header(name, value string) Option {
	return func(o *options) error {
		o.headers = append(o.headers, delivery.Header{Name: name, Value: value})
		return nil
	}
}

// Observe lets the checks see what the consumer makes of its deliveries. The function
// may be called from several goroutines at once, none of them that of the test: it
// returns its error, and does not fail the test itself. Its context ends after 5 seconds.
func Observe(f func(ctx context.Context, callID string) (State, error)) Option {
	return func(o *options) error {
		if f == nil {
			return errors.New("contract: a nil function to observe with")
		}
		o.observe = f
		return nil
	}
}

// Timeout is how long the consumer may take for an answer; it is the provider's own
// default otherwise, [delivery.DefaultTimeout].
func Timeout(d time.Duration) Option {
	return func(o *options) error { return positive("timeout", d, &o.timeout) }
}

// Settle is how long the checks wait for the effect of a delivery that was
// acknowledged, for consumers that do their work afterwards; it is [DefaultSettle]
// otherwise. A consumer that is quick is never waited for as long, and within one check
// less after each effect that was waited for in vain.
func Settle(d time.Duration) Option {
	return func(o *options) error { return positive("time to settle", d, &o.settle) }
}

func positive(what string, d time.Duration, to *time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("contract: a %s of %v", what, d)
	}
	*to = d
	return nil
}

// Strict makes failures of what are warnings otherwise, and wants 4xx for every fault
// that both profiles of the contract refuse.
func Strict() Option {
	return func(o *options) error { o.strict = true; return nil }
}

// Only runs the checks with these ids, or of these groups, and no other.
func Only(names ...string) Option {
	return func(o *options) error { o.only = append(o.only, names...); return nil }
}

// Except runs all checks but those with these ids, or of these groups.
func Except(names ...string) Option {
	return func(o *options) error { o.skip = append(o.skip, names...); return nil }
}

// AllowRemote allows a target, and an observation, on another machine.
func AllowRemote() Option {
	return func(o *options) error { o.allowRemote = true; return nil }
}

// Watch is told when a check begins and when it ends.
func Watch(f func(Event)) Option {
	return func(o *options) error { o.watch = f; return nil }
}

// Alive is asked why the consumer is gone when it does not answer any more: its error
// says so. Nil means that nobody knows.
func Alive(f func() error) Option {
	return func(o *options) error { o.alive = f; return nil }
}

func newOptions(list []Option) (*options, error) {
	o := &options{seed: 1, timeout: delivery.DefaultTimeout, settle: DefaultSettle, watch: func(Event) {}, alive: func() error { return nil }}
	for _, option := range list {
		if err := option(o); err != nil {
			return nil, err
		}
	}
	return o, nil
}
