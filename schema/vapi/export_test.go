package vapi

import "reflect"

// GoTypes returns every named struct that a StatusUpdate can hold, by name: the
// branches of a union cannot be reached by reflection on its interface.
func GoTypes() map[string]reflect.Type {
	found := map[string]reflect.Type{}
	visited := map[reflect.Type]bool{}
	var visit func(t reflect.Type)
	visit = func(t reflect.Type) {
		if visited[t] {
			return
		}
		visited[t] = true
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			visit(t.Elem())
		case reflect.Interface:
			for _, v := range unionTypes[t].variants {
				visit(v)
			}
		case reflect.Struct:
			if _, ok := t.FieldByName("Extra"); ok {
				found[t.Name()] = t
			}
			for i := range t.NumField() {
				visit(t.Field(i).Type)
			}
		}
	}
	visit(reflect.TypeFor[StatusUpdate]())
	return found
}

// UnionVariants returns the Go types of a union's branches, in its order.
func UnionVariants(u *Union) []reflect.Type {
	for _, t := range unionTypes {
		if t.union == u {
			return t.variants
		}
	}
	return nil
}
