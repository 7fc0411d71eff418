package fuzz

import (
	"errors"
	"fmt"
	"slices"
)

// Oracle is one thing that must hold of a decoder.
type Oracle string

// The oracles. All but Refuses and Differential are on by default; each can be
// switched off with [Without], and [Only] leaves only those that it names.
const (
	// NoPanic: decoding and encoding end in a value or an error, not in a panic or the
	// end of their goroutine.
	NoPanic Oracle = "no-panic"
	// NoHang: they end at all. A call hangs if the process takes 5 seconds of CPU time
	// during it, in at least as many ticks of a second, or if it takes a minute of ticks: a
	// paused machine is no evidence.
	NoHang Oracle = "no-hang"
	// Protocol: a decoder in another process answers by the rules, once for each body.
	Protocol Oracle = "protocol"
	// Linear: allocated bytes, CPU time and stack grow about linearly with the body.
	// Three bodies, each twice as long as the one before, are measured, and what
	// looks wrong is measured twice again.
	Linear Oracle = "linear"
	// Deterministic: the same body decodes to the same value, whatever came before.
	Deterministic Oracle = "deterministic"
	// NoAlias: what was decoded does not change when the input's bytes do, or when
	// the next body is decoded; and decoding leaves the input's bytes as they are, for
	// whoever checks the signature of them.
	NoAlias Oracle = "no-alias"
	// Reencoded: what was decoded is encoded to something that the contract takes,
	// and the decoder itself. What a waived loss explains is allowed.
	Reencoded Oracle = "reencoded"
	// Stable: to decode the encoding and to encode it again changes nothing.
	Stable Oracle = "stable"
	// Lossless: the encoding means what the body means, up to the declared [Losses].
	Lossless Oracle = "lossless"
	// Accepts: a body without an error by the contract, in profile live, is decoded.
	// Without it, a decoder may refuse members that it does not know.
	Accepts Oracle = "accepts"
	// Refuses: a body with an error is not. It is on with [Strict].
	Refuses Oracle = "refuses"
	// Probes: what a [Probe] reads is what a plain reading of the body says.
	Probes Oracle = "probes"
	// Metamorphic: the order of members, white space, escapes and unknown members
	// change no probe, and nothing of the encoding.
	Metamorphic Oracle = "metamorphic"
	// Differential: a second decoder takes and refuses the same bodies, and encodes
	// them to the same. It is on with [Against].
	Differential Oracle = "differential"
)

// Oracles are all oracles, in the order in which their failures are listed.
var Oracles = []Oracle{NoPanic, NoHang, Protocol, Accepts, Refuses, NoAlias, Deterministic, Probes, Lossless, Reencoded, Stable, Metamorphic, Differential, Linear}

// settings are what options set.
type settings struct {
	off     map[Oracle]bool // what comes of the options together, see oracles
	without []Oracle
	only    []Oracle // nil: all
	losses  Losses
	probes  []probe
	against Subject
	strict  []string // rules whose breach must be refused; empty: all
	refuses bool     // see Strict

	thorough  bool // see thoroughly
	elsewhere bool // see Elsewhere
}

// Option changes what is asked of a decoder. The order of options does not matter.
type Option interface{ apply(*settings) error }

type optionFunc func(*settings) error

func (f optionFunc) apply(s *settings) error { return f(s) }

// Without switches oracles off.
func Without(oracles ...Oracle) Option {
	return optionFunc(func(s *settings) error {
		s.without = append(s.without, oracles...)
		return known(oracles)
	})
}

// Only switches all other oracles off, whatever else switches one on.
func Only(oracles ...Oracle) Option {
	return optionFunc(func(s *settings) error {
		if len(oracles) == 0 {
			return fmt.Errorf("fuzz: Only names no oracle; there are %v", Oracles)
		}
		s.only = append(s.only, oracles...)
		return known(oracles)
	})
}

func known(oracles []Oracle) error {
	for _, o := range oracles {
		if !slices.Contains(Oracles, o) {
			return fmt.Errorf("fuzz: unknown oracle %q; there are %v", o, Oracles)
		}
	}
	return nil
}

// Strict demands that the decoder refuses what has an error by the contract, in
// profile live: broken JSON, members that are there twice or differ from a known one
// by case folding only, wrong types, bounds, and so on. With rules, only errors of
// these count, each named in full or by how it begins: Strict("json/") is for a
// decoder that is strict about JSON and open about content. What is sound JSON must be
// named in full then: json/confusable-member, and the limits of the validator, json/depth,
// json/number and json/size. encoding/json on a struct is neither strict about JSON nor
// about content.
func Strict(rules ...string) Option {
	return optionFunc(func(s *settings) error {
		for _, r := range rules {
			if err := checkRule(r); err != nil {
				return err
			}
		}
		all := len(rules) == 0 || s.refuses && len(s.strict) == 0
		if s.refuses, s.strict = true, append(s.strict, rules...); all {
			s.strict = nil
		}
		return nil
	})
}

// Elsewhere says that the decoder runs in another process: its memory, CPU time and
// stack can't be measured here, and there is no Go value to probe. It must bring a time
// limit of its own, below a minute, and answer with a [Breakdown] when that is over.
func Elsewhere() Option {
	return optionFunc(func(s *settings) error {
		s.elsewhere = true
		return nil
	})
}

// Against compares with a second decoder.
func Against[M any](other Codec[M]) Option {
	return optionFunc(func(s *settings) error {
		if other.decode == nil {
			return errors.New("fuzz: the second decoder is a codec without a decoder; see JSON and Decoder")
		}
		s.against = other.Subject()
		return nil
	})
}

func newSettings(options []Option) (*settings, error) {
	s := &settings{}
	for _, o := range options {
		if o == nil {
			continue
		}
		if err := o.apply(s); err != nil {
			return nil, err
		}
	}
	s.oracles()
	return s, nil
}

// oracles tells which are off.
func (s *settings) oracles() {
	s.off = map[Oracle]bool{Refuses: !s.refuses, Differential: s.against == nil}
	if s.only != nil {
		for _, o := range Oracles {
			s.off[o] = s.off[o] && o != Refuses || !slices.Contains(s.only, o)
		}
	}
	for _, o := range s.without {
		s.off[o] = true
	}
	if s.elsewhere {
		s.off[Linear], s.off[Probes] = true, true
	}
}
