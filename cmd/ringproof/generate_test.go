package main

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A flag in no mode would be refused with all of them.
func TestEveryFlagOfGenerateGoesWithAMode(t *testing.T) {
	newGenerate(&streams{}).Flags().VisitAll(func(f *pflag.Flag) {
		some := slices.Contains(inEveryMode, f.Name)
		for _, m := range modes {
			some = some || slices.Contains(slices.Concat(m.flags, m.with), f.Name)
		}
		assert.True(t, some, "--%s", f.Name)
	})
	for _, m := range modes {
		for _, flag := range slices.Concat(m.flags, m.with) {
			assert.NotNil(t, newGenerate(&streams{}).Flags().Lookup(flag), "--%s is no flag", flag)
		}
	}
}

func TestMessagesTakeTurnsThroughAllStatusesThoseSeenLiveFirst(t *testing.T) {
	sorted := seenFirst(append([]string{"of-tomorrow"}, statuses()...))
	assert.ElementsMatch(t, append(statuses(), "of-tomorrow"), sorted)
	require.Contains(t, sorted, "in-progress")
	firstUnseen := slices.IndexFunc(sorted, func(s string) bool { return seenLive(s) == "" })
	assert.Positive(t, firstUnseen)
	assert.Equal(t, "of-tomorrow", sorted[firstUnseen])
	for _, s := range sorted[firstUnseen:] {
		assert.Empty(t, seenLive(s), s)
	}
}

// interrupting is an output whose first write interrupts the program.
type interrupting struct {
	strings.Builder
	interrupt func()
}

func (w *interrupting) Write(p []byte) (int, error) {
	w.interrupt()
	return w.Builder.Write(p)
}

func TestGenerateThatIsInterruptedIsExitCode3(t *testing.T) {
	for _, args := range []string{
		"generate -n 100000000",
		"generate --scenario all -n 100000000",
		"generate --faults all",
		"generate --cover",
		"generate --evolve",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		out, errs := &interrupting{interrupt: cancel}, &bytes.Buffer{}
		if args == "generate --evolve" { // it is over before anything is written
			cancel()
		}
		root := newRoot(&streams{out: out, err: errs})
		root.SetArgs(strings.Fields(args))
		assert.Equal(t, exitNotRun, exitCode(root.ExecuteContext(ctx), errs), args)
		assert.Equal(t, "seed 1\nringproof: interrupted: the output was not written to its end\n", errs.String(), args)
		assert.True(t, out.Len() == 0 || strings.HasSuffix(out.String(), "}\n"), "%s: the last line is not whole", args)
	}
}
