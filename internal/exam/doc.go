// Package exam holds broken decoders, a few lines each, and correct ones, to examine
// package fuzz with: every broken one must be found out by the oracle that names its
// defect, and no correct one accused. make exam runs all of it and writes docs/exam.md.
package exam
