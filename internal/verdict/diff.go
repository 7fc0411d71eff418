package verdict

import "fmt"

// row is a line of what is shown of bodies.
type row struct {
	Sign   string // "-" for a line of the first body, "+" for one of the second, "" for one of both
	Text   string
	Marked bool // the place that the delivery is about
	Fold   int  // how many lines are left out here; then there is no text
	Number int  // of the line, from 1; 0 where lines have none
}

const (
	// contextLines are shown before and after a line that differs, or is marked.
	contextLines = 3
	// mostRows are shown of one body, or of one difference.
	mostRows = 160
	// mostCompared is how many pairs of lines are compared at most. What differs more is
	// shown as removed and added as a whole.
	mostCompared = 1 << 20
)

// diff tells two texts apart, line by line, with the fewest changes.
func diff(from, to []string) (rows []row) {
	head := 0
	for head < len(from) && head < len(to) && from[head] == to[head] {
		head++
	}
	tail := 0
	for tail < len(from)-head && tail < len(to)-head && from[len(from)-1-tail] == to[len(to)-1-tail] {
		tail++
	}
	for _, line := range from[:head] {
		rows = append(rows, row{Text: line})
	}
	rows = append(rows, inner(from[head:len(from)-tail], to[head:len(to)-tail])...)
	for _, line := range from[len(from)-tail:] {
		rows = append(rows, row{Text: line})
	}
	return rows
}

// inner is the difference of texts with neither a beginning nor an end in common, by
// their longest common subsequence.
func inner(from, to []string) (rows []row) {
	if len(from)*len(to) > mostCompared {
		for _, line := range from {
			rows = append(rows, row{Sign: "-", Text: line})
		}
		for _, line := range to {
			rows = append(rows, row{Sign: "+", Text: line})
		}
		return rows
	}
	common := make([][]int32, len(from)+1) // of what follows, by the place in both
	for i := range common {
		common[i] = make([]int32, len(to)+1)
	}
	for i := len(from) - 1; i >= 0; i-- {
		for j := len(to) - 1; j >= 0; j-- {
			if from[i] == to[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(from) || j < len(to) {
		switch {
		case i < len(from) && j < len(to) && from[i] == to[j]:
			rows = append(rows, row{Text: from[i]})
			i, j = i+1, j+1
		case j == len(to) || i < len(from) && common[i+1][j] >= common[i][j+1]:
			rows = append(rows, row{Sign: "-", Text: from[i]})
			i++
		default:
			rows = append(rows, row{Sign: "+", Text: to[j]})
			j++
		}
	}
	return rows
}

// folded leaves out what is far from every line that differs or is marked, and what
// goes beyond the bound.
func folded(rows []row) (out []row) {
	near := make([]bool, len(rows))
	for i := range rows {
		if rows[i].Sign == "" && !rows[i].Marked {
			continue
		}
		for j := max(0, i-contextLines); j <= min(len(rows)-1, i+contextLines); j++ {
			near[j] = true
		}
	}
	return fold(rows, near)
}

// around leaves out what is far from the marked lines, where there are too many to
// show them all. Room that the marked lines leave is given to what stands before and
// after them.
func around(rows []row, first, last int) []row {
	if len(rows) <= mostRows {
		return rows
	}
	room := max(contextLines, (mostRows-(last-first+1))/2)
	near := make([]bool, len(rows))
	for i := range rows {
		near[i] = i >= first-room && i <= last+room
	}
	return fold(rows, near)
}

// fold replaces runs of rows that are not near, if they are longer than what replaces
// them.
func fold(rows []row, near []bool) (out []row) {
	for i := 0; i < len(rows); {
		if near[i] && len(out) < mostRows {
			out = append(out, rows[i])
			i++
			continue
		}
		end := i
		for end < len(rows) && (!near[end] || len(out) >= mostRows) {
			end++
		}
		if end-i == 1 && len(out) < mostRows {
			out = append(out, rows[i])
		} else {
			out = append(out, row{Fold: end - i})
		}
		i = end
	}
	return out
}

// Folded is what stands in place of lines that are left out.
func (r row) Folded() string {
	if r.Fold == 1 {
		return "⋯ 1 line left out"
	}
	return fmt.Sprintf("⋯ %s lines left out", grouping(r.Fold))
}
