package contract

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// serveHandler serves a handler on a loopback port, so that it is checked over HTTP as
// it will be used. A panic of the handler is told as the reason for the answer that
// did not come.
func serveHandler(s *session, h http.Handler) (url string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("contract: nowhere to serve the handler: %w", err)
	}
	server := &http.Server{Handler: caught(s, h), ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) }) // it ends when it is closed
	return "http://" + listener.Addr().String(), func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			_ = server.Close()
		}
		serving.Wait()
	}, nil
}

// caught notes what a handler panics with, and lets it break the connection as it
// would elsewhere.
func caught(s *session, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if cause := recover(); cause != nil {
				s.mu.Lock()
				s.panicked = fmt.Sprint(cause)
				s.mu.Unlock()
				panic(http.ErrAbortHandler)
			}
		}()
		h.ServeHTTP(w, r)
	})
}
