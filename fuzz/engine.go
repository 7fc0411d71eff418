package fuzz

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/schema/vapi"
)

// Engine judges a decoder: it makes documents of inputs, lets the subject decode
// them, and asks its oracles. It knows nothing of package testing. It is safe for
// concurrent use if the subject is.
type Engine struct {
	subject  Subject
	settings *settings
	*record
}

// record is what engines with the same settings share.
type record struct {
	mu       sync.Mutex
	stats    Stats
	reported map[Key]Failure
	hinted   bool           // see hint
	hangs    bool           // a call did not come back, and goes on taking time
	lent     int            // see lend
	causes   [][][]byte     // Before of stateful failures
	busy     int            // failures that are being examined
	grown    map[string]int // see leastGrown
	visited  map[*vapi.Schema]bool
	pairs    map[pair]bool
	recent   [][]byte // the latest bodies, for a subject that is no Restarter
}

// NewEngine returns an engine, or says what is wrong with an option.
func NewEngine(s Subject, options ...Option) (*Engine, error) {
	set, err := newSettings(options)
	if err != nil {
		return nil, err
	}
	if typed, ok := s.(interface {
		valueType() reflect.Type
		decodes() bool
	}); ok {
		if !typed.decodes() {
			return nil, errors.New("fuzz: the codec has no decoder; see JSON and Decoder")
		}
		for _, p := range set.probes {
			if t := typed.valueType(); p.of != t {
				return nil, fmt.Errorf("fuzz: the probe of %s reads a %v, but the decoder makes a %v", p.pointer, p.of, t)
			}
		}
	}
	return &Engine{s, set, &record{reported: map[Key]Failure{}, grown: map[string]int{}, visited: map[*vapi.Schema]bool{}, pairs: map[pair]bool{}}}, nil
}

// For is an engine for another instance of the same decoder, which need not be safe
// for concurrent use then. The two share their counts, and what they have reported.
func (e *Engine) For(s Subject) *Engine { return &Engine{s, e.settings, e.record} }

// Key tells failures apart: one defect has few keys, in the best case one.
type Key struct {
	Oracle Oracle
	// Pointer is where, with * for every index: /message/artifact/messages/*/time.
	// It is empty where the body as a whole is meant.
	Pointer string
	Class   Class
}

func (k Key) String() string {
	p := k.Pointer
	if p == "" {
		p = "the body"
	}
	return string(k.Oracle) + ": " + p + ": " + string(k.Class)
}

// Failure is a body that an oracle finds something wrong with.
type Failure struct {
	Key
	Body      []byte
	Want, Got string
	Input     string // how the body was made, before it was shrunk
	// State says whether it depends on earlier bodies, Before which they are.
	State  State
	Before [][]byte

	past    [][]byte // what the subject had seen by then
	sooner  int      // how many of these came before the oracles' own
	shared  bool     // Before is that of another failure
	hanging bool     // the call goes on, on a goroutine that is left to itself
	firm    bool     // no loss profile waives it
}

// attempt is one body on its way through the oracles.
type attempt struct {
	engine *Engine
	doc    *document // nil if the body is raw
	body   []byte
	lot    uint32 // by which the dearer oracles are drawn
	only   Oracle // the oracle that is asked, all of it; empty: all, as the lot says
	every  bool   // all are asked, whatever the lot
	first  outcome
	lent   []byte // the bytes that first was decoded from
	sooner int    // how many bodies a Restarter had seen before

	judgement
	root     scan.Node // of a sound body
	pulse    pulse
	encoded  []byte
	failures []Failure
	// waived are the differences that the profile allows.
	waived []difference
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (e *Engine) newAttempt(doc *document, body []byte) *attempt {
	if doc == nil {
		body = bytes.Clone(body) // the caller may use its bytes again
	}
	a := &attempt{engine: e, doc: doc, body: body, lot: crc32.Checksum(body, castagnoli), lent: bytes.Clone(body), pulse: pulse{elsewhere: e.settings.elsewhere}}
	if r, ok := e.subject.(Restarter); ok {
		a.sooner = len(r.Past())
	}
	return a
}

// start decodes the body: the part whose coverage may guide a fuzzer.
func (a *attempt) start() (back bool) {
	var first outcome
	if !guard(&a.pulse, func() { first = decodeLent(a.engine.subject, a.body, a.lent, &a.pulse) }) {
		return false
	}
	if a.pulse.exited != nil {
		first = *a.pulse.exited
	}
	a.first = first
	return true
}

// finish asks the oracles. It returns false if one of the calls that they make does
// not come back.
func (a *attempt) finish() (back bool) {
	return a.guarded(a.ask)
}

func (a *attempt) guarded(f func()) (back bool) {
	if back = guard(&a.pulse, f); back && a.pulse.exited != nil {
		a.panicked(*a.pulse.exited)
	}
	return back
}

// all is start and finish in one.
func (a *attempt) all() (back bool) {
	return a.guarded(func() {
		a.first = decodeLent(a.engine.subject, a.body, a.lent, &a.pulse)
		a.ask()
	})
}

// on reports whether the oracle is to be asked.
func (a *attempt) on(o Oracle) bool {
	if a.only != "" {
		return a.only == o
	}
	return !a.engine.settings.off[o]
}

// drawn reports whether a dear oracle is asked, in one of n cases.
func (a *attempt) drawn(o Oracle, n uint32) bool {
	return a.on(o) && a.due(n, 0)
}

// due reports whether it is the turn of one of n things that take turns.
func (a *attempt) due(n, turn uint32) bool {
	if a.engine.settings.thorough {
		n = max(1, n/thoroughly)
	}
	return a.only != "" || a.every || (a.lot>>8)%n == turn%n
}

// thoroughly is how many times as often the dearer oracles are asked of the few bodies
// of a plain go test: nobody waits for millions of them there.
const thoroughly = 6

// fail notes a failure, once for each key.
func (a *attempt) fail(o Oracle, pointer string, c Class, want, got string) {
	if !a.on(o) || a.pulse.stopped {
		return
	}
	k := Key{o, general(pointer), c}
	for i := range a.failures {
		if a.failures[i].Key == k {
			return
		}
	}
	if a.confusing && (o == Probes || o == Lossless) {
		got += confusingHint
	}
	f := Failure{Key: k, Body: a.body, Want: want, Got: got}
	if a.doc != nil {
		f.Input = a.doc.String()
	}
	if r, ok := a.engine.subject.(Restarter); ok {
		f.past = slices.Clone(r.Past()) // the oracles go on asking, maybe another process
		f.sooner = min(a.sooner, len(f.past))
	} else {
		f.past = a.engine.latest()
		f.sooner = len(f.past)
	}
	a.failures = append(a.failures, f)
}

// confusingHint is for those whose decoder ignores the case of names, as encoding/json
// does for structs.
const confusingHint = " (a name differs from a known one by case only: the row json/confusable-member, misrouted, waives that)"

// ask goes through the oracles in an order in which each can rely on those before.
func (a *attempt) ask() {
	a.judgement = judge(a.body)
	if a.nature == Evolved && a.engine.settings.losses.folds() {
		a.foreign = a.foreign || mayFold(a.body)
	}
	if a.panicked(a.first) {
		return
	}
	if !bytes.Equal(a.lent, a.body) {
		a.fail(NoAlias, "", Overwrites, "the input's bytes as they were", clip(string(a.lent)))
	}
	a.askAgreement()
	if a.sound() || a.confusing && !a.engine.settings.losses.folds() {
		doc, err := scan.Parse(a.body, scan.Limits{})
		if err == nil {
			a.root = doc.Root()
		}
	}
	if a.first.err == nil {
		a.disturb()
		a.askProbes() // before an encoder can change what was decoded
		a.askEncoding()
	}
	if a.sound() && !a.foreign && a.drawn(Metamorphic, 12) { // of a foreign body nobody knows what is confusable
		a.askMetamorphic()
	}
	if a.on(Differential) {
		a.askDifferential()
	}
	if a.drawn(Linear, 128) {
		a.askLinear()
	}
}

// askAgreement holds the decoder's verdict against the contract's.
func (a *attempt) askAgreement() {
	err := a.first.err
	switch {
	case a.sound() && err != nil && !a.foreign && !a.lax && !a.mayRefuse() && (a.doc == nil || !a.doc.faulty):
		a.fail(Accepts, a.blame(), Refused, "decoded: the contract has nothing against it", "refused: "+clip(err.Error()))
	case !a.sound() && err == nil && !a.foreign && a.on(Refuses):
		for _, f := range a.errors() {
			if a.engine.settings.demands(f.Rule) {
				a.fail(Refuses, f.Pointer, Accepted, "refused: "+spelled(a.body, f), "decoded")
				return
			}
		}
	}
}

// demands reports whether a breach of the rule must be refused, in strict mode.
func (s *settings) demands(rule string) bool {
	return len(s.strict) == 0 || slices.ContainsFunc(s.strict, func(r string) bool {
		return rule == r || strings.HasPrefix(rule, r) && !soundJSON[rule]
	})
}

// soundJSON are the rules that JSON alone does not break: they must be named in full.
var soundJSON = map[string]bool{scan.RuleConfusable: true, scan.RuleDepth: true, scan.RuleNumber: true, scan.RuleSize: true}

// mayRefuse reports whether the body is refused for a recorded deviation that the profile
// lets the decoder refuse.
func (a *attempt) mayRefuse() bool {
	var allowed []schema.Finding
	for _, f := range a.findings {
		if a.engine.settings.losses.refuses(f.Rule) {
			allowed = append(allowed, f)
		}
	}
	return len(allowed) > 0 && !a.refusedWithout(allowed)
}

// blame is where a recorded deviation stands because of which a sound body is refused: the
// first that, with those before it, is enough. It is empty if the body is refused without
// any.
func (a *attempt) blame() string {
	if len(a.findings) == 0 || a.refusedWithout(a.findings) {
		return ""
	}
	few, enough := 0, len(a.findings)
	for enough-few > 1 {
		if half := (few + enough) / 2; a.refusedWithout(a.findings[half:]) {
			enough = half
		} else {
			few = half
		}
	}
	return a.findings[enough-1].Pointer
}

// refusedWithout reports whether the body is sound and refused without what has the
// findings.
func (a *attempt) refusedWithout(findings []schema.Finding) bool {
	body := without(a.body, findings)
	if body == nil {
		return false
	}
	o := decode(a.engine.subject, body, &a.pulse)
	return !a.panicked(o) && o.err != nil
}

// without is the body without what has the findings, or with an empty text there if
// something must be there; nil if it is not sound then.
func without(body []byte, findings []schema.Finding) []byte {
	root := parse(body)
	if root == nil {
		return nil
	}
	needed := map[string]bool{}
	each(root, func(p *place) {
		if p.member != nil && p.member.Required {
			needed[root.pointer(p.path)] = true
		}
	})
	findings = slices.Clone(findings)
	slices.SortStableFunc(findings, func(f, g schema.Finding) int { return cmp.Compare(g.Offset, f.Offset) })
	for _, f := range findings { // from the end: items before those that are left out keep their places
		path := root.path(tokens(f.Pointer))
		switch n := len(path) - 1; {
		case n < 0:
		case needed[f.Pointer]:
			root = root.put(path, emptyText)
		default:
			root = root.put(path[:n], root.at(path[:n]).without(path[n]))
		}
	}
	body = root.write(nil, "")
	if j := judge(body); !j.sound() || j.foreign || j.lax {
		return nil
	}
	return body
}

// errBroken is the error of a call that failed by itself, see panicked: nothing
// follows from it.
var errBroken = errors.New("it panicked")

// another decodes and encodes a body. It notes panics; an error is for the caller to judge.
func (a *attempt) another(body []byte) (decoded Decoded, encoded []byte, err error) {
	o := decode(a.engine.subject, body, &a.pulse)
	switch {
	case a.panicked(o):
		return nil, nil, errBroken
	case o.err != nil:
		return nil, nil, o.err
	}
	encoded, p := encode(o.decoded, body, &a.pulse)
	if a.panicked(p) {
		return o.decoded, nil, errBroken
	}
	return o.decoded, encoded, p.err
}

// panicked notes a call that ended in none of the ways that it may, and reports
// whether it did. The body to blame is the one that was decoded then.
func (a *attempt) panicked(o outcome) bool {
	if o.panicked == "" {
		return o.stopped
	}
	n := len(a.failures)
	a.fail(o.oracle, "", o.class, "a value or an error", o.panicked)
	if len(a.failures) > n && o.body != nil {
		a.failures[n].Body = o.body
	}
	return true
}

// disturbance is decoded in between, so that what is shared with the next body shows.
var disturbance = []byte(`{"message":{"type":"status-update","status":"ringing","timestamp":1111111111111,"endedReason":null,"call":{"id":"00000000-0000-4000-8000-00000000d157","orgId":"disturbance","createdAt":"2001-01-01T01:01:01.001Z","updatedAt":"2001-01-01T01:01:01.001Z","status":"ringing","metadata":{"disturbance":[1,2,3]}},"ofDisturbance":{"x":"disturbance"}},"disturbance":"` +
	`##########################################################################################################################################"}`)

// disturb overwrites the input, and lets another body be decoded now and then: what was
// decoded must not change with them.
func (a *attempt) disturb() {
	for i := range a.lent {
		a.lent[i] = '#'
	}
	if (a.on(NoAlias) || a.on(Deterministic)) && a.due(6, 0) {
		a.panicked(decode(a.engine.subject, disturbance, &a.pulse))
	}
}

// askEncoding looks at what the body was encoded to.
func (a *attempt) askEncoding() {
	encoded, o := encode(a.first.decoded, a.body, &a.pulse)
	switch {
	case a.panicked(o):
		return
	case errors.Is(o.err, ErrNoEncoder):
		a.askSameValue()
		return
	}
	if !a.askSameEncoding(encoded, o.err) {
		return
	}
	if o.err != nil {
		if a.sound() {
			a.fail(Reencoded, "", NotEncoded, "an encoding of what was decoded", clip(o.err.Error()))
		}
		return
	}
	a.encoded = encoded
	if bytes.Equal(encoded, a.body) {
		return // lossless, valid, accepted and stable, if it is deterministic
	}
	doc, err := scan.Parse(encoded, scan.Limits{MaxBytes: 64 << 20})
	if err != nil {
		if a.sound() || err.(*scan.Error).Rule == scan.RuleSyntax {
			a.fail(Reencoded, err.(*scan.Error).Pointer, Invalid, "JSON", clip(err.Error()))
		}
		return
	}
	if a.root.IsValid() && !a.foreign {
		a.askLossless(doc.Root())
	}
	if a.due(6, 1) {
		a.askValid()
		a.askStable(doc.Root())
	}
}

// askSameEncoding decodes the body again. It reports whether the result can be
// trusted to be of this body.
func (a *attempt) askSameEncoding(encoded []byte, was error) bool {
	if !a.on(NoAlias) && !a.on(Deterministic) || !a.due(6, 0) {
		return true
	}
	_, again, err := a.another(a.body)
	if errors.Is(err, errBroken) {
		return false
	}
	if (err == nil) == (was == nil) && (bytes.Equal(encoded, again) || a.same(encoded, again) == nil) {
		return true
	}
	if d := a.retained(); d != nil {
		a.fail(NoAlias, d.place(), Retained, "the same whatever becomes of the input's bytes, and of the next body", d.described())
		return false
	}
	d := a.same(encoded, again)
	a.fail(Deterministic, d.place(), Varying, "the same each time", d.described())
	return false
}

// encoderTicks is how long an encoder is watched that may write what time it is.
const encoderTicks = 5 * time.Millisecond

// retained decodes the body once more, and encodes it before and after its bytes
// are overwritten and another body is decoded. It returns what has changed.
func (a *attempt) retained() *difference {
	lent := bytes.Clone(a.body)
	o := decodeLent(a.engine.subject, a.body, lent, &a.pulse)
	if a.panicked(o) || o.err != nil {
		return nil
	}
	before, p := encode(o.decoded, a.body, &a.pulse)
	before = bytes.Clone(before)
	for end, late := time.Now().Add(encoderTicks), false; !late; {
		late = time.Now().After(end)
		if again, q := encode(o.decoded, a.body, &a.pulse); (p.err == nil) != (q.err == nil) || a.same(before, again) != nil {
			return nil // it is the encoder that varies
		}
	}
	for i := range lent {
		lent[i] = '#'
	}
	decode(a.engine.subject, disturbance, &a.pulse)
	after, q := encode(o.decoded, a.body, &a.pulse)
	if (p.err == nil) != (q.err == nil) {
		return &difference{want: "an encoding", got: "an error of the encoder"}
	}
	return a.same(before, after)
}

// tolerant are limits that whatever can be decoded keeps: a decoder may write the members
// of one value in another order each time, and then bytes can't be compared.
var tolerant = scan.Limits{MaxBytes: 64 << 20, MaxDepth: 100_000, MaxNumberLen: 64 << 20, MaxExponent: 1_000_000_000}

// same returns the first difference between two encodings, nil if they mean the same.
func (a *attempt) same(x, y []byte) *difference {
	if bytes.Equal(x, y) {
		return nil
	}
	first, errX := scan.Parse(x, tolerant)
	second, errY := scan.Parse(y, tolerant)
	if errX != nil || errY != nil {
		return &difference{class: Changed, want: clip(string(x)), got: clip(string(y))}
	}
	for _, d := range compare(first.Root(), second.Root()) {
		return &d
	}
	return nil
}

func (d *difference) place() string {
	if d == nil {
		return ""
	}
	return d.pointer
}

func (d *difference) described() string {
	if d == nil {
		return "an error, or none, as it comes"
	}
	return d.want + " once, " + d.got + " another time"
}

// askSameValue is for decoders without an encoder: it looks into the Go value.
func (a *attempt) askSameValue() {
	first := a.first.decoded.Value()
	if first == nil {
		return
	}
	was := fingerprint(first)
	o := decode(a.engine.subject, a.body, &a.pulse)
	if a.panicked(o) {
		return
	}
	if o.err != nil {
		a.fail(Deterministic, "", Varying, "decoded again", "refused: "+clip(o.err.Error()))
		return
	}
	again := fingerprint(o.decoded.Value())
	if again == was {
		return
	}
	lent := bytes.Clone(a.body)
	third := decodeLent(a.engine.subject, a.body, lent, &a.pulse)
	if a.panicked(third) {
		return
	}
	if third.err == nil {
		before := fingerprint(third.decoded.Value())
		for i := range lent {
			lent[i] = '#'
		}
		decode(a.engine.subject, disturbance, &a.pulse)
		if fingerprint(third.decoded.Value()) != before {
			a.fail(NoAlias, "", Retained, "the same whatever becomes of the input's bytes, and of the next body", "another Go value")
			return
		}
	}
	a.fail(Deterministic, "", Varying, "the same each time", "another Go value")
}
