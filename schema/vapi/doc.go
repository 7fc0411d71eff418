// Package vapi is the model of one webhook message of Vapi, status-update: Go
// types that lose nothing, the contract as data, and the ledgers of what the
// provider's file gets wrong or leaves out.
//
// # Decoding
//
// [Envelope] is the body of a request. It works with json.Unmarshal and
// json.Marshal, and [Decode] does the same checks. Both are strict about JSON
// (see [DecodeError]) and open about content: unknown members, unknown branches
// of unions and undocumented enum values are kept, and what is decoded encodes to
// semantically equal JSON, every number as it was written. What cannot be kept is
// refused, never rounded or dropped.
//
// An optional member is an [Opt]: absent, null and present are three things. A
// union is an interface with one Go type a branch, and [Unknown] for branches of
// tomorrow. An enum is a string type that holds any string.
//
// # The contract as data
//
// [Descriptor] returns the types, members, bounds, enums and unions; [Rules],
// [Corrections], [Deviations] and [UndocumentedMembers] are the ledgers.
package vapi
