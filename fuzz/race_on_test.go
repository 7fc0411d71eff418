//go:build race

package fuzz

const raceDetector = true
