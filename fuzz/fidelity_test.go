package fuzz

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/internal/scan"
)

func fidelities(t *testing.T, s Subject) map[string]MemberFidelity {
	t.Helper()
	list, err := Fidelity(context.Background(), s)
	require.NoError(t, err)
	m := map[string]MemberFidelity{}
	for _, x := range list {
		m[x.Member] = x
	}
	return m
}

func TestWhatKeepsAllHasNoLosses(t *testing.T) {
	got := fidelities(t, &taped{})
	assert.Greater(t, len(got), 1500)
	for name, m := range got {
		assert.Empty(t, m.Lost, name)
		assert.Positive(t, m.Seen, name)
	}
}

// changing is a decoder that changes bodies as trees, or refuses them.
type changing func(body *tree) (*tree, error)

func (f changing) Decode(body []byte) (Decoded, error) {
	t := parse(body)
	if t == nil {
		return nil, errors.New("no JSON")
	}
	t, err := f(t)
	if err != nil {
		return nil, err
	}
	return echo(t.write(nil, "")), nil
}

func TestEachMemberHasItsFate(t *testing.T) {
	got := fidelities(t, changing(func(body *tree) (*tree, error) {
		m := body.get("message")
		if m == nil || m.kind != scan.Object {
			return body, nil
		}
		if at := m.get("timestamp"); at != nil && at.kind == scan.String {
			return nil, errors.New("the timestamp is no number")
		}
		c := &tree{kind: scan.Object}
		for _, k := range m.kids {
			switch {
			case k.name == "artifact":
				continue
			case k.name == "call" && k.value.kind == scan.Object && k.value.get("orgId") != nil:
				k.value = k.value.set("orgId", text("another"))
			}
			c.kids = append(c.kids, k)
		}
		return body.set("message", c), nil
	}))

	artifact := got["ServerMessageStatusUpdate.artifact"]
	require.Contains(t, artifact.Lost, Dropped)
	assert.Less(t, len(artifact.Examples[Dropped].Body), 120, "examples are small")
	assert.Equal(t, "/message/artifact", artifact.Examples[Dropped].Pointer)

	inside := got["Artifact.recordingUrl"]
	assert.Positive(t, inside.Lost[Dropped], "what is in an object is lost with it")
	assert.Empty(t, inside.Examples, "and needs no example")

	org := got["Call.orgId"]
	assert.Positive(t, org.Lost[Changed])
	assert.Equal(t, `"another"`, org.Examples[Changed].Got)

	late := got["ServerMessageStatusUpdate.timestamp"]
	assert.Positive(t, late.Lost[Refused], "what is left of a refused body is to blame")
	assert.Contains(t, late.Examples[Refused].Got, "the timestamp is no number")
	assert.Empty(t, got["ServerMessageStatusUpdate.status"].Lost)
}

func TestABreakdownEndsAReport(t *testing.T) {
	_, err := Fidelity(context.Background(), &taped{answer: func([]byte) error { return &Breakdown{Class: Crashed, Detail: "gone"} }})
	var b *Breakdown
	assert.ErrorAs(t, err, &b)
	_, err = Fidelity(context.Background(), &taped{answer: func([]byte) error { return ErrStopped }})
	assert.ErrorIs(t, err, ErrStopped)
}
