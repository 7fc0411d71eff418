package fuzz_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/ringproof/ringproof/internal/jsontest"
	"github.com/ringproof/ringproof/schema/vapi"
)

// FuzzRoundTrip mutates whole bodies, which mostly breaks their JSON: it is for the
// edges of the grammar. FuzzMutateValue goes deeper.
func FuzzRoundTrip(f *testing.F) {
	for _, body := range handWritten {
		f.Add([]byte(body))
	}
	for _, folder := range []string{"valid", "invalid", "live"} {
		for _, body := range vectors(f, folder) {
			f.Add(body)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if err := judge(body); err != nil {
			t.Error(err)
		}
	})
}

// FuzzMutateValue changes a good body at places that have a meaning. site and every
// four bytes of edits are one change: what is done, where, and with what. The seed
// is an index, and means another body once vectors are added; so a failure shows the
// body, which belongs into the corpus of FuzzRoundTrip.
func FuzzMutateValue(f *testing.F) {
	seeds := goodBodies(f)
	for i := range max(len(seeds), len(operations)) {
		f.Add(uint16(i), uint16(7*i), []byte{byte(i), byte(i), byte(3 * i), byte(i)})
	}
	f.Add(uint16(0), uint16(0), []byte("some edits, one after the other"))
	f.Fuzz(func(t *testing.T, seed, site uint16, edits []byte) {
		root, err := read(seeds[int(seed)%len(seeds)])
		if err != nil {
			t.Fatal(err)
		}
		edit(root, int(site), edits)
		body := root.render(nil)
		if err := judge(body); err != nil {
			t.Errorf("%v\nbody: %q", err, body)
		}
	})
}

// TestJudgeIsNotBlind plants a fault in what the judge is given for each of its
// parts, as far as that can be done from outside.
func TestJudgeIsNotBlind(t *testing.T) {
	for _, body := range handWritten {
		if err := judge([]byte(body)); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
	good := []byte(`{"message":{"type":"status-update","status":"queued","x":[1.0]}}`)
	e, err := vapi.Decode(good)
	if err != nil {
		t.Fatal(err)
	}
	if err := judgeKept(good, e); err != nil {
		t.Errorf("a faithful value is refused: %v", err)
	}
	e.Message.Extra[0].Value = json.RawMessage(`[1]`)
	if judgeKept(good, e) == nil {
		t.Error("a number that was rewritten is not seen")
	}
	e.Message.Extra = nil
	if judgeKept(good, e) == nil {
		t.Error("a member that was lost is not seen")
	}
	e.Message.Status = "\xff"
	if judgeKept(good, e) == nil {
		t.Error("a value that cannot be encoded is not seen")
	}
	right := vapi.DecodeError{Rule: "schema/type", Pointer: "/message/x", Offset: 57, Line: 1, Column: 58, Got: "array", Want: "string"}
	if err := judgeRefused(good, &right); err != nil {
		t.Errorf("a right error is refused: %v", err)
	}
	wrong := map[string]error{"another type of error": errors.New("no")}
	spoil := func(reason string, change func(e *vapi.DecodeError)) {
		e := right
		change(&e)
		wrong[reason] = &e
	}
	spoil("no rule", func(e *vapi.DecodeError) { e.Rule = "" })
	spoil("an offset past the end", func(e *vapi.DecodeError) { e.Offset = len(good) + 1 })
	spoil("another line", func(e *vapi.DecodeError) { e.Line = 2 })
	spoil("another column", func(e *vapi.DecodeError) { e.Column-- })
	spoil("a pointer to nothing", func(e *vapi.DecodeError) { e.Pointer = "/message/y" })
	spoil("another type of value", func(e *vapi.DecodeError) { e.Got = "object" })
	spoil("a duplicate that is none", func(e *vapi.DecodeError) { e.Rule = "json/duplicate-member" })
	spoil("broken JSON that is not broken", func(e *vapi.DecodeError) { e.Rule = "json/syntax" })
	for reason, err := range wrong {
		if judgeRefused(good, err) == nil {
			t.Errorf("%s is not seen", reason)
		}
	}
}

// TestEditsReachTheDecoder counts what becomes of bodies after one edit: a target
// that only ever makes one kind of body proves little.
func TestEditsReachTheDecoder(t *testing.T) {
	seeds := goodBodies(t)
	outcomes := map[string]int{}
	for op := range operations {
		for i := range 80 {
			root, err := read(seeds[i%len(seeds)])
			if err != nil {
				t.Fatal(err)
			}
			edit(root, 37*i, []byte{byte(op), byte(i), byte(i >> 3), byte(i)})
			body := root.render(nil)
			if err := judge(body); err != nil {
				t.Fatalf("operation %d: %v\nbody: %q", op, err, body)
			}
			_, err = vapi.Decode(body)
			var refused *vapi.DecodeError
			if errors.As(err, &refused) {
				outcomes[refused.Rule]++
			} else {
				outcomes["kept"]++
			}
		}
	}
	t.Logf("%v", outcomes)
	for _, rule := range []string{
		"kept", "json/syntax", "json/duplicate-member", "json/confusable-member", "json/number",
		"envelope/missing", "message/not-covered", "schema/type", "schema/required",
	} {
		if outcomes[rule] == 0 {
			t.Errorf("no edit leads to %s", rule)
		}
	}
}

// judge holds the decoder against encoding/json and against itself.
func judge(body []byte) error {
	lent := bytes.Clone(body)
	e, err := vapi.Decode(lent)
	for i := range lent {
		lent[i] = '#' // the result must not alias the input
	}
	var other vapi.Envelope
	otherErr := json.Unmarshal(body, &other)
	valid := json.Valid(body)
	switch {
	case err == nil && !valid:
		return errors.New("Decode takes what is not JSON")
	case valid && (err == nil) != (otherErr == nil):
		return fmt.Errorf("Decode: %v, json.Unmarshal: %v", err, otherErr)
	case err != nil:
		return judgeRefused(body, err)
	}
	return judgeKept(body, e)
}

// judgeKept wants the value to encode to what was decoded, and then to nothing else.
func judgeKept(body []byte, e vapi.Envelope) error {
	out, err := e.MarshalJSON()
	if err != nil {
		return fmt.Errorf("what was decoded is not encoded: %w", err)
	}
	if err := jsontest.Equal(body, out); err != nil {
		return fmt.Errorf("the body against its encoding: %w", err)
	}
	if len(out) > len(body) {
		return fmt.Errorf("%d bytes become %d, which may be past the limit", len(body), len(out))
	}
	standard, err := json.Marshal(&e)
	if err != nil {
		return fmt.Errorf("json.Marshal: %w", err)
	}
	if err := jsontest.Equal(body, standard); err != nil {
		return fmt.Errorf("the body against json.Marshal: %w", err)
	}
	back, err := vapi.Decode(out)
	if err != nil {
		return fmt.Errorf("what was encoded is refused: %w", err)
	}
	again, err := back.MarshalJSON()
	if err != nil || !bytes.Equal(out, again) {
		return fmt.Errorf("the second encoding differs (%v):\n%s\n%s", err, out, again)
	}
	return nil
}

// judgeRefused wants an error that tells the truth, as far as that can be seen
// without the decoder.
func judgeRefused(body []byte, err error) error {
	var e *vapi.DecodeError
	if !errors.As(err, &e) {
		return fmt.Errorf("not a DecodeError: %w", err)
	}
	if e.Rule == "" || e.Got == "" || e.Want == "" || e.Offset < 0 || e.Offset > len(body) {
		return fmt.Errorf("lacks facts: %+v", *e)
	}
	if line, column := place(body, e.Offset); e.Line != line || e.Column != column {
		return fmt.Errorf("stands at %d:%d: %+v", line, column, *e)
	}
	if strings.ContainsFunc(e.Error(), unicode.IsControl) {
		return fmt.Errorf("not fit for a terminal: %q", e.Error())
	}
	valid, clean := json.Valid(body), jsontest.Equal(body, body) == nil
	switch e.Rule {
	case "json/syntax":
		if valid {
			return fmt.Errorf("encoding/json takes it: %w", e)
		}
	case "json/utf8", "json/duplicate-member":
		if clean {
			return fmt.Errorf("no such defect: %w", e)
		}
	case "json/confusable-member", "schema/type", "schema/required", "message/not-covered", "envelope/missing":
		if !clean {
			return fmt.Errorf("the JSON is broken, which comes first: %w", e)
		}
		return judgePointer(body, e)
	}
	return nil
}

// judgePointer wants a value at the pointer, of the type that the error names.
func judgePointer(body []byte, e *vapi.DecodeError) error {
	var at any
	if err := json.Unmarshal(body, &at); err != nil {
		var large *json.UnmarshalTypeError // a number that float64 cannot hold
		if errors.As(err, &large) {
			return nil
		}
		return err
	}
	for _, token := range strings.Split(e.Pointer, "/")[1:] {
		name := strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		index, _ := strconv.Atoi(name)
		object, isObject := at.(map[string]any)
		list, isList := at.([]any)
		switch {
		case isObject && object[name] != nil:
			at = object[name]
		case isObject && has(object, name):
			at = nil
		case isList && index < len(list):
			at = list[index]
		default:
			return fmt.Errorf("nothing is at %q: %w", e.Pointer, e)
		}
	}
	if got := jsontest.Kind(at); e.Rule == "schema/type" && got != e.Got {
		return fmt.Errorf("the value is a %s: %w", got, e)
	}
	return nil
}

func has(object map[string]any, name string) bool {
	_, ok := object[name]
	return ok
}

// place counts the lines and characters before a place, as an editor shows them.
func place(body []byte, offset int) (line, column int) {
	line, column = 1, 1
	for i, r := range string(body[:offset]) {
		switch {
		case r == '\n', r == '\r' && !bytes.HasPrefix(body[i+1:], []byte("\n")):
			line, column = line+1, 1
		default:
			column++
		}
	}
	return line, column
}

// vectors returns the files below a folder of testdata, in the order of their
// paths; none if there is no such folder.
func vectors(tb testing.TB, folder string) [][]byte {
	tb.Helper()
	var bodies [][]byte
	root := filepath.Join("..", "testdata", folder)
	if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		body, err := os.ReadFile(path)
		if err == nil && len(body) < 100_000 {
			bodies = append(bodies, body)
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return bodies
}

// goodBodies are those that the decoder takes, compact: the hand-written ones first.
func goodBodies(tb testing.TB) [][]byte {
	tb.Helper()
	var all, good [][]byte
	for _, body := range handWritten {
		all = append(all, []byte(body))
	}
	all = slices.Concat(all, vectors(tb, "live"), vectors(tb, "valid"))
	for _, body := range all {
		if _, err := vapi.Decode(body); err == nil {
			root, err := read(body)
			if err != nil {
				tb.Fatal(err)
			}
			good = append(good, root.render(nil))
		}
	}
	return good
}

var handWritten = []string{
	`{"message":{"type":"status-update","status":"queued"}}`,
	`{"message":{"type":"status-update","status":"forwarding","destination":{"type":"number","number":"+1","message":{"type":"custom-message","contents":[{"type":"text","text":"a","language":"en"}]}},
	  "messages":[{"role":"user","message":"m","time":1.50,"endTime":2,"secondsFromStart":-0},{"role":"bot","message":"","time":1e3,"endTime":1E+3,"secondsFromStart":0,"source":null},
	  {"role":"tool_calls","toolCalls":[{"id":"a","function":{"arguments":{"x":1.0}}}],"message":"","time":0,"secondsFromStart":0},
	  {"role":"tool_call_result","toolCallId":"","name":"","result":{"a":[1.10,null]},"time":0,"secondsFromStart":0},{"role":"system","message":"","time":0,"secondsFromStart":0},{"role":"robot"}],
	  "messagesOpenAIFormatted":[{"role":"assistant","tool_calls":[]},{"role":"tool","content":"c"}],"timestamp":"2024-09-01T10:00:00Z","transcript":"\ud83d\ude00\u0000","summary":null}}`,
	`{"message":{"type":"status-update","status":"ended","endedReason":"new-reason","timestamp":1775580709753.0002,"artifact":{"skippedStructuredOutputs":{"a/b":{"name":"","unmetCondition":{"type":"min-messages","minMessages":1}}},"variables":{}},
	  "call":{"id":"","orgId":"","createdAt":"","updatedAt":"","cost":0.10,"squad":{"members":[{"assistantDestinations":[{"type":"assistant","message":"m","assistantName":"n"},{"type":"assistant"}]}]}},
	  "inboundPhoneCallDebuggingArtifacts":{"":{"~":[]}}}}`,
	`{"message":{"type":"status-update","status":"in-progress","assistant":{"id":"i","hooks":[{"on":"customer.speech.timeout[a=b]","do":[{"type":"say","exact":["a"],"prompt":[{"role":"assistant"}]},{"type":"tool","toolId":"t"}]},{"on":"new"}],
	  "credentials":[{"gateways":[{"ip":"1.2.3.4"}]},{"provider":"zzz"}],"voicemailDetection":"off","backgroundSound":"office","voice":{"provider":"vapi","voiceId":"v","version":1},
	  "model":{"provider":"openai","model":"gpt","tools":[{"type":"function","parameters":[{"key":"k","value":[1.0]},{"key":"k","value":true}],"function":{"name":"f","parameters":{"type":"object","properties":{"p":{"type":"string"}}}}}]},
	  "metadata":{"__proto__":1}},"phoneNumber":{"provider":"twilio","number":"","twilioAccountSid":"","x":0}}}`,
	`{"message":{"type":"end-of-call-report"}}`,
	`{"message":{"type":"status-update","status":"ended","STATUS":"queued"}}`,
	`{"message":{"type":"status-update","status":"ended","x":{"a":1,"\u0061":2}}}`,
	`{"message":{"type":"status-update","status":"ended","x":"\ud800"}}`,
	`{"message":{"type":"status-update","status":"ended","x":1e401}}`,
	`{"type":"status-update","status":"ended"}`,
	"\xef\xbb\xbf{}", "", " ", "null", "[]", `{"message":null}`, `{"message":{"type":5}}`,
}

// value is one JSON value that can be changed: every text is kept as it is written,
// so that broken ones can be written too.
type value struct {
	open  byte // '{', '[' or 0
	text  string
	names []string // of an object, in quotes
	below []*value
}

// read makes a value of a body that is JSON.
func read(body []byte) (*value, error) {
	r := reader{body: body, tokens: json.NewDecoder(bytes.NewReader(body))}
	r.tokens.UseNumber()
	return r.value()
}

type reader struct {
	body   []byte
	tokens *json.Decoder
}

// raw returns the next token as it is written.
func (r *reader) raw() (string, error) {
	start := r.tokens.InputOffset()
	if _, err := r.tokens.Token(); err != nil {
		return "", err
	}
	return strings.TrimLeft(string(r.body[start:r.tokens.InputOffset()]), " \t\r\n,:"), nil
}

func (r *reader) value() (*value, error) {
	text, err := r.raw()
	if err != nil {
		return nil, err
	}
	if text != "{" && text != "[" {
		return &value{text: text}, nil
	}
	v := &value{open: text[0]}
	for r.tokens.More() {
		if v.open == '{' {
			name, err := r.raw()
			if err != nil {
				return nil, err
			}
			v.names = append(v.names, name)
		}
		child, err := r.value()
		if err != nil {
			return nil, err
		}
		v.below = append(v.below, child)
	}
	_, err = r.raw()
	return v, err
}

func (v *value) render(b []byte) []byte {
	if v.open == 0 {
		return append(b, v.text...)
	}
	b = append(b, v.open)
	for i, child := range v.below {
		if i > 0 {
			b = append(b, ',')
		}
		if v.open == '{' {
			b = append(append(b, v.names[i]...), ':')
		}
		b = child.render(b)
	}
	return append(b, v.open+2) // in ASCII the closing bracket is two after the opening one
}

// placed is a child of a container.
type placed struct {
	parent *value
	index  int
}

func (v *value) places(found []placed) []placed {
	for i, child := range v.below {
		found = child.places(append(found, placed{v, i}))
	}
	return found
}

// edit makes one change for every four bytes, at most eight.
func edit(root *value, site int, edits []byte) {
	for chunk := range slices.Chunk(edits[:min(len(edits), 32)], 4) {
		if len(chunk) < 4 {
			return
		}
		all := root.places(nil)
		if len(all) == 0 || len(all) > 20_000 {
			return
		}
		at := all[(site+int(chunk[1])<<8+int(chunk[2]))%len(all)]
		arg := int(chunk[3])
		operations[int(chunk[0])%len(operations)](at, all[(site+arg*31)%len(all)], arg)
	}
}

// operations change the value at a place; other is a second place to take from.
var operations = []func(at, other placed, arg int){
	func(at, _ placed, arg int) { at.parent.below[at.index] = &value{text: scalars[arg%len(scalars)]} },
	func(at, _ placed, _ int) { at.parent.remove(at.index) },
	func(at, _ placed, arg int) {
		at.parent.insert(arg, at.parent.name(at.index), at.parent.below[at.index])
	},
	func(at, _ placed, arg int) { at.rename(func(name string) string { return confuse(name, arg) }) },
	func(at, _ placed, arg int) {
		at.parent.insert(at.index, strange[arg%len(strange)], &value{text: scalars[arg/2%len(scalars)]})
	},
	func(at, other placed, _ int) {
		at.parent.below[at.index] = &value{text: string(other.parent.below[other.index].render(nil))}
	},
	func(at, _ placed, _ int) {
		at.parent.below[at.index] = &value{open: '[', below: []*value{at.parent.below[at.index]}}
	},
	func(at, _ placed, arg int) {
		at.parent.below[at.index] = &value{open: '{', names: []string{strange[arg%len(strange)]}, below: []*value{at.parent.below[at.index]}}
	},
	func(at, other placed, _ int) {
		at.rename(func(name string) string { return other.parent.name(other.index) })
	},
	func(at, _ placed, arg int) { at.spoil(arg) },
	func(at, _ placed, arg int) {
		at.parent.below[at.index] = &value{text: strings.Repeat("[", arg*2) + strings.Repeat("]", arg*2)}
	},
}

var scalars = []string{
	`null`, `true`, `false`, `0`, `-0`, `1.0`, `1E+2`, `1775580709753.0002`, `1e400`, `1e401`, `-1e-400`, `100000000000000000000`, strings.Repeat("9", 1000), strings.Repeat("9", 1001),
	`""`, `"x"`, `"\u0000"`, `"\ud83d\ude00"`, `"\ud83d"`, "\"\u2028\"", `"\/\b\f"`, `"status-update"`, `"hang"`, `"user"`, `"bot"`, `"customer.speech.timeout[x"`, `"assistant"`,
	`[]`, `{}`, `[null]`, `{"":null}`, `{"a":1,"a":1}`, `{"type":"number"}`, `{"role":"user"}`, `[{"role":"x"},1]`, `{"provider":null}`, ` 1 `,
}

var strange = []string{
	`""`, `"x"`, `"__proto__"`, `"a/b"`, `"~"`, `"~1"`, `"\u0000"`, `"\n"`, `"é😀"`, `"STATUS"`, `"ſtatus"`, `"\u017ftatus"`, `"stat\u0075s"`, `"type"`, `"Type"`, `"role"`, `"provider"`, `"id"`, `"ID"`, `"message"`, `"\ud800"`, `"on"`, `"value"`, `"transferMode"`,
}

func (v *value) name(i int) string {
	if v.open == '{' {
		return v.names[i]
	}
	return `"name"`
}

func (v *value) remove(i int) {
	v.below = slices.Delete(slices.Clone(v.below), i, i+1)
	if v.open == '{' {
		v.names = slices.Delete(slices.Clone(v.names), i, i+1)
	}
}

// insert puts a member or an item somewhere.
func (v *value) insert(where int, name string, child *value) {
	i := where % (len(v.below) + 1)
	v.below = slices.Insert(slices.Clone(v.below), i, child)
	if v.open == '{' {
		v.names = slices.Insert(slices.Clone(v.names), i, name)
	}
}

func (p placed) rename(change func(string) string) {
	if p.parent.open == '{' {
		p.parent.names[p.index] = change(p.parent.names[p.index])
	}
}

// confuse writes a name so that only a decoder which ignores case takes it for the
// same, or, now and then, so that every decoder must.
func confuse(name string, arg int) string {
	i := arg % len(name)
	switch c := name[i]; {
	case arg%7 == 0 && 'a' <= c && c <= 'z':
		return name[:i] + fmt.Sprintf(`\u%04x`, c) + name[i+1:]
	case arg%5 == 0:
		return strings.Replace(name, "s", "ſ", 1)
	case arg%3 == 0:
		return strings.ToUpper(name)
	}
	return name[:i] + strings.ToUpper(name[i:i+1]) + name[i+1:]
}

// spoil puts a byte into a scalar, which may break it.
func (p placed) spoil(arg int) {
	v := p.parent.below[p.index]
	if v.open == 0 {
		i := arg * 7 % (len(v.text) + 1)
		p.parent.below[p.index] = &value{text: v.text[:i] + string([]byte{byte(arg)}) + v.text[i:]}
	}
}
