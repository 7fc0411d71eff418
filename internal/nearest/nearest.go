// Package nearest finds what a mistyped word most likely means.
package nearest

import "strings"

// Of returns the value that is nearest to what was given, or "": within two edits,
// or a third of its length if that is less.
func Of(got string, values []string) string {
	const longest = 80
	if len(got) > longest {
		return ""
	}
	best, at := "", min(2, len(got)/3)+1
	for _, v := range values {
		if strings.EqualFold(v, got) {
			return v
		}
		if d := len(v) - len(got); d >= at || -d >= at {
			continue
		}
		if d := edits(got, v); d < at {
			best, at = v, d
		}
	}
	return best
}

// edits is the Levenshtein distance in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
