package schema_test

import (
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ringproof/ringproof/internal/jsontest"
	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/schema/vapi"
)

// fault is a finding that a mutant must have, with its severity in each profile;
// none where that is empty.
type fault struct {
	rule, pointer    string
	live, documented schema.Severity
}

func (f fault) in(p schema.Profile) schema.Severity {
	if p == schema.Live {
		return f.live
	}
	return f.documented
}

func broken(rule, at string) fault { return fault{rule, at, schema.Error, schema.Error} }

func undocumentedValue(at string) fault {
	return fault{"schema/enum", at, schema.Warning, schema.Error}
}

func deviates(rule, at string) fault { return fault{rule, at, schema.Note, schema.Error} }

func surplus(rule, at string) fault { return fault{rule, at, schema.Note, schema.Warning} }

// mutant is one edit of a body, and all that must be found in the result.
type mutant struct {
	kind  string
	owner string // the type and member that were changed
	at    string
	gone  bool // taken out; else value stands there
	value any
	want  []fault
}

func (m mutant) apply(body any) any {
	if m.gone {
		return without(body, m.at)
	}
	return with(body, m.at, m.value)
}

func (m mutant) wants(p schema.Profile) []verdict {
	var out []verdict
	for _, f := range m.want {
		if s := f.in(p); s != "" {
			out = append(out, verdict{f.rule, f.pointer, s})
		}
	}
	return sorted(out)
}

// mutationKinds are what is done, with how many there must be at least in the
// table of the named types, and in that of all types: fewer mean that the
// generator went blind.
var mutationKinds = map[string]struct{ named, all int }{
	"required member removed":   {40, 500},
	"required member null":      {40, 500},
	"optional member removed":   {130, 0}, // the bases of all types have no optional members
	"optional member null":      {130, 1200},
	"other JSON type":           {700, 7000},
	"item of other JSON type":   {60, 900},
	"item null":                 {15, 200},
	"branch of a union":         {50, 1000},
	"object without its tag":    {15, 100},
	"tag of other JSON type":    {80, 600},
	"undocumented tag":          {50, 900},
	"documented tag":            {10, 200},
	"undocumented value":        {30, 900},
	"documented value":          {1000, 5000},
	"below a bound":             {5, 200},
	"at a lower bound":          {5, 400},
	"above a bound":             {15, 300},
	"at an upper bound":         {15, 400},
	"pattern not matched":       {0, 20}, // none of the named types has one
	"pattern matched":           {0, 5},
	"format not held":           {12, 30},
	"fraction for an integer":   {0, 1},
	"integer with a point":      {0, 1},
	"free-form content":         {8, 30},
	"required members missing":  {30, 300},
	"name of other case":        {180, 2000},
	"unknown member":            {15, 350},
	"undocumented member":       {10, 18},
	"recorded deviation":        {2, 2},
	"string that is no instant": {1, 0}, // a member of the message
}

// generator makes the mutants of one object.
type generator struct {
	typ *vapi.Type
	via step   // how the object was reached
	tag string // by which it was told
	at  string // its pointer
}

func newGenerator(t *vapi.Type, r route, at string) *generator {
	return &generator{t, r.last(), r.tag(), at}
}

// member returns all mutants of one member.
func (g *generator) member(m *vapi.Member) []mutant {
	at := child(g.at, m.Name)
	list := []mutant{g.removed(m, at), g.null(m, at)}
	if m.Name == g.tag {
		list = append(list, g.tagMutants(at)...)
	} else {
		list = append(list, g.types(m, at)...)
		list = append(list, values(m.Schema, at)...)
	}
	if upper := strings.ToUpper(m.Name); g.typ.Member(upper) == nil {
		twin := child(g.at, upper)
		list = append(list, mutant{kind: "name of other case", at: twin, value: example(m.Schema), want: []fault{broken("json/confusable-member", twin)}})
	}
	for i := range list {
		list[i].owner = g.typ.Name + "." + m.Name
		if list[i].owner == "ServerMessageStatusUpdate.type" && list[i].kind == "undocumented value" {
			list[i].want = []fault{deviates("message/not-covered", at)} // the same severities
		}
	}
	return list
}

func (g *generator) removed(m *vapi.Member, at string) mutant {
	switch {
	case !m.Required:
		return mutant{kind: "optional member removed", at: at, gone: true}
	case g.typ.Name == "OpenAIMessage" && m.Name == "content":
		return mutant{kind: "recorded deviation", at: at, gone: true, want: []fault{deviates("deviation/openai-content-absent", g.at)}}
	}
	return mutant{kind: "required member removed", at: at, gone: true, want: g.withoutRequired(m)}
}

func (g *generator) withoutRequired(m *vapi.Member) []fault {
	if m.Name == g.tag {
		for i := range g.via.union.Branches {
			if b := &g.via.union.Branches[i]; b.Missing {
				return g.takenFor(b.Schema.Type)
			}
		}
	}
	return []fault{broken("schema/required", g.at)}
}

// takenFor is what is found in the least object of the type when it has lost its
// tag, and a union takes it for another type that need not name its own.
func (g *generator) takenFor(other *vapi.Type) []fault {
	var list []fault
	for i := range g.typ.Members {
		if m := &g.typ.Members[i]; m.Required && m.Name != g.tag && other.Member(m.Name) == nil {
			list = append(list, surplus("member/unknown", child(g.at, m.Name)))
		}
	}
	for i := range other.Members {
		if m := &other.Members[i]; m.Required && (g.typ.Member(m.Name) == nil || !g.typ.Member(m.Name).Required) {
			list = append(list, broken("schema/required", g.at))
		}
	}
	return list
}

func (g *generator) null(m *vapi.Member, at string) mutant {
	n := mutant{kind: "optional member null", at: at}
	if m.Required {
		n.kind = "required member null"
	}
	switch {
	case m.Schema.Nullable:
	case m.Required, m.Name == g.tag: // without a tag no branch would be known
		n.want = []fault{broken("schema/type", at)}
	default:
		n.want = []fault{deviates("deviation/null-optional", at)}
	}
	return n
}

// types replaces a member's value by one of each other JSON type.
func (g *generator) types(m *vapi.Member, at string) []mutant {
	list := otherTypes("other JSON type", m.Schema, at)
	switch g.typ.Name + "." + m.Name {
	case "ServerMessageStatusUpdate.timestamp":
		list = slices.DeleteFunc(list, func(x mutant) bool { _, text := x.value.(string); return text })
		return append(list,
			mutant{kind: "recorded deviation", at: at, value: "2024-09-12T10:20:30.000Z", want: []fault{deviates("deviation/timestamp-string", at)}},
			mutant{kind: "string that is no instant", at: at, value: "noon", want: []fault{broken("schema/type", at)}})
	case "ToolCallResultMessage.result":
		for i := range list {
			if _, is := list[i].value.(object); is {
				list[i].kind, list[i].want = "recorded deviation", []fault{deviates("deviation/tool-result-object", at)}
			}
		}
	case "BooleanComparatorScorecardMetricCondition.value", "NumberComparatorScorecardMetricCondition.value":
		// The value's type tells these two apart.
		for i := range list {
			switch list[i].value.(type) {
			case bool, json.Number:
				list[i].kind, list[i].want = "branch of a union", nil
			}
		}
	}
	return list
}

// otherTypes are values of the JSON types that the schema does not take.
func otherTypes(kind string, s *vapi.Schema, at string) []mutant {
	var list []mutant
	for _, v := range []any{"text", json.Number("7"), true, object{"free": "text"}, []any{"text"}} {
		if !slices.Contains(taken(s), jsontest.Kind(v)) {
			list = append(list, mutant{kind: kind, at: at, value: v, want: []fault{broken("schema/type", at)}})
		}
	}
	return list
}

// taken are the JSON types that the schema takes.
func taken(s *vapi.Schema) []string {
	if s.Kind != vapi.KindUnion {
		return []string{jsontest.Kind(example(s))}
	}
	var all []string
	for i := range s.Union.Branches {
		all = append(all, taken(s.Union.Branches[i].Schema)...)
	}
	return all
}

// tagMutants changes the member by which a union told the object. What no branch
// is known for is not looked into.
func (g *generator) tagMutants(at string) []mutant {
	list := otherTypes("other JSON type", &vapi.Schema{Kind: vapi.KindString}, at)
	for _, v := range []string{"tomorrow", "", strings.ToUpper(g.via.branch.Values[0]), g.via.branch.Values[0] + " "} {
		list = append(list, mutant{kind: "undocumented tag", at: at, value: v, want: []fault{undocumentedValue(at)}})
	}
	for _, v := range g.via.branch.Values {
		list = append(list, mutant{kind: "documented tag", at: at, value: v})
	}
	if p := g.via.branch.Prefix; p != "" {
		list = append(list, mutant{kind: "documented tag", at: at, value: p + "10s]"})
	}
	return list
}

// object returns the mutants that are about no member of the type.
func (g *generator) object() []mutant {
	at := child(g.at, "ringproof/test~member")
	list := []mutant{{kind: "unknown member", owner: g.typ.Name, at: at, value: []any{nil}, want: []fault{surplus("member/unknown", at)}}}
	for _, u := range vapi.UndocumentedMembers {
		if u.Type == g.typ.Name {
			at := child(g.at, u.Member)
			list = append(list, mutant{kind: "undocumented member", owner: g.typ.Name, at: at, value: "text", want: []fault{surplus("member/undocumented", at)}})
		}
	}
	return list
}

// values returns mutants of a value of the right JSON type, and of what is in it.
func values(s *vapi.Schema, at string) []mutant {
	switch s.Kind {
	case vapi.KindString:
		return texts(s, at)
	case vapi.KindNumber, vapi.KindInteger:
		return numbers(s, at)
	case vapi.KindObject:
		return []mutant{{kind: "free-form content", at: at, value: object{"": nil, "a": []any{json.Number("-1e-9"), object{}}, "A": "Ω"}}}
	case vapi.KindArray:
		if s.Items == nil {
			return []mutant{{kind: "free-form content", at: at, value: []any{nil, true, object{"": nil}}}}
		}
		return within(s.Items, at, "/0", func(v any) any { return []any{v} })
	case vapi.KindMap:
		return within(s.Items, at, "/key", func(v any) any { return object{"key": v} })
	case vapi.KindRef:
		return []mutant{{kind: "required members missing", at: at, value: object{}, want: lacking(s.Type, at)}}
	case vapi.KindUnion:
		return branches(s.Union, at)
	}
	return nil
}

// within returns the mutants of the only item of a container.
func within(items *vapi.Schema, at, item string, wrap func(any) any) []mutant {
	list := []mutant{{kind: "item null", at: at + item, want: []fault{broken("schema/type", at+item)}}}
	list = append(list, otherTypes("item of other JSON type", items, at+item)...)
	list = append(list, values(items, at+item)...)
	for i := range list { // the base may lack the container
		if rest := list[i].at[len(at+item):]; rest == "" {
			list[i].at, list[i].value = at, wrap(list[i].value)
		}
	}
	return list
}

// lacking is a finding for each required member of an empty object.
func lacking(t *vapi.Type, at string) []fault {
	var list []fault
	for i := range t.Members {
		switch m := &t.Members[i]; {
		case !m.Required:
		case t.Name == "OpenAIMessage" && m.Name == "content":
			list = append(list, deviates("deviation/openai-content-absent", at))
		default:
			list = append(list, broken("schema/required", at))
		}
	}
	return list
}

// branches returns a value for each branch of a union, and objects that no tag
// tells.
func branches(u *vapi.Union, at string) []mutant {
	var list []mutant
	objects := false
	for i := range u.Branches {
		b := &u.Branches[i]
		list = append(list, mutant{kind: "branch of a union", at: at, value: exampleOf(b, u)})
		if b.Schema.Kind == vapi.KindRef {
			objects = true
		} else {
			list = append(list, values(b.Schema, at)...)
		}
	}
	if !objects {
		return list
	}
	i := slices.IndexFunc(u.Branches, func(b vapi.Branch) bool { return b.Schema.Kind == vapi.KindRef && (b.Missing || b.Catches()) })
	if i >= 0 {
		return append(list, mutant{kind: "required members missing", at: at, value: object{}, want: lacking(u.Branches[i].Schema.Type, at)})
	}
	tag := child(at, u.Tag)
	list = append(list,
		mutant{kind: "object without its tag", at: at, value: object{}, want: []fault{broken("schema/required", at)}},
		mutant{kind: "undocumented tag", at: at, value: object{u.Tag: "tomorrow", "free": true}, want: []fault{undocumentedValue(tag)}},
	)
	for _, v := range []any{nil, json.Number("7"), false, object{}, []any{}} {
		list = append(list, mutant{kind: "tag of other JSON type", at: at, value: object{u.Tag: v}, want: []fault{broken("schema/type", tag)}})
	}
	return list
}

// longest is the longest text that a mutant carries. Payloads themselves are
// limited to 8 MiB, so that one bound of 100,000,000 characters can never be met.
const longest = 1 << 20

// texts returns mutants of a string.
func texts(s *vapi.Schema, at string) []mutant {
	var list []mutant
	add := func(kind, text string) {
		list = append(list, mutant{kind: kind, at: at, value: text, want: textFaults(s, text, at)})
	}
	if s.Enum != nil {
		for _, v := range []string{"tomorrow", "", strings.ToUpper(s.Enum.Values[0]) + "!", s.Enum.Values[0] + " "} {
			add("undocumented value", v)
		}
		for _, v := range s.Enum.Values {
			add("documented value", v)
		}
	}
	if s.MinLength > 0 {
		add("below a bound", text(s, s.MinLength-1))
		add("at a lower bound", text(s, s.MinLength))
	}
	if 0 < s.MaxLength && s.MaxLength < longest {
		add("at an upper bound", text(s, s.MaxLength))
		add("above a bound", text(s, s.MaxLength+1))
	}
	if s.Pattern != "" {
		for _, v := range []string{"a b", "é!", "", "/Text/", "Text\n"} {
			if len(textFaults(s, v, at)) > 0 {
				add("pattern not matched", v)
			}
		}
		add("pattern matched", exampleText(s))
	}
	if s.Format != "" {
		for _, v := range []string{"2026-13-01T00:00:00Z", "not held", ""} {
			add("format not held", v)
		}
	}
	return list
}

// text is a text of so many characters, of four bytes each where a pattern does
// not want ASCII.
func text(s *vapi.Schema, characters int) string {
	if s.Pattern != "" {
		return strings.Repeat("T", characters)
	}
	return strings.Repeat("😀", characters)
}

// textFaults is what the contract says of a text. The texts of these tests hold no
// format unless they are an example of it.
func textFaults(s *vapi.Schema, text, at string) []fault {
	var list []fault
	n := utf8.RuneCountInString(text)
	if n < s.MinLength {
		list = append(list, broken("schema/minLength", at))
	}
	if s.MaxLength > 0 && n > s.MaxLength {
		list = append(list, broken("schema/maxLength", at))
	}
	if s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(text) {
		list = append(list, broken("schema/pattern", at))
	}
	documented := s.Enum != nil && slices.Contains(s.Enum.Values, text)
	if s.Enum != nil && !s.OpenEnum && !documented {
		list = append(list, undocumentedValue(at))
	}
	if s.Format != "" && !documented && text != formatExamples[s.Format] {
		list = append(list, surplus("schema/format", at))
	}
	return list
}

// numbers returns mutants of a number. Just outside a bound is so close that a
// float64 cannot tell.
func numbers(s *vapi.Schema, at string) []mutant {
	var list []mutant
	add := func(kind, number string, want ...fault) {
		list = append(list, mutant{kind: kind, at: at, value: json.Number(number), want: want})
	}
	if s.Enum != nil {
		for _, v := range s.Enum.Values {
			add("documented value", v)
		}
		add("undocumented value", "-77", undocumentedValue(at))
	}
	apart := "1e-18"
	if s.Kind == vapi.KindInteger {
		apart = "1"
		add("fraction for an integer", shifted(example(s).(json.Number), "5e-1"), broken("schema/type", at))
		add("integer with a point", string(example(s).(json.Number))+".0")
	}
	if s.Min != "" {
		add("below a bound", shifted(json.Number(s.Min), "-"+apart), broken("schema/minimum", at))
		add("at a lower bound", s.Min)
		add("at a lower bound", s.Min+"e0")
	}
	if s.Max != "" {
		add("above a bound", shifted(json.Number(s.Max), apart), broken("schema/maximum", at))
		add("at an upper bound", s.Max)
		add("at an upper bound", s.Max+"e0")
	}
	return list
}

// shifted adds a small number exactly.
func shifted(n json.Number, by string) string {
	a, ok := new(big.Rat).SetString(n.String())
	b, also := new(big.Rat).SetString(by)
	if !ok || !also {
		panic("no number: " + n.String() + " or " + by)
	}
	return strings.TrimRight(strings.TrimRight(a.Add(a, b).FloatString(20), "0"), ".")
}
