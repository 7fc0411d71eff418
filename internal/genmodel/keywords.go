package main

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// annotations are the keywords that say nothing about which values are allowed.
var annotations = []string{"description", "title", "example", "examples", "default"}

// onMembers are the keywords that mean something on the schema of a member only.
var onMembers = []string{"deprecated", "writeOnly"}

// keywords are those that the reader knows, each with the form it must have: what
// had another form would be lost without a word.
var keywords = map[string]func(any) bool{
	"$ref": isString, "type": isString, "pattern": isString, "format": isString,
	"description": anything, "title": anything, "example": anything, "examples": anything, "default": anything,
	"nullable": isBool, "deprecated": isBool, "writeOnly": isBool,
	"minimum": isNumber, "maximum": isNumber, "minLength": isCount, "maxLength": isCount,
	"enum": isList, "required": listOf(isString), "oneOf": someOf(isObject), "allOf": someOf(isObject),
	"items": isObject, "additionalProperties": isObject, "discriminator": isObject, "properties": isObjectOfObjects,
}

func anything(any) bool   { return true }
func isString(v any) bool { _, ok := v.(string); return ok }
func isBool(v any) bool   { _, ok := v.(bool); return ok }
func isNumber(v any) bool { _, ok := v.(json.Number); return ok }
func isObject(v any) bool { _, ok := v.(*object); return ok }
func isList(v any) bool   { _, ok := v.([]any); return ok }

func isCount(v any) bool {
	n, ok := v.(json.Number)
	_, err := strconv.ParseUint(n.String(), 10, 31)
	return ok && err == nil
}

func listOf(is func(any) bool) func(any) bool {
	return func(v any) bool {
		l, ok := v.([]any)
		return ok && !slices.ContainsFunc(l, func(v any) bool { return !is(v) })
	}
}

func someOf(is func(any) bool) func(any) bool {
	return func(v any) bool { return listOf(is)(v) && len(v.([]any)) > 0 }
}

func isObjectOfObjects(v any) bool {
	o, ok := v.(*object)
	if !ok {
		return false
	}
	for _, x := range o.vals {
		if !isObject(x) {
			return false
		}
	}
	return true
}

// sound reports, and fails on, keywords without the form that they must have.
func (r *reader) sound(site string, o *object) bool {
	ok := true
	for _, k := range o.keys {
		if is := keywords[k]; is != nil && !is(o.vals[k]) {
			r.fail(site, "keyword %q does not have the form that it must have", k)
			ok = false
		}
	}
	return ok
}

// onlyKeys fails on any keyword that the reader would otherwise pass over in silence.
func (r *reader) onlyKeys(site string, o *object, allowed ...string) {
	member := strings.Contains(site, ".") && !strings.Contains(site, "#")
	for _, k := range o.keys {
		if !slices.Contains(annotations, k) && !slices.Contains(allowed, k) && !(member && slices.Contains(onMembers, k)) {
			r.fail(site, "keyword %q is not understood here", k)
		}
	}
}
