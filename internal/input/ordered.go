package input

import "context"

// Ordered runs work on what produce yields, on several goroutines, and hands the
// results to consume in the order in which they were produced, each as soon as it
// and all before it are ready. At most ten times as many as there are workers
// are under way: enough that a slow one does not leave the others idle.
//
// It returns the error of consume, or of the context if that is cancelled. Then it
// does not wait for a produce that is blocked, on a terminal perhaps: yield returns
// false to it whenever it comes back.
func Ordered[T, R any](ctx context.Context, workers int, produce func(yield func(T) bool), work func(T) R, consume func(R) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type job struct {
		in   T
		done chan R
	}
	queue := make(chan job, 8*workers) // what the consumer waits for, in order
	todo := make(chan job, 8*workers)
	for range workers {
		go func() {
			for j := range todo {
				j.done <- work(j.in)
			}
		}()
	}
	go func() {
		defer close(queue)
		defer close(todo)
		produce(func(in T) bool {
			j := job{in, make(chan R, 1)}
			return send(ctx, queue, j) && send(ctx, todo, j)
		})
	}()
	for {
		j, ok, err := receive(ctx, queue)
		if !ok {
			return err
		}
		r, ok, err := receive(ctx, j.done)
		if !ok {
			return err
		}
		if err := consume(r); err != nil {
			return err
		}
	}
}

func send[T any](ctx context.Context, c chan<- T, v T) bool {
	select {
	case c <- v:
		return true
	case <-ctx.Done():
		return false
	}
}

// receive returns false if the channel is closed or the context cancelled.
func receive[T any](ctx context.Context, c <-chan T) (v T, ok bool, err error) {
	select {
	case v, ok = <-c:
		return v, ok, nil
	case <-ctx.Done():
		return v, false, ctx.Err()
	}
}
