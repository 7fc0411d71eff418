package scan

import (
	"slices"
	"strings"
	"testing"
)

func mustParse(t *testing.T, in string) *Doc {
	t.Helper()
	doc, err := Parse([]byte(in), Limits{})
	if err != nil {
		t.Fatalf("%.80q: %v", in, err)
	}
	return doc
}

func TestKindsHaveTheWordsOfJSONSchema(t *testing.T) {
	rows := []struct {
		in   string
		kind Kind
		word string
	}{
		{"null", Null, "null"}, {"true", Bool, "boolean"}, {"false", Bool, "boolean"}, {"-1.5", Number, "number"},
		{`"x"`, String, "string"}, {"[]", Array, "array"}, {"{}", Object, "object"},
	}
	for _, row := range rows {
		root := mustParse(t, row.in).Root()
		if root.Kind() != row.kind || root.Kind().String() != row.word {
			t.Errorf("%s: kind %v", row.in, root.Kind())
		}
	}
	if Invalid.String() != "invalid" || Kind(99).String() != "invalid" {
		t.Errorf("kinds that are none: %v %v", Invalid, Kind(99))
	}
}

func TestATreeKnowsItsPlaces(t *testing.T) {
	const in = ` {"a" : [1, "é", {}], "b~/":{"c":null}, "\u0064": true } `
	doc := mustParse(t, in)
	type place struct {
		pointer, raw, text string
		kind               Kind
		length             int
	}
	var got []place
	last := -1
	var walk func(n Node, ptr string)
	walk = func(n Node, ptr string) {
		if n.Index() <= last || n.Index() >= doc.Len() {
			t.Errorf("%s: index %d after %d of %d", ptr, n.Index(), last, doc.Len())
		}
		last = n.Index()
		if n.Pointer() != ptr || in[n.Start():n.End()] != string(n.Raw()) {
			t.Errorf("%s: pointer %s, %d to %d is %s", ptr, n.Pointer(), n.Start(), n.End(), n.Raw())
		}
		got = append(got, place{ptr, string(n.Raw()), n.Text(), n.Kind(), n.Len()})
		for i, item := range n.Items() {
			walk(item, AppendPointer(ptr, string(rune('0'+i))))
		}
		for m := range n.Members() {
			if quoted := in[m.NameStart:m.NameEnd]; quoted[0] != '"' || quoted[len(quoted)-1] != '"' {
				t.Errorf("%s: the name stands at %s", ptr, quoted)
			}
			walk(m.Value, AppendPointer(ptr, m.Name))
		}
	}
	walk(doc.Root(), "")
	want := []place{
		{"", strings.TrimSpace(in), "", Object, 3},
		{"/a", `[1, "é", {}]`, "", Array, 3},
		{"/a/0", "1", "1", Number, 0},
		{"/a/1", `"é"`, "é", String, 0},
		{"/a/2", "{}", "", Object, 0},
		{"/b~0~1", `{"c":null}`, "", Object, 1},
		{"/b~0~1/c", "null", "null", Null, 0},
		{"/d", "true", "true", Bool, 0},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if doc.Len() != 12 || string(doc.Bytes()) != in {
		t.Errorf("%d nodes, want 8 values and 4 names", doc.Len())
	}
}

func TestTextDecodesEscapes(t *testing.T) {
	rows := []struct{ in, want, reason string }{
		{`""`, "", "empty"},
		{`"plain"`, "plain", "nothing to decode"},
		{`"\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t", "every short escape"},
		{`"\u00e9\u20AC\u0000"`, "é€\x00", "two, three and one byte; NUL is text when escaped"},
		{`"\ud83d\ude00"`, "😀", "a surrogate pair"},
		{`"\uD800\uDC00\udbff\udfff"`, "\U00010000\U0010FFFF", "the first and the last pair"},
		{`"\uFFFD\ufffe"`, "\ufffd\ufffe", "the replacement character and a noncharacter are themselves"},
		{`"a\\u0041"`, `a\u0041`, "an escaped backslash begins no other escape"},
		{`"é\né\n01234567\n"`, "é\né\n01234567\n", "mixed with raw text"},
		{"\"\u2028\"", "\u2028", "raw line separator"},
	}
	for _, row := range rows {
		doc := mustParse(t, `{`+row.in+`:`+row.in+`}`)
		value, ok := doc.Root().Get(row.want)
		if !ok || value.Text() != row.want {
			t.Errorf("%s: %q under its own name: %v; %s", row.in, value.Text(), ok, row.reason)
		}
		for m := range doc.Root().Members() {
			if m.Name != row.want {
				t.Errorf("%s: name %q; %s", row.in, m.Name, row.reason)
			}
		}
	}
}

func TestGetComparesWholeDecodedNames(t *testing.T) {
	root := mustParse(t, `{"a":1,"\u0061b":2,"B":3,"x":{"y":4},"\ufffd":5}`).Root()
	for name, want := range map[string]string{"a": "1", "ab": "2", "B": "3", "x": `{"y":4}`, "\ufffd": "5"} {
		if got, ok := root.Get(name); !ok || string(got.Raw()) != want {
			t.Errorf("%q: %s, %v", name, got.Raw(), ok)
		}
	}
	for _, name := range []string{"", "b", "A", "y", `\u0061b`, "abc", "\xff"} {
		if got, ok := root.Get(name); ok || got.IsValid() {
			t.Errorf("%q is found: %s", name, got.Raw())
		}
	}
}

func TestTheZeroNodeAndOtherKindsAnswerNothing(t *testing.T) {
	var zero Node
	if zero.IsValid() || zero.Kind() != Invalid || zero.Raw() != nil || zero.Start() != 0 || zero.End() != 0 || zero.Pointer() != "" || zero.Index() != 0 {
		t.Error("the zero node claims to be something")
	}
	doc := mustParse(t, `[null,true,1,"x",[2],{"a":3}]`)
	nodes := []Node{zero, doc.Root()}
	for _, item := range doc.Root().Items() {
		nodes = append(nodes, item)
	}
	for _, n := range nodes {
		items, members := 0, 0
		for range n.Items() {
			items++
		}
		for range n.Members() {
			members++
		}
		if (items > 0) != (n.Kind() == Array) || (members > 0) != (n.Kind() == Object) || items+members != n.Len() {
			t.Errorf("%v: %d items, %d members, length %d", n.Kind(), items, members, n.Len())
		}
		if _, ok := n.Get("a"); ok != (n.Kind() == Object) {
			t.Errorf("%v has a member", n.Kind())
		}
		if n.Bool() != (string(n.Raw()) == "true") {
			t.Errorf("%s is %v", n.Raw(), n.Bool())
		}
	}
}

func TestNodesCompareByPlace(t *testing.T) {
	doc, other := mustParse(t, `{"a":1}`), mustParse(t, `{"a":1}`)
	a, _ := doc.Root().Get("a")
	b, _ := doc.Root().Get("a")
	c, _ := other.Root().Get("a")
	if a != b || a == c || a == doc.Root() {
		t.Error("two handles on one place are equal, all others are not")
	}
}

func TestIterationStopsWhenAsked(t *testing.T) {
	root := mustParse(t, `[[1,2,3],{"a":1,"b":2}]`).Root()
	for _, item := range root.Items() {
		n := 0
		for range item.Items() {
			n++
			break
		}
		for range item.Members() {
			n++
			break
		}
		if n != 1 {
			t.Errorf("%s: %d steps", item.Raw(), n)
		}
	}
}

func TestAppendingToRawLeavesTheInputAlone(t *testing.T) {
	doc := mustParse(t, `[1,2]`)
	for _, item := range doc.Root().Items() {
		_ = append(item.Raw(), 'x')
	}
	if string(doc.Bytes()) != `[1,2]` {
		t.Errorf("the input is now %s", doc.Bytes())
	}
}

func TestAppendPointerEscapes(t *testing.T) {
	rows := []struct{ ptr, token, want, reason string }{
		{"", "a", "/a", "the first token"},
		{"/a", "0", "/a/0", "a further one"},
		{"", "", "/", "the empty name"},
		{"", "a/b", "/a~1b", "a slash"},
		{"", "a~b", "/a~0b", "a tilde"},
		{"", "~1", "/~01", "what looks escaped is escaped again"},
		{"/x", "~/~", "/x/~0~1~0", "both"},
	}
	for _, row := range rows {
		if got := AppendPointer(row.ptr, row.token); got != row.want {
			t.Errorf("%q + %q = %q, want %q; %s", row.ptr, row.token, got, row.want, row.reason)
		}
	}
}
