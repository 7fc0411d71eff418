// Throughput measures how many deliveries a second ringproof send makes at full
// speed, beside wrk and hey: the same body, the same targets, the same number of
// connections, taking turns in one run. All of it goes over the loopback device.
//
//	go run ./internal/throughput [-rounds N] [-time D] [-connections N]
//
// It installs nothing but hey, into a temporary folder (needs the module proxy); wrk
// is a Debian package.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ringproof/ringproof/fixtures"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "throughput:", err)
		os.Exit(1)
	}
}

// plan is what every tool is asked for.
type plan struct {
	rounds      int
	time        time.Duration // of one measurement
	connections int
	body        string // the file
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var p plan
	flags := flag.NewFlagSet("throughput", flag.ContinueOnError)
	flags.IntVar(&p.rounds, "rounds", 5, "how often each tool has its turn at each target")
	flags.DurationVar(&p.time, "time", 3*time.Second, "of one turn, in whole seconds")
	flags.IntVar(&p.connections, "connections", 64, "that each tool holds")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if p.rounds < 1 || p.connections < 1 || p.time < time.Second || p.time%time.Second != 0 || p.time > time.Minute {
		return fmt.Errorf("at least one round, one connection, and 1 to 60 whole seconds")
	}
	dir, err := os.MkdirTemp("", "ringproof-throughput-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	size, err := p.write(dir)
	if err != nil {
		return err
	}
	present, err := prepare(ctx, dir, out)
	if err != nil {
		return err
	}
	targets, stop, err := serve(ctx, dir)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Fprintf(out, "POST of one typical status-update of %d bytes, %d connections, %d rounds of %v each; requests a second, medians, from least to most\n",
		size, p.connections, p.rounds, p.time)
	for _, target := range targets {
		m, err := p.measure(ctx, dir, target, present)
		if err != nil {
			return err
		}
		m.print(out, target.name)
	}
	return nil
}

// write writes the body, and returns its size.
func (p *plan) write(dir string) (int, error) {
	body := fixtures.New(1).MustMessage("ended").JSON()
	p.body = filepath.Join(dir, "body.json")
	return len(body), os.WriteFile(p.body, body, 0o666)
}

// prepare builds what is to be measured, and returns the tools that are here.
func prepare(ctx context.Context, dir string, out io.Writer) ([]tool, error) {
	for _, pkg := range []string{"./cmd/ringproof", "./internal/consumers/cmd/consumer"} {
		if msg, err := exec.CommandContext(ctx, "go", "build", "-o", dir, pkg).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("go build %s: %w\n%s", pkg, err, msg)
		}
	}
	var present []tool
	for _, t := range tools {
		if err := t.prepare(ctx, dir); err != nil {
			fmt.Fprintf(out, "NOT MEASURED: %s: %v\n", t.name, err)
			continue
		}
		present = append(present, t)
	}
	return present, nil
}

// results are requests a second, by tool, in the order of measuring.
type results map[string][]float64

func (p *plan) measure(ctx context.Context, dir string, at target, present []tool) (results, error) {
	m := results{}
	for round := range p.rounds {
		for i := range present {
			t := present[(round+i)%len(present)] // nobody always follows the same one
			text, err := t.run(ctx, dir, p, at.url).CombinedOutput()
			rate := 0.0
			if err == nil {
				rate, err = t.read(text)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w; it said:\n%s", t.name, err, text)
			}
			m[t.name] = append(m[t.name], rate)
		}
	}
	return m, nil
}

func (m results) print(out io.Writer, target string) {
	fmt.Fprintf(out, "\nto %s:\n", target)
	ours := median(m["ringproof"])
	for _, t := range tools {
		rates := m[t.name]
		if len(rates) == 0 {
			continue
		}
		fmt.Fprintf(out, "  %-10s %8.0f  (%.0f to %.0f)", t.name, median(rates), slices.Min(rates), slices.Max(rates))
		if t.name != "ringproof" {
			fmt.Fprintf(out, "   ringproof makes %.2f times as many", ours/median(rates))
		}
		fmt.Fprintln(out)
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// first is the rest of the first line that begins so.
func first(text []byte, prefix string) (string, bool) {
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), prefix); ok {
			return strings.TrimSpace(rest), true
		}
	}
	return "", false
}
