package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringproof/ringproof/contract/delivery"
	"github.com/ringproof/ringproof/fixtures"
	"github.com/ringproof/ringproof/internal/input"
	"github.com/ringproof/ringproof/internal/progress"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// sendFormats are what --format takes, and exports what --export does.
var (
	sendFormats = []string{"text", "json"}
	exports     = []string{"k6", "jsonl"}
)

type sendFlags struct {
	to, auth, chaos, retry string
	headers, overrides     []string
	scenarios              []string
	calls, concurrency     int
	rate, speed            float64
	duration, timeout      time.Duration
	seed                   uint64
	allowRemote            bool
	export, out, format    string
	quiet, verbose         bool

	flags *pflag.FlagSet
}

func newSend(s *streams) *cobra.Command {
	f := &sendFlags{}
	cmd := &cobra.Command{
		Use:   "send --to URL [PATH...|-]",
		Short: "send messages of whole calls, or your own bodies, to a consumer",
		Long: `Send webhook deliveries as Vapi does: POST, JSON, signed over the exact bytes. Without PATH these
are the messages of made-up calls, which interleave; else the bodies in your own files, byte for
byte: a JSON file is one, each item of a list at its top and each line of a .jsonl file another.
With --duration calls are made, or the files sent again, until the time is over.

With --rate or --speed a delivery starts when it is due, whatever became of those before; without
them as soon as one of --concurrency is free: by default each waits for the one before. Latency is
measured from the time at which a delivery was due, so a consumer that stalls can't hide it.

--chaos delays a delivery by up to 5 seconds, and its copy by up to one, only with --rate or --speed:
without them no time passes, and delay, like reorder, changes nothing but the order.

--auth takes options behind the secret: hmac has alg, header, timestamp-header, timestamp, unit,
format, prefix, encoding, secret-base64, id-header; bearer has header and prefix; secret has header;
standard has header, timestamp-header, id-header. The secret is in no output. Only loopback
addresses are sent to, unless --allow-remote says otherwise; redirects are not followed, and no
proxy is asked.

Exit codes: 0 all was acknowledged with 2xx, 1 something was not, 2 usage, 3 the target never
answered, an input could not be read, or the run was interrupted.`,
		Example: `  ringproof send --to http://127.0.0.1:8080/hook
  ringproof send --to http://127.0.0.1:8080/hook --scenario all --calls 200 --rate 50
  ringproof send --to http://127.0.0.1:8080/hook --rate 2000 --duration 10s bodies.jsonl
  ringproof send --to http://127.0.0.1:8080/hook --auth hmac:env:HOOK_KEY,header=x-vapi-signature body.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.flags = cmd.Flags()
			return f.run(cmd.Context(), s, args)
		},
	}
	f.define(cmd.Flags())
	complete(cmd, "scenario", scenarioNames())
	complete(cmd, "export", exports)
	complete(cmd, "format", sendFormats)
	return cmd
}

func (f *sendFlags) define(fs *pflag.FlagSet) {
	fs.StringVar(&f.to, "to", "", "the consumer's `URL`")
	fs.StringSliceVar(&f.scenarios, "scenario", []string{"inbound-answered"}, "the `NAME` of the calls; may repeat, and they take turns; all: every one")
	fs.IntVar(&f.calls, "calls", 0, "how many calls, `N`; default one of each scenario, or without end with --duration")
	fs.Float64Var(&f.rate, "rate", 0, "`N` deliveries a second, on a fixed schedule")
	fs.Float64Var(&f.speed, "speed", 0, "let the calls' own time pass, `N` times as fast: 1 is real time")
	fs.DurationVar(&f.duration, "duration", 0, "stop after this `TIME`, such as 30s or 5m")
	fs.IntVar(&f.concurrency, "concurrency", 0, "at most `N` deliveries under way; default 1, with --rate or --speed 64")
	fs.DurationVar(&f.timeout, "timeout", delivery.DefaultTimeout, "the `TIME` that one attempt may take")
	fs.Uint64Var(&f.seed, "seed", 1, "another `N` makes other calls, and other chaos")
	fs.StringVar(&f.auth, "auth", "none", "the `SCHEME`: none, bearer:TOKEN, secret:TOKEN, hmac:SECRET or standard:whsec_..., then ,OPTION=VALUE; a secret may be env:NAME")
	fs.StringArrayVar(&f.headers, "header", nil, "another header, `NAME:VALUE`; may repeat")
	fs.StringArrayVar(&f.overrides, "override", nil, "put a value at a place of each body, `PTR=JSON`; may repeat")
	fs.StringVar(&f.chaos, "chaos", "", "what goes wrong on the way: duplicate, reorder, delay, drop, corrupt, each with a share from 0 to 1, as `KIND=SHARE,...`")
	fs.StringVar(&f.retry, "retry", "", "the backoff `PLAN`: fixed or exponential, then ,max=N ,base=TIME ,exclude=400+401; default: none, as Vapi's")
	fs.BoolVar(&f.allowRemote, "allow-remote", false, "send to addresses that are not loopback, too")
	fs.StringVar(&f.export, "export", "", "send nothing, but write the traffic for another engine: `k6|jsonl`")
	fs.StringVar(&f.out, "out", "", "the folder `DIR` of --export")
	fs.StringVar(&f.format, "format", "text", "how to write the summary: `text|json`")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "no progress and no seed, the summary only")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "a line for each delivery and each answer, on stderr")
}

// sendPlan is what the flags come to.
type sendPlan struct {
	auth    *delivery.Auth
	headers []delivery.Header
	edits   []fixtures.Option
	chaos   delivery.Chaos
	retry   delivery.Backoff
	traffic iter.Seq[delivery.Delivery]
	failed  func() error // why the traffic ended early
	acts    actList
}

func (f *sendFlags) run(ctx context.Context, s *streams, args []string) error {
	p, err := f.plan(s, args)
	if err != nil {
		return err
	}
	if f.export != "" {
		return f.write(ctx, s, p)
	}
	if _, err := delivery.NewSender(delivery.Options{Target: f.to}); err != nil {
		return usage(err, "for example --to http://127.0.0.1:8080/hook")
	}
	sender, err := delivery.NewSender(delivery.Options{
		Target: f.to, Auth: p.auth, Headers: p.headers, Timeout: f.timeout, AllowRemote: f.allowRemote, Concurrency: f.workers(), Retry: p.retry, Keep: keepAnswer,
	})
	if err != nil {
		return usage(err, "run ringproof send --help for the flags")
	}
	defer sender.Close()
	if !f.quiet && f.random(args, p) {
		fmt.Fprintf(s.err, "seed %d\n", f.seed)
	}
	summary, err := f.send(ctx, s, sender, p)
	if summary == nil && err != nil {
		return usage(err, "")
	}
	return f.conclude(s, p, summary, cmp.Or(p.failed(), err))
}

func (f *sendFlags) random(args []string, p *sendPlan) bool {
	return len(args) == 0 || p.chaos != (delivery.Chaos{})
}

func (f *sendFlags) workers() int {
	switch {
	case f.concurrency > 0:
		return f.concurrency
	case f.rate > 0 || f.speed > 0:
		return 64
	}
	return 1
}

func (f *sendFlags) plan(s *streams, args []string) (*sendPlan, error) {
	if err := f.check(args); err != nil {
		return nil, err
	}
	p := &sendPlan{}
	var err error
	if p.auth, err = parseAuth(f.auth, s); err != nil {
		return nil, err
	}
	if p.headers, err = parseHeaders(f.headers); err != nil {
		return nil, err
	}
	if p.edits, err = parseOverrides(f.overrides); err != nil {
		return nil, err
	}
	if p.chaos, err = delivery.ParseChaos(f.chaos); err != nil {
		return nil, usage(err, "for example --chaos duplicate=0.1,drop=0.01")
	}
	if p.retry, err = parseRetry(f.retry); err != nil {
		return nil, usage(err, "for example --retry exponential,max=3,base=1s")
	}
	if len(args) > 0 {
		return p, f.own(s, p, args)
	}
	return p, f.made(p)
}

func (f *sendFlags) check(args []string) error {
	if f.to == "" {
		return usage(errors.New("--to is missing"), "name the consumer: --to http://127.0.0.1:8080/hook")
	}
	if err := f.checkNumbers(); err != nil {
		return err
	}
	switch {
	case f.rate > 0 && f.speed > 0:
		return usage(errors.New("--rate does not go with --speed"), "a rate is a schedule of its own")
	case len(args) > 0 && f.changed("scenario", "calls", "speed"):
		return usage(errors.New("--scenario, --calls and --speed are about made-up calls"), "leave them out, or the files")
	}
	if err := f.checkExport(); err != nil {
		return err
	}
	return oneOf("format", f.format, sendFormats)
}

// keepAnswer is how much of an answer is kept to be shown, in bytes.
const keepAnswer = 500

// mostWorkers is more connections than most systems let a process open.
const mostWorkers = 10_000

func (f *sendFlags) checkNumbers() error {
	for _, n := range []struct {
		flag string
		bad  bool
	}{{"calls", f.calls < 0}, {"concurrency", f.concurrency < 0}, {"rate", f.rate < 0}, {"speed", f.speed < 0}, {"duration", f.duration < 0}} {
		if n.bad {
			return usage(fmt.Errorf("--%s must not be negative", n.flag), "leave it out for the default")
		}
	}
	switch {
	case f.timeout <= 0:
		return usage(errors.New("--timeout must not be negative or zero"), "leave it out for the default")
	case f.concurrency > mostWorkers:
		return usage(fmt.Errorf("--concurrency must not be above %d", mostWorkers), "past one machine, --export k6 writes the same traffic for many")
	}
	return nil
}

func (f *sendFlags) checkExport() error {
	switch {
	case (f.export == "") != (f.out == ""):
		return usage(errors.New("--export and --out go together"), "for example --export k6 --out k6")
	case f.export == "":
		return nil
	case f.changed("chaos", "retry"):
		return usage(errors.New("--chaos and --retry do not go with --export"), "the other engine sends each body once")
	case f.changed("duration", "concurrency", "timeout"):
		return usage(errors.New("--duration, --concurrency and --timeout do not go with --export"), "--calls says how much to write; the exported README.md says how to set the others")
	}
	return oneOf("export", f.export, exports)
}

func (f *sendFlags) changed(names ...string) bool {
	return slices.ContainsFunc(names, f.flags.Changed)
}

// made sets made-up calls as the traffic.
func (f *sendFlags) made(p *sendPlan) error {
	names, err := chosenScenarios(f.scenarios)
	if err != nil {
		return err
	}
	t := &callTraffic{generator: fixtures.New(f.seed), scenarios: names, calls: f.calls, edits: p.edits}
	if t.calls == 0 && f.duration == 0 {
		t.calls = len(names)
	}
	p.traffic, p.failed = t.deliveries(), func() error { return t.failed }
	return nil
}

// own sets the user's files as the traffic.
func (f *sendFlags) own(s *streams, p *sendPlan, args []string) error {
	sources, err := input.Find(args, input.Auto, s.in)
	if err != nil {
		return notRun(err, "")
	}
	stream := slices.ContainsFunc(sources, func(x input.Source) bool { return x.Name == "-" }) // comes once
	t := &ownTraffic{sources: sources, limit: 8 << 20, edits: p.edits, stream: stream, again: f.duration > 0 && !stream}
	p.traffic, p.failed = t.deliveries(), func() error { return t.failed }
	return nil
}

func (f *sendFlags) send(ctx context.Context, s *streams, sender *delivery.Sender, p *sendPlan) (*delivery.Summary, error) {
	o := delivery.RunOptions{
		Sender: sender, Deliveries: p.traffic, Chaos: p.chaos, Seed: f.seed, Rate: f.rate, Speed: f.speed, Fast: f.rate == 0 && f.speed == 0,
		Duration: f.duration, Concurrency: f.workers(), GiveUp: 20, Every: pulse,
	}
	said := s.err
	if !f.quiet && !f.verbose {
		status := &sendStatus{}
		o.Progress = status.tell
		meter := progress.StartStatus(s.err, s.errTerminal, status.String)
		defer meter.Stop()
		said = meter.Above(s.err)
	}
	if f.verbose || p.chaos != (delivery.Chaos{}) { // nobody else needs to be told of each
		o.Observe = func(e delivery.Event) {
			p.acts.add(e)
			if f.verbose {
				f.tellEvent(s, e)
			}
		}
	}
	if !f.quiet {
		defer f.tellInterrupt(ctx, said)()
	}
	return delivery.Run(ctx, o)
}

// tellInterrupt says, if ctx ends before the function that it returns is called, why
// the program does not end at once.
func (f *sendFlags) tellInterrupt(ctx context.Context, w io.Writer) (end func()) {
	told := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(told)
		fmt.Fprintf(w, "interrupted; up to %v for what is under way, or interrupt again\n", f.timeout)
	})
	return func() {
		if !stop() {
			<-told
		}
	}
}

// write writes the traffic instead of sending it.
func (f *sendFlags) write(ctx context.Context, s *streams, p *sendPlan) error {
	failed := func() error {
		if ctx.Err() != nil {
			return errors.New("interrupted; nothing is left of the export")
		}
		return p.failed()
	}
	e := delivery.Export{Target: f.to, Rate: f.rate, Auth: p.auth, Headers: p.headers, Failed: failed, Bodies: func(yield func(delivery.ExportBody) bool) {
		for d := range p.traffic {
			at := d.At
			if f.speed > 0 {
				at = time.Duration(float64(at) / f.speed)
			}
			if ctx.Err() != nil || !yield(delivery.ExportBody{Name: d.Call, At: at, Body: d.Body}) {
				return
			}
		}
	}}
	export := delivery.ExportK6
	if f.export == "jsonl" {
		export = delivery.ExportJSONL
	}
	switch err := export(f.out, e); {
	case failed() != nil:
		return notRun(failed(), "")
	case errors.Is(err, fs.ErrExist):
		return notRun(err, "name a folder that is not there yet, or is empty")
	case err != nil:
		return notRun(err, "")
	}
	if !f.quiet {
		fmt.Fprintf(s.err, "wrote %s; its README.md says how to run it\n", f.out)
	}
	return nil
}

func parseAuth(spec string, s *streams) (*delivery.Auth, error) {
	auth, err := delivery.ParseAuth(spec, s.getenv)
	var wrong *delivery.AuthError
	switch {
	case errors.As(err, &wrong):
		return nil, usage(err, wrong.Hint)
	case err != nil:
		return nil, usage(err, "")
	}
	return auth, nil
}

func parseHeaders(list []string) ([]delivery.Header, error) {
	var out []delivery.Header
	for _, h := range list {
		name, v, ok := strings.Cut(h, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, usage(errors.New("a --header is not NAME:VALUE"), "for example --header 'X-Trace: 1'")
		}
		out = append(out, delivery.Header{Name: strings.TrimSpace(name), Value: strings.TrimSpace(v)})
	}
	return out, nil
}

func parseOverrides(list []string) ([]fixtures.Option, error) {
	var out []fixtures.Option
	for _, o := range list {
		pointer, v, ok := strings.Cut(o, "=")
		if !ok || !strings.HasPrefix(pointer, "/") || !json.Valid([]byte(v)) {
			return nil, usage(fmt.Errorf("--override %q is not PTR=JSON", o), `for example --override '/message/call/id="call-1"'`)
		}
		out = append(out, fixtures.Set(pointer, json.RawMessage(v)))
	}
	return out, nil
}

// parseRetry reads a backoff plan: its type, then options.
func parseRetry(spec string) (delivery.Backoff, error) {
	var b delivery.Backoff
	if spec == "" {
		return b, nil
	}
	words := strings.Split(spec, ",")
	b = delivery.Backoff{Type: delivery.BackoffType(words[0]), MaxRetries: 3, BaseDelay: time.Second}
	if b.Type != delivery.Fixed && b.Type != delivery.Exponential {
		return b, fmt.Errorf("unknown backoff type %q: it is fixed or exponential", words[0])
	}
	for _, w := range words[1:] {
		name, v, _ := strings.Cut(w, "=")
		var err error
		switch name {
		case "max":
			b.MaxRetries, err = strconv.Atoi(v)
		case "base":
			b.BaseDelay, err = time.ParseDuration(v)
		case "exclude":
			for _, code := range strings.Split(v, "+") {
				n, wrong := strconv.Atoi(code)
				b.Excluded, err = append(b.Excluded, n), cmp.Or(err, wrong)
			}
		default:
			err = errors.New("no such option")
		}
		if err != nil {
			return b, fmt.Errorf("--retry: %q is none of max=N, base=DURATION, exclude=CODE+CODE", w)
		}
	}
	return b, nil
}

// chosenScenarios are the names, with all in the place of every one.
func chosenScenarios(names []string) ([]string, error) {
	every := scenarioNames()
	if len(names) == 0 {
		return nil, usage(errors.New("--scenario names none"), "run ringproof generate --list scenarios")
	}
	for _, name := range names {
		if err := known("scenario", name, append([]string{all}, every...), "run ringproof generate --list scenarios"); err != nil {
			return nil, err
		}
	}
	if slices.Contains(names, all) {
		return every, nil
	}
	return names, nil
}
