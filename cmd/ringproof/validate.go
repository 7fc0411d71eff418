package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ringproof/ringproof/internal/report"
	"github.com/ringproof/ringproof/schema"
	"github.com/spf13/cobra"
)

type validateFlags struct {
	profile, envelope, engine, format, failOn string
	maxBytes, maxDepth                        int
	notes, quiet, verbose                     bool
}

func newValidate(s *streams) *cobra.Command {
	var f validateFlags
	cmd := &cobra.Command{
		Use:   "validate PATH...|-",
		Short: "judge payloads by the contract of status-update",
		Long: `Judge webhook payloads: each file holds one request body (or one bare message), a folder is
searched for *.json, and - is standard input.

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 usage, 3 an input could not be read.`,
		Example: "  ringproof validate testdata/hooks\n  ringproof validate --profile documented body.json\n  ringproof validate --format json - < body.json",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(errors.New("no input"), "name files or folders, or - for standard input")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(s, args) },
	}
	fs := cmd.Flags()
	fs.StringVar(&f.profile, "profile", string(schema.Live), "how strictly to read the contract: `live` or documented")
	fs.StringVar(&f.envelope, "envelope", string(schema.EnvelopeAuto), "whether payloads are whole bodies: `auto`, required or none")
	fs.StringVar(&f.engine, "engine", string(schema.EngineV5), "who decides what JSON Schema can say: `v5` or walk (faster)")
	fs.StringVar(&f.format, "format", "text", "what to write to standard output: `text` or json")
	fs.StringVar(&f.failOn, "fail-on", string(schema.Error), "the least severity that makes the exit code 1: `error`, warning, note or never")
	fs.IntVar(&f.maxBytes, "max-bytes", 8<<20, "the longest payload, in `bytes`")
	fs.IntVar(&f.maxDepth, "max-depth", 256, "the deepest nesting of a payload, in `levels`")
	fs.BoolVar(&f.notes, "notes", false, "list notes, not only count them")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "write findings only, no summary")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "write a line for every payload")
	return cmd
}

func (f *validateFlags) run(s *streams, args []string) error {
	v, err := f.validator()
	if err != nil {
		return usage(err, "run ringproof validate --help for the values")
	}
	out, err := f.renderer(s)
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"error", "warning", "note", "never"}, f.failOn) {
		return usage(fmt.Errorf("unknown severity %q for --fail-on", f.failOn), "use error, warning, note or never")
	}
	total := report.Summary{Profile: schema.Profile(f.profile), Engine: schema.Engine(f.engine)}
	unread := 0
	for _, arg := range args {
		if err := f.input(s, arg, v, out, &total); err != nil {
			var input *inputError
			if !errors.As(err, &input) {
				return notRun(err, "")
			}
			unread++
			fmt.Fprintf(s.err, "ringproof: %v\n", input)
		}
	}
	if err := out.Close(&total); err != nil {
		return notRun(err, "")
	}
	switch {
	case unread > 0:
		return notRun(fmt.Errorf("%d of %d inputs could not be read", unread, len(args)), "")
	case f.failOn != "never" && total.Worst().AtLeast(schema.Severity(f.failOn)):
		return errFindings
	}
	return nil
}

func (f *validateFlags) validator() (*schema.Validator, error) {
	if f.maxBytes < 1 || f.maxDepth < 1 {
		return nil, fmt.Errorf("limits must be at least 1: --max-bytes %d, --max-depth %d", f.maxBytes, f.maxDepth)
	}
	return schema.NewValidator(schema.Options{
		Profile: schema.Profile(f.profile), Envelope: schema.EnvelopeMode(f.envelope), Engine: schema.Engine(f.engine),
		MaxBytes: f.maxBytes, MaxDepth: f.maxDepth,
	})
}

func (f *validateFlags) renderer(s *streams) (report.Renderer, error) {
	o := report.Options{Notes: f.notes, Quiet: f.quiet, Verbose: f.verbose, Color: s.color}
	switch f.format {
	case "text":
		return report.NewText(s.out, o), nil
	case "json":
		return report.NewJSON(s.out, o), nil
	}
	return nil, usage(fmt.Errorf("unknown format %q", f.format), "use text or json")
}

// inputError says that one argument could not be read; the others go on.
type inputError struct{ err error }

func (e *inputError) Error() string { return e.err.Error() }

// input judges what one argument names.
func (f *validateFlags) input(s *streams, arg string, v *schema.Validator, out report.Renderer, total *report.Summary) error {
	judge := func(name string, r io.Reader) error {
		data, err := io.ReadAll(io.LimitReader(r, int64(f.maxBytes)+1))
		if err != nil {
			return &inputError{err}
		}
		p := report.Payload{File: name, Index: 1, Data: data}
		if p.Report, err = v.Validate(data); err != nil {
			return err
		}
		total.Add(&p.Report)
		return out.Payload(&p)
	}
	if arg == "-" {
		return judge("-", s.in)
	}
	files, err := jsonFiles(arg)
	if err != nil {
		return &inputError{err}
	}
	for _, name := range files {
		if err := judgeFile(name, judge); err != nil {
			return err
		}
	}
	return nil
}

func judgeFile(name string, judge func(string, io.Reader) error) error {
	file, err := os.Open(name)
	if err != nil {
		return &inputError{err}
	}
	defer file.Close()
	return judge(name, file)
}

// jsonFiles are the file itself, or the *.json below a folder in the order of
// their names.
func jsonFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, err
	}
	var files []string
	err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.EqualFold(filepath.Ext(p), ".json") {
			files = append(files, p)
		}
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: a folder without any *.json", path)
	}
	return files, err
}
