package verdict

import (
	"fmt"
	"math"

	"github.com/ringproof/ringproof/contract"
)

// chart is the histogram of the latency, with coordinates for an image of chartWidth
// times chartHeight.
type chart struct {
	Answers     string
	Summary     string // in words
	Width       int
	Height      int
	Left, Right float64 // of the plot
	Top, Bottom float64
	Bars        []bar
	Ticks       []tick
	Marks       []percentile
}

type bar struct {
	X, Y, Width, Height, Middle float64
	LabelY                      float64
	Count                       int
	Label                       string // over the bar; empty where there is no room
	AtMost, Share               string
}

type tick struct {
	X     float64
	Label string
}

type percentile struct {
	Name, Value        string
	X, Y, TextX, TextY float64
	Anchor             string // which end of its text is at TextX
}

const (
	chartWidth, chartHeight = 420, 260
	chartLeft, chartRight   = 10.0, 410.0
	chartTop, chartBottom   = 92.0, 226.0
	chartRows               = 17.0 // height of a line of text
	fewestBars              = 6
	mostLabelledBars        = 12
)

// newChart is nil if nothing was measured.
func newChart(l contract.Latency) *chart {
	first, last := bounds(l)
	if l.Count == 0 || last < 0 {
		return nil
	}
	c := &chart{
		Answers: grouping(l.Count), Width: chartWidth, Height: chartHeight,
		Left: chartLeft, Right: chartRight, Top: chartTop, Bottom: chartBottom,
	}
	step := (chartRight - chartLeft) / float64(last-first+1)
	most := 0
	for _, n := range l.Buckets {
		most = max(most, n)
	}
	every := 1 + (last-first)/10 // ticks must not touch
	for i := first; i <= last; i++ {
		b := newBar(l, i, most)
		b.X, b.Width = round(chartLeft+float64(i-first)*step+1), round(step-2)
		b.Middle = round(b.X + b.Width/2)
		if last-first >= mostLabelledBars {
			b.Label = ""
		}
		c.Bars = append(c.Bars, b)
		if (last-i)%every == 0 {
			c.Ticks = append(c.Ticks, tick{round(chartLeft + float64(i-first+1)*step), edge(i)})
		}
	}
	for i, p := range []struct {
		name string
		ms   float64
	}{{"p50", l.P50}, {"p90", l.P90}, {"p99", l.P99}, {"max", l.Max}} {
		c.Marks = append(c.Marks, newPercentile(p.name, p.ms, i, first, step))
	}
	c.Summary = fmt.Sprintf("Half of %s answers took at most %s, nine of ten at most %s, 99 of 100 at most %s; the slowest took %s.",
		c.Answers, milliseconds(l.P50), milliseconds(l.P90), milliseconds(l.P99), milliseconds(l.Max))
	return c
}

// bounds are the first and the last bucket to show: all that count something, and so
// many before them that a bar does not look like a wall.
func bounds(l contract.Latency) (first, last int) {
	first, last = -1, -1
	for i, n := range l.Buckets {
		if n > 0 {
			last = i
			if first < 0 {
				first = i
			}
		}
	}
	for last-first+1 < fewestBars && last >= 0 {
		if first > 0 {
			first--
		} else {
			last++
		}
	}
	return first, last
}

func newBar(l contract.Latency, i, most int) bar {
	b := bar{AtMost: milliseconds(math.Exp2(float64(i)) / 8)}
	if i < len(l.Buckets) {
		b.Count = l.Buckets[i]
	}
	b.Share = fmt.Sprintf("%.1f %%", 100*float64(b.Count)/float64(l.Count))
	if b.Count > 0 {
		b.Height = round(max(2, (chartBottom-chartTop)*float64(b.Count)/float64(most)))
		b.Label = grouping(b.Count)
	}
	b.Y = round(chartBottom - b.Height)
	b.LabelY = b.Y - 4
	return b
}

// newPercentile puts the label of a percentile in a row of its own, where no other can
// cover it.
func newPercentile(name string, ms float64, n, first int, step float64) percentile {
	at := 0.0
	if ms > 0 {
		at = math.Log2(ms*8) + 1 - float64(first)
	}
	p := percentile{Name: name, Value: milliseconds(ms), Anchor: "start"}
	p.X = round(min(chartRight, max(chartLeft, chartLeft+at*step)))
	p.TextY = chartRows * (float64(n) + 1)
	p.Y = p.TextY - 11
	p.TextX = p.X + 5
	if p.X > (chartLeft+chartRight)/2 {
		p.Anchor, p.TextX = "end", p.X-5
	}
	return p
}

// edge is the longest time of a bucket, short enough for an axis.
func edge(i int) string {
	switch {
	case i < 3:
		return []string{"⅛", "¼", "½"}[i]
	case i < 13:
		return fmt.Sprint(1 << (i - 3))
	}
	return fmt.Sprintf("%d s", (1<<(i-3)+500)/1000)
}

// round drops digits that nobody sees.
func round(x float64) float64 { return math.Round(x*10) / 10 }
