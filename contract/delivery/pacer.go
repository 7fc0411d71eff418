package delivery

import (
	"context"
	"iter"
	"math"
	"time"
)

// pacer says when a delivery is due. The schedule is absolute: the i-th is due at
// the start plus i/rate, whatever happened to those before it. A token bucket
// forgets what it missed, so it never reaches its rate (x/time/rate: 1400 of 2000),
// and hides the wait of those that were late.
type pacer struct {
	clock    Clock
	start    time.Time
	rate     float64 // a second; 0: each has its own time
	speed    float64 // seconds of the deliveries in a second
	fast     bool    // nothing is due at any time
	duration time.Duration
}

// overtime is how late a delivery may start after the duration has passed: the last
// ones before its end are not lost to a timer that fires late.
const overtime = time.Second

// timed gives each delivery its time, and ends with the duration.
func (p *pacer) timed(in iter.Seq[Delivery]) iter.Seq[Delivery] {
	return func(yield func(Delivery) bool) {
		number := 0.0
		for d := range in {
			if p.rate > 0 {
				d.At = duration(math.Round(number * float64(time.Second) / p.rate))
				number++
			}
			if !p.fast && p.duration > 0 && p.after(d.At) >= p.duration {
				return
			}
			if !yield(d) {
				return
			}
		}
	}
}

// after is the real time, since the start, of a delivery's time.
func (p *pacer) after(at time.Duration) time.Duration {
	if p.rate > 0 || p.speed == 1 {
		return at
	}
	return duration(float64(at) / p.speed)
}

// duration is so many nanoseconds, or the longest there is: what is due later is never due.
func duration(nanoseconds float64) time.Duration {
	if nanoseconds >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(nanoseconds)
}

// wait returns when the delivery is due and may start. The time is zero if it has
// none. It returns false if the delivery may not start any more.
func (p *pacer) wait(ctx context.Context, at time.Duration) (due time.Time, ok bool) {
	now := p.clock.Now()
	if p.fast {
		return time.Time{}, ctx.Err() == nil && (p.duration == 0 || now.Sub(p.start) < p.duration)
	}
	after := p.after(at)
	due = p.start.Add(after)
	if early := due.Sub(now); early > 0 {
		return due, p.clock.Sleep(ctx, early) == nil
	}
	over := p.duration > 0 && now.Sub(p.start) > max(after, p.duration)+overtime
	return due, !over && ctx.Err() == nil
}
