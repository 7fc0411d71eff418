package fuzz

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// hurry lets a call hang after two seconds, whatever it does.
func hurry(t *testing.T) {
	was := stillFor
	stillFor = 0
	t.Cleanup(func() { stillFor = was })
}

// t.FailNow in a decoder, or what calls it, must not pass for a call that found nothing.
func TestACallThatEndsItsGoroutineIsAFailure(t *testing.T) {
	t.Parallel()
	exits := func(b []byte) {
		if bytes.Contains(b, []byte(`"ended"`)) {
			runtime.Goexit()
		}
	}
	decode := func(b []byte) (json.RawMessage, error) { exits(b); return keep(b) }
	encode := func(m json.RawMessage) ([]byte, error) { exits(m); return m, nil }
	body := []byte(`{"message":{"type":"status-update","status":"ended","endedReason":"customer-busy"}}`)
	for why, e := range map[string]*Engine{
		"the decoder":        engine(t, Decoder(decode).Encoder(same)),
		"the encoder":        engine(t, Decoder(keep).Encoder(encode)),
		"the second decoder": engine(t, Decoder(keep).Encoder(same), Against(Decoder(decode))),
	} {
		list := e.RunBody(body, true)
		require.Len(t, list, 1, why)
		require.Equal(t, NoPanic, list[0].Oracle, why)
		require.Contains(t, string(list[0].Class), "exit in fuzz.TestACallThatEndsItsGoroutineIsAFailure", why)
		require.LessOrEqual(t, len(list[0].Body), len(body), why)
	}
}

// The body that hangs may be one that an oracle has made.
func TestAHangIsBlamedOnTheBodyThatHangs(t *testing.T) {
	hurry(t)
	release := make(chan struct{})
	defer close(release)
	hang := func(b []byte) (json.RawMessage, error) {
		if bytes.Contains(b, []byte(addedName)) {
			<-release
		}
		return keep(b)
	}
	e := engine(t, Decoder(hang).Encoder(same), Only(Metamorphic, NoHang))
	a := e.newAttempt(nil, []byte(`{"message":{"type":"status-update","status":"ended"}}`))
	a.every, a.only = true, Metamorphic
	list := e.settle(a, a.all(), true)
	require.Len(t, list, 1)
	require.Equal(t, NoHang, list[0].Oracle)
	require.Contains(t, string(list[0].Body), addedName)
}

// The subject may be another's by then.
func TestAGoroutineThatWasGivenUpCallsNothingMore(t *testing.T) {
	hurry(t)
	release, done := make(chan struct{}), make(chan struct{})
	var calls atomic.Int64
	decode := func(b []byte) (json.RawMessage, error) {
		if calls.Add(1) == 1 {
			<-release
			defer close(done)
		}
		return keep(b)
	}
	e := engine(t, Decoder(decode).Encoder(same))
	a := e.newAttempt(nil, []byte(`{"message":{"type":"status-update","status":"ended"}}`))
	a.every = true
	require.False(t, a.all())
	close(release)
	<-done
	runtime.Gosched()
	time.Sleep(20 * time.Millisecond)
	require.EqualValues(t, 1, calls.Load())
}

// What other jobs take is no evidence for a decoder elsewhere.
func TestACallThatWaitsDoesNotHang(t *testing.T) {
	if testing.Short() {
		t.Skip("takes eight seconds")
	}
	t.Parallel()
	var stop atomic.Bool
	defer stop.Store(true)
	for range 2 {
		go func() {
			for !stop.Load() {
				spin(1000)
			}
		}()
	}
	p := pulse{elsewhere: true}
	require.True(t, guard(&p, func() { p.beat("decoding", nil); time.Sleep(8 * time.Second) }))
}

// Stacks are those of the process: this test has it to itself.
func TestNestingIsMeasured(t *testing.T) {
	depth := func(b []byte) int { return bytes.Count(b, []byte("[")) + bytes.Count(b, []byte(`"a":`)) }
	var recurse func(n int) int
	recurse = func(n int) int {
		if n == 0 {
			return 0
		}
		var room [32]byte
		return recurse(n-1) + int(room[n%32]) + 1
	}
	for why, row := range map[string]struct {
		key    Key
		decode func(n int)
	}{
		"recursion": {Key{Linear, "/ringproof", Recursion}, func(n int) { recurse(n) }},
		"a panic": {Key{NoPanic, "", "panic in fuzz.TestNestingIsMeasured.func4"}, func(n int) {
			if n >= 12_345 {
				panic("too deep")
			}
		}},
		"quadratic time": {Key{Linear, "/ringproof", Time}, func(n int) {
			for i := range n {
				spin(16 * i)
			}
		}},
		"a limit": {Key{}, func(n int) {
			if n < 10_000 {
				recurse(n)
			}
		}},
		"what is linear": {Key{}, func(int) {}},
	} {
		e := engine(t, Decoder(func(b []byte) (int, error) { row.decode(depth(b)); return 0, nil }))
		a := e.newAttempt(nil, smallestBody)
		require.True(t, guard(&a.pulse, func() { a.askStack(parse(smallestBody)) }), why)
		if row.key == (Key{}) {
			require.Empty(t, a.failures, why)
			continue
		}
		require.Len(t, a.failures, 1, why)
		require.Equal(t, row.key, a.failures[0].Key, why)
		if row.key.Oracle == NoPanic {
			require.Equal(t, 12_345, depth(a.failures[0].Body), "about the least depth")
		}
	}
}

var spun atomic.Int64

// spin takes CPU time.
func spin(n int) {
	x := 0
	for i := range n {
		x ^= i * n
	}
	spun.Store(int64(x))
}

func TestAllThatMayGrowIsAskedFor(t *testing.T) {
	t.Parallel()
	e, asked := engine(t, Decoder(keep)), map[string]int{}
	for i := range 4 * len(growths) {
		asked[e.leastGrown(growths, i*i).name]++
	}
	for _, g := range growths {
		require.Equal(t, 4, asked[g.name], g.name)
	}
}

// A body that shows what grows more than linearly is repeated with all that may grow.
func TestWhatIsNotLinearFailsAgain(t *testing.T) {
	t.Parallel()
	k := Key{Linear, "/ringproof", Allocation}
	f, again, err := engine(t, Decoder(quadratic).Encoder(same)).Again(k, nil, []byte(`{"message":{"type":"status-update","status":"queued"},"ringproof":[{"a":[]}]}`))
	require.NoError(t, err)
	require.True(t, again)
	require.Contains(t, f.Want, "objects in an array")
}

// Calibration and the report call a decoder as often as an exploration does.
func TestACalibrationAndAReportEnd(t *testing.T) {
	hurry(t)
	release := make(chan struct{})
	defer close(release)
	on := func(do func()) Codec[json.RawMessage] {
		return Decoder(func(b []byte) (json.RawMessage, error) {
			if strings.Contains(string(b), "forwarding") {
				do()
			}
			return keep(b)
		}).Encoder(same)
	}
	for does, row := range map[string]func(){
		"no-hang: decoding goes on, of the body {": func() { <-release }, "no-panic: the call ends its goroutine": runtime.Goexit,
	} {
		_, err := Calibrate(io.Discard, on(row))
		require.ErrorContains(t, err, does)
		_, err = Fidelity(context.Background(), on(row).Subject())
		require.ErrorContains(t, err, does)
	}
	_, err := Fidelity(context.Background(), on(func() { panic("forwarding") }).Subject())
	var b *Breakdown
	require.True(t, errors.As(err, &b))
	require.Equal(t, Breakdown{Crashed, "panic: forwarding"}, *b)
}

// A row for a deviation would waive that refusals of other things are told.
func TestARefusalOfSomethingElseIsNoDeviation(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("takes seconds, and a minute under the race detector")
	}
	t.Parallel()
	noneEnded := func(b []byte) (json.RawMessage, error) {
		if bytes.Contains(b, []byte(`"ended"`)) {
			return nil, errors.New("it ended")
		}
		return keep(b)
	}
	losses, err := Calibrate(io.Discard, Decoder(noneEnded).Encoder(same))
	require.Empty(t, losses)
	require.ErrorContains(t, err, "bodies are refused that the contract allows: it ended, of {")

	noTranscript := func(b []byte) (json.RawMessage, error) {
		if bytes.Contains(b, []byte(`"transcript"`)) {
			return nil, errors.New("a transcript")
		}
		return keep(b)
	}
	e := engine(t, Decoder(noTranscript).Encoder(same), Losses{{"deviation/timestamp-string", Refused}})
	list := e.RunBody([]byte(`{"message":{"type":"status-update","status":"forwarding","transcript":"","timestamp":"2026-04-07T16:48:29.753Z"}}`), true)
	require.Len(t, list, 1)
	require.Equal(t, Accepts, list[0].Oracle)
}
