//go:build !linux

package fuzz

import "time"

var start = time.Now()

// threadCPU is the time that has passed: this system's CPU time is not read. The lowest of
// several readings is used.
func threadCPU() time.Duration { return time.Since(start) }

// cpuOf is not known here, so that only a minute tells a call that hangs.
func cpuOf(int64) time.Duration { return 0 }

func threadID() int64 { return 0 }
