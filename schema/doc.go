// Package schema judges webhook payloads by the contract in package vapi.
//
// [Derive] writes that contract as a JSON Schema that any validator can use;
// status-update.schema.json and status-update.documented.schema.json beside this
// file are its output. [Validate] judges one payload: what JSON Schema can say is
// decided by github.com/santhosh-tekuri/jsonschema/v5 running the derived schema,
// and a walk over the same contract adds what it cannot (warnings, notes, lines
// and columns, sources) and keeps hostile payloads away from it.
//
// Three kinds of things can be wrong, and they are three kinds of values: the
// payload (a [Finding] in the [Report]), the rules (a [*RulesError]), and the
// call (any other error).
package schema

//go:generate go run github.com/ringproof/ringproof/internal/gen ..
