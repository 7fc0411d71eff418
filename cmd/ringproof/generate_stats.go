package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/ringproof/ringproof/fixtures"
)

// gaps are places that were left out, by the reason, in the order in which the
// reasons first came up.
type gaps struct {
	reasons []string
	sites   map[string][]string
}

func (g *gaps) add(what, site, reason string) {
	reason = what + ": " + reason
	if g.sites == nil {
		g.sites = map[string][]string{}
	}
	if g.sites[reason] == nil {
		g.reasons = append(g.reasons, reason)
	}
	g.sites[reason] = append(g.sites[reason], site)
}

func (g *gaps) write(b *bytes.Buffer, verb string) {
	for _, r := range g.reasons {
		fmt.Fprintf(b, "%s: %s\n", verb, r)
		for _, site := range g.sites[r] {
			if site != "" {
				fmt.Fprintf(b, "  %s\n", site)
			}
		}
	}
}

// writeCoverage tells what a covering set visits, and what not, with the reason.
func (f *generateFlags) writeCoverage(_ context.Context, s *streams) error {
	f.tellSeed(s)
	set := f.generator.Cover(fixtures.Profile(f.profile))
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "kind\tvisited\tof\n")
	for _, k := range set.Kinds {
		fmt.Fprintf(w, "%s\t%d\t%d\n", k.Name, k.Visited, k.Total)
	}
	w.Flush()
	fmt.Fprintf(&b, "\n%d messages, %d bytes; no set can do with fewer than %d messages\n", len(set.Messages), set.Bytes(), set.Least)
	var left gaps
	for _, k := range set.Kinds {
		if k.Note != "" {
			fmt.Fprintf(&b, "%s: %s\n", k.Name, k.Note)
		}
		for _, m := range k.Missed {
			left.add(k.Name, m.Site, m.Reason)
		}
	}
	left.write(&b, "not visited")
	return written(s, b.Bytes())
}

// writeFaultSites tells how many sites of each keyword have a fault, and which have
// none, with the reason.
func (f *generateFlags) writeFaultSites(_ context.Context, s *streams) error {
	if !slices.Contains(f.faults, all) {
		return usage(errors.New("--stats tells of all faults at once"), "use --faults all --stats")
	}
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "keyword or rule\tsites\twith a fault\tfaults\n")
	counts := fixtures.FaultSites()
	total := 0
	for _, c := range counts {
		again := ""
		if c.Again {
			again = "\tamong the others"
		} else {
			total += c.Faults
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d%s\n", c.Keyword, c.Sites, c.Covered, c.Faults, again)
	}
	w.Flush()
	fmt.Fprintf(&b, "\n%d faults\n", total)
	var left gaps
	for _, c := range counts {
		if c.Why != "" {
			left.add(c.Keyword, "", c.Why)
		}
		for _, e := range c.Exceptions {
			left.add(c.Keyword, e.Site, e.Reason)
		}
	}
	left.write(&b, "no fault")
	return written(s, b.Bytes())
}

func written(s *streams, data []byte) error {
	if _, err := s.out.Write(data); err != nil {
		return notRun(err, "")
	}
	return nil
}
