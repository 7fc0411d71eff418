package subject

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/ringproof/ringproof/contract/delivery"
	"github.com/ringproof/ringproof/fuzz"
)

// EndpointOptions say how a decoder behind a URL is asked.
type EndpointOptions struct {
	Target      string
	Auth        *delivery.Auth
	Headers     []delivery.Header
	Timeout     time.Duration
	AllowRemote bool
	// Echo says that the body of a 2xx answer is what was decoded, encoded again.
	Echo bool
}

// Endpoint is a decoder behind a URL. Any 2xx says that it has decoded the body, any 4xx
// that it refuses it, save for 408 and 429, which say nothing of the body; these are a
// breakdown, and so are 5xx and no answer.
type Endpoint struct {
	ctx     context.Context
	options EndpointOptions
	sender  *delivery.Sender
	sent    int
	latency *hdrhistogram.Histogram // µs
	encodes bool                    // an encoding was seen
}

const (
	keptOfAnswer = 200     // bytes of an answer that are told
	longestEcho  = 1 << 20 // bytes; delivery reads no more
)

// NewEndpoint sends nothing yet. The error is about the options.
func NewEndpoint(ctx context.Context, o EndpointOptions) (*Endpoint, error) {
	keep := keptOfAnswer
	if o.Echo {
		keep = longestEcho
	}
	sender, err := delivery.NewSender(delivery.Options{
		Target: o.Target, Auth: o.Auth, Headers: o.Headers, Timeout: o.Timeout, AllowRemote: o.AllowRemote, Concurrency: 1, Keep: keep,
	})
	if err != nil {
		return nil, err
	}
	return &Endpoint{ctx: ctx, options: o, sender: sender, latency: hdrhistogram.New(1, int64(time.Minute/time.Microsecond), 3)}, nil
}

// Decode sends the body.
func (x *Endpoint) Decode(body []byte) (fuzz.Decoded, error) {
	if x.ctx.Err() != nil {
		return nil, fuzz.ErrStopped
	}
	x.sent++
	r := x.sender.Send(x.ctx, delivery.Delivery{ID: fmt.Sprintf("msg_fuzz_%d", x.sent), Body: body})
	a := r.Attempt
	if a.Err == nil {
		_ = x.latency.RecordValue(max(1, a.Took.Microseconds())) // one beyond the range counts as none
	}
	return x.outcome(a)
}

func (x *Endpoint) outcome(a delivery.Attempt) (fuzz.Decoded, error) {
	var remote *delivery.RemoteError
	switch {
	case errors.As(a.Err, &remote):
		return nil, &fuzz.Breakdown{Class: fuzz.Crashed, Detail: remote.Error()}
	case a.Kind() == delivery.Canceled:
		return nil, fuzz.ErrStopped
	case a.Kind() == delivery.Timeout:
		return nil, &fuzz.Breakdown{Class: fuzz.Endless, Detail: fmt.Sprintf("no answer within %v", x.options.Timeout)}
	case a.Kind() == delivery.Garbage, a.Kind() == delivery.TooLong, a.Kind() == delivery.Redirected:
		return nil, &fuzz.Breakdown{Class: fuzz.Garbled, Detail: x.said(a)}
	case a.Err != nil:
		return nil, &fuzz.Breakdown{Class: fuzz.Crashed, Detail: a.Err.Error()}
	case a.Status >= 500:
		return nil, &fuzz.Breakdown{Class: fuzz.ServerError, Detail: x.said(a)}
	case a.Status == http.StatusTooManyRequests, a.Status == http.StatusRequestTimeout:
		return nil, &fuzz.Breakdown{Class: fuzz.Garbled, Detail: x.said(a) + ": that is no verdict on the body; lift the limit for the test"}
	case !a.OK():
		return nil, &Status{a.Status, x.said(a)}
	case !x.options.Echo:
		return answer(nil), nil
	case a.Cut:
		return nil, &fuzz.Breakdown{Class: fuzz.Garbled, Detail: fmt.Sprintf("an echo of more than %d bytes", longestEcho)}
	case len(a.Answer) > 0:
		x.encodes = true
		return answer(a.Answer), nil
	case x.encodes:
		return nil, withoutEncoding("an empty answer")
	}
	return answer(nil), nil
}

// said is what an answer was, without the secret.
func (x *Endpoint) said(a delivery.Attempt) string {
	text := fmt.Sprintf("status %d", a.Status)
	if a.Err != nil {
		text = a.Err.Error()
	}
	if body := strings.TrimSpace(string(a.Answer[:min(len(a.Answer), keptOfAnswer)])); body != "" {
		text += ": " + body
	}
	return x.options.Auth.Hide(strings.ToValidUTF8(text, "?"))
}

// Status is the error of an endpoint that refuses a body.
type Status struct {
	Code   int
	Detail string
}

func (s *Status) Error() string { return s.Detail }

// Latency is how long answers took, in microseconds.
func (x *Endpoint) Latency() *hdrhistogram.Histogram { return x.latency }

// Close closes the connections.
func (x *Endpoint) Close() { x.sender.Close() }
