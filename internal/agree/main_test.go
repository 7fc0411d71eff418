package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCompareFindsWhatDiffers(t *testing.T) {
	cases := []test{{name: "good", body: []byte("{}")}, {name: "bad", body: []byte("{}"), errors: [2]bool{true, true}}}
	for _, c := range []struct {
		reason, answer string
		known          map[string]string
		differs        bool
	}{
		{"both agree", "00\n11\n", nil, false},
		{"a missed error", "00\n01\n", nil, true},
		{"a false alarm", "10\n11\n", nil, true},
		{"a known difference", "00\n01\n", map[string]string{"bad": "why"}, false},
		{"a known difference that is none any more", "00\n11\n", map[string]string{"bad": "why"}, true},
		{"an answer too few", "00\n", nil, true},
		{"an answer too many", "00\n11\n00\n", nil, true},
		{"an answer that is none", "00\n1\n", nil, true},
	} {
		var out bytes.Buffer
		assert.Equal(t, c.differs, compare(cases, []byte(c.answer), c.known, &out) != nil, "%s: %s", c.reason, out.String())
	}
}
