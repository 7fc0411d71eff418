package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringproof/ringproof/schema/vapi/ledger"
)

const modelFolder = "../../schema/vapi"

// Most tests feed small documents, so that they say what they are about and run without the provider's files.

// openapi is a document whose message has the members besides type, and the schemas besides itself. A path leads to the
// message.
func openapi(members, schemas string) []byte {
	return []byte(`{
		"paths": {"/hook": {"$ref": "#/components/schemas/ServerMessageStatusUpdate"}},
		"components": {"schemas": {
			"ServerMessageStatusUpdate": {
				"type": "object", "required": ["type"],
				"properties": {"type": {"type": "string", "enum": ["status-update"]}` + comma(members) + `}
			}` + comma(schemas) + `
		}}
	}`)
}

func comma(list string) string {
	if list == "" {
		return ""
	}
	return ", " + list
}

// Two schemas that no member tells apart, and two that type does.
const (
	overlapping = `
		"A": {"type": "object", "required": ["role"], "properties": {"role": {"type": "string"}}},
		"B": {"type": "object", "required": ["role"], "properties": {"role": {"type": "string"}, "own": {"type": "string"}}}`
	tagged = `
		"A": {"type": "object", "required": ["type"], "properties": {"type": {"type": "string", "enum": ["a"]}}},
		"B": {"type": "object", "required": ["type"], "properties": {"type": {"type": "string", "enum": ["b", "bb"]}}}`
	unionOfAB = `"oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]`
)

// useLedger replaces the ledger for one test. The real rows speak of the real files.
func useLedger(t *testing.T, corrections []ledger.Correction, deviations []ledger.Deviation) {
	t.Helper()
	c, d := ledger.Corrections, ledger.Deviations
	t.Cleanup(func() { ledger.Corrections, ledger.Deviations = c, d })
	ledger.Corrections, ledger.Deviations = corrections, deviations
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// emitted builds and emits a document: file name to text.
func emitted(data []byte) (map[string]string, error) {
	m, err := build(data)
	if err != nil {
		return nil, err
	}
	files, err := emit(m)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, f := range files {
		out[f.name] = string(f.data)
	}
	return out, nil
}

func mustEmit(t *testing.T, data []byte) map[string]string {
	t.Helper()
	files, err := emitted(data)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// squeeze undoes what gofmt aligns.
func squeeze(s string) string { return regexp.MustCompile(`[ \t]+`).ReplaceAllString(s, " ") }

func mustContain(t *testing.T, reason, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(squeeze(text), want) {
			t.Errorf("(%s) no %q in\n%s", reason, want, text)
		}
	}
}

// refuse builds a document that must be refused, and returns why it was, a line each.
func refuse(t *testing.T, data []byte) []string {
	t.Helper()
	if _, err := build(data); err != nil {
		return strings.Split(err.Error(), "\n")
	}
	t.Fatal("it was accepted")
	return nil
}

// everything uses each feature of the model that needs no correction.
var everything = openapi(`
	"status": {"type": "string", "enum": ["ringing", "ended"]},
	"timestamp": {"type": "number", "minimum": 0, "maximum": 1e3},
	"count": {"type": "integer", "enum": [1, 2]},
	"on": {"type": "boolean", "deprecated": true},
	"secret": {"type": "string", "writeOnly": true, "minLength": 1, "maxLength": 40, "pattern": "^a$", "format": "uri"},
	"maybe": {"type": "string", "nullable": true},
	"free": {"type": "object"},
	"any": {"type": "array"},
	"list": {"type": "array", "items": {"allOf": [{"$ref": "#/components/schemas/A"}]}},
	"map": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/B"}},
	"one": {`+unionOfAB+`},
	"mixed": {"oneOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}, {"type": "array", "items": {"type": "string"}}, {"$ref": "#/components/schemas/C"}]},
	"halves": {"oneOf": [{"type": "string", "enum": ["x", "y"]}, {"type": "string", "enum": ["z"]}]}`,
	tagged+`, "C": {"type": "object", "properties": {"self": {"$ref": "#/components/schemas/C"}}}`)

func TestOutputSaysWhatTheFileSays(t *testing.T) {
	useLedger(t, nil, nil)
	files := mustEmit(t, everything)
	mustContain(t, "each feature of the descriptor", files["descriptor_gen.go"],
		`SHA256: "`+hash(everything)+`"`,
		`{Name: "type", GoName: "Type", Required: true, Schema: &Schema{Kind: KindString, Enum: &enum`,
		`{Name: "status", GoName: "Status", Schema: &Schema{Kind: KindString, Enum: &enum`,
		`{Name: "timestamp", GoName: "Timestamp", Schema: &Schema{Kind: KindNumber, Min: "0", Max: "1e3"}}`,
		`{Name: "count", GoName: "Count", Schema: &Schema{Kind: KindInteger, Enum: &enum`,
		`Values: []string{"1", "2"}`,
		`{Name: "on", GoName: "On", Deprecated: true, Schema: &Schema{Kind: KindBoolean}}`,
		`{Name: "secret", GoName: "Secret", WriteOnly: true, Schema: &Schema{Kind: KindString, MinLength: 1, MaxLength: 40, Pattern: "^a$", Format: "uri"}}`,
		`{Name: "maybe", GoName: "Maybe", Schema: &Schema{Kind: KindString, Nullable: true}}`,
		`{Name: "free", GoName: "Free", Schema: &Schema{Kind: KindObject}}`,
		`{Name: "any", GoName: "Any", Schema: &Schema{Kind: KindArray}}`,
		`{Name: "list", GoName: "List", Schema: &Schema{Kind: KindArray, Items: &Schema{Kind: KindRef, Ref: "A"}}}`,
		`{Name: "map", GoName: "Map", Schema: &Schema{Kind: KindMap, Items: &Schema{Kind: KindRef, Ref: "B"}}}`,
		`{Schema: &Schema{Kind: KindRef, Ref: "A"}, Values: []string{"a"}}`,
		`{Schema: &Schema{Kind: KindRef, Ref: "B"}, Values: []string{"b", "bb"}}`,
		`{Schema: &Schema{Kind: KindRef, Ref: "C"}}`,
		`Values: []string{"x", "y", "z"}`,
	)
	mustContain(t, "each kind of Go type", files["types_gen.go"],
		"type StatusUpdate struct", "Type string `json:\"type\"`", "Timestamp Opt[Number] `json:\"timestamp\"`", "On Opt[bool] `json:\"on\"`",
		"Free Opt[Object] `json:\"free\"`", "Any Opt[[]json.RawMessage] `json:\"any\"`", "List Opt[[]A] `json:\"list\"`",
		"Map Opt[map[string]B] `json:\"map\"`", "Extra Members `json:\"-\"`")
}

func TestRequiredNullableAndDeviationsDecideTheGoType(t *testing.T) {
	for _, row := range []struct {
		name, required, schema string
		deviation              []ledger.Deviation
		want, reason           string
	}{
		{"optional", ``, `{"type": "string"}`, nil, "X Opt[string] `json:\"x\"`", "absent is a state of its own"},
		{"required", `, "required": ["x"]`, `{"type": "string"}`, nil, "X string `json:\"x\"`", "it is always there"},
		{"nullable", ``, `{"type": "string", "nullable": true}`, nil, "X Opt[string] `json:\"x\"`", "null and absent are both states of Opt"},
		{"required and nullable", `, "required": ["x"]`, `{"type": "string", "nullable": true}`, nil, "X Opt[string] `json:\"x,required\"`", "null does not make it optional"},
		{"live leaves it out", `, "required": ["x"]`, `{"type": "string"}`,
			[]ledger.Deviation{{ID: "deviation/test", Type: "A", Member: "x", Admits: "absent"}}, "X Opt[string] `json:\"x\"`", "the type must hold what live traffic sends"},
		{"live leaves it out, nullable", `, "required": ["x"]`, `{"type": "string", "nullable": true}`,
			[]ledger.Deviation{{ID: "deviation/test", Type: "A", Member: "x", Admits: "absent"}}, "X Opt[string] `json:\"x\"`", "the decoder must not ask for it"},
		{"live has another type", ``, `{"type": "string"}`,
			[]ledger.Deviation{{ID: "deviation/test", Type: "A", Member: "x", Admits: "object"}}, "X Opt[Loose[string]] `json:\"x\"`", "the type must hold what live traffic sends"},
		{"live sends null everywhere", `, "required": ["x"]`, `{"type": "string"}`,
			[]ledger.Deviation{{ID: "deviation/test", Admits: "null"}}, "X string `json:\"x\"`", "a row for every optional member concerns no required one"},
	} {
		t.Run(row.name, func(t *testing.T) {
			useLedger(t, nil, row.deviation)
			doc := openapi(`"a": {"$ref": "#/components/schemas/A"}`, `"A": {"type": "object", "properties": {"x": `+row.schema+`}`+row.required+`}`)
			mustContain(t, row.reason, mustEmit(t, doc)["types_gen.go"], row.want)
		})
	}
}

// defects has a document for every class that the ledger knows: member x has the defect, or what schemas says.
var defects = []struct {
	defect  ledger.Defect
	member  string
	schemas string
	doc     []byte // instead of the two above
	site    string // ServerMessageStatusUpdate.x if empty
	row     ledger.Correction
	// refusal is what the generator says at the site, if not that the defect is uncorrected; "-" if it says nothing,
	// because the defect changes nothing that it generates.
	refusal string
	want    []string // in the descriptor, once a row covers it
}{
	{
		defect: ledger.UnionOverlap, member: `{` + unionOfAB + `}`, schemas: overlapping,
		row: ledger.Correction{Dispatch: []ledger.Dispatch{{Branch: "A", Tag: "role", Values: []string{"a"}}, {Branch: "B", Tag: "role", Prefix: "b", Missing: true}}},
		want: []string{`Tag: "role"`, `{Schema: &Schema{Kind: KindRef, Ref: "A"}, Values: []string{"a"}}`,
			`{Schema: &Schema{Kind: KindRef, Ref: "B"}, Prefix: "b", Missing: true}`, `Corrections: []string{"correction/test"}`},
	},
	{
		defect: ledger.UnionOverlap, member: `{` + unionOfAB + `}`, schemas: overlapping,
		row: ledger.Correction{Dispatch: []ledger.Dispatch{{Branch: "B", Has: []string{"own"}}, {Branch: "A"}}},
		want: []string{`{Schema: &Schema{Kind: KindRef, Ref: "B"}, Has: []string{"own"}}, {Schema: &Schema{Kind: KindRef, Ref: "A"}},`,
			`Corrections: []string{"correction/test"}`},
	},
	{
		defect: ledger.UnionOverlap, member: `{` + unionOfAB + `}`, schemas: overlapping,
		row:  ledger.Correction{Dispatch: []ledger.Dispatch{{Branch: "B", Tag: "own", Kind: "string"}, {Branch: "A"}}},
		want: []string{`{Schema: &Schema{Kind: KindRef, Ref: "B"}, Member: "own", Kind: KindString}`, `Corrections: []string{"correction/test"}`},
	},
	{
		defect: ledger.UnionStringOrEnum, member: `{"oneOf": [{"type": "string", "enum": ["a", "b"]}, {"type": "string", "maxLength": 9}]}`,
		want: []string{`OpenEnum: true, MaxLength: 9, Corrections: []string{"correction/test"}`, `Values: []string{"a", "b"}`},
	},
	{
		defect: ledger.UnionBesideAllOf, member: `{"oneOf": [{"$ref": "#/components/schemas/A"}], "allOf": [{"$ref": "#/components/schemas/A"}]}`, schemas: tagged,
		want: []string{`{Schema: &Schema{Kind: KindRef, Ref: "A"}, Values: []string{"a"}}`, `Corrections: []string{"correction/test"}`},
	},
	{
		defect: ledger.UnionBesideEnum, member: `{"oneOf": [{"type": "string", "enum": ["a", "b"]}, {"type": "number"}], "enum": ["a"]}`,
		want: []string{`Values: []string{"a", "b"}`, `{Schema: &Schema{Kind: KindNumber}}`, `Corrections: []string{"correction/test"}`},
	},
	{
		defect: ledger.PatternLiteral, member: `{"type": "string", "pattern": "/^[a-z]\\d$/"}`,
		want: []string{`Schema: &Schema{Kind: KindString, Pattern: "^[a-z]\\d$", Corrections: []string{"correction/test"}}`},
	},
	{
		defect: ledger.PatternLiteral, member: `{"type": "string", "pattern": "/^\\p{L}/u"}`,
		want: []string{`Schema: &Schema{Kind: KindString, Pattern: "^\\p{L}", Corrections: []string{"correction/test"}}`},
	},
	{
		defect: ledger.EnumOnArray, member: `{"type": "array", "enum": ["a", "b"], "items": {"type": "string", "enum": ["a", "b"]}}`,
		want: []string{`Schema: &Schema{Kind: KindArray, Items: &Schema{Kind: KindString, Enum: &enum`, `Corrections: []string{"correction/test"}`, `Values: []string{"a", "b"}`},
	},
	{
		defect: ledger.EnumOnArray, member: `{"type": "array", "enum": ["a", "b"], "items": {"type": "string"}}`,
		want: []string{`Schema: &Schema{Kind: KindArray, Items: &Schema{Kind: KindString, Enum: &enum`, `Corrections: []string{"correction/test"}`, `Values: []string{"a", "b"}`},
	},
	{
		defect: ledger.EnumOnObject, member: `{"type": "object", "enum": ["a", "b"]}`,
		want: []string{`Schema: &Schema{Kind: KindString, Enum: &enum`, `Corrections: []string{"correction/test"}`},
	},
	{
		defect: ledger.EnumRepeated, member: `{"type": "string", "enum": ["b", "a", "b", "c", "a"]}`,
		want: []string{`Values: []string{"b", "a", "c"}`, `Corrections: []string{"correction/test"}`},
	},
	{
		defect: ledger.EnumEmpty, member: `{"type": "string", "enum": []}`,
		want: []string{`Schema: &Schema{Kind: KindString, Corrections: []string{"correction/test"}}`},
	},
	{
		defect: ledger.EnumUntyped, member: `{"enum": ["a", "b"]}`,
		want: []string{`Schema: &Schema{Kind: KindString, Enum: &enum`, `Corrections: []string{"correction/test"}`},
	},
	{
		defect: ledger.EnumUntyped, member: `{"type": "enum", "enum": ["a", "b"]}`,
		want: []string{`Schema: &Schema{Kind: KindString, Enum: &enum`, `Corrections: []string{"correction/test"}`},
	},
	{
		defect: ledger.EnumWithoutNull, member: `{"type": "string", "enum": ["a", "b"], "nullable": true}`,
		want: []string{`Schema: &Schema{Kind: KindString, Nullable: true, Enum: &enum`, `Corrections: []string{"correction/test"}`},
	},
	{
		defect: ledger.ObjectBesideScalar, member: `{"type": "object", "example": "en"}`,
		want: []string{`Schema: &Schema{Kind: KindString, Corrections: []string{"correction/test"}}`},
	},
	{
		defect: ledger.ObjectBesideScalar, member: `{"type": "array", "items": {"type": "object"}, "example": [400]}`, site: "ServerMessageStatusUpdate.x#items",
		want: []string{`Schema: &Schema{Kind: KindArray, Items: &Schema{Kind: KindNumber, Corrections: []string{"correction/test"}}}`},
	},
	{
		defect: ledger.StringBesideList, member: `{"type": "string", "enum": ["a", "b"], "example": ["a"]}`,
		want: []string{`Schema: &Schema{Kind: KindUnion, Union: &union`, `Corrections: []string{"correction/test"}`, `{Schema: &Schema{Kind: KindArray, Items: &Schema{Kind: KindString, Enum: &enum`},
	},
	{
		defect: ledger.LengthOnArray, member: `{"type": "array", "maxLength": 3, "items": {"type": "string", "maxLength": 3}}`,
		want: []string{`Schema: &Schema{Kind: KindArray, Items: &Schema{Kind: KindString, MaxLength: 3}, Corrections: []string{"correction/test"}}`},
	},
	{
		defect: ledger.ReferenceDangling, member: `{"oneOf": [{"$ref": "#/components/schemas/Nowhere"}, {"$ref": "#/components/schemas/A"}]}`, schemas: tagged,
		site: "ServerMessageStatusUpdate.x#0", refusal: "refers to Nowhere, which is not in the file",
		want: []string{`Branches: []Branch{ {Schema: &Schema{Kind: KindRef, Ref: "A"}, Values: []string{"a"}}, }}`},
	},
	{
		defect: ledger.MemberNamedKeyword, doc: openapi(`"oneOf": {"type": "string"}`, ""), site: "ServerMessageStatusUpdate.oneOf",
		want: []string{`{Name: "oneOf", GoName: "OneOf", Schema: &Schema{Kind: KindString}}`},
	},
	{
		defect: ledger.MessageUnreferenced, doc: bytes.Replace(openapi("", ""), []byte(`"paths"`), []byte(`"elsewhere"`), 1), site: "ServerMessageStatusUpdate",
		want: []string{`{Name: "ServerMessageStatusUpdate", GoName: "StatusUpdate"`},
	},
}

func TestDefectsNeedARowAndFollowIt(t *testing.T) {
	for _, d := range defects {
		doc, site := d.doc, d.site
		if doc == nil {
			doc = openapi(`"x": `+d.member, d.schemas)
		}
		if site == "" {
			site = "ServerMessageStatusUpdate.x"
		}
		row := d.row
		row.ID, row.Defect, row.Sites = "correction/test", d.defect, []string{site}
		t.Run(string(d.defect), func(t *testing.T) {
			unexplained := site + ": uncorrected defect " + string(d.defect)
			if d.refusal != "" {
				unexplained = site + ": " + d.refusal
			}
			refusedWith := func(reason string, rows ...ledger.Correction) {
				t.Helper()
				useLedger(t, rows, nil)
				mustContain(t, reason, strings.Join(refuse(t, doc), "\n"), unexplained)
			}
			covers := func(n int, sha256 string) ledger.Correction {
				r := row
				r.Files = map[string]int{sha256: n}
				return r
			}
			refusedWith("there is no row")
			refusedWith("the row is for another file", covers(1, "0000"))
			other := covers(1, hash(doc))
			other.Sites = []string{"ServerMessageStatusUpdate.y"}
			refusedWith("the row is for another site", other)
			other = covers(1, hash(doc))
			other.Defect = "another-defect"
			refusedWith("the row is for another defect", other)

			useLedger(t, []ledger.Correction{covers(2, hash(doc))}, nil)
			if got := refuse(t, doc); len(got) != 1 || !strings.HasPrefix(got[0], "correction/test: stale row") {
				t.Errorf("the row says 2 sites and covers 1, and that alone should be said: %q", got)
			}
			useLedger(t, []ledger.Correction{covers(1, hash(doc))}, nil)
			text := strings.Join(strings.Fields(mustEmit(t, doc)["descriptor_gen.go"]), " ")
			mustContain(t, "the row covers the defect", text, d.want...)
		})
	}
}

// TestEveryClassOfDefectIsTried reads the classes from the ledger's source, because constants cannot be listed otherwise.
func TestEveryClassOfDefectIsTried(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(modelFolder, "ledger", "ledger.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	tried := map[string]bool{}
	for _, d := range defects {
		tried[fmt.Sprintf("%q", d.defect)] = true
	}
	classes := 0
	ast.Inspect(f, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			if typ, ok := v.Type.(*ast.Ident); ok && typ.Name == "Defect" {
				classes++
				if literal := v.Values[0].(*ast.BasicLit).Value; !tried[literal] {
					t.Errorf("no document has the defect %s", literal)
				}
			}
		}
		return true
	})
	if classes == 0 {
		t.Error("found no class in the ledger's source")
	}
}

func TestARowOfADefectThatIsGoneIsStale(t *testing.T) {
	doc := openapi(`"x": {"type": "string", "pattern": "^a$"}`, "")
	useLedger(t, []ledger.Correction{{ID: "correction/test", Defect: ledger.PatternLiteral, Sites: []string{"*.x"}, Files: map[string]int{hash(doc): 1}}}, nil)
	got := refuse(t, doc)
	if len(got) != 1 || !strings.HasPrefix(got[0], "correction/test: stale row") {
		t.Errorf("want the stale row alone, got %q", got)
	}
}

// refused are documents that the model cannot say, so that the generator must not pass over them.
var refused = []struct {
	name, member, schemas string
	want                  string // a part of a complaint
	reason                string
}{
	{"unknown keyword", `{"type": "string", "contentEncoding": "base64"}`, "", `ServerMessageStatusUpdate.x: keyword "contentEncoding"`, "tomorrow's file may say what the model cannot"},
	{"unknown keyword on a number", `{"type": "number", "multipleOf": 2}`, "", `ServerMessageStatusUpdate.x: keyword "multipleOf"`, "on every type"},
	{"unknown keyword on a boolean", `{"type": "boolean", "enum": [true]}`, "", `ServerMessageStatusUpdate.x: keyword "enum"`, "on every type"},
	{"unknown keyword on an array", `{"type": "array", "minItems": 1}`, "", `ServerMessageStatusUpdate.x: keyword "minItems"`, "on every type"},
	{"unknown keyword on a free object", `{"type": "object", "minProperties": 1}`, "", `ServerMessageStatusUpdate.x: keyword "minProperties"`, "on every type"},
	{"unknown keyword in items", `{"type": "array", "items": {"type": "string", "not": {}}}`, "", `ServerMessageStatusUpdate.x#items: keyword "not"`, "at any depth"},
	{"unknown keyword in a map", `{"type": "object", "additionalProperties": {"type": "string", "const": "a"}}`, "", `ServerMessageStatusUpdate.x#values: keyword "const"`, "at any depth"},
	{"unknown keyword in a branch", `{"oneOf": [{"type": "number"}, {"type": "string", "const": "a"}]}`, "", `ServerMessageStatusUpdate.x#1: keyword "const"`, "at any depth"},
	{"unknown keyword beside a union", `{"oneOf": [{"type": "string"}], "anyOf": []}`, "", `ServerMessageStatusUpdate.x: keyword "anyOf"`, "beside every composition"},
	{"unknown keyword beside a reference", `{"$ref": "#/components/schemas/A", "maxProperties": 3}`, tagged, `ServerMessageStatusUpdate.x: keyword "maxProperties"`, "beside every composition"},
	{"unknown keyword beside allOf", `{"allOf": [{"$ref": "#/components/schemas/A"}], "minimum": 3}`, tagged, `ServerMessageStatusUpdate.x: keyword "minimum"`, "beside every composition"},
	{"unknown keyword of a schema", `{"$ref": "#/components/schemas/A"}`, `"A": {"type": "object", "properties": {}, "additionalProperties": false}`, `A: keyword "additionalProperties"`, "a closed object would be a contract of its own"},
	{"keyword of another type", `{"type": "number", "maxLength": 3}`, "", `ServerMessageStatusUpdate.x: keyword "maxLength"`, "it means nothing there"},
	{"object with members inline", `{"type": "object", "properties": {"y": {"type": "string"}}}`, "", `ServerMessageStatusUpdate.x: keyword "properties"`, "only named schemas become Go types"},
	{"unknown type", `{"type": "decimal"}`, "", `ServerMessageStatusUpdate.x: type "decimal"`, "no JSON type"},
	{"allOf of two", `{"allOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}]}`, tagged, "ServerMessageStatusUpdate.x: allOf with 2 elements", "a Go type is one of them"},
	{"two branches of a type", `{"oneOf": [{"type": "integer"}, {"type": "number"}]}`, "", "ServerMessageStatusUpdate.x: two branches take", "a value would satisfy both"},
	{"a free object beside one with members", `{"oneOf": [{"type": "object"}, {"$ref": "#/components/schemas/A"}]}`, tagged, "ServerMessageStatusUpdate.x: a free object beside", "a value would satisfy both"},
	{"two enums that share a value", `{"oneOf": [{"type": "string", "enum": ["a", "b"]}, {"type": "string", "enum": ["b", "c"]}]}`, "", "ServerMessageStatusUpdate.x: string branches share values", "a value would satisfy both"},
	{"a tag that one branch does not require", `{` + unionOfAB + `}`, strings.Replace(tagged, `"required": ["type"], `, "", 1),
		"ServerMessageStatusUpdate.x: uncorrected defect union-overlap", "without its tag a value is of no branch"},
	{"a tag with one value for two branches", `{` + unionOfAB + `}`, strings.Replace(tagged, `"bb"`, `"a"`, 1),
		"ServerMessageStatusUpdate.x: uncorrected defect union-overlap", "the value would be of both"},
	{"map of anything", `{"type": "object", "additionalProperties": true}`, "", `ServerMessageStatusUpdate.x: keyword "additionalProperties"`, "a boolean says something else"},
	{"bound in quotes", `{"type": "number", "minimum": "3"}`, "", `ServerMessageStatusUpdate.x: keyword "minimum"`, "it would be lost"},
	{"length with a fraction", `{"type": "string", "maxLength": 1.5}`, "", `ServerMessageStatusUpdate.x: keyword "maxLength"`, "no length has one"},
	{"nullable in quotes", `{"type": "string", "nullable": "true"}`, "", `ServerMessageStatusUpdate.x: keyword "nullable"`, "it would be lost"},
	{"union of nothing", `{"oneOf": []}`, "", `ServerMessageStatusUpdate.x: keyword "oneOf"`, "no value could satisfy it"},
	{"union of texts", `{"oneOf": ["x"]}`, "", `ServerMessageStatusUpdate.x: keyword "oneOf"`, "a branch is a schema"},
	{"items that are no schema", `{"type": "array", "items": true}`, "", `ServerMessageStatusUpdate.x: keyword "items"`, "it would be lost"},
	{"member that is no schema", `"text"`, "", `ServerMessageStatusUpdate: keyword "properties"`, "it would be lost"},
	{"type beside a reference", `{"$ref": "#/components/schemas/A", "type": "string"}`, tagged, `ServerMessageStatusUpdate.x: keyword "type"`, "it would be lost"},
	{"deprecated items", `{"type": "array", "items": {"type": "string", "deprecated": true}}`, "", `ServerMessageStatusUpdate.x#items: keyword "deprecated"`, "the model has it for members only"},
	{"pattern that is not RE2", `{"type": "string", "pattern": "^(?=a)"}`, "", "ServerMessageStatusUpdate.x: pattern:", "no Go consumer could check it"},
	{"enum of null", `{"type": "string", "enum": ["a", null]}`, "", "ServerMessageStatusUpdate.x: enum value", "neither text nor number"},
	{"requirement of no member", `{"$ref": "#/components/schemas/A"}`, `"A": {"type": "object", "required": ["y"], "properties": {}}`, `A: requires "y"`, "no value could satisfy it by the model"},
	{"schema that is no object", `{"$ref": "#/components/schemas/A"}`, `"A": {"type": "string"}`, "A: not an object with properties", "a Go struct needs members"},
	{"two members of one Go name", `{"type": "string"}, "foo-bar": {"type": "string"}, "foo_bar": {"type": "string"}`, "", "foo-bar both want the Go name FooBar", "a number behind it would change with the file's order"},
	{"member without a Go name", `{"type": "string"}, "$": {"type": "string"}`, "", "ServerMessageStatusUpdate.$: no Go name", "a field needs a name"},
	{"member named like the unknown ones", `{"type": "string"}, "extra": {"type": "string"}`, "", "both want the Go name Extra", "Extra holds the unknown members"},
	{"two schemas of one Go name", `{"$ref": "#/components/schemas/A"}, "y": {"$ref": "#/components/schemas/a"}`, tagged + `, "a": {"type": "object", "properties": {}}`,
		"both want the Go name A", "a number behind it would change with the file's order"},
}

func TestWhatTheModelCannotSayIsRefused(t *testing.T) {
	for _, row := range refused {
		t.Run(row.name, func(t *testing.T) {
			useLedger(t, nil, nil)
			mustContain(t, row.reason, strings.Join(refuse(t, openapi(`"x": `+row.member, row.schemas)), "\n"), row.want)
		})
	}
}

// TestCorrectionsChangeNoMoreThanTheirClass: a row does not excuse what its class does not describe.
func TestCorrectionsChangeNoMoreThanTheirClass(t *testing.T) {
	for _, row := range []struct {
		name    string
		defect  ledger.Defect
		member  string
		schemas string
		want    string
		reason  string
	}{
		{"flag i", ledger.PatternLiteral, `{"type": "string", "pattern": "/^a$/i"}`, "", `pattern flags "i"`, "dropping the flag changes what matches"},
		{"array enum with a value of its own", ledger.EnumOnArray, `{"type": "array", "enum": ["a", "c"], "items": {"type": "string", "enum": ["a", "b"]}}`, "",
			"the array's enum is not that of its items", "the items would lose it"},
		{"array enum of fewer values", ledger.EnumOnArray, `{"type": "array", "enum": ["a"], "items": {"type": "string", "enum": ["a", "b"]}}`, "",
			"the array's enum is not that of its items", "nobody says which is meant"},
		{"array length that the items lack", ledger.LengthOnArray, `{"type": "array", "maxLength": 3, "items": {"type": "string"}}`, "",
			"the array's maxLength is not that of its items", "it would be lost"},
		{"two open branches", ledger.UnionStringOrEnum, `{"oneOf": [{"type": "string", "enum": ["a"]}, {"type": "string", "maxLength": 3}, {"type": "string"}]}`, "",
			"two branches take any string, and not the same", "one would be lost"},
		{"array enum over numbers", ledger.EnumOnArray, `{"type": "array", "enum": ["a"], "items": {"type": "number"}}`, "", "not one of strings", "no item can be a string"},
		{"allOf of another schema", ledger.UnionBesideAllOf, `{"oneOf": [{"$ref": "#/components/schemas/A"}], "allOf": [{"$ref": "#/components/schemas/B"}]}`, tagged,
			"oneOf has A, allOf beside it has B", "then it repeats nothing"},
		{"enum beside a union with a value of its own", ledger.UnionBesideEnum, `{"oneOf": [{"type": "string", "enum": ["a"]}, {"type": "number"}], "enum": ["z"]}`, "",
			`the enum beside the union has "z"`, "no branch would take it"},
		{"dispatch without a branch", ledger.UnionOverlap, `{` + unionOfAB + `}`, overlapping, "does not say how to recognise A", "no value would be an A"},
	} {
		t.Run(row.name, func(t *testing.T) {
			doc := openapi(`"x": `+row.member, row.schemas)
			useLedger(t, []ledger.Correction{{ID: "correction/test", Defect: row.defect, Sites: []string{"*.x"}, Files: map[string]int{hash(doc): 1},
				Dispatch: []ledger.Dispatch{{Branch: "B", Tag: "role", Values: []string{"b"}}}}}, nil)
			mustContain(t, row.reason, strings.Join(refuse(t, doc), "\n"), "ServerMessageStatusUpdate.x: ", row.want)
		})
	}
}

func TestADeviationOfAMemberThatIsGoneFails(t *testing.T) {
	for _, typ := range []string{"ServerMessageStatusUpdate", "NoSuchSchema"} {
		useLedger(t, nil, []ledger.Deviation{{ID: "deviation/test", Type: typ, Member: "nowhere", Admits: "null"}})
		if got := refuse(t, openapi("", "")); len(got) != 1 || !strings.Contains(got[0], "deviation/test") {
			t.Errorf("%s.nowhere: want the deviation alone, got %q", typ, got)
		}
	}
}

func TestEveryMistakeIsListedAtOnce(t *testing.T) {
	useLedger(t, nil, nil)
	got := refuse(t, openapi(`"x": {"type": "string", "pattern": "/a/"}, "y": {"type": "decimal"}, "z": {"type": "object", "enum": ["a"]}`, ""))
	if len(got) != 3 {
		t.Errorf("want one line for each of 3 mistakes, got %q", got)
	}
}

// The command.

func runCommand(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(args, &out, &err)
	return code, out.String(), err.String()
}

func TestUsageErrorsExitWith2(t *testing.T) {
	for _, row := range []struct {
		args   []string
		reason string
	}{
		{nil, "nothing to read, nowhere to write"},
		{[]string{"-openapi", "file.json"}, "nowhere to write"},
		{[]string{"-out", t.TempDir()}, "nothing to read"},
		{[]string{"-openapi", "", "-out", ""}, "as good as missing"},
		{[]string{"-verbose"}, "an unknown flag"},
	} {
		code, stdout, stderr := runCommand(row.args...)
		if code != 2 || stdout != "" || !strings.Contains(stderr, "-openapi") || !strings.Contains(stderr, "-out") {
			t.Errorf("%q (%s): exit code %d, stdout %q, stderr %q; want 2 and both flags on stderr", row.args, row.reason, code, stdout, stderr)
		}
	}
}

func TestInputErrorsExitWith1AndWriteNothing(t *testing.T) {
	for _, row := range []struct {
		name   string
		data   string // of the file; none if empty
		want   string
		reason string
	}{
		{"missing file", "", "input.json", "the message names the file"},
		{"blank file", " ", "not a JSON file", "a download that failed"},
		{"YAML", "openapi: 3.0.0", "not a JSON file", "the other form of OpenAPI files"},
		{"cut short", `{"components": {"schemas": {"ServerMessageStatusUpdate": {`, "not a JSON file", "a download that broke off"},
		{"array", "[]", "not an OpenAPI file", "JSON, but no document"},
		{"another document", `{"openapi": "3.0.0"}`, "components.schemas has no ServerMessageStatusUpdate", "a file of somebody else"},
		{"another message", `{"components": {"schemas": {"ServerMessageHang": {}}}}`, "components.schemas has no ServerMessageStatusUpdate", "the schema was renamed"},
		{"message that is no object", `{"components": {"schemas": {"ServerMessageStatusUpdate": []}}}`, "components.schemas has no ServerMessageStatusUpdate", "the schema is broken"},
		{"uncorrected defect", string(openapi(`"x": {"type": "string", "pattern": "/a/"}`, "")), "uncorrected defect pattern-literal", "nothing is generated from half a file"},
	} {
		t.Run(row.name, func(t *testing.T) {
			useLedger(t, nil, nil)
			in, out := filepath.Join(t.TempDir(), "input.json"), filepath.Join(t.TempDir(), "out")
			if row.data != "" {
				write(t, in, []byte(row.data))
			}
			code, stdout, stderr := runCommand("-openapi", in, "-out", out)
			if code != 1 || stdout != "" || !strings.HasPrefix(stderr, "genmodel: ") || !strings.Contains(stderr, row.want) {
				t.Errorf("(%s) exit code %d, stdout %q, stderr %q; want 1 and %q on stderr", row.reason, code, stdout, stderr, row.want)
			}
			if _, err := os.Stat(out); !os.IsNotExist(err) {
				t.Error("the folder was written to all the same")
			}
		})
	}
}

func TestCommandWritesFourFormattedFiles(t *testing.T) {
	useLedger(t, nil, nil)
	in, out := filepath.Join(t.TempDir(), "input.json"), filepath.Join(t.TempDir(), "out")
	write(t, in, everything)
	code, stdout, stderr := runCommand("-openapi", in, "-out", out)
	if code != 0 || stderr != "" {
		t.Fatalf("exit code %d, stderr %q", code, stderr)
	}
	mustContain(t, "the output says what was read", stdout, "input.json: 4 schemas, 17 members")
	want := mustEmit(t, everything)
	entries, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(want) || len(want) != 4 {
		t.Errorf("%d files, want 4", len(entries))
	}
	for name, text := range want {
		data := read(t, filepath.Join(out, name))
		if string(data) != text {
			t.Errorf("%s is not what was generated", name)
		}
		if formatted, err := format.Source(data); err != nil || !bytes.Equal(formatted, data) {
			t.Errorf("%s is not formatted: %v", name, err)
		}
		if !strings.HasPrefix(text, "// Code generated ") || !strings.Contains(text[:200], hash(everything)) {
			t.Errorf("%s does not begin with a mark of its origin", name)
		}
	}
}

// The real files.

// upstream returns one of the provider's files by its SHA-256, or skips the test.
func upstream(t *testing.T, sum, unchecked string) []byte {
	t.Helper()
	dir := os.Getenv("RINGPROOF_UPSTREAM")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "upstream")
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		if data := read(t, p); hash(data) == sum {
			return data
		}
	}
	t.Skipf("NOT CHECKED: %s. None of %d files in the folder of the provider's files (RINGPROOF_UPSTREAM) has the SHA-256 %s", unchecked, len(paths), sum)
	return nil
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestSameFileGivesSameBytes(t *testing.T) {
	t.Run("small document", func(t *testing.T) {
		useLedger(t, nil, nil)
		first := mustEmit(t, everything)
		for range 20 { // as often as map order needs to show
			if diff := cmp.Diff(first, mustEmit(t, everything)); diff != "" {
				t.Fatal(diff)
			}
		}
	})
	t.Run("real file", func(t *testing.T) {
		data := upstream(t, ledger.File20260818, "that the model of the provider's file is the same each time")
		if !maps.Equal(mustEmit(t, data), mustEmit(t, data)) {
			t.Error("two runs differ")
		}
	})
}

func TestCommittedModelIsWhatTheGeneratorWrites(t *testing.T) {
	data := upstream(t, ledger.File20260818, "that the committed model is what the generator makes of the provider's file")
	want := mustEmit(t, data)
	paths, err := filepath.Glob(filepath.Join(modelFolder, "*_gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	committed := map[string]bool{}
	for _, p := range paths {
		committed[filepath.Base(p)] = true
	}
	for name, text := range want {
		if !committed[name] {
			t.Errorf("%s is not committed; run: make model", name)
			continue
		}
		if got := read(t, filepath.Join(modelFolder, name)); string(got) != text {
			t.Errorf("%s is not what the generator writes: run make model, or undo the change by hand\n%s", name, firstDifference(string(got), text))
		}
	}
}

// firstDifference shows one line, where a diff of thousands would help nobody.
func firstDifference(committed, generated string) string {
	c, g := strings.Split(committed, "\n"), strings.Split(generated, "\n")
	for i := range min(len(c), len(g)) {
		if c[i] != g[i] {
			return fmt.Sprintf("line %d\n-committed %s\n+generated %s", i+1, c[i], g[i])
		}
	}
	return fmt.Sprintf("%d lines committed, %d generated", len(c), len(g))
}

// TestAFileThatNoRowNamesListsEveryDefect: one more newline, and the file is one that nobody has looked at.
func TestAFileThatNoRowNamesListsEveryDefect(t *testing.T) {
	for _, sum := range []string{ledger.File20250630, ledger.File20251013, ledger.File20260818} {
		t.Run(sum[:8], func(t *testing.T) {
			data := upstream(t, sum, "that a new file of the provider is refused until its defects are looked at")
			want := map[ledger.Defect]int{}
			for _, row := range ledger.Corrections {
				if n := row.Files[sum]; n > 0 {
					want[row.Defect] += n
				}
			}
			got := map[ledger.Defect]int{}
			line := regexp.MustCompile(`^\S+: uncorrected defect ([a-z-]+):`)
			for _, l := range refuse(t, append(slices.Clone(data), '\n')) {
				if m := line.FindStringSubmatch(l); m != nil {
					got[ledger.Defect(m[1])]++
				} else if strings.Contains(l, "which is not in the file") {
					got[ledger.ReferenceDangling]++
				} else {
					t.Errorf("not a defect: %s", l)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("sites by class (-rows +listed)\n%s", diff)
			}
		})
	}
}

// TestOutputCompilesWithTheHandWrittenHalf replaces the committed model by another, in an overlay.
func TestOutputCompilesWithTheHandWrittenHalf(t *testing.T) {
	goCommand, err := exec.LookPath("go")
	if err != nil {
		t.Skip("NOT CHECKED: that what the generator writes compiles. There is no go command")
	}
	compile := func(t *testing.T, files map[string]string) {
		t.Helper()
		replace := map[string]string{}
		for name, text := range files {
			path := filepath.Join(t.TempDir(), name)
			write(t, path, []byte(text))
			original, err := filepath.Abs(filepath.Join(modelFolder, name))
			if err != nil {
				t.Fatal(err)
			}
			replace[original] = path
		}
		overlay, err := json.Marshal(map[string]any{"Replace": replace})
		if err != nil {
			t.Fatal(err)
		}
		overlayFile := filepath.Join(t.TempDir(), "overlay.json")
		write(t, overlayFile, overlay)
		cmd := exec.Command(goCommand, "build", "-overlay", overlayFile, ".")
		cmd.Dir = modelFolder
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go build: %v\n%s", err, out)
		}
	}
	t.Run("small document", func(t *testing.T) {
		useLedger(t, nil, nil)
		compile(t, mustEmit(t, everything))
	})
	for _, sum := range []string{ledger.File20250630, ledger.File20251013} {
		t.Run(sum[:8], func(t *testing.T) {
			data := upstream(t, sum, "that an older file of the provider gives a model that compiles")
			compile(t, mustEmit(t, data))
		})
	}
}
