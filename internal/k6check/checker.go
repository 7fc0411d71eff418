package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/ringproof/ringproof/internal/consumers"
	"github.com/ringproof/ringproof/schema"
)

// checker is the sample consumer behind a door at which everything is written down.
type checker struct {
	server   *httptest.Server
	consumer http.Handler

	mu      sync.Mutex
	arrived map[digest]int
	faults  []error
}

func newChecker(auth string) (*checker, error) {
	parsed, err := consumers.ParseAuth(auth, func(string) string { return "" })
	if err != nil {
		return nil, err
	}
	c := &checker{consumer: consumers.New(consumers.Options{Auth: parsed}), arrived: map[digest]int{}}
	c.server = httptest.NewServer(c)
	return c, nil
}

func (c *checker) url() string { return c.server.URL }
func (c *checker) close()      { c.server.Close() }

func (c *checker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.note(body, fmt.Errorf("a request that breaks off: %w", err))
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	said := httptest.NewRecorder()
	c.consumer.ServeHTTP(said, r)
	c.note(body, c.judge(r, body, said))
	w.WriteHeader(said.Code)
}

// judge says what is wrong with a request. Whether it is signed rightly says the
// consumer, which shares no code with what signed it.
func (c *checker) judge(r *http.Request, body []byte, said *httptest.ResponseRecorder) error {
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/hook" || r.Header.Get("Content-Type") != "application/json":
		return fmt.Errorf("%s %s, %s", r.Method, r.URL, r.Header.Get("Content-Type"))
	case said.Code != http.StatusOK:
		return fmt.Errorf("the consumer says %d: %s", said.Code, bytes.TrimSpace(said.Body.Bytes()))
	}
	report, err := schema.Validate(body, schema.Options{Profile: schema.Live})
	if err != nil {
		return err
	}
	for _, f := range report.Findings {
		if f.Severity == schema.Error {
			return errors.New("it is not valid: " + f.Message)
		}
	}
	return nil
}

func (c *checker) note(body []byte, fault error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.arrived[sha256.Sum256(body)]++
	if fault != nil {
		c.faults = append(c.faults, fault)
	}
}

// compare returns how many bodies there are, and what is wrong with what arrived.
func (c *checker) compare(want map[digest]int) (bodies int, faults []error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	faults = c.faults
	for body, n := range want {
		bodies += n
		if got := c.arrived[body]; got != n {
			faults = append(faults, fmt.Errorf("a body of the export arrived %d times, not %d", got, n))
		}
	}
	for body, n := range c.arrived {
		if want[body] == 0 {
			faults = append(faults, fmt.Errorf("%d arrived that are none of the export", n))
		}
	}
	if bodies == 0 {
		faults = append(faults, errors.New("the export is empty"))
	}
	return bodies, faults
}
