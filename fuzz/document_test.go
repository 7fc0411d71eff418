package fuzz

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/internal/scan"
)

// atRandom are inputs of one operation each.
func atRandom(code uint8, n int) []Input {
	d := newDraw(uint64(code))
	list := make([]Input, n)
	for i := range list {
		list[i] = Input{Fixture: uint16(d.below(len(stocked().bodies))), Operations: []Operation{{code, uint32(d.next()), uint32(d.next()) & 0xffffff}}}
	}
	return list
}

// Acceptance asks for 99 %; the library is made so that all should be.
func TestValidOperationsKeepDocumentsValid(t *testing.T) {
	t.Parallel()
	for code := range operations {
		row := &operations[code]
		if row.class == fault || row.class == breaking {
			continue
		}
		applied, broken := 0, 0
		for _, in := range atRandom(uint8(code), 150) {
			doc := compile(in)
			applied += len(doc.applied)
			body := doc.body()
			if j := judge(body); !j.sound() {
				broken++
				t.Logf("%s: %s: %v", row.name, doc, j.errors()[0])
			}
		}
		require.LessOrEqual(t, 100*broken, applied, "%s: %d of %d documents have an error", row.name, broken, applied)
		require.Greater(t, applied, 10, "%s hardly ever finds a place", row.name)
	}
}

// A program of many operations must not do what one does not.
func TestProgramsOfValidOperationsKeepDocumentsValid(t *testing.T) {
	t.Parallel()
	d := newDraw(5)
	all, broken := 0, 0
	for range 1500 {
		in := random(d)
		in.Operations = slices.DeleteFunc(in.Operations, func(o Operation) bool { return operations[o.Code].class != valid })
		doc := compile(in)
		require.True(t, doc.sound)
		all++
		if j := judge(doc.body()); !j.sound() {
			broken++
		}
	}
	require.LessOrEqual(t, 100*broken, all)
}

// An operation that is meant to break something must mostly do so: else the strict
// mode would have nothing to refuse.
func TestOtherOperationsBreakDocuments(t *testing.T) {
	t.Parallel()
	for code := range operations {
		row := &operations[code]
		if row.class != fault && row.class != breaking || row.name == "depth and surroundings" {
			continue
		}
		applied, broken, malformed := 0, 0, 0
		for _, in := range atRandom(uint8(code), 100) {
			doc := compile(in)
			j := judge(doc.body())
			require.False(t, doc.sound && len(doc.applied) > 0, row.name)
			applied += len(doc.applied)
			if len(doc.applied) > 0 && !j.sound() {
				broken++
			}
			if j.nature == Malformed {
				malformed++
			}
		}
		require.Greater(t, 10*broken, 5*applied, "%s", row.name)
		require.Equal(t, row.class == breaking, malformed > 0, "%s: only breaking operations make what is no sound JSON", row.name)
	}
}

// What the library knows of its trees is what would be worked out without it, and a
// tree that was changed knows nothing.
func TestWhatATreeRemembersIsTrue(t *testing.T) {
	t.Parallel()
	var anew func(x *tree) *tree
	anew = func(x *tree) *tree {
		c := x.copied()
		c.kids = slices.Clone(x.kids)
		for i := range c.kids {
			c.kids[i].value = anew(c.kids[i].value)
		}
		return c
	}
	d := newDraw(11)
	for i := range 2000 {
		root := stocked().bodies[i%len(stocked().bodies)]
		if i >= 1000 {
			root = compile(random(d)).root
		}
		each(root, func(p *place) {
			plain := anew(p.node)
			require.Zero(t, plain.count)
			require.Equal(t, string(plain.write(nil, "")), string(p.node.write(nil, "")))
			require.Equal(t, plain.nodes(maxNodes), p.node.nodes(maxNodes))
			require.Equal(t, plain.nodes(3), p.node.nodes(3))
			for gap := range 3 {
				require.Equal(t, plain.size(gap), p.node.size(gap))
			}
		})
	}
	require.NotZero(t, stocked().bodies[0].count)
}

func TestEveryByteStringIsAnInput(t *testing.T) {
	t.Parallel()
	d := newDraw(3)
	for n := range 200 {
		data := make([]byte, n%70)
		for i := range data {
			data[i] = byte(d.next())
		}
		doc := compile(ParseInput(data))
		require.Equal(t, doc.body(), compile(ParseInput(data)).body(), "the same bytes, another document")
		require.LessOrEqual(t, doc.root.nodes(maxNodes+1), maxNodes)
	}
}

func TestAnInputSurvivesItsBytes(t *testing.T) {
	t.Parallel()
	d := newDraw(4)
	for range 200 {
		in := random(d)
		require.Equal(t, in, ParseInput(in.Bytes()))
		require.Equal(t, in, ParseInput(append(in.Bytes(), 1, 2, 3)), "an operation that is not complete counts for nothing")
	}
	later := ParseInput(append([]byte{lastOfFirst + 1, 5, 0}, make([]byte, 80)...))
	require.Empty(t, later.Operations, "of a later version, only the fixture is understood")
	require.Len(t, ParseInput(make([]byte, 3+8*100)).Operations, MaxOperations)
}

// Go's minimiser drops parts of an input. What is left must mean the same.
func TestAnOperationFindsItsPlaceWithoutTheOthers(t *testing.T) {
	t.Parallel()
	at := Address("/message/status")
	step := Operation{5, at, 4}
	var fixture uint16
	for i, b := range stocked().bodies {
		if b.get("message").get("call") != nil && b.get("message").get("artifact") != nil {
			fixture = uint16(i)
			break
		}
	}
	alone := compile(Input{fixture, []Operation{step}}).root.get("message").get("status").text
	require.NotEqual(t, stocked().bodies[fixture].get("message").get("status").text, alone, "the operation does something, and there")
	d := newDraw(6)
	for range 50 {
		other := Operation{uint8(d.below(11)), Address("/message/call"), uint32(d.next()) & 0xffffff}
		both := compile(Input{fixture, []Operation{other, step}})
		require.Equal(t, alone, both.root.get("message").get("status").text)
	}
}

// Inputs in corpora name operations by number.
func TestTheOperationsOfAVersionNeverChange(t *testing.T) {
	t.Parallel()
	var names []string
	for i := range operations {
		names = append(names, operations[i].name)
	}
	require.Equal(t, []string{
		"regenerate", "toggle a member", "switch a branch", "resize", "go to a bound", "step an enum", "splice", "prune", "other text", "other number", "fill what is free",
		"new enum value", "new member", "new tag", "null for optional", "recorded deviation", "member order", "white space", "escapes", "number spelling",
		"wrong type", "required member missing", "value out of bounds", "null for required", "member of another status", "envelope",
		"duplicate name", "confusable name", "truncation", "bad text", "bad scalar", "depth and surroundings",
	}, names)
}

func TestDocumentsStayWithinTheirBudgets(t *testing.T) {
	t.Parallel()
	d := newDraw(8)
	for range 300 {
		in := Input{Fixture: uint16(d.next())}
		for range MaxOperations {
			in.Operations = append(in.Operations, Operation{pick(d, []uint8{3, 6, 12, 17}), uint32(d.next()), uint32(d.next()) & 0xffffff})
		}
		doc := compile(in)
		require.LessOrEqual(t, len(doc.body()), max(maxBytes*9/8, len(Body(Input{Fixture: in.Fixture}.Bytes()))), "the bound does not count escapes")
		require.LessOrEqual(t, doc.root.nodes(maxNodes+1), maxNodes)
	}
	const more = 2 // fixtures are far from the bound: one more value than fits is planted
	full := &document{root: stocked().bodies[0]}
	ones := make([]*tree, maxNodes-full.root.nodes(maxNodes)-1-more)
	for i := range ones {
		ones[i] = number("1")
	}
	full.root = full.root.set("ones", array(ones...))
	require.Equal(t, maxNodes-more, full.root.nodes(maxNodes))
	grown := 0
	for i := range uint32(200) {
		d := *full
		d.apply(stocked(), Operation{12, i * 7919, i}) // a new member, of up to some values
		n := d.root.nodes(maxNodes + 1)
		require.LessOrEqual(t, n, maxNodes)
		if n > full.root.nodes(maxNodes+1) {
			grown++
		}
	}
	require.NotZero(t, grown, "there was room for some")
}

// A consumer that takes null for an object is told by the fixtures, as operations come by
// each member too rarely.
func TestEachOptionalMemberNearTheMessageComesAsNull(t *testing.T) {
	t.Parallel()
	met, asNull := map[string]bool{}, map[string]bool{}
	for _, body := range stocked().bodies {
		each(body, func(p *place) {
			if len(p.path) > edgeLevels || !isOptional(p) {
				return
			}
			at := body.pointer(p.path)
			met[at] = true
			if p.node.kind == scan.Null {
				asNull[at] = true
			}
		})
	}
	require.Greater(t, len(met), 100)
	for at := range met {
		require.True(t, asNull[at], at)
	}
	at, all := 0, 0
	for _, in := range atRandom(14, 200) {
		doc := compile(in)
		if len(doc.applied) == 0 {
			continue
		}
		j := judge(doc.body())
		require.True(t, j.sound(), "%s", doc.body())
		n := bytes.Count(doc.body(), []byte(":null"))
		at, all = at+1, all+n
	}
	require.Greater(t, all, 3*at, "all members of an object, often")
}

func TestAVariantMeansWhatTheBodyMeans(t *testing.T) {
	t.Parallel()
	for i, b := range stocked().bodies {
		if i%40 != 0 {
			continue
		}
		body := b.write(nil, "")
		for _, v := range variants {
			text := v.write(newDraw(uint64(i)), b)
			d := (&attempt{}).same(body, text)
			if v.class == Extended {
				require.Equal(t, addedName, d.at.name)
				require.Equal(t, Invented, d.class)
				continue
			}
			require.Nil(t, d, string(v.class))
			j := judge(text)
			require.True(t, j.sound())
		}
		require.False(t, bytes.Contains(body, []byte(addedName)))
	}
}
