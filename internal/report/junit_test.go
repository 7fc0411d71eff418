package report

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/jstemmer/go-junit-report/v2/junit"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/schema"
)

// readJUnit reads the document with the library that wrote it.
func readJUnit(t *testing.T, o Options, profile schema.Profile, payloads []*Payload) junit.Testsuites {
	t.Helper()
	var b bytes.Buffer
	render(t, NewJUnit(&b, o), profile, payloads)
	var back junit.Testsuites
	require.NoError(t, xml.Unmarshal(b.Bytes(), &back), b.String())
	return back
}

func TestJUnitCountsWhatItHas(t *testing.T) {
	payloads := append(three(t), vectors(t, schema.Documented, "valid/compact.json")...)
	back := readJUnit(t, Options{}, schema.Documented, payloads)
	assert.Equal(t, "ringproof", back.Name)
	assert.Equal(t, []int{4, 3, 0, 0}, []int{back.Tests, back.Failures, back.Errors, back.Skipped})
	require.Len(t, back.Suites, 4)
	for i, s := range back.Suites {
		r := payloads[i].Report
		assert.Equal(t, payloads[i].File, s.Name)
		assert.Equal(t, payloads[i].File, s.File)
		assert.Equal(t, []int{i, 1}, []int{s.ID, s.Tests})
		require.Len(t, s.Testcases, 1)
		c := s.Testcases[0]
		assert.Equal(t, []string{"ringproof.documented", payloads[i].File}, []string{c.Classname, c.Name})
		assert.Equal(t, r.Errors, lineCount(c.Failure), "one line an error")
		assert.Equal(t, r.Warnings > 0, c.SystemOut != nil)
		if r.Warnings > 0 {
			assert.Len(t, strings.Split(c.SystemOut.Data, "\n"), r.Warnings)
		}
	}
}

func lineCount(r *junit.Result) int {
	if r == nil {
		return 0
	}
	return len(strings.Split(r.Data, "\n"))
}

func TestJUnitHasNoTimesAndNoHosts(t *testing.T) {
	for _, s := range readJUnit(t, Options{Notes: true}, schema.Documented, three(t)).Suites {
		assert.Equal(t, []string{"0", "", ""}, []string{s.Time, s.Timestamp, s.Hostname})
		for _, c := range s.Testcases {
			assert.Empty(t, c.Time)
		}
	}
}

func TestJUnitNamesPayloads(t *testing.T) {
	for _, c := range []struct {
		reason string
		places []Payload
		want   [][]string
	}{
		{"nothing at all", nil, nil},
		{"one in a file", []Payload{{File: "a", Index: 1}, {File: "b", Index: 1}}, [][]string{{"a"}, {"b"}}},
		{"many in a file", []Payload{{File: "a", Index: 1}, {File: "a", Index: 2}, {File: "a", Index: 4}}, [][]string{{"a payload 1", "a payload 2", "a payload 4"}}},
		{"one that is not the first", []Payload{{File: "a", Index: 3}}, [][]string{{"a payload 3"}}},
		{"a file twice is two suites", []Payload{{File: "a", Index: 1}, {File: "a", Index: 1}}, [][]string{{"a"}, {"a"}}},
		{"an empty name is a name", []Payload{{File: "", Index: 1}, {File: "", Index: 2}}, [][]string{{" payload 1", " payload 2"}}},
		{"standard input", []Payload{{File: "-", Index: 1}}, [][]string{{"-"}}},
		{"a path of Windows", []Payload{{File: `C:\hooks\a.json`, Index: 1}}, [][]string{{`C:\hooks\a.json`}}},
	} {
		var payloads []*Payload
		for i := range c.places {
			payloads = append(payloads, &c.places[i])
		}
		var got [][]string
		for _, s := range readJUnit(t, Options{}, schema.Live, payloads).Suites {
			var names []string
			for _, tc := range s.Testcases {
				names = append(names, tc.Name)
			}
			got = append(got, names)
		}
		assert.Equal(t, c.want, got, c.reason)
	}
}

func TestJUnitVerdictIsOfTheSeverity(t *testing.T) {
	message := func(r *junit.Result) string {
		if r == nil {
			return ""
		}
		return r.Message
	}
	finding := func(s schema.Severity) schema.Finding {
		return schema.Finding{Rule: "r", Severity: s, Pointer: "/p", Line: 2, Column: 3, Message: "m " + string(s)}
	}
	skipped := "not covered: a message of another type than status-update, of which only the type was looked at"
	for _, c := range []struct {
		reason                     string
		options                    Options
		report                     schema.Report
		failure, content, skip, so string
	}{
		{"nothing wrong", Options{}, schema.Report{}, "", "", "", ""},
		{"the first error is the message, though a warning stands before it", Options{},
			schema.Report{Errors: 2, Warnings: 1, Findings: []schema.Finding{finding(schema.Warning), finding(schema.Error), finding(schema.Error)}},
			"m error", "f:2:3: m error (r, /p)\nf:2:3: m error (r, /p)", "", "f:2:3: warning: m warning (r, /p)"},
		{"a warning fails nothing", Options{}, schema.Report{Warnings: 1, Findings: []schema.Finding{finding(schema.Warning)}},
			"", "", "", "f:2:3: warning: m warning (r, /p)"},
		{"notes are not listed", Options{}, schema.Report{Notes: 1, Findings: []schema.Finding{finding(schema.Note)}}, "", "", "", ""},
		{"unless on request", Options{Notes: true}, schema.Report{Notes: 1, Findings: []schema.Finding{finding(schema.Note)}},
			"", "", "", "f:2:3: note: m note (r, /p)"},
		{"another message is skipped", Options{}, schema.Report{NotCovered: true, Notes: 1, Findings: []schema.Finding{finding(schema.Note)}}, "", "", skipped, ""},
		{"where that is an error it fails, as the exit code does", Options{}, schema.Report{NotCovered: true, Errors: 1, Findings: []schema.Finding{finding(schema.Error)}},
			"m error", "f:2:3: m error (r, /p)", "", ""},
		{"the whole payload has no pointer", Options{}, schema.Report{Errors: 1, Findings: []schema.Finding{{Rule: "r", Severity: schema.Error, Line: 1, Column: 1, Message: "m"}}},
			"m", "f:1:1: m (r, the whole payload)", "", ""},
		{"what is not listed is counted", Options{}, schema.Report{Errors: 9, Notes: 9, Findings: []schema.Finding{finding(schema.Error)}},
			"m error", "f:2:3: m error (r, /p)", "", "8 more findings of this payload are counted, not listed"},
	} {
		got := readJUnit(t, c.options, schema.Live, []*Payload{{File: "f", Index: 1, Report: c.report}}).Suites[0].Testcases[0]
		assert.Equal(t, c.failure, message(got.Failure), c.reason)
		assert.Equal(t, c.skip, message(got.Skipped), c.reason)
		if c.failure != "" {
			assert.Equal(t, c.content, got.Failure.Data, c.reason)
			assert.Equal(t, "r", got.Failure.Type, c.reason)
		}
		if c.so == "" {
			assert.Nil(t, got.SystemOut, c.reason)
		} else if assert.NotNil(t, got.SystemOut, c.reason) {
			assert.Equal(t, c.so, got.SystemOut.Data, c.reason)
		}
	}
}

func TestJUnitKeepsHostileTextInItsPlace(t *testing.T) {
	payloads := hostilePayloads()
	back := readJUnit(t, Options{Notes: true}, schema.Live, payloads)
	require.Len(t, back.Suites, len(hostile))
	for i, h := range hostile {
		file, text := Printable(payloads[i].File), Printable(h.text)
		c := back.Suites[i].Testcases[0]
		assert.Equal(t, file, back.Suites[i].Name, h.reason)
		assert.Equal(t, file, c.Name, h.reason)
		assert.Equal(t, text, c.Failure.Message, h.reason)
		assert.Equal(t, file+":1:1: "+text+" ("+text+", /"+text+")", c.Failure.Data, h.reason)
		assert.Len(t, strings.Split(c.SystemOut.Data, "\n"), 2, h.reason)
	}
}
