package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/ringproof/ringproof/fixtures"
	"github.com/ringproof/ringproof/internal/report"
	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/testdata"
	"github.com/spf13/cobra"
)

// demoFaults are the vectors that the demo shows: a rule that only prose states, a
// member that is missing, a body that two parsers read in two ways.
var demoFaults = []string{
	"invalid/only-if/ended-reason.json",
	"invalid/schema/required--call.json",
	"invalid/json/duplicate-member.json",
}

func newDemo(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:     "demo",
		Short:   "judge embedded samples, make a call, break it in every place, and check a consumer",
		Example: "  ringproof demo",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var b bytes.Buffer
			err := demo(cmd.Context(), &b, report.NewText(nil, report.Options{Color: s.color}))
			if _, werr := s.out.Write(b.Bytes()); err == nil {
				err = werr
			}
			if err != nil {
				return notRun(err, "this is a fault of ringproof itself: its own samples were not judged as they should be")
			}
			return nil
		},
	}
}

func demo(ctx context.Context, b *bytes.Buffer, text *report.Text) error {
	fmt.Fprint(b, "ringproof judges webhook bodies, and the services that take them, by what Vapi documents and really sends.\n\n"+
		"Bodies of live traffic, free values replaced          profile live    profile documented\n")
	vectors, err := testdata.Vectors()
	if err != nil {
		return err
	}
	for _, v := range vectors {
		if strings.HasPrefix(v.File, "live/") {
			if err := demoLive(b, v); err != nil {
				return err
			}
		}
	}
	fmt.Fprintf(b, "The notes are what live traffic does and no document says.\n\nThree bodies with one fault each\n\n")
	for _, name := range demoFaults {
		if err := demoFault(b, text, vectors, name); err != nil {
			return err
		}
	}
	if err := demoCall(b); err != nil {
		return err
	}
	if err := demoGenerated(b); err != nil {
		return err
	}
	if err := demoConsumer(ctx, b); err != nil {
		return err
	}
	fmt.Fprint(b, `Now yours:
  ringproof validate path/to/fixtures      judge your own samples of status-update
  ringproof verify --to http://...         check your service: what it takes, refuses, believes and knows
  ringproof send --to http://...           send it calls, in good order or in chaos
  ringproof generate --scenario all        the same messages as files or lines
`)
	return nil
}

func demoLive(b *bytes.Buffer, v testdata.Vector) error {
	data, err := v.Body()
	if err != nil {
		return err
	}
	var verdicts []string
	for _, p := range schema.Profiles {
		r, err := schema.Validate(data, schema.Options{Profile: p})
		if err != nil {
			return err
		}
		if p == schema.Live && r.Worst().AtLeast(schema.Warning) {
			return fmt.Errorf("%s: %d errors, %d warnings", v.File, r.Errors, r.Warnings)
		}
		verdicts = append(verdicts, brief(&r))
	}
	_, err = fmt.Fprintf(b, "  %-36s %6.1f KB       %-15s %s\n", v.File, float64(len(data))/1000, verdicts[0], verdicts[1])
	return err
}

// demoScenario is a call that a user cannot make at will.
const demoScenario = "forwarded-twice"

func demoCall(b *bytes.Buffer) error {
	steps, err := fixtures.New(1).Scenario(demoScenario)
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "A call, made up (generate --scenario %s)\n", demoScenario)
	for _, st := range steps {
		r, err := schema.Validate(st.JSON(), schema.Options{})
		if err != nil {
			return err
		}
		body, err := st.Envelope()
		if err != nil {
			return err
		}
		if r.Worst().AtLeast(schema.Warning) {
			return fmt.Errorf("scenario %s, step %d: %d errors, %d warnings", demoScenario, st.Number, r.Errors, r.Warnings)
		}
		fmt.Fprintf(b, "  after %6.1f s  %-36s %6.1f KB  %s\n", st.At.Seconds(), body.Message.Status, float64(len(st.JSON()))/1000, brief(&r))
	}
	b.WriteByte('\n')
	return nil
}

// demoGenerated proves every single fault, and every evolution.
func demoGenerated(b *bytes.Buffer) error {
	g := fixtures.New(1)
	live, err := schema.NewValidator(schema.Options{Engine: schema.EngineWalk})
	if err != nil {
		return err
	}
	documented, err := schema.NewValidator(schema.Options{Profile: schema.Documented, Engine: schema.EngineWalk})
	if err != nil {
		return err
	}
	faults := g.Faults()
	for _, f := range faults {
		r, err := documented.Validate(f.Body())
		if err != nil {
			return err
		}
		if len(r.Findings) != 1 || r.Errors != 1 || r.Findings[0].Rule != f.Rule {
			return fmt.Errorf("fault %s: want one error of %s, got %v", f.ID, f.Rule, r.Findings)
		}
	}
	evolutions := g.Evolutions()
	for _, e := range evolutions {
		r, err := live.Validate(e.JSON())
		if err != nil {
			return err
		}
		if r.Errors > 0 {
			return fmt.Errorf("evolution %s: %v", e.ID, r.Findings)
		}
	}
	fmt.Fprintf(b, "%d bodies with one fault each: each found, and nothing else (generate --faults all)\n"+
		"%d bodies of tomorrow's contract: none is an error in the profile live (generate --evolve)\n\n", len(faults), len(evolutions))
	return nil
}

// brief is the verdict in two words.
func brief(r *schema.Report) string {
	var parts []string
	for _, c := range []struct {
		n    int
		noun string
	}{{r.Errors, "error"}, {r.Warnings, "warning"}, {r.Notes, "note"}} {
		switch {
		case c.n == 1:
			parts = append(parts, "1 "+c.noun)
		case c.n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", c.n, c.noun))
		}
	}
	if r.Errors == 0 && r.Warnings == 0 {
		parts = append([]string{"ok"}, parts...)
	}
	return strings.Join(parts, ", ")
}

func demoFault(b *bytes.Buffer, text *report.Text, vectors []testdata.Vector, name string) error {
	for _, v := range vectors {
		if v.File != name {
			continue
		}
		p := report.Payload{File: "sample " + v.File, Index: 1}
		var err error
		if p.Data, err = v.Body(); err != nil {
			return err
		}
		if p.Report, err = schema.Validate(p.Data, schema.Options{}); err != nil {
			return err
		}
		if len(p.Report.Findings) != 1 || p.Report.Findings[0].Rule != v.Rule {
			return fmt.Errorf("%s: want one finding of %s, got %v", v.File, v.Rule, p.Report.Findings)
		}
		text.Finding(b, &p, &p.Report.Findings[0])
		b.WriteByte('\n')
		return nil
	}
	return fmt.Errorf("no sample %s", name)
}
