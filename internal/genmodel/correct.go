package main

import (
	"fmt"
	"path"

	"github.com/ringproof/ringproof/schema/vapi/ledger"
)

// corrections matches the defects of one file with the rows of the ledger.
type corrections struct {
	sha256 string
	hits   map[string]int      // row id: sites covered
	sites  map[string][]string // site: ids of the rows taken there
	bad    []error
}

func newCorrections(sha256 string) *corrections {
	return &corrections{sha256: sha256, hits: map[string]int{}, sites: map[string][]string{}}
}

// at announces a site; taken returns the rows that were applied there since.
func (c *corrections) at(site string) { delete(c.sites, site) }

func (c *corrections) taken(site string) []string {
	ids := c.sites[site]
	delete(c.sites, site)
	return ids
}

// correct returns the row that covers the defect at the site in this file, or
// nil.
func (c *corrections) correct(d ledger.Defect, site string) *ledger.Correction {
	for i := range ledger.Corrections {
		row := &ledger.Corrections[i]
		if row.Defect != d || !matches(row.Sites, site) {
			continue
		}
		if _, ok := row.Files[c.sha256]; !ok {
			continue
		}
		c.hits[row.ID]++
		c.sites[site] = append(c.sites[site], row.ID)
		return row
	}
	return nil
}

func matches(patterns []string, site string) bool {
	for _, p := range patterns {
		if ok, err := path.Match(p, site); ok && err == nil {
			return true
		}
	}
	return false
}

// check reports the rows that say they apply to this file, but cover another
// number of sites than they say.
func (c *corrections) check() []error {
	for _, row := range ledger.Corrections {
		if want, ok := row.Files[c.sha256]; ok && want != c.hits[row.ID] {
			c.bad = append(c.bad, fmt.Errorf("%s: stale row: it says %d sites of this file, and covers %d", row.ID, want, c.hits[row.ID]))
		}
	}
	return c.bad
}
