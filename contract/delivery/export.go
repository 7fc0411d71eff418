package delivery

import (
	"bufio"
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"
	"unicode/utf8"
)

// Export is traffic that another engine is to send.
type Export struct {
	// Target is the whole URL, http or https.
	Target string
	// Rate is how many requests start in a second, evenly; it then stands above the
	// bodies' own times. 0 means that these count.
	Rate float64
	// Auth authenticates each request when it is sent; nil for none.
	Auth *Auth
	// Headers are sent with each request. Content-Type is application/json unless it
	// is among them.
	Headers []Header
	// Bodies are in the order of sending. They are read once.
	Bodies iter.Seq[ExportBody]
	// Failed is asked once Bodies has ended: an error says that they ended early, and
	// is returned. nil asks nobody.
	Failed func() error
}

// ExportBody is one body to be sent.
type ExportBody struct {
	// Name says what it is, for people.
	Name string
	// At is when it is to be sent, after the start; it never goes back from one body
	// to the next. If it is 0 for all, and there is no rate, the traffic is unpaced.
	At time.Duration
	// Body is exactly what is to be sent.
	Body []byte
}

const (
	bodiesFile = "bodies.jsonl"
	scriptFile = "script.js"
	readmeFile = "README.md"
	senderFile = "send.py"
)

//go:embed export
var exportFiles embed.FS

// ExportK6 writes to dir, which it creates if need be, a script for k6, its data and
// a README that says how to run them, also in parallel by k6-operator. The script
// sends each body exactly once and signs it then, with the secret of the environment
// variable RINGPROOF_SECRET.
//
// The secret is in none of the files: a target or a header that contains it is an
// error, as is a body if the secret has at least 8 bytes. So is a file of these names
// that is there already. What was written is removed after an error.
func ExportK6(dir string, e Export) error {
	return exportTo(dir, e, scriptFile, "k6.md")
}

// ExportJSONL writes the bodies, a README and a sender in Python, for any other engine. All else is
// as for [ExportK6].
func ExportJSONL(dir string, e Export) error {
	return exportTo(dir, e, "", "jsonl.md")
}

func exportTo(dir string, e Export, script, readme string) (err error) {
	p, err := e.plan()
	if err != nil {
		return err
	}
	names := []string{bodiesFile, readmeFile, cmp.Or(script, senderFile)}
	out, err := createFiles(dir, names)
	if err != nil {
		return err
	}
	defer func() { err = out.close(err) }()
	if err := p.writeBodies(out.files[bodiesFile], e); err != nil {
		return err
	}
	if script != "" {
		err = p.writeScript(out.files[script])
	} else {
		err = p.writeText(out.files[senderFile], senderFile)
	}
	if err != nil {
		return err
	}
	return p.writeText(out.files[readmeFile], readme)
}

// newFiles are files that did not exist before.
type newFiles struct{ files map[string]*os.File }

func createFiles(dir string, names []string) (*newFiles, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	out := &newFiles{map[string]*os.File{}}
	for _, name := range names {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			err = fmt.Errorf("%s exists already, and is not replaced: %w", filepath.Join(dir, name), fs.ErrExist)
		}
		if err != nil {
			return nil, out.close(err)
		}
		out.files[name] = f
	}
	return out, nil
}

// close closes all files, and removes them if anything failed.
func (n *newFiles) close(err error) error {
	for _, f := range n.files {
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		for _, f := range n.files {
			_ = os.Remove(f.Name()) // the first error counts
		}
	}
	return err
}

// exportPlan is what script and README know of an export. Its JSON is in the script.
type exportPlan struct {
	Target string `json:"target"`
	// Rate is Starts in PerSeconds, for k6 takes whole numbers only; 0 if the times
	// of the bodies count.
	Rate       float64           `json:"rate"`
	Starts     int64             `json:"starts"`
	PerSeconds int64             `json:"per_seconds"`
	VUs        int               `json:"vus"`
	LastMS     float64           `json:"last_ms"`
	HeaderMap  map[string]string `json:"headers"`
	Plan       *plan             `json:"auth"`
	Auth       string            `json:"auth_help"`

	Count  int    `json:"-"`
	secret string // to be kept out
}

func (e Export) plan() (*exportPlan, error) {
	p := &exportPlan{Target: e.Target, VUs: 100, PerSeconds: 1, secret: e.Auth.Secret()}
	if u, err := url.Parse(e.Target); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("the target is not a URL that starts with http:// or https://")
	}
	if p.leaks(e.Target) {
		return nil, errors.New("the target contains the secret of the authentication, which no export may")
	}
	if err := p.setRate(e.Rate); err != nil {
		return nil, err
	}
	if e.Auth != nil {
		p.Plan, p.Auth = &e.Auth.plan, e.Auth.String()
	}
	return p, p.setHeaders(e.Headers)
}

// setRate finds whole numbers for a rate, exact to a thousandth of a request a second.
func (p *exportPlan) setRate(rate float64) error {
	if rate == 0 {
		return nil
	}
	const finest = 1000
	if !(rate >= 1.0/finest && rate <= 1e6) {
		return fmt.Errorf("the rate %v cannot be exported: it must be 0, or from 0.001 to 1000000 a second", rate)
	}
	p.Starts = int64(rate)
	if rate != math.Trunc(rate) {
		p.Starts, p.PerSeconds = int64(math.Round(rate*finest)), finest
	}
	p.Rate = float64(p.Starts) / float64(p.PerSeconds)
	// A quarter of a second under way is a slow consumer. A virtual user of k6 costs
	// about a megabyte.
	p.VUs = min(max(50, int(math.Ceil(p.Rate/4))), 1000)
	return nil
}

// setHeaders joins headers of one name, as RFC 9110, section 5.2, allows: k6 takes a
// name once.
func (p *exportPlan) setHeaders(headers []Header) error {
	p.HeaderMap = map[string]string{}
	for _, h := range headers {
		name := http.CanonicalHeaderKey(h.Name)
		if p.leaks(h.Name) || p.leaks(h.Value) {
			return fmt.Errorf("header %d contains the secret of the authentication, which no export may; give it by --auth alone", slices.Index(headers, h)+1)
		}
		if before, twice := p.HeaderMap[name]; twice {
			h.Value = before + ", " + h.Value
		}
		p.HeaderMap[name] = h.Value
	}
	if _, given := p.HeaderMap["Content-Type"]; !given {
		p.HeaderMap["Content-Type"] = "application/json"
	}
	return nil
}

func (p *exportPlan) leaks(text string) bool {
	return p.secret != "" && strings.Contains(text, p.secret)
}

// exportLine is one line of bodies.jsonl. Exactly one of the bodies is there.
type exportLine struct {
	Name       string  `json:"name"`
	AtMS       float64 `json:"at_ms"`
	Body       *string `json:"body,omitempty"`
	BodyBase64 []byte  `json:"body_base64,omitempty"`
}

func (p *exportPlan) writeBodies(to io.Writer, e Export) error {
	w := bufio.NewWriter(to)
	if e.Bodies == nil {
		return errors.New("nothing to export")
	}
	for b := range e.Bodies {
		line, err := p.line(b)
		if err != nil {
			return err
		}
		data, err := encodeJSON(line)
		if err != nil {
			return err
		}
		if _, err := w.Write(append(data, '\n')); err != nil {
			return err
		}
	}
	if e.Failed != nil {
		if err := e.Failed(); err != nil {
			return err
		}
	}
	if p.Count == 0 {
		return errors.New("nothing to export")
	}
	return w.Flush()
}

func (p *exportPlan) line(b ExportBody) (exportLine, error) {
	n := p.Count
	p.Count++
	at := milliseconds(b.At)
	switch {
	case p.Rate > 0:
		at = math.Round(float64(n)*1e6/p.Rate) / 1e3
	case at < p.LastMS || at < 0:
		return exportLine{}, fmt.Errorf("body %d is to be sent before the one ahead of it, or before the start", n+1)
	}
	p.LastMS = at
	const coincidence = 8 // a shorter secret may well be a word of an innocent body
	if len(p.secret) >= coincidence && (p.leaks(b.Name) || bytes.Contains(b.Body, []byte(p.secret))) {
		return exportLine{}, fmt.Errorf("body %d contains the secret of the authentication, which no export may", n+1)
	}
	line := exportLine{Name: b.Name, AtMS: at}
	if utf8.Valid(b.Body) {
		text := string(b.Body)
		line.Body = &text
	} else {
		line.BodyBase64 = b.Body
	}
	return line, nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

func (p *exportPlan) writeScript(to io.Writer) error {
	const hole = "'@PLAN@'"
	script, err := exportFiles.ReadFile("export/" + scriptFile)
	if err != nil {
		return err
	}
	data, err := encodeJSON(p)
	if err != nil {
		return err
	}
	var plan bytes.Buffer
	if err := json.Indent(&plan, data, "", "  "); err != nil {
		return err
	}
	_, err = to.Write(bytes.Replace(script, []byte(hole), plan.Bytes(), 1))
	return err
}

// writeText fills one of the templates.
func (p *exportPlan) writeText(to io.Writer, name string) error {
	t, err := template.ParseFS(exportFiles, "export/"+name, "export/lines.md")
	if err != nil {
		return err
	}
	return t.ExecuteTemplate(to, name, p)
}

// Headers are those of each request, by name; for the README.
func (p *exportPlan) Headers() []Header {
	var headers []Header
	for name, value := range p.HeaderMap {
		headers = append(headers, Header{name, value})
	}
	slices.SortFunc(headers, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })
	return headers
}

// Span is how long the traffic takes; for the README.
func (p *exportPlan) Span() time.Duration {
	return time.Duration(p.LastMS * float64(time.Millisecond))
}

// Signs is whether the secret is a key and is not sent itself; for the README.
func (p *exportPlan) Signs() bool { return p.Plan.Sign != nil }

// Parallelism is an example that does not exceed the bodies; for the README.
func (p *exportPlan) Parallelism() int { return min(4, p.Count) }

// QuotedTarget is the target as a string of YAML; for the README.
func (p *exportPlan) QuotedTarget() (string, error) {
	data, err := encodeJSON(p.Target)
	return string(data), err
}

// TargetJSON and HeadersJSON are for the sender in Python.
func (p *exportPlan) TargetJSON() (string, error) { return p.QuotedTarget() }

// HeadersJSON is an object of names and values.
func (p *exportPlan) HeadersJSON() (string, error) {
	data, err := encodeJSON(p.HeaderMap)
	return string(data), err
}

// AuthJSON is the plan of the authentication; for the README.
func (p *exportPlan) AuthJSON() (string, error) {
	data, err := encodeJSON(p.Plan)
	if err != nil {
		return "", err
	}
	var indented bytes.Buffer
	err = json.Indent(&indented, data, "", "  ")
	return indented.String(), err
}

// encodeJSON is json.Marshal that leaves <, > and & alone.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
