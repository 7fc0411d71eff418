package delivery

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"time"
)

// An answer is read for its status: the provider wants nothing else of a
// status-update. Its body has to be read because the next answer comes behind it on
// the same connection; of it only a beginning is kept, for people to read.

const (
	maxHead = 64 << 10 // bytes of all heads of one answer, those of 1xx and trailers included
	maxBody = 1 << 20  // bytes of a body; of a longer one no more is read
)

// answer is what a target said.
type answer struct {
	status   int
	location []byte        // as sent, only of a 3xx
	body     []byte        // the beginning, as much as was asked for
	read     int64         // bytes, head and body
	cut      bool          // the body is longer than maxBody; the rest was not read
	reuse    bool          // the connection may carry another request
	idle     time.Duration // how long the target keeps the connection open, if it says so
}

var errLong = failed(TooLong, "its head has more than 64 KiB")

// answerReader reads one answer.
type answerReader struct {
	in   *bufio.Reader
	long []byte // a line that is longer than the buffer
	head int    // bytes of heads, and of the lines between chunks
	most int    // bytes of head that are read
	hold int    // bytes of the body that are kept at most
	answer

	length  int64 // Content-Length, -1 if there is none
	chunked bool
	old     bool // HTTP/1.0
	close   bool // Connection: close
	keep    bool // Connection: keep-alive
}

// readAnswer reads one answer, the 1xx before it included, and keeps so many bytes
// of its body. On an error the answer
// holds what was understood until then, the status above all.
func readAnswer(in *bufio.Reader, keep int) (answer, error) {
	r := answerReader{in: in, length: -1, most: maxHead, hold: keep}
	err := r.readHead()
	for err == nil && r.status >= 100 && r.status < 200 {
		if r.status == 101 {
			r.reuse = false
			return r.answer, failed(Garbage, "101 Switching Protocols, which nobody asked for")
		}
		r = answerReader{in: in, length: -1, most: maxHead, hold: keep, head: r.head, long: r.long[:0]}
		err = r.readHead()
	}
	if err == nil {
		err = r.skipBody()
	}
	r.read += int64(r.head)
	return r.answer, err
}

func (r *answerReader) readHead() error {
	first, err := r.in.Peek(len("HTTP/"))
	if !bytes.HasPrefix([]byte("HTTP/"), first) {
		return failed(Garbage, "") // said at once: of some greetings a line never comes
	}
	if err != nil {
		return err
	}
	line, err := r.line()
	if err != nil {
		return unexpected(err)
	}
	if err := r.statusLine(line); err != nil {
		return err
	}
	for {
		line, err := r.line()
		if err != nil {
			return unexpected(err)
		}
		if len(line) == 0 {
			r.framing()
			return nil
		}
		if err := r.header(line); err != nil {
			return err
		}
	}
}

// line returns the next line of a head without its end. It is good until the next call.
func (r *answerReader) line() ([]byte, error) {
	r.long = r.long[:0]
	for {
		part, err := r.in.ReadSlice('\n')
		r.head += len(part)
		switch {
		case r.head > r.most:
			return nil, errLong
		case err == nil && len(r.long) == 0:
			return trimEnd(part), nil
		case err == nil:
			r.long = append(r.long, part...)
			return trimEnd(r.long), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
		r.long = append(r.long, part...)
	}
}

// trimEnd removes \n or \r\n.
func trimEnd(line []byte) []byte {
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}

// statusLine reads "HTTP/1.1 200 OK", of which the reason may be missing.
func (r *answerReader) statusLine(line []byte) error {
	const version = len("HTTP/1.1 ")
	if len(line) < version+3 || string(line[:7]) != "HTTP/1." || line[8] != ' ' || (line[7] != '0' && line[7] != '1') {
		return failed(Garbage, "")
	}
	r.old = line[7] == '0'
	for _, c := range line[version : version+3] {
		if c < '0' || c > '9' {
			return failed(Garbage, "its status is not a number")
		}
		r.status = r.status*10 + int(c-'0')
	}
	if len(line) > version+3 && line[version+3] != ' ' || r.status < 100 {
		return failed(Garbage, "its status is not one of three digits")
	}
	return nil
}

// header takes what matters from a line: where the body ends, and whether the
// connection stays.
func (r *answerReader) header(line []byte) error {
	if line[0] == ' ' || line[0] == '\t' {
		return nil // a folded line (RFC 9112 section 5.2): none that matters is folded
	}
	name, value, found := bytes.Cut(line, []byte(":"))
	if !found || len(name) == 0 {
		return failed(Garbage, "a line of its head has no name")
	}
	value = bytes.Trim(value, " \t")
	switch len(name) { // most lines end here
	case len("Content-Length"):
		if equalFold(name, "content-length") {
			return r.contentLength(value)
		}
	case len("Transfer-Encoding"):
		if equalFold(name, "transfer-encoding") {
			if r.chunked || !equalFold(value, "chunked") {
				return failed(Garbage, "a transfer encoding other than chunked, which nobody asked for")
			}
			r.chunked = true
		}
	case len("Connection"):
		if equalFold(name, "connection") {
			r.connection(value)
		} else if equalFold(name, "keep-alive") {
			r.keepAlive(value)
		}
	case len("Location"):
		if r.status/100 == 3 && equalFold(name, "location") {
			r.location = append([]byte(nil), value...)
		}
	}
	return nil
}

func (r *answerReader) contentLength(value []byte) error {
	n, err := strconv.ParseUint(string(value), 10, 63)
	if err != nil || r.length >= 0 && r.length != int64(n) {
		return failed(Garbage, "its Content-Length is not one number")
	}
	r.length = int64(n)
	return nil
}

func (r *answerReader) connection(value []byte) {
	for option := range bytes.SplitSeq(value, []byte(",")) {
		option = bytes.Trim(option, " \t")
		r.close = r.close || equalFold(option, "close")
		r.keep = r.keep || equalFold(option, "keep-alive")
	}
}

// keepAlive reads "timeout=5, max=100": after so many seconds (Node sends its five)
// the target closes, and a request sent at that moment would be lost.
func (r *answerReader) keepAlive(value []byte) {
	for option := range bytes.SplitSeq(value, []byte(",")) {
		name, seconds, _ := bytes.Cut(bytes.Trim(option, " \t"), []byte("="))
		if equalFold(name, "timeout") {
			if n, err := strconv.ParseUint(string(seconds), 10, 31); err == nil {
				r.idle = time.Duration(n) * time.Second
			}
		}
	}
}

// framing settles how the body ends (RFC 9112 section 6.3).
func (r *answerReader) framing() {
	if r.chunked {
		if r.length >= 0 {
			r.close = true // both at once is how answers are smuggled
		}
		r.length = -1
	}
	r.reuse = !r.close && (!r.old || r.keep)
}

func (r *answerReader) skipBody() error {
	var err error
	switch {
	case r.status == 204 || r.status == 304:
	case r.chunked:
		r.most += maxBody
		if err = r.skipChunks(); errors.Is(err, errLong) {
			r.cut, err = true, nil // tiny chunks, or trailers without end
		}
	case r.length > maxBody:
		r.cut = true
	case r.length >= 0:
		err = r.skip(r.length)
	default:
		r.reuse = false
		err = r.skipToEnd()
	}
	if r.cut || err != nil || r.in.Buffered() > 0 {
		r.reuse = false // the next thing on the connection is not the next answer
	}
	return err
}

func (r *answerReader) skip(n int64) error {
	kept, err := r.begin(n)
	if err == nil {
		var done int
		done, err = r.in.Discard(int(n - kept))
		r.read += int64(done)
	}
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// begin reads and keeps what is still to be kept of the next n bytes of the body.
func (r *answerReader) begin(n int64) (int64, error) {
	n = min(n, int64(r.hold-len(r.body)))
	if n <= 0 {
		return 0, nil
	}
	start := len(r.body)
	r.body = append(r.body, make([]byte, n)...)
	done, err := io.ReadFull(r.in, r.body[start:])
	r.body = r.body[:start+done]
	r.read += int64(done)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return int64(done), err
}

func (r *answerReader) skipToEnd() error {
	kept, err := r.begin(maxBody)
	if err == nil {
		var n int
		n, err = r.in.Discard(maxBody + 1 - int(kept))
		r.read += int64(n)
	}
	r.cut = r.read > maxBody
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (r *answerReader) skipChunks() error {
	for {
		line, err := r.line()
		if err != nil {
			return unexpected(err)
		}
		size, _, _ := bytes.Cut(line, []byte(";"))
		n, err := strconv.ParseUint(string(bytes.TrimRight(size, " \t")), 16, 63)
		switch {
		case err != nil:
			return failed(Garbage, "the size of a chunk is not a number")
		case n == 0:
			return r.skipTrailers()
		case int64(n) > maxBody || r.read+int64(n) > maxBody:
			r.cut = true
			return nil
		}
		if err := r.skip(int64(n)); err != nil {
			return err
		}
		if end, err := r.line(); err != nil || len(end) > 0 {
			if err == nil {
				err = failed(Garbage, "a chunk is longer than it says")
			}
			return unexpected(err)
		}
	}
}

func (r *answerReader) skipTrailers() error {
	for {
		line, err := r.line()
		if err != nil {
			return unexpected(err)
		}
		if len(line) == 0 {
			return nil
		}
	}
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// equalFold compares with lower, which is lower-case ASCII. Not bytes.EqualFold:
// that equates letters outside ASCII too.
func equalFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i := range b {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
