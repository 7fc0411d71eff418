package scan

import "strings"

// Folds reports whether a and b are different names that encoding/json takes
// for the same struct field: equal under simple Unicode case folding, as
// strings.EqualFold does it. "status", "STATUS" and "\u017ftatus" (with a long
// s) fold together.
func Folds(a, b string) bool {
	return a != b && strings.EqualFold(a, b)
}
