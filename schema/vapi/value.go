package vapi

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
)

// Opt is an optional member: absent (the zero value), null, or present.
type Opt[T any] struct {
	value *T
	null  bool
}

// Some returns a present member.
func Some[T any](v T) Opt[T] { return Opt[T]{value: &v} }

// Null returns a member that is there, with the value null.
func Null[T any]() Opt[T] { return Opt[T]{null: true} }

// Get returns the value, and whether there is one: false if absent or null.
func (o Opt[T]) Get() (T, bool) {
	if o.value == nil {
		var zero T
		return zero, false
	}
	return *o.value, true
}

// Ptr returns the value to read or change in place, or nil if absent or null.
func (o Opt[T]) Ptr() *T { return o.value }

// IsNull reports whether the member is there with the value null.
func (o Opt[T]) IsNull() bool { return o.null }

// IsZero reports whether the member is absent. The tag omitzero calls it.
func (o Opt[T]) IsZero() bool { return o.value == nil && !o.null }

// MarshalJSON writes the value, and null if there is none: an absent member is
// left out by the object that holds it.
func (o Opt[T]) MarshalJSON() ([]byte, error) {
	if o.value == nil {
		return []byte("null"), nil
	}
	return marshal(o.value)
}

// UnmarshalJSON reads a value or null.
func (o *Opt[T]) UnmarshalJSON(data []byte) error { return unmarshal(data, o) }

// optional is how the codec reaches into an Opt of any type.
type optional interface {
	setNull()
	fresh() reflect.Value
	content() (v reflect.Value, null bool)
}

func (o *Opt[T]) setNull() { o.value, o.null = nil, true }

func (o *Opt[T]) fresh() reflect.Value {
	o.value, o.null = new(T), false
	return reflect.ValueOf(o.value).Elem()
}

func (o *Opt[T]) content() (reflect.Value, bool) {
	if o.value == nil {
		return reflect.Value{}, o.null
	}
	return reflect.ValueOf(o.value).Elem(), false
}

// Loose is a member that the contract gives the type T, and for which live
// traffic has been seen to carry another JSON type (see [Deviations]). Then Other
// holds that value as it was written, and Value is zero.
type Loose[T any] struct {
	Value T
	Other json.RawMessage
}

// MarshalJSON writes Other if it is set, else Value.
func (l Loose[T]) MarshalJSON() ([]byte, error) { return marshal(&l) }

// UnmarshalJSON reads any JSON value but null.
func (l *Loose[T]) UnmarshalJSON(data []byte) error { return unmarshal(data, l) }

type loose interface {
	parts() (value reflect.Value, other *json.RawMessage)
}

func (l *Loose[T]) parts() (reflect.Value, *json.RawMessage) {
	return reflect.ValueOf(&l.Value).Elem(), &l.Other
}

// Number is a JSON number exactly as it is written, such as 1775580709753.0002
// or 1e3. The zero value is written as 0.
type Number string

// Int returns the number that stands for n.
func Int(n int64) Number { return Number(strconv.FormatInt(n, 10)) }

// Float returns the shortest number that reads back as f, which must be finite.
func Float(f float64) Number {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		panic(fmt.Sprintf("vapi: Float(%v): JSON has no such number", f))
	}
	return Number(strconv.FormatFloat(f, 'f', -1, 64))
}

// Float64 returns the nearest float64; it is an error if that is infinite or if
// the text is not a number.
func (n Number) Float64() (float64, error) {
	if err := checkNumber(n.text()); err != nil {
		return 0, err
	}
	return strconv.ParseFloat(n.text(), 64)
}

// Int64 returns the number if it is written as an integer that fits.
func (n Number) Int64() (int64, error) {
	if err := checkNumber(n.text()); err != nil {
		return 0, err
	}
	return strconv.ParseInt(n.text(), 10, 64)
}

func (n Number) text() string {
	if n == "" {
		return "0"
	}
	return string(n)
}

// MarshalJSON writes the number as it is.
func (n Number) MarshalJSON() ([]byte, error) { return marshal(&n) }

// UnmarshalJSON reads a number.
func (n *Number) UnmarshalJSON(data []byte) error { return unmarshal(data, n) }

// Object is an object about whose members the contract says nothing.
type Object map[string]json.RawMessage

// MarshalJSON writes the members sorted by name; nil is an empty object.
func (o Object) MarshalJSON() ([]byte, error) { return marshal(&o) }

// UnmarshalJSON reads an object.
func (o *Object) UnmarshalJSON(data []byte) error { return unmarshal(data, o) }

// String is the branch of a union that is any string.
type String string

// Bool is the branch of a union that is true or false.
type Bool bool

// Unknown is a value that no known branch of a union takes, as it was written.
type Unknown struct{ Raw json.RawMessage }

// MarshalJSON writes Raw.
func (u Unknown) MarshalJSON() ([]byte, error) { return marshal(&u) }

// UnmarshalJSON keeps the value.
func (u *Unknown) UnmarshalJSON(data []byte) error { return unmarshal(data, u) }

// ExtraMember is a member that the contract does not know.
type ExtraMember struct {
	Name  string
	Value json.RawMessage
}

// Members are unknown members in the order in which they came. No two have the
// same name.
type Members []ExtraMember

// Get returns the value of the member, and whether it is there.
func (m Members) Get(name string) (json.RawMessage, bool) {
	for _, e := range m {
		if e.Name == name {
			return e.Value, true
		}
	}
	return nil, false
}

// documents reports whether the enum has the value.
func (e *Enum) documents(v string) bool {
	for _, d := range e.Values {
		if d == v {
			return true
		}
	}
	return false
}
