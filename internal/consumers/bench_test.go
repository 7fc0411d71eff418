package consumers_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ringproof/ringproof/fixtures"
	"github.com/ringproof/ringproof/internal/consumers"
)

// What a delivery costs the consumer itself: it must not be what a sender waits for.
func BenchmarkDelivery(b *testing.B) {
	h := consumers.New(consumers.Options{})
	body := fixtures.New(1).MustMessage("ended").JSON()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body)))
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
