//go:build race

package exam

const raceDetector = true
