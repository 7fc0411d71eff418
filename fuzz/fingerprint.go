package fuzz

import (
	"hash/fnv"
	"math"
	"reflect"
)

// fingerprint is a hash of a Go value, its unexported fields included: two values
// with the same content have the same one. Functions, channels and what is behind a
// pointer for the second time on the way count for nothing.
func fingerprint(v any) uint64 {
	f := printer{open: map[uintptr]bool{}}
	return f.value(reflect.ValueOf(v))
}

type printer struct{ open map[uintptr]bool }

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
	p := v.Pointer()
	if f.open[p] {
		return 2
	}
	f.open[p] = true
	h := f.value(v.Elem())
	delete(f.open, p)
	return h
}

func (f *printer) container(v reflect.Value) uint64 {
	h := uint64(v.Len())
	if v.Kind() != reflect.Array && v.IsNil() {
		return 3
	}
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
