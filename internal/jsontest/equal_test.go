package jsontest

import (
	"strings"
	"testing"
)

func TestEqual(t *testing.T) {
	rows := []struct {
		a, b   string
		want   string // part of the error; empty: equal
		reason string
	}{
		{`{"a":1,"b":[null,true]}`, ` { "b" : [ null , true ] , "a" : 1 } `, "", "order of members and white space do not count"},
		{`"\u0041\/\ud83d\ude00"`, `"A/😀"`, "", "escapes are a way of writing"},
		{`"\ufffd"`, "\"\ufffd\"", "", "U+FFFD itself is a character like any other"},
		{`1`, `1.0`, `"": number 1 against number 1.0`, "the text of a number counts"},
		{`[0,-0]`, `[0,0]`, `"/1": number -0 against number 0`, "the sign of zero too"},
		{`1e2`, `1E2`, `number 1e2 against number 1E2`, "and the case of the exponent"},
		{`1`, `"1"`, `number 1 against string "1"`, "a number is not its text as a string"},
		{`{"a":null}`, `{}`, `"/a": null against no member`, "null is not absence"},
		{`{}`, `{"a":null}`, `"/a": no member against null`, "either way round"},
		{`{"a~/b":[{"":0}]}`, `{"a~/b":[{"":1}]}`, `"/a~0~1b/0/": number 0 against number 1`, "pointers are escaped, and an empty name is a token"},
		{`[1,2]`, `[2,1]`, `"/0"`, "order of items counts"},
		{`[1]`, `[1,1]`, `"": 1 items against 2`, "a prefix is not the whole"},
		{`[]`, `{}`, `array against object`, "empty containers differ"},
		{`[]`, `null`, `array against null`, "an empty array is not null"},
		{`""`, `null`, `string "" against null`, "an empty string is not null"},
		{`false`, `null`, `boolean false against null`, "false is not null"},
		{`{"a":1,"\u0061":1}`, `{"a":1}`, `the first text: "/a": the member is there twice`, "a duplicate has no meaning, however it is written"},
		{`{"a":1}`, `{"a":[{"b":1,"b":1}]}`, `the second text: "/a/0/b": the member is there twice`, "at any depth"},
		{`1 2`, `1`, "the first text: not JSON", "one text is one value"},
		{``, `1`, "the first text: not JSON", "nothing is no text"},
		{"\"\xff\"", `"\ufffd"`, "the first text: not UTF-8", "bad UTF-8 is not U+FFFD"},
		{`"\ud800"`, `"\ufffd"`, `the first text: "": a lone surrogate`, "nor is a lone surrogate"},
		{`{"\udc00":1}`, "{\"\ufffd\":1}", `a lone surrogate`, "in names too"},
		{`"\\ufffd\uD800"`, `"x"`, `a lone surrogate`, "an escaped backslash before ufffd is no escape of it"},
		{`"\\\uFFFD"`, "\"\\\\\ufffd\"", "", "but an escaped backslash before an escape is one"},
	}
	for _, row := range rows {
		err := Equal([]byte(row.a), []byte(row.b))
		switch {
		case row.want == "" && err != nil:
			t.Errorf("%s and %s: %v; %s", row.a, row.b, err, row.reason)
		case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
			t.Errorf("%s and %s: %v, want %s; %s", row.a, row.b, err, row.want, row.reason)
		}
	}
}
