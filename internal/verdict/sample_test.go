package verdict

import (
	"fmt"
	"strings"
	"time"

	"github.com/ringproof/ringproof/contract"
)

// hostile is what a consumer might say to be believed, or to do harm.
var hostile = strings.Join([]string{
	"</script><script>alert(1)</script><img src=x onerror=alert(1)> \"'&lt;",
	"\x1b[31mred\x1b[0m \x9b31m \u202egnp.exe \x00",
	"::error title=forged::by the consumer",
	"##[error]forged",
	"]]> ]]]]> <![CDATA[",
	"{{.Target}} {0} [a](b) `c` | d",
	strings.Repeat("x", 600),
	"\xff\xfe broken",
}, "\n")

const body = `{"message":{"timestamp":1780960736047.5,"type":"status-update","status":"ended","call":{"id":"0b6f3c1e-52a7-4d0e-9c1f-7f4f2c9d1a10","status":"ringing"},"artifact":{"messages":[{"role":"user","message":"Grüße \u00e9 </pre>"},{"role":"bot","message":"1e400"}]}}}`

// sample has each verdict, and each kind of failure.
func sample() *contract.Report {
	id := "0b6f3c1e-52a7-4d0e-9c1f-7f4f2c9d1a10"
	sent := func(n int, status string) contract.Sent {
		file := fmt.Sprintf("verify out/body-%d.json", n)
		return contract.Sent{
			What: "a message with status " + status, Status: status, Call: id, Body: []byte(strings.Replace(body, `"ended"`, `"`+status+`"`, 1)),
			File: file, Command: "curl -sS -i http://127.0.0.1:8080/hook -H \"Authorization: Bearer $RINGPROOF_SECRET\" --data-binary '@" + file + "'",
		}
	}
	r := &contract.Report{
		Target: "http://127.0.0.1:8080/hook", Seed: 18446744073709551615, Passed: 2, Failed: 5, Warned: 1, Skipped: 2, Deliveries: 2448,
		Latency: contract.Latency{Count: 2440, P50: 0.21, P90: 4.5, P99: 13.2, Max: 1207, Buckets: []int{387, 1200, 400, 209, 120, 80, 30, 13, 0, 0, 0, 0, 0, 0, 1}},
	}
	add := func(c contract.Result) {
		if c.Verdict == contract.Fail || c.Verdict == contract.Warn {
			c.Reproduce = "ringproof verify --to http://127.0.0.1:8080/hook --seed 18446744073709551615 --check " + c.ID
		}
		r.Checks = append(r.Checks, c)
	}
	add(contract.Result{
		ID: "answers/in-time", Title: "answers within the timeout", Verdict: contract.Pass, Explanation: "The provider waits for a limited time.",
		Detail: "the slowest of 4 answers took 3.1 ms", Source: "spec: Server.timeoutSeconds", Sent: 4, Took: 12 * time.Millisecond,
		Statuses: map[string]contract.Tally{"in-progress": {Sent: 2}, "ended": {Sent: 2}},
	})
	unlucky := sent(1, "parked")
	add(contract.Result{
		ID: "accepts/statuses", Title: "accepts every status, whatever else the message has", Verdict: contract.Fail,
		Explanation: "There are eight statuses, and one day there will be more. A message may have two members or hundreds; each is only about one call, and what is not acknowledged is lost.",
		Detail:      "a message with status parked: want 2xx, got 500 (and 6 more)", Source: "spec: ServerMessageStatusUpdate.status", Sent: 1025, Took: 3271 * time.Millisecond,
		Statuses: map[string]contract.Tally{"scheduled": {Sent: 3}, "parked": {Sent: 1022, Bad: 7}}, FailureCount: 7,
		Failures: []contract.Failure{{Verdict: contract.Fail, What: unlucky.What, Want: "2xx", Got: "500", Answer: hostile, Sent: []contract.Sent{unlucky}}},
	})
	broken := contract.Sent{What: "a body that was cut off", Body: []byte(body[:90]), Base: []byte(body), File: "body-2.json", Command: "curl --data-binary @body-2.json http://127.0.0.1:8080/hook"}
	add(contract.Result{
		ID: "refuses/malformed-json", Title: "refuses malformed JSON with 4xx", Verdict: contract.Warn,
		Explanation: "What cannot be read has not been taken in.", Detail: "a body that was cut off: want 4xx, got 200 (and 1 more)", Source: "RFC 8259", Sent: 26, FailureCount: 2,
		Failures: []contract.Failure{
			{Verdict: contract.Warn, What: broken.What, Want: "4xx", Got: "200", Answer: "ok", Sent: []contract.Sent{broken}},
			{Verdict: contract.Warn, What: "nothing at all", Want: "4xx", Got: "200", Sent: []contract.Sent{{What: "nothing at all", Body: []byte{}, Base: []byte(body)}}},
		},
	})
	fault := contract.Sent{
		What: "value of another JSON type (type/Artifact.messages)", Pointer: "/message/artifact/messages/1/role", Base: []byte(body),
		Body: []byte(strings.Replace(body, `"bot"`, "[\"\ufeff\",\"\x01\"]", 1)), File: "body-3.json",
	}
	absent := contract.Sent{What: "message without status", Pointer: "/message/status", Base: []byte(body), Body: []byte(strings.Replace(body, `"status":"ended",`, "", 1)), File: "/abs/body-4.json"}
	add(contract.Result{
		ID: "refuses/single-faults", Title: "survives messages with one fault", Verdict: contract.Fail, Explanation: "A shape that nobody expected must not end in 5xx.",
		Detail: "value of another JSON type: want no 5xx, got 502", Source: "the derived schema", Sent: 1200, Took: 151 * time.Millisecond, FailureCount: 2,
		Failures: []contract.Failure{
			{Verdict: contract.Fail, What: fault.What, Want: "no 5xx and no broken connection", Got: "502\nand then nothing", Sent: []contract.Sent{fault}},
			{Verdict: contract.Warn, What: absent.What, Want: "4xx", Got: "204", Sent: []contract.Sent{absent}},
		},
	})
	forged := sent(5, "ended")
	forged.Forged = contract.NoCredentials
	add(contract.Result{
		ID: "auth/missing", Title: "refuses a delivery without credentials", Verdict: contract.Fail, Explanation: "Whoever knows the address could end calls.",
		Detail: "a message with status ended: want 401 or 403, got 200", Source: "docs: server authentication", Sent: 1, FailureCount: 1,
		Statuses: map[string]contract.Tally{"ended": {Sent: 1, Bad: 1}},
		Failures: []contract.Failure{{Verdict: contract.Fail, What: "a message with status ended, no credentials", Want: "401 or 403", Got: "200", Sent: []contract.Sent{forged}}},
	})
	for _, name := range []string{"auth/wrong", "auth/truncated"} {
		add(contract.Result{ID: name, Title: "refuses wrong credentials", Verdict: contract.Skip, Explanation: "A guess must not do.", Detail: "it cannot be judged without knowing how deliveries are authenticated", Source: "docs"})
	}
	add(contract.Result{
		ID: "state/shuffled", Title: "ends in the same state when messages are shuffled and doubled", Verdict: contract.Fail, Explanation: "Neighbouring messages overtake each other.",
		Detail: "ended, in-progress of web-call: want status \"ended\", got status \"in-progress\"", Source: "live: 2.5 % of neighbours", Sent: 187, Took: 13 * time.Second, FailureCount: 30,
		Statuses: map[string]contract.Tally{"in-progress": {Sent: 90, Bad: 1}, "ended": {Sent: 97, Bad: 1}},
		Failures: []contract.Failure{{
			Verdict: contract.Fail, What: "ended, in-progress, ended of web-call (the shortest schedule found that fails)", Want: `status "ended", at most 2 deliveries had an effect`,
			Got: `status "in-progress", 3 deliveries had an effect`, Sent: []contract.Sent{sent(6, "ended"), sent(7, "in-progress"), sent(8, "ended")},
		}},
	})
	add(contract.Result{ID: "state/bare", Title: "fails without a failure that is listed", Verdict: contract.Fail, Explanation: "The handler panicked.", Detail: "the handler panicked: boom", Source: "nowhere"})
	add(contract.Result{ID: "state/at-once", Title: "keeps the states of many calls apart", Verdict: contract.Pass, Detail: "1 deliveries", Source: "spec", Sent: 5})
	return r
}

// reports are what each format has to show.
func reports() map[string]*contract.Report {
	passed := &contract.Report{Target: "handler", Seed: 1, Passed: 1, Deliveries: 1, Checks: sample().Checks[:1]}
	given := &contract.Report{Target: "http://127.0.0.1:1/", Seed: 1, Skipped: 1, Stopped: "connection refused", Interrupted: true, Checks: sample().Checks[5:6]}
	return map[string]*contract.Report{"sample": sample(), "empty": {Target: "http://127.0.0.1:1/"}, "passed": passed, "interrupted": given}
}
