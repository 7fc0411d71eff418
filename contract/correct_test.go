package contract_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/contract"
	"github.com/ringproof/ringproof/internal/consumers"
)

// ways to authenticate, each with what another one may get wrong.
var ways = []string{
	"none", secretSpec, bearerSpec, hmacSpec, standardSpec,
	"hmac:exam-s3cret,header=x-vapi-signature,format={body},timestamp=false,prefix=sha256=",
	"hmac:exam-s3cret,alg=sha512,encoding=base64,unit=ms,timestamp-header=x-when",
	"bearer:exam-t0ken,header=x-api-key,prefix=",
	"hmac:ZXhhbS1zM2NyZXQ=,secret-base64=true,id-header=svix-id,format={svix-id}.{timestamp}.{body}",
}

// seeds are 20 in the long form of the tests.
func seeds() []uint64 {
	n := uint64(1)
	if all() {
		n = 20
	}
	var list []uint64
	for seed := range n {
		list = append(list, seed+1)
	}
	return list
}

func assertAllPass(t *testing.T, url, auth string, seed uint64, more ...contract.Option) {
	t.Helper()
	r := probe(t, url+"/hook", observed(url, append(more, contract.Auth(auth), contract.Seed(seed))...)...)
	for _, c := range r.Checks {
		switch {
		case c.Verdict == contract.Pass:
		case c.Verdict == contract.Skip && auth == "none" && strings.HasPrefix(c.ID, "auth/"):
		case c.Verdict == contract.Skip && c.ID == "auth/tampered" && !strings.HasPrefix(auth, "hmac") && !strings.HasPrefix(auth, "standard"):
		case c.Verdict == contract.Skip && c.ID == "auth/replayed" && (!strings.HasPrefix(auth, "hmac") && !strings.HasPrefix(auth, "standard") || strings.Contains(auth, "timestamp=false")):
		default:
			t.Errorf("%s, seed %d: %s %s: %s", auth, seed, c.Verdict, c.ID, c.Detail)
		}
	}
}

func TestTheCorrectGoConsumerPassesEveryCheck(t *testing.T) {
	for i, way := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			auth, err := consumers.ParseAuth(way, nil)
			require.NoError(t, err)
			url := sample(t, consumers.Options{Auth: auth})
			var only []string
			if i > 0 && !all() {
				only = []string{"answers/typical", "auth"} // the rest does not hang on the way
			}
			list := seeds()
			if i > 0 && way != hmacSpec {
				list = list[:min(3, len(list))]
			}
			for _, seed := range list {
				assertAllPass(t, url, way, seed+uint64(i)*100, contract.Only(only...))
			}
		})
	}
}

func TestTheCorrectNodeConsumerPassesEveryCheck(t *testing.T) {
	inLanguage(t, "node", "consumer.mjs")
}

func TestTheCorrectPythonConsumerPassesEveryCheck(t *testing.T) {
	inLanguage(t, "python3", "consumer.py")
}

func inLanguage(t *testing.T, interpreter, file string) {
	command, err := exec.LookPath(interpreter)
	if err != nil {
		t.Skipf("NOT CHECKED: testdata/consumers/%s: %s is not here", file, interpreter)
	}
	script, err := filepath.Abs(filepath.Join("..", "testdata", "consumers", file))
	require.NoError(t, err)
	for _, way := range []string{hmacSpec, standardSpec} {
		t.Run(way, func(t *testing.T) {
			url := spawn(t, command, script, "--port", "0", "--until-stdin-closes", "--auth", way)
			for _, seed := range seeds() {
				assertAllPass(t, url, way, seed)
			}
		})
		if !all() {
			return // one way will do
		}
	}
}

// spawn runs a service until the test ends, or this process does: the service watches
// its standard input. The result is its URL.
func spawn(t *testing.T, command string, args ...string) string {
	c := exec.Command(command, args...)
	stdin, err := c.StdinPipe()
	require.NoError(t, err)
	stdout, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		stdin.Close()
		killer := time.AfterFunc(10*time.Second, func() { c.Process.Kill() })
		defer killer.Stop()
		assert.NoError(t, c.Wait())
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(line)
}

// loose is a consumer that answers 200 to everything, and keeps states rightly. After
// it has answered it takes its time, if after is not 0.
type loose struct {
	after time.Duration
	mu    sync.Mutex
	calls map[string]*looseCall
	later sync.WaitGroup
}

type looseCall struct {
	status string
	seen   map[[32]byte]bool
}

func (l *loose) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if id, ok := strings.CutPrefix(r.URL.Path, "/calls/"); ok {
		l.tell(w, id)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if l.after == 0 {
		l.take(body)
		return
	}
	l.later.Go(func() {
		time.Sleep(l.after)
		l.take(body)
	})
}

func (l *loose) take(body []byte) {
	var e struct {
		Message struct {
			Type, Status string
			Call         struct{ ID string }
		}
	}
	if json.Unmarshal(body, &e) != nil || e.Message.Call.ID == "" {
		return
	}
	status := e.Message.Status
	switch e.Message.Type {
	case "status-update":
	case "end-of-call-report":
		status = "ended"
	default:
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.calls[e.Message.Call.ID]
	if c == nil {
		c = &looseCall{seen: map[[32]byte]bool{}}
		l.calls[e.Message.Call.ID] = c
	}
	if c.status != "ended" {
		c.status = status
	}
	c.seen[sha256.Sum256(body)] = true
}

func (l *loose) tell(w http.ResponseWriter, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.calls[id]
	if c == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"status": c.status, "deliveries": len(c.seen)})
}

func TestALooseConsumerIsWarnedNotFailed(t *testing.T) {
	l := &loose{calls: map[string]*looseCall{}}
	url := serve(t, l)
	for _, seed := range seeds() {
		r := probe(t, url+"/hook", observed(url, contract.Seed(seed))...)
		assert.Empty(t, byVerdict(r, contract.Fail))
		assert.Equal(t, []string{"refuses/malformed-json", "refuses/single-faults"}, byVerdict(r, contract.Warn))
	}
}

// A consumer may do its work after it has answered.
func TestAConsumerMayTakeItsTimeAfterTheAnswer(t *testing.T) {
	l := &loose{calls: map[string]*looseCall{}, after: 30 * time.Millisecond}
	url := serve(t, l)
	t.Cleanup(l.later.Wait)
	r := probe(t, url+"/hook", observed(url, contract.Only("accepts/statuses", "accepts/other-messages", "state"))...)
	assert.Empty(t, byVerdict(r, contract.Fail))
}
