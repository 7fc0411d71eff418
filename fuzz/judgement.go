package fuzz

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/schema/vapi"
)

// judgement is what the contract says of a body.
type judgement struct {
	nature Nature
	// foreign says that it is another message than status-update, or, for a decoder that
	// ignores the case of names, that nobody can tell which it takes for others.
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

// mayFold reports whether a decoder that ignores the case of names may take one for another
// where the contract can't tell: in an object of a kind that is new.
func mayFold(body []byte) bool {
	root := parse(body)
	if root == nil {
		return false
	}
	found := false
	each(root, func(p *place) {
		if !found && isUnion(p) && p.typ() == nil {
			found = p.node.foldsInside()
		}
	})
	return found
}

func (t *tree) foldsInside() bool {
	return slices.ContainsFunc(t.kids, func(k kid) bool {
		exact, known := memberFolds()[folded(k.name)]
		return known && !exact[k.name] || k.value.foldsInside()
	})
}

// memberFolds are the names of all members of the contract, by what they are when case is
// ignored.
var memberFolds = sync.OnceValue(func() map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for _, t := range vapi.Descriptor().Types {
		for i := range t.Members {
			name := t.Members[i].Name
			if all[folded(name)] == nil {
				all[folded(name)] = map[string]bool{}
			}
			all[folded(name)][name] = true
		}
	}
	return all
})

// folded is the name in simple case folding, as strings.EqualFold compares.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, name)
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
