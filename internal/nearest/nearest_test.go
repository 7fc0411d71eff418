package nearest_test

import (
	"strings"
	"testing"

	"github.com/ringproof/ringproof/internal/nearest"
	"github.com/stretchr/testify/assert"
)

func TestOfFindsWhatWasMeant(t *testing.T) {
	for _, c := range []struct {
		reason, got string
		values      []string
		want        string
	}{
		{"a letter too many", "customer-bussy", []string{"customer-bust-up", "customer-busy"}, "customer-busy"},
		{"a letter too few", "quued", []string{"queued"}, "queued"},
		{"another letter", "queved", []string{"queued"}, "queued"},
		{"two that changed places are two edits", "ednded", []string{"ended"}, "ended"},
		{"the nearest, not the first", "endet", []string{"ender-x", "ended"}, "ended"},
		{"of two that are as near the first", "enda", []string{"endb", "endc"}, "endb"},
		{"only the case differs, however often", "IN-PROGRESS", []string{"in-progrss", "in-progress"}, "in-progress"},
		{"three edits are too many", "forwarding", []string{"forwardabc"}, ""},
		{"of a short word a third may differ", "abc", []string{"abd"}, "abd"},
		{"and no more", "abc", []string{"ade"}, ""},
		{"two letters have no third", "ab", []string{"ac"}, ""},
		{"nothing is near to nothing", "", []string{"a", "ab"}, ""},
		{"there are no values", "ended", nil, ""},
		{"nobody mistypes so long a word", strings.Repeat("a", 81), []string{strings.Repeat("a", 80)}, ""},
	} {
		assert.Equal(t, c.want, nearest.Of(c.got, c.values), c.reason)
	}
}
