package exam

import (
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/ringproof/ringproof/fuzz"
	"github.com/ringproof/ringproof/schema/vapi"
)

// Idiomatic is a struct as consumers write it.
type Idiomatic struct {
	Message struct {
		Type        string          `json:"type"`
		Status      string          `json:"status"`
		EndedReason string          `json:"endedReason,omitempty"`
		Timestamp   json.RawMessage `json:"timestamp,omitempty"`
		Call        *Call           `json:"call,omitempty"`
		Artifact    *Artifact       `json:"artifact,omitempty"`
		Customer    *struct {
			Number string `json:"number"`
			Name   string `json:"name,omitempty"`
		} `json:"customer,omitempty"`
		PhoneNumber map[string]any `json:"phoneNumber,omitempty"`
		Transcript  *string        `json:"transcript,omitempty"`
	} `json:"message"`
}

// Call is the part of the call that it reads.
type Call struct {
	ID        string          `json:"id"`
	OrgID     string          `json:"orgId"`
	Type      string          `json:"type,omitempty"`
	Cost      float64         `json:"cost,omitempty"`
	CreatedAt string          `json:"createdAt"`
	Metadata  json.RawMessage `json:"metadata,omitempty"`
}

// Artifact is the part of the artifact that it reads.
type Artifact struct {
	Messages []struct {
		Role       string            `json:"role"`
		Message    string            `json:"message,omitempty"`
		Time       float64           `json:"time"`
		ToolCalls  []json.RawMessage `json:"toolCalls,omitempty"`
		ToolCallID string            `json:"toolCallId,omitempty"`
		Result     any               `json:"result,omitempty"`
	} `json:"messages,omitempty"`
	Variables map[string]any `json:"variableValues,omitempty"`
}

// Plain is a struct of one who never encodes: values, no pointers, nothing left out.
type Plain struct {
	Message struct {
		Type        string `json:"type"`
		Status      string `json:"status"`
		EndedReason string `json:"endedReason"`
		Timestamp   any    `json:"timestamp"`
		Call        struct {
			ID        string     `json:"id"`
			OrgID     string     `json:"orgId"`
			Status    string     `json:"status"`
			CreatedAt time.Time  `json:"createdAt"`
			Assistant *assistant `json:"assistant"`
			Costs     []struct {
				Type string `json:"type"`
				Cost any    `json:"cost"`
			} `json:"costs"`
		} `json:"call"`
		Assistant assistant `json:"assistant"`
		Artifact  struct {
			Messages []struct {
				Role       string           `json:"role"`
				Message    string           `json:"message"`
				Time       float64          `json:"time"`
				ToolCalls  []map[string]any `json:"toolCalls,omitempty"`
				ToolCallID string           `json:"toolCallId,omitempty"`
				Result     any              `json:"result,omitempty"`
			} `json:"messages"`
			Transcript string `json:"transcript"`
		} `json:"artifact"`
		Destination *struct {
			Type   string `json:"type"`
			Number string `json:"number"`
			SIP    string `json:"sipUri"`
		} `json:"destination"`
	} `json:"message"`
}

// assistant is read at two places.
type assistant struct {
	Name  string `json:"name"`
	Model *struct {
		Provider    string  `json:"provider"`
		Model       string  `json:"model"`
		Temperature float64 `json:"temperature"`
	} `json:"model"`
	Voice *struct {
		Provider string `json:"provider"`
	} `json:"voice"`
	Metadata map[string]any `json:"metadata"`
}

// The loss profiles; a calibration takes seconds.
var (
	lossesOfIdiomatic = sync.OnceValues(func() (fuzz.Losses, error) { return fuzz.Calibrate(io.Discard, fuzz.JSON[Idiomatic]()) })
	lossesOfPlain     = sync.OnceValues(func() (fuzz.Losses, error) { return fuzz.Calibrate(io.Discard, fuzz.JSON[Plain]()) })
)

// Correct are decoders that must not be accused.
func Correct() ([]Decoder, error) {
	losses, err := lossesOfIdiomatic()
	plain, other := lossesOfPlain()
	if err := errors.Join(err, other); err != nil {
		return nil, err
	}
	as := func(decode func([]byte) (any, error)) func([]byte) (any, error) { return decode }
	ours := options(fuzz.Strict("json/", "envelope/missing"), fuzz.Probe("/message/status", func(v any) any { return v.(vapi.Envelope).Message.Status }),
		fuzz.Probe("/message/endedReason", func(v any) any { return v.(vapi.Envelope).Message.EndedReason.Ptr() }))
	return []Decoder{
		{Name: "vapi", What: "vapi.Decode", Options: ours, decode: as(func(b []byte) (any, error) { return vapi.Decode(b) }),
			encode: func(v any) ([]byte, error) { return v.(vapi.Envelope).MarshalJSON() }},
		{Name: "generic", What: "maps, numbers as text", Options: options(status, read("/message/call/id")), decode: exact, encode: encode},
		{Name: "raw", What: "the message's members as raw JSON", decode: as(func(b []byte) (any, error) {
			var m map[string]json.RawMessage
			err := json.Unmarshal(b, &m)
			return m, err
		}), encode: encode},
		{Name: "idiomatic", What: "a Go struct, with its calibrated losses",
			Options: options(losses, fuzz.Probe("/message/status", func(v any) any { return v.(*Idiomatic).Message.Status }),
				fuzz.Probe("/message/call/id", func(v any) any {
					if c := v.(*Idiomatic).Message.Call; c != nil {
						return c.ID
					}
					return nil
				})),
			decode: as(func(b []byte) (any, error) {
				m := new(Idiomatic)
				err := json.Unmarshal(b, m)
				return m, err
			}), encode: encode},
		{Name: "plain", What: "a Go struct of values, with its calibrated losses",
			Options: options(plain, fuzz.Probe("/message/status", func(v any) any { return v.(*Plain).Message.Status }),
				fuzz.Probe("/message/call/createdAt", func(v any) any { return v.(*Plain).Message.Call.CreatedAt })),
			decode: as(func(b []byte) (any, error) {
				m := new(Plain)
				err := json.Unmarshal(b, m)
				return m, err
			}), encode: encode},
	}, nil
}
