package main

import (
	"slices"
	"strconv"

	"github.com/ringproof/ringproof/schema/vapi/ledger"
)

// readUnion reads a oneOf. Branches that take the same JSON type are merged
// (strings) or told apart by a tag (objects); a union of a single plain branch is
// that branch.
func (r *reader) readUnion(site string, o *object) *schema {
	var branches []*schema
	for i, v := range o.list("oneOf") {
		if s := r.readSchema(site+"#"+strconv.Itoa(i), v.(*object)); s != nil {
			branches = append(branches, s)
		}
	}
	if o.has("allOf") {
		r.sameAllOf(site, o)
	}
	strs := r.mergeStrings(site, branches)
	if o.has("enum") {
		r.correctOrFail(ledger.UnionBesideEnum, site)
		r.sameEnum(site, o, branches)
	}
	plain := slices.DeleteFunc(slices.Clone(branches), func(s *schema) bool { return s.kind == kindString || s.kind == kindRef })
	refs := slices.DeleteFunc(slices.Clone(branches), func(s *schema) bool { return s.kind != kindRef })
	if strs != nil {
		plain = append([]*schema{strs}, plain...)
	}
	if len(refs) == 0 && len(plain) == 1 {
		return plain[0]
	}
	u := &union{}
	taken := map[kind]bool{}
	for _, s := range plain {
		if taken[s.jsonKind()] {
			r.fail(site, "two branches take a JSON %s", s.jsonKind())
		}
		taken[s.jsonKind()] = true
		u.branches = append(u.branches, &branch{schema: s})
	}
	if len(refs) > 0 {
		if taken[kindObject] {
			r.fail(site, "a free object beside objects with members")
		}
		r.dispatch(site, u, refs, len(plain) == 0)
	}
	return &schema{kind: kindUnion, union: r.internUnion(site, u)}
}

func (r *reader) internUnion(site string, u *union) *union {
	known, ok := r.unions[u.key()]
	if !ok {
		known = u
		r.unions[u.key()] = u
		r.model.unions = append(r.model.unions, u)
	}
	known.sites = append(known.sites, site)
	return known
}

// sameAllOf corrects an allOf that repeats the union's own branch.
func (r *reader) sameAllOf(site string, o *object) {
	var one, all []string
	refs(o.vals["oneOf"], func(n string) { one = append(one, n) })
	refs(o.vals["allOf"], func(n string) { all = append(all, n) })
	r.correctOrFail(ledger.UnionBesideAllOf, site)
	if !slices.Equal(one, all) {
		r.fail(site, "oneOf has %s, allOf beside it has %s", quoteList(one), quoteList(all))
	}
}

// sameEnum checks that an enum beside the union says nothing that a branch does
// not say: then the branches are meant.
func (r *reader) sameEnum(site string, o *object, branches []*schema) {
	said := map[string]bool{}
	for _, s := range branches {
		if s.enum != nil {
			for _, v := range s.enum.values {
				said[v] = true
			}
		}
	}
	for _, v := range r.values(site, o) {
		if !said[v] {
			r.fail(site, "the enum beside the union has %q, which no branch has", v)
		}
	}
}

// mergeStrings makes one branch of all branches that take strings, or returns nil.
func (r *reader) mergeStrings(site string, branches []*schema) *schema {
	var values []string
	var enums, open []*schema
	for _, s := range branches {
		switch {
		case s.kind != kindString:
		case s.enum == nil:
			open = append(open, s)
		default:
			enums = append(enums, s)
			values = append(values, s.enum.values...)
		}
	}
	if len(enums)+len(open) <= 1 {
		return append(append(enums, open...), nil)[0]
	}
	merged := &schema{kind: kindString}
	if len(open) > 0 {
		r.correctOrFail(ledger.UnionStringOrEnum, site)
		for _, s := range open[:len(open)-1] {
			plain := *s
			plain.corrections = nil
			if plain.key() != (&schema{kind: kindString}).key() {
				r.fail(site, "two branches take any string, and not the same")
			}
		}
		clone := *open[len(open)-1]
		merged = &clone
	}
	for _, s := range append(enums, open...) {
		merged.corrections = append(merged.corrections, s.corrections...)
	}
	if len(enums) > 0 {
		slices.Sort(values)
		if len(slices.Compact(slices.Clone(values))) != len(values) {
			r.fail(site, "string branches share values")
		}
		merged.openEnum = len(open) > 0
		merged.enum = r.mergedEnum(site, enums)
	}
	return merged
}

func (r *reader) mergedEnum(site string, enums []*schema) *enum {
	if len(enums) == 1 {
		return enums[0].enum
	}
	var values []string
	for _, s := range enums {
		values = append(values, s.enum.values...)
	}
	return r.intern(site, kindString, values)
}

// tagNames are the members that the provider tells branches apart by, most
// telling first.
var tagNames = []string{"type", "provider", "role", "on", "algorithm", "format"}

// dispatch adds the object branches to u, told apart by a required tag with
// disjoint values, or by what the ledger says where the file has none.
func (r *reader) dispatch(site string, u *union, refs []*schema, objectsOnly bool) {
	for _, tag := range tagNames {
		if branches := r.tagged(tag, refs); branches != nil {
			u.tag = tag
			u.branches = append(u.branches, branches...)
			return
		}
	}
	if len(refs) == 1 && !objectsOnly {
		u.branches = append(u.branches, &branch{schema: refs[0]}) // the only branch that takes an object
		return
	}
	c := r.correctOrFail(ledger.UnionOverlap, site)
	if c == nil {
		return
	}
	placed := map[string]bool{}
	for _, d := range c.Dispatch {
		i := slices.IndexFunc(refs, func(s *schema) bool { return s.ref == d.Branch })
		switch {
		case i >= 0:
			placed[d.Branch] = true
			u.branches = append(u.branches, ledgerBranch(u, refs[i], d))
		case d.Added && r.file.schemas.obj(d.Branch) != nil:
			u.branches = append(u.branches, ledgerBranch(u, &schema{kind: kindRef, ref: d.Branch}, d))
		}
	}
	for _, s := range refs {
		if placed[s.ref] {
			continue
		}
		values := r.tagValues(u.tag, s.ref)
		if values == nil {
			r.fail(site, "%s does not say how to recognise %s", c.ID, s.ref)
			continue
		}
		u.branches = append(u.branches, &branch{schema: s, values: values})
	}
}

func ledgerBranch(u *union, s *schema, d ledger.Dispatch) *branch {
	b := &branch{schema: s, values: d.Values, prefix: d.Prefix, missing: d.Missing, has: d.Has}
	if d.Kind != "" {
		b.member, b.kind = d.Tag, map[string]kind{"boolean": kindBoolean, "string": kindString, "number": kindNumber}[d.Kind]
	} else if d.Tag != "" {
		u.tag = d.Tag
	}
	return b
}

// tagged returns the branches told apart by the tag, or nil if it cannot do that.
func (r *reader) tagged(tag string, refs []*schema) []*branch {
	var out []*branch
	seen := map[string]bool{}
	for _, s := range refs {
		values := r.tagValues(tag, s.ref)
		if values == nil || !slices.Contains(r.file.schemas.obj(s.ref).list("required"), any(tag)) {
			return nil
		}
		for _, v := range values {
			if seen[v] {
				return nil
			}
			seen[v] = true
		}
		out = append(out, &branch{schema: s, values: values})
	}
	return out
}

// tagValues returns the closed list of strings of a schema's member, or nil.
func (r *reader) tagValues(tag, schema string) []string {
	p := r.file.schemas.obj(schema).obj("properties").obj(tag)
	if p.str("type") != "string" || !listOf(isString)(p.list("enum")) {
		return nil
	}
	var out []string
	for _, v := range p.list("enum") {
		if s := v.(string); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
