package contract

import (
	"fmt"
	"strings"
	"testing"
)

// Run checks a consumer, an [http.Handler] or a URL, with one subtest for each check.
// A check that fails fails its subtest, a warning is logged, and a check that cannot be
// judged is skipped with the reason.
func Run(t *testing.T, target any, list ...Option) {
	t.Helper()
	s, checks, err := open(target, list)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for _, c := range checks {
		t.Run(c.ID, func(t *testing.T) {
			r := s.check(t.Context(), c)
			switch r.Verdict {
			case Fail:
				t.Error(r.text(s.seed))
			case Warn:
				t.Log(r.text(s.seed))
			case Skip:
				t.Skip(r.Detail)
			default:
				t.Log(r.Detail)
			}
		})
	}
	if !s.answered && s.lost() != "" {
		t.Errorf("%v: %s", ErrNeverAnswered, s.lost())
	}
}

// bodyShown is how much of a body a test shows, in bytes.
const bodyShown = 2 << 10

// text is what a test shows of a fault.
func (r *Result) text(seed uint64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "a consumer %s (%s)\n", r.Title, r.Verdict)
	for _, f := range r.Failures {
		fmt.Fprintf(&b, "\n%s: %s\n  want %s\n  got  %s\n", f.Verdict, f.What, f.Want, f.Got)
		if f.Answer != "" {
			fmt.Fprintf(&b, "  it said: %s\n", firstLine(f.Answer))
		}
		for i, x := range f.Sent {
			fmt.Fprintf(&b, "  sent %d: %s\n    %s\n", i+1, x.What, shortened(x.Body))
		}
	}
	if n := r.FailureCount - len(r.Failures); n > 0 {
		fmt.Fprintf(&b, "\nand %d more\n", n)
	}
	fmt.Fprintf(&b, "\n%s\nsource: %s\nseed: %d\n", r.Explanation, r.Source, seed)
	return b.String()
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

func shortened(body []byte) string {
	if len(body) <= bodyShown {
		return printable(strings.ToValidUTF8(string(body), "?"))
	}
	return printable(strings.ToValidUTF8(string(body[:bodyShown]), "?")) + fmt.Sprintf("... (%d bytes)", len(body))
}
