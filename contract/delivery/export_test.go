package delivery

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"iter"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var exported = []ExportBody{
	{"in-progress", 0, []byte(`{"message":{"status":"in-progress"}}`)},
	{"über <ended>", 1500 * time.Millisecond, []byte("\r\n{\"message\":\"Grüße \u2028 👍\"}\n")},
	{"corrupt", 1500*time.Millisecond + 250*time.Microsecond, []byte("{\xff\x00")},
	{"empty", 3 * time.Second, nil},
}

func exportOf(t *testing.T, spec string) Export {
	t.Helper()
	return Export{Target: "http://127.0.0.1:8080/hook?a=1&b=<2>", Auth: parse(t, spec), Bodies: slices.Values(exported)}
}

// readExport returns every file of a folder.
func readExport(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	files := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		files[e.Name()] = string(data)
	}
	return files
}

// readLines returns the bodies of a bodies.jsonl and their times in milliseconds.
func readLines(t *testing.T, text string) (bodies [][]byte, at []float64) {
	t.Helper()
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		var line struct {
			Name       string
			AtMS       float64 `json:"at_ms"`
			Body       *string
			BodyBase64 *string `json:"body_base64"`
		}
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.DisallowUnknownFields()
		require.NoError(t, d.Decode(&line))
		require.True(t, (line.Body == nil) != (line.BodyBase64 == nil), "exactly one: %s", lines.Bytes())
		body := []byte(nil)
		if line.Body != nil {
			body = []byte(*line.Body)
		} else {
			var err error
			body, err = base64.StdEncoding.DecodeString(*line.BodyBase64)
			require.NoError(t, err)
		}
		bodies, at = append(bodies, body), append(at, line.AtMS)
	}
	return bodies, at
}

var planInScript = regexp.MustCompile(`(?s)\nconst plan = (\{.*?\n\});\n`)

func planOf(t *testing.T, script string) map[string]any {
	t.Helper()
	found := planInScript.FindStringSubmatch(script)
	require.NotNil(t, found)
	var plan map[string]any
	require.NoError(t, json.Unmarshal([]byte(found[1]), &plan))
	return plan
}

func TestExportKeepsBodiesAndTimes(t *testing.T) {
	for name, export := range map[string]func(string, Export) error{"k6": ExportK6, "jsonl": ExportJSONL} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "made", "as", "needed")
			require.NoError(t, export(dir, exportOf(t, "none")))
			bodies, at := readLines(t, readExport(t, dir)["bodies.jsonl"])
			require.Equal(t, []float64{0, 1500, 1500.25, 3000}, at)
			require.Len(t, bodies, len(exported))
			for i, b := range exported {
				require.Equal(t, string(b.Body), string(bodies[i]))
			}

			dir = t.TempDir()
			e := exportOf(t, "none")
			e.Rate = 3
			require.NoError(t, export(dir, e))
			_, at = readLines(t, readExport(t, dir)["bodies.jsonl"])
			require.Equal(t, []float64{0, 333.333, 666.667, 1000}, at, "a rate stands above the bodies' own times")
		})
	}
}

func TestExportedFilesByName(t *testing.T) {
	k6, jsonl := t.TempDir(), t.TempDir()
	require.NoError(t, ExportK6(k6, exportOf(t, "hmac:Kk9")))
	require.NoError(t, ExportJSONL(jsonl, exportOf(t, "hmac:Kk9")))
	require.Equal(t, []string{"README.md", "bodies.jsonl", "script.js"}, slices.Sorted(maps.Keys(readExport(t, k6))))
	require.Equal(t, []string{"README.md", "bodies.jsonl", "send.py"}, slices.Sorted(maps.Keys(readExport(t, jsonl))))
}

func TestScriptHoldsThePlan(t *testing.T) {
	dir := t.TempDir()
	e := exportOf(t, "hmac:Kk9,alg=sha512")
	e.Rate = 12.5
	e.Headers = []Header{{"x-test", "a"}, {"X-Test", "b"}, {"content-type", "application/json; charset=utf-8"}}
	require.NoError(t, ExportK6(dir, e))
	script := readExport(t, dir)["script.js"]
	require.NotContains(t, script, "@PLAN@")
	for _, part := range []string{
		"'constant-arrival-rate'", "'shared-iterations'", "new SharedArray(", "exec.scenario.iterationInTest",
		"__ENV.RINGPROOF_SECRET", "redirects: 0",
	} {
		require.Contains(t, script, part)
	}
	plan := planOf(t, script)
	require.Equal(t, e.Target, plan["target"])
	require.Equal(t, []any{12.5, 12500.0, 1000.0}, []any{plan["rate"], plan["starts"], plan["per_seconds"]})
	require.Equal(t, map[string]any{"X-Test": "a, b", "Content-Type": "application/json; charset=utf-8"}, plan["headers"])
	require.Equal(t, "sha512", plan["auth"].(map[string]any)["sign"].(map[string]any)["alg"])

	dir = t.TempDir()
	e = exportOf(t, "none")
	e.Rate = 2000
	require.NoError(t, ExportK6(dir, e))
	plan = planOf(t, readExport(t, dir)["script.js"])
	require.Equal(t, []any{2000.0, 1.0, 500.0}, []any{plan["starts"], plan["per_seconds"], plan["vus"]})
	require.Nil(t, plan["auth"])
	require.Equal(t, map[string]any{"Content-Type": "application/json"}, plan["headers"])
}

func TestReadmeSaysHowToRun(t *testing.T) {
	for _, row := range []struct {
		spec string
		rate float64
		has  []string
		not  []string
	}{
		{"hmac:Kk9", 50, []string{"50 requests a second", "RINGPROOF_SECRET", "secretRef", "kind: TestRun", `value: "http://127`, "4 webhook", "body_base64"}, []string{"<no value>", "env:\n          - name: RINGPROOF_SECRET"}},
		{"none", 0, []string{"over 3s", "not authenticated", "parallelism: 4"}, []string{"RINGPROOF_SECRET", "secretRef"}},
	} {
		dir := t.TempDir()
		e := exportOf(t, row.spec)
		e.Rate = row.rate
		require.NoError(t, ExportK6(dir, e))
		for _, part := range row.has {
			require.Contains(t, readExport(t, dir)["README.md"], part)
		}
		for _, part := range row.not {
			require.NotContains(t, readExport(t, dir)["README.md"], part)
		}
	}
	for spec, part := range map[string]string{"hmac:Kk9": `"alg": "sha256"`, "bearer:Kk9": `"header": "Authorization"`, "none": "not authenticated"} {
		dir := t.TempDir()
		require.NoError(t, ExportJSONL(dir, exportOf(t, spec)))
		require.Contains(t, readExport(t, dir)["README.md"], part)
		require.Contains(t, readExport(t, dir)["README.md"], "Content-Type: application/json\n")
	}
}

func TestExportNeverReplacesAFile(t *testing.T) {
	for _, name := range []string{"script.js", "bodies.jsonl", "README.md"} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o600))
		err := ExportK6(dir, exportOf(t, "none"))
		require.ErrorIs(t, err, fs.ErrExist)
		require.ErrorContains(t, err, filepath.Join(dir, name))
		require.Equal(t, map[string]string{name: "mine"}, readExport(t, dir), "and leaves nothing else behind")
	}
}

func one(body string) iter.Seq[ExportBody] {
	return slices.Values([]ExportBody{{Name: "one", Body: []byte(body)}})
}

func TestExportRefusesWhatItCannotKeep(t *testing.T) {
	for _, row := range []struct {
		why, want string
		change    func(*Export)
	}{
		{"a secret in a header", "header 2 contains the secret", func(e *Export) { e.Headers = []Header{{"X-A", "b"}, {"X-Key", "k" + testSecret}} }},
		{"a secret in the target", "the target contains the secret", func(e *Export) { e.Target += "&key=" + testSecret }},
		{"a secret in a body", "body 1 contains the secret", func(e *Export) { e.Bodies = one(testSecret) }},
		{"a secret in a name", "body 1 contains the secret", func(e *Export) { e.Bodies = slices.Values([]ExportBody{{Name: testSecret}}) }},
		{"no URL", "not a URL", func(e *Export) { e.Target = "localhost:8080" }},
		{"another scheme", "not a URL", func(e *Export) { e.Target = "ftp://localhost" }},
		{"no body", "nothing to export", func(e *Export) { e.Bodies = one(""); e.Bodies = slices.Values([]ExportBody(nil)) }},
		{"no sequence", "nothing to export", func(e *Export) { e.Bodies = nil }},
		{"a time that goes back", "body 2 is to be sent before", func(e *Export) {
			e.Bodies = slices.Values([]ExportBody{{At: 2}, {At: 2 * time.Second}, {At: time.Second}}[1:])
		}},
		{"a time before the start", "before the start", func(e *Export) { e.Bodies = slices.Values([]ExportBody{{At: -time.Second}}) }},
		{"a negative rate", "the rate -1", func(e *Export) { e.Rate = -1 }},
		{"a rate that k6 cannot express", "the rate 0.0001", func(e *Export) { e.Rate = 0.0001 }},
	} {
		t.Run(row.why, func(t *testing.T) {
			dir := t.TempDir()
			e := exportOf(t, "hmac:"+testSecret)
			row.change(&e)
			err := ExportK6(dir, e)
			require.ErrorContains(t, err, row.want)
			require.NotContains(t, err.Error(), testSecret)
			require.Empty(t, readExport(t, dir), "what was begun is removed")
		})
	}
}

func TestNoExportContainsASecret(t *testing.T) {
	for _, v := range readVectors(t) {
		for name, export := range map[string]func(string, Export) error{"k6": ExportK6, "jsonl": ExportJSONL} {
			dir := t.TempDir()
			require.NoError(t, export(dir, exportOf(t, v.Auth)))
			for file, text := range readExport(t, dir) {
				for _, shape := range secretShapes(v.Secret) {
					require.NotContains(t, text, shape, "%s %s %s", v.Name, name, file)
				}
			}
		}
	}
}

// runScript runs an exported script in Node, with k6's modules replaced by
// testdata/k6, and returns what it sent.
func runScript(t *testing.T, dir string, env ...string) []sentByScript {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("SKIPPED: node is not installed, so the exported k6 script did not run")
	}
	shim, err := filepath.Abs("testdata/k6")
	require.NoError(t, err)
	modules := filepath.Join(dir, "node_modules", "k6")
	require.NoError(t, os.CopyFS(modules, os.DirFS(shim)))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"type":"module"}`), 0o600))
	cmd := exec.Command("node", filepath.Join(modules, "run.mjs"), filepath.Join(dir, "script.js"))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	var sent []sentByScript
	for line := range strings.Lines(string(out)) {
		var s sentByScript
		require.NoError(t, json.Unmarshal([]byte(line), &s), line)
		sent = append(sent, s)
	}
	return sent
}

type sentByScript struct {
	Name                string // of a vector, where vectors are signed
	Instance, Iteration int
	Method, URL         string
	Body                []byte // base64 in JSON
	Headers             map[string]string
}

func TestScriptSignsEveryVector(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, ExportK6(dir, exportOf(t, "none")))
	folder, err := filepath.Abs(vectorFolder)
	require.NoError(t, err)
	signed := map[string]map[string]string{}
	for _, s := range runScript(t, dir, "SHIM_VECTORS="+folder) {
		signed[s.Name] = s.Headers
	}
	for _, v := range readVectors(t) {
		want := map[string]string{}
		for _, h := range v.wanted() {
			want[h.Name] = h.Value
		}
		require.Equal(t, want, signed[v.Name], v.Name)
	}
}

// What the script sends is what Go would send at that time: bytes, and headers of the
// scheme that it was exported with.
func TestScriptSendsExactBytesSigned(t *testing.T) {
	for _, spec := range []string{"none", "bearer:Kk9", "secret:Kk9", "hmac:Kk9,unit=ms,alg=sha1", "standard:whsec_AAAA", "hmac:Kk9,id-header=x-id,format={method}{url}{svix-id}{timestamp}{body}"} {
		dir, e := t.TempDir(), exportOf(t, spec)
		require.NoError(t, ExportK6(dir, e))
		sent := runScript(t, dir, "RINGPROOF_SECRET="+e.Auth.Secret())
		require.Len(t, sent, len(exported))
		for i, s := range sent {
			require.Equal(t, string(exported[i].Body), string(s.Body))
			require.Equal(t, []string{"POST", e.Target, "application/json"}, []string{s.Method, s.URL, s.Headers["Content-Type"]})
			r := Request{Method: "POST", URL: e.Target, Body: exported[i].Body, At: time.Now()}
			if e.Auth != nil && e.Auth.plan.Sign != nil {
				r.ID = s.Headers[e.Auth.plan.Sign.IDHeader]
				stamp := atoi(t, s.Headers[e.Auth.plan.Sign.TimestampHeader])
				r.At = time.Unix(int64(stamp), 0)
				if e.Auth.plan.Sign.Unit == "ms" {
					r.At = time.UnixMilli(int64(stamp))
				}
			}
			want := e.Auth.Headers(r)
			require.Len(t, s.Headers, len(want)+1)
			for _, h := range want {
				require.Equal(t, h.Value, s.Headers[h.Name], spec)
			}
		}
	}
}

func TestScriptSendsEachBodyOnceOverAllInstances(t *testing.T) {
	for _, rate := range []float64{0, 100} {
		dir := t.TempDir()
		const n = 103
		e := exportOf(t, "standard:whsec_AAAA")
		e.Rate = rate
		e.Bodies = func(yield func(ExportBody) bool) {
			for i := range n {
				if !yield(ExportBody{At: time.Duration(i) * 10 * time.Millisecond, Body: []byte(strconv.Itoa(i))}) {
					return
				}
			}
		}
		require.NoError(t, ExportK6(dir, e))
		seen, ids := map[string]int{}, map[string]bool{}
		for _, s := range runScript(t, dir, "RINGPROOF_SECRET=AAAA", "SHIM_INSTANCES=4") {
			seen[string(s.Body)]++
			require.Equal(t, s.Iteration, atoi(t, string(s.Body)))
			require.Equal(t, s.Iteration%4, s.Instance)
			ids[s.Headers["webhook-id"]] = true
		}
		require.Len(t, seen, n)
		require.Len(t, ids, n, "each message has its own id")
		for body, times := range seen {
			require.Equal(t, 1, times, body)
		}
	}
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	i, err := strconv.Atoi(s)
	require.NoError(t, err)
	return i
}

func TestScriptNeedsItsSecretToRunButNotToBeArchived(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, ExportK6(dir, exportOf(t, "hmac:Kk9")))
	runScript(t, dir, "RINGPROOF_SECRET=Kk9") // installs the shims, or skips
	for vu, want := range map[string]string{"0": "", "1": "RINGPROOF_SECRET is not set"} {
		cmd := exec.Command("node", "node_modules/k6/run.mjs", "script.js")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "RINGPROOF_SECRET=", "SHIM_VU="+vu, "SHIM_LOAD_ONLY=1")
		out, err := cmd.CombinedOutput()
		require.Contains(t, string(out), want)
		var exit *exec.ExitError
		require.Equal(t, want != "", errors.As(err, &exit), string(out))
	}
}

// An input that breaks off is not exported as if it ended there.
func TestNothingIsLeftOfAnExportWhoseBodiesFailed(t *testing.T) {
	dir, broken := filepath.Join(t.TempDir(), "out"), errors.New("the disk is gone")
	err := ExportK6(dir, Export{Target: "http://127.0.0.1/", Failed: func() error { return broken },
		Bodies: func(yield func(ExportBody) bool) { yield(ExportBody{Body: []byte("{}")}) }})
	require.ErrorIs(t, err, broken)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}
