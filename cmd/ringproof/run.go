package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// The exit codes that scripts rely on.
const (
	exitOK       = 0
	exitFindings = 1
	exitUsage    = 2
	exitNotRun   = 3
)

// failure is an error with the exit code that it deserves, and a hint what to do.
type failure struct {
	code int
	err  error
	hint string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func usage(err error, hint string) error  { return &failure{exitUsage, err, hint} }
func notRun(err error, hint string) error { return &failure{exitNotRun, err, hint} }

// errFindings says that the run went well and found something: it has been told
// already.
var errFindings = &failure{code: exitFindings, err: errors.New("findings")}

// streams are the three files of a process, and what is known of them.
type streams struct {
	in       io.Reader
	out, err io.Writer
	color    bool // stdout is a terminal that wants color
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s := &streams{in: stdin, out: stdout, err: stderr}
	if f, ok := stdout.(*os.File); ok {
		s.color = term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	cmd := newRoot(s)
	cmd.SetArgs(args)
	cmd.SetIn(stdin)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	return exitCode(cmd.Execute(), stderr)
}

// exitCode tells the error on stderr, unless it was told before.
func exitCode(err error, stderr io.Writer) int {
	if err == nil {
		return exitOK
	}
	var f *failure
	if !errors.As(err, &f) {
		f = &failure{exitUsage, err, "run ringproof --help for the commands"} // cobra's own: unknown command and the like
	}
	if f == errFindings {
		return f.code
	}
	fmt.Fprintf(stderr, "ringproof: %v\n", f.err)
	if f.hint != "" {
		fmt.Fprintf(stderr, "hint: %s\n", f.hint)
	}
	return f.code
}

func newRoot(s *streams) *cobra.Command {
	root := &cobra.Command{
		Use:           "ringproof",
		Short:         "prove that a consumer of Vapi's webhooks survives what Vapi really sends",
		Long:          "Ringproof knows one webhook message of Vapi, status-update, as it is documented and as it\nreally arrives, and judges payloads by it.",
		Example:       "  ringproof demo\n  ringproof validate testdata/hooks",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage(err, "run "+cmd.CommandPath()+" --help for the flags")
	})
	root.AddCommand(newValidate(s), newSchema(s), newDemo(s), newVersion(s))
	return root
}

// exactly is cobra.ExactArgs with a hint.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(fmt.Errorf("%s takes no arguments, got %q", cmd.CommandPath(), args[0]), "run "+cmd.CommandPath()+" --help")
	}
	return nil
}
