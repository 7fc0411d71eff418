// Package campaign runs package fuzz over a decoder that is somewhere else: it knows how
// to reach it, keeps its failures in files, and tries them again.
package campaign

import (
	"context"
	"errors"
	"time"

	"github.com/ringproof/ringproof/fuzz"
	"github.com/ringproof/ringproof/internal/subject"
)

// Decoder says where a decoder is. It stands in the file of each failure.
type Decoder struct {
	Exec    string `json:"exec,omitempty"`    // a command line
	Restart int    `json:"restart,omitempty"` // of the process, after so many bodies
	Timeout int64  `json:"timeout_ms"`        // of one answer
}

// Instance is a decoder that was reached.
type Instance interface {
	fuzz.Subject
	Close()
}

// Open returns an instance of the decoder, for one goroutine at a time. The context
// ends it.
func (d Decoder) Open(ctx context.Context) (Instance, error) {
	if d.Exec == "" {
		return nil, errors.New("it is not said where the decoder is")
	}
	return subject.NewExec(ctx, subject.ExecOptions{Line: d.Exec, Timeout: time.Duration(d.Timeout) * time.Millisecond, Restart: d.Restart}), nil
}

// Options are those of an engine for a decoder that is not in this process: memory, time
// and stack are not its own, and there is no Go value to probe.
func Options(more ...fuzz.Option) []fuzz.Option {
	return append([]fuzz.Option{fuzz.Without(fuzz.Linear, fuzz.Probes)}, more...)
}

// hellos are what an instance is greeted with: a decoder that answers one of them works.
var hellos = []string{`{"message":{"type":"status-update","status":"queued"}}`, `null`}

// Greet says why a decoder answers nothing at all; nil if it does.
func Greet(s fuzz.Subject) error {
	var first error
	for _, hello := range hellos {
		_, err := s.Decode([]byte(hello))
		var broken *fuzz.Breakdown
		if errors.Is(err, fuzz.ErrStopped) || !errors.As(err, &broken) {
			return nil
		}
		if first == nil {
			first = errors.New(broken.Detail)
		}
	}
	return first
}
