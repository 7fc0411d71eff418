package ledger

import "strings"

// Stage is a part of a call in which a group of ended reasons arises. The grouping
// is ours, by the names of the reasons: no source of the provider states it.
type Stage struct {
	ID       string
	Title    string
	Prefixes []string // of the reasons
}

// Stages are the groups of ended reasons in the order of a call.
var Stages = []Stage{
	{"assistant-request", "Asking the server for an assistant", []string{"assistant-request-"}},
	{"start", "Starting the call", []string{"call.start.", "call-start-", "assistant-not-", "scheduled-", "assistant-join-", "call-deleted"}},
	{"ringing", "Ringing and connecting", []string{"call.ringing.", "customer-busy", "customer-did-not-", "vonage-failed", "vonage-rejected",
		"twilio-failed", "twilio-reported", "phone-call-provider-bypass"}},
	{"ended-by-assistant", "Ended by the assistant", []string{"assistant-ended-", "assistant-said-"}},
	{"ended-by-customer", "Ended by the customer", []string{"customer-ended-"}},
	{"forwarding", "Forwarding", []string{"call.forwarding.", "assistant-forwarded-"}},
	{"limits", "Silence, time and voicemail", []string{"silence-", "exceeded-", "voicemail"}},
	{"ended-outside", "Ended by an operator, a carrier or a hook", []string{"manually-", "call.ending.", "call.in-progress.twilio-", "call.in-progress.sip-",
		"vonage-", "phone-call-provider-", "worker-"}},
	{"pipeline", "Errors of a model, voice or transcriber", []string{"pipeline-error-", "pipeline-no-"}},
	{"in-progress", "Other errors while the call was on", []string{"call.in-progress."}},
	{"other", "Others", []string{""}},
}

// StageOf returns the stage of an ended reason: the first that has a prefix of it.
func StageOf(reason string) Stage {
	for _, s := range Stages {
		for _, p := range s.Prefixes {
			if strings.HasPrefix(reason, p) {
				return s
			}
		}
	}
	return Stage{}
}
