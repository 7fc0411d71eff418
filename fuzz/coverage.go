package fuzz

import (
	"fmt"
	"sync"

	"github.com/ringproof/ringproof/schema/vapi"
)

// Coverage says what of the contract inputs have visited.
type Coverage struct {
	// Nodes are the values that the contract describes, each member, item and branch
	// once wherever it stands, that bodies without an error had; Reachable is how many
	// there are.
	Nodes, Reachable int
	// Pairs counts nodes with each operation that was carried out there and each way in
	// which the decoder took it. It is what guides [Engine.Explore].
	Pairs int
}

func (c Coverage) String() string {
	return fmt.Sprintf("%d of %d nodes of the contract visited (%.1f %%); %d pairs of node and operation, by outcome", c.Nodes, c.Reachable, c.Share()*100, c.Pairs)
}

// Share is the part of the nodes that was visited, from 0 to 1.
func (c Coverage) Share() float64 { return float64(c.Nodes) / float64(max(c.Reachable, 1)) }

// Coverage is what was visited so far, by Explore.
func (e *Engine) Coverage() Coverage {
	e.mu.Lock()
	defer e.mu.Unlock()
	return Coverage{len(e.visited), len(reachable()), len(e.pairs)}
}

// ending is how a decoder took a body.
type ending uint8

const (
	tookIt ending = iota
	refusedIt
	brokeDown
)

// pair is an operation at a node, and what came of it.
type pair struct {
	node *vapi.Schema // nil: nothing that the contract describes
	code uint8
	end  ending
}

// learn notes what the attempt has visited. It reports whether a pair is new.
func (e *Engine) learn(a *attempt) (fresh bool) {
	end := tookIt
	switch {
	case a.first.panicked != "":
		end = brokeDown
	case a.first.err != nil:
		end = refusedIt
	}
	var nodes []*vapi.Schema
	if a.sound() {
		each(a.doc.root, func(p *place) {
			nodes = append(nodes, p.schema)
			if p.within != p.schema {
				nodes = append(nodes, p.within)
			}
		})
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, n := range nodes {
		if reachable()[n] {
			e.visited[n] = true
		}
	}
	for _, t := range a.doc.touched {
		if p := (pair{t.node, t.code, end}); !e.pairs[p] {
			e.pairs[p], fresh = true, true
		}
	}
	return fresh
}

// reachable are the nodes that a body can visit.
var reachable = sync.OnceValue(func() map[*vapi.Schema]bool {
	nodes := map[*vapi.Schema]bool{}
	var follow func(s *vapi.Schema)
	follow = func(s *vapi.Schema) {
		if s == nil || nodes[s] {
			return
		}
		nodes[s] = true
		follow(s.Items)
		if s.Type != nil {
			for i := range s.Type.Members {
				follow(s.Type.Members[i].Schema)
			}
		}
		if s.Union != nil {
			for i := range s.Union.Branches {
				follow(s.Union.Branches[i].Schema)
			}
		}
	}
	follow(messageSchema)
	return nodes
})
