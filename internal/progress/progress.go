// Package progress tells on standard error how far a long run is: a bar on a
// terminal, elsewhere a plain line now and then.
package progress

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// Meter tells how far a run is. Its methods may be called from any goroutine.
type Meter struct {
	done  atomic.Int64
	total int64
	stop  func()
	above *mpb.Progress // the bar, if there is one
}

// interval is the time between plain lines: a run that is over sooner writes none.
const interval = 10 * time.Second

// Start shows a count on w until Stop is called. unit is what is counted, in the
// plural; total is how many there will be, 0 if nobody knows. A nil w shows
// nothing.
func Start(w io.Writer, terminal bool, unit string, total int) *Meter {
	m := &Meter{total: int64(total), stop: func() {}}
	count := func(more string) func() string {
		return func() string {
			if m.total == 0 {
				return fmt.Sprintf("%d %s%s", m.done.Load(), unit, more)
			}
			return fmt.Sprintf("%d of %d %s", m.done.Load(), m.total, unit)
		}
	}
	m.show(w, terminal, count(""), count(" so far"))
	return m
}

// StartStatus shows a text on w until Stop is called: one line, which status makes
// anew whenever it is shown. It is called by one goroutine at a time, and must not
// block. A nil w shows nothing.
func StartStatus(w io.Writer, terminal bool, status func() string) *Meter {
	m := &Meter{stop: func() {}}
	m.show(w, terminal, status, status)
	return m
}

// show shows beside at a bar, or line on lines.
func (m *Meter) show(w io.Writer, terminal bool, beside, line func() string) {
	switch {
	case w == nil:
	case terminal:
		m.bar(w, beside)
	default:
		m.stop = every(interval, func() { fmt.Fprintln(w, line()) })
	}
}

// Add counts n more.
func (m *Meter) Add(n int) { m.done.Add(int64(n)) }

// Stop clears the bar. No more must be counted after it.
func (m *Meter) Stop() { m.stop() }

// Above returns a writer for what goes to the same terminal as the bar: it writes
// above it. Without a bar that is w itself.
func (m *Meter) Above(w io.Writer) io.Writer {
	if m.above == nil {
		return w
	}
	return aboveBar{m.above, w}
}

type aboveBar struct {
	bar *mpb.Progress
	w   io.Writer
}

func (a aboveBar) Write(b []byte) (int, error) {
	n, err := a.bar.Write(b)
	if errors.Is(err, mpb.ErrDone) {
		return a.w.Write(b)
	}
	return n, err
}

const (
	refresh = 120 * time.Millisecond // between two pictures of the bar
	spinner = 3                      // columns; the text beside it needs the others
)

func (m *Meter) bar(w io.Writer, text func() string) {
	p := mpb.New(mpb.WithOutput(w), mpb.WithWidth(40), mpb.WithRefreshRate(refresh), mpb.WithAutoRefresh())
	m.above = p
	beside := mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return " " + text() }))
	var bar *mpb.Bar
	if m.total == 0 {
		bar = p.New(0, mpb.SpinnerStyle(), beside, mpb.BarRemoveOnComplete(), mpb.BarWidth(spinner))
	} else {
		bar = p.New(m.total, mpb.BarStyle(), beside, mpb.BarRemoveOnComplete())
	}
	ticks := every(refresh, func() { bar.SetCurrent(m.done.Load()) })
	m.stop = func() {
		ticks()
		bar.Abort(true)
		p.Wait()
	}
}

// every calls f at each interval until the function that it returns is called.
func every(d time.Duration, f func()) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	t := time.NewTicker(d)
	go func() {
		defer close(done)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				f()
			case <-quit:
				return
			}
		}
	}()
	return func() { close(quit); <-done }
}
