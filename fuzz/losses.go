package fuzz

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema/vapi"
)

// Class is what kind of failure it is, within an oracle.
type Class string

// The classes of a loss: how a value differs after it was decoded and encoded.
const (
	Dropped    Class = "dropped"             // the value is not there any more
	ZeroAbsent Class = "zero made absent"    // an empty, false or zero value is not there any more, or is null
	NullAbsent Class = "null made absent"    // null is not there any more
	Respelled  Class = "respelled"           // the same number or instant, written differently
	Rounded    Class = "rounded"             // a number close to it, but another one in double precision, too
	Doubled    Class = "rounded to a double" // a number that is the same one in double precision (IEEE 754 binary64)
	Misrouted  Class = "misrouted"           // a value of another place, or an object of another kind
	Invented   Class = "invented"            // a value that was not there
	Changed    Class = "changed"             // a value that differs in none of these ways
	Refused    Class = "refused"             // not decoded, though it should be
	Accepted   Class = "accepted"            // decoded, though it should not be
	Invalid    Class = "invalid"             // encoded to what the contract refuses
	NotEncoded Class = "not encoded"         // decoded, and refused by the encoder
	Allocation Class = "allocates too much"  // more than proportionally
	Time       Class = "takes too long"      // more than proportionally
	Recursion  Class = "recurses unbounded"  // the stack grows with the nesting, without limit
	Reordered  Class = "member order"        // what another order of members changes
	Spaced     Class = "white space"         // what white space changes
	Escaped    Class = "escapes"             // what escapes change
	Extended   Class = "unknown member"      // what an unknown member changes
	Endless    Class = "does not come back"  // a decoder that hangs
	Retained   Class = "buffer shared"       // what was decoded changes when its input does, or with the next body
	Overwrites Class = "input overwritten"   // decoding changes the bytes that it is given
	Varying    Class = "differs from before" // another result for the same body
)

// Loss is something that a decoder is allowed to lose, as a row of its profile.
type Loss struct {
	// Pointer says where. It is a JSON Pointer, in which * is any item or member
	// and a final /** anything below: /message/artifact/messages/*/time. Or it is a
	// place of the contract, wherever in a body that is: Call.cost, Call.costs/*,
	// Artifact.variableValues/** for what is inside of something free, Call.? for a
	// member that no schema of Call has, ? for one of any object, ** for any place.
	// For class Refused it is the id of a recorded deviation. The row
	// {Pointer: "json/confusable-member", Class: Misrouted} is for decoders that ignore the case of
	// names, as encoding/json does with structs.
	Pointer string
	// Class is what may happen there. Dropped allows ZeroAbsent and NullAbsent, too,
	// Rounded allows Doubled and Respelled, and Doubled allows numbers to be Respelled.
	Class Class
}

// Losses is a declared loss profile. As an option, it adds its rows. [Calibrate]
// finds the rows of a decoder. What makes a consumer act on the wrong call or for
// the wrong reason is never waived: status, ended reason, ids, the tags of unions
// and tool calls. Of ids, those of other things, as assistantId, may be left out, but not
// become others.
type Losses []Loss

func (ls Losses) apply(s *settings) error {
	for _, l := range ls {
		if err := l.check(); err != nil {
			return err
		}
	}
	s.losses = append(s.losses, ls...)
	return nil
}

// spot is a place of the contract, or within something of which it says nothing.
type spot struct {
	owner *vapi.Type // nil: the envelope
	name  string     // of the member
	known bool       // the contract has the member
	items int        // levels of arrays and maps below the member
	free  bool       // inside of what is free
	tag   bool       // a union looks at the member
}

func (s spot) String() string {
	owner, name := "envelope", "?"
	if s.owner != nil {
		owner = s.owner.Name
	}
	if s.known {
		name = s.name
	}
	name = owner + "." + name + strings.Repeat("/*", s.items)
	if s.free {
		name += "/**"
	}
	return name
}

// covers reports whether the row speaks of the difference, which is at that place of
// the contract.
func (l Loss) covers(d *difference, at string) bool {
	switch same := l.Class == d.class; {
	case same:
	case l.Class == Dropped && (d.class == ZeroAbsent || d.class == NullAbsent):
	case l.Class == Rounded && (d.class == Doubled || d.class == Respelled):
	case l.Class == Doubled && d.class == Respelled && !d.instant:
	default:
		return false
	}
	switch {
	case l.Pointer == "**":
		return true
	case l.Pointer == "?":
		return !d.at.known
	case strings.HasPrefix(l.Pointer, "/"):
		return matches(strings.Split(l.Pointer[1:], "/"), strings.Split(strings.TrimPrefix(d.pointer, "/"), "/"))
	}
	if below, ok := strings.CutSuffix(l.Pointer, "/**"); ok {
		return at == l.Pointer || strings.HasPrefix(at, below+"/")
	}
	return at == l.Pointer
}

func matches(pattern, path []string) bool {
	for i, token := range pattern {
		if token == "**" && i == len(pattern)-1 {
			return len(path) > i
		}
		if i >= len(path) || token != "*" && token != path[i] {
			return false
		}
	}
	return len(pattern) == len(path)
}

// waives reports whether the profile allows the difference.
func (ls Losses) waives(d *difference) bool {
	if d.protected() {
		return false
	}
	at := d.at.String()
	for i := range ls {
		if ls[i].covers(d, at) {
			return true
		}
	}
	return false
}

// folding is the row of decoders that ignore the case of names.
var folding = Loss{scan.RuleConfusable, Misrouted}

// folds reports whether the decoder may ignore the case of names.
func (ls Losses) folds() bool { return slices.Contains(ls, folding) }

// refuses reports whether the profile lets the decoder refuse a recorded deviation.
func (ls Losses) refuses(rule string) bool {
	for _, l := range ls {
		if l.Class == Refused && l.Pointer == rule {
			return true
		}
	}
	return false
}

// protected reports whether no profile waives the difference. A decoder need not
// have an object at all; but what it has, it must be able to tell from others.
func (d *difference) protected() bool {
	if d.class == ZeroAbsent || d.class == NullAbsent || d.class == Invented && d.blank {
		return false // what encoders make of nothing
	}
	switch d.pointer {
	case "", "/message", "/message/type", "/message/status", "/message/endedReason":
		return true
	case "/message/call":
		return d.class == Dropped
	}
	switch name := d.at.name; {
	case toolCalls[name] && d.at.free: // the contract leaves open what a tool call is
		return d.class != Respelled && d.class != Rounded && d.class != Doubled && partOfCall[d.pointer[strings.LastIndexByte(d.pointer, '/')+1:]]
	case d.at.free || !d.at.known:
		return false
	case d.at.tag, toolCalls[name], name == "id":
		return true
	case d.at.owner != nil && toolTypes[d.at.owner.Name]:
		return d.class != Respelled
	case strings.HasSuffix(name, "Id"), strings.HasSuffix(name, "Ids"):
		return d.class != Dropped
	}
	return false
}

// toolCalls are members that say which tool was called, or answer a call; toolTypes
// are the objects that do, partOfCall what they have.
var (
	partOfCall = map[string]bool{"id": true, "function": true, "name": true, "arguments": true}
	toolCalls  = map[string]bool{"toolCalls": true, "toolCallId": true, "tool_calls": true, "tool_call_id": true}
	toolTypes  = map[string]bool{"ToolCall": true, "ToolCallFunction": true}
)

// GoString is the profile as Go code.
func (ls Losses) GoString() string {
	var b strings.Builder
	b.WriteString("fuzz.Losses{\n")
	for _, l := range ls {
		fmt.Fprintf(&b, "\t{Pointer: %q, Class: fuzz.%s},\n", l.Pointer, classNames[l.Class])
	}
	b.WriteString("}")
	return b.String()
}

var classNames = map[Class]string{
	Dropped: "Dropped", ZeroAbsent: "ZeroAbsent", NullAbsent: "NullAbsent", Respelled: "Respelled", Rounded: "Rounded", Doubled: "Doubled",
	Misrouted: "Misrouted", Invented: "Invented", Changed: "Changed", Refused: "Refused",
}
