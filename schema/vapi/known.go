package vapi

import (
	"reflect"
	"strings"
	"unicode"
)

// names are the known members of an object, by their folded names.
type names map[string]string

func (n names) add(name string) { n[fold(name)] = name }

// confusable returns the known member that a decoder which ignores case, as
// encoding/json does, takes the name for, though it is another; else "".
func (n names) confusable(name string) string {
	if known := n[fold(name)]; known != name {
		return known
	}
	return ""
}

// knownNames are the members of a Go type: those of its schema where it has one,
// which knows the undocumented ones too.
func knownNames(t reflect.Type, list []field) names {
	for _, dt := range Descriptor().Types {
		if dt.GoName == t.Name() {
			return dt.known
		}
	}
	n := names{}
	for _, f := range list {
		n.add(f.name)
	}
	return n
}

// fold returns one string for all names that are equal under simple Unicode case
// folding, as strings.EqualFold compares them.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, name)
}
