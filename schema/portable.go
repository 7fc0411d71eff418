package schema

import (
	_ "embed" // for the letters
	"strings"
)

// portable rewrites a pattern so that every dialect of regular expressions takes
// it alike: RE2, JavaScript, and Python's re, which does not know \p{L} and whose
// \d is wider. What stands in a bracket is told from what does not.
func portable(pattern string) string {
	var b strings.Builder
	inBracket := false
	for i := 0; i < len(pattern); i++ {
		rest := pattern[i:]
		switch {
		case strings.HasPrefix(rest, `\p{L}`):
			b.WriteString(bracketed(letters, inBracket))
			i += len(`\p{L}`) - 1
		case strings.HasPrefix(rest, `\d`):
			b.WriteString(bracketed("0-9", inBracket))
			i++
		case rest[0] == '\\' && len(rest) > 1:
			b.WriteString(rest[:2])
			i++
		default:
			inBracket = rest[0] == '[' || inBracket && rest[0] != ']'
			b.WriteByte(rest[0])
		}
	}
	return b.String()
}

func bracketed(class string, already bool) string {
	if already {
		return class
	}
	return "[" + class + "]"
}

// letters are the letters of Unicode 15 as ranges for a bracket. They are kept in a
// file because Go's own tables grow with its releases, and verdicts must not.
//
//go:embed letters.txt
var letters string
