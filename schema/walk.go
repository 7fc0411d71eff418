package schema

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema/vapi"
)

// walker goes through a payload and the contract side by side, once. It meets
// every value that the contract says something of, and reports what differs. On
// the way it builds what jsonschema/v5 is to judge: the same payload without
// what no schema speaks of.
type walker struct {
	profile Profile
	build   bool
	cost    int // of judging with v5 what was built

	path    []token // from the root to the value at hand
	found   []violation
	count   map[Severity]int
	dropped map[ruleSeverity]int // beyond MaxFindings

	foreign   bool // another message than status-update
	unwrapped bool // no message to look at
}

type ruleSeverity struct {
	id       string
	severity Severity
}

// report adds a violation. It is made only if it will be listed: beyond
// MaxFindings of its severity, it is only counted.
func (w *walker) report(c class, rule string, make func() violation) {
	if w.count == nil {
		w.count, w.dropped = map[Severity]int{}, map[ruleSeverity]int{}
	}
	s := w.profile.severity(c)
	if w.count[s]++; w.count[s] > MaxFindings {
		w.dropped[ruleSeverity{rule, s}]++
		w.build = w.build && s != Error // v5 will not be asked
		return
	}
	v := make()
	v.class, v.rule = c, rule
	v.pointer = pointer(w.path)
	for _, member := range v.below {
		v.pointer = extend(v.pointer, member)
	}
	if len(v.pointer) > longestPointer {
		v.pointer = strings.ToValidUTF8(v.pointer[:longestPointer], "") + "…"
		w.build = false // v5's errors could not be told apart by it
	}
	w.found = append(w.found, v)
}

// longestPointer bounds what a finding says of its place, in bytes: a payload may
// have a name of megabytes, and a thousand findings below it.
const longestPointer = 4096

// wrongType reports a value of a JSON type that the schema does not take.
func (w *walker) wrongType(n scan.Node, s *vapi.Schema, where string) any {
	w.report(broken, "schema/type", func() violation { return wrongType(n, wantedTypes(s), where) })
	return w.scalar(n)
}

// maxReferenceCost is up to what cost v5 is asked. It tries every branch of a union,
// and for each that does not take the value it writes errors as long as the value is
// deep: a valid payload of 100 KB can take it seconds and a gigabyte. At this cost it
// takes some 250 ms and 150 MB; a captured body costs a fiftieth at most.
const maxReferenceCost = 1_000_000

// spend counts what v5 has to try for the value at hand.
func (w *walker) spend(tries int) {
	if w.cost += tries * len(w.path) * len(w.path); w.cost > maxReferenceCost {
		w.build = false
	}
}

// token is a member's name, or the index of an item where the name is empty and
// item is set.
type token struct {
	name  string
	index int
	item  bool
}

func (w *walker) enter(name string) { w.path = append(w.path, token{name: name}) }

func (w *walker) enterItem(i int) { w.path = append(w.path, token{index: i, item: true}) }

func (w *walker) leave() { w.path = w.path[:len(w.path)-1] }

func pointer(path []token) string {
	p := ""
	for _, t := range path {
		if t.item {
			t.name = strconv.Itoa(t.index)
		}
		if p = extend(p, t.name); len(p) > longestPointer {
			break
		}
	}
	return p
}

// extend adds a token to a pointer, no more of it than will be shown.
func extend(pointer, token string) string {
	return scan.AppendPointer(pointer, token[:min(len(token), longestPointer+1)])
}

// payload finds the message in the body. It returns what v5 is to judge, and
// whether the message sits in an envelope.
func (w *walker) payload(root scan.Node, mode EnvelopeMode) (body any, inEnvelope bool) {
	if mode == EnvelopeNone {
		return w.message(root), false
	}
	message, ok := root.Get("message")
	if ok {
		return w.envelope(root, message), true
	}
	typ, _ := root.Get("type")
	if typ.Kind() == scan.String && mode == EnvelopeAuto && !looksLikeCall(root) {
		w.report(bare, "envelope/bare", func() violation { return bareMessage(root) })
		return w.message(root), false
	}
	w.unwrapped = true
	w.report(broken, "envelope/missing", func() violation { return envelopeMissing(root) })
	return nil, false
}

// envelope allows members beside the message: the contract says nothing of them.
func (w *walker) envelope(root, message scan.Node) any {
	for m := range root.Members() {
		if scan.Folds(m.Name, "message") {
			w.confusable(m, "message")
		} else if m.Name != "message" {
			w.report(surplus, "member/unknown", func() violation { return unknownMember(m, "the envelope") })
		}
	}
	w.enter("message")
	defer w.leave()
	return map[string]any{"message": w.message(message)}
}

func (w *walker) message(n scan.Node) any {
	typ, _ := n.Get("type")
	if typ.Kind() == scan.String && typ.Text() != vapi.StatusUpdateType {
		w.foreign = true
		w.report(foreign, "message/not-covered", func() violation { return notCovered(typ) })
		return map[string]any{"type": typ.Text()}
	}
	body := w.object(vapi.Descriptor().Top, n)
	for i := range vapi.Rules {
		w.rule(&vapi.Rules[i], n)
	}
	return body
}

// rule applies a prose rule to the message. It is silent about a status that is
// missing or no string, which is a finding of its own.
func (w *walker) rule(r *vapi.Rule, message scan.Node) {
	if r.Demand != vapi.OnlyThen {
		return
	}
	when, _ := message.Get(r.When.Member)
	member, there := message.Get(strings.TrimPrefix(r.Member, "/message/"))
	if !there || member.Kind() == scan.Null || when.Kind() != scan.String || slices.Contains(r.When.Values, when.Text()) {
		return
	}
	w.report(broken, r.ID, func() violation { return onlyIf(r, member, when.Text()) })
}

// object judges an object with the members of t.
func (w *walker) object(t *vapi.Type, n scan.Node) any {
	if n.Kind() != scan.Object {
		return w.wrongType(n, anObject, t.Name)
	}
	var body map[string]any
	if w.build {
		body = map[string]any{}
	}
	seen := make([]bool, len(t.Members))
	for m := range n.Members() {
		i := t.Index(m.Name)
		if i < 0 {
			w.undocumentedMember(t, m)
			continue
		}
		seen[i] = true
		w.enter(m.Name)
		v := w.member(t, &t.Members[i], m.Value)
		w.leave()
		if body != nil {
			body[m.Name] = v
		}
	}
	for i := range t.Members {
		if m := &t.Members[i]; m.Required && !seen[i] {
			w.absent(n, t, m)
		}
	}
	return body
}

// undocumentedMember judges a member that the type does not have.
func (w *walker) undocumentedMember(t *vapi.Type, m scan.Member) {
	if known := t.Confusable(m.Name); known != "" {
		w.confusable(m, known)
		return
	}
	if row := t.Undocumented(m.Name); row != nil {
		w.report(surplus, "member/undocumented", func() violation { return undocumentedMember(m, row) })
		return
	}
	w.report(surplus, "member/unknown", func() violation {
		v := unknownMember(m, t.Name)
		v.spell = func(v *violation) { v.hint = didYouMean(m.Name, t.Names()) }
		return v
	})
}

func (w *walker) confusable(m scan.Member, known string) {
	w.report(broken, scan.RuleConfusable, func() violation { return confusable(m, known) })
}

// absent reports a required member that is not there.
func (w *walker) absent(n scan.Node, t *vapi.Type, m *vapi.Member) {
	if row := deviations[[2]string{t.Name, m.Name}]["absent"]; row != nil {
		w.report(deviating, row.ID, func() violation { return missing(n, m.Name, deviationSource(row)) })
		return
	}
	w.report(broken, "schema/required", func() violation { return missing(n, m.Name, inSpec(m.Path())) })
}

// deviates reports what live traffic is known to do.
func (w *walker) deviates(n scan.Node, row *vapi.Deviation, s *vapi.Schema) any {
	w.report(deviating, row.ID, func() violation { return deviation(n, row, wantedTypes(s)) })
	return w.scalar(n)
}

// mismatch reports a string of which live traffic has only been seen to send
// another kind: it is the wrong type, though the live schema says so by a pattern.
func (w *walker) mismatch(n scan.Node, row *vapi.Deviation, s *vapi.Schema, where string) any {
	w.report(broken, "schema/type", func() violation {
		v := wrongType(n, wantedTypes(s), where)
		if w.profile == Live {
			v.keyword = "pattern"
			v.want += ", or a string that matches " + row.Pattern + " (" + row.ID + ")"
		}
		return v
	})
	return w.scalar(n)
}

var anObject = &vapi.Schema{Kind: vapi.KindObject}

// member judges the value of a documented member.
func (w *walker) member(t *vapi.Type, m *vapi.Member, n scan.Node) any {
	where := m.Path()
	if n.Kind() == scan.Null {
		switch {
		case m.Schema.Nullable:
			return nil
		case m.Required:
			return w.wrongType(n, m.Schema, where)
		}
		return w.deviates(n, nullOptional, m.Schema)
	}
	if row := deviations[[2]string{t.Name, m.Name}][n.Kind().String()]; row != nil {
		if row.Pattern != "" && !pattern(row.Pattern).MatchString(n.Text()) {
			return w.mismatch(n, row, m.Schema, where)
		}
		return w.deviates(n, row, m.Schema)
	}
	return w.value(m.Schema, n, where)
}

// value judges a value that is not null by right.
func (w *walker) value(s *vapi.Schema, n scan.Node, where string) any {
	w.spend(1)
	switch s.Kind {
	case vapi.KindRef:
		return w.object(s.Type, n)
	case vapi.KindUnion:
		return w.union(s.Union, n, where)
	}
	if s.JSONKind() != kinds[n.Kind()] {
		return w.wrongType(n, s, where)
	}
	switch s.Kind {
	case vapi.KindString:
		w.text(s, n, where)
	case vapi.KindNumber, vapi.KindInteger:
		w.number(s, n, where)
	case vapi.KindArray:
		return w.array(s, n, where)
	case vapi.KindMap:
		return w.mapping(s, n, where)
	}
	return w.scalar(n)
}

// scalar is a value for v5 without what is inside it.
func (w *walker) scalar(n scan.Node) any {
	if !w.build {
		return nil
	}
	switch n.Kind() {
	case scan.Bool:
		return n.Bool()
	case scan.Number:
		return json.Number(n.Text())
	case scan.String:
		return n.Text()
	case scan.Array:
		return []any{}
	case scan.Object:
		return map[string]any{}
	}
	return nil
}

func (w *walker) array(s *vapi.Schema, n scan.Node, where string) any {
	if s.Items == nil {
		return w.scalar(n)
	}
	var body []any
	if w.build {
		body = make([]any, 0, n.Len())
	}
	for i, item := range n.Items() {
		w.enterItem(i)
		v := w.element(s, item, where)
		w.leave()
		if w.build {
			body = append(body, v)
		}
	}
	return body
}

func (w *walker) mapping(s *vapi.Schema, n scan.Node, where string) any {
	body := map[string]any{}
	for m := range n.Members() {
		w.enter(m.Name)
		v := w.element(s, m.Value, where)
		w.leave()
		if w.build {
			body[m.Name] = v
		}
	}
	return body
}

// element judges an item of an array or a value of a map: null is never right.
func (w *walker) element(s *vapi.Schema, n scan.Node, where string) any {
	if n.Kind() == scan.Null {
		return w.wrongType(n, s.Items, where)
	}
	return w.value(s.Items, n, where)
}

// union judges a value by the one branch that takes it.
func (w *walker) union(u *vapi.Union, n scan.Node, where string) any {
	w.spend(len(u.Branches))
	i := u.Pick(kinds[n.Kind()], func(member string) (vapi.Kind, string) {
		m, ok := n.Get(member)
		if !ok {
			return 0, ""
		}
		if m.Kind() == scan.Null {
			return vapi.KindNull, ""
		}
		return kinds[m.Kind()], m.Text()
	})
	if i >= 0 {
		return w.value(u.Branches[i].Schema, n, where)
	}
	if n.Kind() != scan.Object || u.Tag == "" {
		return w.wrongType(n, &vapi.Schema{Kind: vapi.KindUnion, Union: u}, where)
	}
	tag, ok := n.Get(u.Tag)
	if !ok {
		w.report(broken, "schema/required", func() violation { return tagMissing(n, u, where) })
		return w.scalar(n)
	}
	w.enter(u.Tag)
	defer w.leave()
	if tag.Kind() != scan.String {
		return map[string]any{u.Tag: w.wrongType(tag, aString, where)}
	}
	w.report(undocumented, "schema/enum", func() violation { return unknownValue(tag, tagValues(u), where) })
	if !w.build {
		return nil
	}
	return map[string]any{u.Tag: w.scalar(tag)}
}

var aString = &vapi.Schema{Kind: vapi.KindString}

var kinds = map[scan.Kind]vapi.Kind{
	scan.String: vapi.KindString, scan.Number: vapi.KindNumber, scan.Bool: vapi.KindBoolean,
	scan.Object: vapi.KindObject, scan.Array: vapi.KindArray,
}

func tagValues(u *vapi.Union) []string {
	out := u.TagValues()
	for _, b := range u.Branches {
		if b.Prefix != "" {
			out = append(out, b.Prefix+"…")
		}
	}
	return out
}

// wantedTypes are the JSON types that the schema takes, without null.
func wantedTypes(s *vapi.Schema) []string {
	if s.Kind == vapi.KindUnion {
		return unionTypes(s.Union)
	}
	return []string{jsonTypes[s.Kind]}
}

func unionTypes(u *vapi.Union) []string {
	var out []string
	for _, b := range u.Branches {
		if t := jsonTypes[b.Schema.Kind]; !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}
