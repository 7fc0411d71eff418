// Package scan reads one JSON text (RFC 8259) strictly and within bounds, and
// keeps a compact read-only tree that knows where every value stands.
//
// It is meant for bodies a stranger sent. Its work is linear in the length of
// the body, its memory is bounded by it (16 bytes a value or member name,
// each of which takes at least two bytes of text; member tables come on top,
// for objects of more than 16 members only), and it allocates nothing for a
// single value. Strings are checked at once and decoded when they are asked
// for. Beyond the grammar it refuses what decoders disagree about: duplicate
// members, text that is not Unicode, nesting and numbers past a limit.
package scan

// Limits bounds what Parse accepts. A field of zero or below means the
// default, so the zero Limits is DefaultLimits.
type Limits struct {
	// MaxBytes is the longest body accepted, in bytes; default 8 MiB. Values
	// above 1 GiB - 1 count as that: positions are kept in 32 bits.
	MaxBytes int
	// MaxDepth is the deepest nesting of containers accepted, in levels;
	// default 256. A container at the root is level 1, a lone scalar level 0.
	MaxDepth int
	// MaxNumberLen is the longest number literal accepted, in characters, the
	// sign included; default 1000.
	MaxNumberLen int
	// MaxExponent is the largest exponent accepted, as written and without its
	// sign: 1e400 and 1e-400 pass with the default of 400. Values above
	// 1,000,000,000 count as that.
	MaxExponent int
}

// maxBytes keeps offsets, node indexes and the 29 bits of a container's
// length from overflowing; a node takes at least two bytes of text.
const maxBytes = 1<<30 - 1

// maxExponent leaves room for one more digit in the int of any machine.
const maxExponent = 1_000_000_000

// DefaultLimits returns the limits that zero fields of Limits stand for.
func DefaultLimits() Limits {
	return Limits{MaxBytes: 8 << 20, MaxDepth: 256, MaxNumberLen: 1000, MaxExponent: 400}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	l.MaxBytes = min(orDefault(l.MaxBytes, d.MaxBytes), maxBytes)
	l.MaxDepth = orDefault(l.MaxDepth, d.MaxDepth)
	l.MaxNumberLen = orDefault(l.MaxNumberLen, d.MaxNumberLen)
	l.MaxExponent = min(orDefault(l.MaxExponent, d.MaxExponent), maxExponent)
	return l
}

func orDefault(v, def int) int {
	if v <= 0 {
		return def
	}
	return v
}

// Kind is the type of a JSON value. The zero Kind, Invalid, is that of the
// zero Node.
type Kind uint8

// The kinds of RFC 8259 section 3; true and false are one kind, Bool.
const (
	Invalid Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

var kindNames = [...]string{"invalid", "null", "boolean", "number", "string", "array", "object"}

// String returns the word JSON Schema uses for the kind, such as "boolean",
// and "invalid" for any other value.
func (k Kind) String() string {
	if int(k) >= len(kindNames) {
		k = Invalid
	}
	return kindNames[k]
}
