package main

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ringproof/ringproof/contract/delivery"
)

const (
	pulse = 500 * time.Millisecond // between two figures
	beats = 10                     // how many of them the rate is taken over
)

// sendStatus is how a run of send is just now. One goroutine tells it, another shows it.
type sendStatus struct {
	text    atomic.Pointer[string]
	samples []sample // the last ones, oldest first
}

type sample struct {
	at   float64 // seconds since the start
	sent int64
}

// tell is what delivery.Run calls.
func (w *sendStatus) tell(sum *delivery.Summary) {
	w.samples = append(w.samples, sample{sum.Elapsed, sum.Sent})
	if len(w.samples) > beats+1 {
		w.samples = w.samples[1:]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d sent, %.*f a second, %d not acknowledged", sum.Sent, decimals(w.rate()), w.rate(), sum.Unacknowledged)
	if sum.Latency.Count > 0 {
		fmt.Fprintf(&b, ", p99 %.1f ms", sum.Latency.P99)
	}
	text := b.String()
	w.text.Store(&text)
}

// rate is that of the last seconds: a mean since the start would hide a stall.
func (w *sendStatus) rate() float64 {
	first, last := sample{}, w.samples[len(w.samples)-1]
	if len(w.samples) > beats {
		first = w.samples[0]
	}
	if last.at <= first.at {
		return 0
	}
	return float64(last.sent-first.sent) / (last.at - first.at)
}

// decimals keeps a slow rate from being shown as none.
func decimals(rate float64) int {
	if rate < 10 {
		return 1
	}
	return 0
}

func (w *sendStatus) String() string {
	if text := w.text.Load(); text != nil {
		return *text
	}
	return "0 sent"
}
