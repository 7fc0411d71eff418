package fuzz

import (
	"fmt"
	"strings"
)

// Stats counts what became of inputs.
type Stats struct {
	Executions int // bodies that the decoder got from inputs, those of oracles aside
	// Valid, Evolved, Faulty and Malformed are how many of them were so.
	Valid, Evolved, Faulty, Malformed int
	// Sound counts the inputs of valid operations only, SoundKept those of them whose
	// body has no error by the contract.
	Sound, SoundKept int
	Refused          int // by the decoder
	Broken           int // neither decoded nor refused: it panicked, or broke down
	Encoded          int // of which an encoding was seen
}

// Add adds up.
func (s *Stats) Add(o Stats) {
	s.Executions += o.Executions
	s.Valid += o.Valid
	s.Evolved += o.Evolved
	s.Faulty += o.Faulty
	s.Malformed += o.Malformed
	s.Sound += o.Sound
	s.SoundKept += o.SoundKept
	s.Refused += o.Refused
	s.Broken += o.Broken
	s.Encoded += o.Encoded
}

func (s Stats) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d inputs: %d valid, %d evolved, %d faulty, %d malformed; %d refused", s.Executions, s.Valid, s.Evolved, s.Faulty, s.Malformed, s.Refused)
	if s.Broken > 0 {
		fmt.Fprintf(&b, "; %d broke the decoder down", s.Broken)
	}
	if s.Sound > 0 {
		fmt.Fprintf(&b, "; of %d made by valid operations %.2f %% are valid by the contract", s.Sound, 100*float64(s.SoundKept)/float64(s.Sound))
	}
	return b.String()
}

func (e *Engine) count(a *attempt) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := &e.stats
	s.Executions++
	switch a.nature {
	case Valid:
		s.Valid++
	case Evolved:
		s.Evolved++
	case Faulty:
		s.Faulty++
	case Malformed:
		s.Malformed++
	}
	switch {
	case a.first.panicked != "":
		s.Broken++
	case a.first.err != nil:
		s.Refused++
	}
	if a.encoded != nil {
		s.Encoded++
	}
	if a.doc != nil && a.doc.sound {
		s.Sound++
		if a.judgement.sound() {
			s.SoundKept++
		}
	}
}

// Stats are the counts so far.
func (e *Engine) Stats() Stats {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stats
}
