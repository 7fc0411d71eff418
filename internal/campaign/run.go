package campaign

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/ringproof/ringproof/fuzz"
	"github.com/ringproof/ringproof/internal/subject"
)

// Plan is what a campaign does.
type Plan struct {
	Terms
	Runs     int           // inputs; 0: until the time is over or the context ends
	Duration time.Duration // 0: no limit
	Jobs     int           // instances of the decoder, side by side
	Seed     uint64
	Folder   string // for failures
	Most     int    // failures after which there is nothing new to learn; 0: no limit
	// Report gets each failure once, with the name of its file.
	Report func(Found)
}

// Found is a failure, and where it was saved.
type Found struct {
	fuzz.Failure
	File string // empty: it could not be saved
}

// Campaign is a plan that is carried out.
type Campaign struct {
	plan   Plan
	engine *fuzz.Engine
	began  time.Time

	mu    sync.Mutex // of all below, and of began
	found []Found
	noise string
	took  *hdrhistogram.Histogram
	err   error // a failure could not be saved
}

// New checks a plan.
func New(p Plan) (*Campaign, error) {
	e, err := fuzz.NewEngine(nil, p.Options()...)
	if err != nil {
		return nil, err
	}
	return &Campaign{plan: p, engine: e}, nil
}

// Result is what became of a campaign.
type Result struct {
	Stats    fuzz.Stats
	Coverage fuzz.Coverage
	Found    []Found
	Noise    string                  // what the decoder wrote to standard error while it worked
	Latency  *hdrhistogram.Histogram // of answers, in microseconds; nil for a command
	Elapsed  time.Duration
	Busy     bool  // a failure is being looked into
	Gone     error // why there is no decoder to go on with, a [fuzz.ErrGone]; nil if there is
}

// SaveError says that a failure could not be saved. The result has it all the same.
type SaveError struct{ Err error }

func (e *SaveError) Error() string { return "a failure could not be saved: " + e.Err.Error() }
func (e *SaveError) Unwrap() error { return e.Err }

// Run carries the plan out. The error is a [*NotRunError], or a [*SaveError].
func (c *Campaign) Run(ctx context.Context) (Result, error) {
	c.mu.Lock()
	c.began = time.Now()
	c.mu.Unlock()
	if c.plan.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.plan.Duration)
		defer cancel()
	}
	instances, err := c.open(ctx)
	defer c.close(instances)
	if err != nil {
		return Result{}, err
	}
	subjects := make([]fuzz.Subject, len(instances))
	for i, s := range instances {
		subjects[i] = s
	}
	_, gone := c.engine.Explore(ctx, fuzz.Exploration{Seed: c.plan.Seed, Runs: c.plan.Runs, Subjects: subjects, Report: c.keep})
	c.close(instances)
	for _, s := range instances {
		c.add(s)
	}
	r := c.Now()
	r.Gone = gone
	return r, c.err
}

func (c *Campaign) open(ctx context.Context) (list []Instance, err error) {
	for range max(c.plan.Jobs, 1) {
		s, err := c.plan.Decoder.Open(ctx)
		if err != nil {
			return list, err
		}
		list = append(list, s)
	}
	if err := Greet(list[0]); err != nil {
		return list, &NotRunError{err}
	}
	if r, ok := list[0].(fuzz.Restarter); ok {
		r.Restart() // the greeting is no part of what failures may depend on
	}
	return list, nil
}

// close may be called again.
func (c *Campaign) close(list []Instance) {
	for _, s := range list {
		s.Close()
	}
}

// add notes what an instance knows of itself in the end.
func (c *Campaign) add(s Instance) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch s := s.(type) {
	case *subject.Exec:
		c.noise = cmp.Or(c.noise, s.Noise())
	case *subject.Endpoint:
		if c.took == nil {
			c.took = s.Latency()
		} else {
			c.took.Merge(s.Latency())
		}
	}
}

func (c *Campaign) keep(f fuzz.Failure) bool {
	name, err := c.plan.Save(c.plan.Folder, f)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		name, c.err = "", cmp.Or(c.err, error(&SaveError{err}))
	}
	if c.plan.Most > 0 && len(c.found) >= c.plan.Most {
		return false // another job was faster
	}
	found := Found{f, name}
	c.found = append(c.found, found)
	c.plan.Report(found)
	return c.plan.Most == 0 || len(c.found) < c.plan.Most
}

// Now is how far the campaign is.
func (c *Campaign) Now() Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Result{Stats: c.engine.Stats(), Coverage: c.engine.Coverage(), Found: slices.Clone(c.found), Noise: c.noise, Latency: c.took, Elapsed: time.Since(c.began), Busy: c.engine.Examining()}
}
