package vapi

import "github.com/ringproof/ringproof/schema/vapi/ledger"

// The rows of the ledgers; package ledger documents their fields.
type (
	Rule         = ledger.Rule
	Correction   = ledger.Correction
	Deviation    = ledger.Deviation
	Undocumented = ledger.Undocumented
	Stage        = ledger.Stage
)

// StageOf returns the part of a call in which an ended reason arises. The grouping
// is ours, by the names of the reasons.
func StageOf(reason string) Stage { return ledger.StageOf(reason) }

// OnlyThen is the demand of the rules that the prose states: the member may be
// there only if the condition holds.
const OnlyThen = ledger.OnlyThen

// The ledgers. They are shared and must not be changed.
var (
	// Rules are the sentences of the contract that types cannot express.
	Rules = ledger.Rules
	// Corrections are the places where the provider's file cannot be meant
	// literally.
	Corrections = ledger.Corrections
	// Deviations are the known differences between live traffic and the file.
	Deviations = ledger.Deviations
	// UndocumentedMembers are members that live traffic carries though no schema
	// has them.
	UndocumentedMembers = ledger.UndocumentedMembers
)
