package fuzz

import (
	"strings"

	"github.com/ringproof/ringproof/schema/vapi"
)

// Nature says how a document stands to the contract.
type Nature string

const (
	// Valid documents have no error in the profile live, and nothing that is new to it.
	Valid Nature = "valid"
	// Evolved documents have no error, but a value or member that is not documented,
	// or another message than status-update.
	Evolved Nature = "evolved"
	// Faulty documents are sound JSON with an error.
	Faulty Nature = "faulty"
	// Malformed documents are no sound JSON: broken, or read differently by decoders.
	Malformed Nature = "malformed"
)

// Budgets of a document. An operation that would exceed one is left out. One fixture, the
// long call, is longer from the start.
const (
	maxBytes = 64 << 10
	maxNodes = 6000
	maxLevel = 200 // of nesting that is meant to be sound; the limit of a payload is 256
)

// document is what an input stands for.
type document struct {
	root   *tree
	gap    string // between all tokens
	before string
	after  string
	cut    int // if not 0: so many 65,536ths are left

	input   Input
	applied []string
	touched []touch
	sound   bool // valid operations only
	faulty  bool // a fault among them, though a later one may have hidden it
}

// touch is an operation that was carried out, and where.
type touch struct {
	node *vapi.Schema // nil: the contract says nothing of the place
	code uint8
}

func (d *document) String() string { return d.input.String() }

// body is the document's text.
func (d *document) body() []byte {
	room := len(d.before) + d.root.size(len(d.gap)) + len(d.after)
	b := d.root.write(append(make([]byte, 0, room), d.before...), d.gap)
	b = append(b, d.after...)
	if d.cut != 0 {
		b = b[:int64(len(b))*int64(d.cut)>>16]
	}
	return b
}

// compile carries the operations out.
func compile(in Input) *document {
	l := stocked()
	d := &document{root: l.bodies[int(in.Fixture)%len(l.bodies)], input: in, sound: true}
	for _, op := range in.Operations[:min(len(in.Operations), MaxOperations)] {
		d.apply(l, op)
	}
	return d
}

func (d *document) apply(l *library, op Operation) {
	row := &operations[op.Code%version1]
	var p *place
	if i := int(d.input.Fixture) % len(l.bodies); d.root == l.bodies[i] {
		p = closestOf(l.places[i], op.Address, row.fits)
	} else {
		p = closest(d.root, op.Address, row.fits)
	}
	if p == nil {
		return
	}
	before := *d
	row.do(&edit{document: d, draw: newDraw(uint64(op.Choice)<<32 | uint64(op.Code)), library: l, place: p})
	if d.root != before.root && (row.class == valid || row.class == evolution) {
		d.root = mended(d.root)
	}
	if (d.root != before.root || d.gap != before.gap) && (d.root.nodes(maxNodes+1) > maxNodes || d.root.size(len(d.gap)) > maxBytes) {
		*d = before
		return
	}
	d.applied = append(d.applied, row.name)
	d.touched = append(d.touched, touch{p.schema, op.Code % version1})
	d.sound = d.sound && row.class == valid
	d.faulty = d.faulty || row.class == fault
}

// edit is one operation at work.
type edit struct {
	*document
	*draw
	library *library
	place   *place
}

// put places another value.
func (e *edit) put(v *tree) {
	if v != nil {
		e.root = e.root.put(e.place.path, v)
	}
}

// parent returns the container of the place and the position in it.
func (e *edit) parent() (container *tree, path []int, i int) {
	n := len(e.place.path) - 1
	path = e.place.path[:n]
	return e.root.at(path), path, e.place.path[n]
}

// remove takes the value out of its container.
func (e *edit) remove() {
	c, path, i := e.parent()
	e.root = e.root.put(path, c.without(i))
}

// class is a kind of operation.
type class string

const (
	valid     class = "valid"     // what is valid stays valid
	evolution class = "evolution" // what has no error gets none
	fault     class = "fault"     // something gets one error
	lexical   class = "lexical"   // the same document, written differently
	breaking  class = "breaking"  // no sound JSON, or such as decoders disagree about
)

// operation is a row of operations.
type operation struct {
	name  string
	class class
	fits  func(p *place) bool
	do    func(e *edit)
}

// version1 is how many operations an input of version 1 can name.
const version1 = 32

// operations are what can be done to a document. Only append to them, with a new
// version of [Input]: inputs refer to them by number.
var operations = [version1]operation{
	{"regenerate", valid, hasValues, regenerate},
	{"toggle a member", valid, isTyped, toggle},
	{"switch a branch", valid, isUnion, switchBranch},
	{"resize", valid, isSized, resize},
	{"go to a bound", valid, hasBound, goToBound},
	{"step an enum", valid, isEnum, step},
	{"splice", valid, hasValues, splice},
	{"prune", valid, isTyped, prune},
	{"other text", valid, isFreeText, otherText},
	{"other number", valid, isFreeNumber, otherNumber},
	{"fill what is free", valid, isFreeObject, fill},
	{"new enum value", evolution, isEnum, newEnumValue},
	{"new member", evolution, isKnownObject, newMember},
	{"new tag", evolution, isTagged, newTag},
	{"null for optional", evolution, isTyped, nullOptional},
	{"recorded deviation", evolution, isDeviating, deviate},
	{"member order", lexical, hasOrder, reorder},
	{"white space", lexical, isRoot, space},
	{"escapes", lexical, isText, escape},
	{"number spelling", lexical, isNumber, respell},
	{"wrong type", fault, isPlace, wrongType},
	{"required member missing", fault, isRequired, missing},
	{"value out of bounds", fault, isBounded, outOfBounds},
	{"null for required", fault, isRequired, nullRequired},
	{"member of another status", fault, isMessage, otherStatus},
	{"envelope", fault, isRoot, envelope},
	{"duplicate name", breaking, isMember, duplicate},
	{"confusable name", breaking, isNamed, confusable},
	{"truncation", breaking, isRoot, truncate},
	{"bad text", breaking, isText, badText},
	{"bad scalar", breaking, isScalar, badScalar},
	{"depth and surroundings", breaking, isRoot, surround},
}

// anyCode are all operations; soundCodes those after which a document has no error
// that it had not before.
var anyCode, soundCodes = func() (all, sound []uint8) {
	for i := range operations {
		all = append(all, uint8(i))
		if c := operations[i].class; c == valid || c == evolution || c == lexical {
			sound = append(sound, uint8(i))
		}
	}
	return all, sound
}()

// tokens splits a JSON Pointer (RFC 6901).
func tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	list := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i := range list {
		list[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(list[i])
	}
	return list
}
