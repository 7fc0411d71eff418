package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ringproof/ringproof/contract/delivery"
)

func TestTheStatusSaysHowTheRunIsJustNow(t *testing.T) {
	w := &sendStatus{}
	assert.Equal(t, "0 sent", w.String(), "before anything is known")
	at := func(seconds float64, sent, failed int64, p99 float64) {
		sum := &delivery.Summary{Elapsed: seconds, Sent: sent, Unacknowledged: failed}
		if p99 > 0 {
			sum.Latency = delivery.Percentiles{Count: sent, P99: p99}
		}
		w.tell(sum)
	}
	at(0.5, 0, 0, 0)
	assert.Equal(t, "0 sent, 0.0 a second, 0 not acknowledged", w.String(), "nothing was answered, so there is no latency")
	at(1, 4, 1, 12.34)
	assert.Equal(t, "4 sent, 4.0 a second, 1 not acknowledged, p99 12.3 ms", w.String())
	at(1.5, 3000, 7, 1.5)
	assert.Equal(t, "3000 sent, 2000 a second, 7 not acknowledged, p99 1.5 ms", w.String())
	for i := range 10 { // a stall
		at(2+float64(i)/2, 3000, 7, 1.5)
	}
	assert.Equal(t, "3000 sent, 0.0 a second, 7 not acknowledged, p99 1.5 ms", w.String(), "the rate is that of the last five seconds")
}
