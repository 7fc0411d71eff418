package main

import (
	"bytes"
	"fmt"
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
func writeCoverage(s *streams, set *fixtures.Coverage) error {
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
		for _, m := range k.Missed {
			left.add(k.Name, m.Site, m.Reason)
		}
	}
	left.write(&b, "not visited")
	return written(s, b.Bytes())
}

// writeFaultSites tells how many sites of each keyword have a fault, and which have
// none, with the reason.
func writeFaultSites(s *streams) error {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "keyword or rule\tsites\twith a fault\tfaults\n")
	counts := fixtures.FaultSites()
	for _, c := range counts {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\n", c.Keyword, c.Sites, c.Covered, c.Faults)
	}
	w.Flush()
	b.WriteByte('\n')
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
