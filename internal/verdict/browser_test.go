package verdict

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// playwright is the package of npm that talks to Chromium; it brings no browser.
const playwright = "playwright-core@1.55.0"

//go:embed browser.mjs
var browserScript []byte

// make check-html runs this. RINGPROOF_CHROMIUM is the browser.
func TestPagesInABrowser(t *testing.T) {
	chromium := os.Getenv("RINGPROOF_CHROMIUM")
	if chromium == "" {
		t.Skip("RINGPROOF_CHROMIUM names no browser")
	}
	dir := t.TempDir()
	run := func(name string, args ...string) (string, error) {
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := run("npm", "install", "--prefix", dir, "--no-audit", "--no-fund", "--no-save", "--silent", playwright)
	require.NoError(t, err, out)
	write := func(name string, data []byte) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, data, 0o666))
		return file
	}
	script := write("browser.mjs", browserScript)

	args := []string{script, chromium}
	for name, r := range reports() {
		args = append(args, write(name+".html", []byte(written(t, "html", r, Options{}))))
	}
	out, err = run("node", args...)
	require.NoError(t, err, out)
	t.Log(out)

	good := written(t, "html", reports()["passed"], Options{})
	for _, c := range []struct{ fault, says, old, new string }{
		{"a request", "it asks for", "</main>", `<img src="missing.png" alt=""></main>`},
		{"a script that fails", "script: ", `"use strict";`, `"use strict"; nothing();`},
		{"something too wide", "scrolls sideways", "</main>", `<div style="width:900px">wide</div></main>`},
		{"text that nobody can read", "the contrast of", "</main>", `<p style="color:#888;background:#999">grey</p></main>`},
		{"no way past the head", "the first Tab", `class="skip-link"`, `class="skip-link" tabindex="-1"`},
	} {
		planted := strings.Replace(good, c.old, c.new, 1)
		require.NotEqual(t, good, planted, c.fault)
		out, err := run("node", script, chromium, write("planted.html", []byte(planted)))
		require.Error(t, err, "%s was not found: %s", c.fault, out)
		require.Contains(t, out, c.says, c.fault)
	}
}
