package ledger

import "strings"

// seen is several undocumented members with one piece of evidence.
type seen struct {
	typ, kind, evidence string
	members             string // separated by spaces
}

func undocumented(rows ...seen) []Undocumented {
	var out []Undocumented
	for _, r := range rows {
		for _, m := range strings.Fields(r.members) {
			out = append(out, Undocumented{Type: r.typ, Member: m, Kind: r.kind, Source: Live, Evidence: r.evidence})
		}
	}
	return out
}
