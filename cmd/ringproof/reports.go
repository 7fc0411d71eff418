package main

import (
	"cmp"
	"io"
	"os"
	"strings"

	"github.com/ringproof/ringproof/internal/report"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// formats are what --format and --report take.
var formats = []string{"text", "json", "junit", "sarif", "github"}

// reportFlags are the flags of every command that writes verdicts.
type reportFlags struct {
	format                string
	reports               []string
	notes, quiet, verbose bool
}

func (f *reportFlags) register(fs *pflag.FlagSet) {
	fs.StringVar(&f.format, "format", "text", "what to write to standard output: `text|json|junit|sarif|github` (github: annotations)")
	fs.StringArrayVar(&f.reports, "report", nil, "write another report, too: `KIND=FILE`, with a kind as for --format; may repeat")
	fs.BoolVar(&f.notes, "notes", false, "list notes, not only count them")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "write findings only: no summary, no progress")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "write a line for every payload")
}

// check refuses kinds of reports that there are not, before any file is made.
func (f *reportFlags) check() error { return checkReports(f.reports, f.format, formats) }

// renderers makes the one for standard output and those for --report. close closes
// their files.
func (f *reportFlags) renderers(s *streams) (out []report.Renderer, close func() error, err error) {
	var files []*os.File
	close = func() error {
		var err error
		for _, file := range files {
			err = cmp.Or(err, file.Close())
		}
		if err != nil {
			return notRun(err, "")
		}
		return nil
	}
	create := func(name string, flag int) (*os.File, error) {
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|flag, 0o666)
		if err != nil {
			return nil, usage(err, "the folder of a report must be there")
		}
		files = append(files, file)
		return file, nil
	}
	o := report.Options{Notes: f.notes, Quiet: f.quiet, Verbose: f.verbose}
	main := o
	main.Color = s.color
	first, err := renderer(f.format, s.out, main, s, create)
	if err != nil {
		return nil, close, cmp.Or(err, close())
	}
	out = append(out, first)
	for _, r := range f.reports {
		kind, name, _ := strings.Cut(r, "=")
		file, err := create(name, os.O_TRUNC)
		if err != nil {
			return nil, close, cmp.Or(err, close())
		}
		next, err := renderer(kind, file, o, s, create)
		if err != nil {
			return nil, close, cmp.Or(err, close())
		}
		out = append(out, next)
	}
	return out, close, nil
}

func renderer(kind string, w io.Writer, o report.Options, s *streams, create func(string, int) (*os.File, error)) (report.Renderer, error) {
	switch kind {
	case "json":
		return report.NewJSON(w, o), nil
	case "junit":
		return report.NewJUnit(w, o), nil
	case "sarif":
		sarif := report.NewSARIF(w, o)
		sarif.Version = version()
		return sarif, nil
	case "github":
		var summary io.Writer // nil is not the same as a nil *os.File
		if name := s.getenv("GITHUB_STEP_SUMMARY"); name != "" {
			file, err := create(name, os.O_APPEND)
			if err != nil {
				return nil, err
			}
			summary = file
		}
		return report.NewGitHub(w, o, summary), nil
	}
	return report.NewText(w, o), nil
}

// complete makes the shell complete the values of a flag.
func complete[T ~string](cmd *cobra.Command, flag string, values []T) {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // the flag is registered above, or the program is wrong
	}
}
