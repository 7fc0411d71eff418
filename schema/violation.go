package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ringproof/ringproof/internal/nearest"
	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema/vapi"
)

// violation is a finding before it has a severity, a line and a sentence. The
// functions below make the facts; whoever reports it adds rule, class and pointer.
type violation struct {
	rule    string
	class   class
	keyword string   // of the derived schema that refuses it too, if one does
	pointer string   // set when it is reported
	below   []string // the member of the value at hand that it is about, if it is about one
	start   int      // in bytes
	length  int
	member  string // the member that the finding is about, where it has a name
	got     string
	want    string
	source  string
	hint    string
	spell   func(v *violation) // completes got, want and hint, where that takes its time
}

func at(n scan.Node) violation {
	return violation{start: n.Start(), length: n.End() - n.Start()}
}

func atName(m scan.Member) violation {
	return violation{below: []string{m.Name}, start: m.NameStart, length: m.NameEnd - m.NameStart, member: cut(m.Name)}
}

func inSpec(where string) string { return "spec: " + where }

func wrongType(n scan.Node, want []string, where string) violation {
	v := at(n)
	v.keyword = "type"
	v.got, v.want, v.source = describe(n), strings.Join(want, " or "), inSpec(where)
	return v
}

func bound(n scan.Node, keyword, got, want, where string) violation {
	v := at(n)
	v.keyword = keyword
	v.got, v.want, v.source = got, want, inSpec(where)
	return v
}

func missing(n scan.Node, name, source string) violation {
	v := at(n)
	v.keyword, v.member, v.got, v.want, v.source = "required", name, "no member "+name, "the required member "+name, source
	v.length = 1 // the brace: the whole object would be underlined else
	return v
}

func tagMissing(n scan.Node, u *vapi.Union, where string) violation {
	v := missing(n, u.Tag, inSpec(where))
	v.hint = "it tells the kinds of " + where + " apart: " + list(tagValues(u))
	return v
}

func unknownValue(n scan.Node, values []string, where string) violation {
	v := at(n)
	v.keyword = "enum"
	v.spell = func(v *violation) {
		v.got, v.want, v.source = shown(n), "one of "+list(values), inSpec(where)
		v.hint = didYouMean(n.Text(), values)
	}
	return v
}

func didYouMean(text string, values []string) string {
	if near := nearest.Of(text, values); near != "" {
		return "did you mean " + quote(near) + "?"
	}
	return ""
}

func badFormat(n scan.Node, format, where string) violation {
	v := at(n)
	v.got, v.want, v.source = shown(n), "the format "+format, inSpec(where)
	return v
}

func deviation(n scan.Node, row *vapi.Deviation, want []string) violation {
	v := wrongType(n, want, "")
	v.source = deviationSource(row)
	return v
}

func deviationSource(row *vapi.Deviation) string { return string(row.Source) + ": " + row.Evidence }

func undocumentedMember(m scan.Member, row *vapi.Undocumented) violation {
	v := atName(m)
	v.got, v.want, v.source = describe(m.Value), "no such member in "+row.Type, string(row.Source)+": "+row.Evidence
	return v
}

func unknownMember(m scan.Member, owner string) violation {
	v := atName(m)
	v.got, v.want, v.source = describe(m.Value), "no such member in "+owner, inSpec(owner)
	return v
}

func confusable(m scan.Member, known string) violation {
	v := atName(m)
	v.got, v.want, v.source = quote(m.Name), quote(known), "Go's encoding/json, which ignores the case of names"
	v.hint = "a decoder that ignores case takes one for the other"
	return v
}

func onlyIf(r *vapi.Rule, member scan.Node, status string) violation {
	v := at(member)
	v.keyword = "const"
	v.member = strings.TrimPrefix(r.Member, "/message/")
	v.below = []string{v.member}
	v.got = r.When.Member + " " + quote(status)
	v.want = r.When.Member + " " + quote(strings.Join(r.When.Values, " or "))
	v.source = string(r.Source) + ": " + r.Where
	return v
}

func notCovered(typ scan.Node) violation {
	v := at(typ)
	v.keyword, v.below = "const", []string{"type"}
	v.got, v.want = shown(typ), quote(vapi.StatusUpdateType)
	return fromLedger(v, "message/not-covered")
}

func bareMessage(root scan.Node) violation {
	v := at(root)
	v.length = 1
	v.got, v.want = "a message without its envelope", `{"message": …}`
	return fromLedger(v, "envelope/bare")
}

func envelopeMissing(root scan.Node) violation {
	v := at(root)
	v.length = 1
	v.got, v.want = describe(root), `an envelope: {"message": …}`
	typ, _ := root.Get("type")
	switch {
	case looksLikeCall(root):
		v.got = "an object without the member message"
		v.hint = "this looks like a call object of the API: a webhook has the call in message.call, and status and endedReason in the message"
	case kindOf(root, "payload") == scan.Object:
		v.got = "an object without the member message"
		v.hint = "the body may be in the member payload: unpack it, as with jq -c .payload"
	case kindOf(root, "raw") == scan.String:
		v.got = "an object without the member message"
		v.hint = "the body may be in the member raw, as base64: unpack it, as with jq -r .raw | base64 -d"
	case typ.Kind() == scan.String:
		v.got = "an object without the member message"
		v.hint = "this looks like a bare message: wrap it in {\"message\": …}, or allow bare messages with --envelope auto"
	case root.Kind() == scan.Array:
		v.hint = "this looks like several payloads in one list: judge each by itself"
		if root.Len() == 0 {
			v.hint = "an empty list holds no payload"
		}
	case root.Kind() == scan.Object:
		v.got = "an object without the member message"
	}
	return fromLedger(v, "envelope/missing")
}

func kindOf(n scan.Node, member string) scan.Kind {
	value, _ := n.Get(member)
	return value.Kind()
}

// looksLikeCall reports whether a body without a message is a call object, as the
// provider's API returns it.
func looksLikeCall(root scan.Node) bool {
	if _, ok := root.Get("orgId"); !ok {
		return false
	}
	typ, _ := root.Get("type")
	return typ.Kind() != scan.String || slices.Contains(callTypes(), typ.Text())
}

// callTypes are the documented types of a call; none if the contract has no calls.
func callTypes() []string {
	call := vapi.Descriptor().Type("Call")
	if call == nil || call.Member("type") == nil || call.Member("type").Schema.Enum == nil {
		return nil
	}
	return call.Member("type").Schema.Enum.Values
}

// fromLedger adds the source that the ledger's row names.
func fromLedger(v violation, id string) violation {
	for _, r := range vapi.Rules {
		if r.ID == id {
			v.source = string(r.Source) + ": " + r.Where
		}
	}
	return v
}

// unsound is what the scanner found.
func unsound(e *scan.Error, data []byte) violation {
	v := violation{rule: e.Rule, class: broken, pointer: e.Pointer, start: e.Offset, length: min(1, len(data)-e.Offset),
		got: e.Got, want: e.Want, hint: e.Hint, source: "RFC 8259 (JSON)"}
	if e.Rule == scan.RuleDuplicate {
		v.length, v.hint = nameLength(data[e.Offset:]), ""
		v.want, _, _ = strings.Cut(v.want, ":") // an offset would not survive reformatting
	}
	if l, ok := limits[e.Rule]; ok {
		v.source, v.hint = "a limit of this tool", l
	}
	return v
}

// limits say what raises them.
var limits = map[string]string{
	scan.RuleSize:  "--max-bytes raises the limit",
	scan.RuleDepth: "--max-depth raises the limit",
	// The hint of a number is the scanner's: this limit cannot be raised.
	scan.RuleNumber: "",
}

// nameLength is that of the string at the start of data, quotes and all.
func nameLength(data []byte) int {
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

// describe says what a value is, with the value itself where it is short.
func describe(n scan.Node) string {
	switch n.Kind() {
	case scan.Object, scan.Array:
		return n.Kind().String()
	case scan.Null:
		return "null"
	}
	return n.Kind().String() + " " + shown(n)
}

// shownRunes is how much of a value a finding shows.
const shownRunes = 60

// shown is the value as it is written, cut when long.
func shown(n scan.Node) string {
	if n.Kind() == scan.String {
		return quote(n.Text())
	}
	return cut(string(n.Raw()))
}

// quote writes text in double quotes with control characters escaped, cut when long.
func quote(s string) string {
	return strconv.Quote(cut(s))
}

func cut(s string) string {
	if utf8.RuneCountInString(s) <= shownRunes {
		return s
	}
	return string([]rune(s)[:shownRunes-1]) + "…"
}

// list writes the first of many values.
func list(values []string) string {
	const most, shown = 8, 3
	if len(values) <= most {
		return strings.Join(values, ", ")
	}
	return fmt.Sprintf("%s, … (%d documented values)", strings.Join(values[:shown], ", "), len(values))
}
