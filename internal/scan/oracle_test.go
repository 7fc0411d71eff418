package scan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// toAny converts a tree into what encoding/json makes of the same text.
func toAny(n Node) any {
	switch n.Kind() {
	case Null:
		return nil
	case Bool:
		return n.Bool()
	case Number:
		return json.Number(n.Text())
	case String:
		return n.Text()
	case Array:
		list := make([]any, 0, n.Len())
		for _, item := range n.Items() {
			list = append(list, toAny(item))
		}
		return list
	default:
		object := make(map[string]any, n.Len())
		for m := range n.Members() {
			object[m.Name] = toAny(m.Value)
		}
		return object
	}
}

func stdlibAny(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

// stricter tells, with the standard library's eyes only, which rule of ours a
// document that json.Valid accepts must break; "" means none, "?" that these
// eyes cannot tell.
func stricter(data []byte) string {
	if !utf8.Valid(data) {
		return RuleUTF8
	}
	if strings.Contains(strings.ToLower(string(data)), `\ufffd`) || bytes.Contains(data, []byte("\ufffd")) {
		return "?" // encoding/json writes lone surrogates so
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var stack []level
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return ""
		}
		if err != nil {
			return "?"
		}
		var rule string
		if stack, rule = follow(stack, token); rule != "" {
			return rule
		}
	}
}

// level is an open container; names is nil for an array.
type level struct {
	names   map[string]bool
	nameDue bool
}

// follow takes one token of a valid document, and returns the levels that are
// now open and the rule that the token breaks.
func follow(stack []level, token json.Token) ([]level, string) {
	top := len(stack) - 1
	switch v := token.(type) {
	case json.Delim:
		switch v {
		case '{':
			stack = append(stack, level{map[string]bool{}, true})
		case '[':
			stack = append(stack, level{})
		default:
			stack = stack[:top]
			top--
		}
		if len(stack) > 256 {
			return stack, RuleDepth
		}
		if v == '{' || v == '[' {
			return stack, ""
		}
	case string:
		if strings.ContainsRune(v, utf8.RuneError) {
			return stack, RuleUTF8
		}
		if top >= 0 && stack[top].nameDue {
			twice := stack[top].names[v]
			stack[top].names[v], stack[top].nameDue = true, false
			if twice {
				return stack, RuleDuplicate
			}
			return stack, ""
		}
	case json.Number:
		if numberPastLimits(string(v)) {
			return stack, RuleNumber
		}
	}
	if top >= 0 && stack[top].names != nil {
		stack[top].nameDue = true
	}
	return stack, ""
}

func numberPastLimits(literal string) bool {
	_, exp, ok := strings.Cut(strings.ToLower(literal), "e")
	if !ok {
		return len(literal) > 1000
	}
	v, err := strconv.Atoi(exp)
	return len(literal) > 1000 || err != nil || v > 400 || v < -400
}

// judge holds Parse against encoding/json on one document.
func judge(t *testing.T, data []byte) {
	t.Helper()
	doc, err := Parse(data, Limits{})
	valid := json.Valid(data)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("%q: %T", data, err)
		}
		checkFacts(t, string(data), e)
		if !valid {
			return
		}
		if want := stricter(data); e.Rule == RuleSyntax || e.Rule == RuleConfusable || e.Rule == RuleSize || want == "" {
			t.Fatalf("%q: %v, but it is valid and breaks %q", data, err, want)
		}
		return
	}
	if !valid {
		t.Fatalf("%q is accepted and not valid", data)
	}
	if rule := stricter(data); rule != "" && rule != "?" {
		t.Fatalf("%q is accepted and breaks %s", data, rule)
	}
	want, err := stdlibAny(data)
	if err != nil {
		t.Fatalf("%q: encoding/json: %v", data, err)
	}
	if got := toAny(doc.Root()); !reflect.DeepEqual(got, want) {
		t.Fatalf("%q\n got %#v\nwant %#v", data, got, want)
	}
	checkTree(t, doc)
}

// checkTree holds what every tree promises: values re-parse to themselves,
// places are inside their parents and in order, pointers lead back.
func checkTree(t *testing.T, doc *Doc) {
	t.Helper()
	values, names := 0, 0
	var walk func(n Node, ptr string)
	walk = func(n Node, ptr string) {
		values++
		again, err := Parse(n.Raw(), Limits{})
		if err != nil || again.Root().Start() != 0 || again.Root().End() != len(n.Raw()) || again.Root().Kind() != n.Kind() {
			t.Fatalf("%s: %q alone: %v", ptr, n.Raw(), err)
		}
		if got := n.Pointer(); got != ptr {
			t.Fatalf("pointer %q, want %q", got, ptr)
		}
		at := n.Start()
		inside := func(start, end int) {
			if start < at || end <= start || end > n.End() {
				t.Fatalf("%s: %d to %d after %d, in %d to %d", ptr, start, end, at, n.Start(), n.End())
			}
			at = end
		}
		for i, item := range n.Items() {
			inside(item.Start(), item.End())
			walk(item, AppendPointer(ptr, strconv.Itoa(i)))
		}
		for m := range n.Members() {
			names++
			inside(m.NameStart, m.NameEnd)
			inside(m.Value.Start(), m.Value.End())
			if got, ok := n.Get(m.Name); !ok || got != m.Value {
				t.Fatalf("%s: member %q is not found", ptr, m.Name)
			}
			walk(m.Value, AppendPointer(ptr, m.Name))
		}
	}
	walk(doc.Root(), "")
	if values+names != doc.Len() || doc.Len() > nodeBound(doc.Bytes()) {
		t.Fatalf("%d values and %d names, %d nodes, at most %d", values, names, doc.Len(), nodeBound(doc.Bytes()))
	}
}

// seeds are documents for the oracle and the fuzzer: all refused ones, and
// those that decoders are known to differ on.
func seeds() [][]byte {
	list := [][]byte{
		[]byte(`{"message":{"type":"status-update","status":"ended","call":{"id":"x"},"timestamp":1700000000000}}`),
		[]byte(`[1E400,-0.0,1.5e+3,"\ud83d\ude00","\u0000",{"":[{}]},[[]]]`),
		[]byte("[\"\u2028\",\"\x7f\",\"\\/\"]"), []byte("\"\ufffd\\ufffd\""),
		[]byte(`{"a":{"b":1,"c":[true,false,null]},"d":"e"}`), []byte("\r\n[\t]\r"),
	}
	for _, rows := range [][]refused{refusedSyntax, refusedUTF8, refusedDuplicates, refusedByLimits} {
		for _, row := range rows {
			if len(row.in) <= 2000 {
				list = append(list, []byte(row.in))
			}
		}
	}
	object, _ := objectOf(40)
	return append(list, []byte(object))
}

func TestHandWrittenDocumentsAgreeWithTheStandardLibrary(t *testing.T) {
	for _, seed := range seeds() {
		judge(t, seed)
	}
}

// writer writes random documents: every construct of the grammar, white space
// anywhere, and now and then something forbidden.
type writer struct {
	bytes.Buffer
	r *rand.Rand
}

func (w *writer) space() {
	for w.r.IntN(4) == 0 {
		w.WriteByte(" \t\r\n"[w.r.IntN(4)])
	}
}

func (w *writer) pick(list ...string) { w.WriteString(list[w.r.IntN(len(list))]) }

func (w *writer) text() {
	w.WriteByte('"')
	for w.r.IntN(4) != 0 {
		w.pick("a", "b", "status", "é", "€", "😀", `\n`, `\"`, `\\`, `\/`, `\u0061`, `\u00E9`, `\ud83d\ude00`, "/", "~", "01234567", ",:[{")
	}
	if w.r.IntN(200) == 0 {
		w.pick(`\ud83d`, `\udc00`, "\xff", "\x01", `\x`, "\xed\xa0\x80")
	}
	w.WriteByte('"')
}

func (w *writer) value(depth int) {
	w.space()
	kind := w.r.IntN(8)
	if depth == 0 {
		kind %= 4
	}
	switch kind {
	case 0:
		w.pick("null", "true", "false")
	case 1:
		w.pick("0", "-1", "1.50", "-0.0", "1e5", "1E+400", "0e-400", "12345678901234567890", "1e0000000001")
	case 2, 3:
		w.text()
	case 4, 5:
		w.list('[', ']', func(int) { w.value(depth - 1) })
	default:
		w.list('{', '}', func(i int) {
			// Mostly different names, else nearly every document is refused.
			if w.r.IntN(10) == 0 {
				w.text()
			} else {
				fmt.Fprintf(w, `"n%d"`, i)
			}
			w.space()
			w.WriteByte(':')
			w.value(depth - 1)
		})
	}
	w.space()
}

func (w *writer) list(open, end byte, item func(i int)) {
	w.WriteByte(open)
	w.space()
	n := w.r.IntN(5)
	if w.r.IntN(20) == 0 {
		n += 20
	}
	for i := range n {
		if i > 0 {
			w.WriteByte(',')
			w.space()
		}
		item(i)
	}
	w.WriteByte(end)
}

func TestGeneratedDocumentsAgreeWithTheStandardLibrary(t *testing.T) {
	accepted := 0
	const documents = 3000
	const damage = "{}[]:,\"\\eE+-.019tu \x00\xff\xc3"
	for seed := range uint64(documents) {
		w := writer{r: rand.New(rand.NewPCG(seed, 1))}
		w.value(5)
		data := w.Bytes()
		if len(data) > 20_000 {
			continue
		}
		judge(t, data)
		if _, err := Parse(data, Limits{}); err == nil {
			accepted++
		}
		// One byte changed, removed or put in: most are now broken.
		for range 4 {
			at := w.r.IntN(len(data))
			c := damage[w.r.IntN(len(damage))]
			changed := bytes.Clone(data)
			switch w.r.IntN(3) {
			case 0:
				changed[at] = c
			case 1:
				changed = append(changed[:at], changed[at+1:]...)
			default:
				changed = append(append(bytes.Clone(data[:at]), c), data[at:]...)
			}
			judge(t, changed)
		}
	}
	// A generator that only makes refused documents would prove nothing.
	if accepted < documents/3 {
		t.Errorf("only %d of %d documents are accepted", accepted, documents)
	}
}
