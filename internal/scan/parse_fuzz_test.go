package scan

import "testing"

// FuzzParse compares Parse with encoding/json: what Parse accepts is valid
// and means the same, what it refuses as json/syntax is not valid, and what it
// refuses for a stricter rule breaks that kind of rule.
func FuzzParse(f *testing.F) {
	for _, seed := range seeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 16<<10 {
			t.Skip("every value is parsed again: long documents are slow and show nothing new")
		}
		judge(t, data)
		for _, offset := range []int{-1, 0, len(data) / 2, len(data), len(data) + 1} {
			line, column := Position(data, offset)
			wantLine, wantColumn := positionByHand(string(data), max(offset, 0))
			if line != wantLine || column != wantColumn {
				t.Fatalf("%q at %d: %d:%d, by hand %d:%d", data, offset, line, column, wantLine, wantColumn)
			}
		}
	})
}
