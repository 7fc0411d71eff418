package group_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ringproof/ringproof/internal/group"
)

func TestTailKeepsTheEnd(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		writes []string
		want   string
		reason string
	}{
		{nil, "", "nothing was written"},
		{[]string{"\n one\n", "two \n\n"}, "one\ntwo", "white space around it is left out"},
		{[]string{"1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"}, "3\n4\n5\n6\n7\n8\n9\n10", "eight lines are told"},
		{[]string{"a.js:1\n    f()\n    ^\n\nTypeError: no\n" + strings.Repeat("    at f (a.js:1)\n", 10) + "\nNode.js v20\n"}, "a.js:1\nTypeError: no\nNode.js v20", "a long stack does not hide what it is about"},
		{[]string{"Traceback:\n  File a.py\n    f()\nKeyError: 1\n"}, "Traceback:\n  File a.py\n    f()\nKeyError: 1", "a short one is told"},
		{[]string{strings.Repeat("x", 1<<20), "end"}, strings.Repeat("x", 4093) + "end", "4 KiB are kept"},
		{[]string{"\xff\xfe!"}, "?!", "it is shown as UTF-8"},
	} {
		var also bytes.Buffer
		tail := &group.Tail{Also: &also}
		for _, text := range row.writes {
			n, err := tail.Write([]byte(text))
			assert.NoError(t, err)
			assert.Equal(t, len(text), n, row.reason)
		}
		assert.Equal(t, row.want, tail.String(), row.reason)
		assert.Equal(t, strings.Join(row.writes, ""), also.String(), "all of it goes on")
	}
}
