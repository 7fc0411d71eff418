package main

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
)

// mutate changes one value in each of n bodies made from the seeds: the same ones
// each time.
func mutate(seeds [][]byte, n int) [][]byte {
	r := rand.New(rand.NewPCG(20260818, 1))
	var out [][]byte
	for len(out) < n {
		body, ok := mutant(r, seeds[r.IntN(len(seeds))])
		if ok {
			out = append(out, body)
		}
	}
	return out
}

// spares are values to put in the place of others.
var spares = []any{nil, true, "", "x", "ended", "forwarding", json.Number("-1"), json.Number("1.5"), json.Number("9000000000"), []any{}, []any{"x"}, map[string]any{}, map[string]any{"type": "number"}}

func mutant(r *rand.Rand, seed []byte) ([]byte, bool) {
	d := json.NewDecoder(bytes.NewReader(seed))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil, false
	}
	body, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	change(r, body)
	data, err := json.Marshal(body)
	return data, err == nil && holdable(data)
}

// change walks down from an object and changes something on the way.
func change(r *rand.Rand, o map[string]any) {
	keys := make([]string, 0, len(o))
	for k := range o {
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		o["added"] = spares[r.IntN(len(spares))]
		return
	}
	slices.Sort(keys)
	k := keys[r.IntN(len(keys))]
	next := o[k]
	for list, ok := next.([]any); ok && len(list) > 0; list, ok = next.([]any) {
		i := r.IntN(len(list))
		if r.IntN(6) == 0 {
			list[i] = spares[r.IntN(len(spares))]
			return
		}
		next = list[i]
	}
	if below, ok := next.(map[string]any); ok && r.IntN(5) > 0 {
		change(r, below)
		return
	}
	switch r.IntN(4) {
	case 0:
		delete(o, k)
	case 1:
		o[k+"2"] = o[k]
	default:
		o[k] = spares[r.IntN(len(spares))]
	}
}
