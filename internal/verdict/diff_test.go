package verdict

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDiff(t *testing.T) {
	for _, c := range []struct{ reason, from, to, want string }{
		{"the same", "abc", "abc", " a b c"},
		{"nothing", "", "", ""},
		{"all new", "", "ab", "+a+b"},
		{"all gone", "ab", "", "-a-b"},
		{"one changed", "abc", "axc", " a-b+x c"},
		{"one gone", "abc", "ac", " a-b c"},
		{"one more of the same", "aab", "aaab", " a a+a b"},
		{"two places", "abcdefg", "xbcdefy", "-a+x b c d e f-g+y"},
	} {
		var got strings.Builder
		for _, r := range diff(strings.Split(c.from, "")[:len(c.from)], strings.Split(c.to, "")[:len(c.to)]) {
			fmt.Fprintf(&got, "%1s%s", r.Sign, r.Text)
		}
		assert.Equal(t, c.want, got.String(), c.reason)
	}
}

func TestDiffLeadsFromOneToTheOther(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	draw := func() []string {
		lines := make([]string, random.IntN(20))
		for i := range lines {
			lines[i] = string(rune('a' + random.IntN(3)))
		}
		return lines
	}
	for range 2000 {
		from, to := draw(), draw()
		left, right := []string{}, []string{}
		for _, r := range diff(from, to) {
			if r.Sign != "+" {
				left = append(left, r.Text)
			}
			if r.Sign != "-" {
				right = append(right, r.Text)
			}
		}
		require.Equal(t, from, left)
		require.Equal(t, to, right)
	}
}

// A difference of two large bodies must not take the square of their size.
func TestDiffOfLargeTexts(t *testing.T) {
	from, to := make([]string, 50_000), make([]string, 50_000)
	for i := range from {
		from[i], to[i] = fmt.Sprint("a", i), fmt.Sprint("b", i)
	}
	rows := folded(diff(from, to))
	require.Len(t, rows, mostRows+1)
	assert.Equal(t, "⋯ 99,840 lines left out", rows[mostRows].Folded())
}

func TestFoldedKeepsWhatDiffersAndItsSurroundings(t *testing.T) {
	var rows []row
	for i := range 40 {
		rows = append(rows, row{Text: fmt.Sprint(i)})
	}
	rows[0].Sign, rows[8].Sign, rows[20].Marked = "+", "-", true
	var got []string
	for _, r := range folded(rows) {
		if r.Fold > 0 {
			r.Text = fmt.Sprintf("(%d)", r.Fold)
		}
		got = append(got, r.Text)
	}
	// Between 3 and 5 one line would be left out: that saves nothing.
	assert.Equal(t, "0 1 2 3 4 5 6 7 8 9 10 11 (5) 17 18 19 20 21 22 23 (16)", strings.Join(got, " "))
}

func TestAroundKeepsThePlaceInSight(t *testing.T) {
	rows := make([]row, 10_000)
	rows[7000].Marked = true
	got := around(rows, 7000, 7000)
	assert.LessOrEqual(t, len(got), mostRows+2)
	assert.Equal(t, 7000-(mostRows-1)/2, got[0].Fold)
	assert.True(t, got[1+(mostRows-1)/2].Marked)
	assert.Len(t, around(rows[:mostRows], 3, 3), mostRows, "what is short enough is whole")
}
