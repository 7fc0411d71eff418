// Package launch runs a command beside a check, with all the processes that it
// starts: it waits until the command is ready, says why it ended if it did, and leaves
// nothing of it behind.
package launch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"time"

	"github.com/ringproof/ringproof/internal/group"
)

const (
	// grace is how long the processes may take to end when they are asked to.
	grace = 5 * time.Second
	// drain is how long output is read after the command has ended: what it has left
	// behind may hold the pipe open.
	drain = 500 * time.Millisecond
)

// Process is a command that was started. Stop it in the end.
type Process struct {
	command *exec.Cmd
	tail    *group.Tail
	done    chan struct{} // closed when the command has ended
	err     error         // from Wait; set before done is closed
	stop    sync.Once
}

// Start runs a command line of the system's shell in a process group of its own,
// without standard input. What it writes goes to out as well, unless that is nil. The
// error says that the shell could not be started.
func Start(line string, out io.Writer) (*Process, error) {
	p := &Process{command: group.Shell(line), tail: &group.Tail{Also: out}, done: make(chan struct{})}
	p.command.Stdout, p.command.Stderr, p.command.WaitDelay = p.tail, p.tail, drain
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.command.Wait()
		if errors.Is(p.err, exec.ErrWaitDelay) {
			p.err = nil // it ended well; what it left behind still writes
		}
		close(p.done)
	}()
	return p, nil
}

// EndedError says that a command has ended that was to run on.
type EndedError struct {
	Cause  error  // how it ended; nil if with exit code 0
	Output string // the end of what it wrote
}

func (e *EndedError) Error() string {
	text := "the command has ended, with exit code 0"
	if e.Cause != nil {
		text = "the command has ended: " + e.Cause.Error()
	}
	if e.Output != "" {
		text += "; it said: " + e.Output
	}
	return text
}

func (e *EndedError) Unwrap() error { return e.Cause }

// Err is nil while the command runs, and an [*EndedError] once it has ended.
func (p *Process) Err() error {
	select {
	case <-p.done:
		return &EndedError{Cause: p.err, Output: p.tail.String()}
	default:
		return nil
	}
}

// Stop ends the command and what it has started: it asks all of them, and kills after
// a few seconds those that are still there. Stop may be called again.
func (p *Process) Stop() {
	p.stop.Do(func() {
		group.Terminate(p.command)
		for end := time.Now().Add(grace); group.Alive(p.command) && time.Now().Before(end); {
			time.Sleep(10 * time.Millisecond)
		}
		group.Kill(p.command)
		<-p.done
	})
}

// Ready waits until probe returns nil, at most for limit. Its error is an
// [*EndedError] if the command ended before that, or says what probe said last.
func (p *Process) Ready(ctx context.Context, limit time.Duration, probe func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		last := probe(ctx)
		if err := p.Err(); err != nil {
			return err
		}
		if last == nil {
			return nil
		}
		select {
		case <-p.done:
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return ctx.Err()
			}
			return fmt.Errorf("it was not ready after %v: %w", limit, last)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Answers is a probe for [Process.Ready]: the URL answers, with anything below 500.
func Answers(client *http.Client, url string) func(context.Context) error {
	return func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		answer, err := client.Do(r)
		if err != nil {
			return err
		}
		_, _ = io.CopyN(io.Discard, answer.Body, 4<<10)
		_ = answer.Body.Close()
		if answer.StatusCode >= 500 {
			return fmt.Errorf("it answered %d", answer.StatusCode)
		}
		return nil
	}
}

// Listens is a probe for [Process.Ready]: something accepts connections at the address.
func Listens(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		var d net.Dialer
		c, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return c.Close()
	}
}
