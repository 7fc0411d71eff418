package verdict

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/testdata"
)

func TestLayOutIsThatOfTheStandardLibraryForJSON(t *testing.T) {
	vectors, err := testdata.Vectors()
	require.NoError(t, err)
	compared := 0
	for _, v := range vectors {
		body, err := v.Body()
		require.NoError(t, err)
		var want bytes.Buffer
		if json.Indent(&want, bytes.TrimSpace(body), "", "  ") != nil {
			continue
		}
		compared++
		l := layOut(body, "")
		assert.True(t, l.json, v.File)
		lines := strings.Split(want.String(), "\n")
		require.Len(t, l.lines, len(lines), v.File)
		for i, line := range lines {
			if deep := strings.Repeat("  ", deepestIndent); strings.HasPrefix(line, deep) {
				line = deep + strings.TrimLeft(line, " ")
			}
			require.Equal(t, line, l.lines[i], v.File)
		}
	}
	assert.Greater(t, compared, 100)
}

func TestLayOutFindsThePlace(t *testing.T) {
	const body = `{"a":{"b/c":[1,{"d~e":true},"x,]}"],"f":{}},"a2":"\"","g":[[]],"h":1,"h":2}`
	for _, c := range []struct {
		reason, pointer string
		found           bool
		lines, bytes    string
	}{
		{"the whole", "", true, strings.Join(layOut([]byte(body), "").lines, "\n"), body},
		{"a container", "/a/b~1c", true, "    \"b/c\": [\n      1,\n      {\n        \"d~e\": true\n      },\n      \"x,]}\"\n    ],", `[1,{"d~e":true},"x,]}"]`},
		{"an element", "/a/b~1c/0", true, "      1,", "1"},
		{"a member of an element", "/a/b~1c/1/d~0e", true, "        \"d~e\": true", "true"},
		{"a string full of structure", "/a/b~1c/2", true, `      "x,]}"`, `"x,]}"`},
		{"an empty object, the last member", "/a/f", true, `    "f": {}`, "{}"},
		{"an escaped quotation mark", "/a2", true, `  "a2": "\"",`, `"\""`},
		{"an empty array in an array", "/g/0", true, "    []", "[]"},
		{"the last of two", "/h", true, `  "h": 2`, "2"},
		{"a member that is not there: the innermost value around it", "/a/f/z/z", false, `    "f": {}`, ""},
		{"an element that is not there", "/g/7", false, `  "g": [`, ""},
		{"nothing on the way", "/nowhere", false, "{", ""},
		{"no pointer at all", "nonsense", true, strings.Join(layOut([]byte(body), "").lines, "\n"), body},
	} {
		l := layOut([]byte(body), c.pointer)
		assert.Equal(t, c.found, l.found, c.reason)
		assert.Equal(t, c.lines, strings.Join(l.lines[l.first:l.last+1], "\n"), c.reason)
		if c.found {
			assert.Equal(t, c.bytes, body[l.start:l.end], c.reason)
		}
	}
}

func TestLayOutTakesWhatIsNoJSON(t *testing.T) {
	for _, c := range []struct{ reason, body, want string }{
		{"nothing", "", ""},
		{"blanks only", " \n ", ""},
		{"cut off in a string", `{"a":{"b":"c`, "{\n  \"a\": {\n    \"b\": \"c"},
		{"cut off after a backslash", `["\`, "[\n  \"\\"},
		{"a bracket too many", `{"a":1}}`, "{\n  \"a\": 1\n}}"},
		{"the wrong bracket", `{"a":[1}`, "{\n  \"a\": [\n    1\n  }"},
		{"words", "hello  there, world", "hello there,\nworld"},
		{"bytes that are no text", "\xff{\x00}", "\xff{\n  \x00\n}"},
		{"a comma too many", `[1,]`, "[\n  1,\n]"},
		{"what only Unicode takes for a blank", "[\f,\u0085]", "[\n  \f,\n  \u0085\n]"},
	} {
		l := layOut([]byte(c.body), "/a/b")
		assert.False(t, l.json, c.reason)
		assert.Equal(t, c.want, strings.Join(l.lines, "\n"), c.reason)
	}
}

// Whatever a body is, nothing of it but blanks is lost.
func FuzzLayOut(f *testing.F) {
	for _, seed := range []string{`{"a":[1,{"b":"c"}]}`, `{"a":1}}`, `["\`, "[1,]", "\"a\" b:c", "{}{}"} {
		f.Add([]byte(seed), "/a/0")
	}
	bare := func(s string) string { return strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(s) }
	f.Fuzz(func(t *testing.T, body []byte, pointer string) {
		l := layOut(body, pointer)
		require.Equal(t, bare(string(body)), bare(strings.Join(l.lines, "")))
		if len(l.lines) > 0 {
			require.True(t, 0 <= l.first && l.first <= l.last && l.last < len(l.lines), "%d to %d of %d lines", l.first, l.last, len(l.lines))
		}
		require.True(t, !l.found || l.start <= l.end && l.end <= len(body))
	})
}
