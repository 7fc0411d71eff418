package delivery

import (
	"context"
	"time"
)

// Clock is where every wait of this package and every time it reports comes from.
// The limits that the network itself keeps (a socket's deadline) are real time,
// because the kernel knows no other.
type Clock interface {
	Now() time.Time
	// Sleep waits for d. It returns early, with the context's error, if that ends first.
	Sleep(ctx context.Context, d time.Duration) error
}

// SystemClock returns the machine's own clock.
func SystemClock() Clock { return systemClock{} }

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
