package input

import "sync"

// Ordered runs work on what produce yields, on several goroutines, and hands the
// results to consume in the order in which they were produced, each as soon as it
// and all before it are ready. At most twice as many as there are workers are
// under way. If consume returns an error, produce is stopped and the error
// returned.
func Ordered[T, R any](workers int, produce func(yield func(T) bool), work func(T) R, consume func(R) error) error {
	type job struct {
		in   T
		done chan R
	}
	queue := make(chan job, workers) // what the consumer waits for, in order
	todo := make(chan job)
	stop := make(chan struct{})

	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for j := range todo {
				j.done <- work(j.in)
			}
		})
	}
	running.Go(func() {
		defer close(queue)
		defer close(todo)
		produce(func(in T) bool {
			j := job{in, make(chan R, 1)}
			select {
			case queue <- j:
			case <-stop:
				return false
			}
			todo <- j
			return true
		})
	})

	var err error
	for j := range queue {
		if err != nil {
			continue
		}
		if err = consume(<-j.done); err != nil {
			close(stop)
		}
	}
	running.Wait()
	return err
}
