// Package fuzz holds native fuzz targets for ringproof's own decoder; run them
// with make fuzz-smoke.
package fuzz
