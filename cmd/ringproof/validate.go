package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/ringproof/ringproof/internal/ignore"
	"github.com/ringproof/ringproof/internal/input"
	"github.com/ringproof/ringproof/internal/judge"
	"github.com/ringproof/ringproof/internal/progress"
	"github.com/ringproof/ringproof/schema"
	"github.com/spf13/cobra"
)

type validateFlags struct {
	reportFlags
	profile, envelope, engine, input, failOn string
	ignore, ignoreWrite                      string
	maxBytes, maxDepth                       int
}

// failOn are the values of --fail-on.
var failOn = []schema.Severity{schema.Error, schema.Warning, schema.Note, never}

const never schema.Severity = "never"

func newValidate(s *streams) *cobra.Command {
	var f validateFlags
	cmd := &cobra.Command{
		Use:   "validate PATH...|-",
		Short: "judge payloads by the contract of status-update",
		Long: `Judge webhook payloads. A file holds one request body (or one bare message), a list of them, or,
as .jsonl and .ndjson, one a line; a folder is searched for such files; a glob may have ** for any
folders; - is standard input, which is lines if its first line is complete and more follows.
Each finding names its rule: ringproof explain RULE says what it means.

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 usage, 3 an input could not be read.`,
		Example: `  ringproof validate testdata/hooks
  ringproof validate --profile documented --notes body.json
  ringproof validate --format github --report sarif=findings.sarif 'hooks/**/*.json'
  ringproof validate - < captured.jsonl`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(errors.New("no input"), "name files or folders, or - for standard input")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), s, args) },
	}
	fs := cmd.Flags()
	fs.StringVar(&f.profile, "profile", string(schema.Live), "how strictly to read the contract: `live|documented`")
	fs.StringVar(&f.input, "input", string(input.Auto), "how a source is divided: `auto|json|jsonl`")
	fs.StringVar(&f.envelope, "envelope", string(schema.EnvelopeAuto), "whether payloads are whole bodies: `auto|required|none`")
	fs.StringVar(&f.engine, "engine", string(schema.EngineV5), "who decides what JSON Schema can say, `v5|walk`: jsonschema/v5, or our own walk, which is faster")
	fs.StringVar(&f.failOn, "fail-on", string(schema.Error), "the least severity that makes the exit code 1: `error|warning|note|never`; note implies --notes")
	fs.StringVar(&f.ignore, "ignore", "", "waive the findings that the rows of `FILE` name: a JSON list of {rule, pointer, reason}")
	fs.StringVar(&f.ignoreWrite, "ignore-write", "", "write today's findings to `FILE` as such rows, to be reviewed")
	fs.IntVar(&f.maxBytes, "max-bytes", 8<<20, "the longest payload, in `bytes`")
	fs.IntVar(&f.maxDepth, "max-depth", 256, "the deepest nesting of a payload, in `levels`")
	f.register(fs)
	complete(cmd, "profile", schema.Profiles)
	complete(cmd, "input", input.Modes)
	complete(cmd, "envelope", schema.EnvelopeModes)
	complete(cmd, "engine", schema.Engines)
	complete(cmd, "fail-on", failOn)
	complete(cmd, "format", formats)
	return cmd
}

// check refuses flags that make no sense, before anything is read.
func (f *validateFlags) check() error {
	for _, limit := range []struct {
		flag  string
		value int
	}{{"max-bytes", f.maxBytes}, {"max-depth", f.maxDepth}} {
		if limit.value < 1 {
			return usage(fmt.Errorf("--%s must be at least 1, got %d", limit.flag, limit.value), "leave it out for the default")
		}
	}
	return cmp.Or(
		oneOf("profile", f.profile, schema.Profiles),
		oneOf("input", f.input, input.Modes),
		oneOf("envelope", f.envelope, schema.EnvelopeModes),
		oneOf("engine", f.engine, schema.Engines),
		f.reportFlags.check(),
		oneOf("fail-on", f.failOn, failOn),
	)
}

func (f *validateFlags) run(ctx context.Context, s *streams, args []string) (err error) {
	if err := f.check(); err != nil {
		return err
	}
	f.notes = f.notes || f.failOn == string(schema.Note)
	v, err := schema.NewValidator(schema.Options{
		Profile: schema.Profile(f.profile), Envelope: schema.EnvelopeMode(f.envelope), Engine: schema.Engine(f.engine),
		MaxBytes: f.maxBytes, MaxDepth: f.maxDepth,
	})
	if err != nil {
		return usage(err, "")
	}
	waived, err := f.rows(s)
	if err != nil {
		return err
	}
	sources, notFound := input.Find(args, input.Mode(f.input), s.in)
	if err := f.overwrites(sources); err != nil {
		return err
	}
	meter := progress.Start(f.meterFor(s), s.errTerminal, "payloads", payloadCount(sources))
	shared := *s
	if s.outTerminal {
		shared.out = meter.Above(s.out)
	}
	out, closeReports, err := f.renderers(&shared)
	if err != nil {
		meter.Stop()
		return err
	}
	defer func() { err = cmp.Or(err, closeReports()) }()

	r := &judge.Run{
		Validator: v, Sources: sources, Ignore: waived, Renderers: out, Workers: runtime.GOMAXPROCS(0),
		Judged: func() { meter.Add(1) }, Finished: meter.Stop, Unread: s.tell, Keep: f.ignoreWrite != "",
	}
	r.Summary.Profile, r.Summary.Engine = schema.Profile(f.profile), schema.Engine(f.engine)
	for _, err := range unjoin(notFound) {
		s.tell(err)
		r.Summary.Unread++
	}
	return f.conclude(s, r, waived, r.Do(ctx))
}

// conclude tells what the run came to.
func (f *validateFlags) conclude(s *streams, r *judge.Run, waived *ignore.List, ran error) error {
	if waived != nil && ran == nil {
		for _, w := range waived.Warnings() {
			s.tell(fmt.Errorf("warning: %s: %s", f.ignore, w))
		}
	}
	switch {
	case ran != nil:
		return notRun(ran, "")
	case r.Summary.Unread > 0:
		hint := "check the paths"
		if r.Summary.Payloads > 0 {
			hint = "the others were judged"
		}
		return notRun(fmt.Errorf("%s could not be read", count(r.Summary.Unread, "input")), hint)
	case r.Summary.Payloads == 0:
		return notRun(errors.New("no payload in the input"), "a list may be empty, a stream may have no lines")
	}
	if f.ignoreWrite != "" {
		if err := f.writeRows(s, r.Kept); err != nil {
			return err
		}
	}
	if f.failOn != string(never) && r.Summary.Worst().AtLeast(schema.Severity(f.failOn)) {
		return errFindings
	}
	return nil
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// rows reads the ignore file, if one is named.
func (f *validateFlags) rows(s *streams) (*ignore.List, error) {
	if f.ignore == "" {
		return nil, nil
	}
	data, err := os.ReadFile(f.ignore)
	if err != nil {
		return nil, usage(err, "--ignore takes a JSON list of rows; --ignore-write makes one of today's findings")
	}
	l, err := ignore.Parse(data, s.now())
	if err != nil {
		return nil, usage(fmt.Errorf("%s: %w", f.ignore, err), "")
	}
	return l, nil
}

// writeRows keeps findings as rows without a reason, which somebody has to give.
func (f *validateFlags) writeRows(s *streams, rows []ignore.Row) error {
	file, err := os.Create(f.ignoreWrite)
	if err == nil {
		err = cmp.Or(ignore.Write(file, rows), file.Close())
	}
	if err != nil {
		return notRun(err, "")
	}
	s.tell(fmt.Errorf("%s has %s: give each a reason, then use it with --ignore", f.ignoreWrite, count(len(rows), "row")))
	return nil
}

// overwrites refuses to write where an input or the ignore file is, by whatever name.
func (f *validateFlags) overwrites(sources []input.Source) error {
	if _, err := os.Lstat(f.ignoreWrite); f.ignoreWrite != "" && err == nil {
		return usage(fmt.Errorf("--ignore-write would overwrite %s", f.ignoreWrite), "its reasons would be lost: give another name, or remove it")
	}
	for _, r := range f.reports {
		_, name, _ := strings.Cut(r, "=")
		report, err := os.Stat(name)
		if err != nil {
			continue // it is not there yet
		}
		for _, s := range append([]input.Source{{Name: f.ignore}}, sources...) {
			if in, err := os.Stat(s.Name); err == nil && os.SameFile(in, report) {
				return usage(fmt.Errorf("--report would overwrite %s", s.Name), "give the report another name")
			}
		}
	}
	return nil
}

// meterFor is where progress goes, nil for nowhere.
func (f *validateFlags) meterFor(s *streams) io.Writer {
	if f.quiet {
		return nil
	}
	return s.err
}

// payloadCount is how many payloads there will be, 0 if a source may hold several.
func payloadCount(sources []input.Source) int {
	for _, s := range sources {
		if !s.Single() {
			return 0
		}
	}
	return len(sources)
}

// unjoin returns the errors that errors.Join put together.
func unjoin(err error) []error {
	if list, ok := err.(interface{ Unwrap() []error }); ok {
		return list.Unwrap()
	}
	return nil
}
