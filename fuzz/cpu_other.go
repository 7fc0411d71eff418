//go:build !linux

package fuzz

import "time"

var start = time.Now()

// processCPU is the time that has passed: this system's CPU time is not read.
func processCPU() time.Duration { return time.Since(start) }

// threadCPU is likewise; the lowest of several readings is used.
func threadCPU() time.Duration { return time.Since(start) }
