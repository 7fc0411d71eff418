package campaign

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/ringproof/ringproof/fuzz"
	"github.com/ringproof/ringproof/internal/report"
)

// Kinds are the kinds of reports.
var Kinds = []string{"text", "json", "junit", "html"}

// Summary is a campaign that is over, as reports tell of it.
type Summary struct {
	Decoder     Decoder  `json:"decoder"`
	Seed        uint64   `json:"seed"`
	Runs        int      `json:"runs"`
	Valid       int      `json:"valid"`
	Evolved     int      `json:"evolved"`
	Faulty      int      `json:"faulty"`
	Malformed   int      `json:"malformed"`
	Refused     int      `json:"refused"`
	Broken      int      `json:"broken_down"` // neither decoded nor refused
	Nodes       int      `json:"contract_nodes_visited"`
	Reachable   int      `json:"contract_nodes"`
	Stderr      string   `json:"stderr,omitempty"`
	Interrupted bool     `json:"interrupted"`
	Ended       bool     `json:"ended_early"`          // after as many failures as were wanted, or as Gone says
	Gone        string   `json:"gave_up,omitempty"`    // why there was no decoder to go on with
	Latency     *Latency `json:"latency_ms,omitempty"` // of an endpoint
	// NotAsked are the oracles that need an encoding, where none was seen.
	NotAsked []fuzz.Oracle `json:"not_asked,omitempty"`
	Failures []Failure     `json:"failures"`

	stats    fuzz.Stats
	coverage fuzz.Coverage
	asked    []fuzz.Oracle
	found    []Found
}

// Failure is one key that failed.
type Failure struct {
	Oracle   fuzz.Oracle `json:"oracle"`
	Pointer  string      `json:"pointer"`
	Class    fuzz.Class  `json:"class"`
	Payload  Bytes       `json:"payload"`
	Expected string      `json:"expected"`
	Got      string      `json:"got"`
	State    fuzz.State  `json:"state,omitempty"`
	Before   int         `json:"before,omitempty"` // how many bodies come first
	File     string      `json:"file"`
	Command  string      `json:"command"`
}

// Latency is how long answers took, in milliseconds.
type Latency struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// Summary is what reports tell of a result.
func (p Plan) Summary(r Result, interrupted bool) *Summary {
	s := &Summary{
		Decoder: p.Decoder, Seed: p.Seed, Runs: r.Stats.Executions, Valid: r.Stats.Valid, Evolved: r.Stats.Evolved, Faulty: r.Stats.Faulty,
		Malformed: r.Stats.Malformed, Refused: r.Stats.Refused, Broken: r.Stats.Broken, Nodes: r.Coverage.Nodes, Reachable: r.Coverage.Reachable,
		Stderr: r.Noise, Interrupted: interrupted, Ended: p.Most > 0 && len(r.Found) >= p.Most, Failures: []Failure{}, stats: r.Stats, coverage: r.Coverage, found: r.Found,
	}
	if r.Gone != nil {
		s.Ended, s.Gone = true, strings.TrimPrefix(r.Gone.Error(), "fuzz: ")
	}
	if h := r.Latency; h != nil && h.TotalCount() > 0 {
		ms := func(us int64) float64 { return float64(us) / 1000 }
		s.Latency = &Latency{ms(h.ValueAtQuantile(50)), ms(h.ValueAtQuantile(99)), ms(h.Max())}
	}
	for _, x := range r.Found {
		command := ""
		if x.File != "" {
			command = replayCommand(x.File)
		}
		s.Failures = append(s.Failures, Failure{x.Oracle, x.Pointer, x.Class, x.Body, x.Want, x.Got, x.State, len(x.Before), x.File, command})
	}
	for _, o := range fuzz.Oracles {
		switch o {
		case fuzz.Linear, fuzz.Probes, fuzz.Differential:
		case fuzz.Refuses:
			if p.Strict != nil {
				s.asked = append(s.asked, o)
			}
		case fuzz.Lossless, fuzz.Reencoded, fuzz.Stable, fuzz.NoAlias, fuzz.Deterministic, fuzz.Metamorphic:
			if r.Stats.Executions > r.Stats.Refused+r.Stats.Broken && r.Stats.Encoded == 0 {
				s.NotAsked = append(s.NotAsked, o)
				continue
			}
			s.asked = append(s.asked, o)
		default:
			s.asked = append(s.asked, o)
		}
	}
	return s
}

// Write writes a report of the kind. The text has no failures, as they were told when
// they were found, unless all is set.
func (s *Summary) Write(kind string, w io.Writer, all bool) error {
	switch kind {
	case "json":
		return json.NewEncoder(w).Encode(s)
	case "junit":
		return s.writeJUnit(w)
	case "html":
		return page.Execute(w, s)
	}
	if all {
		for _, f := range s.found {
			if err := WriteFound(w, f); err != nil {
				return err
			}
		}
	}
	_, err := io.WriteString(w, s.text())
	return err
}

// WriteFound writes a failure as text.
func WriteFound(w io.Writer, f Found) error {
	if f.File == "" {
		_, err := fmt.Fprintf(w, "%s  again:    not saved\n", f.Failure)
		return err
	}
	_, err := fmt.Fprintf(w, "%s  again:    %s\n", f.Failure, report.Printable(replayCommand(f.File)))
	return err
}

func (s *Summary) text() string {
	t := fmt.Sprintf("%s\n%s\n", s.stats, s.coverage)
	if s.Stderr != "" {
		t += "standard error, which is no failure: " + report.Printable(firstLine(s.Stderr)) + "\n"
	}
	if l := s.Latency; l != nil {
		t += fmt.Sprintf("latency p50 %.1f ms, p99 %.1f ms, max %.1f ms\n", l.P50, l.P99, l.Max)
	}
	if len(s.NotAsked) > 0 {
		t += noEncoding + "\n"
	}
	switch {
	case s.Gone != "":
		return t + s.Verdict() + ", and the end of the run: " + report.Printable(s.Gone) + "\n"
	case s.Ended:
		return t + s.Verdict() + ", and the end of the run; --max-failures sets how many, --calibrate lists all that gets lost\n"
	}
	return t + s.Verdict() + "\n"
}

// noEncoding says what stands in for a verdict.
const noEncoding = "no encoding was seen: refusals, crashes and hangs were judged, not what is kept"

func firstLine(text string) string {
	for i := range text {
		if text[i] == '\n' {
			return text[:i]
		}
	}
	return text
}

// Verdict is the result in a few words.
func (s *Summary) Verdict() string { return Counted(len(s.Failures)) }

// Counted is a number of failures in words.
func Counted(n int) string {
	switch n {
	case 0:
		return "no failure"
	case 1:
		return "1 failure"
	default:
		return strconv.Itoa(n) + " failures"
	}
}

// writeJUnit writes a test case for each oracle that found nothing, and one for each
// failure.
func (s *Summary) writeJUnit(w io.Writer) error {
	suite := junit.Testsuite{Name: report.Printable(s.Where())}
	suite.AddProperty("seed", strconv.FormatUint(s.Seed, 10))
	suite.AddProperty("runs", strconv.Itoa(s.Runs))
	switch {
	case s.Interrupted:
		suite.AddProperty("incomplete", "interrupted")
	case s.Gone != "":
		suite.AddProperty("incomplete", report.Printable(s.Gone))
	}
	for _, o := range s.asked {
		if !slices.ContainsFunc(s.Failures, func(f Failure) bool { return f.Oracle == o }) {
			suite.AddTestcase(junit.Testcase{Name: string(o), Classname: string(o)})
		}
	}
	for _, o := range s.NotAsked {
		suite.AddTestcase(junit.Testcase{Name: string(o), Classname: string(o), Skipped: &junit.Result{Message: noEncoding}})
	}
	for i, f := range s.Failures {
		key := report.Printable(s.found[i].Key.String())
		suite.AddTestcase(junit.Testcase{Name: key, Classname: string(f.Oracle), Failure: &junit.Result{
			Message: report.Printable("expected " + f.Expected + ", got " + f.Got), Type: string(f.Class), Data: report.Printable(string(f.Payload)) + "\nagain: " + report.Printable(cmp.Or(f.Command, "not saved")),
		}})
	}
	suites := junit.Testsuites{Name: "ringproof fuzz"}
	suites.AddSuite(suite)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	return suites.WriteXML(w)
}

// Where is the command or the URL of the decoder.
func (s *Summary) Where() string { return s.Decoder.Exec + s.Decoder.To }

//go:embed style.css
var style string

//go:embed report.html
var pageSource string

// page needs no network and no script.
var page = template.Must(template.New("report.html").Funcs(pageFunctions).Parse(pageSource))

var pageFunctions = template.FuncMap{
	"style":     func() template.CSS { return template.CSS(style) },
	"printable": func(v any) string { return report.Printable(fmt.Sprint(v)) },
	"text":      func(b Bytes) string { return report.Printable(string(b)) },
	"percent": func(n, of int) string {
		if of == 0 {
			return "–"
		}
		return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of))
	},
}
