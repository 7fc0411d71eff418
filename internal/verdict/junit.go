package verdict

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/ringproof/ringproof/contract"
	"github.com/ringproof/ringproof/internal/report"
)

// writeJUnit writes a test suite with a test case for each check. A warning is the
// output of a test case that passed: there is no such verdict in JUnit.
func writeJUnit(w io.Writer, r *contract.Report, _ Options) error {
	suite := junit.Testsuite{Name: report.Printable(r.Target)}
	suite.AddProperty("seed", strconv.FormatUint(r.Seed, 10))
	suite.AddProperty("target", report.Printable(r.Target))
	if why := curtailed(r); why != "" {
		suite.AddProperty("incomplete", why)
	}
	total := 0.0
	for i := range r.Checks {
		suite.AddTestcase(testcase(&r.Checks[i]))
		total += r.Checks[i].Took.Seconds()
	}
	suite.Time = fmt.Sprintf("%.3f", total)
	suites := junit.Testsuites{Name: "ringproof verify"}
	suites.AddSuite(suite)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	return suites.WriteXML(w)
}

func testcase(c *contract.Result) junit.Testcase {
	group, _, _ := strings.Cut(c.ID, "/")
	out := junit.Testcase{Name: report.Printable(c.ID), Classname: report.Printable(group), Time: fmt.Sprintf("%.3f", c.Took.Seconds())}
	switch c.Verdict {
	case contract.Fail:
		out.Failure = &junit.Result{Message: report.Printable(c.Detail), Type: report.Printable(c.ID), Data: account(c)}
	case contract.Warn:
		out.SystemOut = &junit.Output{Data: "warning: " + account(c)}
	case contract.Skip:
		out.Skipped = &junit.Result{Message: report.Printable(c.Detail)}
	case contract.Pass:
	}
	return out
}

// account is all about a check that failed, as text without colours. What the library
// writes as CDATA it does not escape: Printable keeps out what XML forbids, and the
// library cuts the end of a CDATA section in two.
func account(c *contract.Result) string {
	t := &text{}
	t.faults(c)
	_, body, _ := strings.Cut(t.String(), ": ")
	return strings.TrimSpace(body)
}
