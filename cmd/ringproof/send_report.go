package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ringproof/ringproof/contract/delivery"
	"github.com/ringproof/ringproof/internal/report"
	"github.com/spf13/pflag"
)

// tellEvent writes a line for what happened to a delivery.
func (f *sendFlags) tellEvent(s *streams, e delivery.Event) {
	d := &e.Planned
	name := f.name(d.Call, d.Step)
	for _, a := range d.Act {
		if e.Kind == delivery.Started || e.Kind == delivery.WasDropped {
			fmt.Fprintf(s.err, "chaos %s: %s: %s\n", name, a.Kind, a.Detail)
		}
	}
	switch e.Kind {
	case delivery.Started:
		fmt.Fprintf(s.err, "--> %s, %d bytes\n", name, len(d.Body))
	case delivery.Finished:
		answer := fmt.Sprint(e.Result.Status)
		if e.Result.Err != nil {
			answer = report.Printable(e.Result.Err.Error())
		}
		fmt.Fprintf(s.err, "<-- %s, %s after %.1f ms", name, answer, e.Result.Total.Seconds()*1000)
		if n := e.Result.Attempts(); n > 1 {
			fmt.Fprintf(s.err, ", %d attempts", n)
		}
		if said := firstLine(string(e.Result.Answer)); said != "" && !e.Result.OK() {
			fmt.Fprintf(s.err, ": %s", said)
		}
		fmt.Fprintln(s.err)
	case delivery.NotSent:
		fmt.Fprintf(s.err, "--- %s, not sent\n", name)
	}
}

// name is that of a delivery, for people: a message of a call, or a body of a file.
func (f *sendFlags) name(call string, step int) string {
	what := "step"
	if f.flags.NArg() > 0 {
		what = "body"
	}
	return fmt.Sprintf("%s %s %d", report.Printable(call), what, step)
}

// actList is what chaos did, as much as a report shows.
type actList struct {
	acts  []act
	after int // how many more there were
}

type act struct {
	ID     string           `json:"id"`
	Call   string           `json:"call"`
	Step   int              `json:"step"`
	Kind   delivery.ActKind `json:"kind"`
	Detail string           `json:"detail"`
}

// mostActs is how many acts the JSON lists.
const mostActs = 10_000

func (l *actList) add(e delivery.Event) {
	if e.Kind != delivery.Started && e.Kind != delivery.WasDropped {
		return
	}
	for _, a := range e.Planned.Act {
		if len(l.acts) == mostActs {
			l.after++
			continue
		}
		l.acts = append(l.acts, act{e.Planned.ID, e.Planned.Call, e.Planned.Step, a.Kind, a.Detail})
	}
}

// again is the command that repeats the run. It has no secret: that of --auth is
// named, wherever it stands; values of --header and the query of --to are left out.
func (f *sendFlags) again(p *sendPlan, args []string) string {
	words := []string{"ringproof", "send"}
	add := func(flag, value string) { words = append(words, "--"+flag, shellWord(hidden(p.auth, value))) }
	f.flags.Visit(func(x *pflag.Flag) {
		switch v := x.Value.String(); x.Name {
		case "quiet", "verbose", "format", "seed":
		case "auth":
			words = append(words, "--auth", shellWord(p.auth.String()))
		case "to":
			if before, _, found := strings.Cut(v, "?"); found {
				v = before + "?..."
			}
			add(x.Name, v)
		case "header":
			for _, h := range p.headers {
				add(x.Name, h.Name+":...")
			}
		case "override":
			for _, o := range f.overrides {
				add(x.Name, o)
			}
		case "scenario":
			add(x.Name, strings.Join(f.scenarios, ","))
		case "allow-remote":
			words = append(words, "--"+x.Name)
		default:
			add(x.Name, v)
		}
	})
	if f.random(args, p) {
		words = append(words, "--seed", fmt.Sprint(f.seed))
	}
	for _, a := range args {
		words = append(words, shellWord(hidden(p.auth, a)))
	}
	return strings.Join(words, " ")
}

// hidden is a word of the user's own without the secret. A short one may well be in
// it by chance.
func hidden(a *delivery.Auth, word string) string {
	const chance = 8
	if len(a.Secret()) < chance {
		return word
	}
	return a.Hide(word)
}

// shellWord is a word as a POSIX shell reads it; $RINGPROOF_SECRET stays a variable.
func shellWord(word string) string {
	if word != "" && strings.IndexFunc(word, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@$", r)
	}) < 0 {
		return report.Printable(word)
	}
	return "'" + report.Printable(strings.ReplaceAll(word, "'", `'\''`)) + "'"
}

// conclude writes the summary and says what it comes to.
func (f *sendFlags) conclude(s *streams, p *sendPlan, sum *delivery.Summary, err error) error {
	data := f.render(p, sum)
	if _, werr := s.out.Write(data); werr != nil {
		return notRun(werr, "")
	}
	var remote *delivery.RemoteError
	failed := sum.Unacknowledged > 0 || sum.Unsent > 0 && !sum.Interrupted
	switch {
	case errors.As(err, &remote):
		return usage(err, "to send there all the same, add --allow-remote")
	case err != nil:
		return notRun(err, "")
	case sum.Sent > 0 && !sum.Answered && !sum.Interrupted:
		return notRun(errors.New("the target never answered"), f.silence(sum))
	case sum.Sent+sum.Dropped+sum.Unsent == 0 && !sum.Interrupted:
		return notRun(errors.New("nothing came that could be sent"), "")
	case sum.Interrupted && (!failed || !sum.Answered):
		return notRun(errors.New("interrupted"), "")
	case failed:
		if !f.quiet {
			fmt.Fprintf(s.err, "again: %s\n", f.again(p, f.flags.Args()))
			f.adviseWorkers(s, sum)
		}
		return errFindings
	}
	return nil
}

// adviseWorkers says what to do if deliveries found no free worker until the run was over.
func (f *sendFlags) adviseWorkers(s *streams, sum *delivery.Summary) {
	if sum.Unsent > 0 && !sum.Interrupted && !sum.GaveUp {
		fmt.Fprintf(s.err, "hint: --concurrency %d was exhausted; raise it, or find out why the target is slow\n", f.workers())
	}
}

// silence is what to do about a target that never answered, by how it did not.
func (f *sendFlags) silence(sum *delivery.Summary) string {
	hints := []struct {
		kind delivery.Kind
		hint string
	}{
		{delivery.Garbage, "something else than HTTP is spoken there; is this its address, and is it https?"},
		{delivery.TLS, "does it speak https, and is its certificate one that this machine trusts?"},
		{delivery.Timeout, fmt.Sprintf("it gave no whole answer within --timeout %v; Vapi waits 20s by default", f.timeout)},
		{delivery.Closed, "it takes connections and closes them; its log may say why"},
		{delivery.Unresolved, "the name has no address; is it spelled rightly?"},
		{delivery.Local, "this machine can open no more connections; try a lower --concurrency"},
	}
	for _, h := range hints {
		if sum.Errors[h.kind] > 0 {
			return h.hint
		}
	}
	return "is it running, and is this its address?"
}

func (f *sendFlags) render(p *sendPlan, sum *delivery.Summary) []byte {
	if f.format == "json" {
		data, err := json.Marshal(struct {
			Seed uint64 `json:"seed"`
			*delivery.Summary
			Acts    []act `json:"acts"`
			Omitted int   `json:"acts_omitted,omitempty"`
		}{f.seed, sum, append([]act{}, p.acts.acts...), p.acts.after})
		if err != nil {
			panic(err) // numbers and texts only
		}
		return append(data, '\n')
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d sent in %.1f s, %.1f a second: %d acknowledged, %d not", sum.Sent, sum.Elapsed, sum.Rate, sum.Acknowledged, sum.Unacknowledged)
	if c := sum.Corrupted; c.Sent > 0 {
		fmt.Fprintf(&b, "; %d corrupted, of them %d acknowledged", c.Sent, c.Acknowledged)
	}
	if sum.Dropped > 0 {
		fmt.Fprintf(&b, "; %d dropped", sum.Dropped)
	}
	if sum.Retried > 0 {
		fmt.Fprintf(&b, "; %d retries", sum.Retried)
	}
	b.WriteByte('\n')
	if why := f.early(sum); why != "" {
		fmt.Fprintln(&b, why)
	}
	if sum.Latency.Count > 0 {
		percentiles(&b, "latency", sum.Latency)
		if sum.Lateness.Count > 0 {
			percentiles(&b, "lateness", sum.Lateness)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(sum.Statuses)) {
		fmt.Fprintf(&b, "status %d: %d\n", code, sum.Statuses[code])
	}
	for _, kind := range slices.Sorted(maps.Keys(sum.Errors)) {
		fmt.Fprintf(&b, "%s: %d\n", kind, sum.Errors[kind])
	}
	if sum.Cut > 0 {
		fmt.Fprintf(&b, "%d answers were longer than 1 MiB, and not read to their end\n", sum.Cut)
	}
	for _, x := range sum.Failures {
		fmt.Fprintf(&b, "not acknowledged: %s: %s\n", f.name(x.Call, x.Step), reason(x))
	}
	if more := sum.Unacknowledged - int64(len(sum.Failures)); more > 0 {
		fmt.Fprintf(&b, "and %d more\n", more)
	}
	return b.Bytes()
}

// early is why not all was sent that should have been; empty if it was.
func (f *sendFlags) early(sum *delivery.Summary) string {
	switch {
	case sum.Interrupted:
		return "interrupted: what follows is about what was sent until then"
	case sum.GaveUp:
		return fmt.Sprintf("stopped after %d, for the target never answered", sum.Sent)
	case sum.Unsent > 0:
		return fmt.Sprintf("the duration of %v was over: %d that were due were not sent, for --concurrency %d was exhausted", f.duration, sum.Unsent, f.workers())
	}
	return ""
}

func reason(x delivery.Failure) string {
	why := fmt.Sprintf("status %d", x.Status)
	if x.Kind != "" {
		why = string(x.Kind)
	}
	if x.Detail != "" {
		why += ": " + report.Printable(x.Detail)
	}
	if said := firstLine(x.Answer); said != "" {
		why += ": " + said
	}
	if x.Attempts > 1 {
		why += fmt.Sprintf(", after %d attempts", x.Attempts)
	}
	return why
}

// firstLine is the beginning of what a target said, fit for a terminal.
func firstLine(answer string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(answer), "\n")
	return report.Printable(line)
}

func percentiles(b *bytes.Buffer, what string, p delivery.Percentiles) {
	fmt.Fprintf(b, "%-8s p50 %.1f ms, p90 %.1f, p99 %.1f, p99.9 %.1f, max %.1f\n", what, p.P50, p.P90, p.P99, p.P999, p.Max)
}
