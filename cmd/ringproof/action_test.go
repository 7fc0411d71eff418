package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"net/http/httptest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/internal/consumers"
)

// The script of action.yml is run as GitHub runs it: what else there is in the file,
// only GitHub itself can try.
func TestTheActionVerifies(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("NOT CHECKED: the script of action.yml: bash is not here")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(root, "action.yml"))
	require.NoError(t, err)
	_, block, found := strings.Cut(string(text), "      run: |\n")
	require.True(t, found)
	script := strings.ReplaceAll(strings.TrimPrefix(block, "        "), "\n        ", "\n")

	server := httptest.NewServer(consumers.New(consumers.Options{Defects: []string{"expects-message-id"}}))
	defer server.Close()
	dir := t.TempDir()
	run := func(check string) (string, error) {
		c := exec.Command(bash, "-c", script)
		c.Dir = dir
		c.Env = append(os.Environ(), "RINGPROOF_SOURCE="+root, "RUNNER_TEMP="+dir, "GITHUB_STEP_SUMMARY="+filepath.Join(dir, "page.md"),
			"INPUT_TO="+server.URL+"/hook", "INPUT_START=", "INPUT_READY=", "INPUT_AUTH=", "INPUT_SKIP=", "INPUT_STRICT=true",
			"INPUT_OBSERVE="+server.URL+"/calls/{call.id}", "INPUT_CHECK="+check, "INPUT_REPORT=a report")
		out, err := c.CombinedOutput()
		return string(out), err
	}
	out, err := run("answers/typical")
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, out)
	assert.Equal(t, exitFindings, exit.ExitCode(), out)
	assert.Contains(t, out, "::error")
	for _, name := range []string{"verify.html", "verify.xml", "verify.json", "failures/answers-typical-1-1.json"} {
		assert.FileExists(t, filepath.Join(dir, "a report", name))
	}
	page, err := os.ReadFile(filepath.Join(dir, "page.md"))
	require.NoError(t, err)
	assert.Contains(t, string(page), "answers/typical")

	out, err = run("answers/in-time")
	require.NoError(t, err, out)
}
