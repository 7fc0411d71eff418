package schema

import (
	"strconv"
	"strings"
)

// finding gives a violation its severity in the profile and its sentence.
func (v violation) finding(p Profile) Finding {
	if v.spell != nil {
		v.spell(&v)
	}
	return Finding{
		Rule: v.rule, Severity: p.severity(v.class), Pointer: v.pointer,
		Message: v.sentence(), Got: v.got, Want: v.want, Source: v.source, Hint: v.hint,
		Offset: v.start, Length: v.length,
	}
}

// sentence is the one place where findings become prose. It has no full stop.
func (v violation) sentence() string {
	name := subject(v.pointer)
	switch v.keyword {
	case "required":
		if v.class == deviating {
			return name + " has no " + v.member + ", as live traffic has it; the OpenAPI file requires it"
		}
		return name + " lacks the required member " + v.member
	case "enum":
		return name + " has the undocumented value " + v.got
	}
	switch v.rule {
	case "envelope/missing":
		return "the payload is " + article(v.got) + ", want " + v.want
	case "envelope/bare":
		return "the message stands without its envelope"
	case "message/not-covered":
		return "a message of type " + v.got + " is not covered: only " + v.want + " is judged"
	case "json/confusable-member":
		return "the member " + v.got + " can be taken for " + v.want
	case "json/duplicate-member":
		return name + " is there twice: decoders differ in which one they take"
	case "member/undocumented":
		return "the member " + named(v.member) + " is undocumented, but seen in live traffic"
	case "member/unknown":
		return "the member " + named(v.member) + " is unknown"
	case "schema/format":
		return name + ": " + v.got + " does not have " + v.want
	}
	switch {
	case v.class == deviating:
		return name + " is " + article(v.got) + ", as live traffic has it; the OpenAPI file says " + v.want
	case strings.HasPrefix(v.rule, "only-if/"):
		return v.member + " is sent only with " + v.want + ", not with " + v.got
	case strings.HasPrefix(v.rule, "json/"):
		return unsoundness[v.rule] + ": got " + v.got + ", want " + v.want
	}
	return name + " is " + article(v.got) + ", want " + article(v.want)
}

// named quotes a member without a name, so that it can be seen.
func named(member string) string {
	if member == "" {
		return `""`
	}
	return member
}

// article puts articles before JSON types: an object, the number 7, a string or an
// object.
func article(fact string) string {
	for _, t := range []string{"object", "array", "integer", "string", "number", "boolean"} {
		value, ok := strings.CutPrefix(fact, t)
		switch {
		case !ok:
		case strings.HasPrefix(value, " or "):
			return indefinite(t) + " or " + article(value[len(" or "):])
		case value == "" || value[0] == ',':
			return indefinite(t) + value
		case value[0] == ' ':
			return "the " + fact
		}
	}
	return fact
}

func indefinite(noun string) string {
	if strings.ContainsRune("aio", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

var unsoundness = map[string]string{
	"json/syntax": "not JSON", "json/utf8": "not Unicode text",
	"json/depth": "nested too deep", "json/size": "too long", "json/number": "a number past the limits",
}

// subject names the value at a pointer: its member name, with the index of an item.
func subject(pointer string) string {
	if pointer == "" {
		return "the payload"
	}
	tokens := strings.Split(pointer[1:], "/")
	i := len(tokens) - 1
	suffix := ""
	for ; i > 0; i-- {
		if _, err := strconv.Atoi(tokens[i]); err != nil {
			break
		}
		suffix = "[" + tokens[i] + "]" + suffix
	}
	return named(cut(strings.NewReplacer("~1", "/", "~0", "~").Replace(tokens[i]))) + suffix
}
