package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/ringproof/ringproof/schema/vapi/ledger"
)

// reader turns the file's schemas into a model. Where the file is wrong, it asks
// the corrections ledger; what no row covers becomes an error. A site is named
// "Schema.member", with #items, #values or #<branch> below that.
type reader struct {
	file   *file
	ledger *corrections
	errs   []error

	unions map[string]*union
	enums  map[string]*enum
	model  *model
}

func newReader(f *file) *reader {
	return &reader{
		file: f, ledger: newCorrections(f.sha256),
		unions: map[string]*union{}, enums: map[string]*enum{},
		model: &model{sha256: f.sha256},
	}
}

func (r *reader) fail(site, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s: %s", site, fmt.Sprintf(format, args...)))
}

func (r *reader) read() *model {
	if !r.file.referencedOutside() {
		r.correctOrFail(ledger.MessageUnreferenced, top)
	}
	for _, name := range r.file.closure() {
		r.model.types = append(r.model.types, r.readType(name, r.file.schemas.obj(name)))
	}
	r.applyDeviations()
	return r.model
}

func (r *reader) readType(name string, o *object) *typ {
	t := &typ{name: name}
	r.onlyKeys(name, o, "type", "properties", "required")
	if !r.sound(name, o) || o.str("type") != "object" || o.obj("properties") == nil {
		r.fail(name, "not an object with properties")
		return t
	}
	required := map[string]bool{}
	for _, v := range o.list("required") {
		required[v.(string)] = true
	}
	props := o.obj("properties")
	for _, p := range props.keys {
		site := name + "." + p
		if slices.Contains([]string{"oneOf", "allOf", "anyOf", "$ref", "not"}, p) {
			r.correctOrFail(ledger.MemberNamedKeyword, site)
		}
		po := props.obj(p)
		t.members = append(t.members, &member{
			name: p, required: required[p], deprecated: po.yes("deprecated"), writeOnly: po.yes("writeOnly"),
			schema: r.readSchema(site, po),
		})
		delete(required, p)
	}
	for _, p := range slices.Sorted(maps.Keys(required)) {
		r.fail(name, "requires %q, which it does not have", p)
	}
	return t
}

// readSchema returns nil where a correction drops the schema.
func (r *reader) readSchema(site string, o *object) *schema {
	if !r.sound(site, o) {
		return &schema{kind: kindObject}
	}
	r.ledger.at(site)
	var s *schema
	switch {
	case o.has("$ref"):
		r.onlyKeys(site, o, "nullable", "$ref")
		s = r.readRef(site, refName(o.str("$ref")))
	case o.has("oneOf"):
		r.onlyKeys(site, o, "nullable", "oneOf", "allOf", "enum", "discriminator")
		s = r.readUnion(site, o)
	case o.has("allOf"):
		r.onlyKeys(site, o, "nullable", "allOf")
		if len(o.list("allOf")) != 1 {
			r.fail(site, "allOf with %d elements", len(o.list("allOf")))
		}
		s = r.readSchema(site, o.list("allOf")[0].(*object))
	default:
		s = r.readPlain(site, o)
	}
	if s == nil {
		return nil
	}
	s.nullable = s.nullable || o.yes("nullable")
	s.corrections = append(s.corrections, r.ledger.taken(site)...)
	return s
}

func (r *reader) readRef(site, name string) *schema {
	if r.file.schemas.obj(name) == nil {
		if r.ledger.correct(ledger.ReferenceDangling, site) == nil {
			r.fail(site, "refers to %s, which is not in the file", name)
		}
		return nil
	}
	return &schema{kind: kindRef, ref: name}
}

func (r *reader) readPlain(site string, o *object) *schema {
	s := &schema{}
	switch t := o.str("type"); t {
	case "string":
		r.onlyKeys(site, o, "nullable", "type", "enum", "minLength", "maxLength", "pattern", "format")
		s.kind = kindString
	case "number", "integer":
		r.onlyKeys(site, o, "nullable", "type", "enum", "minimum", "maximum")
		s.kind = map[string]kind{"number": kindNumber, "integer": kindInteger}[t]
	case "boolean":
		r.onlyKeys(site, o, "nullable", "type")
		s.kind = kindBoolean
	case "array":
		r.onlyKeys(site, o, "nullable", "type", "items", "enum", "maxLength")
		return r.readArray(site, o)
	case "object":
		r.onlyKeys(site, o, "nullable", "type", "additionalProperties", "enum")
		return r.readFreeObject(site, o)
	case "", "enum":
		r.onlyKeys(site, o, "nullable", "type", "enum")
		r.correctOrFail(ledger.EnumUntyped, site)
		s.kind = kindString
	default:
		r.fail(site, "type %q", t)
	}
	s.min, s.max = o.num("minimum"), o.num("maximum")
	s.minLength, s.maxLength = o.num("minLength"), o.num("maxLength")
	s.format = o.str("format")
	r.readPattern(site, s, o)
	r.readEnum(site, s, o)
	if l, ok := o.vals["example"].([]any); ok && s.kind == kindString && len(l) > 0 {
		return r.orList(site, s)
	}
	return s
}

// orList corrects a string whose example is a list: it may be either.
func (r *reader) orList(site string, s *schema) *schema {
	if r.correctOrFail(ledger.StringBesideList, site) == nil {
		return s
	}
	u := &union{branches: []*branch{{schema: s}, {schema: &schema{kind: kindArray, items: s}}}}
	return &schema{kind: kindUnion, union: r.internUnion(site, u)}
}

// scalarInstead corrects a free object whose example is a scalar: it returns the
// scalar that is meant, or nil if the example is none.
func (r *reader) scalarInstead(site string, example any) *schema {
	switch example.(type) {
	case json.Number:
		r.correctOrFail(ledger.ObjectBesideScalar, site)
		return &schema{kind: kindNumber}
	case string:
		r.correctOrFail(ledger.ObjectBesideScalar, site)
		return &schema{kind: kindString}
	}
	return nil
}

func (r *reader) correctOrFail(d ledger.Defect, site string) *ledger.Correction {
	c := r.ledger.correct(d, site)
	if c == nil {
		r.fail(site, "uncorrected defect %s: add a row to the corrections ledger, or this site and this file to one", d)
	}
	return c
}

func (r *reader) readArray(site string, o *object) *schema {
	s := &schema{kind: kindArray}
	if items := o.obj("items"); items != nil {
		s.items = r.readSchema(site+"#items", items)
		r.correctItems(site+"#items", s, o.list("example"))
	}
	if o.has("maxLength") {
		r.correctOrFail(ledger.LengthOnArray, site)
		if s.items == nil || s.items.maxLength != o.num("maxLength") {
			r.fail(site, "the array's maxLength is not that of its items")
		}
	}
	if !o.has("enum") {
		return s
	}
	r.correctOrFail(ledger.EnumOnArray, site)
	if s.items == nil || s.items.kind != kindString || o.obj("items").has("enum") != (s.items.enum != nil) {
		r.fail(site, "an enum on an array that is not one of strings")
		return s
	}
	if s.items.enum == nil {
		r.readEnum(site+"#items", s.items, o)
		return s
	}
	if !slices.Equal(r.values(site, o), s.items.enum.values) {
		r.fail(site, "the array's enum is not that of its items")
	}
	return s
}

// correctItems corrects items that are free objects, where the list's example has
// scalars.
func (r *reader) correctItems(site string, s *schema, example []any) {
	if s.items == nil || s.items.kind != kindObject || len(example) == 0 {
		return
	}
	if scalar := r.scalarInstead(site, example[0]); scalar != nil {
		scalar.corrections = r.ledger.taken(site)
		s.items = scalar
	}
}

func (r *reader) readFreeObject(site string, o *object) *schema {
	if o.has("enum") {
		r.correctOrFail(ledger.EnumOnObject, site)
		s := &schema{kind: kindString}
		r.readEnum(site, s, o)
		return s
	}
	if v := o.obj("additionalProperties"); v != nil {
		return &schema{kind: kindMap, items: r.readSchema(site+"#values", v)}
	}
	if scalar := r.scalarInstead(site, o.vals["example"]); scalar != nil {
		return scalar
	}
	return &schema{kind: kindObject}
}

var patternLiteral = regexp.MustCompile(`^/(.*)/([a-z]*)$`)

func (r *reader) readPattern(site string, s *schema, o *object) {
	s.pattern = o.str("pattern")
	if m := patternLiteral.FindStringSubmatch(s.pattern); m != nil {
		r.correctOrFail(ledger.PatternLiteral, site)
		if m[2] != "" && m[2] != "u" {
			r.fail(site, "pattern flags %q", m[2])
		}
		s.pattern = m[1]
	}
	if _, err := regexp.Compile(s.pattern); err != nil {
		r.fail(site, "pattern: %v", err)
	}
}

// values returns the enum of o without its repetitions.
func (r *reader) values(site string, o *object) []string {
	var out []string
	seen := map[string]bool{}
	for _, v := range o.list("enum") {
		s, ok := v.(string)
		if n, isNumber := v.(json.Number); isNumber {
			s, ok = n.String(), true
		}
		if !ok {
			r.fail(site, "enum value %v", v)
		}
		if !seen[s] {
			out = append(out, s)
		}
		seen[s] = true
	}
	if len(out) != len(o.list("enum")) {
		r.correctOrFail(ledger.EnumRepeated, site)
	}
	return out
}

func (r *reader) readEnum(site string, s *schema, o *object) {
	if !o.has("enum") {
		return
	}
	values := r.values(site, o)
	if len(values) == 0 {
		r.correctOrFail(ledger.EnumEmpty, site)
		return
	}
	if o.yes("nullable") {
		r.correctOrFail(ledger.EnumWithoutNull, site)
	}
	s.enum = r.intern(site, s.kind, values)
}

// intern returns the one enum with these values.
func (r *reader) intern(site string, k kind, values []string) *enum {
	e := &enum{kind: k, values: values}
	known, ok := r.enums[e.key()]
	if !ok {
		known = e
		r.enums[e.key()] = e
		r.model.enums = append(r.model.enums, e)
	}
	known.sites = append(known.sites, site)
	return known
}

// applyDeviations marks the members that live traffic sends differently, so that
// their Go types can hold what it sends.
func (r *reader) applyDeviations() {
	byName := map[string]*typ{}
	for _, t := range r.model.types {
		byName[t.name] = t
	}
	for _, d := range ledger.Deviations {
		if d.Type == "" {
			continue
		}
		m := byName[d.Type].member(d.Member)
		switch {
		case m == nil:
			r.fail(d.Type+"."+d.Member, "deviation %s: no such member", d.ID)
		case d.Admits == "absent":
			m.absent = true
		default:
			m.loose = true
		}
	}
}

func (t *typ) member(name string) *member {
	if t == nil {
		return nil
	}
	for _, m := range t.members {
		if m.name == name {
			return m
		}
	}
	return nil
}

func quoteList(list []string) string { return strings.Join(list, ", ") }
