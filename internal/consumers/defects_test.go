package consumers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ringproof/ringproof/internal/consumers"
)

// The messages of the rows below. All are of the call c.
const (
	inProgress   = `{"message":{"type":"status-update","status":"in-progress","timestamp":1,"call":{"id":"c","status":"ringing"}}}`
	forwarding   = `{"message":{"type":"status-update","status":"forwarding","timestamp":2,"call":{"id":"c"}}}`
	forwarding2  = `{"message":{"type":"status-update","status":"forwarding","timestamp":3,"call":{"id":"c"}}}`
	ended        = `{"message":{"type":"status-update","status":"ended","timestamp":4,"call":{"id":"c"}}}`
	report       = `{"message":{"type":"end-of-call-report","timestamp":5,"call":{"id":"c"}}}`
	created      = `{"message":{"type":"status-update","status":"ended","call":{"id":"c","createdAt":"2026-01-01T00:00:00Z"},"customer":{}}}`
	typeAndMore  = `{"message":{"type":"status-update","status":"ended"}}`
	conversation = `{"message":{"type":"status-update","status":"ended","call":{"id":"c"},"artifact":{"messages":[%s]}}}`
	broken       = `{"message":`
)

// symptoms are for each defect the smallest traffic that shows it: what is sent, and
// the answers with the state of the call as the correct consumer and as this one give
// them.
var symptoms = []struct {
	defect       string
	scheme       string // none if empty
	sent         []string
	with         string // credentials: good if empty, else of spoilers, or old
	right, wrong string
}{
	{defect: "reads-call-status", sent: []string{inProgress}, right: "200 in-progress/1", wrong: "200 ringing/1"},
	{defect: "only-ended-closes", sent: []string{inProgress, report}, right: "200 200 ended/2", wrong: "200 200 in-progress/1"},
	{defect: "only-report-closes", sent: []string{inProgress, ended}, right: "200 200 ended/2", wrong: "200 200 in-progress/1"},
	{defect: "last-arrival-wins", sent: []string{ended, inProgress}, right: "200 200 ended/2", wrong: "200 200 in-progress/2"},
	{defect: "dedupes-on-call-and-type", sent: []string{inProgress, ended}, right: "200 200 ended/2", wrong: "200 200 in-progress/1"},
	{defect: "dedupes-on-call-and-status", sent: []string{forwarding, forwarding2}, right: "200 200 forwarding/2", wrong: "200 200 forwarding/1"},
	{defect: "dedupes-on-message-id", sent: []string{inProgress, ended}, right: "200 200 ended/2", wrong: "200 200 in-progress/1"},
	{defect: "no-deduplication", sent: []string{ended, ended}, right: "200 200 ended/1", wrong: "200 200 ended/2"},
	{defect: "redelivery-conflict", sent: []string{ended, ended}, right: "200 200 ended/1", wrong: "200 409 ended/1"},

	{defect: "closed-statuses", sent: []string{strings.Replace(ended, "ended", "transferring", 1)}, right: "200 transferring/1", wrong: "400 none"},
	{defect: "closed-reasons", sent: []string{strings.Replace(ended, `"ended"`, `"ended","endedReason":"customer-ran-away"`, 1)}, right: "200 ended/1", wrong: "400 none"},
	{defect: "unknown-type", sent: []string{`{"message":{"type":"assistant.started"}}`}, right: "200 none", wrong: "400 none"},
	{defect: "timestamp-string", sent: []string{ended}, right: "200 ended/1", wrong: "400 none"},
	{defect: "timestamp-integer", sent: []string{strings.Replace(ended, "4", "4.0002", 1)}, right: "200 ended/1", wrong: "400 none"},
	{defect: "arguments-object", sent: []string{fmt.Sprintf(conversation, `{"toolCalls":[{"function":{"arguments":"{}"}}]}`)}, right: "200 ended/1", wrong: "400 none"},
	{defect: "requires-call", sent: []string{typeAndMore}, right: "200 none", wrong: "400 none"},
	{defect: "requires-call-created-at", sent: []string{created, ended}, right: "200 200 ended/2", wrong: "200 400 ended/1"},
	{defect: "requires-customer", sent: []string{created, ended}, right: "200 200 ended/2", wrong: "200 400 ended/1"},
	{defect: "expects-message-id", sent: []string{ended}, right: "200 ended/1", wrong: "400 none"},
	{defect: "ignores-envelope", sent: []string{ended}, right: "200 ended/1", wrong: "200 none"},
	{defect: "unknown-shape", sent: []string{fmt.Sprintf(conversation, `{"result":{}}`)}, right: "200 ended/1", wrong: "500 none"},
	{defect: "small-body-limit", sent: []string{strings.Repeat(" ", 100<<10) + ended}, right: "200 ended/1", wrong: "413 none"},
	{defect: "always-ok", sent: []string{broken}, right: "400 none", wrong: "200 none"},
	{defect: "slow-answer", sent: []string{ended}, right: "200 ended/1", wrong: "200 ended/1 after 21s"},

	{defect: "no-authentication", scheme: "secret", sent: []string{ended}, with: "wrong", right: "401 none", wrong: "200 ended/1"},
	{defect: "missing-secret-accepted", scheme: "bearer", sent: []string{ended}, with: "missing", right: "401 none", wrong: "200 ended/1"},
	{defect: "missing-secret-accepted", scheme: "hmac", sent: []string{ended}, with: "missing", right: "401 none", wrong: "200 ended/1"},
	{defect: "missing-secret-accepted", scheme: "hmac", sent: []string{ended}, with: "wrong", right: "401 none", wrong: "401 none"},
	{defect: "missing-secret-accepted", scheme: "standard", sent: []string{ended}, with: "missing", right: "401 none", wrong: "200 ended/1"},
	{defect: "parses-before-authenticating", scheme: "secret", sent: []string{broken}, with: "wrong", right: "401 none", wrong: "400 none"},
	{defect: "acts-before-authenticating", scheme: "hmac", sent: []string{ended}, with: "wrong", right: "401 none", wrong: "401 ended/1"},
	{defect: "reserialised-signature", scheme: "hmac", sent: []string{ended, " " + forwarding}, right: "200 200 ended/2", wrong: "200 401 ended/1"},
	{defect: "reserialised-signature", scheme: "standard", sent: []string{ended, " " + forwarding}, right: "200 200 ended/2", wrong: "200 401 ended/1"},
	{defect: "truncated-signature-accepted", scheme: "hmac", sent: []string{ended}, with: "truncated", right: "401 none", wrong: "200 ended/1"},
	{defect: "truncated-signature-accepted", scheme: "secret", sent: []string{ended}, with: "truncated", right: "401 none", wrong: "200 ended/1"},
	{defect: "old-signature-accepted", scheme: "standard", sent: []string{ended}, with: "old", right: "401 none", wrong: "200 ended/1"},
	{defect: "old-signature-accepted", scheme: "hmac in milliseconds", sent: []string{ended}, with: "old", right: "401 none", wrong: "200 ended/1"},
	{defect: "compares-with-operator", scheme: "hmac", sent: []string{ended}, with: "truncated", right: "401 none", wrong: "401 none"},
}

func TestEachDefectShows(t *testing.T) {
	for i, row := range symptoms {
		t.Run(fmt.Sprintf("%s %d", row.defect, i), func(t *testing.T) {
			course := func(defects ...string) (told string) {
				// The clock of a bubble: nobody waits.
				synctest.Test(t, func(t *testing.T) { told = outcome(t, row.scheme, row.with, row.sent, defects) })
				return told
			}
			if got := course(); got != row.right {
				t.Errorf("the correct consumer: %s, want %s", got, row.right)
			}
			if got := course(row.defect); got != row.wrong {
				t.Errorf("with the defect: %s, want %s", got, row.wrong)
			}
		})
	}
}

func outcome(t *testing.T, schemeName, with string, sent, defects []string) string {
	options := consumers.Options{Defects: defects, Now: time.Now}
	sign := func([]byte, time.Time) http.Header { return nil }
	if i := slices.IndexFunc(schemes, func(s scheme) bool { return s.name == schemeName }); i >= 0 {
		options.Auth, sign = parsed(t, schemes[i].setting), schemes[i].sign
	}
	h := consumers.New(options)
	begun := time.Now()
	var told []string
	for _, body := range sent {
		at := time.Now()
		if with == "old" {
			at = at.Add(-24 * time.Hour)
		}
		header := sign([]byte(body), at)
		if spoil := spoilers[with]; spoil != nil {
			header = spoiled(header, spoil)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		for name, values := range header {
			r.Header[name] = values
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		told = append(told, fmt.Sprint(w.Code))
	}
	took := time.Since(begun)
	told = append(told, direct(h).state(t, "c"))
	if took > 0 {
		told = append(told, "after "+took.String())
	}
	return strings.Join(told, " ")
}

func TestEachDefectHasASymptom(t *testing.T) {
	names := map[string]bool{}
	for _, d := range consumers.Defects() {
		if d.Name == "" || d.Title == "" || d.Why == "" || names[d.Name] {
			t.Errorf("%q: no title, no reason, or there twice", d.Name)
		}
		names[d.Name] = true
		shown := false
		for _, row := range symptoms {
			if row.defect == d.Name {
				shown = shown || row.right != row.wrong
				if (row.scheme != "") != (d.Schemes != nil) {
					t.Errorf("%s: shown with %q, but it is said to show with %q", d.Name, row.scheme, d.Schemes)
				}
			}
		}
		if shown == d.Hidden {
			t.Errorf("%s: shown %t, hidden %t", d.Name, shown, d.Hidden)
		}
	}
	for _, row := range symptoms {
		if !names[row.defect] {
			t.Errorf("there is no defect %s", row.defect)
		}
	}
}

// FACTS section 7, in its order.
func TestTheDefectsOfRealConsumersAreThere(t *testing.T) {
	want := []string{
		"reads-call-status", "dedupes-on-call-and-type", "dedupes-on-call-and-status", "closed-statuses", "closed-reasons", "unknown-type",
		"timestamp-string", "arguments-object", "requires-call", "requires-call-created-at", "requires-customer", "reserialised-signature",
		"missing-secret-accepted", "compares-with-operator", "parses-before-authenticating", "redelivery-conflict", "expects-message-id",
		"only-ended-closes", "only-report-closes", "ignores-envelope", "unknown-shape",
	}
	for _, name := range want {
		i := slices.IndexFunc(consumers.Defects(), func(d consumers.Defect) bool { return d.Name == name })
		if i < 0 || !strings.HasPrefix(consumers.Defects()[i].Facts, "7") {
			t.Errorf("%s is not there, or does not refer to the section", name)
		}
	}
}

// Each may be switched on beside any other: a consumer can have two defects.
func TestDefectsGoTogether(t *testing.T) {
	all := consumers.Defects()
	for _, a := range all {
		for _, b := range all {
			synctest.Test(t, func(t *testing.T) {
				outcome(t, "hmac", "", []string{ended, ended, broken, report}, []string{a.Name, b.Name})
			})
		}
	}
}

func TestAnUnknownDefectIsAMistakeOfTheProgrammer(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	consumers.New(consumers.Options{Defects: []string{"reads-minds"}})
}
