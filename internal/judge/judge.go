// Package judge runs a validator over everything that an input names, on all
// cores, and hands the verdicts to renderers in the order of the input.
package judge

import (
	"cmp"
	"context"
	"errors"

	"github.com/ringproof/ringproof/internal/ignore"
	"github.com/ringproof/ringproof/internal/input"
	"github.com/ringproof/ringproof/internal/report"
	"github.com/ringproof/ringproof/schema"
)

// Run is one run over some sources.
type Run struct {
	Validator *schema.Validator
	Sources   []input.Source
	Ignore    *ignore.List // nil: nothing is waived
	Renderers []report.Renderer
	Workers   int
	Judged    func()          // called after each payload; may be nil
	Finished  func()          // called before the summary is written; may be nil
	Unread    func(err error) // called for each source that could not be read
	Summary   report.Summary

	// Findings that are not waived, where somebody wants to waive them.
	Keep bool
	Kept []ignore.Row
}

// item is a payload to judge, or why a source gave no more.
type item struct {
	payload input.Payload
	err     error
}

type verdict struct {
	item
	report schema.Report
	broken error // the validator could not run
}

// ErrInterrupted says that the context was cancelled before the input ended. What
// was judged until then has been rendered.
var ErrInterrupted = errors.New("interrupted: the input was not read to its end")

// Do judges every payload and closes the renderers. The error says that the
// validator could not run, or a renderer could not write.
func (r *Run) Do(ctx context.Context) error {
	err := input.Ordered(ctx, r.Workers, func(yield func(item) bool) { r.produce(ctx, yield) }, r.work, r.consume)
	if r.Finished != nil {
		r.Finished()
	}
	if err != nil && ctx.Err() != nil {
		err = ErrInterrupted
		r.Summary.Unread++ // at least the one at hand
	}
	for _, out := range r.Renderers {
		err = cmp.Or(err, out.Close(&r.Summary))
	}
	return err
}

func (r *Run) produce(ctx context.Context, yield func(item) bool) {
	for _, s := range r.Sources {
		more := true
		err := s.Read(r.Validator.MaxBytes(), func(p input.Payload) bool {
			more = ctx.Err() == nil && yield(item{payload: p})
			return more
		})
		if err != nil {
			more = yield(item{err: err})
		}
		if !more {
			return
		}
	}
}

func (r *Run) work(i item) verdict {
	v := verdict{item: i}
	if i.err == nil {
		v.report, v.broken = r.Validator.Validate(i.payload.Data)
		v.report.MoveTo(i.payload.Line, i.payload.Column)
	}
	return v
}

func (r *Run) consume(v verdict) error {
	switch {
	case v.broken != nil:
		return v.broken
	case v.err != nil:
		r.Summary.Unread++
		r.Unread(v.err)
		return nil
	}
	if r.Ignore != nil {
		r.Summary.Waived += r.Ignore.Apply(v.payload.File, &v.report)
	}
	if r.Keep {
		r.keep(&v)
	}
	r.Summary.Add(&v.report)
	p := report.Payload{File: v.payload.File, Index: v.payload.Index, Data: v.payload.Data, Report: v.report}
	for _, out := range r.Renderers {
		if err := out.Payload(&p); err != nil {
			return err
		}
	}
	if r.Judged != nil {
		r.Judged()
	}
	return nil
}

// keep makes rows of the findings that fail a run: notes are not worth a row.
func (r *Run) keep(v *verdict) {
	for i := range v.report.Findings {
		if f := &v.report.Findings[i]; f.Severity.AtLeast(schema.Warning) {
			r.Kept = append(r.Kept, ignore.RowOf(v.payload.File, f))
		}
	}
}
