package subject

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ringproof/ringproof/contract/delivery"
	"github.com/ringproof/ringproof/fuzz"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func endpoint(t *testing.T, o EndpointOptions, answer http.HandlerFunc) *Endpoint {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	o.Target = server.URL
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	x, err := NewEndpoint(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(x.Close)
	return x
}

func TestAnswersAreToldApartByTheirClass(t *testing.T) {
	for _, row := range []struct {
		why     string
		answer  http.HandlerFunc
		class   fuzz.Class // of a breakdown
		refused string
	}{
		{"any 2xx is decoded", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, "", ""},
		{"any 4xx refuses, and says why", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no such status", http.StatusConflict) }, "", "status 409: no such status"},
		{"a limit of the rate says nothing of the body", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "slow down", http.StatusTooManyRequests) }, fuzz.Garbled, "status 429: slow down"},
		{"nor does a request that was too slow", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusRequestTimeout) }, fuzz.Garbled, "status 408"},
		{"5xx is what a crash is elsewhere", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "oops", http.StatusBadGateway) }, fuzz.ServerError, "status 502: oops"},
		{"a redirect answers nothing", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) }, fuzz.Garbled, ""},
		{"a connection that ends", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, fuzz.Crashed, ""},
		{"no HTTP", func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_, _ = io.WriteString(c, "hello\r\n\r\n")
				_ = c.Close()
			}
		}, fuzz.Garbled, ""},
	} {
		x := endpoint(t, EndpointOptions{}, row.answer)
		decoded, err := x.Decode([]byte("{}"))
		var b *fuzz.Breakdown
		switch {
		case row.class != "":
			require.ErrorAs(t, err, &b, row.why)
			assert.Equal(t, row.class, b.Class, row.why)
			assert.Contains(t, b.Detail, row.refused, row.why)
		case row.refused != "":
			assert.EqualError(t, err, row.refused, row.why)
			assert.False(t, errors.As(err, &b), row.why)
		default:
			require.NoError(t, err, row.why)
			_, err = decoded.Encode()
			assert.ErrorIs(t, err, fuzz.ErrNoEncoder, row.why)
		}
	}
}

func TestAnEndpointThatDoesNotAnswerHangs(t *testing.T) {
	wait := make(chan struct{})
	x := endpoint(t, EndpointOptions{Timeout: 50 * time.Millisecond}, func(http.ResponseWriter, *http.Request) { <-wait })
	defer close(wait)
	_, err := x.Decode([]byte("{}"))
	var b *fuzz.Breakdown
	require.ErrorAs(t, err, &b)
	assert.Equal(t, fuzz.Endless, b.Class)
}

func TestAnEchoIsTheEncoding(t *testing.T) {
	echo := func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }
	x := endpoint(t, EndpointOptions{Echo: true}, echo)
	decoded, err := x.Decode([]byte(`{"a":1}`))
	require.NoError(t, err)
	encoded, err := decoded.Encode()
	require.NoError(t, err)
	assert.Equal(t, `{"a":1}`, string(encoded))
	assert.Equal(t, int64(1), x.Latency().TotalCount())

	var b *fuzz.Breakdown
	_, err = x.Decode(make([]byte, longestEcho+1))
	require.ErrorAs(t, err, &b, "what is cut is no encoding")
	assert.Equal(t, fuzz.Garbled, b.Class)
	_, err = x.Decode(nil)
	require.ErrorAs(t, err, &b, "who has echoed one body echoes all")
	assert.Equal(t, fuzz.Garbled, b.Class)

	silent := endpoint(t, EndpointOptions{Echo: true}, func(http.ResponseWriter, *http.Request) {})
	decoded, err = silent.Decode([]byte("{}"))
	require.NoError(t, err, "it may echo nothing at all")
	_, err = decoded.Encode()
	assert.ErrorIs(t, err, fuzz.ErrNoEncoder)
}

func TestASecretIsInNoDetail(t *testing.T) {
	auth, err := delivery.ParseAuth("bearer:quite-secret", nil)
	require.NoError(t, err)
	x := endpoint(t, EndpointOptions{Auth: auth}, func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "wrong: "+r.Header.Get("Authorization"), http.StatusInternalServerError)
	})
	_, err = x.Decode([]byte("{}"))
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "quite-secret")
	assert.Contains(t, err.Error(), "$RINGPROOF_SECRET")
}

func TestAnEndOfTheContextIsNobodysFault(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // it takes connections, and never answers
	require.NoError(t, err)
	defer listener.Close()
	ctx, cancel := context.WithCancel(context.Background())
	x, err := NewEndpoint(ctx, EndpointOptions{Target: "http://" + listener.Addr().String(), Timeout: time.Minute})
	require.NoError(t, err)
	defer x.Close()
	time.AfterFunc(10*time.Millisecond, cancel)
	_, err = x.Decode([]byte("{}"))
	assert.ErrorIs(t, err, fuzz.ErrStopped)
	_, err = x.Decode([]byte("{}"))
	assert.ErrorIs(t, err, fuzz.ErrStopped)
}
