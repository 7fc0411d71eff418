package delivery

import (
	"fmt"
	"slices"
	"time"
)

// BackoffType says how the waits between attempts grow.
type BackoffType string

// The types of a backoff plan.
const (
	Fixed       BackoffType = "fixed"       // the base delay before each retry
	Exponential BackoffType = "exponential" // the base delay, then twice as long each time
)

// Backoff is the provider's plan for deliveries that were not acknowledged: its
// BackoffPlan (type, maxRetries, baseDelaySeconds, excludedStatusCodes), with its
// bounds. The zero value retries nothing, which is the provider's default too. It
// has no jitter, as the provider documents none.
type Backoff struct {
	Type       BackoffType   // empty: Fixed
	MaxRetries int           // attempts after the first, 0 to 10
	BaseDelay  time.Duration // 0 to 10 s
	Excluded   []int         // status codes that are final
}

const (
	maxRetries   = 10
	maxBaseDelay = 10 * time.Second
)

// Delay is how long to wait before a retry; the first is number 1.
func (b Backoff) Delay(retry int) time.Duration {
	if b.Type == Exponential {
		return b.BaseDelay << (retry - 1)
	}
	return b.BaseDelay
}

// again reports whether an attempt is followed by another. Every answer that is not
// 2xx is retried unless it is excluded, redirects too; so is a lack of any answer.
// Of that the provider says nothing: a request that fails is the plan's own word.
func (b Backoff) again(retry int, a Attempt) bool {
	if retry >= b.MaxRetries || a.OK() || a.final() {
		return false
	}
	return !slices.Contains(b.Excluded, a.Status)
}

func (b Backoff) check() error {
	switch {
	case b.Type != "" && b.Type != Fixed && b.Type != Exponential:
		return fmt.Errorf("a backoff plan is %s or %s, not %q", Fixed, Exponential, b.Type)
	case b.MaxRetries < 0 || b.MaxRetries > maxRetries:
		return fmt.Errorf("a backoff plan has 0 to %d retries, not %d", maxRetries, b.MaxRetries)
	case b.BaseDelay < 0 || b.BaseDelay > maxBaseDelay:
		return fmt.Errorf("a backoff plan's base delay is 0 to %v, not %v", maxBaseDelay, b.BaseDelay)
	}
	for _, code := range b.Excluded {
		if code < 100 || code > 599 {
			return fmt.Errorf("a status code that a backoff plan excludes is 100 to 599, not %d", code)
		}
	}
	return nil
}
