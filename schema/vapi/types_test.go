package vapi_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema/vapi"
)

// The Go types and the descriptor are two renderings of one model. These tests walk both together, from StatusUpdate on, and
// hold each field against its member.

// typeWalk is such a walk.
type typeWalk struct {
	t       *testing.T
	structs map[string]reflect.Type // by the provider's name
	enums   map[*vapi.Enum]reflect.Type
	unions  map[*vapi.Union]reflect.Type
}

// walkTypes walks the whole model; what does not agree fails the test.
func walkTypes(t *testing.T) *typeWalk {
	t.Helper()
	w := &typeWalk{
		t: t, structs: map[string]reflect.Type{},
		enums: map[*vapi.Enum]reflect.Type{}, unions: map[*vapi.Union]reflect.Type{},
	}
	w.object(vapi.Descriptor().Top, reflect.TypeFor[vapi.StatusUpdate]())
	return w
}

// generic returns the one Go type within an instance of a generic type of package vapi, such as Opt[T].
func generic(t reflect.Type, name, field string) (reflect.Type, bool) {
	if t.PkgPath() != reflect.TypeFor[vapi.StatusUpdate]().PkgPath() || !strings.HasPrefix(t.Name(), name+"[") {
		return t, false
	}
	f, ok := t.FieldByName(field)
	if !ok {
		return t, false
	}
	if f.Type.Kind() == reflect.Pointer {
		return f.Type.Elem(), true
	}
	return f.Type, true
}

func (w *typeWalk) object(d *vapi.Type, g reflect.Type) {
	if known, ok := w.structs[d.Name]; ok {
		if known != g {
			w.t.Errorf("%s is %s here and %s there", d.Name, g, known)
		}
		return
	}
	w.structs[d.Name] = g
	if g.Kind() != reflect.Struct || g.Name() != d.GoName {
		w.t.Errorf("%s is the Go type %s, want the struct %s", d.Name, g, d.GoName)
		return
	}
	if g.NumField() != len(d.Members)+1 {
		w.t.Errorf("%s has %d fields for %d members and Extra", g, g.NumField(), len(d.Members))
		return
	}
	for i := range d.Members {
		w.field(d, &d.Members[i], g.Field(i))
	}
	extra := g.Field(g.NumField() - 1)
	if extra.Name != "Extra" || extra.Type != reflect.TypeFor[vapi.Members]() || extra.Tag.Get("json") != "-" {
		w.t.Errorf("%s: the last field is %s %s, want Extra for the unknown members", g, extra.Name, extra.Type)
	}
}

// deviation returns the ledger's row about the very member, or nil.
func deviation(schema, member string) *vapi.Deviation {
	for i, d := range vapi.Deviations {
		if d.Type == schema && d.Member == member {
			return &vapi.Deviations[i]
		}
	}
	return nil
}

func (w *typeWalk) field(d *vapi.Type, m *vapi.Member, f reflect.StructField) {
	site := d.Name + "." + m.Name
	row := deviation(d.Name, m.Name)
	deviates := "none"
	if row != nil {
		deviates = row.ID
	}
	mayLack := !m.Required || row != nil && row.Admits == "absent"
	tag := m.Name
	if m.Schema.Nullable && !mayLack {
		tag += ",required" // null does not make a member optional
	}
	if f.Name != m.GoName || f.Tag.Get("json") != tag {
		w.t.Errorf("%s is the field %s `%s`, want %s `json:%q`", site, f.Name, f.Tag, m.GoName, tag)
	}
	g, optional := generic(f.Type, "Opt", "value")
	if optional != (mayLack || m.Schema.Nullable) {
		w.t.Errorf("%s: required %t, nullable %t, deviation %s, but the Go type is %s", site, m.Required, m.Schema.Nullable, deviates, f.Type)
	}
	g, isLoose := generic(g, "Loose", "Value")
	if isLoose != (row != nil && row.Admits != "absent") {
		w.t.Errorf("%s: deviation %s, but the Go type is %s", site, deviates, f.Type)
	}
	w.value(site, m.Schema, g, false)
}

// value holds the Go type of a value against its schema. A branch of a union must be able to have methods, so that plain Go
// types have a named twin there.
func (w *typeWalk) value(site string, s *vapi.Schema, g reflect.Type, inUnion bool) {
	want := reflect.Type(nil)
	switch s.Kind {
	case vapi.KindString:
		if s.Enum != nil && s.Enum.Name != "" {
			w.enum(site, s.Enum, g)
			return
		}
		want = reflect.TypeFor[string]()
		if inUnion {
			want = reflect.TypeFor[vapi.String]()
		}
	case vapi.KindNumber, vapi.KindInteger:
		want = reflect.TypeFor[vapi.Number]()
	case vapi.KindBoolean:
		want = reflect.TypeFor[bool]()
		if inUnion {
			want = reflect.TypeFor[vapi.Bool]()
		}
	case vapi.KindObject:
		want = reflect.TypeFor[vapi.Object]()
	case vapi.KindArray:
		w.array(site, s, g, inUnion)
		return
	case vapi.KindMap:
		if g.Kind() != reflect.Map || g.Key() != reflect.TypeFor[string]() || g.Name() != "" {
			w.t.Errorf("%s is the Go type %s, want a map by name", site, g)
			return
		}
		w.value(site+"#values", s.Items, g.Elem(), false)
		return
	case vapi.KindRef:
		w.object(s.Type, g)
		return
	case vapi.KindUnion:
		w.union(site, s.Union, g)
		return
	}
	if g != want {
		w.t.Errorf("%s is the Go type %s, want %s", site, g, want)
	}
}

func (w *typeWalk) array(site string, s *vapi.Schema, g reflect.Type, inUnion bool) {
	if g.Kind() != reflect.Slice || (g.Name() != "") != inUnion {
		w.t.Errorf("%s is the Go type %s, want a slice", site, g)
		return
	}
	if s.Items != nil {
		w.value(site+"#items", s.Items, g.Elem(), false)
		return
	}
	if g.Elem() != reflect.TypeFor[json.RawMessage]() {
		w.t.Errorf("%s is the Go type %s, want a slice of raw values", site, g)
	}
}

func (w *typeWalk) enum(site string, e *vapi.Enum, g reflect.Type) {
	if known, ok := w.enums[e]; ok && known != g {
		w.t.Errorf("%s is the Go type %s, and that of the same enum elsewhere is %s", site, g, known)
	}
	w.enums[e] = g
	if g.Kind() != reflect.String || g.Name() != e.Name || !g.Implements(reflect.TypeFor[documenter]()) {
		w.t.Errorf("%s is the Go type %s, want the string type %s with the method Documented", site, g, e.Name)
	}
}

// documenter is what every enum's Go type has.
type documenter interface{ Documented() bool }

func (w *typeWalk) union(site string, u *vapi.Union, g reflect.Type) {
	if known, ok := w.unions[u]; ok {
		if known != g {
			w.t.Errorf("%s is the Go type %s, and that of the same union elsewhere is %s", site, g, known)
		}
		return
	}
	w.unions[u] = g
	if g.Kind() != reflect.Interface || g.Name() != u.Name || g.NumMethod() != 1 || g.Method(0).IsExported() {
		w.t.Errorf("%s is the Go type %s, want the interface %s that only this package implements", site, g, u.Name)
		return
	}
	variants := vapi.UnionVariants(u)
	if len(variants) != len(u.Branches) {
		w.t.Errorf("%s: %d Go types for %d branches", site, len(variants), len(u.Branches))
		return
	}
	if !reflect.TypeFor[vapi.Unknown]().Implements(g) {
		w.t.Errorf("%s: Unknown does not implement %s, so that a branch of tomorrow is lost", site, g)
	}
	for i, b := range u.Branches {
		w.value(site+"#"+variants[i].Name(), b.Schema, variants[i], true)
		if !inhabitant(variants[i]).Implements(g) {
			w.t.Errorf("%s: %s does not implement %s", site, inhabitant(variants[i]), g)
		}
	}
}

// inhabitant is what a union holds of a branch: a pointer to a struct, else the value.
func inhabitant(variant reflect.Type) reflect.Type {
	if variant.Kind() == reflect.Struct {
		return reflect.PointerTo(variant)
	}
	return variant
}

func TestGoTypesAndDescriptorAgree(t *testing.T) {
	w := walkTypes(t)
	for _, d := range vapi.Descriptor().Types {
		if w.structs[d.Name] == nil {
			t.Errorf("%s: no field leads there from StatusUpdate", d.Name)
		}
	}
	byGoType := map[reflect.Type]string{}
	for name, g := range w.structs {
		if other, ok := byGoType[g]; ok {
			t.Errorf("%s and %s are one Go type, %s", name, other, g)
		}
		byGoType[g] = name
	}
	t.Logf("%d structs, %d enums, %d unions", len(w.structs), len(w.enums), len(w.unions))
}

func TestUnionsAreClosed(t *testing.T) {
	w := walkTypes(t)
	candidates := map[reflect.Type]bool{reflect.TypeFor[vapi.Number](): true, reflect.TypeFor[vapi.String](): true,
		reflect.TypeFor[vapi.Bool](): true, reflect.TypeFor[vapi.Object](): true}
	for _, g := range w.structs {
		candidates[g] = true
	}
	for _, g := range w.enums {
		candidates[g] = true
	}
	for u := range w.unions {
		for _, v := range vapi.UnionVariants(u) {
			candidates[v] = true
		}
	}
	for u, g := range w.unions {
		for c := range candidates {
			want := slices.Contains(vapi.UnionVariants(u), c)
			if got := inhabitant(c).Implements(g); got != want {
				t.Errorf("%s implements %s: %t, but the descriptor lists it as a branch: %t", c, g, got, want)
			}
		}
	}
}

// TestNoGoTypeIsAny: a field that takes anything would lose the number's text, the member order and the duplicates.
func TestNoGoTypeIsAny(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var visit func(site string, g reflect.Type)
	visit = func(site string, g reflect.Type) {
		if seen[g] {
			return
		}
		seen[g] = true
		switch g.Kind() {
		case reflect.Interface:
			if g.NumMethod() == 0 {
				t.Errorf("%s is %s", site, g)
			}
		case reflect.Pointer, reflect.Slice, reflect.Map:
			visit(site, g.Elem())
		case reflect.Struct:
			for i := range g.NumField() {
				visit(g.Name()+"."+g.Field(i).Name, g.Field(i).Type)
			}
		case reflect.String, reflect.Bool, reflect.Uint8: // uint8: the bytes of a raw value
		default:
			t.Errorf("%s is %s: a Go type that rounds, or that JSON does not have", site, g)
		}
	}
	visit("Envelope", reflect.TypeFor[vapi.Envelope]())
	w := walkTypes(t)
	for u := range w.unions {
		for _, v := range vapi.UnionVariants(u) {
			visit(u.Name, v)
		}
	}
	for name, g := range w.structs {
		if !seen[g] {
			t.Errorf("%s was not looked at", name)
		}
	}
}

func TestEnumsKnowTheDocumentedValues(t *testing.T) {
	w := walkTypes(t)
	documented := func(g reflect.Type, value string) bool {
		v := reflect.New(g).Elem()
		v.SetString(value)
		return v.Interface().(documenter).Documented()
	}
	for e, g := range w.enums {
		for _, v := range e.Values {
			if !documented(g, v) {
				t.Errorf("%s(%q) is documented, and does not say so", e.Name, v)
			}
			for _, near := range []string{v + " ", strings.ToUpper(v) + "_", v + "\x00", ""} {
				if !slices.Contains(e.Values, near) && documented(g, near) {
					t.Errorf("%s(%q) says that it is documented", e.Name, near)
				}
			}
		}
	}
}

// TestNoTwoKnownMembersAreConfusable: else a payload could be refused for a member that it may have.
func TestNoTwoKnownMembersAreConfusable(t *testing.T) {
	for _, d := range vapi.Descriptor().Types {
		var names []string
		for _, m := range d.Members {
			names = append(names, m.Name)
		}
		for _, u := range vapi.UndocumentedMembers {
			if u.Type == d.Name {
				names = append(names, u.Member)
			}
		}
		for i, a := range names {
			for _, b := range names[:i] {
				if a == b || scan.Folds(a, b) {
					t.Errorf("%s: %q and %q", d.Name, b, a)
				}
			}
		}
	}
}

// TestLedgersSpeakOfTheModel: a row about a member that is gone, or that the file has by now, helps nobody.
func TestLedgersSpeakOfTheModel(t *testing.T) {
	c := vapi.Descriptor()
	for _, row := range vapi.Deviations {
		if row.Type == "" {
			continue
		}
		if d := c.Type(row.Type); d == nil || d.Member(row.Member) == nil {
			t.Errorf("%s: no member %s.%s", row.ID, row.Type, row.Member)
		}
	}
	for _, row := range vapi.UndocumentedMembers {
		d := c.Type(row.Type)
		if d == nil {
			t.Errorf("undocumented member %s: no schema %s", row.Member, row.Type)
			continue
		}
		if d.Member(row.Member) != nil {
			t.Errorf("undocumented member %s.%s is documented", row.Type, row.Member)
		}
	}
}

// TestGeneratedCodeKeepsItsBudget: generated lines cost every user compile time.
func TestGeneratedCodeKeepsItsBudget(t *testing.T) {
	const budget = 25_000 // lines
	files, err := filepath.Glob("*_gen.go")
	noError(t, err)
	if len(files) == 0 {
		t.Fatal("no generated file")
	}
	lines := 0
	for _, f := range files {
		data, err := os.ReadFile(f)
		noError(t, err)
		lines += bytes.Count(data, []byte("\n"))
	}
	t.Logf("%d lines in %d files", lines, len(files))
	if lines >= budget {
		t.Errorf("%d generated lines, the budget is %d", lines, budget)
	}
}
