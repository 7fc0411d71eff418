package consumers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringproof/ringproof/fixtures"
	"github.com/ringproof/ringproof/testdata"
)

// start makes a correct consumer with a setting of its authentication. It ends with
// the test.
type start func(t *testing.T, auth string) target

// core is what every correct consumer does, in whatever language it is written.
func core(t *testing.T, begin start) {
	x := begin(t, "none")
	t.Run("bodies", func(t *testing.T) { checkBodies(t, x) })
	t.Run("courses", func(t *testing.T) { checkCourses(t, x) })
	t.Run("live", func(t *testing.T) { checkLive(t, x) })
	t.Run("scenarios", func(t *testing.T) { checkScenarios(t, x) })
	t.Run("evolutions", func(t *testing.T) { checkEvolutions(t, x) })
	t.Run("faults", func(t *testing.T) { checkFaults(t, x, 40) })
	t.Run("sizes", func(t *testing.T) { checkSizes(t, x) })
	t.Run("burst", func(t *testing.T) { checkBurst(t, x) })
	t.Run("places", func(t *testing.T) { checkPlaces(t, x) })
	for _, s := range schemes {
		t.Run("auth "+s.name, func(t *testing.T) { checkScheme(t, begin(t, s.setting), s) })
	}
}

// bodies are written by hand: what is sent about the call b, and what comes of it.
var bodies = []struct {
	why  string
	body string
	want int
	left string // of the call b; empty: nobody knows it
}{
	{"the least that tells of a call", `{"message":{"type":"status-update","status":"queued","call":{"id":"b"}}}`, 200, "queued/1"},
	{"type and status only", `{"message":{"type":"status-update","status":"ended"}}`, 200, ""},
	{"the truth is the message's status", `{"message":{"type":"status-update","status":"ended","call":{"id":"b","status":"ringing"}}}`, 200, "ended/1"},
	{"an unknown status", `{"message":{"type":"status-update","status":"constructor","call":{"id":"b"}}}`, 200, "constructor/1"},
	{"an unknown reason", `{"message":{"type":"status-update","status":"ended","endedReason":"moon","call":{"id":"b"}}}`, 200, "ended/1"},
	{"null for every optional member", `{"message":{"type":"status-update","status":"ended","endedReason":null,"timestamp":null,"artifact":null,"customer":null,"call":null}}`, 200, ""},
	{"a call without an id", `{"message":{"type":"status-update","status":"ended","call":{"id":null}}}`, 200, ""},
	{"a fraction", `{"message":{"type":"status-update","status":"ended","timestamp":1775580709753.0002,"call":{"id":"b"}}}`, 200, "ended/1"},
	{"an exponent", `{"message":{"type":"status-update","status":"ended","timestamp":1.775580709753E+12,"call":{"id":"b"}}}`, 200, "ended/1"},
	{"ISO 8601", `{"message":{"type":"status-update","status":"ended","timestamp":"2024-09-12T10:20:30.000Z","call":{"id":"b"}}}`, 200, "ended/1"},
	{"a timestamp that cannot be read", `{"message":{"type":"status-update","status":"ended","timestamp":{"toString":1},"call":{"id":"b"}}}`, 200, "ended/1"},
	{"object and string, arguments and results", `{"message":{"type":"status-update","status":"ended","call":{"id":"b"},"artifact":{"messages":[
		{"role":"tool_calls","toolCalls":[{"function":{"arguments":{"a":1}}},{"function":{"arguments":"{\"a\":1}"}}]},
		{"role":"tool_call_result","result":{"ok":true}},{"role":"tool_call_result","result":"ok"},{"role":"handoff"}]}}}`, 200, "ended/1"},
	{"members that differ by case only", `{"message":{"STATUS":"ringing","\u017ftatus":"queued","type":"status-update","status":"ended","Status":"ringing","call":{"ID":"z","id":"b"}},"Message":{}}`, 200, "ended/1"},
	{"escapes and white space", " {\r\n\t\"message\" : {\"t\\u0079pe\":\"status\\u002dupdate\",\"status\":\"e\\u006eded\" , \"call\":{\"id\":\"\\u0062\"}} }\n", 200, "ended/1"},
	{"half a surrogate pair", `{"message":{"type":"status-update","status":"ended","call":{"id":"b"},"customer":{"name":"\ud83d"}}}`, 200, "ended/1"},
	{"the report without ended", `{"message":{"type":"end-of-call-report","endedReason":"voicemail","call":{"id":"b"}}}`, 200, "ended/1"},
	{"another message of the call", `{"message":{"type":"conversation-update","status":"ended","call":{"id":"b"}}}`, 200, ""},
	{"another message, odd", `{"message":{"type":"","call":[],"status":{},"timestamp":true}}`, 200, ""},
	{"no envelope", `{"type":"status-update","status":"ended","call":{"id":"b"}}`, 400, ""},
	{"a message that is a list", `{"message":[]}`, 400, ""},
	{"no type", `{"message":{"status":"ended","call":{"id":"b"}}}`, 400, ""},
	{"a type that is a number", `{"message":{"type":1,"status":"ended","call":{"id":"b"}}}`, 400, ""},
	{"no status", `{"message":{"type":"status-update","call":{"id":"b"}}}`, 400, ""},
	{"a status that is a number", `{"message":{"type":"status-update","status":1,"call":{"id":"b"}}}`, 400, ""},
	{"a call that is a string", `{"message":{"type":"status-update","status":"ended","call":"b"}}`, 400, ""},
	{"a call that is a list", `{"message":{"type":"status-update","status":"ended","call":[]}}`, 400, ""},
	{"an id that is a number", `{"message":{"type":"status-update","status":"ended","call":{"id":1}}}`, 400, ""},
	{"a number", `1`, 400, ""},
	{"a number that Go takes for one", `{"message":{"type":"status-update","status":"ended","timestamp":0x1p4,"call":{"id":"b"}}}`, 400, ""},
	{"very deep", `{"message":` + strings.Repeat("[", 200000), 400, ""},
	{"an integer of 10,000 digits in a member that nobody reads", `{"message":{"type":"speech-update","x":1` + strings.Repeat("0", 4000) + `}}`, 200, ""},
}

func checkBodies(t *testing.T, x target) {
	for i, row := range bodies {
		// A call of its own for each row: the consumer is the same for all.
		id := fmt.Sprintf("b%d", i)
		body := strings.NewReplacer(`"b"`, `"`+id+`"`, `\u0062"`, `\u0062`+id[1:]+`"`).Replace(row.body)
		if got := x.post(t, []byte(body), nil); got != row.want {
			t.Errorf("%s: %d, want %d", row.why, got, row.want)
		}
		want := row.left
		if want == "" {
			want = "none"
		}
		if got := x.state(t, id); got != want {
			t.Errorf("%s: the call is %s, want %s", row.why, got, want)
		}
	}
}

// courses are calls, told in words of status@second; + for the end-of-call report, = for
// the message before once more.
var courses = []struct{ why, told, want string }{
	{"in order", "queued@1 ringing@2 in-progress@3 ended@4", "ended/4"},
	{"a redelivery", "in-progress@1 = ended@2 = =", "ended/2"},
	{"two forwardings", "in-progress@1 forwarding@2 forwarding@3 =", "forwarding/3"},
	{"ended comes first", "ended@4 in-progress@3", "ended/2"},
	{"ended comes first, and its clock is behind", "ended@2 in-progress@3", "ended/2"},
	{"not the end, and late", "in-progress@3 ringing@2 queued@1", "in-progress/3"},
	{"the report comes too", "in-progress@1 ended@2 +@3 =", "ended/3"},
	{"the report comes first", "+@3 ended@2 in-progress@1", "ended/3"},
	{"only the report comes", "in-progress@1 +@3", "ended/2"},
	{"without timestamps", "queued ringing in-progress forwarding ended", "ended/5"},
	{"without timestamps, and late", "in-progress ringing", "in-progress/2"},
	{"some timestamps", "in-progress@2 ringing", "in-progress/2"},
	{"the same timestamp", "in-progress@2 ringing@2", "in-progress/2"},
	{"an unknown status", "in-progress@1 transferring@2", "transferring/2"},
	{"an unknown status, late", "in-progress@2 transferring@1", "in-progress/2"},
	{"an unknown status without a timestamp", "in-progress transferring ringing", "ringing/3"},
	{"an unknown status after the end", "ended@1 transferring@2", "ended/2"},
	{"a deletion that failed", "scheduled@1 deletion-failed@2", "deletion-failed/2"},
	{"a deletion that failed, without timestamps, late", "deletion-failed scheduled", "deletion-failed/2"},
	{"a deletion that failed: the call takes place", "scheduled@1 deletion-failed@2 queued@3 ended@4", "ended/4"},
}

func checkCourses(t *testing.T, x target) {
	for i, row := range courses {
		id := fmt.Sprintf("course %d/ü", i)
		var body []byte
		for word := range strings.FieldsSeq(row.told) {
			status, second, timed := strings.Cut(word, "@")
			if status != "=" {
				m := map[string]any{"type": "status-update", "status": status, "call": map[string]any{"id": id, "status": "ringing"}}
				if status == "+" {
					m["type"] = "end-of-call-report"
					delete(m, "status")
				}
				if timed {
					m["timestamp"] = json.Number("177558070" + second + "000.5")
				}
				body, _ = json.Marshal(map[string]any{"message": m})
			}
			if got := x.post(t, body, nil); got != 200 {
				t.Errorf("%s: %s: %d", row.why, word, got)
			}
		}
		if got := x.state(t, id); got != row.want {
			t.Errorf("%s: %s: %s, want %s", row.why, row.told, got, row.want)
		}
	}
}

func checkLive(t *testing.T, x target) {
	files, err := fs.Glob(testdata.Files, "live/*.json")
	if err != nil || len(files) != 6 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		body, err := testdata.Files.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := x.post(t, body, nil); got != 200 {
			t.Errorf("%s: %d", file, got)
		}
		var told struct {
			Message struct {
				Call struct {
					ID string `json:"id"`
				} `json:"call"`
			} `json:"message"`
		}
		if err := json.Unmarshal(body, &told); err != nil {
			t.Fatal(err)
		}
		// The files come in the order of their names: ended before in-progress, and stays.
		want := map[string]string{
			"inbound-ended.json": "ended/1", "inbound-in-progress.json": "ended/2", "inbound-tools-ended.json": "ended/1",
			"inbound-tools-in-progress.json": "ended/2", "web-in-progress.json": "in-progress/1",
		}[path.Base(file)]
		if id := told.Message.Call.ID; id == "" {
			continue // the failed inbound call
		} else if got := x.state(t, id); got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}

func checkScenarios(t *testing.T, x target) {
	scenarios := fixtures.Scenarios()
	for i := range scenarios {
		s := &scenarios[i]
		statuses := s.Statuses()
		want := fmt.Sprintf("%s/%d", statuses[len(statuses)-1], len(statuses))
		for _, shuffled := range []bool{false, true} {
			id := fmt.Sprintf("%s %t", s.Name, shuffled)
			steps, err := fixtures.New(uint64(i)).Scenario(s.Name, fixtures.WithCallID(id))
			if err != nil {
				t.Fatal(err)
			}
			if shuffled { // and each twice
				steps = append(steps, steps...)
				random := rand.New(rand.NewPCG(uint64(i), 1))
				random.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
			}
			for _, step := range steps {
				if got := x.post(t, step.JSON(), nil); got != 200 {
					t.Errorf("%s, step %d: %d", id, step.Number, got)
				}
			}
			if !bytes.Contains(steps[0].JSON(), []byte(id)) {
				continue // a refused call can come without its call
			}
			if got := x.state(t, id); got != want {
				t.Errorf("%s: %s, want %s", id, got, want)
			}
		}
	}
}

func checkEvolutions(t *testing.T, x target) {
	for _, e := range fixtures.New(1).Evolutions() {
		if got := x.post(t, e.JSON(), nil); got != 200 {
			t.Errorf("%s (%s): %d", e.ID, e.Title, got)
		}
	}
}

// checkFaults sends what is not JSON, or not in an envelope, and of the other faults
// one in so many.
func checkFaults(t *testing.T, x target, oneIn int) {
	t.Helper()
	unsound := map[string]bool{"json/syntax": true, "json/utf8": true, "envelope/missing": true}
	// Sound to any parser: the escape of half a surrogate pair.
	sound := map[string]bool{"json/lone-surrogate": true, "json/lone-low-surrogate": true}
	refused := 0
	for i, f := range fixtures.New(1).Faults() {
		switch must := unsound[f.Rule] && !sound[f.ID]; {
		case must:
			if got := x.post(t, f.Body(), nil); got != 400 {
				t.Errorf("%s (%s): %d", f.ID, f.Change.What, got)
			}
			refused++
		case i%oneIn == 0:
			if got := x.post(t, f.Body(), nil); got >= 500 {
				t.Errorf("%s (%s): %d", f.ID, f.Change.What, got)
			}
		}
	}
	if refused < 30 {
		t.Errorf("only %d faults are unsound JSON or lack the envelope", refused)
	}
}

func checkSizes(t *testing.T, x target) {
	frame := `{"message":{"type":"status-update","status":"ended","call":{"id":"size-%d"},"summary":"%s"}}`
	for size, want := range map[int]int{50 << 10: 200, 1 << 20: 200, 8 << 20: 200, 8<<20 + 1: 413} {
		body := fmt.Sprintf(frame, size, "")
		body = fmt.Sprintf(frame, size, strings.Repeat("a", size-len(body)))
		if got := x.post(t, []byte(body), nil); got != want {
			t.Errorf("%d bytes: %d, want %d", size, got, want)
		}
		if left := x.state(t, fmt.Sprintf("size-%d", size)); (left == "ended/1") != (want == 200) {
			t.Errorf("%d bytes: %s", size, left)
		}
	}
}

func checkBurst(t *testing.T, x target) {
	var wait sync.WaitGroup
	for i := range 50 {
		wait.Go(func() {
			body := fmt.Sprintf(`{"message":{"type":"status-update","status":"forwarding","timestamp":%d,"call":{"id":"burst"}}}`, i/2)
			if got := x.post(t, []byte(body), nil); got != 200 {
				t.Errorf("delivery %d: %d", i, got)
			}
		})
	}
	wait.Wait()
	if got := x.state(t, "burst"); got != "forwarding/25" {
		t.Errorf("25 messages, each twice: %s", got)
	}
}

func checkPlaces(t *testing.T, x target) {
	body := []byte(`{"message":{"type":"status-update","status":"ended","call":{"id":"place"}}}`)
	for request, want := range map[string]int{
		"POST /": 200, "POST /hook": 200, "POST /hooks/vapi?tenant=7": 200, "GET /": 405, "GET /hook": 405, "GET /healthz": 204, "GET /calls/": 405, "GET /calls/%ff": 404,
	} {
		method, at, _ := strings.Cut(request, " ")
		sent := bytes.NewReader(body)
		if method == http.MethodGet {
			sent.Reset(nil)
		}
		r, err := http.NewRequestWithContext(t.Context(), method, x.url+at, sent)
		if err != nil {
			t.Fatal(err)
		}
		response, err := x.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: %d, want %d", request, response.StatusCode, want)
		}
	}
}

func checkScheme(t *testing.T, x target, s scheme) {
	// White space, an escape and a number that few would write so: the bytes count.
	body := []byte(`{ "message": {"type":"status-update", "status":"end\u0065d","timestamp":1.0e3,"call":{"id":"auth"}}}`)
	now := time.Now()
	bad := map[string]http.Header{}
	for name, change := range spoilers {
		bad[name] = spoiled(s.sign(body, now), change)
	}
	if s.signed {
		bad["a day old"] = s.sign(body, now.Add(-24*time.Hour))
		bad["of tomorrow"] = s.sign(body, now.Add(24*time.Hour))
		bad["without its timestamp"] = s.sign(body, now)
		for _, name := range []string{"X-Timestamp", "X-When", "Webhook-Timestamp"} {
			bad["without its timestamp"].Del(name)
		}
	}
	if strings.HasPrefix(s.name, "hmac") || s.name == "standard" {
		bad["of another body"] = s.sign(append([]byte(" "), body...), now)
	}
	for name, header := range bad {
		if got := x.post(t, body, header); got != 401 {
			t.Errorf("%s: %d", name, got)
		}
		if got := x.post(t, []byte(`{"message`), header); got != 401 {
			t.Errorf("%s, and broken JSON: %d", name, got)
		}
	}
	if got := x.state(t, "auth"); got != "none" {
		t.Errorf("refused, and yet %s", got)
	}
	broken := []byte(`{"message`)
	if got := x.post(t, broken, s.sign(broken, now)); got != 400 {
		t.Errorf("genuine, but broken: %d", got)
	}
	lower := http.Header{}
	for name, values := range s.sign(body, now) {
		lower[strings.ToLower(name)] = values
	}
	for name, header := range map[string]http.Header{"genuine": s.sign(body, now), "four minutes old": s.sign(body, now.Add(-4*time.Minute)), "names in lower case": lower} {
		if got := x.post(t, body, header); got != 200 {
			t.Errorf("%s: %d", name, got)
		}
	}
	if got := x.state(t, "auth"); got != "ended/1" {
		t.Errorf("the call is %s", got)
	}
}
