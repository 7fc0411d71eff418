// Package subject has decoders for package fuzz that are not in this process: behind
// a command, or behind a URL.
package subject

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ringproof/ringproof/fuzz"
	"github.com/ringproof/ringproof/internal/child"
)

// ExecOptions say how a command is run.
type ExecOptions struct {
	Line    string        // of the system's shell
	Timeout time.Duration // of one answer
	Restart int           // after how many bodies the process is started anew; 0: never
}

// Exec is a decoder that runs as a process, see package child. One goroutine at a time
// may use it.
type Exec struct {
	ctx     context.Context
	options ExecOptions
	child   *child.Child
	asked   int // since it was started
	past    [][]byte
	noise   string // the first that was seen on standard error
	encodes bool   // an encoding was seen
}

// mostPast bounds the bodies that are kept, to be tried again.
const mostPast = 1 << 10

// NewExec starts nothing yet. The context ends the process, and all questions.
func NewExec(ctx context.Context, o ExecOptions) *Exec { return &Exec{ctx: ctx, options: o} }

var breakdowns = map[child.Trouble]fuzz.Class{
	child.Ended: fuzz.Crashed, child.Silent: fuzz.Endless, child.Deaf: fuzz.Deaf, child.Garbled: fuzz.Garbled,
}

// Decode asks the process, which is started if need be.
func (x *Exec) Decode(body []byte) (fuzz.Decoded, error) {
	if x.ctx.Err() != nil {
		return nil, fuzz.ErrStopped
	}
	if x.options.Restart > 0 && x.asked >= x.options.Restart {
		x.Restart()
	}
	if x.child == nil {
		if err := x.start(); err != nil {
			return nil, err
		}
	}
	x.remember(body)
	a, err := x.child.Ask(x.ctx, body)
	var e *child.Error
	switch {
	case errors.As(err, &e) && e.Trouble == child.Stopped:
		x.child = nil
		return nil, fuzz.ErrStopped
	case errors.As(err, &e):
		x.child = nil
		return nil, &fuzz.Breakdown{Class: breakdowns[e.Trouble], Detail: e.Error()}
	case !a.OK:
		return nil, errors.New(a.Refused)
	case a.Encoding == nil && x.encodes:
		return nil, withoutEncoding("+ alone")
	}
	x.encodes = a.Encoding != nil
	return answer(a.Encoding), nil
}

// withoutEncoding is the breakdown of a decoder that has encoded others. What it has
// decoded may be anything then.
func withoutEncoding(what string) *fuzz.Breakdown {
	return &fuzz.Breakdown{Class: fuzz.Garbled, Detail: what + ": no encoding, though there was one for other bodies"}
}

// Quiet says, after a moment, whether the process has written more than it was asked
// for: one that answers each line twice may be found out by that only.
func (x *Exec) Quiet(moment time.Duration) error {
	if x.child == nil {
		return nil
	}
	var e *child.Error
	if errors.As(x.child.Quiet(moment), &e) {
		x.child = nil
		return &fuzz.Breakdown{Class: fuzz.Garbled, Detail: e.Error()}
	}
	return nil
}

func (x *Exec) start() error {
	c, err := child.Start(x.ctx, child.Options{Line: x.options.Line, Timeout: x.options.Timeout})
	if err != nil {
		return &fuzz.Breakdown{Class: fuzz.Crashed, Detail: "it could not be started: " + err.Error()}
	}
	x.child, x.asked, x.past = c, 0, nil
	return nil
}

func (x *Exec) remember(body []byte) {
	x.asked++
	if len(x.past) == mostPast {
		x.past = append(x.past[:0], x.past[mostPast/2:]...)
	}
	x.past = append(x.past, slices.Clone(body))
}

// Restart ends the process; the next body starts another.
func (x *Exec) Restart() {
	if x.child != nil {
		x.child.Stop()
		x.hear()
	}
	x.child, x.asked = nil, 0
}

// Limit sets how long one answer may take, of a process that is started for it.
func (x *Exec) Limit(d time.Duration) (was time.Duration) {
	x.Restart()
	was, x.options.Timeout = x.options.Timeout, d
	return was
}

// Past are the last bodies of the process that runs, or ran last.
func (x *Exec) Past() [][]byte { return x.past }

// Close ends the process.
func (x *Exec) Close() { x.Restart() }

func (x *Exec) hear() {
	if x.noise == "" {
		x.noise = x.child.Stderr()
	}
}

// Noise is what the process has written to standard error while it answered as it
// should; empty if it has not. It is known once a process has ended.
func (x *Exec) Noise() string { return x.noise }

// answer is an encoding that came from elsewhere; nil if there is no encoder.
type answer []byte

func (a answer) Encode() ([]byte, error) {
	if a == nil {
		return nil, fuzz.ErrNoEncoder
	}
	return a, nil
}

func (answer) Value() any { return nil }
