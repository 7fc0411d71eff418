package delivery

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answerCases are what targets say, sound and otherwise. What follows an answer on
// the connection must not be taken for part of it.
var answerCases = []struct {
	name   string
	raw    string
	status int
	kind   Kind // of the error; empty: none
	reuse  bool
	cut    bool
}{
	{name: "no body", raw: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", status: 200, reuse: true},
	{name: "a length", raw: "HTTP/1.1 201 Created\r\ncontent-length:  5 \r\n\r\nhello", status: 201, reuse: true},
	{name: "no reason", raw: "HTTP/1.1 204\r\n\r\n", status: 204, reuse: true},
	{name: "bare line feeds", raw: "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", status: 200, reuse: true},
	{name: "304 with a length has no body", raw: "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", status: 304, reuse: true},
	{name: "chunks, an extension and trailers", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5;x=y\r\nhello\r\n0A \r\n0123456789\r\n0\r\nX: y\r\n\r\n", status: 200, reuse: true},
	{name: "until the end", raw: "HTTP/1.1 200 OK\r\n\r\nhello", status: 200},
	{name: "HTTP/1.0 closes", raw: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", status: 200},
	{name: "HTTP/1.0 that stays", raw: "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok", status: 200, reuse: true},
	{name: "Connection: close", raw: "HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 2\r\n\r\nok", status: 200},
	{name: "1xx come first", raw: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", status: 200, reuse: true},
	{name: "the same length twice", raw: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", status: 200, reuse: true},
	{name: "a folded line", raw: "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok", status: 200, reuse: true},
	{name: "a header longer than the buffer", raw: "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 3*readBuffer) + "\r\nContent-Length: 2\r\n\r\nok", status: 200, reuse: true},
	{name: "both framings: the connection ends", raw: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", status: 200},
	{name: "more than the answer", raw: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500", status: 200},
	{name: "too long by its length", raw: "HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\nxxxx", status: 200, cut: true},
	{name: "too long by its chunks", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("10000\r\n"+strings.Repeat("x", 1<<16)+"\r\n", 20), status: 200, cut: true},
	{name: "a chunk too long for any number", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\nx", status: 200, cut: true},
	{name: "too long until the end", raw: "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", maxBody+10), status: 200, cut: true},
	{name: "many tiny chunks", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\nx\r\n", 50_000) + "0\r\n\r\n", status: 200, reuse: true},
	{name: "tiny chunks without end", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\r\nx\r\n", 600_000), status: 200, cut: true},

	{name: "nothing", raw: "", kind: Closed},
	{name: "an end in the status line", raw: "HTTP/1.1 2", kind: Closed},
	{name: "an end in the head", raw: "HTTP/1.1 200 OK\r\nConte", status: 200, kind: Closed},
	{name: "an end in the body", raw: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", status: 200, kind: Closed},
	{name: "an end in a chunk", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe", status: 200, kind: Closed},
	{name: "an end before the last chunk", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n", status: 200, kind: Closed},
	{name: "an end after 100", raw: "HTTP/1.1 100 Continue\r\n\r\n", kind: Closed},
	{name: "another protocol", raw: "SSH-2.0-OpenSSH_9.2\r\n", kind: Garbage},
	{name: "another protocol without a line", raw: "\x00\x01\x02", kind: Garbage},
	{name: "HTTP/2", raw: "HTTP/2.0 200 OK\r\n\r\n", kind: Garbage},
	{name: "a status of letters", raw: "HTTP/1.1 abc\r\n\r\n", kind: Garbage},
	{name: "a status of four digits", raw: "HTTP/1.1 2000\r\n\r\n", kind: Garbage, status: 200},
	{name: "a line without a colon", raw: "HTTP/1.1 200 OK\r\nhello\r\n\r\n", kind: Garbage, status: 200},
	{name: "two lengths", raw: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", kind: Garbage, status: 200},
	{name: "a negative length", raw: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", kind: Garbage, status: 200},
	{name: "a length with a sign", raw: "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx", kind: Garbage, status: 200},
	{name: "gzip", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", kind: Garbage, status: 200},
	{name: "a chunk without a size", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n", kind: Garbage, status: 200},
	{name: "a chunk longer than it says", raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nhello\r\n0\r\n\r\n", kind: Garbage, status: 200},
	{name: "101", raw: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", kind: Garbage, status: 101},
	{name: "a head without end", raw: "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: y\r\n", 20_000), kind: TooLong, status: 200},
	{name: "a line without end", raw: "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("y", 100_000), kind: TooLong, status: 200},
	{name: "1xx without end", raw: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 10_000), kind: TooLong},
}

func TestAnAnswerIsReadAsItIs(t *testing.T) {
	for _, c := range answerCases {
		t.Run(c.name, func(t *testing.T) {
			for what, in := range map[string]io.Reader{"at once": strings.NewReader(c.raw), "in halves": iotest.HalfReader(strings.NewReader(c.raw))} {
				a, err := readAnswer(bufio.NewReaderSize(in, readBuffer), 0)
				var kind Kind
				if err != nil {
					kind = talkFailure(err).Kind
				}
				assert.Equal(t, c.kind, kind, "%s: %v", what, err)
				if c.name != "1xx without end" && c.name != "an end after 100" {
					assert.Equal(t, c.status, a.status, what)
				}
				assert.Equal(t, c.cut, a.cut, what)
				if what == "at once" || c.name != "more than the answer" {
					assert.Equal(t, c.reuse, a.reuse, what)
				}
			}
		})
	}
}

// The standard library's client is the judge: what it reads to its end, this does
// too, with the same status and as many bytes behind it.
func TestTheStandardLibraryReadsTheSame(t *testing.T) {
	judged := 0
	for _, c := range answerCases {
		if c.cut || strings.Contains(c.raw, "HTTP/1.1 10") {
			continue // ReadResponse takes a 1xx for the answer
		}
		theirs := bufio.NewReader(strings.NewReader(c.raw))
		response, err := http.ReadResponse(theirs, nil)
		if err != nil {
			continue
		}
		n, err := io.Copy(io.Discard, response.Body)
		if err != nil {
			continue
		}
		ours, mine := readAnswer(bufio.NewReader(strings.NewReader(c.raw)), 0)
		if mine != nil && (c.name == "a status of four digits" || c.name == "HTTP/2") {
			continue // ReadResponse is lenient here
		}
		judged++
		require.NoError(t, mine, c.name)
		assert.Equal(t, response.StatusCode, ours.status, c.name)
		assert.GreaterOrEqual(t, ours.read, n, c.name)
		if response.Close && len(c.raw) > 0 {
			assert.False(t, ours.reuse, c.name)
		}
	}
	assert.Greater(t, judged, 12)
}

func TestReadErrorsKeepTheirKind(t *testing.T) {
	_, err := readAnswer(bufio.NewReader(iotest.ErrReader(errors.New("boom"))), 0)
	assert.Equal(t, Other, talkFailure(err).Kind)
	_, err = readAnswer(bufio.NewReader(io.MultiReader(strings.NewReader("HTTP/1.1 200 OK\r\n"), iotest.ErrReader(errTimeout{}))), 0)
	assert.Equal(t, Timeout, talkFailure(err).Kind)
}

type errTimeout struct{}

func (errTimeout) Error() string   { return "waited" }
func (errTimeout) Timeout() bool   { return true }
func (errTimeout) Temporary() bool { return true }

func TestKeepAliveSaysHowLong(t *testing.T) {
	a, err := readAnswer(bufio.NewReader(strings.NewReader("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: max=3, timeout=5\r\nContent-Length: 0\r\n\r\n")), 0)
	require.NoError(t, err)
	assert.Equal(t, 5*time.Second, a.idle)
	assert.True(t, a.reuse)
}
