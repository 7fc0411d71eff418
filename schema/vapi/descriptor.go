package vapi

import "sync"

// Kind is the JSON type that a [Schema] asks for, or how it is composed.
type Kind uint8

const (
	KindString  Kind = iota + 1 // a string, perhaps of an Enum
	KindNumber                  // any JSON number
	KindInteger                 // a JSON number without a fraction
	KindBoolean
	KindObject // an object about whose members the contract says nothing
	KindArray  // an array; Items says of what, nil of anything
	KindMap    // an object whose member values all satisfy Items
	KindRef    // an object with the members of Type
	KindUnion  // one of Union's branches
	KindNull   // null, as the type of a value; no Schema asks for it
)

// Contract is the contract as data: what the provider's file says of one message
// and of every schema that it reaches, after the corrections. It is read-only.
type Contract struct {
	Top    *Type   // ServerMessageStatusUpdate
	Types  []*Type // by provider name, ascending
	Source Source
	byName map[string]*Type
}

// Source identifies the file that the model was generated from.
type Source struct {
	SHA256 string // of the file, hexadecimal
}

// Type is one named schema of the provider's file: an object with members.
type Type struct {
	Name    string // the provider's
	GoName  string
	Members []Member // in the file's order

	index        map[string]int
	undocumented map[string]*Undocumented
	known        names // documented or not
}

// Member is one documented member of a Type.
type Member struct {
	Name       string // on the wire
	GoName     string
	Required   bool // the file lists it as required
	Deprecated bool
	WriteOnly  bool
	Schema     *Schema

	path string
}

// Path returns the provider's name of the type and the member's, as Call.createdAt.
func (m *Member) Path() string { return m.path }

// Schema is what the contract says of one value.
type Schema struct {
	Kind      Kind
	Nullable  bool   // null is allowed too
	Ref       string // KindRef: the provider's name of Type
	Type      *Type  // KindRef
	Items     *Schema
	Enum      *Enum  // KindString, KindNumber: the documented values
	OpenEnum  bool   // the contract itself allows any other string beside Enum
	Min       string // inclusive lower bound as a JSON number; empty: none
	Max       string // inclusive upper bound
	MinLength int    // in Unicode code points; 0: none
	MaxLength int    // in Unicode code points; 0: none
	Pattern   string // RE2, corrected where the file has a JavaScript literal
	Format    string // date-time, uri or uuid; an annotation, never an error
	Union     *Union

	// Corrections are the ids of the ledger rows that changed this site.
	Corrections []string
}

// Enum is a list of documented values. The provider adds values every week, so a
// consumer must survive others.
type Enum struct {
	Name   string   // the Go type; empty where there is none (a single value)
	Values []string // distinct, in the file's order; numbers as JSON text
}

// Union is a value of one of several branches. At most one branch takes each
// JSON type, save objects, which are told apart by Dispatch in order.
type Union struct {
	Name     string // the Go type; empty where a plain Go type does
	Branches []Branch
	// Tag is the member that tells object branches apart; empty if no single
	// member does.
	Tag string
}

// Branch is one alternative of a Union.
type Branch struct {
	Schema *Schema
	// Of an object branch, how it is recognised: the first branch that matches
	// is taken. A branch without any of these takes whatever is left.
	Values  []string // Tag is one of these
	Prefix  string   // or Tag starts so
	Missing bool     // or Tag is not there
	Member  string   // or this member ...
	Kind    Kind     // ... has this JSON type
	Has     []string // or any of these members is there; beside Values, both are asked
}

// Catches reports whether the branch takes every object that no earlier branch took.
func (b *Branch) Catches() bool {
	return b.Schema.Kind == KindRef && len(b.Values) == 0 && b.Prefix == "" && !b.Missing && b.Member == "" && len(b.Has) == 0
}

var linkModel = sync.OnceValue(func() *Contract {
	m := &Contract{Source: modelSource, byName: make(map[string]*Type, len(modelTypes))}
	for i := range modelTypes {
		t := &modelTypes[i]
		m.Types = append(m.Types, t)
		m.byName[t.Name] = t
		t.index = make(map[string]int, len(t.Members))
		t.known = make(names, len(t.Members))
		for j := range t.Members {
			t.index[t.Members[j].Name] = j
			t.known.add(t.Members[j].Name)
			t.Members[j].path = t.Name + "." + t.Members[j].Name
		}
	}
	for i := range UndocumentedMembers {
		u := &UndocumentedMembers[i]
		if t := m.byName[u.Type]; t != nil {
			t.knowUndocumented(u)
		}
	}
	for _, t := range m.Types {
		for j := range t.Members {
			m.link(t.Members[j].Schema)
		}
	}
	for _, u := range modelUnions {
		for i := range u.Branches {
			m.link(u.Branches[i].Schema)
		}
	}
	m.Top = m.byName["ServerMessageStatusUpdate"]
	return m
})

func (m *Contract) link(s *Schema) {
	for ; s != nil; s = s.Items {
		if s.Kind == KindRef {
			s.Type = m.byName[s.Ref]
		}
	}
}

// Descriptor returns the model that package vapi was generated from. All callers
// share one value; they must not change it.
func Descriptor() *Contract { return linkModel() }

// Type returns the schema with the provider's name, or nil.
func (m *Contract) Type(name string) *Type { return m.byName[name] }

// Index returns where in Members the member with the wire name is, or -1.
func (t *Type) Index(name string) int {
	if i, ok := t.index[name]; ok {
		return i
	}
	return -1
}

// Member returns the member with the wire name, or nil.
func (t *Type) Member(name string) *Member {
	if i := t.Index(name); i >= 0 {
		return &t.Members[i]
	}
	return nil
}

func (t *Type) knowUndocumented(u *Undocumented) {
	if t.undocumented == nil {
		t.undocumented = map[string]*Undocumented{}
	}
	t.undocumented[u.Member] = u
	t.known.add(u.Member)
}

// Names are the wire names of the documented members, in the file's order.
func (t *Type) Names() []string {
	out := make([]string, len(t.Members))
	for i := range t.Members {
		out[i] = t.Members[i].Name
	}
	return out
}

// Undocumented returns the ledger row of a member that live traffic carries
// though the type does not have it, or nil.
func (t *Type) Undocumented(name string) *Undocumented { return t.undocumented[name] }

// Confusable returns the known member, documented or not, that a decoder which
// ignores case takes the name for, though it is another; else "".
func (t *Type) Confusable(name string) string { return t.known.confusable(name) }
