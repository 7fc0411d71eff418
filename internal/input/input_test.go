package input_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ringproof/ringproof/internal/input"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// place is a payload as the tests write it: "line:column data".
func places(t *testing.T, src input.Source, limit int) []string {
	t.Helper()
	var out []string
	require.NoError(t, src.Read(limit, func(p input.Payload) bool {
		assert.Equal(t, len(out)+1, p.Index)
		assert.Equal(t, src.Name, p.File)
		out = append(out, fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Data))
		return true
	}))
	return out
}

func stdin(t *testing.T, mode input.Mode, text string) input.Source {
	t.Helper()
	sources, err := input.Find([]string{"-"}, mode, strings.NewReader(text))
	require.NoError(t, err)
	require.Len(t, sources, 1)
	return sources[0]
}

func TestStreamsAreDividedIntoPayloads(t *testing.T) {
	for _, tt := range []struct {
		reason string
		mode   input.Mode
		in     string
		want   []string
	}{
		{"one object", input.Auto, `{"a":1}`, []string{`1:1 {"a":1}`}},
		{"white space around it belongs to nobody", input.Auto, " \n {\"a\":1} \n", []string{`2:2 {"a":1} `}},
		{"a pretty-printed object spans lines", input.Auto, "{\n \"a\": 1\n}\n", []string{"1:1 {\n \"a\": 1\n}\n"}},
		{"a complete object and more: lines", input.Auto, "{}\n\n {\"b\":2}\r\n", []string{"1:1 {}", "3:1  {\"b\":2}\r"}},
		{"a line that is no JSON is a payload to be refused", input.Auto, "{}\nnonsense\n", []string{"1:1 {}", "2:1 nonsense"}},
		{"a list is its items", input.Auto, "[{\"a\":1},\n  {\"é\":2} , {}]", []string{`1:2 {"a":1}`, `2:3 {"é":2}`, `2:13 {}`}},
		{"brackets and escaped quotes in strings are text", input.Auto, `["],[\"\\", "}"]`, []string{`1:2 "],[\"\\"`, `1:13 "}"`}},
		{"lists, one a line, are lines", input.Auto, "[1]\n[2]\n", []string{"1:1 [1]", "2:1 [2]"}},
		{"the same as one JSON: what follows the list is wrong", input.JSON, "[1]\n[2]\n", []string{"1:2 1", "1:3 ]["}},
		{"lines on request, though the first is not complete", input.JSONL, "{\n}\n", []string{"1:1 {", "2:1 }"}},
		{"the last line needs no end", input.JSONL, "1\n2", []string{"1:1 1", "2:1 2"}},
		{"nothing is a payload that is no JSON", input.Auto, "", []string{"1:1 "}},
		{"no line is no payload", input.JSONL, "\n \n", nil},
		{"an empty list is a payload, to be refused", input.Auto, " [ ]\n", []string{"1:2 []"}},
		{"a comma with nothing before it", input.Auto, "[,1]", []string{"1:2 ,", "1:3 1"}},
		{"a comma with nothing after it", input.Auto, "[1,]", []string{"1:2 1", "1:4 ]"}},
		{"no comma between items", input.Auto, "[{} {}]", []string{"1:2 {} {}"}},
		{"a list that never ends", input.Auto, "[1, {", []string{"1:2 1", "1:5 {"}},
		{"a list that ends after a comma", input.Auto, "[1,", []string{"1:2 1", "1:4 "}},
		{"text after a list", input.Auto, "[1] x", []string{"1:2 1", "1:3 ]x"}},
		{"a byte-order mark is the payload's", input.Auto, "\ufeff{}", []string{"1:1 \ufeff{}"}},
	} {
		assert.Equal(t, tt.want, places(t, stdin(t, tt.mode, tt.in), 1000), tt.reason)
	}
}

func TestAPayloadTakesNoMoreThanTheLimitAndAByte(t *testing.T) {
	long := strings.Repeat("x", 50)
	for _, tt := range []struct {
		reason string
		mode   input.Mode
		in     string
		want   []string
	}{
		{"a line", input.JSONL, long + "\n{}\n", []string{"1:1 " + long[:11], "2:1 {}"}},
		{"an item of a list", input.JSON, "[\"" + long + "\",2]", []string{"1:2 \"" + long[:10], "1:55 2"}},
		{"a whole file", input.JSON, long, []string{"1:1 " + long[:11]}},
		{"a first line", input.Auto, "{" + long + "\n{}", []string{"1:1 {" + long[:10]}},
	} {
		assert.Equal(t, tt.want, places(t, stdin(t, tt.mode, tt.in), 10), tt.reason)
	}
}

func TestAStreamIsReadAsItArrives(t *testing.T) {
	r, w := io.Pipe()
	sources, err := input.Find([]string{"-"}, input.Auto, r)
	require.NoError(t, err)
	got := make(chan string)
	go func() {
		defer close(got)
		assert.NoError(t, sources[0].Read(100, func(p input.Payload) bool { got <- string(p.Data); return true }))
	}()
	for _, line := range []string{`{"a":1}`, `{"a":2}`} {
		_, err := io.WriteString(w, line+"\n")
		require.NoError(t, err)
		require.Equal(t, line, <-got, "before the next line is written")
	}
	require.NoError(t, w.Close())
	_, more := <-got
	assert.False(t, more)
}

func TestReadingStopsWhenNoMoreIsWanted(t *testing.T) {
	n := 0
	require.NoError(t, stdin(t, input.JSONL, "1\n2\n3\n").Read(10, func(input.Payload) bool { n++; return n < 2 }))
	assert.Equal(t, 2, n)
}

func TestAStreamThatBreaksIsAnError(t *testing.T) {
	broken := errors.New("the line is dead")
	sources, err := input.Find([]string{"-"}, input.JSONL, io.MultiReader(strings.NewReader("1\n"), failing{broken}))
	require.NoError(t, err)
	n := 0
	assert.ErrorIs(t, sources[0].Read(10, func(input.Payload) bool { n++; return true }), broken)
	assert.Equal(t, 1, n, "what came before counts")
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestArgumentsNameFilesFoldersAndGlobs(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.json", "a.json", "sub/c.jsonl", "sub/d.NDJSON", "sub/e.txt", ".hidden/f.json", ".g.json", "odd[1].json", "empty/readme.md"} {
		p := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o777))
		require.NoError(t, os.WriteFile(p, []byte("{}\n{}\n"), 0o666))
	}
	for _, tt := range []struct {
		reason string
		arg    string
		want   []string
		fails  bool
	}{
		{"a file, whatever its name", "sub/e.txt", []string{"sub/e.txt"}, false},
		{"a folder, in the order of names, without what is hidden", "", []string{"a.json", "b.json", "odd[1].json", "sub/c.jsonl", "sub/d.NDJSON"}, false},
		{"a hidden folder that is named", ".hidden", []string{".hidden/f.json"}, false},
		{"a glob", "*.json", []string{".g.json", "a.json", "b.json", "odd[1].json"}, false},
		{"a glob over folders", "**/*.{jsonl,NDJSON}", []string{"sub/c.jsonl", "sub/d.NDJSON"}, false},
		{"a file whose name looks like a glob", "odd[1].json", []string{"odd[1].json"}, false},
		{"no such file", "none.json", nil, true},
		{"a glob without a match", "*.yaml", nil, true},
		{"a folder without payloads", "empty", nil, true},
	} {
		sources, err := input.Find([]string{filepath.Join(dir, filepath.FromSlash(tt.arg))}, input.Auto, nil)
		assert.Equal(t, tt.fails, err != nil, "%s: %v", tt.reason, err)
		var got []string
		for _, s := range sources {
			rel, err := filepath.Rel(dir, s.Name)
			require.NoError(t, err)
			got = append(got, filepath.ToSlash(rel))
		}
		assert.Equal(t, tt.want, got, tt.reason)
	}
}

func TestTheExtensionTellsLines(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]int{"a.jsonl": 2, "a.NDJSON": 2, "a.json": 1} {
		p := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(p, []byte("{}\n{}\n"), 0o666))
		sources, err := input.Find([]string{p}, input.Auto, nil)
		require.NoError(t, err)
		assert.Len(t, places(t, sources[0], 100), want, name)
	}
}

func TestOneBadArgumentDoesNotHideTheOthers(t *testing.T) {
	good := filepath.Join(t.TempDir(), "a.json")
	require.NoError(t, os.WriteFile(good, []byte("{}"), 0o666))
	sources, err := input.Find([]string{"no-such-file", good, "nor-this"}, input.Auto, nil)
	assert.Error(t, err)
	assert.Len(t, sources, 1)
}

func TestOrderedKeepsTheOrderOfWhatIsProduced(t *testing.T) {
	for _, workers := range []int{1, 2, 8} {
		var got []int
		err := input.Ordered(t.Context(), workers,
			func(yield func(int) bool) {
				for i := 0; i < 1000 && yield(i); i++ {
				}
			},
			func(i int) int { return i * i },
			func(sq int) error { got = append(got, sq); return nil })
		require.NoError(t, err)
		require.Len(t, got, 1000)
		for i, sq := range got {
			require.Equal(t, i*i, sq)
		}
	}
}

func TestOrderedStopsProducingWhenTheConsumerFails(t *testing.T) {
	enough := errors.New("enough")
	stopped := make(chan int, 1)
	err := input.Ordered(t.Context(), 2,
		func(yield func(int) bool) {
			produced := 0
			for yield(produced) {
				produced++
			}
			stopped <- produced
		},
		func(i int) int { return i },
		func(i int) error {
			if i == 10 {
				return enough
			}
			return nil
		})
	assert.ErrorIs(t, err, enough)
	assert.Less(t, <-stopped, 100, "it did not go on and on")
}

func TestOrderedDoesNotWaitForABlockedProducer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	never := make(chan struct{})
	defer close(never)
	err := input.Ordered(ctx, 2,
		func(yield func(int) bool) { yield(1); <-never },
		func(i int) int { return i },
		func(int) error { cancel(); return nil })
	assert.ErrorIs(t, err, context.Canceled)
}

func TestLinesEndAsTheScannerHasThem(t *testing.T) {
	for _, end := range []string{"\n", "\r", "\r\n"} {
		text := "[" + end + "1," + end + end + " 2]"
		assert.Equal(t, []string{"2:1 1", "4:2 2"}, places(t, stdin(t, input.JSON, text), 100), "%q", end)
	}
}

func TestWhiteSpaceDoesNotHideWhatIsTooLong(t *testing.T) {
	pad := strings.Repeat(" ", 20)
	assert.Equal(t, []string{"1:2 {}" + pad[:9], "1:32 1"}, places(t, stdin(t, input.JSON, "[{}"+pad+"GARBAGE,1]"), 10))
	assert.Equal(t, []string{"1:1 " + pad[:11]}, places(t, stdin(t, input.JSONL, pad+"GARBAGE"), 10))
}

func TestItemsOfAListAreReadAsTheyArrive(t *testing.T) {
	r, w := io.Pipe()
	sources, err := input.Find([]string{"-"}, input.Auto, r)
	require.NoError(t, err)
	got := make(chan string)
	go func() {
		defer close(got)
		assert.NoError(t, sources[0].Read(100, func(p input.Payload) bool { got <- string(p.Data); return true }))
	}()
	_, err = io.WriteString(w, "[{\"a\":1},")
	require.NoError(t, err)
	require.Equal(t, `{"a":1}`, <-got, "before the next item is written")
	_, err = io.WriteString(w, "2]")
	require.NoError(t, err)
	require.NoError(t, w.Close())
	assert.Equal(t, "2", <-got)
}
