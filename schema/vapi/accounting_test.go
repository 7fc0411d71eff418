package vapi_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringproof/ringproof/schema/vapi"
	"github.com/ringproof/ringproof/schema/vapi/ledger"
)

// The accounting reads the provider's file a second time, by code that shares nothing with the generator, and holds the
// descriptor against it. Every keyword of every schema that the message reaches gets one verdict:
//
//	kept         the descriptor says the same at the same place
//	explained    a row of the corrections ledger for this very file changes it, and changes no more than its class may
//	annotation   it says nothing about which values are allowed; it is counted, not compared
//	unexplained  anything else, which fails the test
//
// Both sides are brought into facts, one line each, "site keyword value". What stands on one side only is unexplained, so
// the descriptor can say nothing either that the file does not say. The digest below is the same facts, hashed.

var updateDigest = flag.Bool("update", false, "rewrite testdata/model.digest from the descriptor")

const digestFile = "testdata/model.digest"

// annotations are the keywords that are not accounted for: prose, samples and defaults, none of which the model keeps.
var annotations = []string{"title", "description", "example", "examples", "default"}

// facts are what is said of one schema: "site keyword" to the value. A site is the schema, then .member, then #items of an
// array, #values of a map, #Schema or #type of a union's branch.
type facts map[string]string

// model is the facts of every schema by its name.
type model map[string]facts

// shape is what one schema says of a value, whoever says it: the file after its corrections, or the descriptor.
type shape struct {
	says     map[string]string
	enum     []string
	closed   bool // the file has the keyword enum, though it may be empty
	items    *shape
	branches []branch
	ids      []string // of the corrections that were needed
}

type branch struct {
	when string // how a value is known to be of this branch
	*shape
}

func newShape(kind string) *shape { return &shape{says: map[string]string{"type": kind}} }

func (s *shape) set(keyword, value string) {
	if value != "" {
		s.says[keyword] = value
	}
}

// name is what a union's branch is called: its schema, or the one JSON type that it takes.
func (s *shape) name() string {
	if ref := s.says["$ref"]; ref != "" {
		return ref
	}
	return s.jsonType()
}

func (s *shape) jsonType() string {
	switch t := s.says["type"]; t {
	case "integer":
		return "number"
	case "map", "ref":
		return "object"
	default:
		return t
	}
}

func (f facts) add(site string, s *shape) {
	for k, v := range s.says {
		f[site+" "+k] = v
	}
	if len(s.enum) > 0 {
		f[site+" enum"] = list(s.enum)
	}
	if len(s.ids) > 0 {
		f[site+" corrections"] = list(slices.Compact(slices.Sorted(slices.Values(s.ids))))
	}
	if s.items != nil {
		f.add(site+map[string]string{"array": "#items", "map": "#values"}[s.says["type"]], s.items)
	}
	var names []string
	for _, b := range s.branches {
		f[site+"#"+b.name()+" when"] = b.when
		f.add(site+"#"+b.name(), b.shape)
		names = append(names, b.name())
	}
	if names != nil {
		slices.Sort(names)
		f[site+" branches"] = list(names)
	}
}

func (f facts) flag(site, keyword string, on bool) {
	if on {
		f[site+" "+keyword] = "true"
	}
}

// list writes strings as JSON, so that no value can pass for two.
func list(values []string) string {
	b, err := json.Marshal(values)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func unlist(s string) (values []string) {
	if s != "" {
		if err := json.Unmarshal([]byte(s), &values); err != nil {
			panic(err)
		}
	}
	return values
}

// match is how a branch of a union is recognised, as the descriptor and the ledger put it.
type match struct {
	values       []string
	prefix       string
	missing      bool
	member, kind string
	has          []string
}

func (m match) String() string {
	var any []string
	if len(m.values) > 0 {
		any = append(any, "the tag is in "+list(m.values))
	}
	if m.prefix != "" {
		any = append(any, "the tag starts with "+strconv.Quote(m.prefix))
	}
	if m.missing {
		any = append(any, "the tag is absent")
	}
	if m.member != "" || m.kind != "" {
		any = append(any, m.member+" is of type "+m.kind)
	}
	if len(m.has) > 0 {
		any = append(any, "it has one of "+list(m.has))
	}
	if any == nil {
		return rest
	}
	if len(m.values) > 0 && len(m.has) > 0 {
		return strings.Join(any, " and ")
	}
	return strings.Join(any, " or ")
}

const rest = "whatever object is left"

// The descriptor's side.

var kindNames = map[vapi.Kind]string{
	vapi.KindString: "string", vapi.KindNumber: "number", vapi.KindInteger: "integer", vapi.KindBoolean: "boolean",
	vapi.KindObject: "object", vapi.KindArray: "array", vapi.KindMap: "map", vapi.KindRef: "ref", vapi.KindUnion: "union",
}

// descriptorFacts are those of the real one.
var descriptorFacts = sync.OnceValue(func() model { return factsOfDescriptor(vapi.Descriptor()) })

func factsOfDescriptor(c *vapi.Contract) model {
	m := model{}
	for _, t := range c.Types {
		f := facts{}
		var members []string
		for _, x := range t.Members {
			site := t.Name + "." + x.Name
			members = append(members, x.Name)
			f.flag(site, "required", x.Required)
			f.flag(site, "deprecated", x.Deprecated)
			f.flag(site, "writeOnly", x.WriteOnly)
			f.add(site, shapeOf(x.Schema))
		}
		f[t.Name+" members"] = list(members)
		m[t.Name] = f
	}
	return m
}

func shapeOf(s *vapi.Schema) *shape {
	out := newShape(kindNames[s.Kind])
	if s.Nullable {
		out.set("nullable", "true")
	}
	if s.OpenEnum {
		out.set("openEnum", "true")
	}
	out.set("$ref", s.Ref)
	if s.Kind == vapi.KindRef && (s.Type == nil || s.Type.Name != s.Ref) {
		out.set("$ref", s.Ref+", linked to another type")
	}
	out.set("minimum", s.Min)
	out.set("maximum", s.Max)
	out.set("minLength", positive(s.MinLength))
	out.set("maxLength", positive(s.MaxLength))
	out.set("pattern", s.Pattern)
	out.set("format", s.Format)
	if s.Enum != nil {
		out.enum = s.Enum.Values
	}
	out.ids = slices.Clone(s.Corrections)
	if s.Items != nil {
		out.items = shapeOf(s.Items)
	}
	if s.Union != nil {
		out.set("tag", s.Union.Tag)
		out.branches = branchesOf(s.Union)
	}
	return out
}

func branchesOf(u *vapi.Union) (out []branch) {
	for i, b := range u.Branches {
		m := match{values: b.Values, prefix: b.Prefix, missing: b.Missing, member: b.Member, kind: kindNames[b.Kind], has: b.Has}.String()
		if m == rest && b.Schema.Kind != vapi.KindRef {
			m = "its JSON type"
		}
		if m == rest && i < len(u.Branches)-1 {
			m += ", before the last branch"
		}
		out = append(out, branch{m, shapeOf(b.Schema)})
	}
	return out
}

func positive(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// The file's side.

// upstream is one file of the provider, decoded.
type upstream struct {
	sha256  string
	root    map[string]any
	schemas map[string]any
	order   map[string][]string // schema: its members in the file's order, which a map forgets
	// referenced are the schemas that anything but components.schemas leads to.
	referenced map[string]bool
}

// accounts is the outcome: what was met, and what became of it.
type accounts struct {
	met         map[string]int // keyword or kind of fact: how often
	kept        map[string]int
	annotations map[string]int
	explained   map[string]map[string]int // correction id: keyword: how often
	sites       map[string]int            // correction id: sites
	unexplained []string
	unread      []string // sites of objections
	model       model
	groups      []string // recursive groups of schemas
}

func (a *accounts) explain(id, what string, n int) {
	if a.explained[id] == nil {
		a.explained[id] = map[string]int{}
	}
	a.explained[id][what] += n
}

// object reports what nothing explains at a site. What the file says there is not understood then, so that it is not
// compared: one cause is one line.
func (a *accounts) object(site, format string, args ...any) {
	a.unread = append(a.unread, site)
	a.unexplained = append(a.unexplained, site+": "+fmt.Sprintf(format, args...))
}

// fileReader reads the schemas of one file.
type fileReader struct {
	*accounts
	file *upstream
	rows []vapi.Correction
}

// account holds the descriptor against a file.
func account(file *upstream, rows []vapi.Correction) *accounts {
	r := &fileReader{file: file, rows: rows, accounts: &accounts{
		met: map[string]int{}, kept: map[string]int{}, annotations: map[string]int{},
		explained: map[string]map[string]int{}, sites: map[string]int{}, model: model{},
	}}
	const top = "ServerMessageStatusUpdate"
	g := file.graph(top)
	if !file.referenced[top] {
		if row := r.row(ledger.MessageUnreferenced, top); row != nil {
			r.explain(row.ID, "message", 1)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(g)) {
		r.countKeywords(file.schemas[name])
		r.met["schema"]++
		r.readType(name)
	}
	r.checkTotals()
	for _, row := range rows {
		if want, got := row.Files[file.sha256], r.sites[row.ID]; want != got {
			r.object(row.ID, "the row says %d sites of this file, and explains %d", want, got)
		}
	}
	r.groups = g.recursive()
	if got := graphOfDescriptor().recursive(); !slices.Equal(got, r.groups) {
		r.object("recursive groups", "the file has %q, the model %q", r.groups, got)
	}
	if vapi.Descriptor().Top.Name != top {
		r.object(top, "not the descriptor's top")
	}
	r.unexplained = append(r.unexplained, difference(r.model, descriptorFacts(), r.unread)...)
	return r.accounts
}

// row returns the row that covers the defect at the site in this file. That there must be one is what makes a correction an
// explanation.
func (r *fileReader) row(d ledger.Defect, site string) *vapi.Correction {
	for i, row := range r.rows {
		covers := slices.ContainsFunc(row.Sites, func(p string) bool { ok, _ := path.Match(p, site); return ok })
		if row.Defect == d && row.Files[r.file.sha256] > 0 && covers {
			r.sites[row.ID]++
			return &r.rows[i]
		}
	}
	r.object(site, "%s, which no row covers", d)
	return nil
}

// subschemas calls fn with every schema right below o, and refuses none: whether a keyword may be there is for others.
func subschemas(o map[string]any, fn func(any)) {
	for k, v := range o {
		switch k {
		case "properties":
			p, _ := v.(map[string]any)
			for _, x := range p {
				fn(x)
			}
		case "items", "additionalProperties", "not":
			fn(v)
		case "oneOf", "allOf", "anyOf":
			l, _ := v.([]any)
			for _, x := range l {
				fn(x)
			}
		}
	}
}

// countKeywords counts without understanding, so that it finds what the reader passes over.
func (r *fileReader) countKeywords(v any) {
	o, _ := v.(map[string]any)
	for k := range o {
		r.met[k]++
	}
	subschemas(o, r.countKeywords)
}

// checkTotals is the guard of the reader itself: each keyword that is there has got a verdict.
func (r *fileReader) checkTotals() {
	if len(r.unexplained) > 0 {
		return // what is below an objection was not read
	}
	for k, met := range r.met {
		got := r.kept[k] + r.annotations[k]
		for _, e := range r.explained {
			got += e[k]
		}
		if _, counted := verdictsBeyondKeywords[k]; !counted && got != met {
			r.object(k, "%d in the file, %d accounted for", met, got)
		}
	}
}

// verdictsBeyondKeywords are the kinds of facts that are not keywords.
var verdictsBeyondKeywords = map[string]string{
	"schema": "held by the list of types",
}

func (u *upstream) refs(v any, fn func(name string)) {
	o, _ := v.(map[string]any)
	if ref, ok := o["$ref"].(string); ok {
		fn(strings.TrimPrefix(ref, "#/components/schemas/"))
	}
	subschemas(o, func(x any) { u.refs(x, fn) })
}

// graph says which schemas each schema names.
type graph map[string]map[string]bool

// recursive returns the sets of schemas that lead to one another, each as its sorted names (Tarjan's algorithm).
func (g graph) recursive() (groups []string) {
	number, low := map[string]int{}, map[string]int{}
	var stack []string
	var visit func(n string)
	visit = func(n string) {
		number[n] = len(number) + 1
		low[n] = number[n]
		stack = append(stack, n)
		for to := range g[n] {
			if number[to] == 0 {
				visit(to)
			}
			if slices.Contains(stack, to) {
				low[n] = min(low[n], low[to])
			}
		}
		if low[n] != number[n] {
			return
		}
		i := slices.Index(stack, n)
		group := slices.Sorted(slices.Values(stack[i:]))
		stack = stack[:i]
		if len(group) > 1 || g[n][n] {
			groups = append(groups, strings.Join(group, " "))
		}
	}
	for n := range g {
		if number[n] == 0 {
			visit(n)
		}
	}
	slices.Sort(groups)
	return groups
}

// graph holds the schemas that name leads to, and itself.
func (u *upstream) graph(name string) graph {
	g := graph{}
	var visit func(name string)
	visit = func(name string) {
		g[name] = map[string]bool{}
		u.refs(u.schemas[name], func(n string) {
			if _, ok := u.schemas[n]; ok {
				g[name][n] = true
			}
		})
		for n := range g[name] {
			if g[n] == nil {
				visit(n)
			}
		}
	}
	visit(name)
	return g
}

var graphOfDescriptor = sync.OnceValue(func() graph {
	g := graph{}
	for _, t := range vapi.Descriptor().Types {
		g[t.Name] = map[string]bool{}
		var visit func(s *vapi.Schema)
		visit = func(s *vapi.Schema) {
			if s == nil {
				return
			}
			if s.Kind == vapi.KindRef {
				g[t.Name][s.Ref] = true
			}
			if s.Union != nil {
				for _, b := range s.Union.Branches {
					visit(b.Schema)
				}
			}
			visit(s.Items)
		}
		for _, m := range t.Members {
			visit(m.Schema)
		}
	}
	return g
})

// findReferenced takes any string for a reference that looks like one, also in a discriminator.
func (u *upstream) findReferenced() map[string]bool {
	seen := map[string]bool{}
	var visit func(v any)
	visit = func(v any) {
		switch v := v.(type) {
		case string:
			if n, ok := strings.CutPrefix(v, "#/components/schemas/"); ok && !seen[n] {
				seen[n] = true
				visit(u.schemas[n])
			}
		case []any:
			for _, x := range v {
				visit(x)
			}
		case map[string]any:
			for _, x := range v {
				visit(x)
			}
		}
	}
	outside := maps.Clone(u.root)
	components := maps.Clone(u.root["components"].(map[string]any))
	delete(components, "schemas")
	outside["components"] = components
	visit(outside)
	return seen
}

// node is one schema object of the file, with the keywords that nobody has accounted for yet.
type node struct {
	*fileReader
	site string
	o    map[string]any
	left map[string]bool
	ids  []string // of the corrections that were needed here
}

func (r *fileReader) open(site string, v any) *node {
	n := &node{fileReader: r, site: site, left: map[string]bool{}}
	var ok bool
	if n.o, ok = v.(map[string]any); !ok {
		r.object(site, "not a schema")
	}
	for k := range n.o {
		n.left[k] = true
	}
	return n
}

func (n *node) has(keyword string) bool { _, ok := n.o[keyword]; return ok }

// keep takes a keyword that the descriptor says too: the comparison of the facts shows whether it does.
func (n *node) keep(keyword string) any {
	if n.left[keyword] {
		delete(n.left, keyword)
		n.kept[keyword]++
	}
	return n.o[keyword]
}

// excuse takes a keyword that the row changes.
func (n *node) excuse(row *vapi.Correction, keyword string) any {
	delete(n.left, keyword)
	if row != nil {
		n.explain(row.ID, keyword, 1)
	}
	return n.o[keyword]
}

// correct finds the row of a defect here; its id must then stand in the descriptor at this site.
func (n *node) correct(d ledger.Defect) *vapi.Correction {
	row := n.row(d, n.site)
	if row != nil {
		n.ids = append(n.ids, row.ID)
	}
	return row
}

// close gives the last verdicts, on what no one took.
func (n *node) close() {
	for _, k := range slices.Sorted(maps.Keys(n.left)) {
		if slices.Contains(annotations, k) {
			n.annotations[k]++
			continue
		}
		n.object(n.site, "keyword %s is not accounted for", k)
	}
}

func (n *node) keepString(keyword string) string {
	if !n.has(keyword) {
		return ""
	}
	s, ok := n.keep(keyword).(string)
	if !ok {
		n.object(n.site, "%s is not a string", keyword)
	}
	return s
}

func (n *node) keepTrue(keyword string) bool {
	if !n.has(keyword) {
		return false
	}
	b, ok := n.keep(keyword).(bool)
	if !ok {
		n.object(n.site, "%s is not a boolean", keyword)
	}
	return b
}

func (n *node) keepList(keyword string) []any {
	if !n.has(keyword) {
		return nil
	}
	l, ok := n.keep(keyword).([]any)
	if !ok {
		n.object(n.site, "%s is not an array", keyword)
	}
	return l
}

func (n *node) keepNumbers(s *shape, keywords ...string) {
	for _, k := range keywords {
		if !n.has(k) {
			continue
		}
		v, ok := n.keep(k).(json.Number)
		if !ok {
			n.object(n.site, "%s is not a number", k)
		}
		s.set(k, v.String())
	}
}

// compositionWords are the keywords that a walker takes for branches wherever it meets them.
var compositionWords = []string{"oneOf", "allOf", "anyOf", "not", "$ref"}

func (r *fileReader) readType(name string) {
	n, f := r.open(name, r.file.schemas[name]), facts{}
	r.model[name] = f
	if n.keepString("type") != "object" {
		r.object(name, "not an object")
	}
	props, _ := n.keep("properties").(map[string]any)
	members := slices.Clone(r.file.order[name])
	members = slices.DeleteFunc(members, func(p string) bool { _, ok := props[p]; return !ok })
	for _, p := range slices.Sorted(maps.Keys(props)) {
		if !slices.Contains(members, p) {
			members = append(members, p)
		}
		r.met["member"]++
		r.readMember(f, name+"."+p, p, props[p])
	}
	f[name+" members"] = list(members)
	for _, v := range n.keepList("required") {
		p, _ := v.(string)
		if _, ok := props[p]; !ok || f[name+"."+p+" required"] != "" {
			r.object(name, "required lists %q, which is no member or listed before", p)
		}
		f.flag(name+"."+p, "required", true)
		r.met["required member"]++
		r.kept["required member"]++
	}
	n.close()
}

func (r *fileReader) readMember(f facts, site, member string, v any) {
	n := r.open(site, v)
	if !slices.Contains(compositionWords, member) {
		r.kept["member"]++
	} else if row := r.row(ledger.MemberNamedKeyword, site); row != nil {
		r.explain(row.ID, "member", 1)
	}
	f.flag(site, "deprecated", n.keepTrue("deprecated"))
	f.flag(site, "writeOnly", n.keepTrue("writeOnly"))
	f.add(site, n.read())
	n.close()
}

func (r *fileReader) readSchema(site string, v any) *shape {
	n := r.open(site, v)
	s := n.read()
	n.close()
	return s
}

func (n *node) read() *shape {
	var s *shape
	switch {
	case n.o == nil:
		return newShape("")
	case n.has("$ref"):
		name := strings.TrimPrefix(n.keepString("$ref"), "#/components/schemas/")
		s = newShape("ref")
		s.set("$ref", name)
		if _, ok := n.file.schemas[name]; !ok {
			n.object(n.site, "refers to %s, which is not in the file", name)
		}
	case n.has("oneOf"):
		s = n.readUnion()
	case n.has("allOf"):
		// Of one element it means that element: it is how the provider's generator puts a description beside a $ref.
		all := n.keepList("allOf")
		if len(all) != 1 {
			n.object(n.site, "allOf of %d", len(all))
			return newShape("object")
		}
		s = n.readSchema(n.site, all[0])
	default:
		s = n.readPlain()
	}
	if n.keepTrue("nullable") {
		s.set("nullable", "true")
		if len(s.enum) > 0 {
			// enum-without-null may change nothing but how the two are read together.
			if row := n.correct(ledger.EnumWithoutNull); row != nil {
				n.explain(row.ID, "nullable beside enum", 1)
			}
		}
	}
	s.ids = append(s.ids, n.ids...)
	return s
}

func (n *node) readPlain() *shape {
	kind, _ := n.o["type"].(string)
	s := newShape(kind)
	switch kind {
	case "string":
		n.keep("type")
		n.keepNumbers(s, "minLength", "maxLength")
		n.readPattern(s)
		s.set("format", n.keepString("format"))
	case "number", "integer":
		n.keep("type")
		n.keepNumbers(s, "minimum", "maximum")
	case "boolean":
		n.keep("type")
		return s
	case "array":
		n.keep("type")
		return n.readArray(s)
	case "object":
		return n.readObject(s)
	default:
		n.keep("type")
		n.object(n.site, "type %q", kind)
	}
	n.readEnum(s)
	// string-beside-list may put a list of such strings beside the string, where the example is a list.
	if example, _ := n.o["example"].([]any); kind == "string" && len(example) > 0 {
		if row := n.correct(ledger.StringBesideList); row != nil {
			n.explain(row.ID, "type", 1)
			n.kept["type"]--
		}
		return &shape{says: map[string]string{"type": "union"}, branches: []branch{
			{"its JSON type", s}, {"its JSON type", &shape{says: map[string]string{"type": "array"}, items: s}},
		}}
	}
	return s
}

// readPattern: pattern-literal may strip the slashes of /.../ and the flag u, and change nothing between them.
func (n *node) readPattern(s *shape) {
	p, _ := n.o["pattern"].(string)
	if body, ok := strings.CutPrefix(p, "/"); ok {
		end := strings.LastIndexByte(body, '/')
		if end < 0 || body[end+1:] != "" && body[end+1:] != "u" {
			n.object(n.site, "pattern %s has no end or a flag that is not u", p)
			return
		}
		n.excuse(n.correct(ledger.PatternLiteral), "pattern")
		p = body[:end]
	} else {
		n.keep("pattern")
	}
	if _, err := regexp.Compile(p); err != nil {
		n.object(n.site, "pattern %s is not RE2", p)
	}
	s.set("pattern", p)
}

// readEnum: enum-empty may drop an enum without values, and nothing else.
func (n *node) readEnum(s *shape) {
	if !n.has("enum") {
		return
	}
	s.closed = true
	if l, ok := n.o["enum"].([]any); ok && len(l) == 0 {
		n.excuse(n.correct(ledger.EnumEmpty), "enum")
		return
	}
	n.keep("enum")
	s.enum = n.values(s.says["type"])
	n.kept["enum value"] += len(s.enum)
}

// values returns the distinct values of the enum. enum-repeated may drop what came before, and must keep the order.
func (n *node) values(kind string) (out []string) {
	l, ok := n.o["enum"].([]any)
	if !ok {
		n.object(n.site, "enum is not an array")
	}
	seen := map[string]bool{}
	for _, v := range l {
		text, ok := v.(string)
		if number, isNumber := v.(json.Number); isNumber {
			text, ok = number.String(), kind == "number" || kind == "integer"
		} else if kind != "string" {
			ok = false
		}
		if !ok {
			n.object(n.site, "enum value %v beside type %s", v, kind)
		}
		if !seen[text] {
			out = append(out, text)
		}
		seen[text] = true
	}
	n.met["enum value"] += len(out)
	if repeats := len(l) - len(out); repeats > 0 {
		n.met["enum value repeated"] += repeats
		if row := n.correct(ledger.EnumRepeated); row != nil {
			n.explain(row.ID, "enum value repeated", repeats)
		}
	}
	return out
}

func (n *node) readArray(s *shape) *shape {
	if n.has("items") {
		s.items = n.readSchema(n.site+"#items", n.keep("items"))
		n.correctItems(s.items)
	}
	// length-on-array may drop the length only where the items have the same.
	if n.has("maxLength") {
		v, _ := n.excuse(n.correct(ledger.LengthOnArray), "maxLength").(json.Number)
		if s.items == nil || s.items.says["maxLength"] != v.String() {
			n.object(n.site, "the array's maxLength %s is not that of its items", v)
		}
	}
	// enum-on-array may drop the enum only where the items have the same, in the same order.
	if n.has("enum") {
		row := n.correct(ledger.EnumOnArray)
		n.excuse(row, "enum")
		values := n.values("string")
		if row != nil {
			n.explain(row.ID, "enum value", len(values))
		}
		if s.items == nil || !slices.Equal(s.items.enum, values) {
			n.object(n.site, "the array's enum is not that of its items")
		}
	}
	return s
}

// correctItems: object-beside-scalar may turn the type of items into that of the scalars in the list's example, where the
// items are free objects.
func (n *node) correctItems(items *shape) {
	example, _ := n.o["example"].([]any)
	if len(example) == 0 || items.says["type"] != "object" || scalarType(example[0]) == "" {
		return
	}
	if row := n.row(ledger.ObjectBesideScalar, n.site+"#items"); row != nil {
		items.ids = append(items.ids, row.ID)
		n.explain(row.ID, "type", 1)
		n.kept["type"]--
	}
	items.set("type", scalarType(example[0]))
}

func scalarType(example any) string {
	switch example.(type) {
	case string:
		return "string"
	case json.Number:
		return "number"
	}
	return ""
}

func (n *node) readObject(s *shape) *shape {
	switch {
	case !n.has("enum") && !n.has("additionalProperties") && scalarType(n.o["example"]) != "":
		// object-beside-scalar may turn the type into that of the example.
		n.excuse(n.correct(ledger.ObjectBesideScalar), "type")
		s.set("type", scalarType(n.o["example"]))
		return s
	case n.has("enum"):
		// enum-on-object may turn the type into string, where all values are strings.
		n.excuse(n.correct(ledger.EnumOnObject), "type")
		s.set("type", "string")
		n.readEnum(s)
		return s
	case n.has("additionalProperties"):
		s.set("type", "map")
		s.items = n.readSchema(n.site+"#values", n.keep("additionalProperties"))
	}
	n.keep("type")
	return s
}

// readUnion keeps one branch for each JSON type but objects with members, which are told apart.
func (n *node) readUnion() *shape {
	all, _ := n.o["oneOf"].([]any)
	if len(all) == 0 {
		n.object(n.site, "oneOf has no branch")
	}
	n.met["oneOf branch"] += len(all)
	branches, refs := n.readBranches(all)
	n.readBesideUnion(branches, refs)
	branches = n.mergeStrings(branches)
	s := newShape("union")
	for _, b := range branches {
		s.branches = append(s.branches, branch{"its JSON type", b})
	}
	if len(refs) > 0 {
		n.dispatch(s, refs)
	}
	if n.left["oneOf"] { // no correction has taken it
		n.keep("oneOf")
		n.kept["oneOf branch"] += len(all)
	}
	if len(refs) == 0 && len(branches) == 1 {
		return branches[0] // a union of one branch is that branch
	}
	return s
}

// readBranches separates references from what takes a JSON type as a whole, of which each type may have one.
func (n *node) readBranches(all []any) (branches, refs []*shape) {
	taken := map[string]bool{}
	for i, v := range all {
		b := n.readSchema(n.site+"#"+strconv.Itoa(i), v)
		if b.says["type"] == "ref" {
			refs = append(refs, b)
			continue
		}
		branches = append(branches, b)
		if b.jsonType() != "string" && taken[b.jsonType()] {
			n.object(n.site, "two branches take any %s", b.jsonType())
		}
		taken[b.jsonType()] = true
	}
	if len(refs) > 0 && taken["object"] {
		n.object(n.site, "a free object beside objects with members")
	}
	return branches, refs
}

// readBesideUnion reads what stands beside oneOf and must not: an allOf that repeats the only reference, an enum that
// repeats values of the branches. The two rows may drop just that.
func (n *node) readBesideUnion(branches, refs []*shape) {
	if n.has("allOf") {
		row := n.correct(ledger.UnionBesideAllOf)
		all, _ := n.excuse(row, "allOf").([]any)
		if len(all) != 1 || len(refs) != 1 || len(branches) > 0 {
			n.object(n.site, "an allOf beside oneOf, which is not of one reference each")
			return
		}
		same := n.open(n.site, all[0])
		if same.excuse(row, "$ref") != "#/components/schemas/"+refs[0].name() {
			n.object(n.site, "the allOf beside oneOf is not its only branch")
		}
		same.close()
	}
	if n.has("enum") {
		row := n.correct(ledger.UnionBesideEnum)
		n.excuse(row, "enum")
		values := n.values("string")
		if row != nil {
			n.explain(row.ID, "enum value", len(values))
		}
		for _, v := range values {
			if !slices.ContainsFunc(branches, func(b *shape) bool { return slices.Contains(b.enum, v) }) {
				n.object(n.site, "the enum beside oneOf has %q, which no branch has", v)
			}
		}
	}
}

// mergeStrings makes one branch, the first, of those that take strings. Disjoint enums are one enum by themselves.
// string-or-enum may open an enum for the one branch beside it that takes any string; that branch keeps what else it says.
func (n *node) mergeStrings(branches []*shape) []*shape {
	var out, closed, open []*shape
	for _, b := range branches {
		switch {
		case b.jsonType() != "string":
			out = append(out, b)
		case b.closed:
			closed = append(closed, b)
		default:
			open = append(open, b)
		}
	}
	if len(closed)+len(open) <= 1 {
		return append(append(closed, open...), out...)
	}
	merged := newShape("string")
	if len(open) > 0 {
		row := n.correct(ledger.UnionStringOrEnum)
		n.excuse(row, "oneOf")
		if row != nil {
			n.explain(row.ID, "oneOf branch", len(branches))
		}
		merged.says = open[0].says
	}
	if len(open) > 1 || len(open) == 1 && len(closed) != 1 {
		n.object(n.site, "not one enum beside any string")
	}
	for _, b := range closed {
		if len(b.says) > 1 {
			n.object(n.site, "a branch says more than its enum")
		}
		for _, v := range b.enum {
			if slices.Contains(merged.enum, v) {
				n.object(n.site, "two branches have %q", v)
			}
			merged.enum = append(merged.enum, v)
		}
	}
	if len(open) > 0 && len(merged.enum) > 0 {
		merged.set("openEnum", "true")
	}
	for _, b := range append(closed, open...) {
		merged.ids = append(merged.ids, b.ids...)
	}
	return append([]*shape{merged}, out...)
}

// tag is a member of an object branch by which it may be told apart.
type tag struct {
	values   []string // closed; nil if the member takes other values too
	required bool
	found    bool
	kind     string
}

func (r *fileReader) tagOf(schema, member string) tag {
	o, _ := r.file.schemas[schema].(map[string]any)
	props, _ := o["properties"].(map[string]any)
	p, found := props[member].(map[string]any)
	t := tag{found: found}
	required, _ := o["required"].([]any)
	t.required = slices.Contains(required, any(member))
	t.kind, _ = p["type"].(string)
	if l, _ := p["enum"].([]any); t.kind == "string" {
		for _, v := range l {
			if s, ok := v.(string); ok && !slices.Contains(t.values, s) {
				t.values = append(t.values, s)
			}
		}
	}
	return t
}

// dispatch tells objects apart by the member that every branch requires, each with values of its own. Where there is no
// such member, union-overlap may say how to tell them apart, and may not contradict what the branches say.
func (n *node) dispatch(s *shape, refs []*shape) {
	var names []string
	matches := map[string]match{}
	for _, b := range refs {
		names = append(names, b.name())
	}
	by := n.tagFor(names)
	switch {
	case by != "":
		for _, name := range names {
			matches[name] = match{values: n.tagOf(name, by).values}
		}
	case len(names) == 1 && len(s.branches) > 0:
		matches[names[0]] = match{} // the only branch that takes an object
	default:
		row := n.correct(ledger.UnionOverlap)
		if row == nil {
			return
		}
		n.excuse(row, "oneOf")
		n.explain(row.ID, "oneOf branch", len(names))
		by = n.applyDispatch(row, names, matches)
	}
	s.set("tag", by)
	n.checkDisjoint(matches)
	n.checkDiscriminator(by, matches)
	for _, name := range slices.Sorted(maps.Keys(matches)) {
		if !slices.Contains(names, name) { // the row adds it to the union
			b := newShape("ref")
			b.set("$ref", name)
			refs = append(refs, b)
		}
	}
	for _, b := range refs {
		s.branches = append(s.branches, branch{matches[b.name()].String(), b})
	}
}

// tagFor picks the tag: that of the discriminator, else the one that the first branch requires first.
func (n *node) tagFor(names []string) string {
	o, _ := n.file.schemas[names[0]].(map[string]any)
	required, _ := o["required"].([]any)
	if d, ok := n.o["discriminator"].(map[string]any); ok {
		required = append([]any{d["propertyName"]}, required...)
	}
	for _, v := range required {
		candidate, _ := v.(string)
		seen := map[string]bool{}
		fits := candidate != ""
		for _, name := range names {
			t := n.tagOf(name, candidate)
			fits = fits && t.required && t.values != nil
			for _, v := range t.values {
				fits = fits && !seen[v]
				seen[v] = true
			}
		}
		if fits {
			return candidate
		}
	}
	return ""
}

// applyDispatch reads the row's Dispatch, and returns the tag.
func (n *node) applyDispatch(row *vapi.Correction, names []string, matches map[string]match) (by string) {
	for i, d := range row.Dispatch {
		m := match{values: d.Values, prefix: d.Prefix, missing: d.Missing, has: d.Has}
		wrong := n.contradictions(d, names)
		if d.Kind != "" {
			m.member, m.kind = d.Tag, d.Kind
		} else if d.Tag != "" {
			if by != "" && by != d.Tag {
				wrong = append(wrong, "the row has two tags")
			}
			by = d.Tag
		}
		if m.String() == rest && i < len(row.Dispatch)-1 {
			wrong = append(wrong, "it takes what is left, and is not the last")
		}
		for _, w := range wrong {
			n.object(n.site, "%s tells %s apart, but %s", row.ID, d.Branch, w)
		}
		matches[d.Branch] = m
	}
	for _, name := range names {
		if _, ok := matches[name]; !ok {
			t := n.tagOf(name, by)
			if !t.required || t.values == nil {
				n.object(n.site, "%s does not say how to tell %s", row.ID, name)
			}
			matches[name] = match{values: t.values}
		}
	}
	return by
}

// contradictions are what the schema of the branch has against its row of the Dispatch.
func (n *node) contradictions(d ledger.Dispatch, names []string) (wrong []string) {
	t := n.tagOf(d.Branch, d.Tag)
	anyString := t.kind == "string" && t.values == nil
	if slices.Contains(names, d.Branch) == d.Added {
		wrong = append(wrong, "it is no branch here")
	}
	for _, v := range d.Values {
		if !anyString && !slices.Contains(t.values, v) {
			wrong = append(wrong, fmt.Sprintf("its tag does not allow %q", v))
		}
	}
	if d.Prefix != "" && !anyString {
		wrong = append(wrong, "its tag is not any string")
	}
	if d.Missing && t.required {
		wrong = append(wrong, "it requires the tag")
	}
	if d.Kind != "" && (t.kind != d.Kind || !t.required) {
		wrong = append(wrong, d.Tag+" need not be of that type")
	}
	for _, h := range d.Has {
		if d.Added { // branches before it may have the member too
			if !n.tagOf(d.Branch, h).required {
				wrong = append(wrong, h+" is not required")
			}
			continue
		}
		for _, other := range names {
			if n.tagOf(other, h).found != (other == d.Branch) {
				wrong = append(wrong, h+" is not its own")
			}
		}
	}
	return wrong
}

func (n *node) checkDisjoint(matches map[string]match) {
	for a, x := range matches {
		for b, y := range matches {
			for _, v := range x.values {
				if a != b && len(x.has)+len(y.has) == 0 && (slices.Contains(y.values, v) || y.prefix != "" && strings.HasPrefix(v, y.prefix)) {
					n.object(n.site, "%q tells %s and %s", v, a, b)
				}
			}
		}
	}
}

// checkDiscriminator: what a discriminator says must be what the branches say.
func (n *node) checkDiscriminator(by string, matches map[string]match) {
	if !n.has("discriminator") {
		return
	}
	d, _ := n.keep("discriminator").(map[string]any)
	mapping, _ := d["mapping"].(map[string]any)
	said, meant := map[string]string{}, map[string]string{}
	for v, ref := range mapping {
		said[v] = strings.TrimPrefix(fmt.Sprint(ref), "#/components/schemas/")
	}
	for name, m := range matches {
		for _, v := range m.values {
			meant[v] = name
		}
	}
	if len(d) != 2 || d["propertyName"] != any(by) || !maps.Equal(said, meant) {
		n.object(n.site, "the discriminator contradicts the branches")
	}
}

// difference lists the facts that stand on one side only. Of a schema, a member or a branch that is on one side only it
// says just that.
func difference(file, descriptor model, unread []string) (out []string) {
	for _, name := range sortedUnion(file, descriptor) {
		f, inFile := file[name]
		d, inDescriptor := descriptor[name]
		if !inFile || !inDescriptor {
			out = append(out, fmt.Sprintf("%s: %s", name, oneSide(inFile, "the schema")))
			continue
		}
		if !maps.Equal(f, d) {
			out = append(out, factDifference(f, d, unread)...)
		}
	}
	return out
}

func factDifference(file, descriptor facts, unread []string) (out []string) {
	below := map[string]string{"members": ".", "branches": "#"}
	skip := slices.Clone(unread) // and sites that are on one side only
	lines := map[string][]string{}
	for _, key := range sortedUnion(file, descriptor) {
		site, keyword := cutLast(key)
		f, d := file[key], descriptor[key]
		switch keyword {
		case "members", "branches", "enum", "corrections":
			if f == d || below[keyword] == "" && (f == "" || d == "") {
				break
			}
			only := listDifference(f, d, func(v string) {
				if sep := below[keyword]; sep != "" {
					skip = append(skip, site+sep+v)
				}
			})
			for _, o := range only {
				lines[site] = append(lines[site], site+" "+keyword+": "+o)
			}
			continue
		}
		if f != d {
			lines[site] = append(lines[site], fmt.Sprintf("%s %s: the file has %s, the model %s", site, keyword, orNothing(f), orNothing(d)))
		}
	}
	for _, site := range slices.Sorted(maps.Keys(lines)) {
		if !slices.ContainsFunc(skip, func(x string) bool { return site == x || strings.HasPrefix(site, x+"#") }) {
			out = append(out, lines[site]...)
		}
	}
	return out
}

func listDifference(file, descriptor string, alone func(string)) (out []string) {
	f, d := unlist(file), unlist(descriptor)
	for _, v := range f {
		if !slices.Contains(d, v) {
			alone(v)
			out = append(out, oneSide(true, strconv.Quote(v)))
		}
	}
	for _, v := range d {
		if !slices.Contains(f, v) {
			alone(v)
			out = append(out, oneSide(false, strconv.Quote(v)))
		}
	}
	if out == nil {
		out = append(out, "the same in another order, or more than once")
	}
	return out
}

func oneSide(inFile bool, what string) string {
	if inFile {
		return "the model lacks " + what
	}
	return "the file lacks " + what
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

func cutLast(key string) (site, keyword string) {
	i := strings.LastIndexByte(key, ' ')
	return key[:i], key[i+1:]
}

func sortedUnion[V any](a, b map[string]V) []string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]V{}
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

// The digest.

// digestOf writes one line a schema: its name, and the SHA-256 of its facts in hexadecimal. The facts are hashed as lines
// "site keyword value", sorted by their bytes and joined by newlines. The site and the keywords are those of this test:
// those of the file, and members, branches, when, tag, openEnum, corrections. A list is a JSON array. The types map, ref
// and union are those of vapi.Kind. Members are in the file's order, branches sorted by name.
func digestOf(m model) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(m)) {
		var lines []string
		for key, v := range m[name] {
			lines = append(lines, key+" "+v)
		}
		slices.Sort(lines)
		sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
		fmt.Fprintf(&b, "%s %s\n", name, hex.EncodeToString(sum[:]))
	}
	return b.String()
}

func committedDigest(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(digestFile)
	noError(t, err)
	return string(b)
}

func TestDigestOfTheDescriptorIsTheCommittedOne(t *testing.T) {
	got := digestOf(descriptorFacts())
	if *updateDigest {
		noError(t, os.MkdirAll(filepath.Dir(digestFile), 0o777))
		noError(t, os.WriteFile(digestFile, []byte(got), 0o666))
	}
	if diff := cmp.Diff(committedDigest(t), got); diff != "" {
		t.Errorf("the model changed (-committed +descriptor); if it should, run: go test ./schema/vapi -run Digest -update\n%s", diff)
	}
}

func TestDigestOfTheFileIsTheCommittedOne(t *testing.T) {
	file := modelFile(t, "that the committed digest is what the provider's file says")
	a := account(file, vapi.Corrections)
	if diff := cmp.Diff(committedDigest(t), digestOf(a.model)); diff != "" {
		t.Errorf("the file says something else (-committed +file)\n%s", diff)
	}
}

// The tests of the accounting.

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// upstreamFolder is where the provider's files are: beside the checkout, or where RINGPROOF_UPSTREAM says.
func upstreamFolder(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("RINGPROOF_UPSTREAM"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	noError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "..", "shared", "upstream")
		}
		parent := filepath.Dir(dir)
		if dir == parent {
			t.Fatal("no go.mod above the test")
		}
		dir = parent
	}
}

// modelFile returns the very file that the model was generated from, or skips the test. Tests share it, and change a clone.
func modelFile(t *testing.T, unchecked string) *upstream {
	t.Helper()
	file, err := loadModelFile(upstreamFolder(t))
	noError(t, err)
	if file == nil {
		t.Skipf("NOT CHECKED: %s. No file in the folder of the provider's files (RINGPROOF_UPSTREAM) has the SHA-256 %s",
			unchecked, vapi.Descriptor().Source.SHA256)
	}
	return file
}

var modelFiles = map[string]*upstream{} // by folder

func loadModelFile(folder string) (*upstream, error) {
	if u, ok := modelFiles[folder]; ok {
		return u, nil
	}
	want := vapi.Descriptor().Source.SHA256
	paths, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) == want {
			modelFiles[folder], err = decodeUpstream(data, want)
			return modelFiles[folder], err
		}
	}
	return nil, nil
}

func decodeUpstream(data []byte, sum string) (*upstream, error) {
	u := &upstream{sha256: sum, order: map[string][]string{}}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&u.root); err != nil {
		return nil, err
	}
	u.schemas = u.root["components"].(map[string]any)["schemas"].(map[string]any)
	var raw struct {
		Components struct {
			Schemas map[string]struct{ Properties json.RawMessage }
		}
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	for name, s := range raw.Components.Schemas {
		var err error
		if u.order[name], err = memberNames(s.Properties); err != nil {
			return nil, err
		}
	}
	u.referenced = u.findReferenced()
	return u, nil
}

// memberNames returns the names of an object's members in order; none of nothing.
func memberNames(raw json.RawMessage) (names []string, err error) {
	if raw == nil {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		names = append(names, name.(string))
	}
	return names, nil
}

func TestEveryFactOfTheFileIsInTheDescriptorOrExplained(t *testing.T) {
	file := modelFile(t, "that the descriptor says all that the provider's file says, and nothing else")
	a := account(file, vapi.Corrections)
	t.Log(a.String())
	for _, u := range a.unexplained {
		t.Errorf("unexplained: %s", u)
	}
	for _, row := range vapi.Corrections {
		if row.Files[file.sha256] > 0 && len(a.explained[row.ID]) == 0 {
			t.Errorf("%s explains nothing", row.ID)
		}
	}
}

// String is the table that a reader of the test's output wants.
func (a *accounts) String() string {
	var b strings.Builder
	b.WriteString("what the file says\n")
	fmt.Fprintf(&b, "  %-22s %6s %6s %9s %11s\n", "", "met", "kept", "explained", "annotation")
	for _, k := range sortedUnion(a.met, a.annotations) {
		explained := 0
		for _, e := range a.explained {
			explained += e[k]
		}
		if k == "schema" {
			a.kept[k] = len(a.model)
		}
		fmt.Fprintf(&b, "  %-22s %6d %6d %9d %11d\n", k, a.met[k], a.kept[k], explained, a.annotations[k])
	}
	b.WriteString("what the corrections explain\n")
	for _, id := range slices.Sorted(maps.Keys(a.explained)) {
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(a.explained[id])) {
			parts = append(parts, fmt.Sprintf("%s %d", k, a.explained[id][k]))
		}
		fmt.Fprintf(&b, "  %-42s %3d sites: %s\n", id, a.sites[id], strings.Join(parts, ", "))
	}
	b.WriteString("recursive groups\n")
	for _, g := range a.groups {
		names := strings.Fields(g)
		fmt.Fprintf(&b, "  %d: %s ...\n", len(names), names[0])
	}
	fmt.Fprintf(&b, "unexplained: %d; not accounted for: %s\n", len(a.unexplained), strings.Join(annotations, ", "))
	return b.String()
}

// fileTotals are the numbers that are published of the file. They are counted here without a glance at the descriptor.
var fileTotals = []struct {
	what   string
	want   int
	reason string
}{
	{"schema", 374, "the closure of the message"},
	{"enum", 551, "as keyword: members named enum do not count"},
	{"oneOf", 212, "as keyword: two members are named oneOf"},
	{"allOf", 255, "all of one element; the reader refuses any other"},
	{"required", 322, "52 schemas require nothing"},
	{"minimum", 221, "one of them on an integer, all others on numbers"},
	{"maximum", 182, "fewer than minimum: 39 have no upper bound"},
	{"maxLength", 200, "one of them on an array"},
	{"pattern", 6, "all of them JavaScript literals"},
	{"nullable", 8, "none of them beside a $ref"},
	{"format", 16, "date-time, uri, uuid"},
	{"discriminator", 9, "each says again what the branches say"},
	{"additionalProperties", 4, "all of them schemas, none a boolean"},
	{"deprecated", 18, "all of them on members"},
	{"writeOnly", 1, "on a member"},
}

func TestKeywordsOfTheFileAreAsManyAsPublished(t *testing.T) {
	file := modelFile(t, "how often each keyword is in the provider's file")
	if file.sha256 != ledger.File20260818 {
		t.Fatal("the model is of another file than these totals: count again")
	}
	a := account(file, vapi.Corrections)
	for _, row := range fileTotals {
		if got := a.met[row.what]; got != row.want {
			t.Errorf("%s: %d, want %d (%s)", row.what, got, row.want, row.reason)
		}
	}
	var sizes []int
	for _, g := range a.groups {
		sizes = append(sizes, len(strings.Fields(g)))
	}
	sort.Ints(sizes)
	if len(sizes) != 3 || sizes[2] != 34 {
		t.Errorf("recursive groups of %v schemas, want 3, the largest of 34", sizes)
	}
	distinct := map[string]int{}
	for _, p := range patternsOf(file, a.model) {
		distinct[p]++
	}
	if len(distinct) != 5 {
		t.Errorf("%d distinct patterns, want 5", len(distinct))
	}
	reasons := file.at("ServerMessageStatusUpdate", "properties", "endedReason")["enum"].([]any)
	kept := unlist(a.model["ServerMessageStatusUpdate"]["ServerMessageStatusUpdate.endedReason enum"])
	if len(reasons) != 627 || len(kept) != 595 {
		t.Errorf("%d distinct ended reasons of %d, want 595 of 627", len(kept), len(reasons))
	}
}

func patternsOf(u *upstream, schemas model) (out []string) {
	var visit func(v any)
	visit = func(v any) {
		o, _ := v.(map[string]any)
		if p, ok := o["pattern"].(string); ok {
			out = append(out, p)
		}
		subschemas(o, visit)
	}
	for name := range schemas {
		visit(u.schemas[name])
	}
	return out
}

// at returns the object at a path below components.schemas.
func (u *upstream) at(path ...string) map[string]any {
	o := u.schemas
	for _, p := range path {
		o = o[p].(map[string]any)
	}
	return o
}

// clone copies the file deep enough that the schemas of the message can be changed.
func (u *upstream) clone() *upstream {
	c := *u
	c.schemas = maps.Clone(u.schemas)
	for name := range descriptorFacts() {
		c.schemas[name] = deepCopy(u.schemas[name])
	}
	return &c
}

func deepCopy(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, x := range v {
			m[k] = deepCopy(x)
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, x := range v {
			l[i] = deepCopy(x)
		}
		return l
	}
	return v
}

// member returns the schema of a member, to be changed.
func (u *upstream) member(schema, member string) map[string]any {
	return u.at(schema, "properties", member)
}

func drop(l any, value string) []any {
	return slices.DeleteFunc(l.([]any), func(v any) bool { return v == any(value) })
}

func add(l any, values ...any) []any { return append(l.([]any), values...) }

func ref(schema string) map[string]any {
	return map[string]any{"$ref": "#/components/schemas/" + schema}
}

// fileFaults are changes of the provider's file. The accounting must report each, and nothing else.
var fileFaults = []struct {
	name   string
	edit   func(u *upstream)
	want   []string
	reason string
}{
	{
		name: "required dropped",
		edit: func(u *upstream) { o := u.at("BotMessage"); o["required"] = drop(o["required"], "time") },
		want: []string{"BotMessage.time required: the file has nothing, the model true"}, reason: "presence",
	},
	{
		name: "required added",
		edit: func(u *upstream) { o := u.at("BotMessage"); o["required"] = add(o["required"], "source") },
		want: []string{"BotMessage.source required: the file has true, the model nothing"}, reason: "presence",
	},
	{
		name: "required of no member",
		edit: func(u *upstream) { o := u.at("BotMessage"); o["required"] = add(o["required"], "nowhere") },
		want: []string{
			`BotMessage.nowhere required: the file has true, the model nothing`,
			`BotMessage: required lists "nowhere", which is no member or listed before`,
		}, reason: "a requirement that nothing can satisfy by the model",
	},
	{
		name: "maximum changed",
		edit: func(u *upstream) { u.member("Server", "timeoutSeconds")["maximum"] = json.Number("301") },
		want: []string{"Server.timeoutSeconds maximum: the file has 301, the model 300"}, reason: "a bound",
	},
	{
		name: "minimum dropped",
		edit: func(u *upstream) { delete(u.member("Server", "timeoutSeconds"), "minimum") },
		want: []string{"Server.timeoutSeconds minimum: the file has nothing, the model 1"}, reason: "the model must not say more",
	},
	{
		name: "maximum that is text",
		edit: func(u *upstream) { u.member("Server", "timeoutSeconds")["maximum"] = "300" },
		want: []string{"Server.timeoutSeconds: maximum is not a number"}, reason: "a keyword of a type that it cannot have is not read in silence",
	},
	{
		name: "enum value added",
		edit: func(u *upstream) {
			o := u.member("ServerMessageStatusUpdate", "status")
			o["enum"] = add(o["enum"], "paused")
		},
		want: []string{`ServerMessageStatusUpdate.status enum: the model lacks "paused"`}, reason: "the breaking change of this provider",
	},
	{
		name: "enum value dropped",
		edit: func(u *upstream) {
			o := u.member("ServerMessageStatusUpdate", "status")
			o["enum"] = drop(o["enum"], "ended")
		},
		want: []string{`ServerMessageStatusUpdate.status enum: the file lacks "ended"`}, reason: "the model must not say more",
	},
	{
		name: "enum in another order",
		edit: func(u *upstream) { slices.Reverse(u.member("ServerMessageStatusUpdate", "status")["enum"].([]any)) },
		want: []string{"ServerMessageStatusUpdate.status enum: the same in another order, or more than once"}, reason: "the descriptor promises the file's order",
	},
	{
		name: "enum value repeated where a row says so",
		edit: func(u *upstream) {
			o := u.member("ServerMessageStatusUpdate", "endedReason")
			o["enum"] = add(o["enum"], o["enum"].([]any)[0])
		},
		want: nil, reason: "enum-repeated drops repeats, however many",
	},
	{
		name: "enum value repeated elsewhere",
		edit: func(u *upstream) {
			o := u.member("ServerMessageStatusUpdate", "status")
			o["enum"] = add(o["enum"], "ended")
		},
		want: []string{"ServerMessageStatusUpdate.status: enum-repeated, which no row covers"}, reason: "a row covers its sites only",
	},
	{
		name: "enum emptied",
		edit: func(u *upstream) { u.member("ServerMessageStatusUpdate", "status")["enum"] = []any{} },
		want: []string{"ServerMessageStatusUpdate.status: enum-empty, which no row covers"}, reason: "an enum is not dropped but by its row",
	},
	{
		name: "member renamed",
		edit: func(u *upstream) {
			p := u.at("ServerMessageStatusUpdate", "properties")
			p["synopsis"] = p["summary"]
			delete(p, "summary")
		},
		want: []string{
			`ServerMessageStatusUpdate members: the file lacks "summary"`,
			`ServerMessageStatusUpdate members: the model lacks "synopsis"`,
		}, reason: "a name on the wire",
	},
	{
		name: "members in another order",
		edit: func(u *upstream) {
			u.order = maps.Clone(u.order)
			u.order["BotMessage"] = slices.Clone(u.order["BotMessage"])
			slices.Reverse(u.order["BotMessage"])
		},
		want: []string{"BotMessage members: the same in another order, or more than once"}, reason: "the Go fields follow it",
	},
	{
		name: "member named as a keyword",
		edit: func(u *upstream) { u.at("BotMessage", "properties")["anyOf"] = map[string]any{"type": "string"} },
		want: []string{
			`BotMessage members: the model lacks "anyOf"`,
			"BotMessage.anyOf: member-named-keyword, which no row covers",
		}, reason: "such a member is a defect of its own",
	},
	{
		name: "unknown keyword",
		edit: func(u *upstream) { u.member("ServerMessageStatusUpdate", "timestamp")["multipleOf"] = json.Number("1") },
		want: []string{"ServerMessageStatusUpdate.timestamp: keyword multipleOf is not accounted for"}, reason: "tomorrow's file may say what the model cannot",
	},
	{
		name: "unknown keyword of a schema",
		edit: func(u *upstream) { u.at("BotMessage")["minProperties"] = json.Number("1") },
		want: []string{"BotMessage: keyword minProperties is not accounted for"}, reason: "also at the top of a schema",
	},
	{
		name: "keyword beside a reference",
		edit: func(u *upstream) {
			u.member("BackoffPlan", "type")
			u.at("Server", "properties", "backoffPlan")["type"] = "array"
		},
		want: []string{"Server.backoffPlan: keyword type is not accounted for"}, reason: "a known keyword in a place where nobody reads it",
	},
	{
		name: "keyword of another type",
		edit: func(u *upstream) { u.member("ServerMessageStatusUpdate", "timestamp")["maxLength"] = json.Number("9") },
		want: []string{"ServerMessageStatusUpdate.timestamp: keyword maxLength is not accounted for"}, reason: "it means nothing on a number",
	},
	{
		name: "type changed",
		edit: func(u *upstream) { u.member("ServerMessageStatusUpdate", "timestamp")["type"] = "string" },
		want: []string{"ServerMessageStatusUpdate.timestamp type: the file has string, the model number"}, reason: "it flipped seven times up to April 2025",
	},
	{
		name: "type unknown",
		edit: func(u *upstream) { u.member("ServerMessageStatusUpdate", "timestamp")["type"] = "decimal" },
		want: []string{`ServerMessageStatusUpdate.timestamp: type "decimal"`}, reason: "no JSON type",
	},
	{
		name: "format changed",
		edit: func(u *upstream) { u.member("Call", "createdAt")["format"] = "date" },
		want: []string{"Call.createdAt format: the file has date, the model date-time"}, reason: "a format",
	},
	{
		name: "nullable dropped",
		edit: func(u *upstream) { delete(u.member("ServerMessageStatusUpdate", "assistantVersion"), "nullable") },
		want: []string{"ServerMessageStatusUpdate.assistantVersion nullable: the file has nothing, the model true"}, reason: "null and absent are two things",
	},
	{
		name: "nullable beside an enum",
		edit: func(u *upstream) { u.member("ServerMessageStatusUpdate", "status")["nullable"] = true },
		want: []string{"ServerMessageStatusUpdate.status: enum-without-null, which no row covers"}, reason: "the enum shuts null out again",
	},
	{
		name: "deprecated added",
		edit: func(u *upstream) { u.member("BotMessage", "source")["deprecated"] = true },
		want: []string{"BotMessage.source deprecated: the file has true, the model nothing"}, reason: "a flag of the member",
	},
	{
		name: "deprecated below a member",
		edit: func(u *upstream) { u.member("Chat", "messages")["items"].(map[string]any)["deprecated"] = true },
		want: []string{"Chat.messages#items: keyword deprecated is not accounted for"}, reason: "the descriptor has no place for it there",
	},
	{
		name: "writeOnly added",
		edit: func(u *upstream) { u.member("BotMessage", "source")["writeOnly"] = true },
		want: []string{"BotMessage.source writeOnly: the file has true, the model nothing"}, reason: "a flag of the member",
	},
	{
		name: "pattern changed inside",
		edit: func(u *upstream) { u.member("OpenAIFunction", "name")["pattern"] = "/^[a-z]{1,64}$/" },
		want: []string{"OpenAIFunction.name pattern: the file has ^[a-z]{1,64}$, the model ^[a-zA-Z0-9_-]{1,64}$"}, reason: "pattern-literal strips the delimiters, no more",
	},
	{
		name: "pattern with another flag",
		edit: func(u *upstream) { u.member("OpenAIFunction", "name")["pattern"] = "/^[a-zA-Z0-9_-]{1,64}$/i" },
		want: []string{
			"OpenAIFunction.name: keyword pattern is not accounted for",
			"OpenAIFunction.name: pattern /^[a-zA-Z0-9_-]{1,64}$/i has no end or a flag that is not u",
			"correction/pattern-literal: the row says 6 sites of this file, and explains 5",
		}, reason: "a flag that changes what matches is not dropped",
	},
	{
		name: "pattern mended by the provider",
		edit: func(u *upstream) { u.member("OpenAIFunction", "name")["pattern"] = "^[a-zA-Z0-9_-]{1,64}$" },
		want: []string{
			"OpenAIFunction.name corrections: the file has nothing, the model [\"correction/pattern-literal\"]",
			"correction/pattern-literal: the row says 6 sites of this file, and explains 5",
		}, reason: "a row whose defect is gone is stale",
	},
	{
		name: "enum of an array is not that of its items",
		edit: func(u *upstream) {
			o := u.member("CreateAssistantDTO", "clientMessages")
			o["enum"] = drop(o["enum"], "hang")
		},
		want: []string{"CreateAssistantDTO.clientMessages: the array's enum is not that of its items"}, reason: "enum-on-array drops a repetition, no more",
	},
	{
		name: "maxLength of an array is not that of its items",
		edit: func(u *upstream) {
			u.member("PhoneNumberCallRingingHookFilter", "startsWith")["maxLength"] = json.Number("7")
		},
		want: []string{"PhoneNumberCallRingingHookFilter.startsWith: the array's maxLength 7 is not that of its items"}, reason: "length-on-array drops a repetition, no more",
	},
	{
		name: "enum on an object is not of strings",
		edit: func(u *upstream) { u.member("BackoffPlan", "type")["enum"] = []any{json.Number("1")} },
		want: []string{"BackoffPlan.type: enum value 1 beside type string"}, reason: "enum-on-object turns the type into string, which must fit",
	},
	{
		name: "enum beside a union has a value of its own",
		edit: func(u *upstream) { o := u.member("VapiVoice", "version"); o["enum"] = add(o["enum"], "3") },
		want: []string{`VapiVoice.version: the enum beside oneOf has "3", which no branch has`}, reason: "union-beside-enum drops a repetition, no more",
	},
	{
		name: "allOf beside a union is another schema",
		edit: func(u *upstream) { u.member("CreateWorkflowDTO", "observabilityPlan")["allOf"] = []any{ref("Server")} },
		want: []string{"CreateWorkflowDTO.observabilityPlan: the allOf beside oneOf is not its only branch"}, reason: "union-beside-all-of drops a repetition, no more",
	},
	{
		name: "allOf of two",
		edit: func(u *upstream) {
			o := u.member("Server", "backoffPlan")
			delete(o, "$ref")
			o["allOf"] = []any{ref("BackoffPlan"), ref("BackoffPlan")}
		},
		want: []string{"Server.backoffPlan: allOf of 2"}, reason: "only an allOf of one element is that element",
	},
	{
		name: "branch dropped",
		edit: func(u *upstream) {
			o := u.member("CreateWebhookCredentialDTO", "authenticationPlan")
			o["oneOf"] = o["oneOf"].([]any)[1:]
			delete(o, "discriminator")
		},
		want: []string{`CreateWebhookCredentialDTO.authenticationPlan branches: the file lacks "OAuth2AuthenticationPlan"`}, reason: "the model must not say more",
	},
	{
		name: "branch added",
		edit: func(u *upstream) {
			o := u.member("ServerMessageStatusUpdate", "destination")
			o["oneOf"] = add(o["oneOf"], ref("TransferDestinationAssistant"))
		},
		want: []string{`ServerMessageStatusUpdate.destination branches: the model lacks "TransferDestinationAssistant"`}, reason: "a new kind of value",
	},
	{
		name: "plain branch added",
		edit: func(u *upstream) {
			o := u.member("ToolParameter", "value")
			o["oneOf"] = add(o["oneOf"], map[string]any{"type": "integer"})
		},
		want: []string{"ToolParameter.value: two branches take any number"}, reason: "two branches of one JSON type cannot be told apart",
	},
	{
		name: "tag of a branch changed",
		edit: func(u *upstream) { u.member("LiquidCondition", "type")["enum"] = []any{"handlebars"} },
		want: []string{
			`GroupCondition.conditions#items#LiquidCondition when: the file has the tag is in ["handlebars"], the model the tag is in ["liquid"]`,
			`LiquidCondition.type enum: the file lacks "liquid"`,
			`LiquidCondition.type enum: the model lacks "handlebars"`,
			`ToolRejectionPlan.conditions#items#LiquidCondition when: the file has the tag is in ["handlebars"], the model the tag is in ["liquid"]`,
		}, reason: "a branch is recognised by what its schema says",
	},
	{
		name: "tag no longer required",
		edit: func(u *upstream) {
			o := u.at("RegexCondition")
			o["required"] = drop(o["required"], "type")
		},
		want: []string{
			"GroupCondition.conditions#items: union-overlap, which no row covers",
			"RegexCondition.type required: the file has nothing, the model true",
			"ToolRejectionPlan.conditions#items: union-overlap, which no row covers",
		}, reason: "a tag that may be absent does not tell",
	},
	{
		name: "discriminator contradicts",
		edit: func(u *upstream) {
			d := u.at("CreateWebhookCredentialDTO", "properties", "authenticationPlan", "discriminator")
			d["mapping"].(map[string]any)["hmac"] = "#/components/schemas/BearerAuthenticationPlan"
		},
		want: []string{"CreateWebhookCredentialDTO.authenticationPlan: the discriminator contradicts the branches"}, reason: "it must not be lost where it says something else",
	},
	{
		name: "string beside an enum is bounded",
		edit: func(u *upstream) {
			u.member("CreateAssistantDTO", "backgroundSound")["oneOf"].([]any)[0].(map[string]any)["maxLength"] = json.Number("9")
		},
		want: []string{"CreateAssistantDTO.backgroundSound: a branch says more than its enum"}, reason: "string-or-enum opens an enum, no more",
	},
	{
		name: "values of a map changed",
		edit: func(u *upstream) {
			u.member("CustomLLMModel", "headers")["additionalProperties"] = map[string]any{"type": "number"}
		},
		want: []string{"CustomLLMModel.headers#values type: the file has number, the model string"}, reason: "of any depth",
	},
	{
		name: "map closed",
		edit: func(u *upstream) { u.member("CustomLLMModel", "headers")["additionalProperties"] = false },
		want: []string{"CustomLLMModel.headers#values: not a schema"}, reason: "additionalProperties may be a boolean, which the model cannot say",
	},
	{
		name: "items dropped",
		edit: func(u *upstream) {
			delete(u.member("BotMessage", "source"), "x")
			delete(u.member("Server", "encryptedPaths"), "items")
		},
		want: []string{"Server.encryptedPaths#items type: the file has nothing, the model string"}, reason: "the model must not say more",
	},
	{
		name: "reference to another schema",
		edit: func(u *upstream) { u.at("Server", "properties")["backoffPlan"] = ref("JsonSchema") },
		want: []string{"Server.backoffPlan $ref: the file has JsonSchema, the model BackoffPlan"}, reason: "what a member refers to",
	},
	{
		name: "reference to nowhere",
		edit: func(u *upstream) { u.at("Server", "properties")["backoffPlan"] = ref("Nowhere") },
		want: []string{"Server.backoffPlan: refers to Nowhere, which is not in the file"}, reason: "a file that is broken",
	},
	{
		name: "message referenced",
		edit: func(u *upstream) {
			u.root = maps.Clone(u.root)
			u.root["webhooks"] = map[string]any{"status": ref("ServerMessageStatusUpdate")}
			u.referenced = u.findReferenced()
		},
		want: []string{"correction/message-unreferenced: the row says 1 sites of this file, and explains 0"}, reason: "then the row is stale",
	},
}

func TestFaultsPlantedInTheFileAreReported(t *testing.T) {
	file := modelFile(t, "that the accounting notices a change of the provider's file")
	for _, f := range fileFaults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			changed := file.clone()
			f.edit(changed)
			got := account(changed, vapi.Corrections).unexplained
			slices.Sort(got)
			if diff := cmp.Diff(f.want, got); diff != "" {
				t.Errorf("(%s) -want +got\n%s", f.reason, diff)
			}
		})
	}
}

// ledgerFaults are changes of the corrections ledger. A row explains what its class may change at its sites of its file, and
// nothing else.
var ledgerFaults = []struct {
	row    string
	edit   func(c *vapi.Correction)
	want   []string
	reason string
}{
	{
		row: "correction/length-on-array", edit: func(c *vapi.Correction) { c.Defect = ledger.EnumOnArray },
		want: []string{
			"PhoneNumberCallRingingHookFilter.startsWith: length-on-array, which no row covers",
			"correction/length-on-array: the row says 1 sites of this file, and explains 0",
		}, reason: "a row explains the defects of its class",
	},
	{
		row: "correction/length-on-array", edit: func(c *vapi.Correction) { c.Sites = []string{"*.contains"} },
		want: []string{
			"PhoneNumberCallRingingHookFilter.startsWith: length-on-array, which no row covers",
			"correction/length-on-array: the row says 1 sites of this file, and explains 0",
		}, reason: "at its sites",
	},
	{
		row: "correction/length-on-array", edit: func(c *vapi.Correction) { c.Files = map[string]int{ledger.File20250630: 1} },
		want: []string{
			"PhoneNumberCallRingingHookFilter.startsWith: length-on-array, which no row covers",
		}, reason: "of its files",
	},
	{
		row: "correction/length-on-array", edit: func(c *vapi.Correction) { c.ID = "correction/other" },
		want: []string{
			`PhoneNumberCallRingingHookFilter.startsWith corrections: the file lacks "correction/length-on-array"`,
			`PhoneNumberCallRingingHookFilter.startsWith corrections: the model lacks "correction/other"`,
		}, reason: "under the id that the descriptor's site has",
	},
	{
		row: "correction/message-unreferenced", edit: func(c *vapi.Correction) { c.Sites = nil },
		want: []string{
			"ServerMessageStatusUpdate: message-unreferenced, which no row covers",
			"correction/message-unreferenced: the row says 1 sites of this file, and explains 0",
		}, reason: "also what stands at no site of the descriptor",
	},
	{
		row: "correction/member-named-keyword", edit: func(c *vapi.Correction) { c.Sites = c.Sites[:1] },
		want: []string{
			"CallHookFilter.oneOf: member-named-keyword, which no row covers",
			"correction/member-named-keyword: the row says 2 sites of this file, and explains 1",
		}, reason: "also what stands at no site of the descriptor",
	},
	{
		row: "correction/hook-event", edit: func(c *vapi.Correction) { c.Dispatch[0].Values = []string{"customer.silence"} },
		want: []string{
			whenHook("AssistantOverrides"), whenHook("CreateAssistantDTO"), whenHook("CreateWorkflowDTO"), whenHook("WorkflowUserEditable"),
		}, reason: "the descriptor must follow the row",
	},
	{
		row: "correction/smart-endpointing-provider", edit: func(c *vapi.Correction) { c.Dispatch[0].Values = []string{"silero"} },
		want: []string{
			`StartSpeakingPlan.smartEndpointingPlan: correction/smart-endpointing-provider tells VapiSmartEndpointingPlan apart, but its tag does not allow "silero"`,
		}, reason: "a branch cannot have a tag that its own schema forbids",
	},
	{
		row: "correction/smart-endpointing-provider", edit: func(c *vapi.Correction) { c.Dispatch[0].Values = []string{"livekit"} },
		want: []string{
			`StartSpeakingPlan.smartEndpointingPlan: "livekit" tells LivekitSmartEndpointingPlan and VapiSmartEndpointingPlan`,
			`StartSpeakingPlan.smartEndpointingPlan: "livekit" tells VapiSmartEndpointingPlan and LivekitSmartEndpointingPlan`,
		}, reason: "one value tells one branch",
	},
	{
		row: "correction/smart-endpointing-provider", edit: func(c *vapi.Correction) { c.Dispatch[0].Missing = true },
		want: []string{
			"StartSpeakingPlan.smartEndpointingPlan: correction/smart-endpointing-provider tells VapiSmartEndpointingPlan apart, but it requires the tag",
		}, reason: "a required tag is never missing",
	},
	{
		row: "correction/smart-endpointing-provider", edit: func(c *vapi.Correction) { c.Dispatch = append(c.Dispatch, ledger.Dispatch{Branch: "Server"}) },
		want: []string{
			"StartSpeakingPlan.smartEndpointingPlan: correction/smart-endpointing-provider tells Server apart, but it is no branch here",
		}, reason: "the row must know the branches",
	},
	{
		row: "correction/assistant-destination", edit: func(c *vapi.Correction) { c.Dispatch[0].Has = []string{"message", "assistantName"} },
		want: []string{
			"SquadMemberDTO.assistantDestinations#items: correction/assistant-destination tells TransferDestinationAssistant apart, but assistantName is not its own",
		}, reason: "a member that two branches have tells neither",
	},
	{
		row: "correction/assistant-destination", edit: func(c *vapi.Correction) { slices.Reverse(c.Dispatch) },
		want: []string{
			"SquadMemberDTO.assistantDestinations#items: correction/assistant-destination tells HandoffDestinationAssistant apart, but it takes what is left, and is not the last",
		}, reason: "what takes the rest shuts out what follows",
	},
	{
		row: "correction/scorecard-value", edit: func(c *vapi.Correction) { c.Dispatch[0].Kind = "string" },
		want: []string{
			"ScorecardMetric.conditions#items: correction/scorecard-value tells BooleanComparatorScorecardMetricCondition apart, but value need not be of that type",
		}, reason: "the branch says what its member is",
	},
}

func whenHook(owner string) string {
	return owner + `.hooks#items#CallHookCustomerSpeechTimeout when: the file has the tag is in ["customer.silence"] or the tag starts with "customer.speech.timeout[", ` +
		`the model the tag is in ["customer.speech.timeout"] or the tag starts with "customer.speech.timeout["`
}

func TestFaultsPlantedInTheLedgerAreReported(t *testing.T) {
	file := modelFile(t, "that a row explains no more than it says")
	for _, f := range ledgerFaults {
		t.Run(f.row+"/"+f.reason, func(t *testing.T) {
			t.Parallel()
			rows := slices.Clone(vapi.Corrections)
			i := slices.IndexFunc(rows, func(c vapi.Correction) bool { return c.ID == f.row })
			rows[i].Dispatch = slices.Clone(rows[i].Dispatch)
			f.edit(&rows[i])
			got := account(file, rows).unexplained
			slices.Sort(got)
			if diff := cmp.Diff(f.want, got); diff != "" {
				t.Errorf("(%s) -want +got\n%s", f.reason, diff)
			}
		})
	}
}

// descriptorFaults are changes of the descriptor, one for each of its fields at least. The comparison must report each, and
// the digest must change. The field is the key; what stands in notCompared needs no fault.
var descriptorFaults = []struct {
	field string
	edit  func(c *vapi.Contract)
	want  []string
}{
	{
		field: "Contract.Types", edit: func(c *vapi.Contract) { c.Types = c.Types[1:] },
		want: []string{"AIEdgeCondition: the model lacks the schema"},
	},
	{
		field: "Type.Name", edit: func(c *vapi.Contract) { typeOf(c, "BackoffPlan").Name = "RetryPlan" },
		want: []string{
			"BackoffPlan: the model lacks the schema",
			"CreateApiRequestToolDTO.backoffPlan $ref: the file has BackoffPlan, the model BackoffPlan, linked to another type",
			"RetryPlan: the file lacks the schema",
			"Server.backoffPlan $ref: the file has BackoffPlan, the model BackoffPlan, linked to another type",
		},
	},
	{
		field: "Type.Members", edit: func(c *vapi.Contract) { x := typeOf(c, "BackoffPlan"); x.Members = x.Members[1:] },
		want: []string{`BackoffPlan members: the model lacks "type"`},
	},
	{
		field: "Type.Members", edit: func(c *vapi.Contract) {
			x := typeOf(c, "BackoffPlan")
			x.Members = append(x.Members, vapi.Member{Name: "jitter", Schema: &vapi.Schema{Kind: vapi.KindNumber}})
		},
		want: []string{`BackoffPlan members: the file lacks "jitter"`},
	},
	{
		field: "Member.Name", edit: func(c *vapi.Contract) { typeOf(c, "BackoffPlan").Members[0].Name = "kind" },
		want: []string{`BackoffPlan members: the file lacks "kind"`, `BackoffPlan members: the model lacks "type"`},
	},
	{
		field: "Member.Required", edit: func(c *vapi.Contract) { memberOf(c, "Server", "url").Required = true },
		want: []string{"Server.url required: the file has nothing, the model true"},
	},
	{
		field: "Member.Deprecated", edit: func(c *vapi.Contract) { memberOf(c, "Server", "url").Deprecated = true },
		want: []string{"Server.url deprecated: the file has nothing, the model true"},
	},
	{
		field: "Member.WriteOnly", edit: func(c *vapi.Contract) { memberOf(c, "Server", "url").WriteOnly = true },
		want: []string{"Server.url writeOnly: the file has nothing, the model true"},
	},
	{
		field: "Member.Schema", edit: func(c *vapi.Contract) {
			memberOf(c, "Server", "url").Schema = memberOf(c, "Server", "timeoutSeconds").Schema
		},
		want: []string{
			"Server.url maximum: the file has nothing, the model 300", "Server.url minimum: the file has nothing, the model 1",
			"Server.url type: the file has string, the model number",
		},
	},
	{
		field: "Schema.Kind", edit: func(c *vapi.Contract) { schemaOf(c, "Server", "timeoutSeconds").Kind = vapi.KindInteger },
		want: []string{"Server.timeoutSeconds type: the file has number, the model integer"},
	},
	{
		field: "Schema.Nullable", edit: func(c *vapi.Contract) { schemaOf(c, "Server", "url").Nullable = true },
		want: []string{"Server.url nullable: the file has nothing, the model true"},
	},
	{
		field: "Schema.Ref", edit: func(c *vapi.Contract) { schemaOf(c, "Server", "backoffPlan").Ref = "JsonSchema" },
		want: []string{"Server.backoffPlan $ref: the file has BackoffPlan, the model JsonSchema, linked to another type"},
	},
	{
		field: "Schema.Type", edit: func(c *vapi.Contract) { schemaOf(c, "Server", "backoffPlan").Type = c.Top },
		want: []string{"Server.backoffPlan $ref: the file has BackoffPlan, the model BackoffPlan, linked to another type"},
	},
	{
		field: "Schema.Items", edit: func(c *vapi.Contract) { schemaOf(c, "Server", "encryptedPaths").Items = nil },
		want: []string{"Server.encryptedPaths#items type: the file has string, the model nothing"},
	},
	{
		field: "Schema.Enum", edit: func(c *vapi.Contract) { schemaOf(c, "BackoffPlan", "type").Enum = nil },
		want: []string{`BackoffPlan.type enum: the file has ["fixed","exponential"], the model nothing`},
	},
	{
		field: "Enum.Values", edit: func(c *vapi.Contract) { slices.Reverse(schemaOf(c, "BackoffPlan", "type").Enum.Values) },
		want: []string{"BackoffPlan.type enum: the same in another order, or more than once"},
	},
	{
		field: "Schema.OpenEnum", edit: func(c *vapi.Contract) { schemaOf(c, "BackoffPlan", "type").OpenEnum = true },
		want: []string{"BackoffPlan.type openEnum: the file has nothing, the model true"},
	},
	{
		field: "Schema.Min", edit: func(c *vapi.Contract) { schemaOf(c, "Server", "timeoutSeconds").Min = "0" },
		want: []string{"Server.timeoutSeconds minimum: the file has 1, the model 0"},
	},
	{
		field: "Schema.Max", edit: func(c *vapi.Contract) { schemaOf(c, "Server", "timeoutSeconds").Max = "" },
		want: []string{"Server.timeoutSeconds maximum: the file has 300, the model nothing"},
	},
	{
		field: "Schema.MinLength", edit: func(c *vapi.Contract) { schemaOf(c, "Server", "url").MinLength = 1 },
		want: []string{"Server.url minLength: the file has nothing, the model 1"},
	},
	{
		field: "Schema.MaxLength", edit: func(c *vapi.Contract) { schemaOf(c, "Server", "url").MaxLength = 9 },
		want: []string{"Server.url maxLength: the file has nothing, the model 9"},
	},
	{
		field: "Schema.Pattern", edit: func(c *vapi.Contract) { schemaOf(c, "Server", "url").Pattern = "^h" },
		want: []string{"Server.url pattern: the file has nothing, the model ^h"},
	},
	{
		field: "Schema.Format", edit: func(c *vapi.Contract) { schemaOf(c, "Server", "url").Format = "uri" },
		want: []string{"Server.url format: the file has nothing, the model uri"},
	},
	{
		field: "Schema.Union", edit: func(c *vapi.Contract) { schemaOf(c, "ScorecardMetric", "conditions").Items.Union = nil },
		want: []string{
			`ScorecardMetric.conditions#items branches: the model lacks "BooleanComparatorScorecardMetricCondition"`,
			`ScorecardMetric.conditions#items branches: the model lacks "NumberComparatorScorecardMetricCondition"`,
		},
	},
	{
		field: "Schema.Corrections", edit: func(c *vapi.Contract) { schemaOf(c, "BackoffPlan", "type").Corrections = nil },
		want: []string{`BackoffPlan.type corrections: the file has ["correction/enum-on-object"], the model nothing`},
	},
	{
		field: "Union.Tag", edit: func(c *vapi.Contract) { unionOf(c).Tag = "on" },
		want: []string{"StartSpeakingPlan.smartEndpointingPlan tag: the file has provider, the model on"},
	},
	{
		field: "Union.Branches", edit: func(c *vapi.Contract) { unionOf(c).Branches = unionOf(c).Branches[1:] },
		want: []string{`StartSpeakingPlan.smartEndpointingPlan branches: the model lacks "VapiSmartEndpointingPlan"`},
	},
	{
		field: "Branch.Schema", edit: func(c *vapi.Contract) { unionOf(c).Branches[0].Schema.Nullable = true },
		want: []string{"StartSpeakingPlan.smartEndpointingPlan#VapiSmartEndpointingPlan nullable: the file has nothing, the model true"},
	},
	{
		field: "Branch.Values", edit: func(c *vapi.Contract) { unionOf(c).Branches[0].Values = nil },
		want: []string{whenVapi("whatever object is left, before the last branch")},
	},
	{
		field: "Branch.Prefix", edit: func(c *vapi.Contract) { unionOf(c).Branches[0].Prefix = "v" },
		want: []string{whenVapi(`the tag is in ["vapi"] or the tag starts with "v"`)},
	},
	{
		field: "Branch.Missing", edit: func(c *vapi.Contract) { unionOf(c).Branches[0].Missing = true },
		want: []string{whenVapi(`the tag is in ["vapi"] or the tag is absent`)},
	},
	{
		field: "Branch.Member", edit: func(c *vapi.Contract) { unionOf(c).Branches[0].Member = "x" },
		want: []string{whenVapi(`the tag is in ["vapi"] or x is of type `)},
	},
	{
		field: "Branch.Kind", edit: func(c *vapi.Contract) { unionOf(c).Branches[0].Kind = vapi.KindBoolean },
		want: []string{whenVapi(`the tag is in ["vapi"] or  is of type boolean`)},
	},
	{
		field: "Branch.Has", edit: func(c *vapi.Contract) { unionOf(c).Branches[0].Has = []string{"x"} },
		want: []string{whenVapi(`the tag is in ["vapi"] and it has one of ["x"]`)},
	},
}

// notCompared are the fields that hold nothing of the file.
var notCompared = map[string]string{
	"Contract.Top":    "the accounting asks for it by name",
	"Contract.Source": "says which file to compare with",
	"Source.SHA256":   "says which file to compare with",
	"Type.GoName":     "held by the tests of the Go types",
	"Member.GoName":   "held by the tests of the Go types",
	"Enum.Name":       "held by the tests of the Go types",
	"Union.Name":      "held by the tests of the Go types",
}

func typeOf(c *vapi.Contract, name string) *vapi.Type {
	return c.Types[slices.IndexFunc(c.Types, func(t *vapi.Type) bool { return t.Name == name })]
}

func memberOf(c *vapi.Contract, typ, name string) *vapi.Member {
	t := typeOf(c, typ)
	return &t.Members[slices.IndexFunc(t.Members, func(m vapi.Member) bool { return m.Name == name })]
}

func schemaOf(c *vapi.Contract, typ, name string) *vapi.Schema { return memberOf(c, typ, name).Schema }

// unionOf returns a union that is used once.
func unionOf(c *vapi.Contract) *vapi.Union {
	return schemaOf(c, "StartSpeakingPlan", "smartEndpointingPlan").Union
}

func whenVapi(model string) string {
	return `StartSpeakingPlan.smartEndpointingPlan#VapiSmartEndpointingPlan when: the file has the tag is in ["vapi"], the model ` + model
}

func TestFaultsPlantedInTheDescriptorAreReported(t *testing.T) {
	committed := descriptorFacts()
	digest := digestOf(committed)
	for _, f := range descriptorFaults {
		t.Run(f.field, func(t *testing.T) {
			t.Parallel()
			changed := copyExported(reflect.ValueOf(vapi.Descriptor()), map[any]reflect.Value{}).Interface().(*vapi.Contract)
			f.edit(changed)
			facts := factsOfDescriptor(changed)
			got := difference(committed, facts, nil)
			slices.Sort(got)
			if diff := cmp.Diff(f.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if digestOf(facts) == digest {
				t.Error("the digest is the same")
			}
		})
	}
}

func TestEveryFieldOfTheDescriptorIsCompared(t *testing.T) {
	planted := map[string]bool{}
	for _, f := range descriptorFaults {
		planted[f.field] = true
	}
	for _, typ := range []reflect.Type{
		reflect.TypeFor[vapi.Contract](), reflect.TypeFor[vapi.Source](), reflect.TypeFor[vapi.Type](), reflect.TypeFor[vapi.Member](),
		reflect.TypeFor[vapi.Schema](), reflect.TypeFor[vapi.Enum](), reflect.TypeFor[vapi.Union](), reflect.TypeFor[vapi.Branch](),
	} {
		for i := range typ.NumField() {
			name := typ.Name() + "." + typ.Field(i).Name
			if typ.Field(i).IsExported() && !planted[name] && notCompared[name] == "" {
				t.Errorf("%s: no fault is planted there, so nothing shows that the accounting compares it", name)
			}
			delete(planted, name)
		}
	}
	for name := range planted {
		t.Errorf("%s: a fault of a field that is gone", name)
	}
}

// copyExported copies a value deep, save its unexported fields. What is shared in it is shared in the copy.
func copyExported(v reflect.Value, seen map[any]reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return out
		}
		if known, ok := seen[v.Interface()]; ok {
			return known
		}
		p := reflect.New(v.Type().Elem())
		seen[v.Interface()] = p
		p.Elem().Set(copyExported(v.Elem(), seen))
		return p
	case reflect.Slice:
		if v.IsNil() {
			return out
		}
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(copyExported(v.Index(i), seen))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(copyExported(v.Field(i), seen))
			}
		}
	}
	return out
}
