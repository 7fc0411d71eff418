//go:build unix

package subject

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/fuzz"
)

func process(t *testing.T, line string, restart int) *Exec {
	t.Helper()
	x := NewExec(t.Context(), ExecOptions{Line: line, Timeout: time.Minute, Restart: restart})
	t.Cleanup(x.Close)
	return x
}

// counting refuses each body with how many it has had.
const counting = `n=0; while read -r line; do n=$((n+1)); echo "- $n"; done`

func refusals(t *testing.T, x *Exec, n int) string {
	t.Helper()
	var list []string
	for range n {
		_, err := x.Decode([]byte("{}"))
		require.Error(t, err)
		list = append(list, err.Error())
	}
	return strings.Join(list, " ")
}

func TestAProcessIsStartedAnewAfterSoManyBodies(t *testing.T) {
	assert.Equal(t, "1 2 3 1 2", refusals(t, process(t, counting, 3), 5))
	assert.Equal(t, "1 2 3 4 5", refusals(t, process(t, counting, 0), 5), "or never")
}

func TestThePastIsThatOfOneProcess(t *testing.T) {
	x := process(t, `read -r a; echo -; read -r b; exit 1`, 0)
	for _, body := range []string{"one", "two"} {
		_, _ = x.Decode([]byte(body))
	}
	assert.Equal(t, [][]byte{[]byte("one"), []byte("two")}, x.Past(), "of the one that has crashed")
	_, err := x.Decode([]byte("three"))
	require.EqualError(t, err, "", "another one answers")
	assert.Equal(t, [][]byte{[]byte("three")}, x.Past())
	x.Restart()
	_, _ = x.Decode([]byte("four"))
	assert.Equal(t, [][]byte{[]byte("four")}, x.Past())
}

func TestThePastIsBounded(t *testing.T) {
	x := process(t, counting, 0)
	refusals(t, x, mostPast+5)
	assert.LessOrEqual(t, len(x.Past()), mostPast)
	assert.Greater(t, len(x.Past()), mostPast/4)
}

func TestWhoHasEncodedOneBodyEncodesAll(t *testing.T) {
	x := process(t, `while read -r line; do case $line in e30=) echo +;; *) echo "+$line";; esac; done`, 0)
	_, err := x.Decode([]byte("{}"))
	require.NoError(t, err, "it may have no encoder")
	_, err = x.Decode([]byte("[]"))
	require.NoError(t, err)
	_, err = x.Decode([]byte("{}"))
	var b *fuzz.Breakdown
	require.ErrorAs(t, err, &b)
	assert.Equal(t, fuzz.Garbled, b.Class)
}

func TestNoiseIsKept(t *testing.T) {
	x := process(t, "echo deprecated >&2; "+counting, 0)
	refusals(t, x, 1)
	x.Close()
	assert.Equal(t, "deprecated", x.Noise())
}

func TestAProcessIsNotAskedAfterTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	x := NewExec(ctx, ExecOptions{Line: counting, Timeout: time.Minute})
	defer x.Close()
	refusals(t, x, 1)
	cancel()
	_, err := x.Decode([]byte("{}"))
	assert.ErrorIs(t, err, fuzz.ErrStopped)
}
