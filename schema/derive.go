package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ringproof/ringproof/schema/vapi"
)

// Draft is a version of JSON Schema.
type Draft string

const (
	Draft202012 Draft = "2020-12"
	Draft201909 Draft = "2019-09"
	Draft7      Draft = "7"
)

// Drafts are all drafts that [Derive] writes, the default first.
var Drafts = []Draft{Draft202012, Draft201909, Draft7}

// ParseDraft returns the draft with the name.
func ParseDraft(name string) (Draft, error) { return parse("draft", name, Drafts) }

var metaschemas = map[Draft]string{
	Draft202012: "https://json-schema.org/draft/2020-12/schema",
	Draft201909: "https://json-schema.org/draft/2019-09/schema",
	Draft7:      "http://json-schema.org/draft-07/schema#",
}

// Derive writes the contract as one self-contained JSON Schema for the request
// body. A body that it refuses has an error in that profile, and the other way
// round, save for json/* (a body that is not sound JSON) and envelope/*.
func Derive(p Profile, d Draft) ([]byte, error) {
	if metaschemas[d] == "" {
		return nil, fmt.Errorf("unknown draft %q: want one of %v", d, Drafts)
	}
	if !slices.Contains(Profiles, p) {
		return nil, fmt.Errorf("unknown profile %q: want one of %v", p, Profiles)
	}
	v := newDeriver(p, d)
	doc := obj{
		{"$schema", metaschemas[d]},
		{"title", "Vapi status-update webhook, profile " + string(p)},
		{"$comment", v.comment()},
	}
	doc = append(doc, v.body()...)
	doc.set(definitions(d), v.definitions())
	return encode(doc)
}

func newDeriver(p Profile, d Draft) *deriver {
	return &deriver{
		profile: p, draft: d, base: "#/" + definitions(d), contract: vapi.Descriptor(),
		enums: map[*vapi.Enum]bool{}, unions: map[*vapi.Union]bool{},
	}
}

// definitions is the keyword under which a draft keeps definitions.
func definitions(d Draft) string {
	if d == Draft7 {
		return "definitions"
	}
	return "$defs"
}

func encode(doc obj) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(doc); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// obj is a JSON object with its members in order.
type obj []entry

type entry struct {
	key   string
	value any
}

// MarshalJSON writes the members in their order.
func (o obj) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, e := range o {
		if i > 0 {
			b = append(b, ',')
		}
		k, err := json.Marshal(e.key)
		if err != nil {
			return nil, err
		}
		var v bytes.Buffer
		enc := json.NewEncoder(&v)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(e.value); err != nil {
			return nil, err
		}
		b = append(append(append(b, k...), ':'), bytes.TrimSpace(v.Bytes())...)
	}
	return append(b, '}'), nil
}

func (o *obj) set(key string, value any) { *o = append(*o, entry{key, value}) }

type deriver struct {
	profile  Profile
	draft    Draft
	base     string // of the definitions, as a pointer with # before it
	contract *vapi.Contract
	defs     obj
	enums    map[*vapi.Enum]bool
	unions   map[*vapi.Union]bool
}

func (d *deriver) comment() string {
	return "Derived by ringproof from the provider's OpenAPI file with SHA-256 " + d.contract.Source.SHA256
}

// body is the schema of the whole request body, the envelope.
func (d *deriver) body() obj {
	return obj{{"type", "object"}, {"required", []string{"message"}}, {"properties", obj{{"message", d.message()}}}}
}

// definitions are the types, and the unions and enums that they use, by name.
func (d *deriver) definitions() obj {
	for _, t := range d.contract.Types {
		d.defs.set(t.Name, d.object(t))
	}
	slices.SortFunc(d.defs, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	return d.defs
}

func (d *deriver) ref(name string) obj { return obj{{"$ref", d.base + "/" + name}} }

// message dispatches on the type: this contract says nothing of other messages.
func (d *deriver) message() obj {
	foreign := any(true)
	if d.profile == Documented {
		foreign = obj{{"properties", obj{{"type", obj{{"const", vapi.StatusUpdateType}}}}}}
	}
	return obj{
		{"if", obj{
			{"type", "object"},
			{"required", []string{"type"}},
			{"properties", obj{{"type", obj{{"type", "string"}, {"not", obj{{"const", vapi.StatusUpdateType}}}}}}},
		}},
		{"then", foreign},
		{"else", d.ref(d.contract.Top.Name)},
	}
}

// object is the definition of one type.
func (d *deriver) object(t *vapi.Type) obj {
	o := obj{{"type", "object"}}
	var required []string
	var props obj
	for i := range t.Members {
		m := &t.Members[i]
		devs := deviations[[2]string{t.Name, m.Name}]
		if m.Required && (d.profile == Documented || devs["absent"] == nil) {
			required = append(required, m.Name)
		}
		props.set(m.Name, d.member(m, devs))
	}
	if required != nil {
		o.set("required", required)
	}
	o.set("properties", props)
	if t == d.contract.Top {
		o.set("allOf", onlyThen())
	}
	return o
}

// onlyThen is one conditional a prose rule. Its demand is a const, which the
// derived schemas use for nothing else but the message's type; null counts as
// absent.
func onlyThen() []obj {
	var all []obj
	for _, r := range vapi.Rules {
		if r.Demand != vapi.OnlyThen {
			continue
		}
		member := r.Member[len("/message/"):]
		all = append(all, obj{
			{"if", obj{
				{"required", []string{r.When.Member}},
				{"properties", obj{{r.When.Member, obj{{"type", "string"}, {"not", obj{{"enum", r.When.Values}}}}}}},
			}},
			{"then", obj{{"properties", obj{{member, obj{{"const", nil}}}}}}},
		})
	}
	return all
}

// member is the schema of a member's value, with what live traffic adds to it.
func (d *deriver) member(m *vapi.Member, devs admitted) obj {
	var also []string
	if m.Schema.Nullable {
		also = append(also, "null")
	}
	if d.profile == Live {
		if !m.Required && !m.Schema.Nullable {
			also = append(also, nullOptional.Admits)
		}
		for _, admits := range slices.Sorted(maps.Keys(devs)) {
			if admits != "absent" {
				also = append(also, admits)
			}
		}
	}
	o := d.value(m.Schema, also...)
	if row := devs["string"]; row != nil && row.Pattern != "" && d.profile == Live {
		o.set("pattern", row.Pattern)
	}
	return o
}

// value is the schema of a value, which may have the JSON types in also, too.
func (d *deriver) value(s *vapi.Schema, also ...string) obj {
	switch s.Kind {
	case vapi.KindRef:
		return unless(also, d.ref(s.Type.Name))
	case vapi.KindUnion:
		return unless(also, d.union(s.Union))
	}
	o := obj{{"type", types(append([]string{jsonTypes[s.Kind]}, also...))}}
	d.limits(&o, s, slices.Contains(also, "null"))
	if s.Items != nil {
		key := map[vapi.Kind]string{vapi.KindArray: "items", vapi.KindMap: "additionalProperties"}[s.Kind]
		o.set(key, d.value(s.Items))
	}
	return o
}

// unless applies a schema to all values but those of the JSON types.
func unless(also []string, then obj) obj {
	if len(also) == 0 {
		return then
	}
	return obj{{"if", obj{{"not", obj{{"type", types(also)}}}}}, {"then", then}}
}

// types writes one type as a string, and several as a list.
func types(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}

var jsonTypes = map[vapi.Kind]string{
	vapi.KindString: "string", vapi.KindNumber: "number", vapi.KindInteger: "integer", vapi.KindBoolean: "boolean",
	vapi.KindObject: "object", vapi.KindArray: "array", vapi.KindMap: "object", vapi.KindRef: "object",
}

// limits adds the keywords that bound a scalar.
func (d *deriver) limits(o *obj, s *vapi.Schema, null bool) {
	for _, b := range []struct{ key, value string }{{"minimum", s.Min}, {"maximum", s.Max}} {
		if b.value != "" {
			o.set(b.key, json.Number(b.value))
		}
	}
	for _, b := range []struct {
		key   string
		value int
	}{{"minLength", s.MinLength}, {"maxLength", s.MaxLength}} {
		if b.value != 0 {
			o.set(b.key, b.value)
		}
	}
	if s.Pattern != "" {
		o.set("pattern", portable(s.Pattern))
	}
	if s.Format != "" && d.draft != Draft7 { // where validators take it for an assertion
		o.set("format", s.Format)
	}
	if s.Enum != nil && !s.OpenEnum && d.profile == Documented {
		d.enum(o, s, null)
	}
}

// enum adds the documented values: shared ones as a definition.
func (d *deriver) enum(o *obj, s *vapi.Schema, null bool) {
	e := s.Enum
	if e.Name == "" || null {
		values := enumValues(s)
		if null {
			values = append(values, nil)
		}
		o.set("enum", values)
		return
	}
	name := "Enum." + e.Name
	if !d.enums[e] {
		d.enums[e] = true
		d.defs.set(name, obj{{"enum", enumValues(s)}})
	}
	if d.draft == Draft7 { // where a $ref shuts out its neighbours
		o.set("allOf", []obj{d.ref(name)})
		return
	}
	*o = append(*o, d.ref(name)...)
}

func enumValues(s *vapi.Schema) []any {
	var values []any
	for _, v := range s.Enum.Values {
		if s.Kind == vapi.KindString {
			values = append(values, v)
		} else {
			values = append(values, json.Number(v))
		}
	}
	return values
}

// PublishedName is the name of the file beside this one that holds the schema of
// the profile.
func PublishedName(p Profile) string {
	if p == Live {
		return "status-update.schema.json"
	}
	return "status-update." + string(p) + ".schema.json"
}
