// K6check lets k6 itself run what ringproof send --export k6 has written, against the
// sample consumer, and judges what arrives: each body exactly once, signed rightly,
// valid. In the end it gives k6 a wrong secret and expects to find that out.
//
//	go run ./internal/k6check [-k6 PROGRAM]
//
// Without -k6 it builds k6 from its module into the user's cache folder, once; that
// takes some minutes. k6 is AGPL: it is run as a program and never linked.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
)

// k6Module is pinned: the script was written for this release.
const k6Module, k6Version = "go.k6.io/k6", "v1.8.1"

const secret, wrongSecret = "a-secret-that-guards-nothing", "another-secret-of-nothing"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "k6check:", err)
		os.Exit(1)
	}
}

// export is one way in which traffic is exported. An exported script is asked for its
// secret when it runs, so the flags hold the name of a variable only.
type export struct {
	name  string
	auth  string   // as --auth takes it, with SECRET in the secret's place
	flags []string // of send
}

var exportCases = []export{
	{"at a rate", "hmac:SECRET,header=x-vapi-signature", []string{"--rate", "50", "--scenario", "all", "--calls", "40"}},
	{"at their own times", "hmac:SECRET,alg=sha512,encoding=base64,unit=ms,id-header=x-id,format={svix-id}.{timestamp}.{url}.{body}",
		[]string{"--speed", "60", "--scenario", "all", "--calls", "20"}},
	{"as fast as it goes", "bearer:SECRET", []string{"own.jsonl"}},
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("k6check", flag.ContinueOnError)
	k6 := flags.String("k6", "", "the k6 `program`; without it, it is built")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "ringproof-k6-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if *k6 == "" {
		if *k6, err = buildK6(ctx, out); err != nil {
			return err
		}
	}
	if err := prepare(ctx, dir); err != nil {
		return err
	}
	for _, c := range exportCases {
		r, err := c.deliver(ctx, dir, *k6, secret)
		if err == nil {
			err = errors.Join(r.faults...)
		}
		if err == nil && r.exit != nil {
			err = fmt.Errorf("k6: %w\n%s", r.exit, r.said)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		fmt.Fprintf(out, "%s: %d bodies, each arrived once, signed rightly (%s), and valid\n", c.name, r.bodies, c.auth)
	}
	return plant(ctx, dir, *k6, out)
}

// plant gives k6 a wrong secret: what nobody finds out is not checked.
func plant(ctx context.Context, dir, k6 string, out io.Writer) error {
	c := exportCases[0]
	r, err := c.deliver(ctx, dir, k6, wrongSecret)
	if err != nil {
		return err
	}
	if r.exit == nil || len(r.faults) != r.bodies {
		return fmt.Errorf("with a wrong secret k6 ended with %v, and %d of %d bodies were found to be signed wrongly", r.exit, len(r.faults), r.bodies)
	}
	fmt.Fprintf(out, "with a wrong secret: all %d are found out, and k6 says so: %v\n", r.bodies, r.exit)
	return nil
}

// buildK6 returns the program, which it builds unless it did before.
func buildK6(ctx context.Context, out io.Writer) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "ringproof", "k6-"+k6Version)
	program := filepath.Join(dir, "k6")
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	fmt.Fprintf(out, "building %s@%s in %s, which takes some minutes\n", k6Module, k6Version, dir)
	cmd := exec.CommandContext(ctx, "go", "install", k6Module+"@"+k6Version)
	cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=-mod=mod")
	cmd.Dir = dir // outside of our module, whose go.mod it must not touch
	if msg, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go install %s@%s: %w\n%s", k6Module, k6Version, err, msg)
	}
	return program, nil
}

// prepare builds ringproof, and has it write bodies that are not of calls.
func prepare(ctx context.Context, dir string) error {
	if msg, err := exec.CommandContext(ctx, "go", "build", "-o", dir, "./cmd/ringproof").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, msg)
	}
	bodies, err := exec.CommandContext(ctx, filepath.Join(dir, "ringproof"), "generate", "-n", "50", "--seed", "7").Output()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "own.jsonl"), bodies, 0o666)
}

// result is what came of a run of k6.
type result struct {
	bodies int
	faults []error // of what arrived, or did not
	exit   error   // of k6
	said   []byte  // by k6
}

// deliver exports the traffic, has k6 send it with the secret, and compares.
func (c export) deliver(ctx context.Context, dir, k6, given string) (*result, error) {
	check, err := newChecker(strings.Replace(c.auth, "SECRET", secret, 1))
	if err != nil {
		return nil, err
	}
	defer check.close()
	folder, err := os.MkdirTemp(dir, "export-")
	if err != nil {
		return nil, err
	}
	args := append([]string{"send", "--to", check.url() + "/hook", "--auth", strings.Replace(c.auth, "SECRET", "env:HOOK_SECRET", 1),
		"--export", "k6", "--out", folder, "--quiet"}, c.flags...)
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "ringproof"), args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOOK_SECRET="+secret)
	if msg, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("ringproof %s: %w\n%s", strings.Join(args, " "), err, msg)
	}
	want, err := exported(filepath.Join(folder, "bodies.jsonl"))
	if err != nil {
		return nil, err
	}
	r := &result{}
	r.said, r.exit = runK6(ctx, k6, folder, given)
	r.bodies, r.faults = check.compare(want)
	return r, ctx.Err()
}

// runK6 runs the script without a word to anybody but the target: k6 would report its
// use, and open a port.
func runK6(ctx context.Context, k6, folder, given string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, k6, "run", "--quiet", "--no-color", "--address", "", "--no-usage-report", "script.js")
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "RINGPROOF_SECRET="+given, "HOME="+folder, "NO_PROXY=*", "no_proxy=*", "K6_AUTO_EXTENSION_RESOLUTION=false")
	return cmd.CombinedOutput()
}

// digest stands for a body.
type digest [sha256.Size]byte

// exported counts the bodies of an export, by their bytes.
func exported(file string) (map[digest]int, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	want := map[digest]int{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data)+1)
	for lines.Scan() {
		var line struct {
			Body       *string `json:"body"`
			BodyBase64 []byte  `json:"body_base64"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, err
		}
		body := line.BodyBase64
		if line.Body != nil {
			body = []byte(*line.Body)
		}
		want[sha256.Sum256(body)]++
	}
	return want, lines.Err()
}
