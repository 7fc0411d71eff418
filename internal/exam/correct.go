package exam

import (
	"encoding/json"
	"io"
	"sync"

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

// calibrated is the loss profile of Idiomatic; its calibration takes seconds.
var calibrated = sync.OnceValues(func() (fuzz.Losses, error) { return fuzz.Calibrate(io.Discard, fuzz.JSON[Idiomatic]()) })

// Correct are decoders that must not be accused.
func Correct() ([]Decoder, error) {
	losses, err := calibrated()
	if err != nil {
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
	}, nil
}
