package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ringproof runs the program in this process.
func ringproof(stdin []byte, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(args, bytes.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

// commands are ringproof and all below it, but for the completion scripts, which
// are cobra's.
func commands(t *testing.T) []*cobra.Command {
	t.Helper()
	root := newRoot(&streams{})
	root.InitDefaultHelpCmd()
	all := append([]*cobra.Command{root}, root.Commands()...)
	require.Greater(t, len(all), 4)
	return all
}

func TestEveryCommandHasAnExampleThatParses(t *testing.T) {
	for _, cmd := range commands(t) {
		assert.NotEmpty(t, cmd.Short, cmd.CommandPath())
		assert.NotEmpty(t, cmd.Example, cmd.CommandPath())
		for line := range strings.Lines(cmd.Example) {
			assertParses(t, cmd, strings.TrimSpace(line))
		}
	}
}

// assertParses finds the command of an example, and reads its flags and arguments.
func assertParses(t *testing.T, of *cobra.Command, example string) {
	t.Helper()
	line, _, _ := strings.Cut(example, " < ")
	line, _, _ = strings.Cut(line, " > ")
	words := strings.Fields(line)
	require.NotEmpty(t, words, of.CommandPath())
	require.Equal(t, "ringproof", words[0], example)
	root := newRoot(&streams{})
	root.InitDefaultHelpCmd()
	cmd, args, err := root.Find(words[1:])
	require.NoError(t, err, example)
	if of.HasParent() {
		assert.Equal(t, of.CommandPath(), cmd.CommandPath(), example)
	}
	require.NoError(t, cmd.ParseFlags(args), example)
	assert.NoError(t, cmd.ValidateArgs(cmd.Flags().Args()), example)
}

func TestTheHelpOfEveryCommandIsInAScript(t *testing.T) {
	script, err := os.ReadFile(filepath.Join("testdata", "script", "help.txtar"))
	require.NoError(t, err)
	for _, cmd := range commands(t) {
		want := "exec " + cmd.CommandPath() + " --help\n"
		assert.Contains(t, string(script), want)
	}
}

// Each script is named for what it is about: a command, a flag, or a kind of
// finding. A command without a script of its own is not tested.
func TestEveryCommandHasAScript(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".txtar"))
	}
	for _, cmd := range commands(t)[1:] {
		assert.True(t, slices.Contains(names, cmd.Name()), "no %s.txtar", cmd.Name())
	}
}

// A full disk or a closed pipe is no finding and no mistake of the user.
func TestOutputThatCannotBeWrittenIsExitCode3(t *testing.T) {
	body := []byte(`{"message":{"type":"status-update","status":"ended"}}`)
	for _, args := range [][]string{
		{"validate", "-"},
		{"validate", "-v", "-q", "-"},
		{"validate", "--format", "json", "-"},
		{"schema"},
		{"demo"},
		{"version"},
		{"explain", "json/syntax"},
		{"explain", "/message/status"},
	} {
		var errs bytes.Buffer
		code := run(args, bytes.NewReader(body), fullDisk{}, &errs)
		assert.Equal(t, exitNotRun, code, args)
		assert.Contains(t, errs.String(), "ringproof: no space left", args)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// An input that breaks off is not judged as if it ended there.
func TestInputThatCannotBeReadIsExitCode3(t *testing.T) {
	var out, errs bytes.Buffer
	broken := io.MultiReader(strings.NewReader(`{"message":{"type":"status-update","status":"ended"}}`), brokenPipe{})
	code := run([]string{"validate", "--engine", "walk", "-v", "-"}, broken, &out, &errs)
	assert.Equal(t, exitNotRun, code)
	assert.Contains(t, errs.String(), "ringproof: broken pipe")
	assert.NotContains(t, out.String(), "-: ok")
}

type brokenPipe struct{}

func (brokenPipe) Read([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestEveryFlagIsUsedInAScript(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "script", "*.txtar"))
	require.NoError(t, err)
	var used []string
	for _, f := range files {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		for line := range strings.Lines(string(data)) {
			if strings.HasPrefix(line, "exec ringproof ") || strings.HasPrefix(line, "code ") {
				used = append(used, strings.Fields(line)...)
			}
		}
	}
	for _, cmd := range commands(t) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			assert.True(t, slices.Contains(used, "--"+f.Name), "%s --%s", cmd.CommandPath(), f.Name)
			assert.True(t, f.Shorthand == "" || slices.Contains(used, "-"+f.Shorthand), "%s -%s", cmd.CommandPath(), f.Shorthand)
		})
	}
}
