package fuzz

import (
	"bytes"
	"cmp"
	"fmt"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"time"

	"github.com/ringproof/ringproof/internal/scan"
)

// growth is a way to make a body longer: n is a number of parts.
type growth struct {
	name string
	at   string // pointer of what grows; empty: worked out from the body
	part int    // bytes of one, about
	body func(base *tree, n int) []byte
}

// growths are those that need no place in the body.
var growths = []growth{
	{"items in an array that nobody knows", "/ringproof", 2, func(b *tree, n int) []byte {
		return grown(b, &tree{kind: scan.Array, raw: "[" + strings.TrimSuffix(strings.Repeat("1,", n), ",") + "]"})
	}},
	{"members in an object that nobody knows", "/ringproof", 10, func(b *tree, n int) []byte {
		return grown(b, &tree{kind: scan.Object, raw: "{" + names(n) + "}"})
	}},
	{"unknown members of the message", "/message", 10, func(b *tree, n int) []byte { return withinMessage(b, names(n)) }},
	{"a long text", "/ringproof", 1, func(b *tree, n int) []byte { return grown(b, text(strings.Repeat("a", n))) }},
	{"escapes in a text", "/ringproof", 6, func(b *tree, n int) []byte {
		return grown(b, &tree{kind: scan.String, raw: `"` + strings.Repeat(`\u00e9`, n) + `"`})
	}},
	{"white space", "", 1, func(b *tree, n int) []byte { return append(b.write(nil, ""), strings.Repeat(" ", n)...) }},
	{"objects in an array that nobody knows", "/ringproof", 9, func(b *tree, n int) []byte {
		return grown(b, &tree{kind: scan.Array, raw: "[" + strings.TrimSuffix(strings.Repeat(`{"a":[]},`, n), ",") + "]"})
	}},
}

func grown(b, v *tree) []byte { return b.set("ringproof", v).write(nil, "") }

// names are n members with a name of their own each.
func names(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"n%05d":1`, i)
	}
	return b.String()
}

func withinMessage(b *tree, members string) []byte {
	message := b.get("message")
	if message == nil || message.kind != scan.Object {
		return b.write(nil, "")
	}
	raw := message.write(nil, "")
	raw = append(append(bytes.TrimSuffix(raw, []byte("}")), ","...), members+"}"...)
	return b.set("message", &tree{kind: scan.Object, raw: string(raw)}).write(nil, "")
}

// About how many bytes the first of three bodies has: a glance first, then a look.
const (
	glance = 6 << 10
	look   = 24 << 10
)

// askLinear lets one thing of the body grow, or the depth.
func (a *attempt) askLinear() {
	if !a.root.IsValid() || a.foreign {
		return
	}
	base := plant(a.root)
	lot := int(a.lot >> 16)
	switch arrays, long := repeatable(base); {
	case a.only == Linear:
		a.askStack(parse(smallestBody))
		for i := range growths {
			a.askGrowth(parse(smallestBody), &growths[i])
		}
		for _, g := range slices.Concat(arrays, long) {
			a.askGrowth(base, &g)
		}
	case lot%16 == 0:
		a.askStack(parse(smallestBody))
	case lot%16 < 6 || len(arrays)+len(long) == 0:
		a.askGrowth(parse(smallestBody), a.engine.leastGrown(growths, lot/16))
	case len(arrays) > 0 && lot%16 < 13 || len(long) == 0:
		// The message's own arrays are those that consumers go through.
		near := slices.DeleteFunc(slices.Clone(arrays), func(g growth) bool { return strings.Count(g.at, "/") > 3 })
		if len(near) > 0 && lot%4 != 3 {
			arrays = near
		}
		a.askGrowth(base, a.engine.leastGrown(arrays, lot/16))
	default:
		a.askGrowth(base, a.engine.leastGrown(long, lot/16))
	}
}

// leastGrown is the one of the list that was asked for least often so far, the next one from
// the given on if there are several: bodies have many arrays, and few are drawn.
func (e *Engine) leastGrown(list []growth, from int) *growth {
	e.mu.Lock()
	defer e.mu.Unlock()
	name := func(g *growth) string { return g.name + " " + general(g.at) }
	best := &list[from%len(list)]
	for i := range list {
		if g := &list[(from+i)%len(list)]; e.grown[name(g)] < e.grown[name(best)] {
			best = g
		}
	}
	e.grown[name(best)]++
	return best
}

// repeatable are the arrays and texts of the body that can have any length.
func repeatable(base *tree) (arrays, long []growth) {
	each(base, func(p *place) {
		path := append([]int(nil), p.path...)
		switch {
		case isSized(p) && p.node.kind == scan.Array && len(p.node.kids) > 0:
			item := longest(p.node.kids).short()
			arrays = append(arrays, growth{"items", base.pointer(path), item.size(0) + 1, func(b *tree, n int) []byte {
				c := &tree{kind: scan.Array, kids: make([]kid, n)}
				for i := range c.kids {
					c.kids[i].value = item
				}
				return b.put(path, c).only(path).write(nil, "")
			}})
		case isFreeText(p) && (p.within == nil || p.within.MaxLength == 0):
			long = append(long, growth{"a long text", base.pointer(path), 1, func(b *tree, n int) []byte {
				return b.put(path, text(strings.Repeat("a", n))).only(path).write(nil, "")
			}})
		}
	})
	return arrays, long
}

// longest is the item of which most is written: it has most of what a decoder may go by.
func longest(items []kid) *tree {
	return slices.MaxFunc(items, func(a, b kid) int { return cmp.Compare(a.value.size(0), b.value.size(0)) }).value
}

// short is the tree with no text of more than 40 bytes.
func (t *tree) short() *tree {
	return t.transformed(nil, func(_ *draw, t *tree) {
		if t.kind == scan.String && len(t.text) > 40 {
			t.text = strings.ToValidUTF8(t.text[:40], "")
		}
	})
}

// along is the tree with little else than what is at the path, and the path there:
// the scalars of the objects that lead there stay, as unions are told by them.
func (t *tree) along(path []int) (*tree, []int) {
	if len(path) == 0 {
		return t, nil
	}
	c := &tree{kind: t.kind}
	var to []int
	for i, k := range t.kids {
		switch {
		case i == path[0]:
			var below []int
			k.value, below = k.value.along(path[1:])
			to = append([]int{len(c.kids)}, below...)
			c.kids = append(c.kids, k)
		case t.kind == scan.Object && len(k.value.kids) == 0:
			c.kids = append(c.kids, k)
		}
	}
	return c, to
}

// only is along without the path.
func (t *tree) only(path []int) *tree {
	c, _ := t.along(path)
	return c
}

// pointer is the JSON Pointer of a path.
func (t *tree) pointer(path []int) string {
	p := ""
	for _, i := range path {
		if t.kind == scan.Array {
			p = fmt.Sprintf("%s/%d", p, i)
		} else {
			p = scan.AppendPointer(p, t.kids[i].name)
		}
		t = t.kids[i].value
	}
	return p
}

// cost is what one call took.
type cost struct {
	bytes uint64
	time  time.Duration
}

// Growth is called more than linear from these ratios on: twice the length costs
// twice as much, or four times if the work is quadratic.
const (
	allocationRatio = 3.0
	timeRatio       = 3.2
)

// mostAllocated, in bytes, is far more than any decoding of a short body needs.
const mostAllocated = 64 << 20

// askGrowth measures three sizes: small ones first, and if those look wrong, larger
// ones that must look wrong three times.
func (a *attempt) askGrowth(base *tree, g *growth) {
	bodies := g.sizes(base, glance)
	c := a.measureAll(bodies, 1)
	if c[0].bytes > mostAllocated {
		if c[0] = a.measure(bodies[0], 3); c[0].bytes > mostAllocated {
			a.fail(Linear, "", Allocation, fmt.Sprintf("less than %d bytes for a body of %d", mostAllocated, len(bodies[0])), fmt.Sprintf("%d bytes are allocated", c[0].bytes))
			return // larger ones may take all the memory that there is
		}
	}
	if float64(c[2].bytes) < 2.4*float64(c[1].bytes) && float64(c[2].time) < 2.4*float64(c[1].time) {
		return
	}
	a.confirm(base, g, look)
}

// confirm measures three sizes that must look wrong three times.
func (a *attempt) confirm(base *tree, g *growth, smallest int) {
	bodies := g.sizes(base, smallest)
	allocates, takes := true, true
	var last [3]cost
	for round := 0; round < 3 && (allocates || takes); round++ {
		last = a.measureAll(bodies, 1+round)
		allocates = allocates && last[2].bytes > 1<<20 && steep(float64(last[0].bytes), float64(last[1].bytes), float64(last[2].bytes), allocationRatio)
		takes = takes && last[2].time > 4*time.Millisecond && steep(float64(last[0].time), float64(last[1].time), float64(last[2].time), timeRatio)
	}
	was := a.body
	defer func() { a.body = was }()
	a.body = g.body(base, 1)
	lengths := fmt.Sprintf("%d, %d and %d bytes (%s)", len(bodies[0]), len(bodies[1]), len(bodies[2]), g.name)
	if allocates {
		a.fail(Linear, g.at, Allocation, "about twice the memory for twice the length, of bodies of "+lengths, fmt.Sprintf("%d, %d and %d bytes are allocated", last[0].bytes, last[1].bytes, last[2].bytes))
	}
	if takes {
		a.fail(Linear, g.at, Time, "about twice the time for twice the length, of bodies of "+lengths, fmt.Sprintf("%v, %v and %v of CPU time", last[0].time, last[1].time, last[2].time))
	}
}

// sizes are bodies in which what grows has about so many bytes, twice and four times
// as many.
func (g *growth) sizes(base *tree, smallest int) (bodies [3][]byte) {
	n := max(smallest/g.part, 32)
	for i := range bodies {
		bodies[i] = g.body(base, n<<i)
	}
	return bodies
}

func (a *attempt) measureAll(bodies [3][]byte, tries int) (c [3]cost) {
	for i, b := range bodies {
		c[i] = a.measure(b, tries)
	}
	return c
}

// steep reports whether both doublings cost far more than twice as much.
func steep(x, y, z, ratio float64) bool { return x > 0 && y > ratio*x && z > ratio*y }

// measure is the least that decoding and encoding the body takes in some tries.
func (a *attempt) measure(body []byte, tries int) cost {
	var least cost
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for i := range tries {
		b := bytes.Clone(body)
		metrics.Read(sample)
		allocated := sample[0].Value.Uint64()
		began := threadCPU()
		_, _, _ = a.another(b)
		c := cost{time: threadCPU() - began}
		metrics.Read(sample)
		c.bytes = sample[0].Value.Uint64() - allocated
		if i == 0 || c.time < least.time {
			least.time = c.time
		}
		if i == 0 || c.bytes < least.bytes {
			least.bytes = c.bytes
		}
	}
	return least
}

// levels are the depths at which the stack is measured. Recursion that is limited to the
// first (encoding/json: 10,000 levels) takes no more at the last; a limit far above is as
// good as none, as stacks double.
var levels = [3]int{16_000, 32_000, 64_000}

// nests are the two ways to nest.
var nests = []growth{
	{"nested arrays", "/ringproof", 2, func(b *tree, n int) []byte {
		return grown(b, &tree{kind: scan.Array, raw: strings.Repeat("[", n) + "1" + strings.Repeat("]", n)})
	}},
	{"nested objects", "/ringproof", 6, func(b *tree, n int) []byte {
		return grown(b, &tree{kind: scan.Object, raw: strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n)})
	}},
}

// Nesting that takes so long at the first of the levels would hang at the last: then the
// time is looked at, at depths that encoding/json takes as well.
const (
	slowNest     = 500 * time.Millisecond
	shallowNests = 2000
)

// askStack nests ever deeper. A decoder that recurses without limit is one long
// body away from the end of its process, which nothing can recover.
func (a *attempt) askStack(base *tree) {
	for i := range nests {
		nest := &nests[i]
		steepest := true
		var used [3]uint64
		for round := 0; round < 3 && steepest; round++ {
			for i, n := range levels {
				grown, took, o := a.stackOf(nest.body(base, n))
				switch used[i] = grown; {
				case o.panicked != "":
					a.panicked(a.shallowest(base, nest, n, o))
					return
				case took > slowNest && i == 0:
					a.confirm(base, nest, shallowNests*nest.part)
					return
				}
			}
			steepest = used[2] > 2<<20 && steep(float64(used[0]), float64(used[1]), float64(used[2]), 1.5)
		}
		if steepest {
			a.fail(Linear, "/ringproof", Recursion, fmt.Sprintf("a limit of the depth, of %d or less: %v %s", levels[0], levels, nest.name),
				fmt.Sprintf("the stack grows to %d, %d and %d bytes", used[0], used[1], used[2]))
			return
		}
	}
}

// shallowest is the panic at about the least depth that there is one, from a panic at the
// depth n on.
func (a *attempt) shallowest(base *tree, nest *growth, n int, o outcome) outcome {
	for none := 0; n-none > 1; {
		half := (none + n) / 2
		if _, _, p := a.stackOf(nest.body(base, half)); p.panicked != "" && p.class == o.class {
			n, o = half, p
		} else {
			none = half
		}
	}
	return o
}

// stackOf is by how much the stacks of the process grow while the body is decoded, the CPU
// time of that, and how it ended. The goroutine is a new one, and a stack does not shrink
// before it ends.
func (a *attempt) stackOf(body []byte) (grown uint64, took time.Duration, o outcome) {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/stacks:bytes"}}
	done := make(chan struct{})
	runtime.GC() // gives back the stacks of earlier goroutines
	go func() {
		defer close(done) // even if the call ends the goroutine
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		began := threadCPU()
		metrics.Read(sample)
		before := sample[0].Value.Uint64()
		if o = decode(a.engine.subject, body, &a.pulse); o.err == nil {
			_, o = encode(o.decoded, body, &a.pulse)
		}
		metrics.Read(sample)
		after := sample[0].Value.Uint64()
		grown, took = after-min(after, before), threadCPU()-began
	}()
	<-done
	return grown, took, o
}
