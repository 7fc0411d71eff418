package contract_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/ringproof/ringproof/contract"
)

// A consumer that knows the statuses of yesterday only.
func ExampleProbe() {
	consumer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || strings.Contains(string(body), `"status":"not-found"`) {
			http.Error(w, "unknown status", http.StatusBadRequest)
		}
	})
	report, err := contract.Probe(context.Background(), consumer, contract.Only("accepts/bare-minimum"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range report.Checks {
		fmt.Println(c.Verdict, c.ID)
		fmt.Println(c.Detail)
	}
	// Output:
	// fail accepts/bare-minimum
	// type and status not-found, and nothing else: want 2xx, got 400 ("unknown status")
}
