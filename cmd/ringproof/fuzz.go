package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/ringproof/ringproof/contract/delivery"
	"github.com/ringproof/ringproof/internal/campaign"
	"github.com/ringproof/ringproof/internal/progress"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type fuzzFlags struct {
	exec              []string
	to, auth          string
	headers, reports  []string
	allowRemote, echo bool
	fidelity          bool
	runs, jobs, most  int
	restart           int
	duration, timeout time.Duration
	seed              uint64
	losses, calibrate string
	strict            []string
	out, format       string
	quiet             bool

	flags *pflag.FlagSet
}

func newFuzz(s *streams) *cobra.Command {
	f := &fuzzFlags{}
	cmd := &cobra.Command{
		Use:   "fuzz --exec CMD|--to URL",
		Short: "find bodies that a decoder, in any language, loses, confuses or crashes on",
		Long: `Fuzz a decoder. --exec runs a command of the shell, which answers each line of its input, a
body in base64, with one line: + and the base64 of what it decoded, encoded again; + alone if
there is no encoder; or - and a text if it refuses the body. docs/adapters has such commands in
several languages, and the ten lines of the protocol. --to sends the bodies to a URL, as send does:
2xx is decoded, 4xx refused; 408, 429, 5xx and no answer are failures; with --echo the answer is
what was decoded, encoded again.

What must hold: all that the contract allows is decoded, nothing gets lost, changed or mixed up
on the way, whatever order, spacing and escapes the body has, the same each time. Where a decoder
is known to lose something, --losses declares it: json-double for numbers that are double
precision, or a file, which --calibrate writes.

Each failure is shrunk, tried again on a process of its own to see whether it depends on state,
and saved; ringproof replay tries it again. What a decoder writes to standard error is no failure.

Exit codes: 0 nothing was found, 1 failures, 2 usage, 3 the decoder never answered, or the run was
interrupted. With --fidelity nothing is judged: 0 or 3.`,
		Example: `  ringproof fuzz --exec 'node decode.mjs' --losses json-double
  ringproof fuzz --exec 'python3 decode.py' --losses python.json --duration 10m --jobs 2
  ringproof fuzz --exec 'node decode.mjs' --calibrate node.json
  ringproof fuzz --fidelity --exec 'go=./decode' --exec 'node=node decode.mjs' --report html=fidelity.html
  ringproof fuzz --to http://127.0.0.1:8080/hook --auth hmac:env:HOOK_KEY --jobs 4`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := noArgs(cmd, args); err != nil {
				return err
			}
			f.flags = cmd.Flags()
			return f.run(cmd.Context(), s)
		},
	}
	f.define(cmd.Flags())
	complete(cmd, "format", campaign.Kinds)
	return cmd
}

func (f *fuzzFlags) define(fs *pflag.FlagSet) {
	fs.StringArrayVar(&f.exec, "exec", nil, "the decoder, a `CMD` of the shell that answers line by line; with --fidelity NAME=CMD, and it may repeat")
	fs.BoolVar(&f.fidelity, "fidelity", false, "do not fuzz, but report what becomes of each member of the contract, of several decoders side by side")
	fs.StringVar(&f.to, "to", "", "the `URL` of the decoder")
	fs.StringVar(&f.auth, "auth", "none", "with --to: the `SCHEME`, as for send")
	fs.StringArrayVar(&f.headers, "header", nil, "with --to: another header, `NAME:VALUE`; may repeat")
	fs.BoolVar(&f.echo, "echo", false, "with --to: a 2xx answer is what was decoded, encoded again")
	fs.BoolVar(&f.allowRemote, "allow-remote", false, "with --to: send to addresses that are not loopback, too")
	fs.IntVar(&f.runs, "runs", 0, "how many inputs, `N`; default 10000, or without end with --duration")
	fs.DurationVar(&f.duration, "duration", 0, "stop after this `TIME`, such as 30s or 5m")
	fs.IntVar(&f.jobs, "jobs", 1, "run `N` decoders side by side; with one, the same seed tries the same inputs")
	fs.Uint64Var(&f.seed, "seed", 1, "another `N` tries other inputs")
	fs.StringVar(&f.losses, "losses", "lossless", "what the decoder may lose: `lossless|json-double|FILE`")
	fs.StringVar(&f.calibrate, "calibrate", "", "do not fuzz, but find out what the decoder loses, and write that to `FILE`, to be reviewed")
	fs.StringSliceVar(&f.strict, "strict", nil, "the decoder must refuse what breaks these `RULES`, by name or by how that begins, such as json/; all: any rule")
	fs.DurationVar(&f.timeout, "timeout", 10*time.Second, "the `TIME` that one answer may take, up to 30s")
	fs.IntVar(&f.restart, "restart", 10_000, "start the command anew after `N` bodies; 0: never")
	fs.StringVar(&f.out, "out", campaign.Folder, "the folder `DIR` for failures")
	fs.IntVar(&f.most, "max-failures", 50, "end after `N` failures; 0: go on")
	fs.StringVar(&f.format, "format", "text", "what to write to standard output: `"+strings.Join(campaign.Kinds, "|")+"`")
	fs.StringArrayVar(&f.reports, "report", nil, "write another report, too: `KIND=FILE`, with a kind as for --format; may repeat")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "write failures only: no summary, no seed, no progress")
}

// longestAnswer is less than what the engine takes for a hang of its own.
const longestAnswer = 30 * time.Second

// mostJobs is more than any machine has cores for.
const mostJobs = 256

// defaultRuns is how many inputs there are if nothing says how many.
const defaultRuns = 10_000

func (f *fuzzFlags) check() error {
	switch {
	case len(f.exec) == 0 && f.to == "" || slices.ContainsFunc(f.exec, func(line string) bool { return strings.TrimSpace(line) == "" }):
		return usage(errors.New("neither --exec nor --to says where the decoder is"), "name a command: --exec 'node decode.mjs', or a URL: --to http://127.0.0.1:8080/hook")
	case len(f.exec) > 0 && f.to != "":
		return usage(errors.New("--exec does not go with --to"), "fuzz one decoder after the other")
	case len(f.exec) > 0 && (f.echo || f.allowRemote || f.flags.Changed("auth") || f.flags.Changed("header")):
		return usage(errors.New("--auth, --header, --echo and --allow-remote go with --to"), "leave them out")
	case f.to != "" && f.flags.Changed("restart"):
		return usage(errors.New("--restart goes with --exec"), "an endpoint is not ours to start")
	case len(f.exec) > 1 && !f.fidelity:
		return usage(errors.New("--exec repeats with --fidelity only"), "fuzz one decoder after the other")
	case f.fidelity && (f.calibrate != "" || f.flags.Changed("losses")):
		return usage(errors.New("--fidelity does not go with --losses and --calibrate"), "it reports all that gets lost")
	case f.fidelity && f.changed(searching...) != "":
		return usage(fmt.Errorf("--fidelity does not go with --%s", f.changed(searching...)), "it looks at the same bodies each time, and judges nothing")
	case f.calibrate != "" && f.changed("report", "format") != "":
		return usage(fmt.Errorf("--calibrate does not go with --%s", f.changed("report", "format")), "it writes the loss profile only")
	case f.runs < 0 || f.restart < 0 || f.most < 0 || f.duration < 0:
		return usage(errors.New("--runs, --restart, --max-failures and --duration must not be negative"), "leave them out for the defaults")
	case f.jobs < 1 || f.jobs > mostJobs:
		return usage(fmt.Errorf("--jobs must be from 1 to %d", mostJobs), "leave it out for one")
	case f.timeout <= 0 || f.timeout > longestAnswer:
		return usage(fmt.Errorf("--timeout must be above zero, and at most %v", longestAnswer), "leave it out for the default")
	}
	return nil
}

// searching are the flags of a search for failures.
var searching = []string{"strict", "out", "runs", "duration", "jobs", "seed", "max-failures"}

// changed is the first of the flags that is given, or empty.
func (f *fuzzFlags) changed(flags ...string) string {
	if i := slices.IndexFunc(flags, f.flags.Changed); i >= 0 {
		return flags[i]
	}
	return ""
}

// decoder is what --exec or --to mean.
func (f *fuzzFlags) decoder(s *streams) (d campaign.Decoder, err error) {
	d.Timeout = f.timeout.Milliseconds()
	if len(f.exec) > 0 {
		d.Exec, d.Restart = f.exec[0], f.restart
		return d, nil
	}
	d.To, d.Echo, d.AllowRemote = withoutQuery(f.to), f.echo, f.allowRemote
	d.Access, err = access(s, f.auth, f.headers)
	d.Access.Target = f.to
	if d.Access.Auth != nil {
		d.Auth, d.To = d.Access.Auth.String(), hidden(d.Access.Auth, d.To)
	}
	return d, err
}

// access is what --auth and --header mean.
func access(s *streams, auth string, headers []string) (a campaign.Access, err error) {
	if a.Auth, err = delivery.ParseAuth(auth, s.getenv); err != nil {
		var wrong *delivery.AuthError
		if errors.As(err, &wrong) {
			return a, usage(err, wrong.Hint)
		}
		return a, usage(err, "")
	}
	a.Headers, err = parseHeaders(headers)
	return a, err
}

func (f *fuzzFlags) terms(s *streams) (t campaign.Terms, err error) {
	if t.Decoder, err = f.decoder(s); err != nil {
		return t, err
	}
	if f.flags.Changed("strict") {
		t.Strict = f.strict
		if len(f.strict) == 1 && f.strict[0] == all {
			t.Strict = []string{}
		}
	}
	t.Losses, err = campaign.ReadLosses(f.losses)
	if err != nil {
		return t, usage(err, "a loss profile is lossless, json-double, or a file that --calibrate has written")
	}
	return t, nil
}

func (f *fuzzFlags) run(ctx context.Context, s *streams) error {
	if err := f.check(); err != nil {
		return err
	}
	if f.fidelity {
		return f.fidelityReport(ctx, s)
	}
	terms, err := f.terms(s)
	if err != nil {
		return err
	}
	outputs, err := openReports(f.reports, f.format, campaign.Kinds)
	if err != nil {
		return err
	}
	defer outputs.close()
	if f.calibrate != "" {
		return f.calibration(ctx, s, terms)
	}
	plan := campaign.Plan{Terms: terms, Runs: f.runs, Duration: f.duration, Jobs: f.jobs, Seed: f.seed, Folder: f.out, Most: f.most}
	if plan.Runs == 0 && plan.Duration == 0 {
		plan.Runs = defaultRuns
	}
	if err := campaign.CheckFolder(f.out); err != nil {
		return f.notRun(err)
	}
	if !f.quiet {
		fmt.Fprintf(s.err, "seed %d\n", f.seed)
	}
	return f.explore(ctx, s, plan, outputs)
}

func (f *fuzzFlags) explore(ctx context.Context, s *streams, plan campaign.Plan, outputs *reportFiles) error {
	var meter *progress.Meter
	plan.Report = func(found campaign.Found) {
		if f.format == "text" {
			w := s.out
			if meter != nil {
				w = meter.Above(s.out)
			}
			_ = campaign.WriteFound(w, found) // the summary will say that nothing can be written
		}
	}
	c, err := campaign.New(plan)
	if err != nil {
		return usage(err, optionHint)
	}
	if !f.quiet {
		meter = progress.StartStatus(s.err, s.errTerminal, func() string { return fuzzStatus(c.Now()) })
	}
	result, err := c.Run(ctx)
	if meter != nil {
		meter.Stop()
	}
	var unsaved *campaign.SaveError
	if err != nil && !errors.As(err, &unsaved) {
		return f.notRun(err)
	}
	verdict := f.conclude(s, plan.Summary(result, ctx.Err() != nil), outputs)
	if unsaved != nil && (verdict == nil || errors.Is(verdict, errFindings)) {
		return f.notRun(err)
	}
	return verdict
}

// optionHint is for what the engine does not take.
const optionHint = "--losses and --strict name what the contract has: see ringproof explain"

// fuzzStatus is how far a campaign is, in one line.
func fuzzStatus(r campaign.Result) string {
	seconds := r.Elapsed.Seconds()
	rate := 0.0
	if seconds > 0 {
		rate = float64(r.Stats.Executions) / seconds
	}
	valid := 0.0
	if r.Stats.Executions > 0 {
		valid = 100 * float64(r.Stats.Valid) / float64(r.Stats.Executions)
	}
	status := fmt.Sprintf("%d inputs, %.0f a second, %.0f %% valid, %.0f %% of the contract, %s",
		r.Stats.Executions, rate, valid, 100*r.Coverage.Share(), campaign.Counted(len(r.Found)))
	if r.Stats.Broken > 0 {
		status += fmt.Sprintf(", %d breakdowns", r.Stats.Broken)
	}
	if r.Busy {
		status += ", looking into one"
	}
	return status
}

// conclude writes the reports, and makes the exit code of them.
func (f *fuzzFlags) conclude(s *streams, sum *campaign.Summary, outputs *reportFiles) error {
	err := outputs.each(s, func(kind string, w, _ io.Writer) error {
		if w == s.out && kind == "text" && f.quiet {
			return nil
		}
		return sum.Write(kind, w, w != s.out)
	})
	switch {
	case err != nil:
		return notRun(err, "")
	case len(sum.Failures) > 0:
		return errFindings
	case sum.Interrupted:
		return notRun(errors.New("interrupted"), "")
	}
	return nil
}

// notRun says why nothing can be said of the decoder.
func (f *fuzzFlags) notRun(err error) error {
	var dead *campaign.NotRunError
	var credentials *campaign.CredentialsError
	var unsound *campaign.TargetError
	switch {
	case errors.Is(err, context.Canceled):
		return notRun(errors.New("interrupted"), "")
	case errors.As(err, &unsound):
		return usage(unsound.Err, "for example --to http://127.0.0.1:8080/hook")
	case errors.As(err, &credentials):
		return notRun(err, "--auth says how to authenticate: ringproof send --help")
	case errors.As(err, &dead) && f.to != "":
		return notRun(err, "is it running, and is it the right URL? Addresses that are not loopback want --allow-remote")
	case errors.As(err, &dead):
		return notRun(err, "the protocol is in docs/adapters/README.md")
	}
	return notRun(err, "the folder of --out must be one that can be written to")
}

// calibration writes the loss profile of the decoder.
func (f *fuzzFlags) calibration(ctx context.Context, s *streams, t campaign.Terms) error {
	if _, err := os.Stat(f.calibrate); !errors.Is(err, fs.ErrNotExist) {
		return usage(fmt.Errorf("%s is there already", f.calibrate), "rows that were reviewed are not overwritten: name another file")
	}
	if _, err := campaign.New(campaign.Plan{Terms: t}); err != nil {
		return usage(err, optionHint)
	}
	losses, problem, err := t.Calibrate(ctx)
	if err != nil {
		return f.notRun(err)
	}
	losses = slices.Concat(t.Losses, losses) // the file is to do instead of --losses
	if err := campaign.WriteLosses(f.calibrate, losses); err != nil {
		return notRun(err, "")
	}
	if !f.quiet {
		fmt.Fprintf(s.err, "wrote %d rows to %s; review each, then fuzz with --losses %s\n", len(losses), f.calibrate, f.calibrate)
	}
	if problem != nil {
		fmt.Fprintf(s.out, "%s\n", plain(problem))
		return errFindings
	}
	return nil
}
