// Package child asks a decoder that runs as a process of its own: one line of base64
// in, one line out. It tells apart the ways in which that can go wrong, bounds what a
// process may write, and leaves nothing of it behind.
package child

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/ringproof/ringproof/internal/group"
)

// Options are what a child is started with.
type Options struct {
	Line    string        // of the system's shell
	Timeout time.Duration // of one answer
	MaxLine int           // bytes of one answer, without its end; 0: 64 MiB
}

// Trouble is the way in which a child did not answer.
type Trouble int

// The troubles.
const (
	Ended   Trouble = iota + 1 // the process has ended
	Silent                     // it reads, but does not answer
	Deaf                       // it does not read, or has closed its standard input
	Garbled                    // what it wrote is no answer, or nobody asked
	Stopped                    // it was stopped from here
)

// Error says that a child did not answer, and why. The child is of no use any more.
type Error struct {
	Trouble Trouble
	Detail  string
	Stderr  string // the end of what the child wrote there
}

func (e *Error) Error() string {
	if e.Stderr == "" {
		return e.Detail
	}
	return e.Detail + "; on standard error: " + e.Stderr
}

// Answer is what a child says of a body.
type Answer struct {
	Refused  string // why; meaningful if OK is false
	OK       bool   // the body was decoded
	Encoding []byte // of what was decoded; nil if the child has no encoder
}

// Child is a process that was started. One goroutine at a time may use it.
type Child struct {
	options Options
	command *exec.Cmd
	in      *os.File
	out     *os.File
	lines   *bufio.Reader
	stderr  *group.Tail
	done    chan struct{} // closed when the process has ended
	err     error         // how; set before done is closed
	release func() bool   // of the context
	stop    sync.Once
	wire    []byte
}

const (
	// settle is how long a process may take to end after it has closed its streams,
	// so that the way in which it ended is known.
	settle = time.Second
	// drain is how long output is read after the process has ended.
	drain = 200 * time.Millisecond
)

// Start runs the command line in a process group of its own. The group is killed when
// the context ends. The error says that there is no shell.
func Start(ctx context.Context, o Options) (*Child, error) {
	if o.MaxLine == 0 {
		o.MaxLine = 64 << 20
	}
	c := &Child{options: o, command: group.Shell(o.Line), stderr: &group.Tail{}, done: make(chan struct{})}
	c.command.Stderr, c.command.WaitDelay = c.stderr, drain
	stdin, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, stdout, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, in.Close(), stdin.Close())
	}
	c.in, c.out = in, out
	c.command.Stdin, c.command.Stdout = stdin, stdout
	err = c.command.Start()
	_, _ = stdin.Close(), stdout.Close()
	if err != nil {
		return nil, errors.Join(err, c.in.Close(), c.out.Close())
	}
	c.lines = bufio.NewReaderSize(c.out, 64<<10)
	go func() {
		c.err = c.command.Wait()
		close(c.done)
	}()
	c.release = context.AfterFunc(ctx, func() { group.Kill(c.command) })
	return c, nil
}

// Stop ends the process and what it has started. A process that waits for its next
// line may end by itself first, if it does so soon.
func (c *Child) Stop() {
	c.stop.Do(func() {
		c.release()
		_ = c.in.Close()
		select {
		case <-c.done:
		case <-time.After(settle):
		}
		group.Kill(c.command)
		_ = c.out.Close()
		<-c.done
	})
}

// Kill ends it at once.
func (c *Child) Kill() {
	group.Kill(c.command)
	c.Stop()
}

// Stderr is the end of what the child has written there so far.
func (c *Child) Stderr() string { return c.stderr.String() }

// Ask sends a body and waits for the answer. The error is an [*Error]; then the child
// has been killed.
func (c *Child) Ask(ctx context.Context, body []byte) (Answer, error) {
	a, err := c.ask(body)
	if err == nil {
		return a, nil
	}
	if ctx.Err() != nil {
		err.Trouble = Stopped
	}
	c.Kill()
	err.Stderr = c.Stderr()
	return Answer{}, err
}

// Quiet waits for a moment and says whether the child has written anything that nobody
// asked for. The error is an [*Error]; then the child has been killed.
func (c *Child) Quiet(moment time.Duration) error {
	time.Sleep(moment)
	err := c.unasked()
	if err == nil {
		return nil
	}
	c.Kill()
	err.Stderr = c.Stderr()
	return err
}

func (c *Child) ask(body []byte) (Answer, *Error) {
	if err := c.unasked(); err != nil {
		return Answer{}, err
	}
	c.wire = base64.StdEncoding.AppendEncode(c.wire[:0], body)
	c.wire = append(c.wire, '\n')
	end := time.Now().Add(c.options.Timeout)
	_ = c.in.SetWriteDeadline(end)
	if _, err := c.in.Write(c.wire); err != nil {
		return Answer{}, c.notRead(err)
	}
	_ = c.out.SetReadDeadline(end)
	line, err := c.line()
	switch {
	case errors.Is(err, errLong):
		return Answer{}, &Error{Trouble: Garbled, Detail: fmt.Sprintf("its answer has more than %d bytes, without an end", c.options.MaxLine)}
	case errors.Is(err, os.ErrDeadlineExceeded) && unread(c.in) > 0:
		return Answer{}, &Error{Trouble: Deaf, Detail: fmt.Sprintf("it has not read its input for %v", c.options.Timeout)}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Answer{}, &Error{Trouble: Silent, Detail: fmt.Sprintf("no answer within %v", c.options.Timeout) + begun(line)}
	case err != nil:
		return Answer{}, c.closed("standard output", line)
	}
	return parse(line)
}

func begun(line []byte) string {
	if len(line) == 0 {
		return ""
	}
	return ", save for the beginning of a line: " + shown(line)
}

// unasked says that something was written before the child was asked.
func (c *Child) unasked() *Error {
	if c.lines.Buffered() == 0 {
		// A deadline that is over makes the read fail at once if there is nothing.
		if unread(c.out) == 0 {
			return nil
		}
		_ = c.out.SetReadDeadline(time.Now().Add(settle))
		_, _ = c.lines.Peek(1)
	}
	text, _ := c.lines.Peek(c.lines.Buffered())
	return &Error{Trouble: Garbled, Detail: "it wrote without being asked: " + shown(text)}
}

// notRead is why a line could not be written.
func (c *Child) notRead(err error) *Error {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return c.closed("standard input", nil)
	}
	if unread(c.out) > 0 {
		_ = c.out.SetReadDeadline(time.Now().Add(settle))
		text, _ := c.lines.Peek(100)
		return &Error{Trouble: Garbled, Detail: "it does not read, but writes without being asked: " + shown(text)}
	}
	return &Error{Trouble: Deaf, Detail: fmt.Sprintf("it has not read its input for %v", c.options.Timeout)}
}

// closed is why a stream is closed: the process has ended, or it has closed that alone.
func (c *Child) closed(stream string, line []byte) *Error {
	select {
	case <-c.done:
		detail := "the process ended with exit code 0"
		if c.err != nil && !errors.Is(c.err, exec.ErrWaitDelay) {
			detail = "the process ended: " + c.err.Error()
		}
		return &Error{Trouble: Ended, Detail: detail + begun(line)}
	case <-time.After(settle):
	}
	if stream == "standard input" {
		return &Error{Trouble: Deaf, Detail: "it has closed its standard input, and runs on"}
	}
	return &Error{Trouble: Garbled, Detail: "it has closed its standard output, and runs on"}
}

var errLong = errors.New("long")

// line reads a line, without its end.
func (c *Child) line() ([]byte, error) {
	var long []byte
	for {
		part, err := c.lines.ReadSlice('\n')
		if err == nil && long == nil {
			return part, nil
		}
		long = append(long, part...)
		switch {
		case err == nil:
			return long, nil
		case len(long) > c.options.MaxLine:
			return long, errLong
		case !errors.Is(err, bufio.ErrBufferFull):
			return long, err
		}
	}
}

// parse reads an answer: + and base64, - and a text, or + alone.
func parse(line []byte) (Answer, *Error) {
	line = bytes.TrimRight(line, "\r\n")
	switch {
	case len(line) == 0:
		return Answer{}, &Error{Trouble: Garbled, Detail: "an empty line, which is no answer"}
	case line[0] == '-':
		return Answer{Refused: strings.TrimSpace(string(line[1:]))}, nil
	case line[0] != '+':
		return Answer{}, &Error{Trouble: Garbled, Detail: "an answer begins with + or -, this one is " + shown(line)}
	case len(line) == 1:
		return Answer{OK: true}, nil
	}
	encoding, err := base64.StdEncoding.AppendDecode(make([]byte, 0, base64.StdEncoding.DecodedLen(len(line))), line[1:])
	if err != nil {
		return Answer{}, &Error{Trouble: Garbled, Detail: "what follows + is no base64 (RFC 4648, section 4): " + shown(line)}
	}
	return Answer{OK: true, Encoding: encoding}, nil
}

// shown is the beginning of what a child wrote, in quotes.
func shown(text []byte) string {
	const most = 80
	if len(text) > most {
		return fmt.Sprintf("%q...", text[:most])
	}
	return fmt.Sprintf("%q", text)
}
