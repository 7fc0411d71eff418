package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/ringproof/ringproof/fixtures"
	"github.com/ringproof/ringproof/internal/input"
	"github.com/ringproof/ringproof/internal/nearest"
	"github.com/ringproof/ringproof/internal/progress"
	"github.com/ringproof/ringproof/schema/vapi"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// lists are what --list takes.
var lists = []string{"statuses", "reasons", "faults", "evolutions", "scenarios"}

type generateFlags struct {
	statuses             []string
	reason, shape        string
	profile              string
	n                    int
	seed                 uint64
	faults, scenarios    []string
	evolve, cover, stats bool
	list, out            string
	quiet, verbose       bool
	generator            *fixtures.Generator
}

func newGenerate(s *streams) *cobra.Command {
	f := &generateFlags{}
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "write messages: as Vapi sends them, with one fault each, of tomorrow, or of whole calls",
		Long: `Write webhook bodies, one a line. With --faults, --evolve and --scenario a line is an object that tells
of the body and has it in payload; a faulty body that is not sound JSON is in raw, as base64. With
--out each body is a file: .json, or .bin for what is not sound JSON. What the lines would tell of the
bodies is then in index.txt, one object a line. The folder is made; it must not hold files already.

The same seed writes the same bytes, on every machine and in every year. Phone numbers and hosts are of
ranges reserved for fiction; --list statuses -v and --list scenarios -v say what was never seen live.
A minimal message has under 0.3 KB, a typical one 2 to 25 KB, a full one mostly 0.2 to 0.8 MB.

Exit codes: 0 all was written, 2 usage, 3 not all could be written.`,
		Example: `  ringproof generate -n 100 > messages.jsonl
  ringproof generate --status ended --ended-reason customer-busy
  ringproof generate --scenario forwarded-twice --out call
  ringproof generate --faults all > faults.jsonl`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context(), s, cmd.Flags()) },
	}
	fs := cmd.Flags()
	fs.StringArrayVar(&f.statuses, "status", nil, "the `STATUS` of the messages; may repeat or have commas, and they take turns (default: all)")
	fs.StringVar(&f.reason, "ended-reason", "", "the `REASON` why the calls ended; implies --status ended")
	fs.StringVar(&f.shape, "shape", string(fixtures.Typical), "how much they have: `minimal|typical|full`")
	fs.StringVar(&f.profile, "profile", string(fixtures.Live), "as traffic really is, or as the documents say: `live|documented`")
	fs.IntVarP(&f.n, "number", "n", 1, "how many messages, `N`; with --scenario, how many calls of each")
	fs.Uint64Var(&f.seed, "seed", 1, "another `N` makes other messages")
	fs.StringArrayVar(&f.faults, "faults", nil, "bodies with one fault each: all, or `IDS` of faults, rules or keywords; may repeat or have commas")
	fs.BoolVar(&f.evolve, "evolve", false, "messages as they may look tomorrow; a consumer must survive them")
	fs.StringArrayVar(&f.scenarios, "scenario", nil, "the messages of whole calls: all, or their `NAMES`; may repeat or have commas")
	fs.BoolVar(&f.cover, "cover", false, "the smallest set found that visits all that the contract allows")
	fs.BoolVar(&f.stats, "stats", false, "with --cover or --faults all: write what they visit instead")
	fs.StringVar(&f.out, "out", "", "write a file for each body into the folder `DIR` instead of lines")
	fs.StringVar(&f.list, "list", "", "write the names of these `THINGS` instead: statuses, reasons, faults, evolutions or scenarios")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "do not tell the seed, and no progress")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "with --list: say what each is")
	complete(cmd, "status", statuses())
	complete(cmd, "shape", fixtures.Shapes)
	complete(cmd, "profile", fixtures.Profiles)
	complete(cmd, "list", lists)
	complete(cmd, "scenario", append([]string{all}, scenarioNames()...))
	return cmd
}

// all is what --faults and --scenario take for each that there is.
const all = "all"

// A mode is what is written: the flags that ask for it together, and those that go
// with it.
type mode struct {
	flags []string
	with  []string
	run   func(*generateFlags, context.Context, *streams) error
}

// modes are tried in order; the last one needs no flag.
var modes = []mode{
	{[]string{"list"}, []string{"verbose"}, (*generateFlags).writeList},
	{[]string{"faults", "stats"}, nil, (*generateFlags).writeFaultSites},
	{[]string{"faults"}, []string{"seed", "out"}, (*generateFlags).writeFaults},
	{[]string{"evolve"}, []string{"seed", "out"}, (*generateFlags).writeEvolutions},
	{[]string{"cover", "stats"}, []string{"seed", "profile"}, (*generateFlags).writeCoverage},
	{[]string{"cover"}, []string{"seed", "out", "profile"}, (*generateFlags).writeCover},
	{[]string{"scenario"}, []string{"seed", "out", "number", "shape", "profile"}, (*generateFlags).writeScenarios},
	{nil, []string{"seed", "out", "number", "shape", "profile", "status", "ended-reason"}, (*generateFlags).writeMessages},
}

// inEveryMode are the flags that change nothing of what is written.
var inEveryMode = []string{"quiet"}

// modeOf is the mode that the flags ask for. A flag that it would ignore is an error.
func modeOf(given []string) (*mode, error) {
	missing := func(flag string) bool { return !slices.Contains(given, flag) }
	m := &modes[slices.IndexFunc(modes, func(m mode) bool { return !slices.ContainsFunc(m.flags, missing) })]
	for _, flag := range given {
		switch {
		case slices.Contains(slices.Concat(m.flags, m.with, inEveryMode), flag):
		case m.flags == nil:
			return nil, usage(fmt.Errorf("--%s goes with %s only", flag, orList(modesWith(flag))), "add that, or leave it out")
		default:
			return nil, usage(fmt.Errorf("--%s does not go with --%s", flag, strings.Join(m.flags, " --")), "leave one of them out")
		}
	}
	return m, nil
}

// modesWith are the flags of the modes that a flag goes with.
func modesWith(flag string) []string {
	var list []string
	for _, m := range modes {
		if m.flags != nil && slices.Contains(slices.Concat(m.flags[1:], m.with), flag) {
			list = append(list, "--"+m.flags[0])
		}
	}
	return slices.Compact(list)
}

// givenFlags are the flags that were given, in the order of their names. A bool
// that was set to false was not. The items of lists are told apart.
func givenFlags(fs *pflag.FlagSet) (given []string, err error) {
	fs.Visit(func(fl *pflag.Flag) {
		values := []string{fl.Value.String()}
		if list, ok := fl.Value.(pflag.SliceValue); ok {
			values = items(list.GetSlice())
			err = cmp.Or(err, list.Replace(values))
		}
		if slices.ContainsFunc(values, func(v string) bool { return strings.TrimSpace(v) == "" }) {
			err = cmp.Or(err, usage(fmt.Errorf("--%s is given, but empty", fl.Name), "give it a value, or leave it out; is a variable of the shell not set?"))
		}
		if fl.Value.Type() != "bool" || values[0] == "true" {
			given = append(given, fl.Name)
		}
	})
	return given, err
}

// items are what lists with commas hold.
func items(lists []string) []string {
	var out []string
	for _, l := range lists {
		for item := range strings.SplitSeq(l, ",") {
			out = append(out, strings.TrimSpace(item))
		}
	}
	return out
}

func (f *generateFlags) run(ctx context.Context, s *streams, fs *pflag.FlagSet) error {
	given, err := givenFlags(fs)
	if err != nil {
		return err
	}
	m, err := modeOf(given)
	if err != nil {
		return err
	}
	if f.n < 1 {
		return usage(fmt.Errorf("--number must be at least 1, got %d", f.n), "leave it out for one")
	}
	if err := cmp.Or(oneOf("shape", f.shape, fixtures.Shapes), oneOf("profile", f.profile, fixtures.Profiles)); err != nil {
		return err
	}
	f.generator = fixtures.New(f.seed)
	return m.run(f, ctx, s)
}

// tellSeed says which seed was used, on stderr.
func (f *generateFlags) tellSeed(s *streams) {
	if !f.quiet {
		fmt.Fprintf(s.err, "seed %d\n", f.seed)
	}
}

// errInterrupted is what generate says where validate says judge.ErrInterrupted.
var errInterrupted = errors.New("interrupted: the output was not written to its end")

// write hands what produce makes to a sink, and tells how it ended.
func (f *generateFlags) write(ctx context.Context, s *streams, produce func(sink) error) error {
	out, err := f.newSink(s)
	if err != nil {
		return err
	}
	f.tellSeed(s)
	err = cmp.Or(produce(out), out.close())
	var told *failure
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return notRun(errInterrupted, "")
	case errors.As(err, &told):
		return err
	}
	return notRun(err, "")
}

func (f *generateFlags) options(n int) []fixtures.Option {
	o := []fixtures.Option{fixtures.Nth(n), fixtures.WithShape(fixtures.Shape(f.shape)), fixtures.WithProfile(fixtures.Profile(f.profile))}
	if f.reason != "" {
		o = append(o, fixtures.WithEndedReason(vapi.EndedReason(f.reason)))
	}
	return o
}

// statuses are the documented ones.
func statuses() []string { return vapi.Descriptor().Top.Member("status").Schema.Enum.Values }

// seenFirst moves the statuses that were seen live before the others.
func seenFirst(statuses []string) []string {
	sorted := slices.Clone(statuses)
	slices.SortStableFunc(sorted, func(a, b string) int { return cmp.Compare(unseen(a), unseen(b)) })
	return sorted
}

func unseen(status string) int {
	if seenLive(status) == "" {
		return 1
	}
	return 0
}

// seenLive is the evidence that live traffic had a status; empty for none.
func seenLive(status string) string {
	for _, t := range fixtures.Transitions {
		if string(t.To) == status && t.Seen != "" {
			return t.Seen
		}
	}
	return ""
}

// known refuses a name that there is not. The hint is for one that is near to none.
func known(kind, name string, names []string, hint string) error {
	if slices.Contains(names, name) {
		return nil
	}
	if near := nearest.Of(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return usage(fmt.Errorf("unknown %s %q", kind, name), hint)
}

func (f *generateFlags) writeMessages(ctx context.Context, s *streams) error {
	for _, status := range f.statuses {
		if err := oneOf("status", status, statuses()); err != nil {
			return err
		}
	}
	if err := f.checkReason(); err != nil {
		return err
	}
	if len(f.statuses) == 0 {
		f.statuses = seenFirst(statuses())
		if f.reason != "" {
			f.statuses = []string{"ended"}
		}
	}
	return f.write(ctx, s, func(out sink) error { return f.messages(ctx, s, out) })
}

func (f *generateFlags) checkReason() error {
	if f.reason == "" {
		return nil
	}
	if i := slices.IndexFunc(f.statuses, func(s string) bool { return s != "ended" }); i >= 0 {
		return usage(fmt.Errorf("a call of status %s has no ended reason", f.statuses[i]), "leave --status out, or use --status ended")
	}
	documented := vapi.Descriptor().Top.Member("endedReason").Schema.Enum.Values
	return known("ended reason", f.reason, documented, "run ringproof generate --list reasons; a reason of tomorrow comes with --evolve")
}

func (f *generateFlags) messages(ctx context.Context, s *streams, out sink) error {
	meter := progress.Start(f.meterFor(s), s.errTerminal, "messages", f.n)
	defer meter.Stop()
	type made struct {
		name string
		body []byte
		err  error
	}
	message := func(i int) made {
		status := f.statuses[i%len(f.statuses)]
		m, err := f.generator.Message(vapi.CallStatus(status), f.options(i)...)
		if err != nil {
			return made{err: err}
		}
		return made{name: fmt.Sprintf("%06d-%s", i+1, status), body: m.JSON()}
	}
	numbers := func(yield func(int) bool) {
		for i := range f.n {
			if !yield(i) {
				return
			}
		}
	}
	return input.Ordered(ctx, runtime.GOMAXPROCS(0), numbers, message, func(m made) error {
		meter.Add(1)
		return cmp.Or(m.err, out.body(m.name, m.body))
	})
}

// meterFor is where progress goes, nil for nowhere: not onto a terminal that gets
// the lines.
func (f *generateFlags) meterFor(s *streams) io.Writer {
	if f.quiet || s.outTerminal && f.out == "" {
		return nil
	}
	return s.err
}

// faultLine is what a line says of a fault.
type faultLine struct {
	Fault   string           `json:"fault"`
	Rule    string           `json:"rule"`
	Pointer string           `json:"pointer"`
	Verdict fixtures.Verdict `json:"verdict"`
	Change  fixtures.Change  `json:"change"`
}

func (f *generateFlags) writeFaults(ctx context.Context, s *streams) error {
	faults := f.generator.Faults()
	names := []string{all}
	for _, fault := range faults {
		names = append(names, fault.ID, fault.Rule, fault.Keyword)
	}
	for _, id := range f.faults {
		if err := known("fault", id, names, "run ringproof generate --list faults"); err != nil {
			return err
		}
	}
	chosen, err := fixtures.SelectFaults(faults, f.faults)
	if err != nil {
		return notRun(err, "")
	}
	return f.write(ctx, s, func(out sink) error {
		for _, fault := range chosen {
			line := faultLine{fault.ID, fault.Rule, fault.Pointer, fault.Verdict, fault.Change}
			if err := cmp.Or(ctx.Err(), out.told(fault.ID, line, fault.Body(), fault.IsJSON())); err != nil {
				return err
			}
		}
		return nil
	})
}

type evolutionLine struct {
	Evolution string `json:"evolution"`
	Pointer   string `json:"pointer"`
}

func (f *generateFlags) writeEvolutions(ctx context.Context, s *streams) error {
	return f.write(ctx, s, func(out sink) error {
		for _, e := range f.generator.Evolutions() {
			if err := cmp.Or(ctx.Err(), out.told(e.ID, evolutionLine{e.ID, e.Pointer}, e.JSON(), true)); err != nil {
				return err
			}
		}
		return nil
	})
}

type stepLine struct {
	Scenario string `json:"scenario"`
	Step     int    `json:"step"`
	AtMs     int64  `json:"at_ms"`
}

func scenarioNames() []string {
	var names []string
	for _, s := range fixtures.Scenarios() {
		names = append(names, s.Name)
	}
	return names
}

// writeScenarios writes each that is named once, in the order in which they are
// listed.
func (f *generateFlags) writeScenarios(ctx context.Context, s *streams) error {
	names := scenarioNames()
	for _, name := range f.scenarios {
		if err := known("scenario", name, append([]string{all}, names...), "run ringproof generate --list scenarios"); err != nil {
			return err
		}
	}
	if !slices.Contains(f.scenarios, all) {
		names = slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(f.scenarios, name) })
	}
	return f.write(ctx, s, func(out sink) error {
		for i := range f.n {
			for _, name := range names {
				if err := cmp.Or(ctx.Err(), f.play(out, name, i)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (f *generateFlags) play(out sink, name string, call int) error {
	steps, err := f.generator.Scenario(name, f.options(call)...)
	if err != nil {
		return err
	}
	for _, st := range steps {
		file := fmt.Sprintf("%s-%02d", name, st.Number)
		if f.n > 1 {
			file = fmt.Sprintf("%06d-%s", call+1, file)
		}
		if err := out.told(file, stepLine{name, st.Number, st.At.Milliseconds()}, st.JSON(), true); err != nil {
			return err
		}
	}
	return nil
}

func (f *generateFlags) writeCover(ctx context.Context, s *streams) error {
	return f.write(ctx, s, func(out sink) error {
		for i, m := range f.generator.Cover(fixtures.Profile(f.profile)).Messages {
			if err := cmp.Or(ctx.Err(), out.body(fmt.Sprintf("cover-%04d", i+1), m.JSON())); err != nil {
				return err
			}
		}
		return nil
	})
}

// listed is an entry of --list.
type listed struct{ id, title string }

func (f *generateFlags) writeList(_ context.Context, s *streams) error {
	if err := oneOf("list", f.list, lists); err != nil {
		return err
	}
	w := bufio.NewWriter(s.out)
	for _, l := range entries(f.list, f.generator) {
		fmt.Fprint(w, l.id)
		if f.verbose && l.title != "" {
			fmt.Fprint(w, "\t", l.title)
		}
		fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		return notRun(err, "")
	}
	return nil
}

func entries(list string, g *fixtures.Generator) []listed {
	var out []listed
	switch list {
	case "statuses":
		for _, v := range statuses() {
			out = append(out, listed{v, evidence(seenLive(v), "the contract alone has it")})
		}
	case "reasons":
		for _, v := range vapi.Descriptor().Top.Member("endedReason").Schema.Enum.Values {
			out = append(out, listed{v, vapi.StageOf(v).Title})
		}
	case "faults":
		for _, fault := range g.Faults() {
			out = append(out, listed{fault.ID, fault.Change.What})
		}
	case "evolutions":
		for _, e := range g.Evolutions() {
			out = append(out, listed{e.ID, e.Title})
		}
	case "scenarios":
		for _, sc := range fixtures.Scenarios() {
			out = append(out, listed{sc.Name, sc.Title + "; " + evidence(sc.Seen, "the course is ours")})
		}
	}
	return out
}

// evidence says whether something was seen live, and what it rests on otherwise.
func evidence(seen, otherwise string) string {
	if seen != "" {
		return "seen live: " + seen
	}
	return "never seen live: " + otherwise
}
