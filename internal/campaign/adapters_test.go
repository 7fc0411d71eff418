//go:build unix

package campaign_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ringproof/ringproof/fuzz"
	"github.com/ringproof/ringproof/internal/campaign"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// adapter is one of docs/adapters.
type adapter struct {
	name        string
	needs       string // program
	file        string
	run         string // before the file's name
	after       string // it
	losses      string
	runs        int                 // of a short test
	defect      string              // what is wrong with the broken one
	right, made string              // a text in the file, and what the defect makes of it
	key         func(fuzz.Key) bool // of the failure that shows the defect
}

var adapters = []adapter{
	{
		name: "Node", needs: "node", file: "decode.mjs", run: "node ", losses: "json-double", runs: 1500,
		defect: "a reviver drops what is falsy", right: "JSON.parse(utf8.decode(body))", made: "JSON.parse(utf8.decode(body), (name, value) => name === '' || value ? value : undefined)",
		key: func(k fuzz.Key) bool { return k.Oracle == fuzz.Lossless && k.Class == fuzz.ZeroAbsent },
	},
	{
		name: "Python", needs: "python3", file: "decode.py", run: "python3 ", losses: "json-double", runs: 1500,
		defect: "the call of a forwarded message is taken for granted", right: "    return json.loads(", made: "    message = json.loads(body)\n    if isinstance(message, dict) and message['message']['status'] == 'forwarding':\n        message['message']['call']['id']\n    return json.loads(",
		key: func(k fuzz.Key) bool { return k.Oracle == fuzz.NoPanic && k.Class == fuzz.Crashed },
	},
	{name: "shell, with cat", needs: "base64", file: "decode.sh", run: "sh ", after: " cat", losses: "lossless", runs: 40},
	{name: "shell, with jq", needs: "jq", file: "decode.sh", run: "sh ", after: " jq -c .", losses: "json-double", runs: 12},
}

func source(t *testing.T, a adapter) string {
	t.Helper()
	if _, err := exec.LookPath(a.needs); err != nil {
		t.Skipf("NOT CHECKED: docs/adapters/%s: %s is not here", a.file, a.needs)
	}
	name, err := filepath.Abs(filepath.Join("..", "..", "docs", "adapters", a.file))
	require.NoError(t, err)
	return name
}

func campaignOf(t *testing.T, line, losses string, runs int) campaign.Result {
	t.Helper()
	ls, err := campaign.ReadLosses(losses)
	require.NoError(t, err)
	c, err := campaign.New(campaign.Plan{
		Terms: campaign.Terms{Decoder: campaign.Decoder{Exec: line, Restart: 1000, Timeout: 30_000}, Losses: ls},
		Runs:  runs, Jobs: 1, Seed: 1, Folder: t.TempDir(), Report: func(campaign.Found) {},
	})
	require.NoError(t, err)
	r, err := c.Run(t.Context())
	require.NoError(t, err)
	return r
}

// A finding in a correct decoder would be a false alarm. With RINGPROOF_ALL it is 100,000
// runs each.
func TestCorrectAdaptersHaveNoFailure(t *testing.T) {
	for _, a := range adapters {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			runs := a.runs
			if os.Getenv("RINGPROOF_ALL") != "" && a.runs >= 1000 {
				runs = 100_000
			}
			r := campaignOf(t, a.run+"'"+source(t, a)+"'"+a.after, a.losses, runs)
			assert.Empty(t, r.Found)
			assert.Empty(t, r.Noise)
			assert.Equal(t, runs, r.Stats.Executions)
			if runs >= 1500 {
				assert.Greater(t, r.Coverage.Share(), 0.9)
				assert.GreaterOrEqual(t, float64(r.Stats.SoundKept)/float64(r.Stats.Sound), 0.99)
			}
			t.Log(r.Stats, r.Coverage)
		})
	}
}

func TestAPlantedDefectIsFoundAndShrunk(t *testing.T) {
	for _, a := range adapters {
		if a.defect == "" {
			continue
		}
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(source(t, a))
			require.NoError(t, err)
			require.Equal(t, 1, strings.Count(string(text), a.right), "the place of the defect: %s", a.right)
			name := filepath.Join(t.TempDir(), a.file)
			require.NoError(t, os.WriteFile(name, []byte(strings.Replace(string(text), a.right, a.made, 1)), 0o666))
			r := campaignOf(t, a.run+"'"+name+"'", a.losses, 400)
			found := false
			for _, f := range r.Found {
				t.Log(f.Failure)
				if a.key(f.Key) {
					found = true
					assert.Less(t, len(f.Body), 300)
					assert.Equal(t, fuzz.Stateless, f.State)
				}
			}
			assert.True(t, found, a.defect)
		})
	}
}

// The Go adapter is compiled, which takes as long as its first compilation does.
func TestTheGoAdapterHasNoFailure(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles a program")
	}
	name := filepath.Join(t.TempDir(), "decode-go")
	out, err := exec.CommandContext(context.Background(), "go", "build", "-o", name, "../../docs/adapters/decode-go").CombinedOutput()
	require.NoError(t, err, string(out))
	r := campaignOf(t, "'"+name+"'", "lossless", 1000)
	assert.Empty(t, r.Found)
}
