package schema

import (
	"fmt"
	"slices"
)

// DeriveOpenAPI writes the contract as an OpenAPI 3.1 document with one webhook, for
// tools that start from that: its schemas are those of [Derive] in draft 2020-12,
// which is OpenAPI 3.1's own.
func DeriveOpenAPI(p Profile) ([]byte, error) {
	if !slices.Contains(Profiles, p) {
		return nil, fmt.Errorf("unknown profile %q: want one of %v", p, Profiles)
	}
	const envelope = "StatusUpdateEnvelope"
	d := newDeriver(p, Draft202012)
	d.base = "#/components/schemas"
	d.defs.set(envelope, d.body())
	post := obj{
		{"operationId", "statusUpdate"},
		{"summary", "Vapi tells that the status of a call has changed"},
		{"requestBody", obj{
			{"required", true},
			{"content", obj{{"application/json", obj{{"schema", d.ref(envelope)}}}}},
		}},
		{"responses", obj{{"2XX", obj{{"description", "Acknowledged; a body is not needed"}}}}},
	}
	return encode(obj{
		{"openapi", "3.1.0"},
		{"info", obj{
			{"title", "Vapi status-update webhook, profile " + string(p)},
			{"version", d.contract.Source.SHA256[:12]},
			{"description", d.comment()},
		}},
		{"webhooks", obj{{"status-update", obj{{"post", post}}}}},
		{"components", obj{{"schemas", d.definitions()}}},
	})
}
