package input

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"unicode/utf8"
)

// reader divides a stream into payloads. It reads a byte at a time, and keeps
// count of lines and columns.
type reader struct {
	r            *bufio.Reader
	limit        int
	name         string
	line, column int  // of the next byte; lines end as in package scan
	cr           bool // the last byte was a carriage return
	index        int
	err          error // what ended the stream: io.EOF, or why it could not be read
	done         bool  // the caller wants no more
	yield        func(Payload) bool
}

// piece is a part of the stream that is being collected.
type piece struct {
	line, column int
	data         []byte
	long         bool // more than the limit: the rest is not kept
}

func (r *reader) start() *piece { return &piece{line: r.line, column: r.column} }

func (r *reader) add(p *piece, c byte) {
	if len(p.data) > r.limit {
		p.long = true
		return
	}
	p.data = append(p.data, c)
}

// emit hands a payload over, unless the stream broke before its end.
func (r *reader) emit(p *piece) {
	if r.err != nil && r.err != io.EOF {
		return
	}
	r.index++
	if !r.done {
		r.done = !r.yield(Payload{File: r.name, Index: r.index, Line: p.line, Column: p.column, Data: p.data})
	}
}

// next returns the next byte, or false at the end.
func (r *reader) next() (byte, bool) {
	if r.err != nil || r.done {
		return 0, false
	}
	c, err := r.r.ReadByte()
	if err != nil {
		r.err = err
		return 0, false
	}
	switch {
	case c == '\n' && r.cr: // the end of the line that the carriage return has ended
	case c == '\n', c == '\r':
		r.line, r.column = r.line+1, 1
	case utf8.RuneStart(c):
		r.column++
	}
	r.cr = c == '\r'
	return c, true
}

// peek returns the next byte without taking it.
func (r *reader) peek() (byte, bool) {
	if r.err != nil || r.done {
		return 0, false
	}
	b, err := r.r.Peek(1)
	if err != nil {
		r.err = err
		return 0, false
	}
	return b[0], true
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// skipSpace returns the first byte that is no white space, not taken.
func (r *reader) skipSpace() (byte, bool) {
	for {
		c, ok := r.peek()
		if !ok || !space(c) {
			return c, ok
		}
		r.next()
	}
}

// readLine collects a line without its end.
func (r *reader) readLine() (*piece, bool) {
	p := r.start()
	for {
		c, ok := r.next()
		if !ok {
			return p, len(p.data) > 0
		}
		if c == '\n' {
			return p, true
		}
		r.add(p, c)
	}
}

// lines takes each line that is not blank for a payload.
func (r *reader) lines() {
	for {
		p, ok := r.readLine()
		if !ok {
			return
		}
		if p.long || len(bytes.TrimSpace(p.data)) > 0 {
			r.emit(p)
		}
	}
}

// guess tells lines from one value by the first line. A complete object there is
// a payload in both cases, and is judged before more arrives.
func (r *reader) guess() {
	if c, ok := r.skipSpace(); !ok || c == '[' {
		r.listOrLines(ok)
		return
	}
	first, _ := r.readLine()
	if first.long || !json.Valid(first.data) {
		if r.err == nil {
			r.add(first, '\n')
		}
		r.value(first)
		return
	}
	r.emit(first)
	r.lines()
}

// listOrLines reads a stream that starts with a bracket: lists, one a line, are
// lines; one list is a list. A long first line is taken for a list.
func (r *reader) listOrLines(more bool) {
	if more {
		head, _ := r.r.Peek(r.r.Buffered()) // what has arrived: to wait for more would hold the items back
		if end := bytes.IndexByte(head, '\n'); end >= 0 && json.Valid(head[:end]) && len(bytes.TrimSpace(head[end:])) > 0 {
			r.lines()
			return
		}
	}
	r.value(nil)
}

// value takes the rest of the stream for one value, of which the head may have
// been read already; or for the items of a list.
func (r *reader) value(head *piece) {
	if head == nil {
		if c, ok := r.skipSpace(); ok && c == '[' {
			r.next()
			r.list()
			return
		}
		head = r.start()
	}
	for !head.long {
		c, ok := r.next()
		if !ok {
			break
		}
		r.add(head, c)
	}
	r.emit(head)
}

// list reads the items of a list whose bracket has been read. What is wrong with
// the list itself becomes a payload that no JSON is; an empty list is a payload, so
// that it does not pass for one without fault.
func (r *reader) list() {
	open := piece{line: r.line, column: r.column - 1}
	if c, ok := r.skipSpace(); ok && c == ']' {
		r.next()
		open.data = []byte("[]")
		r.emit(&open)
		r.end()
		return
	}
	for {
		r.skipSpace()
		item, last := r.item()
		r.emit(item)
		if c, ok := r.next(); !ok || last {
			return
		} else if c == ']' {
			r.end()
			return
		}
	}
}

// item collects an item up to the comma or bracket after it, which it leaves; last
// is true at the end of the stream. Strings and brackets are told apart, no more:
// whether the item is JSON is not judged here.
func (r *reader) item() (p *piece, last bool) {
	p = r.start()
	depth, inString, escaped := 0, false, false
	for {
		c, ok := r.peek()
		if !ok {
			return p, true
		}
		switch {
		case inString:
			inString = escaped || c != '"'
			escaped = !escaped && c == '\\'
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			depth++
		case depth == 0 && (c == ',' || c == ']'):
			if len(p.data) == 0 { // nothing stands before it
				r.add(p, c)
			}
			if !p.long { // else it would look shorter than it is
				p.data = bytes.TrimRight(p.data, " \t\r\n")
			}
			return p, false
		case c == '}' || c == ']':
			depth--
		}
		r.next()
		r.add(p, c)
	}
}

// end reads what follows a list, which should be nothing.
func (r *reader) end() {
	p := r.start()
	p.data = append(p.data, ']')
	p.column--
	if c, ok := r.skipSpace(); ok {
		r.add(p, c)
		r.emit(p)
		r.done = true
	}
}
