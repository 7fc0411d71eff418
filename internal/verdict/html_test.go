package verdict

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/contract"
)

var (
	tags       = regexp.MustCompile(`<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z:-]+(?:="[^"]*")?)*)\s*(/?)>`)
	references = regexp.MustCompile(`(?:src|href|action|data|xlink:href)="([^"]*)"|url\(([^)]*)\)`)
	ids        = regexp.MustCompile(`\sid="([^"]*)"`)
	links      = regexp.MustCompile(`href="#([^"]*)"|aria-labelledby="([^"]*)"`)
)

// void are the elements that have no end.
var void = map[string]bool{"meta": true, "link": true, "br": true, "img": true, "input": true, "hr": true}

func TestPageIsBalancedAndItsIdsAreUnique(t *testing.T) {
	for name, r := range reports() {
		page := written(t, "html", r, Options{})
		var open []string
		for _, m := range tags.FindAllStringSubmatch(withoutScript(page), -1) {
			switch {
			case m[4] == "/" || void[m[2]]:
			case m[1] == "":
				open = append(open, m[2])
			default:
				require.NotEmpty(t, open, "%s: %s", name, m[0])
				require.Equal(t, open[len(open)-1], m[2], name)
				open = open[:len(open)-1]
			}
		}
		assert.Empty(t, open, name)
		seen := map[string]bool{}
		for _, m := range ids.FindAllStringSubmatch(page, -1) {
			assert.False(t, seen[m[1]], "%s: the id %q is there twice", name, m[1])
			seen[m[1]] = true
		}
		for _, m := range links.FindAllStringSubmatch(page, -1) {
			for _, id := range strings.Fields(m[1] + m[2]) {
				assert.True(t, seen[id], "%s: nothing has the id %q", name, id)
			}
		}
	}
}

func withoutScript(page string) string {
	return regexp.MustCompile(`(?s)<(script|style)>.*?</(script|style)>`).ReplaceAllString(page, "")
}

func TestPageNeedsNothingElse(t *testing.T) {
	for name, r := range reports() {
		page := written(t, "html", r, Options{})
		for _, m := range references.FindAllStringSubmatch(page, -1) {
			assert.Regexp(t, `^(#|data:)`, m[1]+m[2], name)
		}
		assert.NotContains(t, page, "@import")
		assert.Contains(t, page, "content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\"")
		assert.Equal(t, 1, strings.Count(page, "<script"), "a script of somebody else")
	}
}

// The page has no text of others but as text.
func TestPageEscapesWhatOthersSay(t *testing.T) {
	r := sample()
	for i := range r.Checks {
		c := &r.Checks[i]
		c.ID, c.Title, c.Explanation, c.Detail, c.Source, c.Reproduce = c.ID+hostile, hostile, hostile, hostile, hostile, hostile
		c.Statuses = map[string]contract.Tally{hostile: {Sent: 2, Bad: 1}}
		for j := range c.Failures {
			f := &c.Failures[j]
			f.What, f.Want, f.Got, f.Answer = hostile, hostile, hostile, hostile
			for k := range f.Sent {
				x := &f.Sent[k]
				x.What, x.Status, x.Call, x.Pointer, x.Forged, x.File, x.Command = hostile, hostile, hostile, hostile, hostile, hostile, hostile
				x.Body, x.Base = []byte(strings.ReplaceAll(hostile, `"`, "")), []byte("{}") // an open string would be one long line
			}
		}
	}
	r.Target, r.Stopped = hostile, hostile
	page := written(t, "html", r, Options{})
	assert.Equal(t, 1, strings.Count(page, "<script"))
	for _, part := range []string{"<img", "onerror=alert(1)>", "<![CDATA[", "\x1b", "\u202e", "\x00"} {
		assert.NotContains(t, page, part)
	}
	assert.Contains(t, page, "&lt;script&gt;alert(1)")
	assert.Contains(t, page, "‹U&#43;202E›", "in a body the invisible is spelled out")
}

func TestHeadlines(t *testing.T) {
	checks := make([]contract.Result, 4)
	for _, c := range []struct {
		report contract.Report
		class  string
		want   string
	}{
		{contract.Report{}, "skip", "No check was run."},
		{contract.Report{Checks: checks, Passed: 4}, "pass", "The consumer passes all 4 checks."},
		{contract.Report{Checks: checks[:1], Passed: 1}, "pass", "The consumer passes all 1 check."},
		{contract.Report{Checks: checks, Passed: 3, Skipped: 1}, "pass", "The consumer passes all 3 checks that could be judged."},
		{contract.Report{Checks: checks, Passed: 2, Warned: 1, Skipped: 1}, "warn", "The consumer passes, with 1 warning."},
		{contract.Report{Checks: checks, Passed: 2, Failed: 1, Warned: 1}, "fail", "The consumer fails 1 of 4 checks."},
		{contract.Report{Checks: checks, Skipped: 4}, "skip", "No check could be judged."},
		{contract.Report{Checks: checks, Passed: 4, Interrupted: true}, "warn", "The consumer passes all 4 checks, but the report is incomplete."},
		{contract.Report{Checks: checks, Failed: 1, Stopped: "it is gone"}, "fail", "The consumer fails 1 of 4 checks, but the report is incomplete."},
	} {
		m, got := headline(&c.report)
		assert.Equal(t, []string{c.class, c.want}, []string{m.Class, got})
	}
}

// A page can be sent by mail, though the bodies have a megabyte.
func TestPageIsBounded(t *testing.T) {
	large := []byte(`{"a":[` + strings.Repeat(`{"word":"`+strings.Repeat("x", 40)+`"},`, 20_000) + `"` + strings.Repeat("y", 100_000) + `"]}`)
	changed := []byte(strings.Replace(string(large), "yyy", "yyz", 1))
	r := sample()
	for i := range 6 {
		c := r.Checks[1]
		c.ID += strings.Repeat("x", i)
		c.Failures = nil
		for range contract.MaxFailures {
			x := contract.Sent{Body: changed, Base: large, Pointer: "/a/10000/word"}
			c.Failures = append(c.Failures, contract.Failure{Verdict: contract.Fail, Sent: []contract.Sent{x}})
		}
		r.Checks = append(r.Checks, c)
	}
	page := written(t, "html", r, Options{})
	assert.Less(t, len(page), 2<<20)
	assert.Contains(t, page, "lines left out")
	assert.Contains(t, page, `<span class="marked"><span class="number">30004</span>`)
}

func TestLongLinesAreShownWhereTheyDiffer(t *testing.T) {
	room := 1 << 20
	head, tail := strings.Repeat("é", 5000), strings.Repeat("x", 5000)
	rows := shown(diff([]string{head + "a" + tail}, []string{head + "b" + tail}), &room)
	require.Len(t, rows, 2)
	for i, sign := range []string{"a", "b"} {
		assert.True(t, strings.HasPrefix(rows[i].Text, "(9940 bytes) …é"), rows[i].Text)
		assert.Contains(t, rows[i].Text, "é"+sign+"x")
		assert.Less(t, len([]rune(rows[i].Text)), 300)
	}
}

func TestChartShowsEveryAnswer(t *testing.T) {
	l := sample().Latency
	c := newChart(l)
	total := 0
	for i, b := range c.Bars {
		total += b.Count
		assert.LessOrEqual(t, b.Height, chartBottom-chartTop)
		assert.GreaterOrEqual(t, b.X, chartLeft)
		assert.LessOrEqual(t, b.X+b.Width, chartRight)
		if b.Count > 0 {
			assert.Positive(t, b.Height, "bar %d", i)
		}
	}
	assert.Equal(t, l.Count, total)
	for _, m := range c.Marks {
		at := 0
		for at < len(c.Bars)-1 && m.X > c.Bars[at].X+c.Bars[at].Width+1 {
			at++
		}
		assert.Positive(t, c.Bars[at].Count, "%s %s stands over a bar that counts nothing", m.Name, m.Value)
	}
	assert.Nil(t, newChart(contract.Latency{}), "nothing was measured")
}

func TestAxisAndNumbers(t *testing.T) {
	assert.Equal(t, []string{"⅛", "¼", "½", "1", "128", "512", "1 s", "16 s"}, []string{edge(0), edge(1), edge(2), edge(3), edge(10), edge(12), edge(13), edge(17)})
	assert.Equal(t, []string{"0", "999", "1,000", "1,234,567", "-1,000"}, []string{grouping(0), grouping(999), grouping(1000), grouping(1234567), grouping(-1000)})
	assert.Equal(t, []string{"0 ms", "0.2 ms", "3 ms", "13 ms", "999 ms", "1.0 s", "20.0 s"}, []string{milliseconds(0), milliseconds(0.21), milliseconds(3.01), milliseconds(13.2), milliseconds(999), milliseconds(1000), milliseconds(20000)})
}
