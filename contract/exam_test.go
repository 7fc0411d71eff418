package contract_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/contract"
	"github.com/ringproof/ringproof/internal/consumers"
)

var update = flag.Bool("update", false, "rewrite docs/consumers.md; read the result before you keep it")

// all reports whether the long form of the tests is asked for: make check-consumers.
func all() bool { return os.Getenv("RINGPROOF_ALL") != "" }

// examined says for each defect of the sample consumers which check names it.
var examined = []struct {
	defect string
	check  string
	// strict: by default it is a warning, for the reason in why.
	strict bool
	why    string
	auth   string // none if empty
}{
	{defect: "reads-call-status", check: "state/message-status"},
	{defect: "only-ended-closes", check: "state/lost-ended", strict: true, why: "who gets no reports has nothing else to go by"},
	{defect: "only-report-closes", check: "state/takes-effect"},
	{defect: "last-arrival-wins", check: "state/ended-is-final"},
	{defect: "dedupes-on-call-and-type", check: "state/takes-effect"},
	{defect: "dedupes-on-call-and-status", check: "state/two-forwardings"},
	{defect: "dedupes-on-message-id", check: "state/takes-effect"},
	{defect: "no-deduplication", check: "state/redelivery"},
	{defect: "redelivery-conflict", check: "answers/redelivery"},
	{defect: "closed-statuses", check: "accepts/evolutions"},
	{defect: "closed-reasons", check: "accepts/ended-reasons"},
	{defect: "unknown-type", check: "accepts/other-messages"},
	{defect: "timestamp-string", check: "accepts/timestamps"},
	{defect: "timestamp-integer", check: "accepts/timestamps"},
	{defect: "arguments-object", check: "accepts/tool-results"},
	{defect: "requires-call", check: "accepts/absent-members"},
	{defect: "requires-call-created-at", check: "accepts/sparse-call", strict: true, why: "the provider's file says that it is there"},
	{defect: "requires-customer", check: "accepts/absent-members"},
	{defect: "expects-message-id", check: "answers/typical"},
	{defect: "ignores-envelope", check: "state/takes-effect"},
	{defect: "unknown-shape", check: "accepts/tool-results"},
	{defect: "small-body-limit", check: "accepts/large-bodies"},
	{defect: "always-ok", check: "auth/wrong", auth: hmacSpec},
	{defect: "slow-answer", check: "answers/in-time"},
	{defect: "no-authentication", check: "auth/missing", auth: secretSpec},
	{defect: "missing-secret-accepted", check: "auth/missing", auth: hmacSpec},
	{defect: "parses-before-authenticating", check: "auth/before-parsing", auth: bearerSpec},
	{defect: "acts-before-authenticating", check: "auth/before-effect", auth: hmacSpec},
	{defect: "reserialised-signature", check: "auth/raw-bytes", auth: standardSpec},
	{defect: "truncated-signature-accepted", check: "auth/truncated", auth: hmacSpec},
	{defect: "old-signature-accepted", check: "auth/replayed", strict: true, why: "the provider does not ask for it", auth: hmacSpec},
	{defect: "compares-with-operator", auth: hmacSpec, why: "only a clock tells, and not from outside"},
}

const (
	secretSpec   = "secret:exam-s3cret"
	bearerSpec   = "bearer:exam-t0ken"
	hmacSpec     = "hmac:exam-s3cret"
	standardSpec = "standard:whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)

func TestEveryDefectIsExamined(t *testing.T) {
	var names []string
	for _, d := range consumers.Defects() {
		names = append(names, d.Name)
	}
	for i, e := range examined {
		assert.Contains(t, names, e.defect)
		assert.Equal(t, e.defect, names[i], "in the order of the defects")
		assert.Equal(t, e.strict || e.check == "", e.why != "", "%s: a reason, and only for an exception", e.defect)
	}
	assert.Len(t, examined, len(names))
}

// exam checks a consumer with a defect.
func exam(t *testing.T, defect, auth string, options ...contract.Option) *contract.Report {
	o := consumers.Options{Work: 1200 * time.Millisecond}
	timeout := 20 * time.Second
	if defect != "" {
		o.Defects = []string{defect}
	}
	if defect == "slow-answer" {
		timeout = time.Second
	}
	if auth == "" {
		auth = "none"
	}
	var err error
	o.Auth, err = consumers.ParseAuth(auth, nil)
	require.NoError(t, err)
	url := sample(t, o)
	options = append(observed(url), append(options, contract.Auth(auth), contract.Timeout(timeout), contract.Settle(time.Second))...)
	r, err := contract.Probe(t.Context(), url+"/hook", options...)
	if defect == "slow-answer" {
		require.ErrorIs(t, err, contract.ErrNeverAnswered)
	} else {
		require.NoError(t, err)
	}
	return r
}

// Every defect fails the check that names it. The full exam, with all checks and five
// seeds, is that of make check-consumers.
func TestEachDefectFailsTheCheckThatNamesIt(t *testing.T) {
	seeds := []uint64{1}
	if all() {
		seeds = []uint64{1, 2, 3, 4, 5}
	}
	for _, e := range examined {
		if e.check == "" {
			continue
		}
		t.Run(e.defect, func(t *testing.T) {
			t.Parallel()
			for _, seed := range seeds {
				only := []string{e.check, "answers/in-time"}
				if all() {
					only = nil
				}
				r := exam(t, e.defect, e.auth, contract.Seed(seed), contract.Only(only...))
				want := contract.Fail
				if e.strict {
					want = contract.Warn
					assert.Empty(t, byVerdict(r, contract.Fail), "seed %d, by default", seed)
					strictly := exam(t, e.defect, e.auth, contract.Seed(seed), contract.Only(e.check), contract.Strict())
					assert.Equal(t, contract.Fail, result(t, strictly, e.check).Verdict, "seed %d, strictly", seed)
				}
				got := result(t, r, e.check)
				assert.Equal(t, want, got.Verdict, "seed %d: %s", seed, got.Detail)
				assert.Equal(t, got.Sent > 0, got.Detail != "")
			}
		})
	}
}

const matrixPage = "../docs/consumers.md"

// The page shows what each defect does to each check, with seed 1.
func TestTheMatrixOfDefectsAndChecks(t *testing.T) {
	if !all() && !*update {
		t.Skip("NOT CHECKED: docs/consumers.md against all defects: make check-consumers does")
	}
	columns := make([]map[string]contract.Verdict, len(examined)+1)
	t.Run("defects", func(t *testing.T) {
		for i := range columns {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				defect, auth := "", hmacSpec
				if i > 0 {
					defect, auth = examined[i-1].defect, examined[i-1].auth
				}
				columns[i] = map[string]contract.Verdict{}
				for _, c := range exam(t, defect, auth).Checks {
					columns[i][c.ID] = c.Verdict
				}
			})
		}
	})
	page := matrix(columns)
	t.Logf("%s", page)
	if *update {
		require.NoError(t, os.WriteFile(filepath.FromSlash(matrixPage), page, 0o666))
	}
	kept, err := os.ReadFile(filepath.FromSlash(matrixPage))
	require.NoError(t, err)
	assert.Equal(t, string(page), string(kept), "go test ./contract -run Matrix -update rewrites it")
}

func matrix(columns []map[string]contract.Verdict) []byte {
	var b bytes.Buffer
	b.WriteString(`<!-- Written by go test ./contract -run Matrix -update; make check-consumers compares. -->

# Checks and defects

` + "`ringproof verify` runs the checks below. The sample consumers of `internal/consumers` have the defects of real ones; this is what\n" +
		"the checks say of each, with seed 1, observation, and authentication where the defect is about it.\n\n## The checks\n\n| check | a consumer | rests on |\n|---|---|---|\n")
	for _, c := range contract.Checks() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.ID, c.Title, strings.ReplaceAll(c.Source, "|", "\\|"))
	}
	b.WriteString("\n## What each defect does\n\nThe correct consumer passes every check. Skipped checks are left out: they need a state that follows the messages, or\ncredentials.\n\n" +
		"| defect | the check that names it | fails | warns |\n|---|---|---|---|\n")
	for i, e := range examined {
		named := "none: " + e.why
		if e.check != "" {
			named = "`" + e.check + "`"
			if e.strict {
				named += " (a warning, a failure with `--strict`: " + e.why + ")"
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", e.defect, named, ids(columns[i+1], contract.Fail), ids(columns[i+1], contract.Warn))
	}
	b.WriteString("\n## Check by defect\n\n`x` fails, `!` warns, `.` passes, nothing: not judged.\n\n```\n")
	width := 0
	for _, e := range examined {
		width = max(width, len(e.defect))
	}
	for i, c := range contract.Checks() {
		fmt.Fprintf(&b, "%*s  %s\n", width, "", strings.Repeat("| ", i)+c.ID)
	}
	for i, column := range columns {
		name := "(correct)"
		if i > 0 {
			name = examined[i-1].defect
		}
		var marks []string
		for _, c := range contract.Checks() {
			marks = append(marks, map[contract.Verdict]string{contract.Fail: "x", contract.Warn: "!", contract.Pass: ".", contract.Skip: " "}[column[c.ID]])
		}
		fmt.Fprintf(&b, "%-*s  %s\n", width, name, strings.TrimRight(strings.Join(marks, " "), " "))
	}
	b.WriteString("```\n")
	return b.Bytes()
}

func ids(column map[string]contract.Verdict, v contract.Verdict) string {
	var list []string
	for _, c := range contract.Checks() {
		if column[c.ID] == v {
			list = append(list, "`"+c.ID+"`")
		}
	}
	return strings.Join(slices.Compact(list), ", ")
}
