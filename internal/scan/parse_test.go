package scan

import (
	"errors"
	"math"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// refused is one input with one defect, and where Parse must find it.
type refused struct {
	in      string
	limits  Limits
	rule    string
	offset  int
	pointer string
	got     string // exactly
	hint    string // a part of it; "" means that there is none
	reason  string
}

var refusedSyntax = []refused{
	{in: "", offset: 0, got: "end of input", hint: "empty", reason: "an empty body is no JSON text"},
	{in: " \n\t", offset: 3, got: "end of input", hint: "blank", reason: "nor is white space alone"},
	{in: "\xef\xbb\xbf{}", offset: 0, got: "character U+FEFF", hint: "byte-order mark", reason: "RFC 8259 section 8.1: no byte-order mark is added"},
	{in: "\ufeff", offset: 0, got: "character U+FEFF", hint: "byte-order mark", reason: "a mark alone is no value either"},
	{in: "{\x00}", offset: 1, got: "control character U+0000", hint: "NUL", reason: "NUL is no white space"},
	{in: "\x00", offset: 0, got: "control character U+0000", hint: "NUL", reason: "NUL must not pass for the end of the input"},
	{in: "[1\x00]", offset: 2, got: "control character U+0000", hint: "NUL", reason: "nor for a separator"},
	{in: "{}\x00", offset: 2, got: "control character U+0000", hint: "NUL", reason: "C strings sent with their terminator"},
	{in: "\f1", offset: 0, got: "control character U+000C", reason: "form feed is no JSON white space"},
	{in: "\u00a01", offset: 0, got: "character U+00A0", hint: "no-break", reason: "Unicode white space is no JSON white space"},
	{in: "\u2028", offset: 0, got: "character U+2028", reason: "what cannot be seen is named by number"},
	{in: "é", offset: 0, got: "'é'", reason: "what can be seen is shown"},
	{in: "\x1f\x8b\x08", offset: 0, got: "control character U+001F", hint: "gzip", reason: "a body that is still compressed"},
	{in: "<html>", offset: 0, got: "'<'", hint: "HTML", reason: "an error page where a body should be"},
	{in: "1 2", offset: 2, got: "'2'", hint: "second value", reason: "one text is one value"},
	{in: "{}{}", offset: 2, got: "'{'", hint: "second value", reason: "also without white space"},
	{in: "{}\n{}\n", offset: 3, got: "'{'", hint: "JSON Lines", reason: "many values, one a line"},
	{in: "{}\r{}", offset: 3, got: "'{'", hint: "JSON Lines", reason: "a lone carriage return ends a line too"},
	{in: "{} x", offset: 3, got: "'x'", reason: "trailing text that is no value"},
	{in: "{}}", offset: 2, got: "'}'", reason: "one bracket too many"},
	{in: "nulll", offset: 4, got: "'l'", reason: "a literal ends where it ends"},
	{in: "nul", offset: 3, got: "end of input", reason: "a literal cut short"},
	{in: "nuL", offset: 0, got: "'nuL'", reason: "literals are lower case"},
	{in: "[true,fals]", offset: 6, pointer: "/1", got: "'fals'", reason: "a bad literal is shown as a whole"},
	{in: "True", offset: 0, got: "'True'", hint: "write true", reason: "Python"},
	{in: "None", offset: 0, got: "'None'", hint: "write null", reason: "Python"},
	{in: `{"a":NaN}`, offset: 5, pointer: "/a", got: "'NaN'", hint: "no NaN", reason: "JavaScript number that JSON lacks"},
	{in: `[-Infinity]`, offset: 2, pointer: "/0", got: "'Infinity'", hint: "no infinity", reason: "JavaScript number that JSON lacks"},
	{in: `[undefined]`, offset: 1, pointer: "/0", got: "'undefined'", hint: "no undefined", reason: "JavaScript"},
	{in: "0x1F", offset: 1, got: "'x1F'", hint: "decimal", reason: "hexadecimal numbers"},
	{in: "[0x1F]", offset: 2, got: "'x1F'", hint: "decimal", reason: "hexadecimal numbers in a list"},
	{in: "01", offset: 0, got: "a leading zero", hint: "strings", reason: "RFC 8259 section 6: leading zeros are not allowed"},
	{in: "[-00]", offset: 2, pointer: "/0", got: "a leading zero", hint: "strings", reason: "nor behind a sign"},
	{in: "+1", offset: 0, got: "'+'", hint: "plus", reason: "no plus sign before a number"},
	{in: ".5", offset: 0, got: "'.'", hint: "before the point", reason: "a digit must come first"},
	{in: "-", offset: 1, got: "end of input", reason: "a sign alone"},
	{in: "-a", offset: 1, got: "'a'", reason: "a sign and a letter"},
	{in: "1.", offset: 2, got: "end of input", reason: "a point at the end"},
	{in: "[1.]", offset: 3, pointer: "/0", got: "']'", reason: "a point needs a digit"},
	{in: "1.e5", offset: 2, got: "'e5'", reason: "a point needs a digit before the exponent"},
	{in: "1e", offset: 2, got: "end of input", reason: "an exponent needs a digit"},
	{in: "1e+", offset: 3, got: "end of input", reason: "also behind its sign"},
	{in: "1E-x", offset: 3, got: "'x'", reason: "also behind its sign"},
	{in: "[", offset: 1, got: "end of input", reason: "cut after the opening bracket: no item has begun"},
	{in: "[1", offset: 2, got: "end of input", reason: "cut after an item"},
	{in: "[1,", offset: 3, pointer: "/1", got: "end of input", reason: "cut where the second item is due"},
	{in: "[1,]", offset: 3, pointer: "/1", got: "']'", hint: "remove the comma", reason: "trailing comma"},
	{in: "[1, \n]", offset: 5, pointer: "/1", got: "']'", hint: "remove the comma", reason: "trailing comma before a line break"},
	{in: "[,1]", offset: 1, pointer: "/0", got: "','", reason: "an item is missing"},
	{in: "[1 2]", offset: 3, got: "'2'", hint: "comma is missing", reason: "a separator is missing"},
	{in: "[1}", offset: 2, got: "'}'", reason: "brackets must match"},
	{in: "]", offset: 0, got: "']'", reason: "nothing to close"},
	{in: "{", offset: 1, got: "end of input", reason: "cut after the opening bracket"},
	{in: `{"a`, offset: 3, got: "end of input", reason: "cut in a name"},
	{in: `{"a"`, offset: 4, pointer: "/a", got: "end of input", reason: "cut before the colon"},
	{in: `{"a" 1}`, offset: 5, pointer: "/a", got: "'1'", reason: "the colon is missing"},
	{in: `{"a":`, offset: 5, pointer: "/a", got: "end of input", reason: "cut before the value"},
	{in: `{"a":}`, offset: 5, pointer: "/a", got: "'}'", reason: "the value is missing"},
	{in: `{"a":1`, offset: 6, got: "end of input", reason: "cut after a member"},
	{in: `{"a":1,`, offset: 7, got: "end of input", reason: "cut before a name"},
	{in: `{"a":1,}`, offset: 7, got: "'}'", hint: "remove the comma", reason: "trailing comma"},
	{in: `{"a":1 "b":2}`, offset: 7, got: `'"'`, hint: "comma is missing", reason: "a separator is missing"},
	{in: `{"a":1]`, offset: 6, got: "']'", reason: "brackets must match"},
	{in: `{"m":{"a":[1,{"b":x}]}}`, offset: 18, pointer: "/m/a/1/b", got: "'x'", reason: "the pointer leads to the innermost value"},
	{in: `{"m":{"a":1},"z":[[],x]}`, offset: 21, pointer: "/z/1", got: "'x'", reason: "what is closed has left the pointer"},
	{in: `{a:1}`, offset: 1, got: "'a'", hint: "double quotes", reason: "unquoted name"},
	{in: `{1:1}`, offset: 1, got: "'1'", hint: "double quotes", reason: "a number is no name"},
	{in: `{'a':1}`, offset: 1, got: "a single quote", hint: "double quotes", reason: "single quotes"},
	{in: `['a']`, offset: 1, pointer: "/0", got: "a single quote", hint: "double quotes", reason: "single quotes"},
	{in: "[\u201ca\u201d]", offset: 1, pointer: "/0", got: "'\u201c'", hint: "typographic", reason: "quotes from a word processor"},
	{in: `[1, // one` + "\n]", offset: 4, pointer: "/1", got: "'/'", hint: "comments", reason: "comments are not JSON"},
	{in: `/* x */ 1`, offset: 0, got: "'/'", hint: "comments", reason: "comments are not JSON"},
	{in: `"a`, offset: 2, got: "end of input", reason: "a string without end"},
	{in: `"`, offset: 1, got: "end of input", reason: "a string that only begins"},
	{in: `"\`, offset: 2, got: "end of input", reason: "cut in an escape"},
	{in: `"\u12`, offset: 5, got: "end of input", reason: "cut in a \\u escape"},
	{in: `"\ud83d`, offset: 7, got: "end of input", reason: "cut between surrogates: the partner may have followed"},
	{in: `"\ud83d\`, offset: 8, got: "end of input", reason: "cut between surrogates"},
	{in: `"\ud83d\ude`, offset: 11, got: "end of input", reason: "cut in the second surrogate"},
	{in: `"\x41"`, offset: 1, got: "a backslash before 'x41'", hint: "are escapes", reason: "not an escape"},
	{in: `"\'"`, offset: 1, got: "a backslash before a single quote", hint: "are escapes", reason: "JavaScript escape"},
	{in: `"\u12G4"`, offset: 5, got: "'G4'", hint: "four", reason: "not a hexadecimal digit"},
	{in: `"\u+123"`, offset: 3, got: "'+'", hint: "four", reason: "a sign is no digit"},
	{in: `"\ud83d\u12G4"`, offset: 11, got: "'G4'", hint: "four", reason: "a bad digit in the second surrogate"},
	{in: "\"a\nb\"", offset: 2, got: "control character U+000A", hint: `\n`, reason: "RFC 8259 section 7: control characters must be escaped"},
	{in: "\"a\x00b\"", offset: 2, got: "control character U+0000", hint: "u0000", reason: "NUL in a string"},
	{in: "\"0123456789\x1f\"", offset: 11, got: "control character U+001F", hint: "u001F", reason: "the last control character, past eight plain bytes"},
	{in: "{\"a\x01\":1}", offset: 3, got: "control character U+0001", hint: "u0001", reason: "control character in a name"},
	{in: `{"~/":x}`, offset: 6, pointer: "/~0~1", got: "'x'", reason: "RFC 6901 escapes"},
	{in: `{"":x}`, offset: 4, pointer: "/", got: "'x'", reason: "the empty name is a name"},
	{in: `{"\u0061\n":x}`, offset: 12, pointer: "/a\n", got: "'x'", reason: "pointers hold decoded names"},
	{in: strings.Repeat("a", 500), offset: 0, got: "'" + strings.Repeat("a", 36) + "…'", reason: "a long word is cut"},
}

var refusedUTF8 = []refused{
	{in: "\"\xff\"", offset: 1, got: "byte 0xFF", reason: "never a byte of UTF-8"},
	{in: "\"ab\x80\"", offset: 3, got: "byte 0x80", reason: "a continuation byte alone"},
	{in: "\"\xc3(\"", offset: 1, got: "byte 0xC3", reason: "a lead byte alone: the sequence starts at it"},
	{in: "\"\xc0\xaf\"", offset: 1, got: "byte 0xC0", reason: "overlong '/'"},
	{in: "\"\xe0\x80\x80\"", offset: 1, got: "byte 0xE0", reason: "overlong NUL"},
	{in: "\"\xf0\x82\x82\xac\"", offset: 1, got: "byte 0xF0", reason: "overlong euro sign"},
	{in: "\"\xed\xa0\x80\"", offset: 1, got: "byte 0xED", reason: "a surrogate encoded in UTF-8"},
	{in: "\"\xf4\x90\x80\x80\"", offset: 1, got: "byte 0xF4", reason: "beyond U+10FFFF"},
	{in: "\"01234567\xe2\x82\"", offset: 9, got: "byte 0xE2", reason: "cut short, past eight plain bytes"},
	{in: "\"\xe2\x82", offset: 1, got: "byte 0xE2", hint: "ends inside a character", reason: "the input is cut in a character"},
	{in: "\"é€😀\xfe\"", offset: 10, got: "byte 0xFE", reason: "after good multi-byte text"},
	{in: "{\"a\":{\"\xff\":1}}", offset: 7, pointer: "/a", got: "byte 0xFF", reason: "in a name: the pointer is the object's"},
	{in: "[1,\"\xff\"]", offset: 4, pointer: "/1", got: "byte 0xFF", reason: "in an item"},
	{in: "\xff", offset: 0, got: "byte 0xFF", reason: "outside strings"},
	{in: "[1\xff]", offset: 2, got: "byte 0xFF", reason: "where a separator is due"},
	{in: "{\xff}", offset: 1, got: "byte 0xFF", reason: "where a name is due"},
	{in: "1 \xff", offset: 2, got: "byte 0xFF", reason: "after the value"},
	{in: "\xff\xfe{\x00", offset: 0, got: "byte 0xFF", hint: "UTF-16", reason: "UTF-16 with its mark"},
	{in: "\"\\\xff\"", offset: 2, got: "byte 0xFF", reason: "behind a backslash"},
	{in: `"\ud800"`, offset: 1, got: `lone surrogate \ud800`, hint: "cut", reason: "high surrogate without partner"},
	{in: `"a\uDFFFb"`, offset: 2, got: `lone surrogate \uDFFF`, hint: "cut", reason: "low surrogate alone"},
	{in: `"\udc00\ud800"`, offset: 1, got: `lone surrogate \udc00`, hint: "cut", reason: "a pair in reverse: the first is alone"},
	{in: `"\udc00\udc00"`, offset: 1, got: `lone surrogate \udc00`, hint: "cut", reason: "the first low surrogate is no high one"},
	{in: `"\ud800\ud800\udc00"`, offset: 1, got: `lone surrogate \ud800`, hint: "cut", reason: "the second one has the partner"},
	{in: `"\ud800\u0041"`, offset: 1, got: `lone surrogate \ud800`, hint: "cut", reason: "followed by another escape"},
	{in: `"\ud800\n"`, offset: 1, got: `lone surrogate \ud800`, hint: "cut", reason: "followed by a short escape"},
	{in: `"\ud800x`, offset: 1, got: `lone surrogate \ud800`, hint: "cut", reason: "the defect comes before the missing quote"},
	{in: `{"\ud800":1}`, offset: 2, got: `lone surrogate \ud800`, hint: "cut", reason: "in a name"},
}

var refusedDuplicates = []refused{
	{in: `{"a":1,"a":2}`, offset: 7, pointer: "/a", got: `a second member "a"`, reason: "the same name twice"},
	{in: `{"a":1,"\u0061":2}`, offset: 7, pointer: "/a", got: `a second member "a"`, reason: "equal after decoding"},
	{in: `{"\u0061":1,"a":2}`, offset: 12, pointer: "/a", got: `a second member "a"`, reason: "equal after decoding, the other way round"},
	{in: `{"\ud83d\ude00":1,"😀":2}`, offset: 18, pointer: "/😀", got: `a second member "😀"`, reason: "a surrogate pair and its character"},
	{in: `{"\/":1,"\u002f":2}`, offset: 8, pointer: "/~1", got: `a second member "/"`, reason: "two ways to escape one character"},
	{in: `{"":1,"":2}`, offset: 6, pointer: "/", got: `a second member ""`, reason: "the empty name twice"},
	{in: `{"m":[{"a":1,"b":{"a":1},"a":2}]}`, offset: 25, pointer: "/m/0/a", got: `a second member "a"`, reason: "an equal name further inside does not count"},
	{in: `{"a":1,"a"`, offset: 7, pointer: "/a", got: `a second member "a"`, reason: "the first defect is the name, not the end"},
	{in: `{"\n` + strings.Repeat("x", 99) + `":1,"\n` + strings.Repeat("x", 99) + `":1}`, offset: 107,
		pointer: "/\n" + strings.Repeat("x", 99), got: `a second member "\n` + strings.Repeat("x", 34) + `…"`,
		reason: "a long name is cut, a control character is escaped"},
}

var refusedByLimits = []refused{
	{in: "[[1]]", limits: Limits{MaxDepth: 1}, rule: RuleDepth, offset: 1, pointer: "/0", got: "array at level 2", reason: "one level too many"},
	{in: `{"a":{}}`, limits: Limits{MaxDepth: 1}, rule: RuleDepth, offset: 5, pointer: "/a", got: "object at level 2", reason: "objects count as arrays do"},
	{in: `[[],[[]]]`, limits: Limits{MaxDepth: 2}, rule: RuleDepth, offset: 5, pointer: "/1/0", got: "array at level 3", reason: "closed containers are no level"},
	{in: strings.Repeat("[", 257), rule: RuleDepth, offset: 256, pointer: strings.Repeat("/0", 256), got: "array at level 257", reason: "the default is 256 levels"},
	{in: strings.Repeat("[", 100_000), rule: RuleDepth, offset: 256, pointer: strings.Repeat("/0", 256), got: "array at level 257", reason: "an attack on the stack"},
	{in: strings.Repeat(`{"`+strings.Repeat("n", 2000)+`":`, 257), rule: RuleDepth, offset: 256 * 2004,
		pointer: strings.Repeat("/"+strings.Repeat("n", 2000), 2) + "/…", got: "object at level 257", reason: "the pointer is bounded"},
	{in: "12345", limits: Limits{MaxBytes: 4}, rule: RuleSize, offset: 4, got: "more than 4 bytes", reason: "one byte too many"},
	{in: "xxxxx", limits: Limits{MaxBytes: 4}, rule: RuleSize, offset: 4, got: "more than 4 bytes", reason: "size is judged before anything is read"},
	{in: "[12345]", limits: Limits{MaxNumberLen: 4}, rule: RuleNumber, offset: 1, pointer: "/0", got: "a number of 5 characters", reason: "one digit too many"},
	{in: "-1234", limits: Limits{MaxNumberLen: 4}, rule: RuleNumber, offset: 0, got: "a number of 5 characters", reason: "the sign is a character"},
	{in: strings.Repeat("1", 1001), rule: RuleNumber, offset: 0, got: "a number of 1001 characters", reason: "the default is 1,000"},
	{in: `{"n":1e401}`, rule: RuleNumber, offset: 5, pointer: "/n", got: "exponent 401", reason: "the default is 400"},
	{in: "1e-401", rule: RuleNumber, offset: 0, got: "exponent 401", reason: "towards zero too"},
	{in: "1E+401", rule: RuleNumber, offset: 0, got: "exponent 401", reason: "either letter, either sign"},
	{in: "0e1000001", rule: RuleNumber, offset: 0, got: "exponent 1000001", reason: "zero is no excuse"},
	{in: "1e-1000001", rule: RuleNumber, offset: 0, got: "exponent 1000001", reason: "a converter would divide a million times"},
	{in: "1e18446744073709551616", rule: RuleNumber, offset: 0, got: "a larger exponent", reason: "2^64 must not wrap to 0"},
	{in: "1e" + strings.Repeat("9", 900), rule: RuleNumber, offset: 0, got: "a larger exponent", reason: "no overflow, however long"},
	{in: "1e" + strings.Repeat("0", 999), rule: RuleNumber, offset: 0, got: "a number of 1001 characters", reason: "leading zeros of an exponent are characters"},
	{in: "1e7", limits: Limits{MaxExponent: 6}, rule: RuleNumber, offset: 0, got: "exponent 7", reason: "a limit of one's own"},
}

func TestParseStopsAtTheFirstDefectAndNamesItsPlace(t *testing.T) {
	tables := []struct {
		rule string
		rows []refused
	}{
		{RuleSyntax, refusedSyntax}, {RuleUTF8, refusedUTF8}, {RuleDuplicate, refusedDuplicates}, {"", refusedByLimits},
	}
	for _, table := range tables {
		for _, row := range table.rows {
			if row.rule == "" {
				row.rule = table.rule
			}
			checkRefused(t, row)
		}
	}
}

func checkRefused(t *testing.T, row refused) {
	t.Helper()
	if row.reason == "" {
		t.Fatalf("row %.60q has no reason", row.in)
	}
	doc, err := Parse([]byte(row.in), row.limits)
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("%.60q is accepted; %s", row.in, row.reason)
		return
	}
	if doc != nil {
		t.Errorf("%.60q: a tree beside an error", row.in)
	}
	if e.Rule != row.rule || e.Offset != row.offset || e.Pointer != row.pointer || e.Got != row.got {
		t.Errorf("%.60q: %s\n got %s %d %.80q %q\nwant %s %d %.80q %q", row.in, row.reason,
			e.Rule, e.Offset, e.Pointer, e.Got, row.rule, row.offset, row.pointer, row.got)
	}
	if !strings.Contains(e.Hint, row.hint) || (row.hint == "" && e.Hint != "") {
		t.Errorf("%.60q: hint %q, want %q; %s", row.in, e.Hint, row.hint, row.reason)
	}
	checkFacts(t, row.in, e)
}

// checkFacts holds what every error promises.
func checkFacts(t *testing.T, in string, e *Error) {
	t.Helper()
	if e.Want == "" || e.Got == "" {
		t.Errorf("%.60q: got %q, want %q: a fact is missing", in, e.Got, e.Want)
	}
	if n := utf8.RuneCountInString(e.Got); n > 60 {
		t.Errorf("%.60q: Got has %d characters: %s", in, n, e.Got)
	}
	if e.Offset < 0 || e.Offset > len(in) {
		t.Errorf("%.60q: offset %d is outside", in, e.Offset)
	}
	if len(e.Pointer) > maxPointer+len("/…") {
		t.Errorf("%.60q: a pointer of %d bytes", in, len(e.Pointer))
	}
	text := e.Error()
	if !strings.HasPrefix(text, e.Rule+" at offset ") || strings.HasSuffix(text, ".") || strings.ContainsFunc(text, unicode.IsControl) {
		t.Errorf("%.60q: text %q", in, text)
	}
}

func TestErrorTextReadsAsOneLine(t *testing.T) {
	rows := []struct{ in, want, reason string }{
		{`{"message":{"status":"x","status":"y"}}`,
			`json/duplicate-member at offset 25 (/message/status): got a second member "status", want one member of that name: the first is at offset 12`,
			"place, got, want"},
		{"", "json/syntax at offset 0: got end of input, want a value; the input is empty", "the root has no pointer; a hint follows"},
		{"{\"\\u001b[2J\\\"\":x}", `json/syntax at offset 15 (/\x1b[2J"): got 'x', want a value`, "a name must not drive the terminal"},
	}
	for _, row := range rows {
		_, err := Parse([]byte(row.in), Limits{})
		if err == nil || err.Error() != row.want {
			t.Errorf("%q: %s\n got %v\nwant %s", row.in, row.reason, err, row.want)
		}
	}
}

func TestParseAccepts(t *testing.T) {
	rows := []struct {
		in     string
		limits Limits
		reason string
	}{
		{in: "0", reason: "zero"},
		{in: "-0", reason: "minus zero is in the grammar"},
		{in: " \t\r\n1 \t\r\n", reason: "the four white space characters, on both sides"},
		{in: "{ }", reason: "space in an empty object"},
		{in: "[\n]", reason: "space in an empty array"},
		{in: `{ "a" : [ 1 , 2 ] , "b" : { } }`, reason: "space everywhere"},
		{in: `""`, reason: "the empty string"},
		{in: "\"\x7f\"", reason: "DEL may stand raw (RFC 8259 section 7)"},
		{in: "\"\u2028\ufffd\uffff\ufeff\"", reason: "line separators, U+FFFD, noncharacters and a mark inside are text"},
		{in: `"\u0000\"\\\/\b\f\n\r\t"`, reason: "every escape"},
		{in: `"\uD83D\uDE00"`, reason: "a pair of surrogates, upper case"},
		{in: `{"a":1,"A":2}`, reason: "names that differ in case are two; folding is the caller's"},
		{in: `{"a":{"a":{"a":1}},"b":{"a":1}}`, reason: "equal names in different objects"},
		{in: `{"é":1,"e\u0301":2}`, reason: "names are not normalized (RFC 8259 section 8.3)"},
		{in: `{"a/b":1,"a~1b":2}`, reason: "escapes of pointers are not escapes of names"},
		{in: "1e400", reason: "at the limit"}, {in: "1e-400", reason: "at the limit, towards zero"},
		{in: "1e0000000001", reason: "the exponent is 1"},
		{in: "1e" + strings.Repeat("0", 997) + "1", reason: "1,000 characters, exponent 1"},
		{in: strings.Repeat("9", 1000), reason: "1,000 characters"},
		{in: "0." + strings.Repeat("0", 900) + "1e400", reason: "the exponent counts as written"},
		{in: strings.Repeat("[", 256) + strings.Repeat("]", 256), reason: "256 levels"},
		{in: "[[]]", limits: Limits{MaxDepth: 2}, reason: "at a depth of one's own"},
		{in: "1", limits: Limits{MaxDepth: 1}, reason: "a scalar is no level"},
		{in: "1234", limits: Limits{MaxBytes: 4, MaxNumberLen: 4}, reason: "at a size of one's own"},
		{in: "1e6", limits: Limits{MaxExponent: 6}, reason: "at an exponent of one's own"},
		{in: "1e400", limits: Limits{MaxBytes: -1, MaxDepth: -1, MaxNumberLen: -1, MaxExponent: -1}, reason: "below zero is the default"},
		{in: strings.Repeat("[", 5000) + strings.Repeat("]", 5000), limits: Limits{MaxDepth: 5000}, reason: "deeper when asked"},
		{in: "1e1000000000", limits: Limits{MaxExponent: math.MaxInt}, reason: "the largest exponent that can be allowed"},
	}
	for _, row := range rows {
		if row.reason == "" {
			t.Fatalf("row %.60q has no reason", row.in)
		}
		if _, err := Parse([]byte(row.in), row.limits); err != nil {
			t.Errorf("%.60q: %v; %s", row.in, err, row.reason)
		}
	}
}

func TestDefaultLimitsAreTheDocumentedOnes(t *testing.T) {
	want := Limits{MaxBytes: 8_388_608, MaxDepth: 256, MaxNumberLen: 1000, MaxExponent: 400}
	if got := DefaultLimits(); got != want || (Limits{}).withDefaults() != want {
		t.Errorf("%+v", got)
	}
}

func TestEveryControlCharacterInAStringIsRefusedAtAnyPlace(t *testing.T) {
	for c := byte(0); c < ' '; c++ {
		for at := range 20 {
			in := []byte(`"` + strings.Repeat("x", 20) + `"`)
			in[1+at] = c
			_, err := Parse(in, Limits{})
			var e *Error
			if !errors.As(err, &e) || e.Rule != RuleSyntax || e.Offset != 1+at {
				t.Fatalf("%q: %v", in, err)
			}
		}
	}
}

func TestEveryCutOfADocumentIsRefused(t *testing.T) {
	const in = `{"a":[1.5e-3,true,null,"x\u00e9\ud83d\ude00"],"b":{"c":"d"}}`
	if _, err := Parse([]byte(in), Limits{}); err != nil {
		t.Fatal(err)
	}
	for cut := range len(in) {
		_, err := Parse([]byte(in[:cut]), Limits{})
		var e *Error
		if !errors.As(err, &e) || e.Rule != RuleSyntax || e.Offset != cut || e.Got != "end of input" {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
}
