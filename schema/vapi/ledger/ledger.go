// Package ledger holds what is known about the provider's status-update
// contract beyond its OpenAPI file, as rows of data: the rules that only prose
// states, the corrections of the file's own mistakes, the deviations of live
// traffic, and the members that live traffic carries though no schema has them.
//
// Everything that judges or makes a payload reads these rows; nobody keeps a
// second table. A row without a vector, or a vector without a row, fails a test.
package ledger

// A Source says where a fact was found.
type Source string

const (
	// Spec is the provider's OpenAPI file.
	Spec Source = "spec"
	// Prose is a sentence in a description of that file.
	Prose Source = "prose"
	// Docs are the provider's public guides.
	Docs Source = "docs"
	// Live is captured traffic: 340 webhook bodies, 15 of them status-updates.
	Live Source = "live"
)

// Demand is what a rule asks of its member.
type Demand string

const (
	// Present: the member must be there.
	Present Demand = "present"
	// Wrapped: the message must sit inside the envelope.
	Wrapped Demand = "wrapped"
	// Const: the member must have exactly the value of When.Values[0].
	Const Demand = "const"
	// OnlyThen: the member may be there only if the condition holds. It does not
	// ask for the member to be there. An explicit null counts as absent.
	OnlyThen Demand = "only-then"
)

// Condition holds when the sibling member has one of the values.
// The zero Condition always holds.
type Condition struct {
	Member string   // a sibling of the rule's member
	Values []string // any of these
}

// Rule is one sentence of the contract that the types alone cannot express.
type Rule struct {
	ID     string // the finding's rule id
	Member string // JSON Pointer of the member it speaks of
	When   Condition
	Demand Demand
	Source Source
	Where  string // where the source states it, in our words
	// Unchecked names the part of the sentence that no validator can decide from
	// the payload alone; empty if all of it is checked.
	Unchecked string
}

// Correction says that the provider's file is wrong at some sites, and how the
// generator reads those sites instead.
type Correction struct {
	ID     string
	Defect Defect   // the class that the generator detects
	Sites  []string // "Schema.member" patterns, as path.Match takes them
	Reason string   // why the file cannot be meant literally
	Source Source   // what shows the right reading
	// Files says, for each file by SHA-256, how many sites the row covers there.
	// Any other number fails the generator: the row is stale or too narrow.
	Files map[string]int
	// Dispatch is how to tell the branches of a union apart, for Defect UnionOverlap.
	Dispatch []Dispatch
}

// Defect is a class of mistake that the generator knows to detect.
type Defect string

const (
	UnionOverlap        Defect = "union-overlap"        // branches that one value can satisfy together
	UnionStringOrEnum   Defect = "union-string-or-enum" // an enum of strings beside any string
	UnionBesideAllOf    Defect = "union-beside-all-of"  // oneOf and allOf that name the same schema
	UnionBesideEnum     Defect = "union-beside-enum"    // an enum that repeats or shuts out branches of its oneOf
	PatternLiteral      Defect = "pattern-literal"      // a JavaScript literal, delimiters and all
	EnumOnArray         Defect = "enum-on-array"        // an enum that belongs to the items
	EnumOnObject        Defect = "enum-on-object"       // an enum of strings on type object
	EnumRepeated        Defect = "enum-repeated"        // the same value more than once
	EnumEmpty           Defect = "enum-empty"           // no value at all
	EnumUntyped         Defect = "enum-untyped"         // an enum without a JSON type, or of type "enum"
	EnumWithoutNull     Defect = "enum-without-null"    // nullable, though the enum shuts null out
	ObjectBesideScalar  Defect = "object-beside-scalar" // a free object whose example is a scalar
	StringBesideList    Defect = "string-beside-list"   // a string whose example is a list
	LengthOnArray       Defect = "length-on-array"      // maxLength, which means nothing on an array
	ReferenceDangling   Defect = "reference-dangling"   // a $ref to a schema that is not in the file
	MemberNamedKeyword  Defect = "member-named-keyword" // a member whose name is a schema keyword
	MessageUnreferenced Defect = "message-unreferenced" // no path, callback or webhook leads to the message
)

// Dispatch tells how one branch of a union is recognised. The first row that
// matches wins; a row with neither Has, Kind, Values, Prefix nor Missing matches
// whatever is left.
type Dispatch struct {
	Branch  string   // the provider's schema name
	Added   bool     // the file's union lacks the branch
	Tag     string   // the member that Values, Prefix, Missing and Kind look at
	Values  []string // the tag is one of these
	Prefix  string   // or it starts so
	Missing bool     // or it is not there
	Kind    string   // the member Tag has this JSON type
	Has     []string // any of these members is there; beside Values, both are asked
}

// Deviation is a difference in type, nullability or presence between live
// traffic and the file. The live profile admits it with a note; the documented
// profile reports it as an error under the row's id.
type Deviation struct {
	ID     string
	Type   string // the provider's schema name; empty: every schema
	Member string // empty: every optional member
	// Admits is what live traffic does there: a JSON type ("object", "string",
	// "null"), or "absent" for a required member that is missing.
	Admits string
	// Pattern is what an admitted string matches (RE2); empty: anything.
	Pattern  string
	Source   Source
	Evidence string
	Since    string // when it was seen
	Example  string // a payload that does it
	// Documented is the same payload as the file has it.
	Documented string
}

// Undocumented is a member that live traffic carries though the file's schema
// does not have it.
type Undocumented struct {
	Type     string // the provider's schema name
	Member   string
	Kind     string // the JSON type seen
	Source   Source
	Evidence string
}
