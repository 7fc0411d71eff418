package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/ringproof/ringproof/schema"
)

// JUnit writes one XML document at the end: a test suite for each file, a test
// case for each payload.
type JUnit struct {
	w       io.Writer
	options Options
	suites  junit.Testsuites
	suite   junit.Testsuite // of the file at hand
	file    string
	indexes []int // of the payloads in it
}

// NewJUnit returns a renderer for CI systems. An error fails its test case;
// warnings and, if the options ask for them, notes are the test case's output.
// The document has no times, dates or host names: the same verdicts make the same
// bytes.
func NewJUnit(w io.Writer, o Options) *JUnit {
	return &JUnit{w: w, options: o, suites: junit.Testsuites{Name: "ringproof"}}
}

// Payload keeps a test case for the end: XML states the totals first.
func (j *JUnit) Payload(p *Payload) error {
	if n := len(j.indexes); n > 0 && (p.File != j.file || p.Index <= j.indexes[n-1]) {
		j.endSuite()
	}
	if len(j.indexes) == 0 {
		// The library writes the time even if it is empty, and readers want a number.
		j.suite = junit.Testsuite{ID: len(j.suites.Suites), Name: Printable(p.File), File: Printable(p.File), Time: "0"}
		j.file = p.File
	}
	j.indexes = append(j.indexes, p.Index)
	j.suite.AddTestcase(j.testcase(p))
	return nil
}

// endSuite names the test cases, now that it is known how many the file has.
func (j *JUnit) endSuite() {
	for i, index := range j.indexes {
		j.suite.Testcases[i].Name = j.suite.Name
		if index > 1 || len(j.indexes) > 1 {
			j.suite.Testcases[i].Name += " payload " + strconv.Itoa(index)
		}
	}
	j.suites.AddSuite(j.suite)
	j.suite, j.indexes = junit.Testsuite{}, nil
}

func (j *JUnit) testcase(p *Payload) junit.Testcase {
	c := junit.Testcase{Classname: "ringproof." + string(p.Report.Profile)}
	var failures, output []string
	var first *schema.Finding
	listed := j.options.listed(&p.Report)
	for i := range listed {
		f := &listed[i]
		if f.Severity != schema.Error {
			output = append(output, junitLine(p, f, string(f.Severity)+": "))
			continue
		}
		if first == nil {
			first = f
		}
		failures = append(failures, junitLine(p, f, ""))
	}
	if n := j.options.omitted(&p.Report); n > 0 {
		output = append(output, fmt.Sprintf("%d more findings of this payload are counted, not listed", n))
	}
	switch {
	case first != nil:
		c.Failure = &junit.Result{Message: Printable(first.Message), Type: Printable(first.Rule), Data: strings.Join(failures, "\n")}
	case p.Report.Errors > 0: // the listed ones were waived, those beyond the limit were not
		c.Failure = &junit.Result{Message: Plural(p.Report.Errors, "error") + " counted, not listed"}
	case p.Report.NotCovered:
		c.Skipped = &junit.Result{Message: "not covered: a message of another type than status-update, of which only the type was looked at"}
	}
	if len(output) > 0 {
		c.SystemOut = &junit.Output{Data: strings.Join(output, "\n")}
	}
	return c
}

// junitLine is a finding in a line. What the library writes as CDATA it does not
// escape: Printable keeps out what XML forbids.
func junitLine(p *Payload, f *schema.Finding, severity string) string {
	pointer := f.Pointer
	if pointer == "" {
		pointer = "the whole payload"
	}
	return Printable(fmt.Sprintf("%s:%d:%d: %s%s (%s, %s)", p.File, f.Line, f.Column, severity, f.Message, f.Rule, pointer))
}

// Close writes the document.
func (j *JUnit) Close(*Summary) error {
	if len(j.indexes) > 0 {
		j.endSuite()
	}
	if _, err := io.WriteString(j.w, xml.Header); err != nil {
		return err
	}
	return j.suites.WriteXML(j.w)
}
