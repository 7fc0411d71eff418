package schema_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/schema/vapi"
)

// Bodies that the contract takes, built from the descriptor alone.

// example is a value that satisfies the schema. An array or a map gets one item,
// so that its items can be mutated, too.
func example(s *vapi.Schema) any {
	switch s.Kind {
	case vapi.KindString:
		return exampleText(s)
	case vapi.KindNumber, vapi.KindInteger:
		switch {
		case s.Enum != nil:
			return json.Number(s.Enum.Values[0])
		case s.Min != "":
			return json.Number(s.Min)
		case s.Max != "":
			return json.Number(s.Max)
		}
		return json.Number("1")
	case vapi.KindBoolean:
		return true
	case vapi.KindObject:
		return object{"free": nil}
	case vapi.KindArray:
		if s.Items == nil {
			return []any{}
		}
		return []any{example(s.Items)}
	case vapi.KindMap:
		return object{"key": example(s.Items)}
	case vapi.KindRef:
		return least(s.Type)
	case vapi.KindUnion:
		return exampleOf(&s.Union.Branches[0], s.Union)
	}
	panic("a kind that these tests do not know")
}

var formatExamples = map[string]string{
	"date-time": "2026-04-07T16:51:49.753Z", "uri": "https://example.com/office.mp3", "uuid": "0b6f3c1e-52a7-4d0e-9c1f-7f4f2c9d1a10",
}

func exampleText(s *vapi.Schema) string {
	if s.Enum != nil {
		return s.Enum.Values[0]
	}
	if s.Format != "" {
		return formatExamples[s.Format]
	}
	for _, text := range []string{"text", "Text", "TEXT"} {
		text += strings.Repeat("T", max(0, s.MinLength-len(text)))
		if s.MaxLength > 0 {
			text = text[:min(len(text), s.MaxLength)]
		}
		if s.Pattern == "" || regexp.MustCompile(s.Pattern).MatchString(text) {
			return text
		}
	}
	panic("no example matches " + s.Pattern)
}

// exampleOf is a value that the union takes for the branch.
func exampleOf(b *vapi.Branch, u *vapi.Union) any {
	if b.Schema.Kind != vapi.KindRef {
		return example(b.Schema)
	}
	return recognised(least(b.Schema.Type), b, u)
}

// recognised adds what tells the branch from the others.
func recognised(o object, b *vapi.Branch, u *vapi.Union) object {
	switch {
	case len(b.Values) > 0:
		o[u.Tag] = b.Values[0]
	case b.Member != "":
		o[b.Member] = map[vapi.Kind]any{vapi.KindBoolean: true, vapi.KindNumber: json.Number("1"), vapi.KindString: "text"}[b.Kind]
	case len(b.Has) > 0:
		o[b.Has[0]] = example(b.Schema.Type.Member(b.Has[0]).Schema)
	}
	return o
}

// least is an object with the required members of the type.
func least(t *vapi.Type) object {
	o := object{}
	for i := range t.Members {
		if m := &t.Members[i]; m.Required {
			o[m.Name] = example(m.Schema)
		}
	}
	return o
}

// most is an object with all members of the type; objects within have the required
// ones.
func most(t *vapi.Type) object {
	o := object{}
	for i := range t.Members {
		o[t.Members[i].Name] = example(t.Members[i].Schema)
	}
	return o
}

// step leads from an object to one that it holds.
type step struct {
	member string
	inside []vapi.Kind // containers between the member and the object: KindArray, KindMap
	to     *vapi.Type
	union  *vapi.Union  // through which, if through one
	branch *vapi.Branch // of it
}

// route leads from the message to an object of a type.
type route []step

// last is the step that arrives; zero for the message itself.
func (r route) last() step {
	if len(r) == 0 {
		return step{}
	}
	return r[len(r)-1]
}

// tag is the member by which a union told the object, or empty.
func (r route) tag() string {
	if u := r.last().union; u != nil && r.last().branch.Member == "" && len(r.last().branch.Has) == 0 {
		return u.Tag
	}
	return ""
}

// routes are the shortest ways to every type, breadth first.
func routes() map[*vapi.Type]route {
	top := vapi.Descriptor().Top
	known := map[*vapi.Type]route{top: {}}
	for queue := []*vapi.Type{top}; len(queue) > 0; queue = queue[1:] {
		from := queue[0]
		for i := range from.Members {
			for _, s := range stepsInto(from.Members[i].Name, from.Members[i].Schema) {
				if _, ok := known[s.to]; !ok {
					known[s.to] = append(slices.Clip(known[from]), s)
					queue = append(queue, s.to)
				}
			}
		}
	}
	return known
}

// stepsInto are the steps through one member.
func stepsInto(member string, s *vapi.Schema, inside ...vapi.Kind) []step {
	switch s.Kind {
	case vapi.KindRef:
		return []step{{member: member, inside: inside, to: s.Type}}
	case vapi.KindArray, vapi.KindMap:
		if s.Items != nil {
			return stepsInto(member, s.Items, append(slices.Clip(inside), s.Kind)...)
		}
	case vapi.KindUnion:
		var all []step
		for i := range s.Union.Branches {
			b := &s.Union.Branches[i]
			for _, st := range stepsInto(member, b.Schema, inside...) {
				if st.union == nil { // the innermost one tells objects apart
					st.union, st.branch = s.Union, b
				}
				all = append(all, st)
			}
		}
		return all
	}
	return nil
}

// arrives puts an object at the end of the step, with what makes the union take it.
func (s step) arrives(o object) any {
	if s.union != nil && s.branch.Schema.Kind == vapi.KindRef {
		o = recognised(o, s.branch, s.union)
	}
	var v any = o
	for _, k := range slices.Backward(s.inside) {
		if k == vapi.KindArray {
			v = []any{v}
		} else {
			v = object{"key": v}
		}
	}
	return v
}

func (s step) pointer() string {
	p := child("", s.member)
	for _, k := range s.inside {
		p += map[vapi.Kind]string{vapi.KindArray: "/0", vapi.KindMap: "/key"}[k]
	}
	return p
}

// onlyWith are the members of the message that are sent with one status only. It
// repeats the ledger on purpose, from the contract's prose.
var onlyWith = map[string]string{
	"endedReason": "ended", "inboundPhoneCallDebuggingArtifacts": "ended",
	"messages": "forwarding", "messagesOpenAIFormatted": "forwarding", "destination": "forwarding",
	"transcript": "forwarding", "summary": "forwarding",
}

// statusWith is a status with which the member may be sent.
func statusWith(member string) string {
	if s := onlyWith[member]; s != "" {
		return s
	}
	return "in-progress"
}

// message completes a message.
func message(o object, status string) object {
	o["type"], o["status"] = "status-update", status
	return o
}

// body puts an object at the end of the route, every other object on the way being
// the least of its type. It returns the object's pointer, too.
func (r route) body(o object) (object, string) {
	if len(r) == 0 {
		return object{"message": o}, "/message"
	}
	pointer := ""
	for i, s := range slices.Backward(r) {
		v := s.arrives(o)
		pointer = s.pointer() + pointer
		if i == 0 {
			o = message(object{}, statusWith(s.member))
		} else {
			o = least(r[i-1].to)
		}
		o[s.member] = v
	}
	return object{"message": o}, "/message" + pointer
}

func TestBodiesBuiltFromTheDescriptorAreAccepted(t *testing.T) {
	t.Parallel()
	all := routes()
	require.Len(t, all, len(vapi.Descriptor().Types), "every type of the model is reached from the message")
	require.Greater(t, len(all), 300)
	for _, typ := range vapi.Descriptor().Types {
		if len(all[typ]) == 0 {
			continue
		}
		for name, o := range map[string]object{"least": least(typ), "most": most(typ)} {
			body, pointer := all[typ].body(o)
			for _, p := range schema.Profiles {
				r := validate(t, encode(t, body), schema.Options{Profile: p, Engine: schema.EngineWalk})
				assert.Empty(t, verdicts(r), "%s %s at %s", name, typ.Name, pointer)
			}
		}
	}
}

func (s step) String() string { return fmt.Sprintf("%s -> %s", s.member, s.to.Name) }
