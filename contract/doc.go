// Package contract checks whether a consumer of the status-update webhook honours its
// contract: it sends the consumer what the provider sends, and what the provider may
// send, and judges the answers and, if it can observe it, the consumer's state.
//
// In a Go test three lines do:
//
//	func TestConsumer(t *testing.T) {
//		contract.Run(t, newHandler())
//	}
//
// A target is an [http.Handler], which is served on a loopback port while it is
// checked, or a URL as a string. Every check of [Checks] becomes a subtest; its id is
// the subtest's name, so go test -run TestConsumer/auth runs those of authentication.
//
// Answers alone do not tell whether a consumer reads the right member, keeps
// duplicates apart or bears disorder. For that it must be observed: [Observe] takes a
// function that says what the consumer knows of a call. A check that cannot be judged
// is skipped with the reason, never passed.
//
// Outside of tests [Probe] returns the verdicts as a [Report].
//
// The same seed sends the same messages, save for the ids of the calls: these are new
// in each run, because a consumer with a memory would take the second run for
// redeliveries of the first.
package contract
