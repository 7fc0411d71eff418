package fuzz

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadCPU is the CPU time that the calling thread has taken.
func threadCPU() time.Duration { return clock(unix.CLOCK_THREAD_CPUTIME_ID) }

// threadID is the calling thread, for cpuOf.
func threadID() int64 { return int64(unix.Gettid()) }

// cpuOf is the CPU time that a thread of this process has taken. Its clock is what
// pthread_getcpuclockid returns.
func cpuOf(thread int64) time.Duration {
	const perThread, scheduled = 4, 2
	return clock(^int32(thread)<<3 | perThread | scheduled)
}

func clock(id int32) time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(id, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
