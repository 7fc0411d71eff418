package contract_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ringproof/ringproof/contract"
	"github.com/ringproof/ringproof/internal/consumers"
)

func TestMain(m *testing.M) {
	if kit() {
		goleak.VerifyTestMain(m)
	}
	m.Run()
}

// sample serves a sample consumer until the test ends, and returns its URL.
func sample(t *testing.T, o consumers.Options) string {
	t.Helper()
	return serve(t, consumers.New(o))
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// observed are the options for a consumer that tells its state as the samples do.
func observed(url string, more ...contract.Option) []contract.Option {
	return append([]contract.Option{contract.ObserveURL(url + "/calls/" + contract.CallIDPlaceholder)}, more...)
}

func probe(t *testing.T, target any, options ...contract.Option) *contract.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	r, err := contract.Probe(ctx, target, options...)
	require.NoError(t, err)
	return r
}

// byVerdict are the ids of the checks with one of the verdicts.
func byVerdict(r *contract.Report, verdicts ...contract.Verdict) []string {
	ids := []string{}
	for _, c := range r.Checks {
		for _, v := range verdicts {
			if c.Verdict == v {
				ids = append(ids, c.ID)
			}
		}
	}
	return ids
}

func result(t *testing.T, r *contract.Report, id string) contract.Result {
	t.Helper()
	for _, c := range r.Checks {
		if c.ID == id {
			return c
		}
	}
	require.Fail(t, "no check "+id)
	return contract.Result{}
}

func stateOf(body []byte) (contract.State, error) {
	var told struct {
		Status     string
		Deliveries int
	}
	err := json.Unmarshal(body, &told)
	return contract.State{Status: told.Status, Deliveries: told.Deliveries}, err
}
