package schema

import (
	"regexp"
	"slices"

	"github.com/ringproof/ringproof/schema/vapi"
)

// union refers to the definition of a union, and makes it on first use. A union
// never becomes a oneOf: each branch is chosen by its JSON type or its tag, so
// that only the chosen branch is tried and only its errors are told.
func (d *deriver) union(u *vapi.Union) obj {
	name := "Union." + u.Name
	if !d.unions[u] {
		d.unions[u] = true
		d.defs.set(name, d.unionDef(u))
	}
	return d.ref(name)
}

func (d *deriver) unionDef(u *vapi.Union) obj {
	var kinds []string
	for _, b := range u.Branches {
		if k := jsonTypes[b.Schema.Kind]; !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	o := obj{{"type", types(kinds)}}
	if u.Tag != "" && !mixed(u) {
		if !slices.ContainsFunc(u.Branches, func(b vapi.Branch) bool { return b.Missing }) {
			o.set("required", []string{u.Tag})
		}
		o.set("properties", obj{{u.Tag, d.tag(u)}})
	}
	var all []obj
	var objects []vapi.Branch
	for _, b := range u.Branches {
		switch {
		case b.Schema.Kind == vapi.KindRef:
			objects = append(objects, b)
		case len(u.Branches) > 1:
			all = append(all, obj{{"if", obj{{"type", jsonTypes[b.Schema.Kind]}}}, {"then", d.value(b.Schema)}})
		}
	}
	o.set("allOf", append(all, d.objectBranches(u, objects)...))
	return o
}

// tag is the schema of a union's tag. A branch of tomorrow is as welcome in the
// live profile as an undocumented value of an enum.
func (d *deriver) tag(u *vapi.Union) obj {
	o := obj{{"type", "string"}}
	if d.profile == Live {
		return o
	}
	values := u.TagValues()
	prefix := ""
	for _, b := range u.Branches {
		prefix += b.Prefix
	}
	enum := obj{{"enum", values}}
	if prefix == "" {
		return append(o, enum...)
	}
	return append(o, obj{{"if", obj{{"not", startsWith(prefix)}}}, {"then", enum}}...)
}

func startsWith(prefix string) obj { return obj{{"pattern", "^" + regexp.QuoteMeta(prefix)}} }

// objectBranches chooses among object branches. With a tag, the conditions shut
// each other out; without one, the first that holds wins.
func (d *deriver) objectBranches(u *vapi.Union, branches []vapi.Branch) []obj {
	if len(branches) == 0 {
		return nil
	}
	if u.Tag == "" || mixed(u) {
		return []obj{{{"if", obj{{"type", "object"}}}, {"then", d.firstOf(u, branches)}}}
	}
	var all []obj
	var plain []vapi.Branch
	for _, b := range branches {
		if b.Prefix != "" || b.Missing {
			all = append(all, d.chosen(u.Tag, b))
		} else {
			plain = append(plain, b)
		}
	}
	if len(plain) > 0 {
		all = append(all, d.halved(u.Tag, plain))
	}
	return all
}

func (d *deriver) chosen(tag string, b vapi.Branch) obj {
	return obj{{"if", d.tagged(tag, b)}, {"then", d.ref(b.Schema.Type.Name)}}
}

// halved chooses among branches by halves: a validator that looks at one after the
// other would look at dozens, and again at every level of nesting.
func (d *deriver) halved(tag string, branches []vapi.Branch) obj {
	const few = 3
	if len(branches) > few {
		half := len(branches) / 2
		var values []string
		for _, b := range branches[:half] {
			values = append(values, b.Values...)
		}
		first := obj{{"type", "object"}, {"required", []string{tag}}, {"properties", obj{{tag, obj{{"enum", values}}}}}}
		return obj{{"if", first}, {"then", d.halved(tag, branches[:half])}, {"else", d.halved(tag, branches[half:])}}
	}
	var all []obj
	for _, b := range branches {
		all = append(all, d.chosen(tag, b))
	}
	if len(all) == 1 {
		return all[0]
	}
	return obj{{"allOf", all}}
}

// mixed reports whether some branches are told by a tag and others by what members
// they have: then the first that matches wins.
func mixed(u *vapi.Union) bool {
	return u.Tag != "" && slices.ContainsFunc(u.Branches, func(b vapi.Branch) bool { return b.Member != "" || len(b.Has) > 0 })
}

func (d *deriver) firstOf(u *vapi.Union, branches []vapi.Branch) obj {
	if len(branches) == 0 { // what no branch takes has a tag of tomorrow, or none
		return obj{{"required", []string{u.Tag}}, {"properties", obj{{u.Tag, d.tag(u)}}}}
	}
	b, then := branches[0], d.ref(branches[0].Schema.Type.Name)
	if b.Catches() {
		return then
	}
	return obj{{"if", d.condition(u, b)}, {"then", then}, {"else", d.firstOf(u, branches[1:])}}
}

func (d *deriver) condition(u *vapi.Union, b vapi.Branch) obj {
	switch {
	case len(b.Values) == 0:
		return untagged(b)
	case len(b.Has) == 0:
		return d.tagged(u.Tag, b)
	}
	return append(d.tagged(u.Tag, b), untagged(b)...)
}

func untagged(b vapi.Branch) obj {
	if b.Member != "" {
		return obj{{"required", []string{b.Member}}, {"properties", obj{{b.Member, obj{{"type", jsonTypes[b.Kind]}}}}}}
	}
	var any []obj
	for _, m := range b.Has {
		any = append(any, obj{{"required", []string{m}}})
	}
	return obj{{"anyOf", any}}
}

func (d *deriver) tagged(tag string, b vapi.Branch) obj {
	value := obj{{"enum", b.Values}}
	if len(b.Values) == 1 {
		value = obj{{"const", b.Values[0]}}
	}
	if b.Prefix != "" {
		value = obj{{"type", "string"}, {"anyOf", []obj{value, startsWith(b.Prefix)}}}
	}
	there := obj{{"required", []string{tag}}, {"properties", obj{{tag, value}}}}
	if b.Missing {
		return obj{{"type", "object"}, {"anyOf", []obj{there, {{"not", obj{{"required", []string{tag}}}}}}}}
	}
	return append(obj{{"type", "object"}}, there...)
}
