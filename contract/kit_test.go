package contract_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/contract"
	"github.com/ringproof/ringproof/internal/consumers"
)

// kit reports whether this process is not one that TestTheKitFails has started.
func kit() bool { return os.Getenv("RINGPROOF_KIT_TEST") == "" }

// observing asks a handler for the state of a call, without a network.
func observing(h http.Handler) func(context.Context, string) (contract.State, error) {
	return func(_ context.Context, id string) (contract.State, error) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/calls/"+id, nil))
		if w.Code == http.StatusNotFound {
			return contract.State{}, nil
		}
		return stateOf(w.Body.Bytes())
	}
}

func TestTheKitRunsASubtestForEachCheck(t *testing.T) {
	h := consumers.New(consumers.Options{})
	contract.Run(t, h, contract.Observe(observing(h)), contract.Except("accepts/ended-reasons", "refuses"))
}

// The tests of users fail when a check does. They run in a process of their own, so
// that their failures are not those of this one.
func TestTheKitFails(t *testing.T) {
	if !kit() {
		h := consumers.New(consumers.Options{Defects: []string{"reads-call-status", "small-body-limit"}})
		contract.Run(t, h, contract.Observe(observing(h)), contract.Settle(200*time.Millisecond))
		return
	}
	exe, err := os.Executable()
	require.NoError(t, err)
	c := exec.Command(exe, "-test.run=^TestTheKitFails$/^(state|accepts)$/^(message-status|large-bodies|bare-minimum)$", "-test.v")
	c.Env = append(os.Environ(), "RINGPROOF_KIT_TEST=1")
	out, err := c.CombinedOutput()
	require.Error(t, err)
	for _, want := range []string{
		"--- FAIL: TestTheKitFails/state/message-status",
		"--- FAIL: TestTheKitFails/accepts/large-bodies",
		"--- PASS: TestTheKitFails/accepts/bare-minimum",
		`message.status in-progress, call.status ringing`, `want status "in-progress"`, `got  status "ringing"`,
		`{"message":{"timestamp":`, "The truth is message.status.", "seed: 1", "the body is too large",
	} {
		assert.Contains(t, string(out), want)
	}
	assert.NotContains(t, string(out), "state/redelivery", "-run chooses checks")
}
