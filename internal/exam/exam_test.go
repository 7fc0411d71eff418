package exam

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/fuzz"
)

// heavy are the oracles whose failures take seconds to make sure of; make exam has
// them too.
var heavy = map[fuzz.Oracle]bool{fuzz.Linear: true, fuzz.NoHang: true}

// The whole exam takes many minutes: see TestExam. This is one seed of it.
func TestBrokenDecodersAreFoundOut(t *testing.T) {
	t.Parallel()
	for _, d := range Broken() {
		if heavy[d.Oracle] || d.Name == "folded-lookup" { // which is rarely looked at
			continue
		}
		e, err := fuzz.NewEngine(d.Codec().Subject(), d.Options...)
		require.NoError(t, err)
		var found fuzz.Failure
		e.Search(context.Background(), 1, 8000, func(f fuzz.Failure) bool {
			if f.Oracle == d.Oracle {
				found = f
			}
			return found.Oracle == ""
		})
		require.Equal(t, d.Oracle, found.Oracle, "%s: %s", d.Name, d.What)
		if found.Oracle != fuzz.Deterministic { // the same body fails now and then only, and can't be shrunk
			require.LessOrEqual(t, len(found.Body), 600, "%s: %s", d.Name, found)
		}
	}
}

func TestCorrectDecodersAreNotAccused(t *testing.T) {
	t.Parallel()
	if raceDetector {
		t.Skip("the calibration takes a minute under the race detector")
	}
	correct, err := Correct()
	require.NoError(t, err)
	for _, d := range correct {
		e, err := fuzz.NewEngine(d.Codec().Subject(), d.Options...)
		require.NoError(t, err)
		s := e.Search(context.Background(), 1, 800, func(f fuzz.Failure) bool {
			t.Errorf("%s is accused: %s", d.Name, f)
			return false
		})
		require.Greater(t, 100*s.SoundKept, 99*s.Sound)
	}
}

// Names are how the exam's table, and its environment, refer to decoders.
func TestDecodersAreTold(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, d := range Broken() {
		require.False(t, seen[d.Name], d.Name)
		require.NotEmpty(t, d.What)
		require.Contains(t, fuzz.Oracles, d.Oracle)
		seen[d.Name] = true
	}
	require.GreaterOrEqual(t, len(seen), 30)
}
