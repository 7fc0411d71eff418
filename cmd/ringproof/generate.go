package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/ringproof/ringproof/fixtures"
	"github.com/ringproof/ringproof/internal/input"
	"github.com/ringproof/ringproof/internal/nearest"
	"github.com/ringproof/ringproof/internal/progress"
	"github.com/ringproof/ringproof/schema/vapi"
	"github.com/spf13/cobra"
)

// lists are what --list takes.
var lists = []string{"statuses", "reasons", "faults", "evolutions", "scenarios"}

type generateFlags struct {
	statuses             []string
	reason, shape        string
	profile              string
	n                    int
	seed                 uint64
	faults               []string
	evolve, cover, stats bool
	scenario, list, out  string
	quiet, verbose       bool
	given                func(flag string) bool
	generator            *fixtures.Generator
}

func newGenerate(s *streams) *cobra.Command {
	f := &generateFlags{}
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "write messages: as Vapi sends them, with one fault each, of tomorrow, or of whole calls",
		Long: `Write webhook bodies, one a line. The same seed writes the same bytes, on every machine and in every
year. Phone numbers and hosts are of ranges reserved for fiction; what was never seen live says so in
--list scenarios -v.`,
		Example: `  ringproof generate -n 100 > messages.jsonl
  ringproof generate --status ended --ended-reason customer-busy
  ringproof generate --scenario forwarded-twice --out call
  ringproof generate --faults all > faults.jsonl`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.given = cmd.Flags().Changed
			return f.run(cmd.Context(), s)
		},
	}
	fs := cmd.Flags()
	fs.StringArrayVar(&f.statuses, "status", nil, "the `STATUS` of the messages; may repeat, and they take turns (default: all)")
	fs.StringVar(&f.reason, "ended-reason", "", "the `REASON` why the calls ended; implies --status ended")
	fs.StringVar(&f.shape, "shape", string(fixtures.Typical), "how much they have: `minimal|typical|full`")
	fs.StringVar(&f.profile, "profile", string(fixtures.Live), "as traffic really is, or as the documents say: `live|documented`")
	fs.IntVarP(&f.n, "number", "n", 1, "how many messages, `N`; with --scenario, how many calls of each")
	fs.Uint64Var(&f.seed, "seed", 1, "another `N` makes other messages")
	fs.StringSliceVar(&f.faults, "faults", nil, "bodies with one fault each: all, or `IDS` of faults, rules or keywords, with commas between")
	fs.BoolVar(&f.evolve, "evolve", false, "messages as they may look tomorrow; a consumer must survive them")
	fs.StringVar(&f.scenario, "scenario", "", "the messages of whole calls: a `NAME`, or all")
	fs.BoolVar(&f.cover, "cover", false, "the smallest set found that visits all that the contract allows")
	fs.BoolVar(&f.stats, "stats", false, "with --cover or --faults: write what they visit instead")
	fs.StringVar(&f.out, "out", "", "write a file for each body into the folder `DIR` instead of lines")
	fs.StringVar(&f.list, "list", "", "write the names of these `THINGS` instead: statuses, reasons, faults, evolutions or scenarios")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "do not tell the seed, and no progress")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "with --list: say what each is")
	complete(cmd, "status", vapi.Descriptor().Top.Member("status").Schema.Enum.Values)
	complete(cmd, "shape", fixtures.Shapes)
	complete(cmd, "profile", fixtures.Profiles)
	complete(cmd, "list", lists)
	complete(cmd, "scenario", scenarioNames())
	return cmd
}

// A mode is what is written: the flag that asks for it, and the flags that go with
// it.
type mode struct {
	flag string
	with []string
	run  func(*generateFlags, context.Context, *streams) error
}

// modes are tried in order; the last one needs no flag.
var modes = []mode{
	{"list", []string{"verbose"}, (*generateFlags).writeList},
	{"faults", []string{"seed", "out", "stats"}, (*generateFlags).writeFaults},
	{"evolve", []string{"seed", "out"}, (*generateFlags).writeEvolutions},
	{"cover", []string{"seed", "out", "stats", "profile"}, (*generateFlags).writeCover},
	{"scenario", []string{"seed", "out", "number", "shape", "profile"}, (*generateFlags).writeScenarios},
	{"", []string{"seed", "out", "number", "shape", "profile", "status", "ended-reason"}, (*generateFlags).writeMessages},
}

var generateFlagNames = []string{"list", "faults", "evolve", "cover", "scenario", "seed", "out", "number", "shape", "profile", "status", "ended-reason", "stats", "verbose"}

func (f *generateFlags) run(ctx context.Context, s *streams) error {
	m := modes[slices.IndexFunc(modes, func(m mode) bool { return m.flag == "" || f.given(m.flag) })]
	for _, flag := range generateFlagNames {
		if f.given(flag) && flag != m.flag && !slices.Contains(m.with, flag) {
			if m.flag == "" {
				return usage(fmt.Errorf("--%s goes with %s only", flag, orList(modesWith(flag))), "add that, or leave it out")
			}
			return usage(fmt.Errorf("--%s does not go with --%s", flag, m.flag), "leave one of them out")
		}
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

// modesWith are the flags of the modes that a flag goes with.
func modesWith(flag string) []string {
	var list []string
	for _, m := range modes {
		if slices.Contains(m.with, flag) {
			list = append(list, "--"+m.flag)
		}
	}
	return list
}

// tellSeed says which seed was used, on stderr.
func (f *generateFlags) tellSeed(s *streams) {
	if !f.quiet {
		fmt.Fprintf(s.err, "seed %d\n", f.seed)
	}
}

// write hands what produce makes to a sink, and tells how it ended.
func (f *generateFlags) write(s *streams, produce func(sink) error) error {
	f.tellSeed(s)
	out, err := f.newSink(s)
	if err != nil {
		return err
	}
	if err := cmp.Or(produce(out), out.close()); err != nil {
		var told *failure
		if errors.As(err, &told) {
			return err
		}
		return notRun(err, "")
	}
	return nil
}

func (f *generateFlags) options(n int) []fixtures.Option {
	o := []fixtures.Option{fixtures.Nth(n), fixtures.WithShape(fixtures.Shape(f.shape)), fixtures.WithProfile(fixtures.Profile(f.profile))}
	if f.reason != "" {
		o = append(o, fixtures.WithEndedReason(vapi.EndedReason(f.reason)))
	}
	return o
}

// bySeen are the statuses, those that were seen live first.
var bySeen = []string{"in-progress", "ended", "forwarding", "queued", "ringing", "scheduled", "not-found", "deletion-failed"}

func (f *generateFlags) writeMessages(ctx context.Context, s *streams) error {
	top := vapi.Descriptor().Top
	for _, status := range f.statuses {
		if err := oneOf("status", status, top.Member("status").Schema.Enum.Values); err != nil {
			return err
		}
	}
	if err := f.checkReason(top.Member("endedReason").Schema.Enum.Values); err != nil {
		return err
	}
	if len(f.statuses) == 0 {
		f.statuses = bySeen
		if f.reason != "" {
			f.statuses = []string{"ended"}
		}
	}
	return f.write(s, func(out sink) error { return f.messages(ctx, s, out) })
}

func (f *generateFlags) checkReason(all []string) error {
	if f.reason == "" {
		return nil
	}
	if i := slices.IndexFunc(f.statuses, func(s string) bool { return s != "ended" }); i >= 0 {
		return usage(fmt.Errorf("a call of status %s has no ended reason", f.statuses[i]), "leave --status out, or use --status ended")
	}
	if slices.Contains(all, f.reason) {
		return nil
	}
	hint := "run ringproof generate --list reasons; a reason of tomorrow comes with --evolve"
	if near := nearest.Of(f.reason, all); near != "" {
		hint = "did you mean " + near + "?"
	}
	return usage(fmt.Errorf("unknown ended reason %q", f.reason), hint)
}

func (f *generateFlags) messages(ctx context.Context, s *streams, out sink) error {
	meter := progress.Start(f.meterFor(s), s.errTerminal, "messages", f.n)
	defer meter.Stop()
	type made struct {
		number int
		status string
		body   []byte
		err    error
	}
	make := func(i int) made {
		status := f.statuses[i%len(f.statuses)]
		m, err := f.generator.Message(vapi.CallStatus(status), f.options(i)...)
		if err != nil {
			return made{err: err}
		}
		return made{i, status, m.JSON(), nil}
	}
	count := func(yield func(int) bool) {
		for i := range f.n {
			if !yield(i) {
				return
			}
		}
	}
	return input.Ordered(ctx, runtime.GOMAXPROCS(0), count, make, func(m made) error {
		meter.Add(1)
		if m.err != nil {
			return m.err
		}
		return out.body(fmt.Sprintf("%06d-%s", m.number+1, m.status), m.body)
	})
}

// meterFor is where progress goes: not onto a terminal that gets the lines.
func (f *generateFlags) meterFor(s *streams) interface{ Write([]byte) (int, error) } {
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
	if f.stats {
		return writeFaultSites(s)
	}
	chosen, err := fixtures.SelectFaults(f.generator.Faults(), f.faults)
	if err != nil {
		return usage(plainLibrary(err), "run ringproof generate --list faults")
	}
	return f.write(s, func(out sink) error {
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

func (f *generateFlags) writeEvolutions(_ context.Context, s *streams) error {
	return f.write(s, func(out sink) error {
		for _, e := range f.generator.Evolutions() {
			if err := out.told(e.ID, evolutionLine{e.ID, e.Pointer}, e.JSON(), true); err != nil {
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
	names := []string{}
	for _, s := range fixtures.Scenarios() {
		names = append(names, s.Name)
	}
	return append(names, "all")
}

func (f *generateFlags) writeScenarios(ctx context.Context, s *streams) error {
	names := scenarioNames()
	if !slices.Contains(names, f.scenario) {
		hint := "run ringproof generate --list scenarios"
		if near := nearest.Of(f.scenario, names); near != "" {
			hint = "did you mean " + near + "?"
		}
		return usage(fmt.Errorf("unknown scenario %q", f.scenario), hint)
	}
	names = names[:len(names)-1]
	if f.scenario != "all" {
		names = []string{f.scenario}
	}
	return f.write(s, func(out sink) error {
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

func (f *generateFlags) writeCover(_ context.Context, s *streams) error {
	set := f.generator.Cover(fixtures.Profile(f.profile))
	if f.stats {
		f.tellSeed(s)
		return writeCoverage(s, set)
	}
	return f.write(s, func(out sink) error {
		for i, m := range set.Messages {
			if err := out.body(fmt.Sprintf("cover-%04d", i+1), m.JSON()); err != nil {
				return err
			}
		}
		return nil
	})
}

// plainLibrary is an error of package fixtures without its name.
func plainLibrary(err error) error { return errors.New(strings.TrimPrefix(err.Error(), "fixtures: ")) }

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
	top := vapi.Descriptor().Top
	switch list {
	case "statuses":
		for _, v := range top.Member("status").Schema.Enum.Values {
			out = append(out, listed{id: v})
		}
	case "reasons":
		for _, v := range top.Member("endedReason").Schema.Enum.Values {
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
			out = append(out, listed{sc.Name, sc.Title + "; " + evidence(&sc)})
		}
	}
	return out
}

// evidence says whether a scenario was seen live.
func evidence(s *fixtures.Scenario) string {
	if s.Seen != "" {
		return "seen live: " + s.Seen
	}
	return "never seen live: the course is ours"
}

// base64Of is how a line carries a body that is not JSON.
func base64Of(body []byte) string { return base64.StdEncoding.EncodeToString(body) }
