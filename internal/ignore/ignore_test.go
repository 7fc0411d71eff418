package ignore_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/ringproof/ringproof/internal/ignore"
	"github.com/ringproof/ringproof/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var today = time.Date(2026, 11, 22, 23, 59, 0, 0, time.UTC)

// twoErrors has an endedReason that does not go with its status, and a number for
// a transcript that does not either.
const twoErrors = `{"message":{"type":"status-update","status":"queued","endedReason":"customer-ended-call","artifact":{"messages":[5,6]}}}`

func judged(t *testing.T, payload string) schema.Report {
	t.Helper()
	r, err := schema.Validate([]byte(payload), schema.Options{})
	require.NoError(t, err)
	return r
}

func TestRowsWaiveWhatTheyMatch(t *testing.T) {
	for _, tt := range []struct {
		reason string
		rows   string
		left   int // of 3 errors
		warn   bool
	}{
		{"rule and pointer", `[{"rule":"only-if/ended-reason","pointer":"/message/endedReason","reason":"r"}]`, 2, false},
		{"another rule at the same place", `[{"rule":"schema/enum","pointer":"/message/endedReason","reason":"r"}]`, 3, true},
		{"another place", `[{"rule":"only-if/ended-reason","pointer":"/endedReason","reason":"r"}]`, 3, true},
		{"a star is any item", `[{"rule":"schema/type","pointer":"/message/artifact/messages/*","reason":"r"}]`, 1, false},
		{"a star is one token only", `[{"rule":"schema/type","pointer":"/message/*","reason":"r"}]`, 3, true},
		{"the end of the file's path", `[{"rule":"schema/type","pointer":"/message/artifact/messages/0","file":"hooks/*.json","reason":"r"}]`, 2, false},
		{"another file", `[{"rule":"schema/type","pointer":"/message/artifact/messages/0","file":"b.json","reason":"r"}]`, 3, true},
		{"still valid on its last day", `[{"rule":"schema/type","pointer":"/message/artifact/messages/0","reason":"r","expires":"2026-11-22"}]`, 2, false},
		{"expired the day before", `[{"rule":"schema/type","pointer":"/message/artifact/messages/0","reason":"r","expires":"2026-11-21"}]`, 3, true},
		{"another fingerprint", `[{"rule":"schema/type","pointer":"/message/artifact/messages/0","fingerprint":"00","reason":"r"}]`, 3, true},
		{"no rows", `[]`, 3, false},
	} {
		l, err := ignore.Parse([]byte(tt.rows), today)
		require.NoError(t, err, tt.reason)
		r := judged(t, twoErrors)
		require.Equal(t, 3, r.Errors)
		n := l.Apply("/home/of/hooks/a.json", &r)
		assert.Equal(t, 3-tt.left, n, tt.reason)
		assert.Equal(t, tt.left, r.Errors, tt.reason)
		assert.Len(t, r.Findings, tt.left, tt.reason)
		assert.Equal(t, tt.warn, len(l.Warnings()) > 0, "%s: %v", tt.reason, l.Warnings())
	}
}

func TestWrittenRowsAreRefusedUntilTheyHaveAReason(t *testing.T) {
	r := judged(t, twoErrors)
	var rows []ignore.Row
	for i := range r.Findings {
		rows = append(rows, ignore.RowOf("hooks/a.json", &r.Findings[i]))
	}
	var b bytes.Buffer
	require.NoError(t, ignore.Write(&b, rows))
	_, err := ignore.Parse(b.Bytes(), today)
	assert.ErrorContains(t, err, "no reason")

	reviewed := bytes.ReplaceAll(b.Bytes(), []byte(`"reason": ""`), []byte(`"reason": "known since the migration"`))
	l, err := ignore.Parse(reviewed, today)
	require.NoError(t, err)
	assert.Equal(t, 3, l.Apply("hooks/a.json", &r))
	assert.Empty(t, r.Findings)
	assert.Empty(t, l.Warnings())
}

func TestBadRowsSayWhichAndWhy(t *testing.T) {
	for _, tt := range []struct{ reason, rows, want string }{
		{"no list", `{}`, "list"},
		{"text after it", `[] x`, "after the list"},
		{"a member that no row has", `[{"rule":"schema/type","pointer":"","reason":"r","until":"x"}]`, "list of rows"},
		{"no rule", `[{"pointer":"","reason":"r"}]`, "row 1: no rule"},
		{"a rule that is none", `[{"rule":"schema/typ","pointer":"","reason":"r"}]`, "did you mean schema/type?"},
		{"a reason of spaces", `[{"rule":"schema/type","pointer":"","reason":" "}]`, "no reason"},
		{"a pointer that is none", `[{"rule":"schema/type","pointer":"message","reason":"r"}]`, "does not start with /"},
		{"a day that is none", `[{"rule":"schema/type","pointer":"","reason":"r","expires":"2026-02-30"}]`, "not a day"},
		{"a pattern that is none", `[{"rule":"schema/type","pointer":"","reason":"r","file":"["}]`, "no pattern"},
	} {
		_, err := ignore.Parse([]byte(tt.rows), today)
		assert.ErrorContains(t, err, tt.want, tt.reason)
	}
}
