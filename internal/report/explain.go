package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/schema/vapi"
)

// Topic writes what there is to know of one rule or row.
func Topic(w io.Writer, t schema.Topic) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n%s\n", t.ID, t.Kind, Wrap(t.Title, ""))
	field(&b, "why", t.Why)
	field(&b, "source", t.Source)
	field(&b, "since", t.Since)
	if t.Severity != nil {
		var parts []string
		for _, p := range schema.Profiles {
			parts = append(parts, fmt.Sprintf("%s in profile %s", t.Severity[p], p))
		}
		field(&b, "severity", strings.Join(parts, ", "))
	}
	example(&b, "wrong", t.Wrong)
	example(&b, "right", t.Right)
	_, err := io.WriteString(w, b.String())
	return err
}

// Sites writes what the contract says of the values at a pointer. Sites that it
// says the same of are one.
func Sites(w io.Writer, sites []schema.Site) error {
	var texts []string
	stated := map[string][]string{}
	for _, s := range sites {
		text := site(s)
		if stated[text] == nil {
			texts = append(texts, text)
		}
		if s.Member != nil {
			stated[text] = append(stated[text], s.Owner.Name+"."+s.Member.Name)
		}
	}
	var b strings.Builder
	for i, text := range texts {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(text)
		if len(stated[text]) > 0 {
			field(&b, "stated", "spec: "+strings.Join(stated[text], ", "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// site is all about a site but where it is stated.
func site(s schema.Site) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", s.Pointer)
	field(&b, "takes", schema.Describe(s.Schema))
	if s.Member != nil {
		field(&b, "presence", presence(s))
	}
	if s.TagOf != nil {
		field(&b, "tells", "the branches apart: "+branches(s.TagOf))
	}
	for _, r := range s.Rules {
		field(&b, "rule", r.ID+": "+string(r.Source)+", "+r.Where)
	}
	for _, d := range s.Deviates {
		field(&b, "live", d.ID+": "+d.Evidence)
	}
	for _, c := range s.Schema.Corrections {
		if t, ok := schema.TopicOf(c); ok {
			field(&b, "corrected", c+": "+t.Why)
		}
	}
	if e := s.Schema.Enum; e != nil && len(e.Values) > 1 {
		field(&b, "values", strings.Join(e.Values, ", "))
	}
	return b.String()
}

func branches(u *vapi.Union) string {
	var parts []string
	for _, b := range u.Branches {
		if len(b.Values) > 0 {
			parts = append(parts, strings.Join(b.Values, " or ")+" is "+schema.Describe(b.Schema))
		}
	}
	return strings.Join(parts, ", ")
}

func presence(s schema.Site) string {
	p := "optional"
	if s.Member.Required {
		p = "required"
	}
	for _, r := range s.Rules {
		if r.Demand == vapi.OnlyThen {
			p += ", sent only with " + r.When.Member + " " + strings.Join(r.When.Values, " or ")
		}
	}
	if s.Member.Deprecated {
		p += ", deprecated"
	}
	return p
}

// field writes a labelled paragraph, nothing if it is empty.
func field(b *strings.Builder, label, text string) {
	if text != "" {
		fmt.Fprintf(b, "  %-10s%s\n", label, Wrap(text, "            "))
	}
}

// example writes a labelled payload in one line, to be copied.
func example(b *strings.Builder, label, payload string) {
	if payload != "" {
		fmt.Fprintf(b, "  %-10s%s\n", label, payload)
	}
}

const textWidth = 100

// Wrap breaks a text at spaces, to lines of at most 100 columns, and indents all lines but the first.
func Wrap(text, indent string) string {
	var b strings.Builder
	column := len(indent)
	for i, word := range strings.Fields(text) {
		if i > 0 && column+1+len(word) > textWidth {
			b.WriteString("\n" + indent)
			column = len(indent)
		} else if i > 0 {
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}
