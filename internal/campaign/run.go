package campaign

import (
	"context"
	"sync"
	"time"

	"github.com/ringproof/ringproof/fuzz"
)

// Plan is what a campaign does.
type Plan struct {
	Terms
	Runs     int           // inputs; 0: until the time is over or the context ends
	Duration time.Duration // 0: no limit
	Jobs     int           // instances of the decoder, side by side
	Seed     uint64
	Folder   string // for failures
	// Report gets each failure once, with the name of its file.
	Report func(Found)
}

// Found is a failure, and where it was saved.
type Found struct {
	fuzz.Failure
	File string
}

// Campaign is a plan that is carried out.
type Campaign struct {
	plan   Plan
	engine *fuzz.Engine
	began  time.Time

	mu    sync.Mutex
	found []Found
	noise string
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
	Noise    string // what the decoder wrote to standard error while it worked
	Elapsed  time.Duration
}

// Run carries the plan out. The error is a [*NotRunError], or says that a failure could
// not be saved.
func (c *Campaign) Run(ctx context.Context) (Result, error) {
	c.began = time.Now()
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
	c.engine.Explore(ctx, fuzz.Exploration{Seed: c.plan.Seed, Runs: c.plan.Runs, Subjects: subjects, Report: c.keep})
	c.close(instances)
	r := c.Now()
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
		if n, ok := s.(interface{ Noise() string }); ok && c.noise == "" {
			c.noise = n.Noise()
		}
	}
}

func (c *Campaign) keep(f fuzz.Failure) bool {
	name, err := c.plan.Save(c.plan.Folder, f)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.err = err
		return false
	}
	found := Found{f, name}
	c.found = append(c.found, found)
	c.plan.Report(found)
	return true
}

// Now is how far the campaign is.
func (c *Campaign) Now() Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Result{c.engine.Stats(), c.engine.Coverage(), c.found, c.noise, time.Since(c.began)}
}
