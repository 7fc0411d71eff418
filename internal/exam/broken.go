package exam

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringproof/ringproof/fuzz"
)

// Broken are decoders with one defect each.
func Broken() []Decoder {
	return slices.Concat(losing, refusing, mixing, misbehaving, textual)
}

// losing are those that do not keep what they read.
var losing = []Decoder{
	{Name: "first-match-union", What: "conversation messages of any role are read as the first type that fits", Oracle: fuzz.Lossless, encode: encode, decode: with(func(o object) error {
		list, _ := at(o, "message", "artifact", "messages").([]any)
		for _, m := range list {
			if m, ok := m.(object); ok && m["message"] != nil {
				m["role"] = "user"
			}
		}
		return nil
	})},
	{Name: "float32", What: "numbers are kept in single precision", Oracle: fuzz.Lossless, encode: encode, decode: each(func(_ string, v any) (any, bool) {
		if n, ok := v.(json.Number); ok {
			f, err := strconv.ParseFloat(n.String(), 32)
			if err == nil {
				return float32(f), true
			}
		}
		return v, true
	})},
	{Name: "float64", What: "numbers are kept as float64, whole ones above 2^53 too", Oracle: fuzz.Lossless, encode: encode, decode: func(b []byte) (any, error) {
		var v any
		err := json.Unmarshal(b, &v)
		return v, err
	}},
	{Name: "omitempty-number", What: "a zero is lost", Oracle: fuzz.Lossless, encode: encode, decode: each(func(name string, v any) (any, bool) { return v, name == "" || v != json.Number("0") })},
	{Name: "omitempty-text", What: "an empty text is lost", Oracle: fuzz.Lossless, encode: encode, decode: each(func(name string, v any) (any, bool) { return v, name == "" || v != "" })},
	{Name: "omitempty-false", What: "false is lost", Oracle: fuzz.Lossless, encode: encode, decode: each(func(name string, v any) (any, bool) { return v, name == "" || v != false })},
	{Name: "null-lost", What: "null is taken for absence", Oracle: fuzz.Lossless, encode: encode, decode: each(func(name string, v any) (any, bool) { return v, name == "" || v != nil })},
	{Name: "unknown-dropped", What: "members of the message that are not known are dropped", Oracle: fuzz.Lossless, encode: encode, decode: with(func(o object) error {
		m, _ := o["message"].(object)
		for name := range m {
			if !slices.Contains(messageMembers, name) {
				delete(m, name)
			}
		}
		return nil
	})},
	{Name: "empty-array-null", What: "an empty array becomes null", Oracle: fuzz.Lossless, encode: encode, decode: each(func(_ string, v any) (any, bool) {
		if a, ok := v.([]any); ok && len(a) == 0 {
			return nil, true
		}
		return v, true
	})},
	{Name: "html-escaping", What: "texts are escaped for HTML", Oracle: fuzz.Lossless, encode: encode, decode: texts(html.EscapeString)},
	{Name: "trimmed", What: "white space around texts is cut", Oracle: fuzz.Lossless, encode: encode, decode: texts(strings.TrimSpace)},
	{Name: "latin", What: "characters beyond 16 bits are dropped", Oracle: fuzz.Lossless, encode: encode, decode: texts(func(s string) string {
		return strings.Map(func(r rune) rune {
			if r > 0xffff {
				return -1
			}
			return r
		}, s)
	})},
	{Name: "short-texts", What: "texts are cut at 255 bytes", Oracle: fuzz.Lossless, encode: encode, decode: texts(func(s string) string { return strings.ToValidUTF8(s[:min(len(s), 255)], "") })},
	{Name: "whole-milliseconds", What: "the timestamp is cut to whole milliseconds", Oracle: fuzz.Lossless, encode: encode, decode: with(func(o object) error {
		m, _ := o["message"].(object)
		if n, ok := m["timestamp"].(json.Number); ok {
			f, _ := n.Float64()
			m["timestamp"] = int64(f)
		}
		return nil
	})},
	{Name: "whole-seconds", What: "times are cut to the second", Oracle: fuzz.Lossless, encode: encode, decode: texts(func(s string) string {
		if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
			return t.Format(time.RFC3339)
		}
		return s
	})},
	{Name: "tool-calls-lost", What: "the calls of tools are dropped", Oracle: fuzz.Lossless, encode: encode, decode: each(func(name string, v any) (any, bool) { return v, name != "toolCalls" })},
	{Name: "one-message", What: "only the last 20 conversation messages are kept", Oracle: fuzz.Lossless, encode: encode, decode: each(func(name string, v any) (any, bool) {
		if a, ok := v.([]any); ok && name == "messages" && len(a) > 20 {
			return a[len(a)-20:], true
		}
		return v, true
	})},
	{Name: "wrong-message-tag", What: "the message is encoded under another type", Oracle: fuzz.Lossless, decode: exact, encode: func(v any) ([]byte, error) {
		o, _ := v.(object)
		m, _ := o["message"].(object)
		if m["type"] != "status-update" {
			return encode(v)
		}
		c := object{}
		for k, x := range m {
			c[k] = x
		}
		c["type"] = "server-message"
		return encode(object{"message": c})
	}},
	{Name: "reason-invented", What: "without an ended reason one is made up", Oracle: fuzz.Lossless, encode: encode, decode: with(func(o object) error {
		if m, ok := o["message"].(object); ok && m["status"] == "ended" && m["endedReason"] == nil {
			m["endedReason"] = "unknown"
		}
		return nil
	})},
	{Name: "lower-case-names", What: "names of members are written in lower case", Oracle: fuzz.Lossless, encode: encode, decode: each(func(_ string, v any) (any, bool) {
		o, ok := v.(object)
		if !ok {
			return v, true
		}
		c := object{}
		for name, x := range o {
			c[strings.ToLower(name)] = x
		}
		return c, true
	})},
}

// texts changes every text.
func texts(f func(string) string) func([]byte) (any, error) {
	return each(func(_ string, v any) (any, bool) {
		if s, ok := v.(string); ok {
			return f(s), true
		}
		return v, true
	})
}

var messageMembers = []string{
	"type", "status", "endedReason", "messages", "messagesOpenAIFormatted", "destination", "transcript", "summary", "inboundPhoneCallDebuggingArtifacts", "phoneNumber",
	"assistantVersion", "timestamp", "artifact", "assistant", "customer", "call", "chat",
}

// refusing are those that refuse what they must take.
var refusing = []Decoder{
	{Name: "closed-status", What: "a new status is an error", Oracle: fuzz.Accepts, encode: encode, decode: with(func(o object) error {
		s, _ := at(o, "message", "status").(string)
		return oneOf(s, "scheduled", "queued", "ringing", "in-progress", "forwarding", "ended", "not-found", "deletion-failed")
	})},
	{Name: "closed-reason", What: "a new ended reason is an error", Oracle: fuzz.Accepts, encode: encode, decode: with(func(o object) error {
		if s, ok := at(o, "message", "endedReason").(string); ok && strings.Contains(s, "tomorrow") {
			return errors.New("unknown reason")
		}
		return nil
	})},
	{Name: "closed-role", What: "a conversation message of a new role is an error", Oracle: fuzz.Accepts, encode: encode, decode: with(func(o object) error {
		list, _ := at(o, "message", "artifact", "messages").([]any)
		for _, m := range list {
			s, _ := at(m, "role").(string)
			if err := oneOf(s, "user", "bot", "system", "tool_calls", "tool_call_result"); err != nil {
				return err
			}
		}
		return nil
	})},
	{Name: "closed-provider", What: "a phone number of a new provider is an error", Oracle: fuzz.Accepts, encode: encode, decode: with(func(o object) error {
		if s, ok := at(o, "message", "phoneNumber", "provider").(string); ok {
			return oneOf(s, "byo-phone-number", "twilio", "vonage", "vapi", "telnyx")
		}
		return nil
	})},
	{Name: "iso-only-time", What: "the timestamp must be a text", Oracle: fuzz.Accepts, encode: encode, decode: with(func(o object) error {
		if _, ok := at(o, "message", "timestamp").(json.Number); ok {
			return errors.New("timestamp: want a text")
		}
		return nil
	})},
	{Name: "integer-timestamp", What: "a timestamp with a fraction or an exponent is an error", Oracle: fuzz.Accepts, encode: encode, decode: with(func(o object) error {
		if n, ok := at(o, "message", "timestamp").(json.Number); ok {
			_, err := n.Int64()
			return err
		}
		return nil
	})},
	{Name: "call-required", What: "a message without a call is an error", Oracle: fuzz.Accepts, encode: encode, decode: with(func(o object) error {
		if _, ok := at(o, "message", "call").(object); !ok {
			return errors.New("no call")
		}
		return nil
	})},
	{Name: "unknown-member-refused", What: "a member that is not known is an error", Oracle: fuzz.Accepts, encode: encode, decode: with(func(o object) error {
		m, _ := o["message"].(object)
		for name := range m {
			if err := oneOf(name, messageMembers...); err != nil {
				return err
			}
		}
		return nil
	})},
	{Name: "result-text-only", What: "the result of a tool call must be a text", Oracle: fuzz.Accepts, encode: encode, decode: with(func(o object) error {
		list, _ := at(o, "message", "artifact", "messages").([]any)
		for _, m := range list {
			if _, ok := at(m, "result").(object); ok {
				return errors.New("result: want a text")
			}
		}
		return nil
	})},
	{Name: "shallow", What: "more than 20 levels are an error", Oracle: fuzz.Accepts, encode: encode, decode: func(b []byte) (any, error) {
		v, err := exact(b)
		if err == nil && depth(v) > 20 {
			return nil, errors.New("too deep")
		}
		return v, err
	}},
}

func depth(v any) int {
	most := 0
	switch x := v.(type) {
	case object:
		for _, inner := range x {
			most = max(most, depth(inner))
		}
	case []any:
		for _, inner := range x {
			most = max(most, depth(inner))
		}
	default:
		return 0
	}
	return most + 1
}

func oneOf(s string, all ...string) error {
	if slices.Contains(all, s) {
		return nil
	}
	return fmt.Errorf("unknown %q", s)
}
