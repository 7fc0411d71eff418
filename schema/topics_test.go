package schema_test

import (
	"testing"

	"github.com/ringproof/ringproof/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEachExampleOfATopicShowsThatTopicAndNothingElse(t *testing.T) {
	for _, topic := range schema.Topics() {
		if topic.Wrong != "" {
			assert.Equal(t, []string{topic.ID}, rulesOf(t, topic.Wrong), "%s: the wrong example", topic.ID)
			for _, p := range schema.Profiles {
				r, err := schema.Validate([]byte(topic.Wrong), schema.Options{Profile: p})
				require.NoError(t, err)
				assert.Equal(t, topic.Severity[p], r.Worst(), "%s in %s: what explain says is what is found", topic.ID, p)
			}
		}
		if topic.Right != "" {
			assert.Empty(t, rulesOf(t, topic.Right), "%s: the right example", topic.ID)
		}
	}
}

func rulesOf(t *testing.T, payload string) (ids []string) {
	t.Helper()
	r, err := schema.Validate([]byte(payload), schema.Options{})
	require.NoError(t, err)
	for _, f := range r.Findings {
		ids = append(ids, f.Rule)
	}
	return ids
}

func TestTopicsAreExplainedAndDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, topic := range schema.Topics() {
		assert.False(t, seen[topic.ID], "%s is there twice", topic.ID)
		seen[topic.ID] = true
		assert.NotEmpty(t, topic.Kind, topic.ID)
		assert.NotEmpty(t, topic.Title, topic.ID)
		assert.NotEmpty(t, topic.Why, topic.ID)
		assert.NotEmpty(t, topic.Source, topic.ID)
		assert.NotEmpty(t, topic.Since, topic.ID)
		if topic.Kind != "correction" {
			assert.Len(t, topic.Severity, len(schema.Profiles), topic.ID)
		}
	}
}
