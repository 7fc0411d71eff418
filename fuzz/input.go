package fuzz

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// Input is what a document is made from: the number of a fixture, and operations
// on it. [ParseInput] makes one of any bytes, [Input.Bytes] makes bytes of it:
//
//	0      version: 0 to 191 is version 1; the others are kept for later versions
//	1-2    number of the fixture, little endian; beyond the last it goes on at the first
//	3-...  operations of 8 bytes: code, address (4, little endian), choice (3, little endian)
//
// Missing bytes are zeros, an operation that is not complete is ignored, and so is
// all but the fixture in an input of a later version. So every byte string is an
// input, and one that is read today means the same tomorrow, as far as the fixtures
// do: those change with the model. The table of operations of a version never
// changes; a new version may append to it.
type Input struct {
	Fixture    uint16
	Operations []Operation
}

// Operation is one change of a document.
type Operation struct {
	Code    uint8  // index in the table of operations, modulo its length
	Address uint32 // hash of the pointer of the place; see [Address]
	Choice  uint32 // 24 bits: what to do there, of what is possible
}

const (
	headSize      = 3
	operationSize = 8
	lastOfFirst   = 191 // the last version byte that means version 1
)

// MaxOperations is how many operations of an input are carried out.
const MaxOperations = 16

// ParseInput reads an input. Every byte string is one.
func ParseInput(data []byte) Input {
	var head [headSize]byte
	n := copy(head[:], data)
	in := Input{Fixture: binary.LittleEndian.Uint16(head[1:])}
	if head[0] > lastOfFirst {
		return in
	}
	for chunk := range slices.Chunk(data[n:], operationSize) {
		if len(chunk) < operationSize || len(in.Operations) == MaxOperations {
			break
		}
		in.Operations = append(in.Operations, Operation{
			Code: chunk[0] % version1, Address: binary.LittleEndian.Uint32(chunk[1:]),
			Choice: uint32(chunk[5]) | uint32(chunk[6])<<8 | uint32(chunk[7])<<16,
		})
	}
	return in
}

// Bytes are the input in the form that [ParseInput] reads.
func (in Input) Bytes() []byte {
	b := binary.LittleEndian.AppendUint16([]byte{0}, in.Fixture)
	for _, op := range in.Operations {
		b = append(b, op.Code)
		b = binary.LittleEndian.AppendUint32(b, op.Address)
		b = append(b, byte(op.Choice), byte(op.Choice>>8), byte(op.Choice>>16))
	}
	return b
}

// String names the fixture and the operations.
func (in Input) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "fixture %d", in.Fixture)
	for _, op := range in.Operations {
		fmt.Fprintf(&b, ", %s", operations[op.Code%version1].name)
	}
	return b.String()
}

// Address is that of the place at a JSON Pointer, for [Operation].
func Address(pointer string) uint32 {
	h := rootHash
	for _, token := range tokens(pointer) {
		h = nameHash(h, token)
	}
	return h
}

// random is an input as a search makes it, without guidance.
func random(d *draw) Input {
	in := Input{Fixture: uint16(d.below(len(stocked().bodies)))}
	// Most inputs stay sound: what is broken is refused, and then little is asked.
	codes := anyCode
	if !d.oneIn(3) {
		codes = soundCodes
	}
	for range d.below(5) {
		in.Operations = append(in.Operations, anyOperation(d, pick(d, codes)))
	}
	return in
}

// hot are the addresses of what consumers act upon; a quarter of the operations go
// there.
var hot = []uint32{
	Address("/message"), Address("/message/status"), Address("/message/type"), Address("/message/endedReason"), Address("/message/timestamp"), Address("/message/call"),
	Address("/message/call/id"), Address("/message/call/status"), Address("/message/artifact/messages"), Address("/message/phoneNumber"), Address("/message/customer"), Address("/message/destination"),
}

func anyOperation(d *draw, code uint8) Operation {
	op := Operation{Code: code, Address: uint32(d.next()), Choice: uint32(d.next()) & 0xffffff}
	if d.oneIn(4) {
		op.Address = pick(d, hot)
	}
	return op
}
