package main

import (
	"fmt"
	"strings"

	"github.com/ringproof/ringproof/fixtures"
	"github.com/ringproof/ringproof/schema/vapi"
)

// How many messages are made of all statuses, shapes and profiles together, and of
// how many faults one is taken.
const (
	messages   = 500
	everyFault = 12
)

// generated are messages and faults, and how many faults no other validator can
// read as we do.
func generated() (cases []test, skipped int, err error) {
	g := fixtures.New(1)
	bodies := map[string][]byte{}
	var names []string
	add := func(name string, body []byte) { names, bodies[name] = append(names, name), body }
	for i := range messages {
		name, m, err := nth(g, i)
		if err != nil {
			return nil, 0, err
		}
		add(name, m.JSON())
	}
	for _, e := range g.Evolutions() {
		add("evolution "+e.ID, e.JSON())
	}
	for i, f := range g.Faults() {
		if i%everyFault != 0 && f.Keyword != "prose" && f.Keyword != "envelope" && f.Keyword != "lexical" {
			continue
		}
		if strings.HasPrefix(f.Rule, "json/") || strings.HasPrefix(f.Rule, "envelope/") || !holdable(f.Body()) {
			skipped++
			continue
		}
		add("fault "+f.ID, f.Body())
		add("repaired "+f.ID, f.Repaired())
	}
	for _, name := range names {
		c, err := newTest(name, bodies[name])
		if err != nil {
			return nil, 0, err
		}
		cases = append(cases, c)
	}
	return cases, skipped, nil
}

// nth goes through statuses, then shapes, then profiles. Of each round of statuses
// one message is full, of each status in turn: a full one takes as long as 20 typical
// ones.
func nth(g *fixtures.Generator, i int) (string, *fixtures.Message, error) {
	statuses := vapi.Descriptor().Top.Member("status").Schema.Enum.Values
	round, turn := i/len(statuses), i%len(statuses)
	status, profile := statuses[turn], fixtures.Profiles[round/2%2]
	shape := fixtures.Shapes[round%2]
	if turn == round%len(statuses) {
		shape = fixtures.Full
	}
	m, err := g.Message(vapi.CallStatus(status), fixtures.Nth(i), fixtures.WithShape(shape), fixtures.WithProfile(profile))
	return fmt.Sprintf("message %d: %s %s %s", i, profile, shape, status), m, err
}
