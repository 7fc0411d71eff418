//go:build unix

package consumers_test

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestTheNodeConsumerIsCorrect(t *testing.T) { inLanguage(t, "node", "consumer.mjs") }

func TestThePythonConsumerIsCorrect(t *testing.T) { inLanguage(t, "python3", "consumer.py") }

func inLanguage(t *testing.T, interpreter, file string) {
	command, err := exec.LookPath(interpreter)
	if err != nil {
		t.Skipf("NOT CHECKED: testdata/consumers/%s: %s is not here", file, interpreter)
	}
	script, err := filepath.Abs(filepath.Join("..", "..", "testdata", "consumers", file))
	if err != nil {
		t.Fatal(err)
	}
	t.Parallel()
	core(t, func(t *testing.T, auth string) target {
		return target{spawn(t, command, script, "--port", "0", "--until-stdin-closes", "--auth", auth), &http.Client{Timeout: 20 * time.Second}}
	})
	t.Run("refuses settings that cannot be", func(t *testing.T) {
		for _, auth := range []string{"magic:s3cret", "s3cret", "bearer:", "hmac:s3cret,alg=none"} {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			out, err := exec.CommandContext(ctx, command, script, "--port", "0", "--auth", auth).CombinedOutput()
			if err == nil || ctx.Err() != nil || strings.Contains(string(out), "s3cret") {
				t.Errorf("%s: %v, %s", auth, err, out)
			}
		}
	})
	t.Run("ends when it is told to", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		c := exec.CommandContext(ctx, command, script)
		c.Env = append(os.Environ(), "PORT=0", "HOOK_AUTH=secret:env:HOOK_SECRET", "HOOK_SECRET=from-env")
		c.Cancel = func() error { return c.Process.Kill() }
		url := launch(t, c)
		x := target{url, http.DefaultClient}
		if got := x.post(t, []byte(ended), http.Header{"X-Vapi-Secret": {"from-env"}}); got != 200 {
			t.Errorf("with settings from the environment: %d", got)
		}
		if err := c.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		_ = c.Wait() // that it was told to is no error here
		if ctx.Err() != nil {
			t.Error("it did not end")
		}
		http.DefaultClient.CloseIdleConnections()
	})
}

// spawn runs a service until the test ends, or this process does: the service watches
// its standard input. The result is its URL.
func spawn(t *testing.T, command string, args ...string) string {
	c := exec.Command(command, args...)
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errors bytes.Buffer
	c.Stderr = &errors
	url := launch(t, c)
	t.Cleanup(func() {
		stdin.Close()
		killer := time.AfterFunc(10*time.Second, func() { c.Process.Kill() })
		defer killer.Stop()
		if err := c.Wait(); err != nil {
			t.Errorf("it did not end well: %v", err)
		}
		if errors.Len() > 0 {
			t.Errorf("it complained: %s", &errors)
		}
	})
	return url
}

// launch starts a service, and waits for the line with its URL.
func launch(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	slow := time.AfterFunc(20*time.Second, func() { c.Process.Kill() })
	defer slow.Stop()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		c.Process.Kill()
		c.Wait()
		t.Fatalf("%s did not start: %v, %v", c.Args, err, c.Stderr)
	}
	return strings.TrimSpace(line)
}
