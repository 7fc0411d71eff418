package main

import (
	"fmt"
	"strconv"
	"strings"
)

func emitDescriptor(w *writer, m *model) {
	w.f("var modelSource = Source{SHA256: %q}\n\n", m.sha256)
	enumVars := map[*enum]string{}
	for i, e := range m.enums {
		enumVars[e] = "enum" + e.name
		if e.name == "" {
			enumVars[e] = "enum" + strconv.Itoa(i)
		}
		w.f("var %s = Enum{Name: %q, Values: []string{", enumVars[e], e.name)
		for j, v := range e.values {
			if j > 0 && j%6 == 0 {
				w.f("\n")
			}
			w.f("%q, ", v)
		}
		w.f("}}\n")
	}
	d := &descriptorWriter{writer: w, enumVars: enumVars}
	for _, u := range m.unions {
		d.union(u)
	}
	w.f("\nvar modelUnions = []*Union{")
	for i, u := range m.unions {
		if i%6 == 0 {
			w.f("\n")
		}
		w.f("&union%s, ", u.name)
	}
	w.f("\n}\n\nvar modelTypes = []Type{\n")
	for _, t := range m.types {
		w.f("{Name: %q, GoName: %q, Members: []Member{\n", t.name, t.goName)
		for _, f := range t.members {
			w.f("{%s},\n", d.member(f))
		}
		w.f("}},\n")
	}
	w.f("}\n")
}

type descriptorWriter struct {
	*writer
	enumVars map[*enum]string
}

func (d *descriptorWriter) member(f *member) string {
	p := literal{}
	p.add("Name: %q", f.name)
	p.add("GoName: %q", f.goName)
	p.flag("Required", f.required)
	p.flag("Deprecated", f.deprecated)
	p.flag("WriteOnly", f.writeOnly)
	p.add("Schema: &%s", d.schema(f.schema))
	return p.String()
}

func (d *descriptorWriter) schema(s *schema) string {
	p := literal{}
	p.add("Kind: %s", string(s.kind))
	p.flag("Nullable", s.nullable)
	p.text("Ref", s.ref)
	if s.items != nil {
		p.add("Items: &%s", d.schema(s.items))
	}
	if s.enum != nil {
		p.add("Enum: &%s", d.enumVars[s.enum])
	}
	p.flag("OpenEnum", s.openEnum)
	p.text("Min", s.min)
	p.text("Max", s.max)
	p.number("MinLength", s.minLength)
	p.number("MaxLength", s.maxLength)
	p.text("Pattern", s.pattern)
	p.text("Format", s.format)
	if s.union != nil {
		p.add("Union: &union%s", s.union.name)
	}
	if len(s.corrections) > 0 {
		p.add("Corrections: %s", stringsLiteral(s.corrections))
	}
	return "Schema{" + p.String() + "}"
}

func (d *descriptorWriter) union(u *union) {
	d.f("var union%s = Union{Name: %q, ", u.name, u.name)
	if u.tag != "" {
		d.f("Tag: %q, ", u.tag)
	}
	d.f("Branches: []Branch{\n")
	for _, b := range u.branches {
		p := literal{}
		p.add("Schema: &%s", d.schema(b.schema))
		if len(b.values) > 0 {
			p.add("Values: %s", stringsLiteral(b.values))
		}
		p.text("Prefix", b.prefix)
		p.flag("Missing", b.missing)
		p.text("Member", b.member)
		if b.kind != "" {
			p.add("Kind: %s", string(b.kind))
		}
		if len(b.has) > 0 {
			p.add("Has: %s", stringsLiteral(b.has))
		}
		d.f("{%s},\n", p.String())
	}
	d.f("}}\n")
}

// literal collects the elements of a composite literal that are not zero.
type literal []string

func (p *literal) add(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

func (p *literal) flag(name string, on bool) {
	if on {
		p.add("%s: true", name)
	}
}

func (p *literal) text(name, v string) {
	if v != "" {
		p.add("%s: %q", name, v)
	}
}

func (p *literal) number(name, v string) {
	if v != "" {
		p.add("%s: %s", name, v)
	}
}

func (p literal) String() string { return strings.Join(p, ", ") }

func stringsLiteral(list []string) string {
	q := make([]string, len(list))
	for i, s := range list {
		q[i] = strconv.Quote(s)
	}
	return "[]string{" + strings.Join(q, ", ") + "}"
}
