package scan

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestFolds(t *testing.T) {
	rows := []struct {
		a, b   string
		want   bool
		reason string
	}{
		{"status", "status", false, "the same name is no confusion"},
		{"status", "STATUS", true, "ASCII case"},
		{"status", "Status", true, "one letter is enough"},
		{"status", "\u017ftatus", true, "the long s folds to s"},
		{"kind", "\u212aind", true, "the Kelvin sign folds to k"},
		{"status", "statu", false, "a part"},
		{"status", "state", false, "another name"},
		{"", "", false, "the empty name"},
		{"stra\u00dfe", "strasse", false, "simple folding keeps the length"},
		{"stra\u00dfe", "stra\u1e9ee", true, "the capital sharp s"},
		{"i", "\u0130", false, "the dotted capital I has no simple folding"},
		{"e\u0301", "\u00e9", false, "no normalization"},
		{"call_id", "callId", false, "underscores count"},
	}
	for _, row := range rows {
		if got := Folds(row.a, row.b); got != row.want || got != Folds(row.b, row.a) {
			t.Errorf("Folds(%q, %q) = %v; %s", row.a, row.b, got, row.reason)
		}
		if row.a == "" || row.a == row.b {
			continue
		}
		if got := stdlibConfuses(t, row.a, row.b); got != row.want && !hasCombining(row.a) {
			t.Errorf("encoding/json takes %q for %q: %v; %s", row.b, row.a, got, row.reason)
		}
	}
}

// stdlibConfuses reports whether encoding/json puts a member into the field of
// another name.
func stdlibConfuses(t *testing.T, field, member string) bool {
	t.Helper()
	v := reflect.New(reflect.StructOf([]reflect.StructField{{
		Name: "F", Type: reflect.TypeFor[int](), Tag: reflect.StructTag(`json:"` + field + `"`),
	}}))
	name, err := json.Marshal(member)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(`{`+string(name)+`:1}`), v.Interface()); err != nil {
		t.Fatal(err)
	}
	return v.Elem().Field(0).Int() == 1
}

// hasCombining excludes names that a struct tag of encoding/json cannot hold.
func hasCombining(s string) bool {
	for _, r := range s {
		if r == '\u0301' {
			return true
		}
	}
	return false
}
