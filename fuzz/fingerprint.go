package fuzz

import (
	"hash/fnv"
	"math"
	"reflect"
)

// fingerprint is a hash of a Go value, its unexported fields included: two values
// with the same content have the same one. Functions, channels and what is on the way to
// itself, behind a pointer or in a map or slice, count for nothing.
func fingerprint(v any) uint64 {
	f := printer{open: map[address]bool{}}
	return f.value(reflect.ValueOf(v))
}

type printer struct{ open map[address]bool }

// address is where a value is. A struct and its first field are at the same one, and so
// are a slice and an array.
type address struct {
	at uintptr
	of reflect.Type
}

func mix(h, v uint64) uint64 {
	h ^= v
	h *= 0x9e3779b97f4a7c15
	return h ^ h>>29
}

func hashText(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

func (f *printer) value(v reflect.Value) uint64 {
	if !v.IsValid() {
		return 1
	}
	h := uint64(v.Kind()) + 2
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			h = mix(h, 1)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		h = mix(h, uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		h = mix(h, v.Uint())
	case reflect.Float32, reflect.Float64:
		h = mix(h, math.Float64bits(v.Float()))
	case reflect.String:
		h = mix(h, hashText(v.String()))
	case reflect.Pointer, reflect.Interface:
		h = mix(h, f.behind(v))
	case reflect.Struct:
		for i := range v.NumField() {
			h = mix(h, f.value(v.Field(i)))
		}
	case reflect.Slice, reflect.Array, reflect.Map:
		h = mix(h, f.container(v))
	}
	return h
}

func (f *printer) behind(v reflect.Value) uint64 {
	if v.IsNil() {
		return 1
	}
	if v.Kind() == reflect.Interface {
		return f.value(v.Elem())
	}
	return f.once(v, func() uint64 { return f.value(v.Elem()) })
}

// once is what inside returns, unless the value is within itself.
func (f *printer) once(v reflect.Value, inside func() uint64) uint64 {
	at := address{v.Pointer(), v.Type()}
	if f.open[at] {
		return 2
	}
	f.open[at] = true
	defer delete(f.open, at)
	return inside()
}

func (f *printer) container(v reflect.Value) uint64 {
	switch {
	case v.Kind() == reflect.Array:
		return f.content(v)
	case v.IsNil():
		return 3
	case v.Len() == 0: // all that are empty may be at one address
		return f.content(v)
	}
	return f.once(v, func() uint64 { return f.content(v) })
}

func (f *printer) content(v reflect.Value) uint64 {
	h := uint64(v.Len())
	if v.Kind() == reflect.Map {
		// Maps have no order: what is in them is added up.
		for i := v.MapRange(); i.Next(); {
			h += mix(f.value(i.Key()), f.value(i.Value()))
		}
		return h
	}
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		return mix(h, hashText(string(v.Bytes())))
	}
	for i := range v.Len() {
		h = mix(h, f.value(v.Index(i)))
	}
	return h
}
