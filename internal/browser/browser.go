// Package browser lets tests open pages in Chromium, as people do: scripts, requests,
// width, contrast, the keyboard.
package browser

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// playwright is the package of npm that talks to Chromium; it brings no browser.
const playwright = "playwright-core@1.55.0"

//go:embed browser.mjs
var script []byte

// Browser is a Chromium and a folder for pages.
type Browser struct {
	t                     *testing.T
	dir, script, chromium string
}

// Open gets what it takes to open pages. The test is skipped where RINGPROOF_CHROMIUM
// names no browser; make check-html sets it.
func Open(t *testing.T) *Browser {
	t.Helper()
	b := &Browser{t: t, dir: t.TempDir(), chromium: os.Getenv("RINGPROOF_CHROMIUM")}
	if b.chromium == "" {
		t.Skip("NOT CHECKED: RINGPROOF_CHROMIUM names no browser; see make check-html")
	}
	out, err := b.run("npm", "install", "--prefix", b.dir, "--no-audit", "--no-fund", "--no-save", "--silent", playwright)
	require.NoError(t, err, out)
	b.script = b.write("browser.mjs", script)
	return b
}

func (b *Browser) run(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = b.dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (b *Browser) write(name string, data []byte) string {
	b.t.Helper()
	file := filepath.Join(b.dir, name)
	require.NoError(b.t, os.WriteFile(file, data, 0o666))
	return file
}

// Look opens the pages, by name. The error is what people would stumble over.
func (b *Browser) Look(pages map[string]string) (string, error) {
	b.t.Helper()
	args := []string{b.script, b.chromium}
	for name, page := range pages {
		args = append(args, b.write(name+".html", []byte(page)))
	}
	return b.run("node", args...)
}
