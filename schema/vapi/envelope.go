package vapi

import (
	"github.com/ringproof/ringproof/internal/scan"
)

// Envelope is the body of a webhook request: an object with the message in it.
type Envelope struct {
	Message StatusUpdate `json:"message"`
	Extra   Members      `json:"-"`
}

// UnmarshalJSON does what [Decode] does.
func (e *Envelope) UnmarshalJSON(data []byte) error { return unmarshal(data, e) }

// MarshalJSON writes the members of the contract in its order, then the others.
func (e Envelope) MarshalJSON() ([]byte, error) { return marshal(&e) }

// Decode reads one whole request body. The error is a [*DecodeError].
func Decode(data []byte) (Envelope, error) {
	var e Envelope
	err := unmarshal(data, &e)
	if err != nil {
		return Envelope{}, err
	}
	return e, nil
}

// precheck lets a type refuse a value before its members are read.
type precheck interface {
	precheck(n scan.Node) *refusal
}

func (*Envelope) precheck(n scan.Node) *refusal {
	if n.Kind() != scan.Object {
		return refuse("envelope/missing", n, n.Kind().String(), "an object with the member message")
	}
	if _, ok := n.Get("message"); ok {
		return nil
	}
	err := refuse("envelope/missing", n, "no member message", "an object with the member message")
	if _, ok := n.Get("type"); ok {
		err.hint = "this looks like a message without its envelope: decode it into a StatusUpdate"
	}
	return err
}

func (*StatusUpdate) precheck(n scan.Node) *refusal {
	if t, ok := n.Get("type"); ok && t.Kind() == scan.String && t.Text() != StatusUpdateType {
		return refuse(notCovered, t, quote(t.Text()), quote(StatusUpdateType))
	}
	return nil
}

// StatusUpdateType is the value of type in every [StatusUpdate].
const StatusUpdateType = "status-update"

const notCovered = "message/not-covered"
