package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/ringproof/ringproof/internal/report"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
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

	color       bool // stdout is a terminal that wants color
	outTerminal bool // stdout is a terminal
	errTerminal bool // stderr is a terminal
	getenv      func(string) string
	now         func() time.Time
}

// tell writes what went wrong, but does not end the run, on stderr.
func (s *streams) tell(err error) { fmt.Fprintf(s.err, "ringproof: %s\n", plain(err)) }

// plain is the text of an error without the system call that failed, and without
// what a terminal would obey.
func plain(err error) string {
	var lines []string
	for _, line := range strings.Split(err.Error(), "\n") {
		lines = append(lines, report.Printable(line))
	}
	text := strings.Join(lines, "\n")
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		text = strings.Replace(text, path.Op+" ", "", 1)
	}
	return text
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s := &streams{in: stdin, out: stdout, err: stderr, getenv: os.Getenv, now: time.Now, outTerminal: isTerminal(stdout), errTerminal: isTerminal(stderr)}
	s.color = s.outTerminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	// The first interrupt ends the run in good order, the second at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	cmd := newRoot(s)
	cmd.SetArgs(args)
	cmd.SetIn(stdin)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	return exitCode(cmd.ExecuteContext(ctx), stderr)
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
	fmt.Fprintf(stderr, "ringproof: %s\n", plain(f.err))
	if f.hint != "" {
		fmt.Fprintf(stderr, "hint: %s\n", report.Printable(f.hint))
	}
	return f.code
}

func newRoot(s *streams) *cobra.Command {
	versionWanted := false
	root := &cobra.Command{
		Use:           "ringproof",
		Short:         "prove that a consumer of Vapi's webhooks survives what Vapi really sends",
		Long:          "Ringproof knows one webhook message of Vapi, status-update, as it is documented and as it\nreally arrives. It judges payloads, makes and sends them, and checks the services that take them.",
		Example:       "  ringproof demo\n  ringproof validate testdata/hooks\n  ringproof verify --to http://127.0.0.1:8080/hook",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          unknownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if versionWanted {
				return tellVersion(s)
			}
			return cmd.Help()
		},
	}
	root.SuggestionsMinimumDistance = 2
	root.CompletionOptions.DisableDefaultCmd = true
	root.DisableFlagsInUseLine = true
	root.Flags().BoolVar(&versionWanted, "version", false, "say which build this is")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newValidate(s), newGenerate(s), newSend(s), newVerify(s), newFuzz(s), newReplay(s), newSchema(s), newExplain(s), newDemo(s), newVersion(s), newCompletion())
	root.SetHelpCommand(newHelp())
	for _, cmd := range root.Commands() {
		cmd.Flags().VisitAll(plainNumbers)
	}
	return root
}

// flagError is about a flag that there is not, or a value that it cannot take.
func flagError(cmd *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		f, why := invalid.GetFlag(), invalid.Unwrap()
		if f.Value.Type() == "bool" {
			why = errors.New("neither true nor false")
		}
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		err = fmt.Errorf("invalid argument %q for %q: %w", invalid.GetValue(), name, why)
	}
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		err = unknownFlag(unknown.GetSpecifiedName(), unknown.GetSpecifiedShortnames())
	}
	return usage(err, "run "+cmd.CommandPath()+" --help for the flags")
}

// unknownFlag shows no more of a word than may be a flag: --authhmac:SECRET and
// -ahmac:SECRET are one word each.
func unknownFlag(name, shorthands string) error {
	if shorthands != "" {
		name = string([]rune(shorthands)[:1])
		more := ""
		if name != shorthands {
			more = "..."
		}
		return fmt.Errorf("unknown shorthand flag: '%s' in -%s%s", name, name, more)
	}
	if before, _, found := strings.Cut(name, ":"); found {
		name = before + ":..."
	}
	return fmt.Errorf("unknown flag: --%s", name)
}

// decimal is the value of a flag that is a whole number. By itself pflag would take
// 010 for eight, and cut numbers to what a 32-bit machine holds.
type decimal struct{ pflag.Value }

// plainNumbers has flags say what is wrong with a number in words of this program.
func plainNumbers(f *pflag.Flag) {
	switch f.Value.Type() {
	case "int", "uint64":
		f.Value = decimal{f.Value}
	case "float64":
		f.Value = worded{f.Value, "not a number"}
	case "duration":
		f.Value = worded{f.Value, "not a time with its unit, such as 500ms, 30s or 5m"}
		if f.DefValue == "0s" {
			f.DefValue = "" // pflag knows by the type alone that this is no default worth telling
		}
	}
}

func (d decimal) Set(text string) error {
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return errors.New("not a whole number")
	}
	if err := d.Value.Set(n.String()); err != nil || d.String() != n.String() {
		return errors.New("out of range")
	}
	return nil
}

// worded is the value of a flag that says why it takes none of a text.
type worded struct {
	pflag.Value
	why string
}

func (w worded) Set(text string) error {
	if w.Value.Set(text) != nil {
		return errors.New(w.why)
	}
	return nil
}

// newHelp replaces cobra's own, which takes a command that does not exist for a
// question about ringproof.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "explain a command",
		Example: "  ringproof help validate",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err == nil {
				err = unknownCommand(cmd.Root(), rest)
			}
			if err != nil {
				return err
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// unknownCommand is cobra.NoArgs for a command with others below it.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "run ringproof --help for the commands"
	if _, err := os.Stat(args[0]); err == nil {
		hint = "to judge a file, run ringproof validate " + args[0]
	}
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + orList(near) + "?"
	}
	return usage(fmt.Errorf("unknown command %q", args[0]), hint)
}

// oneOf refuses a value that a flag does not take.
func oneOf[T ~string](flag, value string, all []T) error {
	if slices.Contains(all, T(value)) {
		return nil
	}
	var words []string
	for _, v := range all {
		words = append(words, string(v))
	}
	return usage(fmt.Errorf("unknown value %q for --%s", value, flag), "use "+orList(words))
}

// orList is "a, b or c".
func orList(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// noArgs is cobra.NoArgs with a hint.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(fmt.Errorf("%s takes no arguments, got %q", cmd.CommandPath(), args[0]), "run "+cmd.CommandPath()+" --help")
	}
	return nil
}
