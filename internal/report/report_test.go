package report

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/ringproof/ringproof/schema"
)

func TestSummaryAddsUp(t *testing.T) {
	s := Summary{Profile: schema.Live, Engine: schema.EngineV5}
	for _, r := range []schema.Report{
		{Engine: schema.EngineV5},
		{Engine: schema.EngineV5, Errors: 2, Warnings: 1, Notes: 3, NoteCounts: map[string]int{"a": 1, "b": 2}},
		{Engine: schema.EngineWalk, Errors: 1000, Notes: 1, NoteCounts: map[string]int{"a": 1}},
		{Engine: schema.EngineV5, Notes: 1, NoteCounts: map[string]int{"c": 1}, NotCovered: true},
	} {
		s.Add(&r)
	}
	assert.Equal(t, Summary{
		Profile: schema.Live, Payloads: 4, NotCovered: 1, Errors: 1002, Warnings: 1, Notes: 5,
		NoteCounts: map[string]int{"a": 2, "b": 2, "c": 1}, Engine: schema.EngineV5, Walked: 1,
	}, s)
}

func TestSummaryDoesNotShareAReportsCounts(t *testing.T) {
	r := schema.Report{Notes: 1, NoteCounts: map[string]int{"a": 1}}
	var s Summary
	s.Add(&r)
	s.Add(&r)
	assert.Equal(t, map[string]int{"a": 1}, r.NoteCounts)
	assert.Equal(t, map[string]int{"a": 2}, s.NoteCounts)
}

func TestWorstIsTheGravest(t *testing.T) {
	for _, c := range []struct {
		s    Summary
		want schema.Severity
	}{
		{Summary{Payloads: 1}, ""},
		{Summary{Notes: 1}, schema.Note},
		{Summary{Notes: 9, Warnings: 1}, schema.Warning},
		{Summary{Notes: 9, Warnings: 9, Errors: 1}, schema.Error},
		{Summary{Errors: 1}, schema.Error},
	} {
		assert.Equal(t, c.want, c.s.Worst(), c.s)
	}
}
