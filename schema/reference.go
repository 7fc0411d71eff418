package schema

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// RulesError says that the derived schema cannot be compiled: the rules are
// wrong, not the payload.
type RulesError struct {
	Profile Profile
	Draft   Draft
	Err     error
}

func (e *RulesError) Error() string {
	return fmt.Sprintf("the derived schema (profile %s, draft %s) does not compile: %v", e.Profile, e.Draft, e.Err)
}

func (e *RulesError) Unwrap() error { return e.Err }

// Compile derives the schema and compiles it with jsonschema/v5.
func Compile(p Profile, d Draft) (*jsonschema.Schema, error) {
	data, err := Derive(p, d)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.LoadURL = nil
	const name = "status-update.schema.json"
	if err := c.AddResource(name, bytes.NewReader(data)); err != nil {
		return nil, &RulesError{p, d, err}
	}
	s, err := c.Compile(name)
	if err != nil {
		return nil, &RulesError{p, d, err}
	}
	return s, nil
}

// runtimeDraft is the draft that payloads are judged with: jsonschema/v5 compiles
// 2020-12 in time quadratic in the number of definitions. A test proves that the
// verdicts are equal.
const runtimeDraft = Draft7

var compiled = func() map[Profile]func() (*jsonschema.Schema, error) {
	m := map[Profile]func() (*jsonschema.Schema, error){}
	for _, p := range Profiles {
		m[p] = sync.OnceValues(func() (*jsonschema.Schema, error) { return Compile(p, runtimeDraft) })
	}
	return m
}()

// place is where a schema refuses a payload: which keyword, at which value.
type place struct{ pointer, keyword string }

// refusals runs a compiled schema and returns the places of its innermost errors.
func refusals(s *jsonschema.Schema, body any) ([]place, error) {
	err := s.Validate(body)
	if err == nil {
		return nil, nil
	}
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return nil, fmt.Errorf("jsonschema/v5 could not run: %w", err)
	}
	var out []place
	collect(invalid, &out)
	slices.SortFunc(out, func(a, b place) int {
		return strings.Compare(a.pointer+"\x00"+a.keyword, b.pointer+"\x00"+b.keyword)
	})
	return slices.Compact(out), nil
}

func collect(e *jsonschema.ValidationError, out *[]place) {
	for _, c := range e.Causes {
		collect(c, out)
	}
	if len(e.Causes) == 0 {
		keyword := e.KeywordLocation[strings.LastIndexByte(e.KeywordLocation, '/')+1:]
		pointer, err := url.PathUnescape(e.InstanceLocation) // v5 escapes it as a fragment of a URL
		if err != nil {
			pointer = e.InstanceLocation
		}
		*out = append(*out, place{pointer, keyword})
	}
}
