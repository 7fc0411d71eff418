package contract

import (
	"crypto/sha256"
	"fmt"
	"time"
)

// Verdict is what a check found.
type Verdict string

// The verdicts.
const (
	Pass Verdict = "pass"
	Fail Verdict = "fail"
	// Warn is for what a consumer may do, and had better not. With [Strict] it fails.
	Warn Verdict = "warn"
	// Skip says that the check could not be judged; the detail says why.
	Skip Verdict = "skip"
)

// Report is what the checks found. Its JSON is that of ringproof verify --format json.
type Report struct {
	Target  string   `json:"target"`
	Seed    uint64   `json:"seed"`
	Passed  int      `json:"passed"`
	Failed  int      `json:"failed"`
	Warned  int      `json:"warned"`
	Skipped int      `json:"skipped"`
	Checks  []Result `json:"checks"`
	// Deliveries is how many were sent in all.
	Deliveries int `json:"deliveries"`
	// Latency are the times from a delivery's start to its answer, in milliseconds.
	Latency Latency `json:"latency_ms"`
	// Stopped says why the consumer was given up before all checks had run; mostly empty.
	Stopped     string `json:"stopped,omitempty"`
	Interrupted bool   `json:"interrupted,omitempty"`
}

// Result is what one check found.
type Result struct {
	ID          string  `json:"id"`
	Title       string  `json:"title"`
	Verdict     Verdict `json:"verdict"`
	Explanation string  `json:"explanation"`
	// Detail is what was found, in a sentence or two: of a failure the first fault, of
	// a skipped check the reason.
	Detail string `json:"detail"`
	// Reproduce is the command that repeats the check; it is set by who knows the
	// command line, and empty for a check that passed.
	Reproduce string        `json:"reproduce"`
	Source    string        `json:"source"`
	Sent      int           `json:"sent"` // deliveries
	Took      time.Duration `json:"-"`
	// Statuses counts the deliveries by the status of their message. Those of other
	// messages, or of none, are not in it.
	Statuses map[string]Tally `json:"statuses,omitempty"`
	// Failures are the first faults, at most [MaxFailures]; FailureCount counts all.
	Failures     []Failure `json:"failures,omitempty"`
	FailureCount int       `json:"failure_count,omitempty"`
}

// MaxFailures is how many faults a Result lists.
const MaxFailures = 5

// Tally counts deliveries.
type Tally struct {
	Sent int `json:"sent"`
	Bad  int `json:"bad"` // that were part of a fault
}

// Failure is one fault of the consumer.
type Failure struct {
	Verdict Verdict `json:"verdict"` // Fail or Warn
	What    string  `json:"what"`    // what was sent, in words
	Want    string  `json:"want"`
	Got     string  `json:"got"`
	// Answer is the beginning of the body of the answer, secrets concealed.
	Answer string `json:"answer,omitempty"`
	// Sent are the deliveries that show the fault, in their order; mostly one.
	Sent []Sent `json:"sent,omitempty"`
}

// Sent is a delivery of a Failure.
type Sent struct {
	What    string `json:"what"`
	Status  string `json:"status,omitempty"`  // of the message
	Call    string `json:"call,omitempty"`    // its id
	Pointer string `json:"pointer,omitempty"` // to what is special about the body
	// Forged says in which way the credentials were bad; empty if they were good.
	Forged string `json:"forged,omitempty"`
	// File is where somebody has put the body, Command a command that sends it again.
	File    string `json:"file,omitempty"`
	Command string `json:"command,omitempty"`
	Body    []byte `json:"-"`
	// Base is the body without what is special about it; nil if there is none.
	Base []byte `json:"-"`
}

// NoCredentials is the Forged of a delivery that had none.
const NoCredentials = "no credentials"

// MessageID is the id of the message, for ways to authenticate that send one: the same
// for the same body, as that of a redelivery is.
func (x *Sent) MessageID() string {
	sum := sha256.Sum256(x.Body)
	return fmt.Sprintf("msg_%x", sum[:12])
}

// Latency are percentiles, in milliseconds.
type Latency struct {
	Count int     `json:"count"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	Max   float64 `json:"max"`
	// Buckets counts the answers by time: bucket i those of at most 2^i / 8 ms, and
	// more than the one before.
	Buckets []int `json:"buckets,omitempty"`
}

// OK reports whether no check failed.
func (r *Report) OK() bool { return r.Failed == 0 }

func (r *Report) add(x Result) {
	switch x.Verdict {
	case Pass:
		r.Passed++
	case Fail:
		r.Failed++
	case Warn:
		r.Warned++
	case Skip:
		r.Skipped++
	}
	r.Deliveries += x.Sent
	r.Checks = append(r.Checks, x)
}
