package campaign_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/fuzz"
	"github.com/ringproof/ringproof/internal/browser"
	"github.com/ringproof/ringproof/internal/campaign"
)

// make check-html runs this.
func TestPagesInABrowser(t *testing.T) {
	b := browser.Open(t)
	fidelity, err := os.ReadFile(filepath.Join("..", "..", "docs", "fidelity.html"))
	require.NoError(t, err)
	out, err := b.Look(map[string]string{
		"fidelity": string(fidelity),
		"clean":    page(t, campaign.Result{Stats: fuzz.Stats{Executions: 100, Valid: 90}}, false),
		"failures": page(t, failing, true),
	})
	require.NoError(t, err, out)
	t.Log(out)
}

// failing has what a page must cope with: long words, markup, controls, no text at all.
var failing = campaign.Result{
	Stats: fuzz.Stats{Executions: 3, Valid: 1, Faulty: 1, Malformed: 1}, Coverage: fuzz.Coverage{Nodes: 1, Reachable: 2},
	Noise: "<b>bold</b> \x1b[31mred " + strings.Repeat("long", 200),
	Found: []campaign.Found{
		{File: "ringproof-failures/a.json", Failure: fuzz.Failure{
			Key: fuzz.Key{Oracle: fuzz.Lossless, Pointer: "/message/call/" + strings.Repeat("x", 300), Class: fuzz.Dropped}, Body: []byte(`{"a":"<script>nothing()</script>"}`), Want: `"1"`, Got: "nothing",
		}},
		{File: "ringproof-failures/b.json", Failure: fuzz.Failure{
			Key: fuzz.Key{Oracle: fuzz.Deterministic, Class: fuzz.Varying}, Body: []byte("\xff\xfe"), Want: "x", Got: strings.Repeat("y", 4000), State: fuzz.Stateful, Before: [][]byte{{}, {}},
		}},
	},
}

func page(t *testing.T, r campaign.Result, interrupted bool) string {
	t.Helper()
	p := campaign.Plan{Terms: campaign.Terms{Decoder: campaign.Decoder{Exec: "node '" + strings.Repeat("long", 50) + ".mjs'"}}}
	var w bytes.Buffer
	require.NoError(t, p.Summary(r, interrupted).Write("html", &w, true))
	return w.String()
}
