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
