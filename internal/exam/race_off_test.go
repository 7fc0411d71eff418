//go:build !race

package exam

const raceDetector = false
