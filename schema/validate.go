package schema

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ringproof/ringproof/internal/scan"
)

// EnvelopeMode says whether payloads are whole bodies or bare messages.
type EnvelopeMode string

const (
	// EnvelopeAuto takes both; a bare message gets a note. It is the default.
	EnvelopeAuto EnvelopeMode = "auto"
	// EnvelopeRequired takes bodies only.
	EnvelopeRequired EnvelopeMode = "required"
	// EnvelopeNone takes bare messages only.
	EnvelopeNone EnvelopeMode = "none"
)

// EnvelopeModes are all modes, the default first.
var EnvelopeModes = []EnvelopeMode{EnvelopeAuto, EnvelopeRequired, EnvelopeNone}

// Engine is who decides what JSON Schema can say.
type Engine string

const (
	// EngineV5 is jsonschema/v5 running the derived schema. It is the default.
	EngineV5 Engine = "v5"
	// EngineWalk is this package's own walk over the contract: much faster, with
	// the same verdicts on every vector and mutant of the tests.
	EngineWalk Engine = "walk"
)

// Engines are all engines, the default first.
var Engines = []Engine{EngineV5, EngineWalk}

// Options are how payloads are judged. The zero Options are the defaults.
type Options struct {
	Profile  Profile      // default Live
	Envelope EnvelopeMode // default EnvelopeAuto
	Engine   Engine       // default EngineV5
	MaxBytes int          // the longest payload, in bytes; default 8 MiB
	MaxDepth int          // the deepest nesting, in levels; default 256
	// Brief leaves out of findings all but Rule, Severity, Pointer, Offset and Length:
	// for those who judge millions of payloads, and read the few that matter again.
	Brief bool
}

// A Validator judges payloads. It is safe for concurrent use.
type Validator struct {
	options Options
	limits  scan.Limits
}

// NewValidator returns a validator, or says which option is unknown.
func NewValidator(o Options) (*Validator, error) {
	o.Profile = orDefault(o.Profile, Live)
	o.Envelope = orDefault(o.Envelope, EnvelopeAuto)
	o.Engine = orDefault(o.Engine, EngineV5)
	_, perr := ParseProfile(string(o.Profile))
	_, eerr := parse("envelope mode", string(o.Envelope), EnvelopeModes)
	_, gerr := parse("engine", string(o.Engine), Engines)
	if err := errors.Join(perr, eerr, gerr); err != nil {
		return nil, err
	}
	if o.MaxBytes < 0 || o.MaxDepth < 0 {
		return nil, fmt.Errorf("limits must not be negative: %d bytes, %d levels", o.MaxBytes, o.MaxDepth)
	}
	return &Validator{o, scan.Limits{MaxBytes: o.MaxBytes, MaxDepth: o.MaxDepth}}, nil
}

// MaxBytes is the longest payload that the validator takes, in bytes. A reader need
// not read more than one byte beyond it.
func (v *Validator) MaxBytes() int {
	if v.limits.MaxBytes > 0 {
		return v.limits.MaxBytes
	}
	return scan.DefaultLimits().MaxBytes
}

func orDefault[T ~string](v, def T) T {
	if v == "" {
		return def
	}
	return v
}

// Validate judges one payload: the bytes of one request body.
func Validate(data []byte, o Options) (Report, error) {
	v, err := NewValidator(o)
	if err != nil {
		return Report{}, err
	}
	return v.Validate(data)
}

// Validate judges one payload. The error is a [*RulesError] or says why the
// engine could not run; whatever is wrong with the payload is in the report.
func (v *Validator) Validate(data []byte) (Report, error) {
	r := Report{Profile: v.options.Profile, Engine: v.options.Engine}
	doc, err := scan.Parse(data, v.limits)
	if err != nil {
		r.add(data, []violation{unsound(err.(*scan.Error), data)}, v.options.Brief)
		return r, nil
	}
	w := &walker{profile: v.options.Profile, build: v.options.Engine == EngineV5}
	body, inEnvelope := w.payload(doc.Root(), v.options.Envelope)
	found := w.found
	if v.options.Engine == EngineV5 && !w.build {
		r.Engine = EngineWalk
	} else if w.build && !w.unwrapped {
		if found, err = v.confirm(w, body, inEnvelope); err != nil {
			return Report{}, err
		}
	}
	r.NotCovered = w.foreign
	r.add(data, found, v.options.Brief)
	r.addDropped(w)
	return r, nil
}

// confirm lets jsonschema/v5 decide which errors there are; the walk explains
// them. It is not called for a payload in which the walk met more values or errors
// than v5 could judge in good time: then the walk's own verdict stands.
func (v *Validator) confirm(w *walker, body any, inEnvelope bool) ([]violation, error) {
	s, err := compiled[v.options.Profile]()
	if err != nil {
		return nil, err
	}
	if !inEnvelope {
		body = map[string]any{"message": body}
	}
	places, err := refusals(s, body)
	if err != nil {
		return nil, err
	}
	refused := map[place]bool{}
	for i, p := range places {
		if !inEnvelope {
			p.pointer = strings.TrimPrefix(p.pointer, "/message")
			places[i] = p
		}
		refused[p] = true
	}
	explained := map[place]bool{}
	kept := slices.DeleteFunc(w.found, func(f violation) bool {
		at := place{withoutEmptyTokens(f.pointer), f.keyword}
		if w.profile.severity(f.class) == Error {
			explained[at] = true
		}
		return f.keyword != "" && w.profile.severity(f.class) == Error && !refused[at]
	})
	for _, p := range places {
		if !explained[p] {
			kept = append(kept, unexplained(p))
		}
	}
	return kept, nil
}

// withoutEmptyTokens writes a pointer as v5 does, which leaves the tokens of
// members without a name out.
func withoutEmptyTokens(pointer string) string {
	for strings.Contains(pointer, "//") {
		pointer = strings.ReplaceAll(pointer, "//", "/")
	}
	return strings.TrimSuffix(pointer, "/")
}

func (p Profile) severity(c class) Severity { return verdicts[c][p] }

// unexplained is an error of v5 that the walk did not see, which the tests never
// met: better a plain finding than a missed one.
func unexplained(p place) violation {
	return violation{rule: "schema/" + p.keyword, keyword: p.keyword, pointer: p.pointer, class: broken,
		got: "a value", want: "what the derived schema asks for", source: "the derived schema"}
}
