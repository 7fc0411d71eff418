package fuzz_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema/vapi"
)

// lexeme are texts of one class: what RFC 8259 and the sections named there make a
// parser accept or refuse, or leave to it. The classes are those of public parser
// test suites, the texts our own.
type lexeme struct {
	class string
	must  verdict
	texts []string
}

type verdict string

const (
	accept verdict = "accept"
	refuse verdict = "refuse"
	either verdict = "either" // section 9: an implementation may set limits; 8.2: unpaired surrogates
)

var lexemes = []lexeme{
	{"arrays", accept, []string{`[]`, `[ ]`, `[[ ] ]`, `[""]`, "[\n7\n]\n", `[false]`, `[null, 8, "8", {}]`, `[null]`, "[2\n]", ` [3]`, `[4,null,null,5]`, `[6] `, `[[[[]]]]`}},
	{"arrays that are none", refuse, []string{`[3 true]`, "[a\xe5]", `["":3]`, `[""],`, `[3,,]`, `[3,,4]`, `["x",,]`, `["x"]]`, `["",]`, `["x"`, `[x`, `[5[4]]`, "[\xff]", `[3:4]`, `[,]`, `[-]`, `[   , ""]`,
		"[\"a\",\n6\n,7,", `[3,]`, `[3,,]`, "[\"\va\"\\f]", `[*]`, `[""`, `[3,`, "[3,\n4\n,5", `[{}`, `[fals]`, `[nul]`, `[tru]`, `[,3]`, `[ ,]`, `(1)`, `[1;2]`}},
	{"words", accept, []string{`true`, `false`, `null`, `[true, false]`}},
	{"words that are none", refuse, []string{`fals`, `nul`, `tru`, `True`, `TRUE`, `NULL`, `nulls`, `truefalse`, `undefined`, `None`, `yes`, `å`, `*`, `<null>`, `<.>`, "\u2060null", `n\u0075ll`}},
	{"numbers", accept, []string{`[234e65]`, `0`, `-0`, `[0e+2]`, `[0e2]`, `[ 7]`, `[-0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000002]`, `[30e2]`, `[-234]`, `[-2]`, `[2E33]`, `[2E-3]`, `[2E+3]`, `[234e56]`,
		`[234.567e89]`, `[2e-3]`, `[2e+3]`, `234`, `[234.567890]`, `1.0`, `0.1`, `10`, `100000000000000000000`, `9007199254740993`, `1.7976931348623157e308`, `-1E-7`}},
	{"numbers that are none", refuse, []string{`2 000.0`, `[-02]`, `[-2.0.]`, `[-3.]`, `[.-2]`, `[.3e-4]`, `[0.2.3]`, `[0.4e+]`, `[0.4e]`, `[0.e2]`, `[0E]`, `[0E+]`, `[0e+]`, `[0e]`, `[2.0e+]`, `[2.0e-]`, `[2.0e]`, `[2 000]`, `[2eE3]`, `[3.e+4]`, `[3.e-4]`, `[3.e4]`,
		`[8.e+]`, `[++2]`, `[+2]`, `[+Inf]`, `[Inf]`, `[Infinity]`, `[-Infinity]`, `[NaN]`, `[-NaN]`, `[１]`, `[2+3]`, `[0x2]`, `[0x43]`, `[0+-2]`, `[-234.567cat]`, "[2e2\xe5]", "[1\xe5]", "[0\xe5]", `[-cat]`, `[- 2]`, `[-023]`, `[-.234]`, `[-2x]`, `[2ea]`,
		"[2e\xe5]", `[2.]`, `[.234]`, `[2.3a4]`, `[2.8011670033376514H-308]`, `[023]`, `00`, `-`, `--1`, `1_000`, `1,000`, `0b1`, `0o7`, `1e`, `1e1.5`, `٣`, `1f`, `1L`}},
	{"numbers beyond some limit", either, []string{`[234.567e00987654]`, `[1e9999999999]`, `[-2e+99999]`, `[2.6e+999]`, `[-234567e5678901]`, `[234567e-12345678]`, `[-2345678901234567890123456789]`, `[100000000000000000000000]`, `[-237462374673276894279832749832423479823246327846]`, "1" + strings.Repeat("0", 1500)}},
	{"objects", accept, []string{`{}`, `{"":0}`, `{"a":"b"}`, `{"min": -1.0e+28, "max": 1.0e+28 }`, `{"q\u0000r": 7}`, `{"a":[]}`, "{\n\"a\": \"b\"\n}", `{"title":"\u041f\u043e\u043b\u0442\u043e" }`, `{"x":{"y":{}}}`, `{"` + strings.Repeat("k", 300) + `":"` + strings.Repeat("v", 3000) + `"}`}},
	{"objects that are none", refuse, []string{`["x", truth]`, `{[: "x"}`, `{"x", null}`, `{"x"::"b"}`, "{\U0001F1EB}", `{"a":"a" 321}`, `{k: 'v'}`, "{\"\xb9\":\"0\",}", `{"a" b}`, `{:"b"}`, `{"a" "b"}`, `{"a":`, `{"a"`, `{2:2}`, `{8888E8888:2}`, `{null:null,null:null}`, `{"id":1,,,,,}`,
		`{'a':1}`, `{"id":1,}`, `{"a":"b"}/**/`, `{"a":"b"}/**//`, `{"a":"b"}//`, `{"a":"b"}/`, `{"a":"b",,"c":"d"}`, `{a: "b"}`, `{"a":"a`, `{ "foo" : "bar", "a" }`, `{"a":"b"}#`, `{"a":true} "x"`, `{"a":1 "b":2}`, `{"a"=1}`, `{,"a":1}`, `{true:1}`, `{"a":}`, `{1}`}},
	{"strings", accept, []string{`""`, `" "`, `"plain"`, `["\u0060\u012a\u12AB"]`, `["\uD801\udc37"]`, `["\ud83d\ude39\ud83d\udc8d"]`, `["\"\\\/\b\f\n\r\t"]`, `["\\u0000"]`, `["\""]`, `["a/*b*/c/*d//e"]`, `["\\a"]`, `["\\n"]`, `["\u0012"]`, `["\uFFFF"]`, `["asd"]`, `[ "asd"]`, `["\uDBFF\uDFFF"]`,
		`["new\u00A0line"]`, "[\"\U0010FFFF\"]", "[\"\uffff\"]", `["\u0000"]`, `["\u002c"]`, `["π"]`, "[\"\U0001BFFF\"]", `["\u0821"]`, `["\u0123"]`, "[\"\u2028\"]", "[\"\u2029\"]", `["\u0061\u30af\u30EA\u30b9"]`, "[\"new\u007fline\"]", `["\uA66D"]`, `["\u005C"]`, `["⍂㈴⍂"]`, `["\u0022"]`, `["\uDBFF\uDFFE"]`, `["\uFDD0"]`, `["\u200B"]`, `["\u2064"]`, `["€𝄞"]`, "\"a\x7fa\"", "\"\ufeff\"", `"\u002F"`}},
	{"strings that are none", refuse, []string{`["\uD800\"]`, `["\u"]`, `["\u1"]`, `["\u1x"]`, `[é]`, "[\"\\\x00\"]", `["\x00"]`, `["\\\"]`, "[\"\\\t\"]", "[\"\\🌀\"]", `["\"]`, `["\u00A"]`, `["\uD834\uDd"]`, `["\uD800\uD800\x"]`, "[\"\\u\xe5\"]", `["\a"]`, `["\uqqqq"]`, "[\"\\\xe5\"]", `[\u0020"asd"]`, `[\n]`, `"`, `['single quote']`,
		`abc`, `["\`, "[\"a\x00a\"]", "[\"new\nline\"]", "[\"\t\"]", `"\UA66D"`, `""x`, `"a" "b"`, `"\'"`, `"\v"`, `"\0"`, "\"a\rb\"", `"\u{61}"`, "“a”", "`a`"}},
	{"strings that are no Unicode", either, []string{`["\uDADA"]`, `["\uD888\u1234"]`, `["\uD800\n"]`, `["\uDd1ea"]`, `["\uD800\uD800\n"]`, `["\ud800"]`, `["\ud800abc"]`, `["\uDd1e\uD834"]`, `["\uDFAA"]`, `{"\uDFAA":0}`}},
	{"bytes that are no UTF-8", refuse, []string{"[\"日ш\xfa\"]", "[\"\xed\xa0\x80\"]", "[\"\xff\"]", "[\"\xe9\"]", "[\"\x81\"]", "[\"\xf4\xbf\xbf\xbf\"]", "[\"\xc0\xaf\"]", "[\"\xfc\x83\xbf\xbf\xbf\xbf\"]", "[\"\xfc\x80\x80\x80\x80\x80\"]", "[\"\xe0\xff\"]", "{\"\xff\":1}", "\xff", "[\"\xf8\x88\x80\x80\x80\"]", "[\"\xc2\"]"}},
	{"other encodings", refuse, []string{"\x00[\x00\"\x00\xe9\x00\"\x00]", "[\x00\"\x00\xe9\x00\"\x00]\x00", "\xff\xfe[\x00\"\x00\xe9\x00\"\x00]\x00", "\xfe\xff\x00[\x00]", "\x00\x00\x00[\x00\x00\x00]"}},
	{"white space", accept, []string{" \t\r\n7 \t\r\n", "[\r\n]", "{ \"a\" : \t1\n}", "[1 ,\n2]"}},
	{"what is no white space", refuse, []string{"[\f]", "[\v]", "[\u2060]", "[\u00a0]", "\u20281", "\u0085[]", "[1\u3000]", "\x00", "[]\x00", "\x1a", "\x1e{}"}},
	{"nesting", accept, []string{strings.Repeat("[", 100) + strings.Repeat("]", 100), strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)}},
	{"deep nesting", either, []string{strings.Repeat("[", 500) + strings.Repeat("]", 500), strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)}},
	{"structures that do not end", refuse, []string{strings.Repeat("[", 100_000), strings.Repeat(`[{"":`, 50_000), `[`, `{`, `["`, `["a`, `["a"`, `[,`, `[{`, `{]`, `{,`, `{[`, `{"a`, `{'a'`, `["\{["\{`, `[false, nul`, `[ true, fals`, `[ false, tru`, `{"asd":"asd"`, `{"a":[1}`, `[{"a":1]`}},
	{"structures with more after them", refuse, []string{`[3]x`, `[3]]`, `["a]`, `2]`, `{"x": true,`, `[][]`, `]`, `{}}`, `{"":`, `{"a":/*c*/"b"}`, `{"a": true} "x"`, `['`, `[2,`, `{"a":"b"}#{}`, `[` + "\u00e5", `#`, `//`, `1 2`, `{} {}`, `"" ""`, `null null`, `[1]//`, "[]\n{}"}},
	{"nothing", refuse, []string{``, ` `, "\n", "\t \r\n"}},
	{"byte-order marks", either, []string{"\ufeff{}", "\ufeff[1]"}},
	{"byte-order marks with nothing", refuse, []string{"\ufeff", "\xef\xbb", "\xef\xbb{}"}},
	{"names that are there twice", either, []string{`{"a":"b","a":"c"}`, `{"a":"b","a":"b"}`, `{"a":1,"\u0061":2}`, `[{"x":0,"y":1,"x":0}]`}},
}

// Public suites want names that are there twice accepted; section 4 only says that
// they should not be, and that what becomes of them is unpredictable. We refuse them,
// as two decoders may read two different messages: json/duplicate-member. Likewise a
// byte-order mark (section 8.1 lets a parser ignore it), lone surrogates (8.2), numbers
// past 1,000 characters or exponents past 400, and more than 256 levels (9).
var refusedOfEither = map[string]bool{
	"names that are there twice": true, "byte-order marks": true, "strings that are no Unicode": true, "deep nesting": true,
}

// Neither the scanner nor the decoder, which gets the text as the value of a member
// that nobody knows, may be wrong about any.
func TestTheGrammarIsJSON(t *testing.T) {
	t.Parallel()
	n := 0
	for _, l := range lexemes {
		for _, text := range l.texts {
			n++
			_, err := scan.Parse([]byte(text), scan.Limits{})
			l.check(t, "the scanner", text, err)
			_, err = vapi.Decode(fmt.Appendf(nil, `{"message":{"type":"status-update","status":"queued","x":%s}}`, text))
			var e *vapi.DecodeError
			if err != nil {
				require.True(t, errors.As(err, &e) && strings.HasPrefix(e.Rule, "json/"), "%q: %v", text, err)
			}
			l.check(t, "the decoder", text, err)
			_, err = vapi.Decode([]byte(text))
			require.Error(t, err, "%.100q is no message", text)
		}
	}
	require.Greater(t, n, 300)
}

func (l *lexeme) check(t *testing.T, who, text string, err error) {
	t.Helper()
	short := text[:min(len(text), 80)]
	switch {
	case l.must == accept && err != nil:
		t.Errorf("%s: %s refuses %q: %v", l.class, who, short, err)
	case l.must == refuse && err == nil:
		t.Errorf("%s: %s takes %q", l.class, who, short)
	case refusedOfEither[l.class] && err == nil:
		t.Errorf("%s: %s takes %q, which we have chosen to refuse", l.class, who, short)
	}
}
