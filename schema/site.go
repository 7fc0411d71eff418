package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ringproof/ringproof/internal/nearest"
	"github.com/ringproof/ringproof/schema/vapi"
)

// Site is a place of the contract: what it says of the values at one pointer.
// Where a union is on the way there, one pointer can lead to several sites.
type Site struct {
	Pointer  string // without array indexes: an item is *
	Owner    *vapi.Type
	Member   *vapi.Member // nil for an item or a value of a map
	Schema   *vapi.Schema
	Rules    []vapi.Rule // of the prose, about this member
	Deviates []vapi.Deviation
	TagOf    *vapi.Union // the union whose branches this member tells apart, or nil
}

// SitesAt returns the sites that a JSON Pointer into a request body leads to. An
// index or * stands for any item of a list, and a leading /message may be left
// out. The error says which step leads nowhere, and what there is instead: it is a
// [*StepError], save for what is no JSON Pointer.
func SitesAt(pointer string) ([]Site, error) {
	if !strings.HasPrefix(pointer, "/") {
		return nil, fmt.Errorf("%q is not a JSON Pointer: it starts with /, as /message/endedReason", pointer)
	}
	tokens := strings.Split(pointer[1:], "/")
	if tokens[0] == "message" {
		tokens = tokens[1:]
	}
	top := vapi.Descriptor().Top
	at := []Site{{Pointer: "/message", Owner: top, Schema: &vapi.Schema{Kind: vapi.KindRef, Ref: top.Name, Type: top}}}
	for _, token := range tokens {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		next, names := step(at, token)
		if len(next) == 0 {
			slices.Sort(names)
			return nil, &StepError{at[0].Pointer, token, slices.Compact(names), nearest.Of(token, names)}
		}
		at = next
	}
	return at, nil
}

// StepError says which step of a pointer leads nowhere.
type StepError struct {
	Pointer string   // the way up to there
	Token   string   // the step
	Names   []string // that there are instead, ascending; none if the contract leaves open what there is
	Nearest string   // the one that was probably meant; may be empty
}

func (e *StepError) Error() string {
	switch {
	case len(e.Names) == 0:
		return "the contract says nothing below " + e.Pointer
	case e.Nearest != "":
		return fmt.Sprintf("%s has no member %s: did you mean %s?", e.Pointer, e.Token, quote(e.Nearest))
	}
	return fmt.Sprintf("%s has no member %s: there are %s", e.Pointer, e.Token, strings.Join(e.Names, ", "))
}

// step follows one token from each site. names are the members that there are.
func step(from []Site, token string) (next []Site, names []string) {
	for _, s := range from {
		for _, schema := range alternatives(s.Schema) {
			switch schema.Kind {
			case vapi.KindRef:
				for i := range schema.Type.Members {
					m := &schema.Type.Members[i]
					names = append(names, m.Name)
					if m.Name == token {
						site := memberSite(s.Pointer, schema.Type, m)
						if u := s.Schema.Union; u != nil && u.Tag == token {
							site.TagOf = u
						}
						next = append(next, site)
					}
				}
			case vapi.KindArray, vapi.KindMap:
				if schema.Items != nil && (schema.Kind == vapi.KindMap || isIndex(token)) {
					next = append(next, Site{Pointer: s.Pointer + "/*", Owner: s.Owner, Schema: schema.Items})
				} else {
					names = append(names, "*")
				}
			}
		}
	}
	return distinct(next), names
}

func isIndex(token string) bool {
	_, err := strconv.Atoi(token)
	return err == nil || token == "*" || token == "-"
}

// alternatives are the schemas of a union's branches, or the schema itself.
func alternatives(s *vapi.Schema) []*vapi.Schema {
	if s.Kind != vapi.KindUnion {
		return []*vapi.Schema{s}
	}
	var out []*vapi.Schema
	for _, b := range s.Union.Branches {
		out = append(out, b.Schema)
	}
	return out
}

func memberSite(above string, t *vapi.Type, m *vapi.Member) Site {
	s := Site{Pointer: above + "/" + m.Name, Owner: t, Member: m, Schema: m.Schema}
	if t == vapi.Descriptor().Top {
		for _, r := range vapi.Rules {
			if r.Member == "/message/"+m.Name {
				s.Rules = append(s.Rules, r)
			}
		}
	}
	for _, d := range vapi.Deviations {
		if d.Type == t.Name && d.Member == m.Name {
			s.Deviates = append(s.Deviates, d)
		}
	}
	return s
}

// distinct leaves out sites of the same member, which several ways led to.
func distinct(sites []Site) []Site {
	var out []Site
	for _, s := range sites {
		if !slices.ContainsFunc(out, func(o Site) bool { return o.Owner == s.Owner && o.Member == s.Member && o.Schema == s.Schema }) {
			out = append(out, s)
		}
	}
	return out
}

// Describe says in a few words which values the schema takes.
func Describe(s *vapi.Schema) string {
	text := describeKind(s)
	if s.Nullable {
		text += ", or null"
	}
	return text
}

func describeKind(s *vapi.Schema) string {
	switch s.Kind {
	case vapi.KindRef:
		return "object " + s.Type.Name
	case vapi.KindObject:
		return "object with any members"
	case vapi.KindArray:
		if s.Items == nil {
			return "list of anything"
		}
		return "list of: " + Describe(s.Items)
	case vapi.KindMap:
		return "object whose members are: " + Describe(s.Items)
	case vapi.KindUnion:
		return describeUnion(s.Union)
	}
	parts := []string{jsonTypes[s.Kind]}
	if b := between(s.Min, s.Max); b != "" {
		parts = append(parts, b)
	}
	if b := between(positive(s.MinLength), positive(s.MaxLength)); b != "" {
		parts = append(parts, b+" characters")
	}
	if s.Pattern != "" {
		parts = append(parts, "matching "+s.Pattern)
	}
	if s.Format != "" {
		parts = append(parts, "format "+s.Format)
	}
	switch {
	case s.Enum != nil && len(s.Enum.Values) == 1:
		parts = append(parts, "always "+strconv.Quote(s.Enum.Values[0]))
	case s.Enum != nil && s.OpenEnum:
		parts = append(parts, fmt.Sprintf("any, %d values documented", len(s.Enum.Values)))
	case s.Enum != nil:
		parts = append(parts, fmt.Sprintf("%d documented values", len(s.Enum.Values)))
	}
	return strings.Join(parts, ", ")
}

func describeUnion(u *vapi.Union) string {
	var parts []string
	for _, b := range u.Branches {
		part := Describe(b.Schema)
		if len(b.Values) > 0 {
			part += " (" + u.Tag + " " + strings.Join(b.Values, ", ") + ")"
		}
		parts = append(parts, part)
	}
	return "one of: " + strings.Join(parts, "; ")
}

func positive(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func between(lo, hi string) string {
	switch {
	case lo != "" && hi != "":
		return lo + " to " + hi
	case lo != "":
		return "at least " + lo
	case hi != "":
		return "at most " + hi
	}
	return ""
}
