package delivery_test

import (
	"bytes"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/contract/delivery"
	"github.com/ringproof/ringproof/internal/consumers"
)

// The commands that repeat a delivery are run by a shell, with curl and openssl, and
// judged by a consumer that shares no code with this package.
func TestShellCommandsAreBelieved(t *testing.T) {
	for _, program := range []string{"sh", "curl", "openssl", "od"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("NOT CHECKED: the commands that repeat a delivery: %s is not here", program)
		}
	}
	file := filepath.Join(t.TempDir(), "it's a body.json")
	require.NoError(t, os.WriteFile(file, []byte("{ \"message\": {\"type\":\"status-update\",\r\n\"status\":\"ended\",\"x\":\"ü $HOME `id` \\\\ %s\"}}\n"), 0o600))
	const standard = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	for _, c := range []struct{ secret, options string }{
		{"s3cret $x", "bearer"},
		{"s3cret'\"\\", "secret"},
		{"s3cret", "bearer,header=x-api-key,prefix="},
		{"s3cret and more", "hmac"},
		{"s3cret", "hmac,unit=ms,timestamp-header=x-when"},
		{"s3cret", "hmac,alg=sha512,encoding=base64"},
		{"s3cret", "hmac,alg=sha1,header=x-vapi-signature,timestamp=false,prefix=sha1="},
		{"s3cret", "hmac,id-header=svix-id,format={method} {svix-id}:'{timestamp}' {body}$"},
		{"czNjcmV0AP8=", "hmac,secret-base64=true"},
		{standard, "standard"},
	} {
		t.Run(c.options, func(t *testing.T) {
			scheme, rest := c.options, ""
			if i := bytes.IndexByte([]byte(c.options), ','); i >= 0 {
				scheme, rest = c.options[:i], c.options[i:]
			}
			getenv := func(string) string { return c.secret }
			auth, err := delivery.ParseAuth(scheme+":env:HOOK_KEY"+rest, getenv)
			require.NoError(t, err)
			setting, err := consumers.ParseAuth(scheme+":env:HOOK_KEY"+rest, getenv)
			require.NoError(t, err)
			server := httptest.NewServer(consumers.New(consumers.Options{Auth: setting}))
			defer server.Close()

			line := auth.ShellCommand(server.URL+"/hook", file, "msg_1")
			assert.NotContains(t, line, c.secret)
			for key, want := range map[string]string{c.secret: "200", "another": "401"} {
				if want == "401" && scheme == "standard" {
					key = "whsec_AAAA"
				}
				command := exec.Command("sh", "-c", line)
				command.Env = append(os.Environ(), "HOOK_KEY="+key, "no_proxy=127.0.0.1")
				out, err := command.CombinedOutput()
				require.NoError(t, err, "%s\n%s", line, out)
				assert.Contains(t, string(out), " "+want+" ", "%s\n%s", line, out)
			}
		})
	}
}

// The sender of the JSONL export is run by Python, and judged by the same consumer.
func TestTheExportedSenderIsBelieved(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("NOT CHECKED: the exported send.py: python3 is not here")
	}
	body := []byte("{ \"message\": {\"type\":\"status-update\",\r\n\"status\":\"ended\",\"x\":\"ü\"}}\n")
	for _, spec := range []string{
		"none", "bearer:s3cret,header=x-api-key,prefix=", "hmac:s3cret,unit=ms,alg=sha512,encoding=base64", "standard:whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"hmac:czNjcmV0AP8=,secret-base64=true,id-header=svix-id,format={method} {url} {svix-id}:{timestamp} {body}",
	} {
		t.Run(spec, func(t *testing.T) {
			auth, err := delivery.ParseAuth(spec, nil)
			require.NoError(t, err)
			setting, err := consumers.ParseAuth(spec, nil)
			require.NoError(t, err)
			server := httptest.NewServer(consumers.New(consumers.Options{Auth: setting}))
			defer server.Close()
			dir := t.TempDir()
			require.NoError(t, delivery.ExportJSONL(dir, delivery.Export{Target: server.URL + "/hook", Auth: auth, Bodies: func(yield func(delivery.ExportBody) bool) {
				_ = yield(delivery.ExportBody{Name: "one", Body: body}) && yield(delivery.ExportBody{Name: "two", At: 1, Body: body})
			}}))
			run := func(secret string) string {
				c := exec.Command(python, "send.py")
				c.Dir, c.Env = dir, append(os.Environ(), "RINGPROOF_SECRET="+secret)
				out, _ := c.CombinedOutput() // what it says tells how it ended
				return string(out)
			}
			assert.Contains(t, run(auth.Secret()), "2 sent, 0 not acknowledged")
			if auth != nil {
				another := "AAAA"
				if spec[:8] == "standard" {
					another = "whsec_AAAA"
				}
				assert.Contains(t, run(another), "2 sent, 2 not acknowledged")
			}
		})
	}
}
