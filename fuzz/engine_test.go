package fuzz

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/schema/vapi"
)

func keep(b []byte) (json.RawMessage, error) {
	if !json.Valid(b) {
		return nil, errors.New("not JSON")
	}
	return bytes.Clone(b), nil
}

func same(m json.RawMessage) ([]byte, error) { return m, nil }

func engine[M any](t *testing.T, c Codec[M], options ...Option) *Engine {
	t.Helper()
	e, err := NewEngine(c.Subject(), options...)
	require.NoError(t, err)
	return e
}

// fake is a test that is only watched.
type fake struct {
	name   string
	errors []string
	after  []func()
}

func (f *fake) Helper()          {}
func (f *fake) Name() string     { return f.name }
func (f *fake) Cleanup(g func()) { f.after = append(f.after, g) }
func (f *fake) Errorf(format string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}
func (f *fake) end() {
	for _, g := range f.after {
		g()
	}
}

// What the fuzzer counts as coverage ends with the fuzz function: so the oracles must
// come later.
func TestOraclesWaitForTheCleanUp(t *testing.T) {
	t.Parallel()
	calls := 0
	target := Target[*fake](Decoder(func(b []byte) (json.RawMessage, error) { calls++; return keep(b) }).Encoder(same))
	f := &fake{name: "FuzzX"}
	const inputs = 10
	for _, seed := range Seeds(inputs) {
		target(f, seed)
	}
	require.Equal(t, inputs, calls)
	f.end()
	require.Greater(t, calls, inputs)
	require.Empty(t, f.errors)
}

func TestAFailureIsReportedOnceWithAllThatRepeatsIt(t *testing.T) {
	t.Parallel()
	refuse := func(b []byte) (json.RawMessage, error) {
		if bytes.Contains(b, []byte("forwarding")) {
			return nil, errors.New("unknown status")
		}
		return keep(b)
	}
	body := []byte(`{"message":{"type":"status-update","status":"forwarding","customer":{"number":"+15550100"},"transcript":"abc"}}`)
	target := RawTarget[*fake](Decoder(refuse).Encoder(same))
	f := &fake{name: "FuzzX/seed#3"}
	target(f, body)
	f.end()
	require.Len(t, f.errors, 1)
	for _, part := range []string{"accepts: the body: refused", `{"message":{"type":"status-update","status":"forwarding"}}`, "expected: decoded", "got:      refused: unknown status", "go test -run '^FuzzX$/^seed#3$'"} {
		require.Contains(t, f.errors[0], part)
	}
	again := &fake{name: "FuzzX/5f1c"}
	target(again, body)
	again.end()
	require.Equal(t, []string{"accepts: the body: refused, as reported before"}, again.errors, "what was found and saved goes on failing")
	seed := &fake{name: "FuzzX/seed#4"}
	target(seed, body)
	seed.end()
	require.Empty(t, seed.errors)
}

func TestADecoderThatLosesMuchDoesNotFillTheScreen(t *testing.T) {
	t.Parallel()
	type message struct {
		Message struct {
			Type, Status string
		} `json:"message"`
	}
	target := Target[*fake](JSON[message]())
	full, short, hints := 0, 0, 0
	for i, seed := range Seeds(120) {
		f := &fake{name: "FuzzX/seed#" + strconv.Itoa(i)}
		target(f, seed)
		f.end()
		for _, text := range f.errors {
			if strings.Contains(text, "\n") {
				full++
				hints += strings.Count(text, "hint:     if it need not keep that")
				continue
			}
			short++
			require.Regexp(t, "^[a-z-]+: .*, in full by go test -run ", text)
		}
	}
	require.Equal(t, mostTold, full)
	require.Equal(t, 1, hints)
	require.Greater(t, short, 10)
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for _, o := range []Option{Without("no-such-oracle"), Only("no-such-oracle")} {
		_, err := NewEngine(Decoder(keep).Subject(), o)
		require.ErrorContains(t, err, "no-such-oracle")
		f := &fake{}
		Target[*fake](Decoder(keep), o)(f, nil)
		require.Len(t, f.errors, 1)
	}
}

func TestMisspeltNamesAreErrors(t *testing.T) {
	t.Parallel()
	at := func(pointer string) Option { return Probe(pointer, func(json.RawMessage) any { return nil }) }
	for _, row := range []struct {
		option Option
		says   string // empty: it is right
	}{
		{at("/message/staus"), `/message has no member staus: did you mean "status"?`},
		{at("/status"), "did you mean /message/status?"},
		{at("/message/call/metadata"), ""}, // which many consumers have there
		{at("/message/artifact/messages/0/role"), ""},
		{at("/message/artifact/variableValues/anything/0"), ""},
		{Losses{{"/message/call/csts", Dropped}}, `did you mean "costs"?`},
		{Losses{{"/message/artifact/messages/*/tme", Dropped}}, `did you mean "time"?`},
		{Losses{{"/message/call/*", Dropped}}, ""},
		{Losses{{"/message/artifact/messages/**", Dropped}}, ""},
		{Losses{{"/message/somethingNew", Dropped}}, ""},
		{Losses{{"Cal.cost", Dropped}}, `the contract has no type Cal; did you mean "Call"?`},
		{Losses{{"Call.cots", Dropped}}, `Call has no member cots; did you mean "costs"?; Call.? stands for`},
		{Losses{{"Call.cost", Dropped}, {"Call.?", Dropped}, {"Call.costs/*", Dropped}, {"envelope.?/**", Dropped}, {"?", Dropped}, {"**", Rounded}}, ""},
		{Losses{{"cost", Dropped}}, "neither a JSON Pointer nor a place of the contract"},
		{Losses{{"deviation/null-optionl", Refused}}, `did you mean "deviation/null-optional"?`},
		{Losses{{"deviation/null-optional", Refused}}, ""},
		{Strict("jsn/"), `no rule is called "jsn/", or begins so`},
		{Strict(""), `no rule is called ""`},
		{Strict("json/", "schema/type"), ""},
	} {
		_, err := NewEngine(Decoder(keep).Subject(), row.option)
		if row.says == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, row.says)
		}
	}
}

func TestTimesAreRead(t *testing.T) {
	t.Parallel()
	type mine struct{ time.Time }
	type other time.Time
	at := time.UnixMilli(1750000000123).UTC()
	body := func(value string) []byte {
		return []byte(`{"message":{"type":"status-update","status":"queued"` + value + `}}`)
	}
	stamp, iso := `,"timestamp":1750000000123`, `,"call":{"id":"a","orgId":"b","updatedAt":"2025-06-15T15:06:40.123Z","createdAt":"2025-06-15T15:06:40.123Z"}`
	for _, row := range []struct {
		why   string
		body  []byte
		value any
		class Class
	}{
		{"as it is", body(stamp), at, ""},
		{"embedded", body(stamp), mine{at}, ""},
		{"by another name", body(stamp), other(at), ""},
		{"behind a pointer", body(stamp), &at, ""},
		{"a text", body(iso), at, ""},
		{"another of a text", body(iso), at.Add(time.Second), Changed},
		{"another", body(stamp), at.Add(time.Second), Changed},
		{"another, embedded", body(stamp), &mine{at.Add(time.Second)}, Changed},
		{"none", body(stamp), time.Time{}, Dropped},
		{"none of a text", body(iso), mine{}, Dropped},
		{"none of nothing", body(""), time.Time{}, ""},
		{"1970 of 0", body(`,"timestamp":0`), time.UnixMilli(0), ""},
		{"none of 0", body(`,"timestamp":0`), time.Time{}, ""},
		{"now of nothing", body(""), at, Invented},
		{"now of null", body(`,"timestamp":null`), at, Invented},
		{"what is no time", body(stamp), struct{ N int }{1}, "the probe gives no scalar"},
	} {
		pointer := "/message/timestamp"
		if bytes.Contains(row.body, []byte("createdAt")) {
			pointer = "/message/call/createdAt"
		}
		var got Class
		for _, f := range engine(t, Decoder(keep), Only(Probes), Probe(pointer, func(json.RawMessage) any { return row.value })).RunBody(row.body, true) {
			got = f.Class
		}
		require.Equal(t, row.class, got, row.why)
	}
}

func TestWhatCannotWorkIsAnErrorAtOnce(t *testing.T) {
	t.Parallel()
	status := func(json.RawMessage) any { return nil }
	for says, make := range map[string]func() (*Engine, error){
		"the codec has no decoder": func() (*Engine, error) { return NewEngine(Codec[json.RawMessage]{}.Subject()) },
		`"message.status" wants a`: func() (*Engine, error) { return NewEngine(Decoder(keep).Subject(), Probe("message.status", status)) },
		`the probe of "" wants a`:  func() (*Engine, error) { return NewEngine(Decoder(keep).Subject(), Probe("", status)) },
		"/message has no function": func() (*Engine, error) {
			return NewEngine(Decoder(keep).Subject(), Probe[json.RawMessage]("/message", nil))
		},
		`unknown class "droped", for`: func() (*Engine, error) { return NewEngine(Decoder(keep).Subject(), Losses{{"Call.cost", "droped"}}) },
		"the second decoder is a":     func() (*Engine, error) { return NewEngine(Decoder(keep).Subject(), Against(Codec[int]{})) },
	} {
		_, err := make()
		require.ErrorContains(t, err, says)
	}
	_, err := Calibrate(io.Discard, Decoder(func([]byte) (json.RawMessage, error) { return nil, errors.New("no") }))
	require.ErrorContains(t, err, "refuses everything")
}

// An error that cannot even be printed is as good as a panic.
func TestANilPointerForAnErrorIsAPanic(t *testing.T) {
	t.Parallel()
	decode := func([]byte) (json.RawMessage, error) {
		var p *os.PathError
		return nil, p
	}
	list := engine(t, Decoder(decode)).RunBody([]byte(`{}`), true)
	require.Len(t, list, 1)
	require.Equal(t, NoPanic, list[0].Oracle)
}

func TestADecoderMayRefuseWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	known := func(b []byte) (json.RawMessage, error) {
		if bytes.Contains(b, []byte(addedName)) {
			return nil, errors.New("unknown member")
		}
		return keep(b)
	}
	body := []byte(`{"message":{"type":"status-update","status":"queued"}}`)
	refused := func(options ...Option) bool {
		e := engine(t, Decoder(known).Encoder(same), options...)
		for range 400 {
			body = append(body, ' ') // another lot
			for _, f := range e.RunBody(body, true) {
				if f.Key == (Key{Metamorphic, "", Extended}) {
					return true
				}
			}
		}
		return false
	}
	require.True(t, refused())
	require.False(t, refused(Without(Accepts)))
}

// A call that hangs takes the time of all that comes after it.
func TestAfterAHangTheSeedsAreLeft(t *testing.T) {
	t.Parallel()
	calls := 0
	e := engine(t, Decoder(func(b []byte) (json.RawMessage, error) { calls++; return keep(b) }))
	e.hangs = true
	for _, row := range []struct {
		name string
		more bool
	}{{"FuzzX/seed#7", false}, {"FuzzX/1a2b", true}} {
		before := calls
		f := &fake{name: row.name}
		e.test(f, compiled(e, Seeds(1)[0]))
		f.end()
		require.Equal(t, row.more, calls > before, row.name)
	}
}

func TestAProbeOfAnotherTypeIsAnError(t *testing.T) {
	t.Parallel()
	_, err := NewEngine(Decoder(keep).Subject(), Probe("/message/status", func(string) any { return nil }))
	require.ErrorContains(t, err, "/message/status")
}

func TestTheOrderOfOptionsDoesNotMatter(t *testing.T) {
	t.Parallel()
	drop := func(json.RawMessage) ([]byte, error) { return []byte(`{}`), nil }
	other := Against(Decoder(keep).Encoder(same))
	for why, row := range map[string][2]Option{
		"a second decoder": {Only(NoPanic), other}, "strictness": {Only(NoPanic), Strict()}, "all rules and some": {Strict(), Strict("json/syntax")},
		"not even what is named": {Only(Lossless), Without(Lossless)}, "a decoder elsewhere": {Elsewhere(), Only(Probes, Linear)},
	} {
		a, b := engine(t, Decoder(keep).Encoder(drop), row[0], row[1]), engine(t, Decoder(keep).Encoder(drop), row[1], row[0])
		require.Equal(t, a.settings.off, b.settings.off, why)
		require.Equal(t, a.settings.strict, b.settings.strict, why)
	}
	require.True(t, engine(t, Decoder(keep), Only(NoPanic), other).settings.off[Differential])
	require.True(t, engine(t, Decoder(keep), Elsewhere(), Only(Probes)).settings.off[Probes])
	require.True(t, engine(t, Decoder(keep), Strict("json/syntax"), Strict()).settings.demands("schema/type"))
	_, err := NewEngine(Decoder(keep).Subject(), Only())
	require.ErrorContains(t, err, "Only names no oracle")
}

func TestAnOracleCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	drop := func(json.RawMessage) ([]byte, error) { return []byte(`{}`), nil }
	body := []byte(`{"message":{"type":"status-update","status":"queued"}}`)
	require.NotEmpty(t, engine(t, Decoder(keep).Encoder(drop)).RunBody(body, true))
	require.Empty(t, engine(t, Decoder(keep).Encoder(drop), Only(NoPanic)).RunBody(body, true))
	for _, f := range engine(t, Decoder(keep).Encoder(drop), Without(Lossless)).RunBody(body, true) {
		require.NotEqual(t, Lossless, f.Oracle)
	}
}

// A recorded deviation is blamed for a refusal if it is the reason, and then that one.
func TestARefusalIsBlamedOnWhatItComesOf(t *testing.T) {
	t.Parallel()
	body := []byte(`{"message":{"type":"status-update","status":"queued","artifact":null,"call":null}}`)
	for _, row := range []struct {
		why, refuses, pointer string
	}{
		{"neither of the two", "queued", ""},
		{"the first", `"artifact":null`, "/message/artifact"},
		{"the second", `"call":null`, "/message/call"},
	} {
		decode := func(b []byte) (json.RawMessage, error) {
			if bytes.Contains(b, []byte(row.refuses)) {
				return nil, errors.New("no")
			}
			return keep(b)
		}
		list := engine(t, Decoder(decode), Only(Accepts)).RunBody(body, true)
		require.Len(t, list, 1, row.why)
		require.Equal(t, Key{Accepts, row.pointer, Refused}, list[0].Key, row.why)
	}
	call := `"call":{"id":"","orgId":"","createdAt":"2026-04-07T16:48:29Z","updatedAt":"2026-04-07T16:48:29Z"`
	var optional []string
	for _, m := range vapi.Descriptor().Type("Call").Members {
		if !m.Required {
			optional = append(optional, m.Name)
			call += `,"` + m.Name + `":null`
		}
	}
	require.Greater(t, len(optional), 20)
	for i, name := range optional {
		decode := func(b []byte) (json.RawMessage, error) {
			if bytes.Contains(b, []byte(`"`+name+`":null`)) && bytes.Contains(b, []byte(`"`+optional[i/2]+`":null`)) {
				return nil, errors.New("no")
			}
			return keep(b)
		}
		list := engine(t, Decoder(decode), Only(Accepts)).RunBody([]byte(`{"message":{"type":"status-update","status":"queued",`+call+`}}}`), true)
		require.Len(t, list, 1, name)
		require.Contains(t, []string{"/message/call/" + name, "/message/call/" + optional[i/2]}, list[0].Pointer, "of many, also if it takes two")
	}
}

func TestStrictNamesRules(t *testing.T) {
	t.Parallel()
	lax := func(b []byte) (json.RawMessage, error) { return bytes.Clone(b), nil }
	twice := []byte(`{"message":{"type":"status-update","status":"queued","status":"ended"}}`)
	wrong := []byte(`{"message":{"type":"status-update","status":1}}`)
	only := func(rules ...string) *Engine {
		return engine(t, Decoder(lax), Strict(rules...), Without(Deterministic, NoAlias))
	}
	require.Empty(t, engine(t, Decoder(lax)).RunBody(wrong, true), "without Strict, what has an error may be taken")
	require.Len(t, only().RunBody(wrong, true), 1)
	require.Len(t, only().RunBody(twice, true), 1)
	require.Empty(t, only("json/").RunBody(wrong, true))
	require.Equal(t, Key{Refuses, "/message/status", Accepted}, only("json/duplicate").RunBody(twice, true)[0].Key)
	folded := []byte(`{"message":{"type":"status-update","status":"queued","Status":"ended"}}`)
	deep := []byte(`{"message":{"type":"status-update","status":"queued"},"x":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`)
	long := []byte(`{"message":{"type":"status-update","status":"queued"},"x":1` + strings.Repeat("0", 1200) + `}`)
	for rule, body := range map[string][]byte{"json/confusable-member": folded, "json/depth": deep, "json/number": long} {
		require.Empty(t, only("json/").RunBody(body, true), "which is sound JSON: "+rule)
		require.Len(t, only(rule).RunBody(body, true), 1, rule)
		require.Len(t, only().RunBody(body, true), 1, rule)
	}
}

// quadratic puts a text together item by item.
func quadratic(b []byte) (json.RawMessage, error) {
	s := ""
	for range bytes.Count(b, []byte(`{"a":[]}`)) {
		s += "item of a list"
	}
	_ = s
	return keep(b)
}

// The exam has decoders whose memory and time are quadratic, found by chance and the
// clock. Here memory alone is measured, at a place that is named.
func TestMemoryThatIsQuadraticIsTold(t *testing.T) {
	for _, row := range []struct {
		decode func([]byte) (json.RawMessage, error)
		found  int
	}{{quadratic, 1}, {keep, 0}} {
		a := engine(t, Decoder(row.decode).Encoder(same), Only(Linear)).newAttempt(nil, smallestBody)
		a.only = Linear
		var g *growth
		for i := range growths {
			if strings.Contains(growths[i].name, "objects in an array") {
				g = &growths[i]
			}
		}
		a.askGrowth(parse(smallestBody), g)
		found := 0
		for _, f := range a.failures {
			if f.Class == Allocation {
				found++
			}
		}
		require.Equal(t, row.found, found)
	}
}

func TestMemoryThatIsMuchForAShortBodyIsTold(t *testing.T) {
	t.Parallel()
	greedy := func(b []byte) (json.RawMessage, error) {
		_ = make([]byte, 65<<20)
		return keep(b)
	}
	_, again, err := engine(t, Decoder(greedy)).Again(Key{Linear, "", Allocation}, nil, []byte(`{"message":{"type":"status-update","status":"queued"}}`))
	require.NoError(t, err)
	require.True(t, again)
}

func TestAPanicIsPlacedAndShrunk(t *testing.T) {
	t.Parallel()
	bad := func(b []byte) (json.RawMessage, error) {
		var m struct {
			Message struct{ Customer *struct{ Number string } }
		}
		if json.Unmarshal(b, &m) == nil && m.Message.Customer != nil {
			_ = m.Message.Customer.Number[0]
		}
		return keep(b)
	}
	list := engine(t, Decoder(bad)).RunBody([]byte(`{"message":{"type":"status-update","status":"queued","customer":{"name":"Ada"}}}`), true)
	require.Len(t, list, 1)
	require.Equal(t, `{"message":{"customer":{}}}`, string(list[0].Body))
	require.Contains(t, string(list[0].Class), "TestAPanicIsPlacedAndShrunk")
}

func TestProbesAreAPlainReading(t *testing.T) {
	t.Parallel()
	type alias string
	some, none := "ended", (*string)(nil)
	body := []byte(`{"message":{"type":"status-update","status":"ended","timestamp":1775580709753.5,"call":{"id":"a","orgId":"","createdAt":"2026-04-07T16:48:29.753Z","updatedAt":"","cost":16777217}}}`)
	for _, row := range []struct {
		why, pointer string
		value        any
		ok           bool
	}{
		{"the same text", "/message/status", "ended", true}, {"of another type", "/message/status", alias("ended"), true}, {"behind a pointer", "/message/status", &some, true},
		{"another text", "/message/status", "ringing", false}, {"nothing", "/message/status", none, false}, {"what is absent, as nothing", "/message/summary", none, true},
		{"what is absent, as zero", "/message/summary", "", true}, {"what is absent, as something", "/message/summary", "x", false}, {"a float64", "/message/timestamp", 1775580709753.5, true},
		{"an integer for a fraction", "/message/timestamp", int64(1775580709753), false}, {"the text of a number", "/message/timestamp", json.Number("1775580709753.50"), true},
		{"an integer", "/message/call/cost", 16777217, true}, {"a float32", "/message/call/cost", float32(16777217), false}, {"true for a number", "/message/call/cost", true, false},
		{"an empty text", "/message/call/orgId", "", true}, {"objects are not compared", "/message/call", map[string]any{}, true},
		{"but are not nothing", "/message/call", (*struct{})(nil), false}, {"nor a nil map", "/message/call", map[string]any(nil), false},
	} {
		e := engine(t, Decoder(keep).Encoder(same), Only(Probes), Probe(row.pointer, func(json.RawMessage) any { return row.value }))
		require.Equal(t, row.ok, len(e.RunBody(body, true)) == 0, row.why)
	}
}

// A decoder that is not here has no value to read.
func TestWithoutAValueThereIsNothingToProbe(t *testing.T) {
	t.Parallel()
	e, err := NewEngine(&taped{}, Probe("/message/status", func(m json.RawMessage) any { return "" }))
	require.NoError(t, err)
	require.Empty(t, e.RunBody([]byte(`{"message":{"type":"status-update","status":"ended"}}`), true))
}

// What an encoder mends, the one who reads the value never gets.
func TestProbesReadWhatWasDecodedNotWhatAnEncoderMakesOfIt(t *testing.T) {
	t.Parallel()
	type lazy struct {
		Status string
		raw    []byte
	}
	decode := func(b []byte) (*lazy, error) { return &lazy{raw: bytes.Clone(b)}, nil }
	encode := func(m *lazy) ([]byte, error) { m.Status = "ended"; return m.raw, nil }
	e := engine(t, Decoder(decode).Encoder(encode), Probe("/message/status", func(m *lazy) any { return m.Status }))
	list := e.RunBody([]byte(`{"message":{"type":"status-update","status":"ended"}}`), true)
	require.Len(t, list, 1)
	require.Equal(t, Key{Probes, "/message/status", Dropped}, list[0].Key)
}

func TestCalibrationSaysWhatNoProfileWaives(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("takes seconds, and a minute under the race detector")
	}
	t.Parallel()
	type blind struct {
		Message struct {
			Type string `json:"type"`
		} `json:"message"`
	}
	var b strings.Builder
	losses, err := Calibrate(&b, JSON[blind]())
	require.ErrorContains(t, err, "/message/status")
	require.ErrorContains(t, err, "/message/endedReason")
	require.ErrorContains(t, err, "/message/call:")
	require.ErrorContains(t, err, "a decoder that reads only a part needs no encoder")
	require.Contains(t, losses, Loss{"ServerMessageStatusUpdate.summary", Dropped})
	require.Contains(t, b.String(), "var losses = fuzz.Losses{\n")
	require.Contains(t, b.String(), `{Pointer: "ServerMessageStatusUpdate.summary", Class: fuzz.Dropped},`)
	lossless, err := Calibrate(io.Discard, Decoder(keep).Encoder(same))
	require.NoError(t, err)
	require.Empty(t, lossless)
}

func TestAFingerprintSeesIntoValues(t *testing.T) {
	t.Parallel()
	type inner struct{ hidden []byte }
	type outer struct {
		M map[string]*inner
		I any
		F func()
	}
	make := func(s string) outer {
		return outer{M: map[string]*inner{"a": {[]byte(s)}, "b": nil}, I: []any{1, s}, F: func() {}}
	}
	require.Equal(t, fingerprint(make("x")), fingerprint(make("x")))
	require.NotEqual(t, fingerprint(make("x")), fingerprint(make("y")))
	require.Equal(t, "x", string(make("x").M["a"].hidden))
	loop := &struct{ Next any }{}
	loop.Next = loop
	byName, byPlace := map[string]any{}, []any{nil}
	byName["parent"], byPlace[0] = byName, byPlace
	for _, v := range []any{loop, byName, byPlace} {
		require.Equal(t, fingerprint(v), fingerprint(v), "what is within itself")
	}
	shared := &inner{[]byte("x")}
	require.Equal(t, fingerprint([]any{shared, shared}), fingerprint([]any{shared, &inner{[]byte("x")}}), "what is there twice is not within itself")
}

// A driver for decoders in other languages must not drag package testing, and its
// flags, into a command.
func TestOnlyOneFileKnowsPackageTesting(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var found []string
	for _, name := range files {
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		if !strings.HasSuffix(name, "_test.go") && bytes.Contains(source, []byte("\t\"testing\"\n")) {
			found = append(found, name)
		}
	}
	require.Equal(t, []string{"native.go"}, found)
}

// keysOf are those of all failures that an engine finds among seeds.
func keysOf[M any](t *testing.T, n int, c Codec[M], options ...Option) map[Key]Failure {
	t.Helper()
	e := engine(t, c, options...)
	keys := map[Key]Failure{}
	for _, seed := range Seeds(n) {
		for _, f := range e.Run(seed, false) {
			keys[f.Key] = f
		}
	}
	return keys
}

func TestADecoderThatWritesToItsInputIsTold(t *testing.T) {
	t.Parallel()
	inPlace := func(b []byte) (json.RawMessage, error) {
		m, err := keep(b)
		copy(b, bytes.ToUpper(b))
		return m, err
	}
	keys := keysOf(t, 200, Decoder(inPlace).Encoder(same))
	require.Equal(t, []Key{{NoAlias, "", Overwrites}}, slices.Collect(maps.Keys(keys)), "nothing else is wrong with it")
}

// The name says where to look: an encoder that writes the time shares no buffer.
func TestAnEncoderThatVariesSharesNoBuffer(t *testing.T) {
	t.Parallel()
	for name, tick := range map[string]time.Duration{"nanoseconds": 1, "milliseconds": time.Millisecond} {
		stamp := func(m json.RawMessage) ([]byte, error) {
			var body map[string]json.RawMessage
			if err := json.Unmarshal(m, &body); err != nil {
				return nil, err
			}
			body["sentAt"] = json.RawMessage(strconv.FormatInt(time.Now().UnixNano()/int64(tick), 10))
			return json.Marshal(body)
		}
		keys := keysOf(t, 600, Decoder(keep).Encoder(stamp), Only(NoAlias, Deterministic))
		list := slices.Collect(maps.Keys(keys))
		require.NotContains(t, list, Key{NoAlias, "/sentAt", Retained}, name)
		if tick == 1 {
			require.Contains(t, list, Key{Deterministic, "/sentAt", Varying}, name)
		}
	}
}

func TestWhatDoesNotFailAgainSaysSo(t *testing.T) {
	t.Parallel()
	met := map[string]bool{}
	busy := func(b []byte) (json.RawMessage, error) {
		if !met[string(b)] {
			met[string(b)] = true
			return nil, errors.New("busy")
		}
		return keep(b)
	}
	keys := keysOf(t, 40, Decoder(busy).Encoder(same), Only(Accepts))
	require.NotEmpty(t, keys)
	for _, f := range keys {
		require.Equal(t, Unrepeated, f.State)
		require.Contains(t, f.String(), "seen once; not again")
	}
}

// Of an object that is of a new kind nobody knows which names a struct will take for its
// own; of others the contract says so.
func TestADecoderThatIgnoresCaseIsNotBlamedForNewKinds(t *testing.T) {
	t.Parallel()
	type message struct {
		Message struct {
			Type, Status string
			Artifact     struct{ Messages []struct{ Time float64 } }
		}
	}
	for body, blamed := range map[string]bool{
		`{"message":{"type":"status-update","status":"","artifact":{"messages":[{"role":"","Time":""}]}}}`:                 false,
		`{"message":{"type":"status-update","status":"","artifact":{"messages":[{"role":"","new":[{"ſtatus":1}]}]}}}`:      false,
		`{"message":{"type":"status-update","status":"","artifact":{"messages":[{"role":"","time":""}]}}}`:                 true,
		`{"message":{"type":"status-update","status":"","artifact":{"messages":[{"role":"","time":"","ofTomorrow":""}]}}}`: true,
	} {
		list := engine(t, JSON[message](), Only(Accepts), Losses{folding}).RunBody([]byte(body), true)
		require.Equal(t, blamed, len(list) > 0, body)
	}
	require.NotEmpty(t, engine(t, JSON[message](), Only(Accepts)).RunBody([]byte(`{"message":{"type":"status-update","status":"","artifact":{"messages":[{"role":"","Time":""}]}}}`), true),
		"without the row")
}

// What comes last, as what an unknown member changes, must not get lost behind what a
// struct drops.
func TestManyLossesHideNothing(t *testing.T) {
	t.Parallel()
	type message struct {
		Message struct {
			Type   string `json:"type"`
			Status string `json:"status"`
			Call   *struct {
				ID string `json:"id"`
			} `json:"call,omitempty"`
			Assistant   *struct{} `json:"assistant,omitempty"`
			Artifact    *struct{} `json:"artifact,omitempty"`
			Customer    *struct{} `json:"customer,omitempty"`
			PhoneNumber *struct{} `json:"phoneNumber,omitempty"`
		} `json:"message"`
	}
	bad := func(b []byte) (m message, err error) {
		err = json.Unmarshal(b, &m)
		if bytes.Contains(b, []byte(addedName)) {
			m.Message.Status = "unknown member"
		}
		return m, err
	}
	e := engine(t, Decoder(bad).Encoder(func(m message) ([]byte, error) { return json.Marshal(m) }))
	k, most := Key{Metamorphic, "/message/status", Extended}, 0
	for _, seed := range Seeds(600) {
		list := e.Run(seed, true)
		require.True(t, slices.IsSortedFunc(list, func(f, g Failure) int { return slices.Index(Oracles, f.Oracle) - slices.Index(Oracles, g.Oracle) }))
		if slices.ContainsFunc(list, func(f Failure) bool { return f.Key == k }) {
			most = max(most, len(list))
		}
	}
	require.Greater(t, most, mostNews, "it was told behind many others")
}

// What an encoder returns may be written over by its next call.
func TestAnEncoderMayUseItsBufferAgain(t *testing.T) {
	t.Parallel()
	var buffer bytes.Buffer
	n := 0
	decode := func(b []byte) (int, error) { n++; return n, nil }
	encode := func(call int) ([]byte, error) {
		buffer.Reset()
		fmt.Fprintf(&buffer, `{"call":%d}`, call)
		return buffer.Bytes(), nil
	}
	require.Contains(t, keysOf(t, 60, Decoder(decode).Encoder(encode), Only(Deterministic)), Key{Deterministic, "/call", Varying})
	honest := func(m json.RawMessage) ([]byte, error) { buffer.Reset(); buffer.Write(m); return buffer.Bytes(), nil }
	require.Empty(t, keysOf(t, 60, Decoder(keep).Encoder(honest)))
}

// What is too long to be tried often is shrunk a little.
func TestTheBudgetOfShrinkingIsOfBytes(t *testing.T) {
	t.Parallel()
	calls := 0
	long := func(b []byte) (json.RawMessage, error) {
		if calls++; len(b) > 1<<20 {
			panic("long")
		}
		return keep(b)
	}
	list := engine(t, Decoder(long).Encoder(same), Without(Linear)).RunBody([]byte(`{"message":{"type":"status-update","status":"ended","transcript":"`+strings.Repeat("a", 2<<20)+`"}}`), true)
	require.Len(t, list, 1)
	require.Less(t, calls, 100)
}

// So may the caller of RunBody, as Go's fuzzer does.
func TestACallerMayUseItsBytesAgain(t *testing.T) {
	t.Parallel()
	e := engine(t, Decoder(keep).Encoder(same))
	body := []byte(`{"message":{"type":"status-update","status":"ended"}}`)
	e.RunBody(body, true)
	clear(body)
	require.Contains(t, string(e.latest()[0]), "ended")
}

// Encoders need not order members, however deep a body is.
func TestTheOrderOfMembersOfADeepBodyIsNoDifference(t *testing.T) {
	t.Parallel()
	n := 0
	swap := func(m json.RawMessage) ([]byte, error) {
		var o map[string]json.RawMessage
		if json.Unmarshal(m, &o) != nil || o["deep"] == nil || o["message"] == nil {
			return m, nil
		}
		if n++; n%2 == 0 {
			return fmt.Appendf(nil, `{"deep":%s,"message":%s}`, o["deep"], o["message"]), nil
		}
		return fmt.Appendf(nil, `{"message":%s,"deep":%s}`, o["message"], o["deep"]), nil
	}
	body := `{"message":{"type":"status-update","status":"ended"},"deep":` + strings.Repeat("[", 900) + strings.Repeat("]", 900) + `}`
	e := engine(t, Decoder(keep).Encoder(swap), Only(Deterministic, NoAlias))
	a := e.newAttempt(nil, []byte(body))
	a.every = true
	require.True(t, a.all())
	require.Empty(t, a.failures)
	require.Greater(t, n, 1, "it was encoded twice")
}

// What an unknown member changes is told once, not for each place to which it goes.
func TestAnUnknownMemberMayGoToAnotherPlace(t *testing.T) {
	t.Parallel()
	moved := func(m json.RawMessage) ([]byte, error) {
		return bytes.Replace(m, []byte(`"message"`), []byte(`"Message"`), 1), nil
	}
	for k := range keysOf(t, 600, Decoder(keep).Encoder(moved), Only(Metamorphic)) {
		require.NotEqual(t, Extended, k.Class, k)
	}
	gone := func(m json.RawMessage) ([]byte, error) {
		if bytes.Contains(m, []byte(addedName)) {
			return []byte(`{}`), nil
		}
		return m, nil
	}
	require.Contains(t, keysOf(t, 600, Decoder(keep).Encoder(gone), Only(Metamorphic)), Key{Metamorphic, "/message", Extended}, "the oracle is asked")
}

func TestNamesThatDifferByCaseAreHintedAt(t *testing.T) {
	t.Parallel()
	type message struct{ Message struct{ Status string } }
	e := engine(t, JSON[message](), Only(Probes), Probe("/message/status", func(m message) any { return m.Message.Status }))
	list := e.RunBody([]byte(`{"message":{"type":"status-update","status":"ended","Status":"queued"}}`), true)
	require.Len(t, list, 1)
	require.Contains(t, list[0].Got, "json/confusable-member")
	again := engine(t, JSON[message](), Only(Probes), Losses{folding}, Probe("/message/status", func(m message) any { return m.Message.Status }))
	require.Empty(t, again.RunBody([]byte(`{"message":{"type":"status-update","status":"ended","Status":"queued"}}`), true), "the row that is named waives it")
}
