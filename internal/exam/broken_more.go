package exam

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unsafe"

	"github.com/ringproof/ringproof/fuzz"
)

// wire is a struct as many have it: encoding/json folds case, and the last of two
// members wins.
type wire struct {
	Message map[string]json.RawMessage `json:"message"`
}

// mixing are those that take one value for another.
var mixing = []Decoder{
	{Name: "case-folding", What: "STATUS is taken for status", Oracle: fuzz.Refuses, Options: options(fuzz.Strict("json/confusable-member")), encode: encode, decode: func(b []byte) (any, error) {
		var w struct {
			Message struct {
				Status string `json:"status"`
			} `json:"message"`
		}
		err := json.Unmarshal(b, &w)
		return w, err
	}},
	{Name: "last-duplicate-wins", What: "of two members with the same name the last counts", Oracle: fuzz.Refuses, Options: options(fuzz.Strict("json/duplicate-member")), encode: encode, decode: exact},
	{Name: "first-duplicate-wins", What: "of two members with the same name the first counts", Oracle: fuzz.Refuses, Options: options(fuzz.Strict("json/duplicate-member")), encode: encode, decode: func(b []byte) (any, error) {
		r := json.NewDecoder(bytes.NewReader(b))
		r.UseNumber()
		v, err := firstWins(r)
		if err == nil && r.More() {
			return nil, errors.New("text after the body")
		}
		return v, err
	}},
	{Name: "duplicates-differ", What: "of two members with the same name another one counts than for the gateway before it", Oracle: fuzz.Differential, encode: encode,
		Options: options(fuzz.Against(fuzz.Decoder(exact).Encoder(encode))), decode: func(b []byte) (any, error) {
			r := json.NewDecoder(bytes.NewReader(b))
			r.UseNumber()
			v, err := firstWins(r)
			if _, rest := exact(b); rest != nil {
				return nil, rest
			}
			return v, err
		}},
	{Name: "trailing-text", What: "text after the body is ignored", Oracle: fuzz.Refuses, Options: options(fuzz.Strict("json/syntax")), encode: encode, decode: func(b []byte) (any, error) {
		r := json.NewDecoder(bytes.NewReader(b))
		r.UseNumber()
		var v any
		err := r.Decode(&v)
		return v, err
	}},
	{Name: "bad-utf8", What: "bytes that are no UTF-8 are replaced in silence", Oracle: fuzz.Refuses, Options: options(fuzz.Strict("json/utf8")), encode: encode, decode: exact},
	{Name: "wrong-types-taken", What: "a status that is no text is taken", Oracle: fuzz.Refuses, Options: options(fuzz.Strict("schema/")), encode: encode, decode: exact},
	{Name: "status-from-call", What: "the status is read from the call, which is a snapshot", Oracle: fuzz.Probes, encode: encode, decode: exact,
		Options: options(fuzz.Probe("/message/status", func(v any) any {
			if s := at(v, "message", "call", "status"); s != nil {
				return s
			}
			return at(v, "message", "status")
		}))},
	{Name: "folded-lookup", What: "the status is looked up without regard to case", Oracle: fuzz.Probes, encode: encode, decode: exact,
		Options: options(fuzz.Probe("/message/status", func(v any) any {
			m, _ := at(v, "message").(object)
			for _, name := range slices.Sorted(maps.Keys(m)) {
				if strings.EqualFold(name, "status") {
					return m[name]
				}
			}
			return nil
		}))},
	{Name: "id-from-artifact", What: "the id of the call is that of the phone number, if it has one", Oracle: fuzz.Probes, encode: encode, decode: exact,
		Options: options(fuzz.Probe("/message/call/id", func(v any) any {
			if s := at(v, "message", "phoneNumber", "id"); s != nil {
				return s
			}
			return at(v, "message", "call", "id")
		}))},
	{Name: "float32-time", What: "the timestamp is read in single precision", Oracle: fuzz.Probes, encode: encode, decode: exact,
		Options: options(fuzz.Probe("/message/timestamp", func(v any) any {
			n, ok := at(v, "message", "timestamp").(json.Number)
			if !ok {
				return at(v, "message", "timestamp")
			}
			f, _ := n.Float64()
			return float32(f)
		}))},
}

func firstWins(r *json.Decoder) (any, error) {
	t, err := r.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('['):
		list := []any{}
		for r.More() {
			v, err := firstWins(r)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = r.Token()
		return list, err
	case json.Delim('{'):
		o := object{}
		for r.More() {
			name, err := r.Token()
			if err != nil {
				return nil, err
			}
			v, err := firstWins(r)
			if err != nil {
				return nil, err
			}
			if _, ok := o[name.(string)]; !ok {
				o[name.(string)] = v
			}
		}
		_, err = r.Token()
		return o, err
	}
	return t, nil
}

// What defects keep between calls.
var (
	shared []byte
	kept   = object{}
	calls  int
)

// misbehaving are those whose defect is no matter of one value.
var misbehaving = []Decoder{
	{Name: "input-aliased", What: "what is kept raw lies in the input's own bytes", Oracle: fuzz.NoAlias, encode: encode, decode: func(b []byte) (any, error) {
		v, err := exact(b)
		m, _ := at(v, "message").(object)
		if s, ok := m["status"].(string); ok && err == nil {
			if i := bytes.Index(b, []byte(`"`+s+`"`)); i >= 0 {
				m["status"] = unsafe.String(&b[i+1], len(s))
			}
		}
		return v, err
	}},
	{Name: "input-overwritten", What: "white space is taken out in place, before the signature is checked", Oracle: fuzz.NoAlias, encode: encode, decode: func(b []byte) (any, error) {
		v, err := exact(b)
		copy(b, bytes.ReplaceAll(b, []byte(" "), nil))
		return v, err
	}},
	{Name: "shared-buffer", What: "what is kept raw lies in a buffer that the next body uses again", Oracle: fuzz.NoAlias, encode: encode, decode: func(b []byte) (any, error) {
		shared = append(shared[:0], b...)
		var w wire
		r := json.Unmarshal(shared, &w)
		if i := bytes.Index(shared, w.Message["call"]); r == nil && i >= 0 {
			w.Message["call"] = shared[i : i+len(w.Message["call"])]
		}
		return w, r
	}},
	{Name: "state-kept", What: "members of earlier messages are still there", Oracle: fuzz.Deterministic, encode: encode, decode: func(b []byte) (any, error) {
		v, err := exact(b)
		m, _ := at(v, "message").(object)
		if err != nil {
			return nil, err
		}
		maps.Copy(kept, m)
		if m != nil {
			v.(object)["message"] = maps.Clone(kept)
		}
		return v, nil
	}},
	{Name: "every-third", What: "every third body loses its customer", Oracle: fuzz.Deterministic, encode: encode, decode: with(func(o object) error {
		if m, ok := o["message"].(object); ok && m["customer"] != nil {
			if calls++; calls%3 == 0 {
				delete(m, "customer")
			}
		}
		return nil
	})},
	{Name: "quadratic-time", What: "each member of an object is compared with all others", Oracle: fuzz.Linear, encode: encode, decode: each(func(_ string, v any) (any, bool) {
		if o, ok := v.(object); ok {
			names := slices.Collect(maps.Keys(o))
			for _, x := range names {
				for _, y := range names {
					if x != y && strings.EqualFold(x, y) {
						break
					}
				}
			}
		}
		return v, true
	})},
	{Name: "quadratic-memory", What: "the conversation is put together text by text", Oracle: fuzz.Linear, encode: encode, decode: with(func(o object) error {
		list, _ := at(o, "message", "artifact", "messages").([]any)
		all := ""
		for _, m := range list {
			s, _ := at(m, "message").(string)
			all += s + "\n"
		}
		return nil
	})},
	{Name: "unbounded-recursion", What: "nesting has no limit", Oracle: fuzz.Linear, encode: func(any) ([]byte, error) { return nil, fuzz.ErrNoEncoder }, decode: func(b []byte) (any, error) {
		_, n := skim(b, 0)
		return n, nil
	}},
	{Name: "panic-without-call", What: "it reads from a call that is not there", Oracle: fuzz.NoPanic, encode: encode, decode: with(func(o object) error {
		if m, ok := o["message"].(object); ok {
			_ = m["call"].(object)["id"]
		}
		return nil
	})},
	{Name: "panic-on-empty", What: "it looks at the first of no messages", Oracle: fuzz.NoPanic, encode: encode, decode: with(func(o object) error {
		if list, ok := at(o, "message", "artifact", "messages").([]any); ok {
			_ = list[0]
		}
		return nil
	})},
	{Name: "endless", What: "it waits for an end that does not come, if a text ends in a backslash", Oracle: fuzz.NoHang, encode: encode, decode: each(func(name string, v any) (any, bool) {
		for s, _ := v.(string); strings.HasSuffix(s, "é"); {
			calls++
		}
		return v, true
	})},
	{Name: "unstable", What: "each encoding adds to the summary", Oracle: fuzz.Stable, decode: exact, encode: func(v any) ([]byte, error) {
		if o, ok := v.(object); ok {
			if m, ok := o["message"].(object); ok {
				if s, ok := m["summary"].(string); ok {
					c := maps.Clone(m)
					c["summary"] = "Re: " + s
					o = maps.Clone(o)
					o["message"] = c
				}
			}
			v = o
		}
		return encode(v)
	}},
	{Name: "text-for-number", What: "the timestamp is encoded as a text", Oracle: fuzz.Reencoded, encode: encode, decode: with(func(o object) error {
		m, _ := o["message"].(object)
		if n, ok := m["timestamp"].(json.Number); ok {
			m["timestamp"] = "ms " + n.String()
		}
		return nil
	}), Options: options(fuzz.Without(fuzz.Lossless))},
	{Name: "own-encoding-refused", What: "it refuses what it has encoded itself", Oracle: fuzz.Reencoded, decode: with(func(o object) error {
		if o["decoded"] != nil {
			return errors.New("unknown member decoded")
		}
		return nil
	}), encode: func(v any) ([]byte, error) {
		o, ok := v.(object)
		if !ok {
			return encode(v)
		}
		c := maps.Clone(o)
		c["decoded"] = true
		return encode(c)
	}},
}

// skim reads nested arrays and objects only, a call for each level.
func skim(b []byte, i int) (next, deepest int) {
	for i < len(b) {
		switch b[i] {
		case '[', '{':
			n, d := skim(b, i+1)
			i, deepest = n, max(deepest, d+1)
		case ']', '}':
			return i + 1, deepest
		default:
			i++
		}
	}
	return i, deepest
}

var statusText = regexp.MustCompile(`"status":"((?:[^"\\]|\\.)*)"`)

// byText reads the status with a regular expression.
func byText(pick func(all [][][]byte) []byte) func([]byte) (any, error) {
	return func(b []byte) (any, error) {
		v, err := exact(b)
		if err != nil {
			return nil, err
		}
		s := ""
		if all := statusText.FindAllSubmatch(b, -1); len(all) > 0 {
			s = string(pick(all))
		}
		return object{"read": s, "body": v}, nil
	}
}

func first(all [][][]byte) []byte { return all[0][1] }

func readText(v any) any { return at(v, "read") }

func encodeBody(v any) ([]byte, error) { return encode(at(v, "body")) }

// textual are those that take the body for a text: their probe is right as long as
// the sender writes as it does today.
var textual = []Decoder{
	{Name: "order-of-members", What: "the first status in the text is read", Oracle: fuzz.Metamorphic, encode: encodeBody, decode: byText(first),
		Options: options(fuzz.Probe("/message/status", readText))},
	{Name: "white-space", What: "the text is searched without a thought of white space", Oracle: fuzz.Metamorphic, encode: encodeBody, decode: byText(first),
		Options: options(fuzz.Probe("/message/status", readText))},
	{Name: "escapes", What: "escapes in a name are not undone", Oracle: fuzz.Metamorphic, encode: encode, decode: func(b []byte) (any, error) {
		v, err := exact(b)
		if m, ok := at(v, "message").(object); ok && err == nil && !bytes.Contains(b, []byte(`"customer"`)) {
			delete(m, "customer")
		}
		return v, err
	}},
	{Name: "count-of-members", What: "a message with many members is taken for a report", Oracle: fuzz.Metamorphic, encode: encode, decode: exact,
		Options: options(fuzz.Probe("/message/status", func(v any) any {
			m, _ := at(v, "message").(object)
			if m["ringproofUnknownMember"] != nil {
				return "report"
			}
			return m["status"]
		}))},
}
