package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

func TestItServesUntilItIsToldToStop(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	out, in := io.Pipe()
	code := make(chan int, 1)
	env := func(string) string { return "from-env" }
	go func() {
		code <- run(ctx, []string{"--auth", "secret:env:HOOK", "--defect", "dedupes-on-call-and-type", "--defect", "requires-call"}, env, in, os.Stderr)
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url := strings.TrimSpace(line)
	for body, want := range map[string]int{`{"message":{"type":"status-update","status":"ended"}}`: 400, `{"message":{"type":"hang"}}`: 200} {
		r, _ := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
		r.Header.Set("X-Vapi-Secret", "from-env")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: %d", body, response.StatusCode)
		}
	}
	stop()
	if got := <-code; got != 0 {
		t.Errorf("exit code %d", got)
	}
}

func TestUsage(t *testing.T) {
	cases := []struct {
		args   string
		code   int
		stdout string
		stderr string
	}{
		{"--list", 0, "reads-call-status", ""},
		{"--help", 0, "", "-defect name"},
		{"--defect reads-minds", 2, "", "--list shows all"},
		{"--auth magic:s3cret", 2, "", "unknown authentication"},
		{"--auth bearer:env:NOTHING", 2, "", "no secret"},
		{"here", 2, "", "unexpected argument"},
		{"--addr nowhere:-1", 1, "", "consumer:"},
	}
	for _, c := range cases {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), strings.Fields(c.args), func(string) string { return "" }, &stdout, &stderr)
		told := fmt.Sprintf("%d %s %s", code, &stdout, &stderr)
		if code != c.code || !strings.Contains(stdout.String(), c.stdout) || !strings.Contains(stderr.String(), c.stderr) || strings.Contains(told, "s3cret") {
			t.Errorf("%s: %s", c.args, told)
		}
	}
}
