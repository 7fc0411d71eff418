package consumers

import (
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"
)

// object holds members undecoded and by their exact names: a struct would take STATUS
// for status, and break when a member that nobody here reads changes its type.
type object map[string]json.RawMessage

// has reports whether there is a value: older bodies write null for none.
func (o object) has(name string) bool { return len(o[name]) > 0 && string(o[name]) != "null" }

// text is the value of a string; ok is false if it is anything else.
func (o object) text(name string) (s string, ok bool) {
	return s, o.has(name) && json.Unmarshal(o[name], &s) == nil
}

// members are those of an object; ok is false if it is anything else.
func (o object) members(name string) (m object, ok bool) {
	return m, o.has(name) && json.Unmarshal(o[name], &m) == nil
}

// message is what the service reads of a delivery.
type message struct {
	object
	raw    json.RawMessage
	kind   string
	status string    // of a status-update
	call   object    // nil if there is none
	callID string    // empty if it is not known whose message it is
	at     time.Time // zero if there is no timestamp that can be read
}

const (
	statusUpdate    = "status-update"
	endOfCallReport = "end-of-call-report"
)

func envelope(top object) json.RawMessage { return top["message"] }

// decode asks only for what nobody could do without. A message of another type is none
// of this service's business, whatever is in it.
func (c *consumer) decode(d *delivery) *refusal {
	no := func(why string) *refusal { return &refusal{http.StatusBadRequest, why} }
	var top object
	if !utf8.Valid(d.body) || json.Unmarshal(d.body, &top) != nil {
		return no("the body is not a JSON object")
	}
	m := &message{raw: c.open(top)}
	if json.Unmarshal(m.raw, &m.object) != nil || m.object == nil {
		return no("there is no message")
	}
	var ok bool
	if m.kind, ok = m.text("type"); !ok {
		return no("the message has no type")
	}
	if m.kind == statusUpdate || m.kind == endOfCallReport {
		if m.has("call") {
			if m.call, ok = m.members("call"); !ok {
				return no("the call is not an object")
			}
		}
		if m.callID, ok = m.call.text("id"); !ok && m.call.has("id") {
			return no("the call's id is not a string")
		}
		if m.status, ok = m.text("status"); !ok && m.kind == statusUpdate {
			return no("the message has no status")
		}
		m.at = instant(m.object["timestamp"])
	}
	for _, demand := range c.demands {
		if no := demand(m); no != nil {
			return no
		}
	}
	d.message = m
	return nil
}

// instant reads milliseconds since 1970, however the number is written, or ISO 8601 as
// until October 2024.
func instant(raw json.RawMessage) time.Time {
	if ms, err := strconv.ParseFloat(string(raw), 64); err == nil {
		return time.UnixMicro(int64(ms * 1000))
	}
	var t time.Time
	if json.Unmarshal(raw, &t) != nil {
		return time.Time{}
	}
	return t
}

// whatItSays is the status in which a message leaves its call. The truth is the status
// of the message: call.status is a snapshot from the start of the call. A call is over
// when a message says so or when its report comes: either may get lost.
func whatItSays(m *message) (status string, about bool) {
	switch m.kind {
	case statusUpdate:
		return m.status, true
	case endOfCallReport:
		return "ended", true
	}
	return "", false
}

// content identifies a message by all that it says, as it has no id. Any part would do
// less: a call can be forwarded twice, and a timestamp may be absent.
func content(m *message) string {
	sum := sha256.Sum256(m.raw)
	return string(sum[:])
}
