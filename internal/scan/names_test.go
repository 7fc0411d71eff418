package scan

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// objectOf returns an object with n different names, every third with an
// escape, and the offset of each name.
func objectOf(n int) (string, []int) {
	var b strings.Builder
	at := make([]int, n)
	b.WriteByte('{')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		at[i] = b.Len()
		if i%3 == 0 {
			fmt.Fprintf(&b, `"\u006eame%d":%d`, i, i)
		} else {
			fmt.Fprintf(&b, `"name%d":%d`, i, i)
		}
	}
	b.WriteByte('}')
	return b.String(), at
}

func TestADuplicateIsFoundInObjectsOfEverySize(t *testing.T) {
	for _, n := range []int{1, 2, 15, 16, 17, 18, 31, 32, 33, 64, 65, 500} {
		object, _ := objectOf(n)
		if _, err := Parse([]byte(object), Limits{}); err != nil {
			t.Fatalf("%d different names: %v", n, err)
		}
		for i := range n {
			in := object[:len(object)-1] + fmt.Sprintf(`,"name%d":0}`, i)
			_, err := Parse([]byte(in), Limits{})
			var e *Error
			if !errors.As(err, &e) || e.Rule != RuleDuplicate || e.Offset != len(object) || e.Pointer != fmt.Sprintf("/name%d", i) {
				t.Fatalf("name %d of %d twice: %v", i, n, err)
			}
		}
	}
}

func TestTablesAreNotSharedBetweenOpenObjects(t *testing.T) {
	inner, _ := objectOf(40)
	for _, n := range []int{17, 40, 100} {
		outer, at := objectOf(n)
		// The same names inside, opened while the outer table is in use, and
		// again after the first one has been given back.
		in := outer[:at[n-1]] + `"in":[` + inner + `,` + inner + `],` + outer[at[n-1]:]
		if _, err := Parse([]byte(in), Limits{}); err != nil {
			t.Errorf("%d names outside: %v", n, err)
		}
		in = in[:len(in)-1] + `,"in":0}`
		var e *Error
		if _, err := Parse([]byte(in), Limits{}); !errors.As(err, &e) || e.Rule != RuleDuplicate || e.Pointer != "/in" {
			t.Errorf("%d names outside, one twice: %v", n, err)
		}
	}
}

// hostileBodies are of one size, in bytes, and each is made to cost the most
// of one thing.
func hostileBodies(size int) map[string][]byte {
	fill := func(head, unit, tail string) []byte {
		n := (size - len(head) - len(tail)) / len(unit)
		return []byte(head + strings.Repeat(unit, n) + tail)
	}
	// members returns an object of about so many bytes, its names counted.
	members := func(size int, format string) string {
		var b strings.Builder
		for i := 0; b.Len() < size-20; i++ {
			fmt.Fprintf(&b, format, i)
		}
		return "{" + b.String()[1:] + "}"
	}
	group, _ := objectOf(17)
	long := strings.Repeat("x", size/17-20)
	var names strings.Builder
	for i := range 16 {
		fmt.Fprintf(&names, `,"\u0061%s%d":1`, long, i)
	}
	return map[string][]byte{
		"empty arrays":         fill("[[]", ",[]", "]"),
		"numbers":              fill("[1", ",1", "]"),
		"small objects":        fill("[0", `,{"":1}`, "]"),
		"one huge string":      fill(`"`, "x", `"`),
		"a string of commas":   fill(`"`, ",", `"`),
		"a string of escapes":  fill(`"`, `\u0061`, `"`),
		"a string of emoji":    fill(`"`, "😀", `"`),
		"a string of quotes":   fill(`"`, `\"`, `"`),
		"white space":          fill("", " ", "1"),
		"many members":         []byte(members(size, `,"%x":1`)),
		"escaped members":      []byte(members(size, `,"\u0061%x":1`)),
		"many tables":          fill("[0", ","+group, "]"),
		"large, then small":    fill("["+members(size/2, `,"%x":1`), ","+group, "]"),
		"long names, one stem": []byte("{" + names.String()[1:] + "}"),
	}
}

func TestHostileBodiesStayWithinTheirMemory(t *testing.T) {
	// All that was ever allocated is no less than what was live at any moment.
	// Fifteen bytes for each byte is 120 MiB at the default limit of 8 MiB,
	// which takes too long here under the race detector; BenchmarkHostile is
	// the same at full size.
	const size, budget = 2 << 20, 15 * 2 << 20
	for name, body := range hostileBodies(size) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		doc, err := Parse(body, Limits{})
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if spent := after.TotalAlloc - before.TotalAlloc; spent > budget {
			t.Errorf("%s: %d bytes for %d", name, spent, len(body))
		}
		if n := len(doc.nodes); cap(doc.nodes) > 2*n+64 {
			t.Errorf("%s: room for %d nodes kept, %d used", name, cap(doc.nodes), n)
		}
	}
}

func TestAllocationsDoNotGrowWithTheNumberOfValues(t *testing.T) {
	for _, members := range []int{12, 40} { // without and with a table
		object, _ := objectOf(members)
		body := []byte("[" + strings.Repeat(object+",", 400) + "1]")
		allocs := testing.AllocsPerRun(10, func() {
			if _, err := Parse(body, Limits{}); err != nil {
				t.Fatal(err)
			}
		})
		if allocs > 8 {
			t.Errorf("%v allocations for 400 objects of %d members", allocs, members)
		}
	}
}
