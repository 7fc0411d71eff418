package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ringproof/ringproof/contract"
	"github.com/ringproof/ringproof/contract/delivery"
	"github.com/ringproof/ringproof/internal/launch"
	"github.com/ringproof/ringproof/internal/progress"
	"github.com/ringproof/ringproof/internal/verdict"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type verifyFlags struct {
	to, auth, observe string
	headers           []string
	checks, skip      []string
	strict            bool
	timeout, settle   time.Duration
	seed              uint64
	start, ready      string
	allowRemote       bool
	list              bool
	failures          string
	format            string
	reports           []string
	quiet, verbose    bool

	flags *pflag.FlagSet
}

// startLimit is how long a consumer that is started may take to be ready.
const startLimit = time.Minute

func newVerify(s *streams) *cobra.Command {
	f := &verifyFlags{}
	cmd := &cobra.Command{
		Use:   "verify --to URL",
		Short: "check a consumer against the contract: what it takes, refuses, believes and knows",
		Long: `Check a consumer of the webhook: it is sent what Vapi sends, what it may send tomorrow, what nobody
should send, duplicates and disorder, and its answers are judged. With --observe its state is judged
as well: a URL that holds {call.id} and answers {"status":"ended","deliveries":2}, where deliveries
are those that had an effect. With --auth it is shown bad credentials, too. What can't be judged is
skipped, and the reason is told. The messages follow from the seed; the ids of calls are new each time.

Exit codes: 0 no check failed, 1 a check failed, 2 usage, or nothing could be judged, 3 the consumer
never answered, or the run was interrupted before a check had failed.`,
		Example: `  ringproof verify --to http://127.0.0.1:8080/hook
  ringproof verify --to http://127.0.0.1:8080/hook --observe 'http://127.0.0.1:8080/calls/{call.id}' --auth hmac:env:HOOK_KEY
  ringproof verify --to http://127.0.0.1:8080/hook --start ./service --ready http://127.0.0.1:8080/healthz --report html=verify.html
  ringproof verify --list`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.flags = cmd.Flags()
			return f.run(cmd.Context(), s)
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&f.to, "to", "", "the consumer's `URL`")
	fs.StringVar(&f.observe, "observe", "", "the `URL` that tells the state of a call, with {call.id} in it")
	fs.StringVar(&f.auth, "auth", "none", "the `SCHEME`: none, bearer:TOKEN, secret:TOKEN, hmac:SECRET or standard:whsec_..., then ,OPTION=VALUE; a secret may be env:NAME")
	fs.StringArrayVar(&f.headers, "header", nil, "another header of each delivery, `NAME:VALUE`; may repeat")
	fs.StringSliceVar(&f.checks, "check", nil, "run these checks only: each an `ID`, or a group such as auth; may repeat or have commas")
	fs.StringSliceVar(&f.skip, "skip", nil, "leave these checks out, each an `ID` or a group; may repeat or have commas")
	fs.BoolVar(&f.strict, "strict", false, "warnings are failures, and every fault must be refused")
	fs.DurationVar(&f.timeout, "timeout", delivery.DefaultTimeout, "the `TIME` that one answer may take; the default is Vapi's")
	fs.DurationVar(&f.settle, "settle", contract.DefaultSettle, "the `TIME` that an effect may take to show after the answer")
	fs.Uint64Var(&f.seed, "seed", 1, "another `N` makes other messages, and other disorder")
	fs.StringVar(&f.start, "start", "", "start the consumer with this `CMD` of the shell, and stop it with all its processes in the end")
	fs.StringVar(&f.ready, "ready", "", "with --start: wait until this `URL` answers; default: until --to takes connections")
	fs.BoolVar(&f.allowRemote, "allow-remote", false, "send to addresses that are not loopback, too")
	fs.BoolVar(&f.list, "list", false, "list the checks; with -v what each sends, wants, and why")
	fs.StringVar(&f.failures, "failures", filepath.Join("ringproof-failures", "verify"), "the folder `DIR` for the bodies of what failed; it is made if something does")
	fs.StringVar(&f.format, "format", "text", "what to write to standard output: `"+strings.Join(verdict.Kinds, "|")+"`")
	fs.StringArrayVar(&f.reports, "report", nil, "write another report, too: `KIND=FILE`, with a kind as for --format; may repeat")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "failures and the summary only; no progress")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "details of checks that passed, too; what --start writes, on stderr")
	complete(cmd, "check", checkNames())
	complete(cmd, "skip", checkNames())
	complete(cmd, "format", verdict.Kinds)
	return cmd
}

// checkNames are the groups and the ids of the checks.
func checkNames() []string {
	var names []string
	group := ""
	for _, c := range contract.Checks() {
		if c.Group() != group {
			group = c.Group()
			names = append(names, group)
		}
		names = append(names, c.ID)
	}
	return names
}

func (f *verifyFlags) run(ctx context.Context, s *streams) error {
	if f.list {
		return f.writeList(s)
	}
	options, auth, err := f.options(s)
	if err != nil {
		return err
	}
	outputs, err := openReports(f.reports, f.format, verdict.Kinds)
	if err != nil {
		return err
	}
	defer outputs.close()
	if f.start != "" {
		process, err := f.begin(ctx, s, auth)
		if err != nil {
			return err
		}
		defer process.Stop()
		options = append(options, contract.Alive(process.Err))
	}
	r, ran := f.probe(ctx, s, options)
	if r == nil {
		return f.wrongOptions(ran)
	}
	if err := f.reproduce(r, auth); err != nil {
		return err
	}
	if err := f.write(s, outputs, r); err != nil {
		return err
	}
	return f.conclude(r, ran)
}

// options are what the flags come to.
func (f *verifyFlags) options(s *streams) ([]contract.Option, *delivery.Auth, error) {
	if err := f.check(); err != nil {
		return nil, nil, err
	}
	auth, err := parseAuth(f.auth, s)
	if err != nil {
		return nil, nil, err
	}
	headers, err := parseHeaders(f.headers)
	if err != nil {
		return nil, nil, err
	}
	list := []contract.Option{
		contract.Seed(f.seed), contract.Timeout(f.timeout), contract.Settle(f.settle), contract.Credentials(auth),
		contract.Only(f.checks...), contract.Except(f.skip...),
	}
	for _, h := range headers {
		list = append(list, contract.Header(h.Name, h.Value))
	}
	if f.strict {
		list = append(list, contract.Strict())
	}
	if f.allowRemote {
		list = append(list, contract.AllowRemote())
	}
	if f.observe != "" {
		list = append(list, contract.ObserveURL(f.observe))
	}
	return list, auth, nil
}

func (f *verifyFlags) check() error {
	switch {
	case f.to == "":
		return usage(errors.New("--to is missing"), "name the consumer: --to http://127.0.0.1:8080/hook")
	case f.timeout <= 0 || f.settle <= 0:
		return usage(errors.New("--timeout and --settle must be longer than nothing"), "leave them out for the default")
	case f.ready != "" && f.start == "":
		return usage(errors.New("--ready goes with --start"), "a consumer that runs already is not waited for")
	case f.flags.Changed("start") && strings.TrimSpace(f.start) == "":
		return usage(errors.New("--start is given, but empty"), "write the command that starts the consumer")
	}
	return nil
}

// wrongOptions is what Probe says where there is no report.
func (f *verifyFlags) wrongOptions(err error) error {
	text := errors.New(strings.TrimPrefix(err.Error(), "contract: "))
	var unknown *contract.UnknownCheckError
	switch {
	case errors.As(err, &unknown) && unknown.Near != "":
		return usage(text, "did you mean "+unknown.Near+"?")
	case errors.As(err, &unknown):
		return usage(text, "run ringproof verify --list")
	}
	return usage(text, "run ringproof verify --help")
}

// begin starts the consumer and waits until it is ready.
func (f *verifyFlags) begin(ctx context.Context, s *streams, auth *delivery.Auth) (*launch.Process, error) {
	probe, err := f.readiness()
	if err != nil {
		return nil, err
	}
	if probe(ctx) == nil {
		return nil, usage(errors.New("something answers already where --start is to start the consumer"), "stop it, or leave --start out to check what runs there")
	}
	var out io.Writer
	if f.verbose {
		out = s.err
	}
	process, err := launch.Start(f.start, out)
	if err != nil {
		return nil, notRun(err, "")
	}
	if err := process.Ready(ctx, startLimit, probe); err != nil {
		process.Stop()
		if ctx.Err() != nil {
			return nil, notRun(errors.New("interrupted"), "")
		}
		return nil, notRun(errors.New("the consumer did not start: "+auth.Hide(err.Error())), "run the command of --start by itself; -v shows what it writes")
	}
	return process, nil
}

func (f *verifyFlags) readiness() (func(context.Context) error, error) {
	at := f.to
	if f.ready != "" {
		at = f.ready
	}
	u, err := url.Parse(at)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usage(fmt.Errorf("%q is not an http or https URL", at), "for example http://127.0.0.1:8080/hook")
	}
	if f.ready != "" {
		return launch.Answers(delivery.NewClient(f.allowRemote, 5*time.Second), f.ready), nil
	}
	port := u.Port()
	if port == "" {
		port = u.Scheme
	}
	return launch.Listens(net.JoinHostPort(u.Hostname(), port)), nil
}

func (f *verifyFlags) probe(ctx context.Context, s *streams, options []contract.Option) (*contract.Report, error) {
	var meter *progress.Meter
	defer func() {
		if meter != nil {
			meter.Stop()
		}
	}()
	options = append(options, contract.Watch(func(e contract.Event) {
		switch {
		case f.quiet:
		case meter == nil:
			meter = progress.Start(s.err, s.errTerminal, "checks", e.Of)
		case e.Result != nil:
			meter.Add(1)
		}
	}))
	return contract.Probe(ctx, f.to, options...)
}

// reproduce keeps the bodies of what failed, and says how to send them again.
func (f *verifyFlags) reproduce(r *contract.Report, auth *delivery.Auth) error {
	target := withoutQuery(f.to)
	for i := range r.Checks {
		c := &r.Checks[i]
		if c.Verdict != contract.Fail && c.Verdict != contract.Warn {
			continue
		}
		c.Reproduce = f.again(c.ID, auth)
		for j := range c.Failures {
			for k := range c.Failures[j].Sent {
				x := &c.Failures[j].Sent[k]
				var err error
				if x.File, err = f.keep(fmt.Sprintf("%s-%d-%d", strings.ReplaceAll(c.ID, "/", "-"), j+1, k+1), x.Body); err != nil {
					return err
				}
				switch x.Forged {
				case "":
					x.Command = auth.ShellCommand(target, x.File, x.MessageID())
				case contract.NoCredentials:
					x.Command = (*delivery.Auth)(nil).ShellCommand(target, x.File, "")
				}
			}
		}
	}
	return nil
}

// keep writes a body into the folder of failures.
func (f *verifyFlags) keep(name string, body []byte) (string, error) {
	if err := os.MkdirAll(f.failures, 0o777); err != nil {
		return "", notRun(err, "--failures names the folder for the bodies of what failed")
	}
	name = filepath.Join(f.failures, name+".json")
	if err := os.WriteFile(name, body, 0o666); err != nil {
		return "", notRun(err, "--failures names the folder for the bodies of what failed")
	}
	return name, nil
}

// again is the command that repeats a check. It has no secret: that of --auth is named,
// values of --header and the queries of URLs are left out.
func (f *verifyFlags) again(id string, auth *delivery.Auth) string {
	words := []string{"ringproof", "verify"}
	add := func(flag, value string) { words = append(words, "--"+flag, shellWord(hidden(auth, value))) }
	f.flags.Visit(func(x *pflag.Flag) {
		switch v := x.Value.String(); x.Name {
		case "check", "skip", "seed", "format", "report", "quiet", "verbose", "failures":
		case "auth":
			words = append(words, "--auth", shellWord(auth.String()))
		case "to", "ready", "observe":
			add(x.Name, withoutQuery(v))
		case "header":
			for _, h := range f.headers {
				name, _, _ := strings.Cut(h, ":")
				add(x.Name, strings.TrimSpace(name)+":...")
			}
		case "strict", "allow-remote":
			words = append(words, "--"+x.Name)
		default:
			add(x.Name, v)
		}
	})
	return strings.Join(append(words, "--check", id, "--seed", fmt.Sprint(f.seed)), " ")
}

// withoutQuery is a URL without what may be a token in its query.
func withoutQuery(u string) string {
	if before, _, found := strings.Cut(u, "?"); found {
		return before + "?..."
	}
	return u
}

func (f *verifyFlags) write(s *streams, outputs *reportFiles, r *contract.Report) error {
	o := verdict.Options{Color: s.color && f.format == "text", Quiet: f.quiet, Verbose: f.verbose, Version: version()}
	err := outputs.each(s, func(kind string, w io.Writer, summary io.Writer) error {
		o := o
		if w != s.out {
			o.Color = false
		}
		o.Summary = summary
		var b bytes.Buffer
		if err := verdict.Write(&b, kind, r, o); err != nil {
			return err
		}
		_, err := w.Write(b.Bytes())
		return err
	})
	if err != nil {
		return notRun(err, "")
	}
	return nil
}

// conclude says what the report comes to.
func (f *verifyFlags) conclude(r *contract.Report, ran error) error {
	var remote *delivery.RemoteError
	switch {
	case errors.As(ran, &remote):
		return usage(remote, "to send there all the same, add --allow-remote")
	case errors.Is(ran, context.Canceled) && r.Failed == 0:
		return notRun(errors.New("interrupted"), "")
	case errors.Is(ran, context.Canceled): // what was found until then is found
	case errors.Is(ran, contract.ErrNeverAnswered):
		return notRun(errors.New(strings.TrimPrefix(ran.Error(), "contract: ")), "is it running, and is this its address?")
	case ran != nil:
		return notRun(ran, "")
	}
	switch {
	case r.Failed > 0:
		return errFindings
	case r.Passed+r.Warned == 0:
		return usage(errors.New("nothing could be judged"), "see the reasons above: --observe and --auth let more be judged")
	}
	return nil
}

func (f *verifyFlags) writeList(s *streams) error {
	var b strings.Builder
	for _, c := range contract.Checks() {
		fmt.Fprintf(&b, "%-24s %s", c.ID, c.Title)
		switch {
		case c.Observes && c.Signed:
			b.WriteString(" (needs --auth and --observe)")
		case c.Observes:
			b.WriteString(" (needs --observe)")
		case c.Signed:
			b.WriteString(" (needs --auth)")
		}
		b.WriteByte('\n')
		if f.verbose {
			fmt.Fprintf(&b, "    sends   %s\n    wants   %s\n    why     %s\n    source  %s\n", c.Sends, c.Wants, c.Explanation, c.Source)
		}
	}
	if _, err := io.WriteString(s.out, b.String()); err != nil {
		return notRun(err, "")
	}
	return nil
}
