package schema_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A tree is a JSON text as encoding/json reads it with UseNumber. The edits below
// copy what they change, so that one tree can be the origin of many mutants.

// object is a JSON object.
type object = map[string]any

func encode(t testing.TB, tree any) []byte {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	require.NoError(t, e.Encode(tree))
	return bytes.TrimSpace(b.Bytes())
}

// tokens splits an RFC 6901 pointer.
func tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	list := strings.Split(pointer[1:], "/")
	for i := range list {
		list[i] = unescape.Replace(list[i])
	}
	return list
}

var escape, unescape = strings.NewReplacer("~", "~0", "/", "~1"), strings.NewReplacer("~1", "/", "~0", "~")

// child is the pointer of a member.
func child(pointer, name string) string { return pointer + "/" + escape.Replace(name) }

// get returns the value at a pointer that must lead somewhere.
func get(tree any, pointer string) any {
	for _, token := range tokens(pointer) {
		switch v := tree.(type) {
		case object:
			tree = v[token]
		case []any:
			tree = v[index(token)]
		default:
			panic("no value at " + pointer)
		}
	}
	return tree
}

func index(token string) int {
	i, err := strconv.Atoi(token)
	if err != nil {
		panic(err)
	}
	return i
}

// with returns a tree with another value at the pointer.
func with(tree any, pointer string, value any) any {
	return edited(tree, tokens(pointer), func(any) (any, bool) { return value, true })
}

// without returns a tree that lacks the member or item at the pointer.
func without(tree any, pointer string) any {
	return edited(tree, tokens(pointer), func(any) (any, bool) { return nil, false })
}

// edited copies the way to the value that edit changes or, by returning false,
// takes out.
func edited(tree any, path []string, edit func(any) (any, bool)) any {
	if len(path) == 0 {
		v, _ := edit(tree)
		return v
	}
	switch v := tree.(type) {
	case object:
		v = maps.Clone(v)
		replace(path, edit, v[path[0]], func(x any) { v[path[0]] = x }, func() { delete(v, path[0]) })
		return v
	case []any:
		i := index(path[0])
		v = slices.Clone(v)
		replace(path, edit, v[i], func(x any) { v[i] = x }, func() { v = slices.Delete(v, i, i+1) })
		return v
	}
	panic(fmt.Sprintf("no way to %s below %v", path[0], tree))
}

func replace(path []string, edit func(any) (any, bool), old any, put func(any), remove func()) {
	if len(path) > 1 {
		put(edited(old, path[1:], edit))
		return
	}
	if v, keep := edit(old); keep {
		put(v)
	} else {
		remove()
	}
}

// locate returns the offsets of the value at a pointer and of its member name, or
// -1 for the latter if it has none.
func locate(t testing.TB, body []byte, pointer string) (value, name int) {
	t.Helper()
	l := locator{text: body, tokens: json.NewDecoder(bytes.NewReader(body))}
	l.tokens.UseNumber()
	name = -1
	path := tokens(pointer)
	for {
		start, token := l.next(t)
		if len(path) == 0 {
			return start, name
		}
		name = l.descend(t, token, path[0])
		path = path[1:]
	}
}

type locator struct {
	text   []byte
	tokens *json.Decoder
}

// next returns the next token and where it starts.
func (l *locator) next(t testing.TB) (int, json.Token) {
	t.Helper()
	at := int(l.tokens.InputOffset())
	token, err := l.tokens.Token()
	require.NoError(t, err)
	return at + len(l.text[at:]) - len(bytes.TrimLeft(l.text[at:], " \t\r\n,:")), token
}

// descend reads up to the child of a container that was opened with the token.
func (l *locator) descend(t testing.TB, opened json.Token, to string) (name int) {
	t.Helper()
	for i := 0; l.tokens.More(); i++ {
		at := -1
		key := json.Token(strconv.Itoa(i))
		if opened == json.Delim('{') {
			at, key = l.next(t)
		}
		if key == to {
			return at
		}
		var skipped json.RawMessage
		require.NoError(t, l.tokens.Decode(&skipped))
	}
	require.Failf(t, "no such place", "%s", to)
	return -1
}
