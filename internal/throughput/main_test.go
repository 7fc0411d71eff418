package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	heySaid = "\nSummary:\n  Total:\t2.0012 secs\n  Requests/sec:\t39522.5\n\nStatus code distribution:\n  [200]\t79000 responses\n"
	wrkSaid = "Running 2s test\n  Thread Stats   Avg\n    Req/Sec    43.33k     6.90k\n  10 requests in 2.00s, 1MB read\nRequests/sec:  86093.42\nTransfer/sec:  1MB\n"
	ourSaid = `{"seed":1,"sent":1000,"acknowledged":1000,"elapsed_s":2}`
)

// Answers that were no acknowledgements are quicker, so a figure with any is none.
func TestARateCountsOnlyIfAllWasAcknowledged(t *testing.T) {
	for _, c := range []struct {
		tool, said string
		rate       float64 // 0: refused
		why        string
	}{
		{"ringproof", ourSaid, 500, "a run"},
		{"ringproof", strings.Replace(ourSaid, `ed":1000`, `ed":999`, 1), 0, "one was not acknowledged"},
		{"ringproof", `{"sent":0,"acknowledged":0,"elapsed_s":2}`, 0, "nothing was sent"},
		{"ringproof", "2 sent", 0, "no JSON"},
		{"hey", heySaid, 39522.5, "a run"},
		{"hey", strings.Replace(heySaid, "[200]", "[500]", 1), 0, "another status"},
		{"hey", heySaid + "  [500]\t1 responses\n", 0, "another status, too"},
		{"hey", heySaid + "Error distribution:\n  [3]\tdial tcp: refused\n", 0, "errors"},
		{"hey", "\n  Requests/sec:\t100\n", 0, "no answer at all"},
		{"wrk", wrkSaid, 86093.42, "a run"},
		{"wrk", wrkSaid + "  Non-2xx or 3xx responses: 7\n", 0, "another status"},
		{"wrk", "  Socket errors: connect 0, read 3, write 0, timeout 0\n" + wrkSaid, 0, "errors"},
		{"wrk", "Running\n", 0, "no figure"},
	} {
		for _, tool := range tools {
			if tool.name != c.tool {
				continue
			}
			rate, err := tool.read([]byte(c.said))
			assert.Equal(t, c.rate == 0, err != nil, "%s: %s: %v", c.tool, c.why, err)
			assert.Equal(t, c.rate, rate, "%s: %s", c.tool, c.why)
		}
	}
}

func TestMedian(t *testing.T) {
	assert.Equal(t, 3.0, median([]float64{9, 1, 3}))
	assert.Equal(t, 2.5, median([]float64{9, 1, 3, 2}))
}

func TestTheBareTargetAcknowledgesEachRequest(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go accept(listener)
	defer listener.Close()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for _, size := range []int{0, 12_000, 200_000, 1} {
		r, err := client.Post("http://"+listener.Addr().String(), "application/json", bytes.NewReader(make([]byte, size)))
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, r.StatusCode)
		_, err = io.Copy(io.Discard, r.Body)
		require.NoError(t, err)
		require.NoError(t, r.Body.Close())
	}
}
