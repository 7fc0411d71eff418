package vapi

import (
	"reflect"
	"strings"
	"unicode"
)

// knownNames finds the member that a name can be confused with by a decoder that
// ignores case, as encoding/json does.
type knownNames struct {
	byFold map[string]string // folded name: the name
}

func knownNamesOf(t reflect.Type, list []field) knownNames {
	k := knownNames{byFold: map[string]string{}}
	for _, f := range list {
		k.byFold[fold(f.name)] = f.name
	}
	for _, dt := range modelTypes {
		if dt.GoName != t.Name() {
			continue
		}
		for _, u := range UndocumentedMembers {
			if u.Type == dt.Name {
				k.byFold[fold(u.Member)] = u.Member
			}
		}
	}
	return k
}

// confusedWith returns the known member that name is not, but folds to; else "".
func (k knownNames) confusedWith(name string) string {
	if known := k.byFold[fold(name)]; known != name {
		return known
	}
	return ""
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
