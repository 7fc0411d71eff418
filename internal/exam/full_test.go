//go:build unix

package exam

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ringproof/ringproof/fuzz"
)

// How the exam is sat: RINGPROOF_EXAM says where the table goes, - for standard output.
// The next two are for shorter ones, the last two for processes that it starts.
const (
	outVariable     = "RINGPROOF_EXAM"
	secondsVariable = "RINGPROOF_EXAM_SECONDS" // how long each correct decoder is tried; default 300
	onlyVariable    = "RINGPROOF_EXAM_ONLY"    // a regular expression of names
	decoderVariable = "RINGPROOF_EXAM_DECODER" // for the targets below
	calmVariable    = "RINGPROOF_EXAM_CALM"    // for TestCalm: a file
)

const (
	seedsOfExam = 5
	limit       = 30 * time.Second // for the kit to find a defect out, on one core
	rawCount    = 20_000           // executions of raw fuzzing
	rapidChecks = 2_000
)

// try is what came of one attempt to find a defect out.
type try struct {
	killed     bool
	by         fuzz.Oracle
	executions int
	cpu        time.Duration
	bytes      int // of the body that shows it
	note       string
}

// entry is a line of the table.
type entry struct {
	d          Decoder
	kit        [seedsOfExam]try
	raw, rapid try
}

// TestExam examines the kit, raw native fuzzing and rapid with the same decoders.
func TestExam(t *testing.T) {
	out := os.Getenv(outVariable)
	if out == "" {
		t.Skip("takes most of an hour; make exam runs it")
	}
	runtime.GOMAXPROCS(1) // what is measured is said to be of one core
	only := regexp.MustCompile(os.Getenv(onlyVariable))
	binary := filepath.Join(t.TempDir(), "exam.test")
	build := exec.Command("go", "test", "-c", "-fuzz=FuzzRaw", "-o", binary, ".")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	calm := tryCorrect(t, binary)
	var entries []entry
	for _, d := range Broken() {
		if !only.MatchString(d.Name) {
			continue
		}
		e := entry{d: d}
		for seed := range e.kit {
			e.kit[seed] = byKit(t, d, uint64(seed+1))
			if k := e.kit[seed]; !k.killed {
				t.Errorf("%s: not found out with seed %d in %d executions, %v of CPU time", d.Name, seed+1, k.executions, k.cpu)
			}
		}
		e.raw = byRaw(t, binary, d)
		e.rapid = byRapid(t, binary, d)
		t.Logf("%s: kit %+v, raw %+v, rapid %+v", d.Name, e.kit[0], e.raw, e.rapid)
		entries = append(entries, e)
	}
	replayed := tryNative(t, binary)
	correct := calm()
	if !t.Failed() || out == "-" {
		page := table(entries, correct, replayed)
		if out == "-" {
			fmt.Print(page)
			return
		}
		require.NoError(t, os.WriteFile(out, []byte(page), 0o644))
	}
}

// cpuTime is that of this process.
func cpuTime() time.Duration { return usage(syscall.RUSAGE_SELF) }

func usage(who int) time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(who, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func byKit(t *testing.T, d Decoder, seed uint64) (k try) {
	t.Helper()
	e, err := fuzz.NewEngine(d.Codec().Subject(), d.Options...)
	require.NoError(t, err)
	began := cpuTime()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	s := e.Search(ctx, seed, 1<<30, func(f fuzz.Failure) bool {
		if f.Oracle != d.Oracle {
			return true
		}
		k.killed, k.by, k.bytes = true, f.Oracle, len(f.Body)
		return false
	})
	k.executions, k.cpu = max(s.Executions, 1), cpuTime()-began
	return k
}

var execs = regexp.MustCompile(`execs: (\d+)`)

// byRaw runs Go's own fuzzing on bytes in another process, in an empty folder.
func byRaw(t *testing.T, binary string, d Decoder) (r try) {
	t.Helper()
	dir := t.TempDir()
	began := usage(syscall.RUSAGE_CHILDREN)
	ctx, cancel := context.WithTimeout(context.Background(), 2*limit)
	defer cancel()
	text, err := runFuzz(ctx, binary, dir, d.Name, "FuzzRaw", "-test.fuzz=^FuzzRaw$", "-test.fuzztime="+strconv.Itoa(rawCount)+"x")
	r.cpu = usage(syscall.RUSAGE_CHILDREN) - began
	for _, m := range execs.FindAllSubmatch(text, -1) {
		r.executions, _ = strconv.Atoi(string(m[1]))
	}
	switch {
	case ctx.Err() != nil:
		r.note = "not done in a minute"
	case err != nil && bytes.Contains(text, []byte("Failing input")):
		r.killed = true
	case err != nil && bytes.Contains(text, []byte("--- FAIL")):
		r.killed, r.note = true, "seed"
	case err != nil:
		r.note = "failed to run"
	}
	return r
}

func runFuzz(ctx context.Context, binary, dir, name, target string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, binary, append([]string{"-test.run=^" + target + "$", "-test.parallel=1", "-test.fuzzminimizetime=10x", "-test.fuzzcachedir=" + filepath.Join(dir, "cache")}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), decoderVariable+"="+name, outVariable+"=", "GOMAXPROCS=1")
	cmd.WaitDelay = time.Second
	return cmd.CombinedOutput()
}

// named is the decoder of the environment; the lossless generic one without it.
func named(t testing.TB) Decoder {
	t.Helper()
	name := os.Getenv(decoderVariable)
	for _, d := range Broken() {
		if d.Name == name {
			return d
		}
	}
	if name != "" {
		t.Fatalf("%s=%s: there is no such decoder", decoderVariable, name)
	}
	return Decoder{Name: "generic", decode: exact, encode: encode}
}

// FuzzRaw is what one writes without a kit: bytes, no panic, and the second encoding
// like the first. It has the same seeds, as bodies.
func FuzzRaw(f *testing.F) {
	d := named(f)
	for _, body := range fuzz.Bodies(256) {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if err := roundTrip(&d, body); err != nil {
			t.Error(err)
		}
	})
}

// FuzzKit is the kit as native target.
func FuzzKit(f *testing.F) {
	d := named(f)
	fuzz.Run(f, d.Codec(), d.Options...)
}

// roundTrip is the usual oracle.
func roundTrip(d *Decoder, body []byte) error {
	v, err := d.Decode(body)
	if err != nil {
		return nil
	}
	first, err := d.Encode(v)
	if errors.Is(err, fuzz.ErrNoEncoder) {
		return nil
	}
	if err != nil {
		return err
	}
	again, err := d.Decode(bytes.Clone(first))
	if err != nil {
		return err
	}
	second, err := d.Encode(again)
	if err != nil {
		return err
	}
	if !bytes.Equal(first, second) {
		return fmt.Errorf("%.200s becomes %.200s", first, second)
	}
	return nil
}

// message is a Go struct of the message for rapid to fill: it knows types, no contract.
type message struct {
	Message struct {
		Type        string   `json:"type"`
		Status      string   `json:"status"`
		EndedReason *string  `json:"endedReason,omitempty"`
		Timestamp   *float64 `json:"timestamp,omitempty"`
		Summary     *string  `json:"summary,omitempty"`
		Call        *struct {
			ID     string `json:"id"`
			OrgID  string `json:"orgId"`
			Status string `json:"status"`
		} `json:"call,omitempty"`
		Artifact *struct {
			Messages []struct {
				Role    string  `json:"role"`
				Message string  `json:"message"`
				Time    float64 `json:"time"`
				Result  *string `json:"result,omitempty"`
			} `json:"messages"`
		} `json:"artifact,omitempty"`
		Customer *struct {
			Number string `json:"number"`
		} `json:"customer,omitempty"`
	} `json:"message"`
}

// TestRapid is for the exam: rapid makes values, which are encoded and handed to the
// decoder; what it encodes must be the same value.
func TestRapid(t *testing.T) {
	if os.Getenv(decoderVariable) == "" {
		t.Skip("TestExam runs it")
	}
	d := named(t)
	rapid.Check(t, func(t *rapid.T) {
		sent := rapid.Make[message]().Draw(t, "message")
		sent.Message.Type = "status-update"
		body, err := json.Marshal(sent)
		if err != nil {
			t.Skip("a number that JSON does not have")
		}
		v, err := d.Decode(bytes.Clone(body))
		if err != nil {
			t.Fatal(err)
		}
		out, err := d.Encode(v)
		if errors.Is(err, fuzz.ErrNoEncoder) {
			return
		}
		var back message
		if err := errors.Join(err, json.Unmarshal(out, &back)); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(sent, back) {
			t.Fatalf("%s becomes %s", body, out)
		}
	})
}

var failedAfter = regexp.MustCompile(`(?:failed after|panic after) (\d+)`)

func byRapid(t *testing.T, binary string, d Decoder) (r try) {
	t.Helper()
	began := usage(syscall.RUSAGE_CHILDREN)
	ctx, cancel := context.WithTimeout(context.Background(), 2*limit)
	defer cancel()
	text, err := runFuzz(ctx, binary, t.TempDir(), d.Name, "TestRapid", "-rapid.checks="+strconv.Itoa(rapidChecks), "-rapid.seed=1", "-rapid.nofailfile", "-rapid.shrinktime=1s")
	r.cpu, r.executions = usage(syscall.RUSAGE_CHILDREN)-began, rapidChecks
	switch m := failedAfter.FindSubmatch(text); {
	case ctx.Err() != nil:
		r.note = "not done in a minute"
	case m != nil:
		r.killed = true
		r.executions, _ = strconv.Atoi(string(m[1]))
		r.executions++
	case bytes.Contains(text, []byte("flaky test")):
		r.killed, r.note = true, "says that it is flaky"
	case err != nil:
		r.note = "failed to run"
	}
	return r
}

// calmness is what came of a correct decoder.
type calmness struct {
	Name, What string
	Stats      fuzz.Stats
	Seconds    int
	Accused    []string
}

// TestCalm is for the exam, in a process of its own: it tries each correct decoder for
// minutes and leaves a line of JSON about it in the file that the environment names.
func TestCalm(t *testing.T) {
	name := os.Getenv(calmVariable)
	if name == "" {
		t.Skip("TestExam runs it")
	}
	runtime.GOMAXPROCS(1)
	seconds, err := strconv.Atoi(os.Getenv(secondsVariable))
	if err != nil {
		seconds = 300
	}
	out, err := os.Create(name)
	require.NoError(t, err)
	defer out.Close()
	correct, err := Correct()
	require.NoError(t, err)
	only := regexp.MustCompile(os.Getenv(onlyVariable))
	for _, d := range correct {
		if !only.MatchString(d.Name) {
			continue
		}
		e, err := fuzz.NewEngine(d.Codec().Subject(), d.Options...)
		require.NoError(t, err)
		c := calmness{Name: d.Name, What: d.What, Seconds: seconds}
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(seconds)*time.Second)
		c.Stats = e.Search(ctx, 11, 1<<30, func(f fuzz.Failure) bool {
			c.Accused = append(c.Accused, f.String())
			return true
		})
		cancel()
		require.NoError(t, json.NewEncoder(out).Encode(c))
	}
}

// tryCorrect starts TestCalm, and returns how to wait for it.
func tryCorrect(t *testing.T, binary string) (wait func() []calmness) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "calm.json")
	cmd := exec.Command(binary, "-test.run=^TestCalm$", "-test.timeout=4h")
	cmd.Env = append(os.Environ(), calmVariable+"="+file, outVariable+"=")
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	require.NoError(t, cmd.Start())
	return func() (list []calmness) {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, &text)
		}
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		for line := range bytes.Lines(data) {
			var c calmness
			require.NoError(t, json.Unmarshal(line, &c))
			for _, a := range c.Accused {
				t.Errorf("%s is accused: %s", c.Name, a)
			}
			t.Logf("%s: %s", c.Name, c.Stats)
			list = append(list, c)
		}
		return list
	}
}

// tryNative has go test -fuzz find a defect of each of some kinds, and go test find it
// again in the file that was left. It returns how long the bodies are.
func tryNative(t *testing.T, binary string) map[string]int {
	t.Helper()
	sizes := map[string]int{}
	for _, name := range []string{"tool-calls-lost", "closed-provider", "panic-without-call"} {
		dir := t.TempDir()
		ctx, cancel := context.WithTimeout(context.Background(), 10*limit)
		text, err := runFuzz(ctx, binary, dir, name, "NoTest", "-test.fuzz=^FuzzKit$", "-test.fuzztime=200000x")
		cancel()
		if err == nil {
			t.Errorf("%s: go test -fuzz finds nothing: %s", name, text)
			continue
		}
		ctx, cancel = context.WithTimeout(context.Background(), 4*limit)
		text, err = runFuzz(ctx, binary, dir, name, "FuzzKit")
		cancel()
		m := regexp.MustCompile(`(?m)^ *body: +(.*)$`).FindSubmatch(text)
		if err == nil || m == nil {
			t.Errorf("%s: go test does not find it again: %s", name, text)
			continue
		}
		sizes[name] = len(m[1])
		if len(m[1]) > 300 {
			t.Errorf("%s: not shrunk: %s", name, m[1])
		}
	}
	return sizes
}

// table is the page.
func table(entries []entry, calm []calmness, native map[string]int) string {
	var b strings.Builder
	b.WriteString(pageHead)
	found := [3]int{}
	for _, e := range entries {
		worst, cpu := slowest(e.kit)
		fmt.Fprintf(&b, "| %s | %s | %s | %d to %d, %.1f s | %d | %s | %s |\n", e.d.Name, e.d.What, e.d.Oracle, fastest(e.kit), worst, cpu.Seconds(), e.kit[0].bytes, e.raw, e.rapid)
		always := !slices.ContainsFunc(e.kit[:], func(k try) bool { return !k.killed })
		for i, k := range []bool{always, e.raw.killed, e.rapid.killed} {
			if k {
				found[i]++
			}
		}
	}
	fmt.Fprintf(&b, "\nFound out: %d of %d by this kit with each of %d seeds, %d by raw fuzzing, %d by rapid.\n", found[0], len(entries), seedsOfExam, found[1], found[2])
	b.WriteString("\n## Correct decoders\n\n| decoder | what | tried | accused | inputs |\n|---|---|---|---|---|\n")
	for _, c := range calm {
		fmt.Fprintf(&b, "| %s | %s | %d s | %d times | %s |\n", c.Name, c.What, c.Seconds, len(c.Accused), c.Stats)
	}
	b.WriteString("\n## Native fuzzing\n\nFound by `go test -fuzz`, and again by plain `go test` in the file that it left, shrunk to so many bytes of JSON:\n")
	names := slices.Sorted(maps.Keys(native))
	for _, name := range names {
		fmt.Fprintf(&b, "%s %d. ", name, native[name])
	}
	b.WriteString("\n")
	return b.String()
}

const pageHead = `# The exam of package fuzz

Written by ` + "`make exam`" + `. Each broken decoder is a few lines in [internal/exam](../internal/exam). The kit must find it out by
the oracle that names its defect, with each of five seeds, within 30 seconds on one core. Beside it: Go's native fuzzing on
raw bytes, from the same seed bodies, with the usual oracle (no panic; decode, encode, decode, encode: no change), for 20,000
executions; and pgregory.net/rapid, which fills a Go struct of the message, 2,000 checks (encoded, decoded, encoded: the same
value). "Seed" means that a seed body alone was enough. CPU time is that of the slowest seed, and for the others includes the
start of their process.

| decoder | what is wrong | oracle | kit: executions, CPU | bytes | raw fuzzing | rapid |
|---|---|---|---|---|---|---|
`

func (r try) String() string {
	s := "no"
	if r.killed {
		s = "yes"
	}
	s = fmt.Sprintf("%s, %d, %.1f s", s, r.executions, r.cpu.Seconds())
	if r.note != "" {
		s += " (" + r.note + ")"
	}
	return s
}

// slowest is by executions, and by CPU time.
func slowest(kit [seedsOfExam]try) (executions int, cpu time.Duration) {
	for _, k := range kit {
		executions, cpu = max(executions, k.executions), max(cpu, k.cpu)
	}
	return executions, cpu
}

func fastest(kit [seedsOfExam]try) int {
	n := kit[0].executions
	for _, k := range kit {
		n = min(n, k.executions)
	}
	return n
}
