package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ringproof/ringproof/contract"
	"github.com/ringproof/ringproof/internal/consumers"
	"github.com/ringproof/ringproof/internal/verdict"
)

const (
	// demoDefect is the commonest one of real consumers, and of the provider's quickstart.
	demoDefect = "reads-call-status"
	demoCheck  = "state/message-status"
	// demoSettle is short: the sample works before it answers.
	demoSettle  = 100 * time.Millisecond
	demoAddress = "http://127.0.0.1:8080"
)

// demoConsumer checks a consumer that reads call.status, and says what it takes to see
// that again.
func demoConsumer(ctx context.Context, b *bytes.Buffer) error {
	h := consumers.New(consumers.Options{Defects: []string{demoDefect}})
	r, err := contract.Probe(ctx, h, contract.Observe(observeHandler(h)), contract.Settle(demoSettle), contract.Except("auth"))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(r.Checks, func(c contract.Result) bool { return c.ID == demoCheck })
	if i < 0 || r.Checks[i].Verdict != contract.Fail {
		return fmt.Errorf("the check %s did not find the defect %s", demoCheck, demoDefect)
	}
	found := &r.Checks[i]
	f := &found.Failures[0]
	fmt.Fprintf(b, "A consumer that reads call.status, as the provider's quickstart does in six languages\n"+
		"  %d checks with %d deliveries: %d passed, %d failed\n  failed     %s: %s\n  sent       %s\n  wanted     %s\n  got        %s\n  why        %s\n",
		len(r.Checks)-r.Skipped, r.Deliveries, r.Passed, r.Failed, found.ID, found.Title, f.Sent[0].What, f.Want, f.Got, wrapped(found.Explanation, "             "))
	fmt.Fprintf(b, "  again      go run ./internal/consumers/cmd/consumer --addr 127.0.0.1:8080 --defect %s &\n"+
		"             %s\n", demoDefect, demoAgain())
	found.Reproduce = demoAgain()
	page, err := demoPage(r)
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "  the page   %s\n\n", page)
	return nil
}

func demoAgain() string {
	return fmt.Sprintf("ringproof verify --to %s/hook --observe '%s/calls/{call.id}' --check %s", demoAddress, demoAddress, demoCheck)
}

// demoPage writes the report as HTML into a folder of temporary files.
func demoPage(r *contract.Report) (string, error) {
	dir, err := os.MkdirTemp("", "ringproof-demo-")
	if err != nil {
		return "", err
	}
	r.Target = demoAddress + "/hook"
	var b bytes.Buffer
	if err := verdict.Write(&b, "html", r, verdict.Options{Version: version()}); err != nil {
		return "", err
	}
	name := filepath.Join(dir, "verify.html")
	return name, os.WriteFile(name, b.Bytes(), 0o666)
}

// observeHandler asks a sample consumer for the state of a call, without a network.
func observeHandler(h http.Handler) contract.Observer {
	return func(ctx context.Context, id string) (contract.State, error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/calls/"+id, nil)
		if err != nil {
			return contract.State{}, err
		}
		a := &answer{header: http.Header{}}
		h.ServeHTTP(a, r)
		var s contract.State
		if a.status == http.StatusNotFound {
			return s, nil
		}
		err = json.Unmarshal(a.body.Bytes(), &s)
		return s, err
	}
}

// answer is what a handler says.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// wrapped is a text in lines of at most 86 characters, with an indent after the first.
func wrapped(text, indent string) string {
	var b strings.Builder
	width := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case width == 0:
		case width+1+len(word) > 86:
			b.WriteString("\n" + indent)
			width = 0
		default:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += len(word)
	}
	return b.String()
}
