package verdict

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// laidOut is a body with a member a line.
type laidOut struct {
	lines []string
	json  bool // the body is JSON
	// first and last are the lines of the place, from 0. If found is false, they are that
	// of what comes nearest, the innermost value around it.
	first, last int
	found       bool
	start, end  int // of the place in the body, in bytes; only if found
}

// layOut breaks a body into lines where JSON may be broken, and looks for the place of
// a JSON Pointer. It keeps every value as it is spelled, and takes what is no JSON at
// all: of bodies that are broken on purpose people want to see where. Of members with
// the same name it finds the last, as most decoders do.
func layOut(body []byte, pointer string) laidOut {
	l := layouter{body: body, depth: -1}
	if strings.HasPrefix(pointer, "/") {
		for _, s := range strings.Split(pointer[1:], "/") {
			l.want = append(l.want, strings.NewReplacer("~1", "/", "~0", "~").Replace(s))
		}
	}
	for l.at < len(body) {
		l.next()
	}
	l.open = nil // what is still open ends here
	l.ended(len(l.lines), len(body))
	if l.line.Len() > 0 {
		l.lines = append(l.lines, l.line.String())
	}
	l.json = json.Valid(body)
	l.last = min(l.last, len(l.lines)-1)
	return l.laidOut
}

// layouter goes through a body once.
type layouter struct {
	laidOut
	body []byte
	at   int
	want []string // the names of the pointer
	line bytes.Buffer
	open []container
	// name is that of the member whose value is next; named says that there is one.
	name  string
	named bool
	depth int // how many names of the pointer the nearest value so far has; -1 before the first
	// inside is how many containers are open where the place was found; -1 elsewhere.
	inside  int
	pending bool
}

type container struct {
	array bool
	index int
	on    bool // the pointer leads through it
}

// next takes one token.
func (l *layouter) next() {
	switch c := l.body[l.at]; c {
	case ' ', '\t', '\r', '\n':
		l.blank()
	case '{', '[':
		on := l.begin()
		l.open = append(l.open, container{array: c == '[', on: on})
		l.named = false
		l.line.WriteByte(c)
		l.at++
		if rest := bytes.TrimLeft(l.body[l.at:], " \t\r\n"); len(rest) > 0 && rest[0] != c+2 {
			l.breakLine(len(l.open))
		}
	case '}', ']':
		l.close(c)
	case ',':
		l.ended(len(l.lines), l.at)
		l.line.WriteByte(c)
		l.at++
		if n := len(l.open); n > 0 {
			l.open[n-1].index++
		}
		l.named = false
		l.breakLine(len(l.open))
	case ':':
		l.line.WriteString(": ")
		l.at++
	default:
		l.word()
	}
}

// blank takes blanks. They go, but between two words, of which there are none in JSON.
func (l *layouter) blank() {
	rest := bytes.TrimLeft(l.body[l.at:], " \t\r\n")
	l.at = len(l.body) - len(rest)
	line := l.line.Bytes()
	if len(rest) > 0 && len(line) > 0 && bytes.IndexByte([]byte("{}[],: "), line[len(line)-1]) < 0 && bytes.IndexByte([]byte("{}[],:"), rest[0]) < 0 {
		l.line.WriteByte(' ')
	}
}

// close ends a container. A bracket that closes none, in what is no JSON, is a word.
func (l *layouter) close(c byte) {
	l.ended(len(l.lines), l.at)
	if n := len(l.open); n > 0 {
		l.open = l.open[:n-1]
		if last := bytes.TrimRight(l.body[:l.at], " \t\r\n"); len(last) > 0 && last[len(last)-1] != c-2 {
			l.breakLine(n - 1)
		}
	}
	l.line.WriteByte(c)
	l.at++
	l.named = false
	if l.inside == len(l.open) {
		l.ended(len(l.lines), l.at)
	}
}

// word takes a string, or anything else up to a place where JSON may be broken.
func (l *layouter) word() {
	from := l.at
	if l.body[l.at] == '"' {
		l.at = endOfString(l.body, l.at)
	} else if n := bytes.IndexAny(l.body[l.at:], "{}[],: \t\r\n\""); n >= 0 {
		l.at += n
	} else {
		l.at = len(l.body)
	}
	word := l.body[from:l.at]
	if l.isName(word) {
		l.named, l.name = true, ""
		if l.open[len(l.open)-1].on && json.Unmarshal(word, &l.name) != nil { // elsewhere nobody asks
			l.name = string(word)
		}
	} else {
		at := l.at
		l.at = from
		l.begin()
		l.at = at
	}
	l.line.Write(word)
}

// isName tells the name of a member from a value.
func (l *layouter) isName(word []byte) bool {
	n := len(l.open)
	return n > 0 && !l.open[n-1].array && !l.named && word[0] == '"'
}

func endOfString(body []byte, at int) int {
	for at++; at < len(body); at++ {
		switch body[at] {
		case '\\':
			at++
		case '"':
			return at + 1
		}
	}
	return len(body)
}

// begin notes a value that begins here, and reports whether the pointer leads to it or
// through it.
func (l *layouter) begin() bool {
	depth := len(l.open)
	if depth > 0 {
		in := &l.open[depth-1]
		name := l.name
		if in.array {
			name = strconv.Itoa(in.index)
		} else if !l.named {
			return false
		}
		if !in.on || depth > len(l.want) || name != l.want[depth-1] {
			return false
		}
	}
	if depth >= l.depth {
		l.depth, l.found = depth, depth == len(l.want)
		l.first, l.last, l.start = len(l.lines), len(l.lines), l.at
		l.inside, l.pending = depth, l.found
	}
	return true
}

// ended notes that the value of the place, if it was just read, has ended.
func (l *layouter) ended(line, at int) {
	if l.pending && len(l.open) <= l.inside {
		l.last, l.end = line, at
		l.pending = false
	}
}

// deepestIndent is from which depth on nesting is shown, but not indented any further.
const deepestIndent = 40

func (l *layouter) breakLine(depth int) {
	if len(bytes.Trim(l.line.Bytes(), " ")) > 0 { // after a comma too many there is nothing
		l.lines = append(l.lines, l.line.String())
	}
	l.line.Reset()
	for range min(depth, deepestIndent) {
		l.line.WriteString("  ")
	}
}
