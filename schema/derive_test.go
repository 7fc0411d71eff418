package schema_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/schema/vapi"
)

func TestPublishedSchemasAreCurrent(t *testing.T) {
	t.Parallel()
	for _, p := range schema.Profiles {
		published, err := os.ReadFile(schema.PublishedName(p))
		require.NoError(t, err)
		derived, err := schema.Derive(p, schema.Draft202012)
		require.NoError(t, err)
		assert.True(t, string(published) == string(derived), "%s is not what Derive writes: run `make generate`", schema.PublishedName(p))
	}
}

// subschemas are the keywords whose value is a schema, a list of schemas, or an
// object of schemas; leaves are the others that a derived schema may use.
var (
	subschemas = map[string]string{
		"if": "schema", "then": "schema", "else": "schema", "not": "schema", "items": "schema", "additionalProperties": "schema",
		"allOf": "list", "anyOf": "list",
		"properties": "object", "$defs": "object", "definitions": "object",
	}
	leaves = []string{"type", "required", "enum", "const", "minimum", "maximum", "minLength", "maxLength", "pattern", "format", "$ref"}
	// atRoot say what the whole is. Nothing else carries prose, so that no sentence
	// of the provider's is published here.
	atRoot = []string{"$schema", "title", "$comment"}
)

// lint goes through a derived schema and returns what must not be in it.
type lint struct {
	root     any
	defs     string
	problems []string
	schemas  int
	refs     int
}

func (l *lint) report(at, format string, args ...any) {
	l.problems = append(l.problems, fmt.Sprintf("%s: %s", at, fmt.Sprintf(format, args...)))
}

func (l *lint) schema(v any, at string, inCondition bool) {
	l.schemas++
	o, ok := v.(object)
	if b, is := v.(bool); is && b {
		return // anything goes
	}
	if !ok {
		l.report(at, "a schema is an object, got %v", v)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		l.keyword(o, name, at, inCondition)
	}
	if _, ref := o["$ref"]; ref && l.defs == "definitions" && len(o) > 1 {
		l.report(at, "draft 7 ignores what stands beside $ref")
	}
}

func (l *lint) keyword(o object, name, at string, inCondition bool) {
	at = child(at, name)
	switch {
	case name == "$defs" || name == "definitions":
		if name != l.defs || strings.Count(at, "/") > 1 {
			l.report(at, "definitions stand at the root, in %s", l.defs)
		}
	case name == "anyOf" && !inCondition:
		l.report(at, "a choice that is not made by a condition tries every branch")
	case name == "$ref":
		l.reference(o[name], at)
	}
	switch subschemas[name] {
	case "schema":
		l.schema(o[name], at, inCondition || name == "if")
		return
	case "list":
		for i, s := range o[name].([]any) {
			l.schema(s, fmt.Sprintf("%s/%d", at, i), inCondition)
		}
		return
	case "object":
		for member, s := range o[name].(object) {
			l.schema(s, child(at, member), inCondition)
		}
		return
	}
	root := strings.Count(at, "/") == 1
	if !slices.Contains(leaves, name) && !(root && slices.Contains(atRoot, name)) {
		l.report(at, "not a keyword of derived schemas")
	}
}

func (l *lint) reference(v any, at string) {
	l.refs++
	ref, _ := v.(string)
	name, ok := strings.CutPrefix(ref, "#/"+l.defs+"/")
	if ok {
		_, ok = l.root.(object)[l.defs].(object)[name]
	}
	if !ok {
		l.report(at, "%v leads nowhere", v)
	}
}

func lintSchema(root any, d schema.Draft) *lint {
	l := &lint{root: root, defs: "$defs"}
	if d == schema.Draft7 {
		l.defs = "definitions"
	}
	l.schema(root, "", false)
	slices.Sort(l.problems)
	return l
}

var dialects = map[schema.Draft]string{
	schema.Draft202012: "https://json-schema.org/draft/2020-12/schema",
	schema.Draft201909: "https://json-schema.org/draft/2019-09/schema",
	schema.Draft7:      "http://json-schema.org/draft-07/schema#",
}

func TestDerivedSchemasAreSelfContainedAndPlain(t *testing.T) {
	t.Parallel()
	for _, p := range schema.Profiles {
		for _, d := range schema.Drafts {
			derived, err := schema.Derive(p, d)
			require.NoError(t, err)
			again, err := schema.Derive(p, d)
			require.NoError(t, err)
			assert.True(t, string(derived) == string(again), "deriving twice gives the same bytes")

			root := decode(t, derived)
			l := lintSchema(root, d)
			assert.Empty(t, l.problems, "profile %s, draft %s", p, d)
			assert.Equal(t, dialects[d], root.(object)["$schema"])
			assert.NotContains(t, string(derived), `"oneOf": [`, "exponential over nested unions")
			defs := root.(object)[l.defs].(object)
			for _, typ := range vapi.Descriptor().Types {
				assert.Contains(t, defs, typ.Name)
			}
			t.Logf("profile %s, draft %s: %d KB, %d definitions, %d schemas, %d references", p, d, len(derived)/1000, len(defs), l.schemas, l.refs)
			assert.Greater(t, l.schemas, 4000)
			assert.Greater(t, l.refs, 700)
		}
	}
}

func TestTheLintOfDerivedSchemasFindsPlantedProblems(t *testing.T) {
	t.Parallel()
	derived, err := schema.Derive(schema.Live, schema.Draft7)
	require.NoError(t, err)
	root := decode(t, derived)
	require.Empty(t, lintSchema(root, schema.Draft7).problems)
	const call = "/definitions/Call"
	for _, row := range []struct {
		at     string
		value  any
		reason string
	}{
		{call + "/oneOf", []any{object{"type": "object"}}, "a choice without a condition"},
		{call + "/anyOf", []any{object{"type": "object"}}, "a choice without a condition"},
		{call + "/description", "what the provider says of calls", "a sentence of the provider"},
		{call + "/properties/id/title", "the call's id", "prose"},
		{call + "/properties/id/$ref", "#/definitions/Nowhere", "a reference that leads nowhere"},
		{call + "/properties/id/$ref", "https://example.com/id", "a reference that leads out"},
		{"/properties/message/else/type", "object", "a neighbour of $ref"},
		{call + "/properties/id/definitions", object{}, "definitions inside"},
		{call + "/properties/id/discriminator", "type", "a keyword that validators do not know"},
		{call + "/items", "text", "a schema that is none"},
	} {
		assert.NotEmpty(t, lintSchema(with(root, row.at, row.value), schema.Draft7).problems, row.reason)
	}
}

func TestCapturedShapesSatisfyThePublishedSchema(t *testing.T) {
	t.Parallel()
	shapes := 0
	for _, v := range vectors(t) {
		if kindOf(v) != "live" {
			continue
		}
		shapes++
		body, err := v.Body()
		require.NoError(t, err)
		for _, ref := range referencesOf(t, schema.Live, schema.Drafts...) {
			assert.NoError(t, ref.schema.Validate(decode(t, body)), "%s, draft %s: read literally, the provider's file refuses them all", v.File, ref.draft)
		}
	}
	assert.GreaterOrEqual(t, shapes, 6)
}

func TestDeriveAndCompileRefuseUnknownNames(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		profile schema.Profile
		draft   schema.Draft
	}{{"strict", schema.Draft7}, {"", schema.Draft7}, {schema.Live, "4"}, {schema.Live, ""}} {
		_, err := schema.Derive(row.profile, row.draft)
		assert.Error(t, err, "%v", row)
		_, err = schema.Compile(row.profile, row.draft)
		assert.Error(t, err, "%v", row)
		var rules *schema.RulesError
		assert.NotErrorAs(t, err, &rules, "the caller is wrong, not the rules")
	}
	for _, d := range schema.Drafts {
		got, err := schema.ParseDraft(string(d))
		assert.NoError(t, err)
		assert.Equal(t, d, got)
	}
	_, err := schema.ParseDraft("draft-07")
	assert.ErrorContains(t, err, "draft-07")
}

// When the rules are wrong, that is neither a finding nor silence.
func TestRulesThatDoNotCompileAreAnErrorOfTheirOwn(t *testing.T) {
	wrong := &schema.RulesError{Profile: schema.Live, Draft: schema.Draft7, Err: os.ErrInvalid}
	restore := schema.SwapReference(schema.Live, func() (*jsonschema.Schema, error) { return nil, wrong })
	defer restore()
	r, err := schema.Validate([]byte(inProgress+`"timestamp":1}}`), schema.Options{})
	var rules *schema.RulesError
	require.ErrorAs(t, err, &rules)
	assert.ErrorIs(t, err, os.ErrInvalid)
	assert.Equal(t, schema.Report{}, r)
	assert.Contains(t, err.Error(), "profile live")
	_, err = schema.Validate([]byte(inProgress+`"timestamp":1}}`), schema.Options{Engine: schema.EngineWalk})
	assert.NoError(t, err, "the walk needs no compiled schema")
}

func TestEnumsOfThePublishedSchemasAreOpenOnlyInTheProfileLive(t *testing.T) {
	t.Parallel()
	enums := map[schema.Profile]int{}
	for _, p := range schema.Profiles {
		derived, err := schema.Derive(p, schema.Draft202012)
		require.NoError(t, err)
		enums[p] = strings.Count(string(derived), `"customer-ended-call"`)
	}
	assert.Equal(t, map[schema.Profile]int{schema.Live: 0, schema.Documented: 1}, enums, "595 ended reasons stand in one definition")
	var doc struct {
		Defs map[string]json.RawMessage `json:"$defs"`
	}
	derived, err := schema.Derive(schema.Documented, schema.Draft202012)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(derived, &doc))
	assert.Contains(t, string(doc.Defs["Enum.EndedReason"]), `"customer-ended-call"`)
}
