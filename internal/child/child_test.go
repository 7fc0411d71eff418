//go:build unix

package child

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patient is far longer than any answer takes: the tests do not race with a clock.
const patient = time.Minute

func start(t *testing.T, line string, o Options) *Child {
	t.Helper()
	o.Line = line
	if o.Timeout == 0 {
		o.Timeout = patient
	}
	c, err := Start(context.Background(), o)
	require.NoError(t, err)
	t.Cleanup(c.Stop)
	return c
}

func TestAnswersAreRead(t *testing.T) {
	c := start(t, `while read -r line; do case $line in YQ==) echo "- no a";; Yg==) echo +;; Yw==) printf '+%s\r\n' "$line";; *) echo "+$line";; esac; done`, Options{})
	for _, row := range []struct {
		why, body string
		want      Answer
	}{
		{"refused, with the reason", "a", Answer{Refused: "no a"}},
		{"decoded, but no encoder", "b", Answer{OK: true}},
		{"a line may end as on Windows", "c", Answer{OK: true, Encoding: []byte("c")}},
		{"longer than a pipe and than a buffer", strings.Repeat("long ", 100_000), Answer{OK: true, Encoding: []byte(strings.Repeat("long ", 100_000))}},
		{"zero bytes are a body, too", "\x00\xff\n", Answer{OK: true, Encoding: []byte("\x00\xff\n")}},
	} {
		got, err := c.Ask(context.Background(), []byte(row.body))
		require.NoError(t, err, row.why)
		assert.True(t, got.OK == row.want.OK && got.Refused == row.want.Refused && bytes.Equal(got.Encoding, row.want.Encoding), row.why)
	}
}

func TestTroublesAreToldApart(t *testing.T) {
	for _, row := range []struct {
		why, line string
		timeout   time.Duration // where the trouble is that nothing comes
		trouble   Trouble
		detail    string
		stderr    string
	}{
		{"a crash, with what it said before", "read -r x; echo 'out of memory' >&2; kill -SEGV $$", 0, Ended, "segmentation fault", "out of memory"},
		{"an end that looks well", "read -r x; exit 0", 0, Ended, "exit code 0", ""},
		{"an end in the middle of an answer", "read -r x; printf '+YW'; exit 3", 0, Ended, `exit status 3, save for the beginning of a line: "+YW"`, ""},
		{"a command that there is not", "/none/at/all", 0, Ended, "exit status 127", "not found"},
		{"a hang", "read -r x; sleep 300", 300 * time.Millisecond, Silent, "no answer within 300ms", ""},
		{"a hang in the middle of an answer", "read -r x; printf +Y; sleep 300", 300 * time.Millisecond, Silent, `beginning of a line: "+Y"`, ""},
		{"standard input closed", "exec <&-; sleep 300", 0, Deaf, "closed its standard input", ""},
		{"standard output closed", "read -r x; exec >&-; sleep 300", 0, Garbled, "closed its standard output", ""},
		{"garbage", "read -r x; echo hello; sleep 300", 0, Garbled, `begins with + or -, this one is "hello"`, ""},
		{"what is no base64", "read -r x; echo '+a b'; sleep 300", 0, Garbled, "no base64", ""},
		{"an empty line", "read -r x; echo; sleep 300", 0, Garbled, "an empty line", ""},
		{"a flood in one line", "read -r x; exec cat /dev/zero", 0, Garbled, "more than 65536 bytes", ""},
		{"a flood of lines", "read -r x; echo -; yes", 0, Garbled, `"y`, ""},
	} {
		t.Run(row.why, func(t *testing.T) {
			t.Parallel()
			o := Options{MaxLine: 1 << 16, Timeout: row.timeout}
			c := start(t, row.line, o)
			pid := c.command.Process.Pid
			if row.trouble == Deaf { // until then the pipe takes what is written
				require.Eventually(t, func() bool { _, err := c.in.Write([]byte("\n")); return err != nil }, patient, time.Millisecond)
			}
			var err error
			for err == nil { // a flood may come after the first answer
				_, err = c.Ask(context.Background(), []byte("{}"))
			}
			var e *Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, row.trouble, e.Trouble, e)
			assert.Contains(t, e.Detail, row.detail)
			assert.Contains(t, e.Stderr, row.stderr)
			assert.Eventually(t, func() bool { return len(members(pid)) == 0 }, patient, time.Millisecond, "something of the group is left")
		})
	}
}

// A short body fits into the pipe, a long one does not: who does not read is found out
// with both.
func TestWhoDoesNotReadIsDeaf(t *testing.T) {
	for _, size := range []int{10, 1 << 20} {
		c := start(t, "sleep 300", Options{Timeout: 300 * time.Millisecond})
		_, err := c.Ask(context.Background(), make([]byte, size))
		var e *Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, Deaf, e.Trouble, size)
	}
	c := start(t, "exec yes", Options{Timeout: 300 * time.Millisecond})
	require.Eventually(t, func() bool { return unread(c.out) > 0 }, patient, time.Millisecond)
	_, err := c.Ask(context.Background(), make([]byte, 1<<20))
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, Garbled, e.Trouble, "who writes instead is told apart")
}

func TestNoiseOnStandardErrorIsNoTrouble(t *testing.T) {
	c := start(t, `yes noise | head -c 300000 >&2; while read -r line; do echo "+$line"; done`, Options{})
	got, err := c.Ask(context.Background(), []byte("{}"))
	require.NoError(t, err)
	assert.Equal(t, "{}", string(got.Encoding))
	assert.Contains(t, c.Stderr(), "noise")
	assert.LessOrEqual(t, len(c.Stderr()), 4<<10)
}

// members are the processes of a group that still run. Those that ended may not have
// been waited for by whoever has inherited them.
func members(group int) (list []string) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // state, parent, group
		if fields[0] != "Z" && fields[2] == strconv.Itoa(group) {
			list = append(list, name)
		}
	}
	return list
}

func gone(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && bytes.Contains(stat, []byte(") Z "))
}

// Whatever a child starts ends with it, whether it is stopped, killed, or the context
// ends while it is asked.
func TestNothingIsLeftBehind(t *testing.T) {
	for why, end := range map[string]func(*Child, context.CancelFunc){
		"stopped":     func(c *Child, _ context.CancelFunc) { c.Stop() },
		"killed":      func(c *Child, _ context.CancelFunc) { c.Kill() },
		"interrupted": func(_ *Child, cancel context.CancelFunc) { cancel() },
		"asked": func(c *Child, cancel context.CancelFunc) {
			ctx, stop := context.WithCancel(context.Background())
			time.AfterFunc(time.Millisecond, func() { stop(); cancel() })
			_, err := c.Ask(ctx, []byte("{}"))
			var e *Error
			if !errors.As(err, &e) || e.Trouble != Stopped {
				panic(err)
			}
		},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			name := filepath.Join(t.TempDir(), "pid")
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			c, err := Start(ctx, Options{Line: "trap '' TERM INT HUP; sleep 300 & echo $! > '" + name + "'; while :; do sleep 1; done", Timeout: patient})
			require.NoError(t, err)
			defer c.Stop()
			var pid int
			require.Eventually(t, func() bool {
				text, err := os.ReadFile(name)
				pid, _ = strconv.Atoi(strings.TrimSpace(string(text)))
				return err == nil && bytes.HasSuffix(text, []byte("\n"))
			}, patient, time.Millisecond)
			end(c, cancel)
			assert.Eventually(t, func() bool { return gone(pid) && gone(c.command.Process.Pid) }, patient, time.Millisecond)
		})
	}
}

func TestAStoppedChildMayEndByItself(t *testing.T) {
	name := filepath.Join(t.TempDir(), "end")
	c := start(t, `while read -r line; do echo "+$line"; done; echo over > '`+name+`'`, Options{})
	_, err := c.Ask(context.Background(), []byte("{}"))
	require.NoError(t, err)
	c.Stop()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, "over\n", string(text))
}
