package delivery

import (
	"bytes"
	"encoding/json"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func collect(seq iter.Seq[Planned]) []Planned { return slices.Collect(seq) }

func has(p Planned, kind ActKind) bool {
	return slices.ContainsFunc(p.Act, func(a Act) bool { return a.Kind == kind })
}

func TestChaosIsReadAsItIsWritten(t *testing.T) {
	c, err := ParseChaos("duplicate=0.1,reorder=0.05, delay=0.1,drop=0.01,corrupt=0.02")
	require.NoError(t, err)
	assert.Equal(t, Chaos{0.1, 0.05, 0.1, 0.01, 0.02}, c)
	again, err := ParseChaos(c.String())
	require.NoError(t, err)
	assert.Equal(t, c, again)
	none, err := ParseChaos("")
	require.NoError(t, err)
	assert.Zero(t, none)
	for spec, problem := range map[string]string{
		"explode=1":        "unknown chaos",
		"drop":             "not a number",
		"drop=lots":        "not a number",
		"drop=1.1":         "between 0 and 1",
		"drop=-0.1":        "between 0 and 1",
		"drop=NaN":         "between 0 and 1",
		"drop=0.1,drop=.2": "twice",
		"drop=0.1,":        "unknown chaos",
	} {
		_, err := ParseChaos(spec)
		assert.ErrorContains(t, err, problem, spec)
	}
}

func TestTheSameSeedGivesTheSameSchedule(t *testing.T) {
	c := Chaos{0.2, 0.2, 0.2, 0.2, 0.2}
	one := collect(c.Apply(1, spaced(2000, time.Millisecond)))
	assert.Equal(t, one, collect(c.Apply(1, spaced(2000, time.Millisecond))))
	assert.NotEqual(t, one, collect(c.Apply(2, spaced(2000, time.Millisecond))))
	// It has to stay the same in later versions too.
	var told []string
	for _, p := range one[:40] {
		for _, a := range p.Act {
			told = append(told, p.ID+" "+string(a.Kind)+" "+a.Detail)
		}
	}
	assert.Equal(t, knownSchedule, strings.Join(told, "\n"))
}

func TestAnotherShareOfOneKindLeavesTheOthersAlone(t *testing.T) {
	which := func(c Chaos) (corrupted []string) {
		for p := range c.Apply(3, numbered(2000)) {
			if p.Corrupted {
				corrupted = append(corrupted, p.ID+string(p.Body))
			}
		}
		return corrupted
	}
	assert.Equal(t, which(Chaos{Corrupt: 0.1}), which(Chaos{Corrupt: 0.1, Delay: 0, Reorder: 0}))
	more := which(Chaos{Corrupt: 0.1, Delay: 0.5})
	slices.Sort(more)
	less := which(Chaos{Corrupt: 0.1})
	slices.Sort(less)
	assert.Equal(t, less, more)
}

func TestRatesAreWithinThreeSigma(t *testing.T) {
	const n = 100_000
	shares := map[ActKind]float64{Duplicate: 0.1, Reorder: 0.05, Delay: 0.1, Drop: 0.03, Corrupt: 0.02}
	c := Chaos{shares[Duplicate], shares[Reorder], shares[Delay], shares[Drop], shares[Corrupt]}
	for seed := range uint64(5) {
		got := map[ActKind]int{}
		for p := range c.Apply(seed, spaced(n, time.Millisecond)) {
			for _, a := range p.Act {
				if !p.Copy || a.Kind == Duplicate {
					got[a.Kind]++
				}
			}
		}
		for kind, share := range shares {
			sigma := math.Sqrt(n * share * (1 - share))
			assert.InDelta(t, n*share, got[kind], 3*sigma, "%s, seed %d", kind, seed)
		}
	}
}

// What the acts say is what was done, and nothing else was.
func TestThePlanIsWhatItSaysItIs(t *testing.T) {
	const n = 5000
	in := slices.Collect(spaced(n, 2*time.Millisecond))
	for name, c := range map[string]Chaos{
		"each alone: duplicate": {Duplicate: 0.3}, "each alone: reorder": {Reorder: 0.3}, "each alone: delay": {Delay: 0.3},
		"each alone: drop": {Drop: 0.3}, "each alone: corrupt": {Corrupt: 0.3},
		"all": {0.2, 0.2, 0.2, 0.2, 0.2}, "always": {Duplicate: 1, Reorder: 1, Delay: 1, Corrupt: 1}, "none": {}, "only drop": {Drop: 1},
	} {
		t.Run(name, func(t *testing.T) {
			out := collect(c.Apply(11, slices.Values(in)))
			first := map[string]Planned{}
			copies := map[string]int{}
			last := time.Duration(-1)
			for _, p := range out {
				if !p.Dropped {
					require.GreaterOrEqual(t, p.At, last, "in the order in which they are due")
					last = p.At
				}
				if p.Copy {
					copies[p.ID]++
					original := first[p.ID]
					assert.Equal(t, original.Body, p.Body, "the very same bytes")
					assert.Greater(t, p.At, original.At)
					assert.LessOrEqual(t, p.At, original.At+maxCopyDelay)
					continue
				}
				_, known := first[p.ID]
				require.False(t, known, p.ID)
				first[p.ID] = p
			}
			require.Len(t, first, n, "each body is there, if only as dropped")
			for _, d := range in {
				p := first[d.ID]
				assert.Equal(t, has(p, Drop), p.Dropped)
				assert.Equal(t, has(p, Corrupt), p.Corrupted)
				if p.Corrupted {
					assert.False(t, json.Valid(p.Body))
				} else {
					assert.Equal(t, d.Body, p.Body)
				}
				if len(p.Act) == 0 && c.Reorder == 0 {
					assert.Equal(t, d.At, p.At)
				}
				if has(p, Delay) && c.Reorder == 0 {
					assert.Greater(t, p.At, d.At)
					assert.LessOrEqual(t, p.At, d.At+maxDelay)
				}
			}
			assert.Equal(t, c.Duplicate > 0, len(copies) > 0)
		})
	}
}

// A delivery that was reordered is behind one that came after it.
func TestReorderedMeansOvertaken(t *testing.T) {
	for _, every := range []time.Duration{0, time.Millisecond} { // files have no times
		place := map[string]int{}
		var acts []Planned
		i := 0
		for p := range (Chaos{Reorder: 0.4, Drop: 0.1}).Apply(5, spaced(5000, every)) {
			if p.Dropped {
				continue
			}
			place[p.ID] = i
			i++
			if has(p, Reorder) {
				acts = append(acts, p)
			}
		}
		assert.Greater(t, len(acts), 1500)
		for _, p := range acts {
			by := strings.TrimPrefix(p.Act[0].Detail, "overtaken by ")
			_, known := place[by]
			require.True(t, known, by)
			assert.Greater(t, place[p.ID], place[by])
		}
	}
}

func TestNothingIsOvertakenByWhatIsFarAway(t *testing.T) {
	for p := range (Chaos{Reorder: 1}).Apply(5, spaced(100, time.Hour)) {
		assert.Empty(t, p.Act)
	}
}

func TestPlanningIsStreamed(t *testing.T) {
	read, most := 0, 0
	in := func(yield func(Delivery) bool) {
		for d := range spaced(200_000, 0) {
			read++
			if !yield(d) {
				return
			}
		}
	}
	handed := 0
	for range (Chaos{Duplicate: 0.2, Delay: 0.9}).Apply(1, in) {
		handed++
		most = max(most, read-handed)
	}
	assert.LessOrEqual(t, most, maxHeld+maxOvertaken)
	for range (Chaos{0.2, 0.2, 0.2, 0.2, 0.2}).Apply(1, spaced(math.MaxInt, time.Second)) {
		if handed--; handed < 200_000 {
			break // and may be left
		}
	}
}

func TestDamageIsNeverSoundAndNeverTouchesTheOriginal(t *testing.T) {
	for _, body := range []string{"", " ", "1", "12", "-1.5e3", "true", "null", `""`, `"a"`, "{}", "[]", "[1]\n\n", `{"a":"b"}` + "\n", " {\"a\": [1, \"\\u0041\"]} \n", "not JSON", "\xff"} {
		kinds := map[string]bool{}
		for seed := range uint64(300) {
			in := []byte(body)
			out, how := corrupt(rand.New(rand.NewPCG(seed, 0)), in)
			require.Equal(t, body, string(in))
			require.NotEqual(t, body, string(out))
			require.False(t, json.Valid(out), "%q: %s", out, how)
			if strings.ContainsAny(body, "{[") {
				var any any
				require.Error(t, json.NewDecoder(bytes.NewReader(out)).Decode(&any), "%q: %s: nor for a reader that stops early", out, how)
			}
			kinds[strings.Fields(how)[0]+strings.Fields(how)[1]] = true
		}
		if strings.HasPrefix(body, "{\"") {
			assert.Greater(t, len(kinds), 2)
		}
	}
}

// knownSchedule is what seed 1 does first, with a fifth of everything.
const knownSchedule = `3 reorder overtaken by 4
7 drop never sent
9 drop never sent
11 corrupt byte 12 changed from 0x7d to 0x05
12 drop never sent
14 drop never sent
15 reorder overtaken by 16
13 reorder overtaken by 15
19 drop never sent
21 drop never sent
23 drop never sent
24 drop never sent
26 drop never sent
27 drop never sent
30 drop never sent
34 reorder overtaken by 35
38 drop never sent
42 corrupt byte 9 changed from 0x3a to 0x06
41 reorder overtaken by 42
43 corrupt byte 3 changed from 0x75 to 0x03
47 corrupt byte 1 flipped from 0x22 to 0x23
47 reorder overtaken by 48
46 reorder overtaken by 47
44 reorder overtaken by 45
49 reorder overtaken by 50`
