package consumers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Defect is something that real consumers do wrong, to be switched on by its name in
// [Options].
type Defect struct {
	Name  string
	Title string
	Why   string // how one comes to write it, and what it does
	Facts string // the section of FACTS, the project's collection of facts, that it comes from; empty: ours
	// Schemes are those with which it shows; nil: with any, and without authentication.
	Schemes []Scheme
	// Hidden defects cannot be told from outside, only by reading the source.
	Hidden bool
	plant  func(*consumer)
}

// Defects returns all defects, in the order in which they are listed.
func Defects() []Defect { return slices.Clone(defects) }

var (
	anyScheme  = []Scheme{Bearer, Secret, HMAC, Standard}
	signatures = []Scheme{HMAC, Standard}
)

var defects = []Defect{
	// Which status it is.
	{Name: "reads-call-status", Title: "reads call.status instead of message.status", Facts: "7, 4",
		Why:   "the provider's quickstart does it in six languages; the snapshot says ringing to the end",
		plant: func(c *consumer) { c.says = saysCallStatus }},
	{Name: "only-ended-closes", Title: "only the status ended closes a call", Facts: "7",
		Why: "if that one message is lost, the call stays open although its report has come",
		plant: func(c *consumer) {
			c.says = func(m *message) (string, bool) { return m.status, m.kind == statusUpdate }
		}},
	{Name: "only-report-closes", Title: "only the end-of-call report closes a call", Facts: "7",
		Why: "the report comes seconds after the end; if it is lost, or not subscribed to, the call stays open",
		plant: func(c *consumer) {
			c.says = func(m *message) (string, bool) {
				status, about := whatItSays(m)
				return status, about && (m.kind == endOfCallReport || status != "ended")
			}
		}},
	{Name: "last-arrival-wins", Title: "a late message reopens a call that has ended", Facts: "4, 5",
		Why: "nothing promises an order, and neighbours do overtake each other",
		plant: func(c *consumer) {
			c.supersedes = func(*message, string, *call) bool { return true }
		}},

	// Which messages are the same.
	{Name: "dedupes-on-call-and-type", Title: "takes messages of one call and type for the same", Facts: "7, 4",
		Why:   "there is no id to go by; this drops every ended",
		plant: func(c *consumer) { c.identity = func(m *message) string { return m.kind } }},
	{Name: "dedupes-on-call-and-status", Title: "takes messages of one call and status for the same", Facts: "7, 4",
		Why:   "there is no id to go by; this drops the second forwarding of a call",
		plant: func(c *consumer) { c.identity = func(m *message) string { return m.kind + " " + m.status } }},
	{Name: "dedupes-on-message-id", Title: "takes messages with the same message.id for the same", Facts: "7, 4",
		Why:   "other providers send one; where none has an id, all are the same",
		plant: func(c *consumer) { c.identity = func(m *message) string { return string(m.object["id"]) } }},
	{Name: "no-deduplication", Title: "a redelivery takes effect again", Facts: "5",
		Why: "exactly once is not promised: an answer that is lost makes a retry",
		plant: func(c *consumer) {
			n := 0
			c.identity = func(*message) string {
				c.mu.Lock()
				defer c.mu.Unlock()
				n++
				return fmt.Sprint(n)
			}
		}},
	{Name: "redelivery-conflict", Title: "answers 409 to a redelivery", Facts: "7, 5",
		Why:   "it looks right for a POST; but whatever is not 2xx is sent again",
		plant: func(c *consumer) { c.repeated = http.StatusConflict }},

	// What it demands that may be otherwise.
	{Name: "closed-statuses", Title: "refuses a status that is not documented", Facts: "7, 6",
		Why: "an enum of the language; the provider has added three statuses so far",
		plant: func(c *consumer) {
			c.demand(statusUpdate, "unknown status", func(m *message) bool { return slices.Contains(documentedStatuses, m.status) })
		}},
	{Name: "closed-reasons", Title: "refuses an ended reason that it does not know", Facts: "7, 6",
		Why: "an enum of the reasons that came up when it was written; there are 595, and more every week",
		plant: func(c *consumer) {
			c.demand(statusUpdate, "unknown ended reason", func(m *message) bool {
				reason, ok := m.text("endedReason")
				return !ok || slices.Contains(commonReasons, reason)
			})
		}},
	{Name: "unknown-type", Title: "refuses messages of a type that it does not handle", Facts: "7, 4",
		Why: "the default branch of a switch; types without a documented schema are sent too",
		plant: func(c *consumer) {
			c.demand("", "unknown type", func(m *message) bool { return m.kind == statusUpdate || m.kind == endOfCallReport })
		}},
	{Name: "timestamp-string", Title: "the timestamp must be a string", Facts: "7, 3",
		Why: "it was one until October 2024, and in some versions of the specification",
		plant: func(c *consumer) {
			c.demand(statusUpdate, "the timestamp is not a string", func(m *message) bool {
				_, ok := m.text("timestamp")
				return ok || !m.has("timestamp")
			})
		}},
	{Name: "timestamp-integer", Title: "the timestamp must be an integer", Facts: "3",
		Why:   "an integer type for milliseconds; live numbers have fractions, and may have exponents",
		plant: func(c *consumer) { c.demandShape(http.StatusBadRequest, integerTimestamp) }},
	{Name: "arguments-object", Title: "the arguments of a tool call must be an object", Facts: "7, 3",
		Why:   "they are one in messages about tool calls; in the artifact they are JSON in a string",
		plant: func(c *consumer) { c.demandShape(http.StatusBadRequest, objectArguments) }},
	{Name: "requires-call", Title: "requires call", Facts: "7, 4",
		Why: "nearly every message has one; that of a failed inbound call may not",
		plant: func(c *consumer) {
			c.demand(statusUpdate, "no call", func(m *message) bool { return m.call != nil })
		}},
	{Name: "requires-call-created-at", Title: "requires call.createdAt", Facts: "7",
		Why: "it reckons how long the call took; a call may be told by its id alone",
		plant: func(c *consumer) {
			c.demand(statusUpdate, "no call.createdAt", func(m *message) bool { return m.call == nil || m.call.has("createdAt") })
		}},
	{Name: "requires-customer", Title: "requires customer", Facts: "7, 4",
		Why: "it looks the caller up by number; a web call has none",
		plant: func(c *consumer) {
			c.demand(statusUpdate, "no customer", func(m *message) bool { return m.has("customer") })
		}},
	{Name: "expects-message-id", Title: "requires message.id", Facts: "7, 4",
		Why: "other providers send one; here no message has an id",
		plant: func(c *consumer) {
			c.demand("", "no message.id", func(m *message) bool { return m.has("id") })
		}},
	{Name: "ignores-envelope", Title: "looks for the message's members outside its envelope", Facts: "7, 1",
		Why:   "it finds no type, so it takes every message for one that it need not handle",
		plant: func(c *consumer) { c.open = bare }},
	{Name: "unknown-shape", Title: "answers 500 to a shape that it does not know", Facts: "7, 3",
		Why:   "types taken from the specification; live traffic has an object where that has a string",
		plant: func(c *consumer) { c.demandShape(http.StatusInternalServerError, documentedShape) }},
	{Name: "small-body-limit", Title: "refuses a body of more than 100 KB",
		Why:   "the default of Express's JSON parser; a long call has more to tell",
		plant: func(c *consumer) { c.maxBody = 100 << 10 }},
	{Name: "always-ok", Title: "answers 200 to everything, broken JSON and strangers too",
		Why:   "so that nothing is ever sent again; nor will anybody notice what is lost",
		plant: func(c *consumer) { c.answer = func(int) int { return http.StatusOK } }},
	{Name: "slow-answer", Title: "does its work before it answers", Facts: "5",
		Why:   "the provider waits 20 seconds by default, then the delivery has failed",
		plant: func(c *consumer) { c.work = c.dawdle }},

	// Whom it believes.
	{Name: "no-authentication", Title: "asks for no credentials", Schemes: anyScheme,
		Why:   "the check was never switched on",
		plant: func(c *consumer) { c.auth = verifier{} }},
	{Name: "missing-secret-accepted", Title: "accepts a missing secret, while it refuses a wrong one", Facts: "7", Schemes: anyScheme,
		Why:   "the check is made only if the header is there",
		plant: func(c *consumer) { c.admitMissing = true }},
	{Name: "parses-before-authenticating", Title: "parses a body before it knows whose it is", Facts: "7", Schemes: anyScheme,
		Why:   "the framework parses first; strangers reach the parser, and learn what it thinks",
		plant: func(c *consumer) { c.order = moved(c.order, decode, 0) }},
	{Name: "acts-before-authenticating", Title: "a message takes effect before its credentials are refused", Schemes: anyScheme,
		Why:   "the check stands beside the work, not before it",
		plant: func(c *consumer) { c.order = moved(c.order, authenticate, len(c.order)-1) }},
	{Name: "reserialised-signature", Title: "verifies the signature over the JSON written anew", Facts: "7", Schemes: signatures,
		Why:   "the framework has thrown the bytes away; white space is enough to make a genuine body look forged",
		plant: func(c *consumer) { c.signed = compacted }},
	{Name: "truncated-signature-accepted", Title: "accepts the beginning of a secret or signature", Schemes: anyScheme,
		Why: "it compares as many characters as were given; one is soon guessed",
		plant: func(c *consumer) {
			c.same = func(given, want string) bool { return given != "" && strings.HasPrefix(want, given) }
		}},
	{Name: "old-signature-accepted", Title: "accepts a signature of any age", Schemes: signatures,
		Why:   "the timestamp is signed but not looked at, so what was recorded once can be replayed",
		plant: func(c *consumer) { c.tolerance = math.MaxInt64 }},
	{Name: "compares-with-operator", Title: "compares secrets with ==, which ends at the first difference", Facts: "7", Schemes: anyScheme, Hidden: true,
		Why:   "how long it takes tells how much was right",
		plant: func(c *consumer) { c.same = func(given, want string) bool { return given == want } }},
}

// demand refuses the messages of a type, or of all if it is empty, for which met is false.
func (c *consumer) demand(kind, why string, met func(*message) bool) {
	c.demands = append(c.demands, func(m *message) *refusal {
		if kind != "" && m.kind != kind || met(m) {
			return nil
		}
		return &refusal{http.StatusBadRequest, why}
	})
}

// demandShape answers with a status if a status-update cannot be read into the type.
func (c *consumer) demandShape(status int, shape func() any) {
	c.demands = append(c.demands, func(m *message) *refusal {
		if m.kind != statusUpdate || json.Unmarshal(m.raw, shape()) == nil {
			return nil
		}
		return &refusal{status, "the message has another shape"}
	})
}

func integerTimestamp() any {
	return new(struct {
		Timestamp int64 `json:"timestamp"`
	})
}

func objectArguments() any {
	type conversation []struct {
		ToolCalls []struct {
			Function struct {
				Arguments map[string]any `json:"arguments"`
			} `json:"function"`
		} `json:"toolCalls"`
	}
	return new(struct {
		Messages conversation `json:"messages"`
		Artifact struct {
			Messages conversation `json:"messages"`
		} `json:"artifact"`
	})
}

// documentedShape has the types that the specification states.
func documentedShape() any {
	type conversation []struct {
		Role    string  `json:"role"`
		Message string  `json:"message"`
		Time    float64 `json:"time"`
		Result  string  `json:"result"`
	}
	return new(struct {
		Timestamp float64      `json:"timestamp"`
		Messages  conversation `json:"messages"`
		Artifact  struct {
			Messages conversation `json:"messages"`
		} `json:"artifact"`
	})
}

// documentedStatuses are those of August 2026.
var documentedStatuses = []string{"scheduled", "queued", "ringing", "in-progress", "forwarding", "ended", "not-found", "deletion-failed"}

// commonReasons are those that an operator meets in the first week.
var commonReasons = []string{
	"assistant-ended-call", "assistant-forwarded-call", "assistant-request-returned-invalid-assistant", "customer-busy",
	"customer-did-not-answer", "customer-ended-call", "exceeded-max-duration", "manually-canceled", "silence-timed-out", "voicemail",
}

func moved(order []stage, s stage, to int) []stage {
	rest := slices.DeleteFunc(slices.Clone(order), func(o stage) bool { return o == s })
	return slices.Insert(rest, to, s)
}

func saysCallStatus(m *message) (string, bool) {
	if status, ok := m.call.text("status"); ok && m.kind == statusUpdate {
		return status, true
	}
	return whatItSays(m)
}

func bare(top object) json.RawMessage {
	if _, ok := top.text("type"); !ok && top != nil {
		top["type"] = json.RawMessage(`"none"`)
	}
	text, err := json.Marshal(top)
	if err != nil {
		panic(err) // what has been decoded can be encoded
	}
	return text
}

func (c *consumer) dawdle(ctx context.Context) {
	select {
	case <-time.After(c.duration):
	case <-ctx.Done():
	}
}

// compacted is what JSON.stringify makes of what JSON.parse has read, as far as a
// genuine body is concerned.
func compacted(body []byte) []byte {
	var b bytes.Buffer
	if json.Compact(&b, body) != nil {
		return body
	}
	return b.Bytes()
}
