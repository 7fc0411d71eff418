package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/internal/input"
)

// ownBodies hands out at most n of the user's bodies, as "id file:index body".
func ownBodies(t *testing.T, own *ownTraffic, n int) []string {
	t.Helper()
	var got []string
	for d := range own.deliveries() {
		got = append(got, fmt.Sprintf("%s %s:%d %s", d.ID, filepath.Base(d.Call), d.Step, d.Body))
		if len(got) == n {
			break
		}
	}
	return got
}

func ownFiles(t *testing.T, texts map[string]string) []input.Source {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	sources, err := input.Find([]string{dir}, input.Auto, nil)
	require.NoError(t, err)
	return sources
}

func TestOwnBodiesComeAgainWithIDsOfTheirOwn(t *testing.T) {
	sources := ownFiles(t, map[string]string{"a.json": `{"a":1}`, "b.jsonl": "1\n2\n"})
	want := []string{`msg_000001 a.json:1 {"a":1}`, "msg_000002 b.jsonl:1 1", "msg_000003 b.jsonl:2 2"}
	assert.Equal(t, want, ownBodies(t, &ownTraffic{sources: sources, limit: 100}, 10), "once, unless they are to come again")
	want = append(want, `msg_000004 a.json:1 {"a":1}`, "msg_000005 b.jsonl:1 1")
	assert.Equal(t, want, ownBodies(t, &ownTraffic{sources: sources, limit: 100, again: true}, 5))
}

// Bodies that come again are not read again, unless there are too many to keep.
func TestFewBodiesAreKeptAndManyAreReadAgain(t *testing.T) {
	long := `"` + strings.Repeat("x", 5<<20) + `"`
	for _, c := range []struct {
		reason string
		files  int
		read   bool
	}{{"few", 2, false}, {"more than is kept", keptBytes/(5<<20) + 1, true}} {
		texts := map[string]string{}
		for i := range c.files {
			texts[fmt.Sprintf("%02d.json", i)] = long
		}
		sources := ownFiles(t, texts)
		own := &ownTraffic{sources: sources, limit: 8 << 20, again: true}
		n := 0
		for d := range own.deliveries() {
			if n++; n == c.files {
				for _, s := range sources {
					require.NoError(t, os.WriteFile(s.Name, []byte("2"), 0o600))
				}
			}
			if n > c.files {
				assert.Equal(t, c.read, string(d.Body) == "2", c.reason)
			}
			if n == c.files+2 {
				break
			}
		}
		assert.NoError(t, own.failed, c.reason)
		assert.Equal(t, c.read, own.kept == nil, c.reason)
	}
}

// Nothing at all, for ever, would be a loop without an end.
func TestNoBodyAtAllIsAnErrorAndNoLoop(t *testing.T) {
	for _, again := range []bool{false, true} {
		own := &ownTraffic{sources: ownFiles(t, map[string]string{"a.jsonl": "\n \n"}), limit: 100, again: again}
		assert.Empty(t, ownBodies(t, own, 1))
		assert.EqualError(t, own.failed, "there is no body in what was named")
	}
}

func TestAFileThatGoesAwayEndsTheRounds(t *testing.T) {
	sources := ownFiles(t, map[string]string{"a.json": "1"})
	own := &ownTraffic{sources: sources, limit: 100, again: true, room: -1} // as if there were too much to keep
	rounds := 0
	for range own.deliveries() {
		if rounds++; rounds == 3 {
			require.NoError(t, os.Remove(sources[0].Name))
		}
		require.Less(t, rounds, 10)
	}
	assert.Equal(t, 3, rounds)
	assert.ErrorIs(t, own.failed, os.ErrNotExist)
}
