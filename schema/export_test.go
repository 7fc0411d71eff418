package schema

import (
	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/ringproof/ringproof/internal/scan"
)

// SwapReference makes the engine v5 judge the profile with what load returns,
// until restore is called. Tests that plant a fault use it; they must not be
// parallel.
func SwapReference(p Profile, load func() (*jsonschema.Schema, error)) (restore func()) {
	old := compiled[p]
	compiled[p] = load
	return func() { compiled[p] = old }
}

// MaxReferenceCost is up to what cost the engine v5 asks v5.
const MaxReferenceCost = maxReferenceCost

// ReferenceCost is what judging a payload with v5 would cost.
func ReferenceCost(data []byte, p Profile) (int, error) {
	doc, err := scan.Parse(data, scan.Limits{})
	if err != nil {
		return 0, err
	}
	w := &walker{profile: p}
	w.payload(doc.Root(), EnvelopeAuto)
	return w.cost, nil
}
