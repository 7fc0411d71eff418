package verdict

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/internal/browser"
)

// make check-html runs this.
func TestPagesInABrowser(t *testing.T) {
	b := browser.Open(t)
	pages := map[string]string{}
	for name, r := range reports() {
		pages[name] = written(t, "html", r, Options{})
	}
	out, err := b.Look(pages)
	require.NoError(t, err, out)
	t.Log(out)

	good := pages["passed"]
	for _, c := range []struct{ fault, says, old, new string }{
		{"a request", "it asks for", "</main>", `<img src="missing.png" alt=""></main>`},
		{"a script that fails", "script: ", `"use strict";`, `"use strict"; nothing();`},
		{"something too wide", "scrolls sideways", "</main>", `<div style="width:900px">wide</div></main>`},
		{"text that nobody can read", "the contrast of", "</main>", `<p style="color:#888;background:#999">grey</p></main>`},
		{"no way past the head", "the first Tab", `class="skip-link"`, `class="skip-link" tabindex="-1"`},
	} {
		planted := strings.Replace(good, c.old, c.new, 1)
		require.NotEqual(t, good, planted, c.fault)
		out, err := b.Look(map[string]string{"planted": planted})
		require.Error(t, err, "%s was not found: %s", c.fault, out)
		require.Contains(t, out, c.says, c.fault)
	}
}
