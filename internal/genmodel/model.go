package main

import "strings"

// model is what the file says after the corrections, before it has Go names.
type model struct {
	sha256 string
	types  []*typ
	unions []*union // distinct, in order of first use
	enums  []*enum  // distinct, in order of first use
}

func (m *model) memberCount() (n int) {
	for _, t := range m.types {
		n += len(t.members)
	}
	return n
}

type typ struct {
	name, goName string
	members      []*member
}

type member struct {
	name, goName                    string
	required, deprecated, writeOnly bool
	schema                          *schema
	loose                           bool // live traffic sends other JSON types
	absent                          bool // live traffic leaves it out though it is required
}

// kind is spelled as vapi.Kind's constants are.
type kind string

const (
	kindString  kind = "KindString"
	kindNumber  kind = "KindNumber"
	kindInteger kind = "KindInteger"
	kindBoolean kind = "KindBoolean"
	kindObject  kind = "KindObject"
	kindArray   kind = "KindArray"
	kindMap     kind = "KindMap"
	kindRef     kind = "KindRef"
	kindUnion   kind = "KindUnion"
)

// jsonKind is the JSON type of a value that satisfies the schema.
func (s *schema) jsonKind() kind {
	switch s.kind {
	case kindRef, kindMap:
		return kindObject
	case kindInteger:
		return kindNumber
	}
	return s.kind
}

type schema struct {
	kind                 kind
	nullable, openEnum   bool
	ref                  string
	items                *schema
	enum                 *enum
	min, max             string
	minLength, maxLength string
	pattern, format      string
	union                *union
	corrections          []string
}

type enum struct {
	name   string // Go
	kind   kind
	values []string
	sites  []string
}

func (e *enum) key() string { return string(e.kind) + "\x00" + strings.Join(e.values, "\x00") }

type union struct {
	name     string // Go
	tag      string
	branches []*branch
	sites    []string
}

type branch struct {
	schema  *schema
	values  []string
	prefix  string
	missing bool
	member  string
	kind    kind
	has     []string
}

// key identifies unions that mean the same.
func (u *union) key() string {
	var b strings.Builder
	b.WriteString(u.tag)
	for _, br := range u.branches {
		b.WriteString("\x00" + br.schema.key() + "\x01" + strings.Join(br.values, "\x02") + br.prefix + br.member + string(br.kind) + strings.Join(br.has, "\x02"))
		if br.missing {
			b.WriteString("?")
		}
	}
	return b.String()
}

func (s *schema) key() string {
	if s == nil {
		return ""
	}
	parts := []string{string(s.kind), s.ref, s.items.key(), s.min, s.max, s.minLength, s.maxLength, s.pattern, s.format}
	if s.enum != nil {
		parts = append(parts, s.enum.key())
	}
	if s.union != nil {
		parts = append(parts, s.union.key())
	}
	if s.nullable {
		parts = append(parts, "null")
	}
	if s.openEnum {
		parts = append(parts, "open")
	}
	return strings.Join(append(parts, s.corrections...), "\x03")
}
