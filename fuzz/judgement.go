package fuzz

import (
	"strings"
	"sync"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema"
)

// judgement is what the contract says of a body.
type judgement struct {
	nature Nature
	// foreign says that it is another message than status-update.
	foreign bool
	// lax says that a format does not hold: the contract takes it, but a decoder
	// that reads a time there may not.
	lax bool
	// confusing says that nothing is wrong but that a member differs from a known one
	// by case folding only: whoever takes the body must not take one for the other.
	confusing bool
	findings  []schema.Finding // errors, and recorded deviations
}

var validator = sync.OnceValue(func() *schema.Validator { return newValidator(true) })

func newValidator(brief bool) *schema.Validator {
	v, err := schema.NewValidator(schema.Options{Engine: schema.EngineWalk, Envelope: schema.EnvelopeRequired, Brief: brief})
	if err != nil {
		panic(err) // the options are constants
	}
	return v
}

// spelled is a finding of a judgement on the body, in words.
func spelled(body []byte, f schema.Finding) string {
	r, err := newValidator(false).Validate(body)
	if err != nil {
		panic(err) // as in judge
	}
	for _, g := range r.Findings {
		if g.Rule == f.Rule && g.Pointer == f.Pointer {
			return g.Rule + ": " + g.Message
		}
	}
	return f.Rule
}

func judge(body []byte) judgement {
	r, err := validator().Validate(body)
	if err != nil {
		panic(err) // the walk has no rules that could be wrong
	}
	j := judgement{nature: Valid, foreign: r.NotCovered, confusing: r.Errors > 0}
	if r.Warnings > 0 || r.NotCovered {
		j.nature = Evolved
	}
	for _, f := range r.Findings {
		switch {
		case f.Severity == schema.Error:
			j.findings = append(j.findings, f)
			j.confusing = j.confusing && f.Rule == scan.RuleConfusable
			if j.nature != Malformed {
				j.nature = Faulty
			}
			if strings.HasPrefix(f.Rule, "json/") {
				j.nature = Malformed
			}
		case strings.HasPrefix(f.Rule, "deviation/"):
			j.findings = append(j.findings, f)
		case f.Rule == "member/unknown" && j.nature == Valid:
			j.nature = Evolved
		case f.Rule == "schema/format":
			j.lax = true
		}
	}
	return j
}

// sound reports whether the body has no error.
func (j *judgement) sound() bool { return j.nature == Valid || j.nature == Evolved }

// errors are the findings that are errors.
func (j *judgement) errors() []schema.Finding {
	var list []schema.Finding
	for _, f := range j.findings {
		if f.Severity == schema.Error {
			list = append(list, f)
		}
	}
	return list
}
