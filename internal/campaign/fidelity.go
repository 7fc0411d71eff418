package campaign

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/ringproof/ringproof/fuzz"
	"github.com/ringproof/ringproof/internal/report"
)

// FidelityKinds are the kinds of fidelity reports.
var FidelityKinds = []string{"text", "json", "html"}

// Named is a decoder with a name for people.
type Named struct {
	Name string `json:"name"`
	Decoder
}

// Comparison is what several decoders do with each member of the contract.
type Comparison struct {
	Decoders []Named     `json:"decoders"`
	Members  []MemberRow `json:"members"`
}

// MemberRow is one member, and its fate with each decoder, in their order.
type MemberRow struct {
	Member string `json:"member"`
	Fates  []Fate `json:"fates"`
}

// Fate is what becomes of a member with one decoder.
type Fate struct {
	Seen   int       `json:"seen"` // bodies that had the member
	Kept   bool      `json:"kept"` // always
	Losses []LossRow `json:"losses,omitempty"`
}

// LossRow is one way in which a member gets lost.
type LossRow struct {
	Class   fuzz.Class `json:"class"`
	Bodies  int        `json:"bodies"`
	Example *Example   `json:"example,omitempty"` // none: lost with what it is in
}

// Example is the smallest body found.
type Example struct {
	Pointer string `json:"pointer"`
	Payload Bytes  `json:"payload"`
	Want    string `json:"expected"`
	Got     string `json:"got"`
}

// Compare finds out what the decoders do with each member. The error is a
// [*NotRunError] for one that does not work, or does not go on.
func Compare(ctx context.Context, decoders []Named) (*Comparison, error) {
	c := &Comparison{Decoders: decoders}
	rows := map[string]int{}
	for i, d := range decoders {
		list, err := fidelityOf(ctx, d)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			at, ok := rows[m.Member]
			if !ok {
				at = len(c.Members)
				rows[m.Member] = at
				c.Members = append(c.Members, MemberRow{m.Member, make([]Fate, len(decoders))})
			}
			c.Members[at].Fates[i] = fateOf(m)
		}
	}
	slices.SortFunc(c.Members, func(a, b MemberRow) int { return strings.Compare(a.Member, b.Member) })
	return c, nil
}

func fidelityOf(ctx context.Context, d Named) (fuzz.Fidelities, error) {
	instance, err := d.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer instance.Close()
	if err := Greet(instance); err != nil {
		return nil, &NotRunError{fmt.Errorf("%s: %w", d.Name, err)}
	}
	list, err := fuzz.Fidelity(ctx, instance)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, &NotRunError{fmt.Errorf("%s: %w; fuzz it first", d.Name, err)}
	}
	return list, nil
}

func fateOf(m fuzz.MemberFidelity) Fate {
	f := Fate{Seen: m.Seen, Kept: m.Seen > 0 && len(m.Lost) == 0}
	for class, n := range m.Lost {
		row := LossRow{Class: class, Bodies: n}
		if x, ok := m.Examples[class]; ok {
			row.Example = &Example{x.Pointer, x.Body, x.Want, x.Got}
		}
		f.Losses = append(f.Losses, row)
	}
	slices.SortFunc(f.Losses, func(a, b LossRow) int { return strings.Compare(string(a.Class), string(b.Class)) })
	return f
}

// Write writes the comparison.
func (c *Comparison) Write(kind string, w io.Writer) error {
	switch kind {
	case "json":
		return json.NewEncoder(w).Encode(c)
	case "html":
		return fidelityPage.Execute(w, c)
	}
	_, err := io.WriteString(w, c.text())
	return err
}

// Tally counts the members by what becomes of them with one decoder.
type Tally struct {
	Label  string
	Counts []int // by decoder
}

// unseen is the line of members that were in refused bodies only.
const unseen = "not seen in what it decoded"

// tallied are the lines of the summary: each member counts in every line that is true of it.
var tallied = []struct {
	label   string
	classes []fuzz.Class
}{
	{"kept", nil},
	{"respelled", []fuzz.Class{fuzz.Respelled}},
	{"rounded", []fuzz.Class{fuzz.Rounded, fuzz.Doubled}},
	{"dropped", []fuzz.Class{fuzz.Dropped}},
	{"dropped if zero, empty or null", []fuzz.Class{fuzz.ZeroAbsent, fuzz.NullAbsent}},
	{"misrouted", []fuzz.Class{fuzz.Misrouted}},
	{"changed or invented", []fuzz.Class{fuzz.Changed, fuzz.Invented}},
	{"refused", []fuzz.Class{fuzz.Refused}},
	{unseen, nil},
}

// Tallies is the summary.
func (c *Comparison) Tallies() []Tally {
	var list []Tally
	for _, row := range tallied {
		t := Tally{row.label, make([]int, len(c.Decoders))}
		for _, m := range c.Members {
			for i, f := range m.Fates {
				counts := slices.ContainsFunc(f.Losses, func(l LossRow) bool { return slices.Contains(row.classes, l.Class) })
				if row.classes == nil {
					counts = row.label == unseen && f.Seen == 0 && len(f.Losses) == 0 || row.label != unseen && f.Kept
				}
				if counts {
					t.Counts[i]++
				}
			}
		}
		list = append(list, t)
	}
	return list
}

// Groups are the members by their types, those of the message and the call first, as
// they are read first.
func (c *Comparison) Groups() []Group {
	var list []Group
	at := map[string]int{}
	for _, m := range c.Members {
		owner, _, _ := strings.Cut(m.Member, ".")
		if _, ok := at[owner]; !ok {
			at[owner] = len(list)
			list = append(list, Group{Type: owner})
		}
		g := &list[at[owner]]
		g.Members = append(g.Members, m)
	}
	slices.SortStableFunc(list, func(a, b Group) int { return rank(a.Type) - rank(b.Type) })
	return list
}

// Group are the members of one type.
type Group struct {
	Type    string
	Members []MemberRow
}

var nearTypes = []string{"ServerMessageStatusUpdate", "Call", "Artifact"}

func rank(owner string) int {
	if i := slices.Index(nearTypes, owner); i >= 0 {
		return i
	}
	return len(nearTypes)
}

// Near reports whether the type is one of those that most consumers read.
func (g Group) Near() bool { return rank(g.Type) < len(nearTypes) }

// Words are what becomes of the member, shortly.
func (f Fate) Words() string {
	switch {
	case f.Seen == 0 && len(f.Losses) == 0:
		return "not seen"
	case f.Kept:
		return "kept"
	}
	var words []string
	for _, l := range f.Losses {
		words = append(words, string(l.Class))
	}
	return strings.Join(words, ", ")
}

// Inherited reports whether it only gets lost with what it is in.
func (f Fate) Inherited() bool {
	return len(f.Losses) > 0 && !slices.ContainsFunc(f.Losses, func(l LossRow) bool { return l.Example != nil })
}

func (c *Comparison) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d members of the contract were seen; each counts in every line that is true of it.\n\n%-32s", len(c.Members), "")
	for _, d := range c.Decoders {
		fmt.Fprintf(&b, " %12s", d.Name)
	}
	for _, t := range c.Tallies() {
		fmt.Fprintf(&b, "\n%-32s", t.Label)
		for _, n := range t.Counts {
			fmt.Fprintf(&b, " %12d", n)
		}
	}
	b.WriteString("\n")
	for _, g := range c.Groups() {
		for _, m := range g.Members {
			c.tellMember(&b, m)
		}
	}
	return b.String()
}

// tellMember lists how a member gets lost, where that is not with what it is in.
func (c *Comparison) tellMember(b *strings.Builder, m MemberRow) {
	told := false
	for i, f := range m.Fates {
		for _, l := range f.Losses {
			if l.Example == nil {
				continue
			}
			if !told {
				fmt.Fprintf(b, "\n%s\n", m.Member)
				told = true
			}
			fmt.Fprintf(b, "  %s: %s: %s becomes %s\n    %s\n", c.Decoders[i].Name, l.Class, report.Printable(l.Example.Want), report.Printable(l.Example.Got), report.Printable(string(l.Example.Payload)))
		}
	}
}

//go:embed fidelity.html
var fidelitySource string

var fidelityPage = template.Must(template.New("fidelity.html").Funcs(pageFunctions).Parse(fidelitySource))
