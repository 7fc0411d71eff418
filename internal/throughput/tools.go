package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// heyModule is pinned: figures of another release are not comparable.
const heyModule = "github.com/rakyll/hey@v0.1.5"

//go:embed post.lua
var wrkScript []byte

// tool is one row of what is measured.
type tool struct {
	name string
	// prepare makes it ready in dir; an error says why it cannot be measured.
	prepare func(ctx context.Context, dir string) error
	run     func(ctx context.Context, dir string, p *plan, url string) *exec.Cmd
	// read finds the requests a second in what it printed. Answers other than 200, and
	// none at all, are an error: they would be quicker.
	read func(printed []byte) (float64, error)
}

var tools = []tool{
	{
		name:    "ringproof",
		prepare: func(context.Context, string) error { return nil },
		run: func(ctx context.Context, dir string, p *plan, url string) *exec.Cmd {
			return exec.CommandContext(ctx, filepath.Join(dir, "ringproof"), "send", "--to", url, "--duration", p.time.String(),
				"--concurrency", strconv.Itoa(p.connections), "--quiet", "--format", "json", p.body)
		},
		read: readRingproof,
	},
	{
		name:    "hey",
		prepare: prepareHey,
		run: func(ctx context.Context, dir string, p *plan, url string) *exec.Cmd {
			return exec.CommandContext(ctx, filepath.Join(dir, "hey"), "-z", p.time.String(), "-c", strconv.Itoa(p.connections),
				"-m", "POST", "-T", "application/json", "-D", p.body, url)
		},
		read: readHey,
	},
	{
		name:    "wrk",
		prepare: prepareWrk,
		run: func(ctx context.Context, dir string, p *plan, url string) *exec.Cmd {
			cmd := exec.CommandContext(ctx, "wrk", "-t", "2", "-c", strconv.Itoa(p.connections), "-d", p.time.String(),
				"-s", filepath.Join(dir, "post.lua"), url)
			cmd.Env = append(os.Environ(), "BODY="+p.body)
			return cmd
		},
		read: readWrk,
	},
}

func prepareHey(ctx context.Context, dir string) error {
	cmd := exec.CommandContext(ctx, "go", "install", heyModule)
	cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=-mod=mod")
	cmd.Dir = dir // outside of our module, whose go.mod it must not touch
	if msg, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go install %s: %w: %s", heyModule, err, strings.TrimSpace(string(msg)))
	}
	return nil
}

func prepareWrk(_ context.Context, dir string) error {
	if _, err := exec.LookPath("wrk"); err != nil {
		return errors.New("it is not here (Debian: apt-get install wrk)")
	}
	return os.WriteFile(filepath.Join(dir, "post.lua"), wrkScript, 0o666)
}

func readRingproof(printed []byte) (float64, error) {
	var sum struct {
		Sent, Acknowledged int64
		Elapsed            float64 `json:"elapsed_s"`
	}
	if err := json.Unmarshal(printed, &sum); err != nil {
		return 0, err
	}
	if sum.Sent == 0 || sum.Acknowledged != sum.Sent {
		return 0, fmt.Errorf("%d of %d were acknowledged", sum.Acknowledged, sum.Sent)
	}
	return float64(sum.Sent) / sum.Elapsed, nil
}

func readHey(printed []byte) (float64, error) {
	codes := 0
	for line := range strings.Lines(string(printed)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "[200]") && strings.HasSuffix(line, "responses"):
			codes++
		case strings.HasPrefix(line, "["):
			return 0, fmt.Errorf("an answer that is not 200, or an error: %s", line)
		}
	}
	if codes != 1 {
		return 0, errors.New("no answers")
	}
	return rateAfter(printed, "Requests/sec:")
}

func readWrk(printed []byte) (float64, error) {
	for _, bad := range []string{"Non-2xx or 3xx responses:", "Socket errors:"} {
		if what, found := first(printed, bad); found {
			return 0, fmt.Errorf("%s %s", bad, what)
		}
	}
	return rateAfter(printed, "Requests/sec:")
}

func rateAfter(printed []byte, prefix string) (float64, error) {
	text, found := first(printed, prefix)
	rate, err := strconv.ParseFloat(text, 64)
	if !found || err != nil || rate <= 0 {
		return 0, fmt.Errorf("no %s", prefix)
	}
	return rate, nil
}
