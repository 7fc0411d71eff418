package schema_test

import (
	"fmt"
	"testing"

	"github.com/ringproof/ringproof/schema"
)

func ExampleValidate() {
	body := []byte(`{"message":{"type":"status-update","status":"queued","endedReason":"customer-ended-call"}}`)
	report, err := schema.Validate(body, schema.Options{})
	if err != nil {
		fmt.Println(err) // the rules are wrong, or the options: never the payload
		return
	}
	for _, f := range report.Findings {
		fmt.Printf("%d:%d %s %s: %s\n", f.Line, f.Column, f.Severity, f.Rule, f.Message)
	}
	// Output:
	// 1:68 error only-if/ended-reason: endedReason is sent only with status "ended", not with status "queued"
}

func ExampleNewValidator() {
	v, err := schema.NewValidator(schema.Options{Profile: schema.Documented, Envelope: schema.EnvelopeRequired})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, body := range []string{
		`{"message":{"type":"status-update","status":"ended"}}`,
		`{"message":{"type":"status-update","status":"paused"}}`,
		`{"type":"status-update","status":"ended"}`,
	} {
		report, err := v.Validate([]byte(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%q, %d errors\n", report.Worst(), report.Errors)
	}
	// Output:
	// "", 0 errors
	// "error", 1 errors
	// "error", 1 errors
}

// The test of a project that keeps captured bodies in a folder.
func ExampleCheckDir() {
	_ = func(t *testing.T) {
		schema.CheckDir(t, "testdata/hooks")
	}
}
