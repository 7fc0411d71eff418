// Package fuzz fuzzes decoders of the webhook's body, anyone's, with documents that
// know the contract and oracles that mean something.
//
//	func FuzzStatusUpdate(f *testing.F) {
//		fuzz.Run(f, fuzz.JSON[MyMessage](), fuzz.Probe("/message/status", func(m MyMessage) any { return m.Message.Status }))
//	}
//
// Plain go test runs the seeds, go test -fuzz goes on from there. An input is no
// JSON but the number of a fixture and a few operations on it, see [Input]: so most
// documents are valid, and those that are not have one thing wrong. What must hold
// of a decoder is listed at [Oracle].
//
// Few decoders keep everything. What one loses is declared as [Losses], which
// [Calibrate] writes; what it loses beyond that is a failure.
//
// The documents, the verdicts and the shrinking are an [Engine], which knows nothing
// of package testing and drives any [Subject], also one in another process.
//
// The oracles run after the fuzz function, so that they do not guide the fuzzer. What
// they do not see: concurrent use (that is for the race detector), and what a program
// does with the values.
package fuzz
