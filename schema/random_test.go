package schema_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/internal/jsontest"
	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/schema/vapi"
)

// chance makes random edits of bodies. The same seed makes the same ones.
type chance struct {
	*rand.Rand
	names  []string // member names of the contract, and names that look like them
	values []any    // scalars, and everything that stands in the corpus
}

// corpus are the vectors that are sound JSON, by file name.
func corpus(t testing.TB) (bodies map[string]any, names []string) {
	t.Helper()
	bodies = map[string]any{}
	for _, v := range vectors(t) {
		body, err := v.Body()
		require.NoError(t, err)
		if !strings.HasPrefix(v.Rule, "json/") {
			bodies[v.File] = decode(t, body)
		}
	}
	return bodies, slices.Sorted(maps.Keys(bodies))
}

func newChance(seed uint64, bodies map[string]any, files []string) *chance {
	c := &chance{Rand: rand.New(rand.NewPCG(seed, 1))}
	for _, typ := range vapi.Descriptor().Types {
		for _, m := range typ.Members {
			c.names = append(c.names, m.Name)
		}
	}
	slices.Sort(c.names)
	c.names = append(slices.Compact(c.names), "", "a/b~c", "STATUS", "\u017ftatus", "Type", "\u212aey", "tool_calls", "orgId")
	c.values = []any{
		nil, true, false, "", "text", "ended", "forwarding", "status-update", "user", "tool_calls", "number", "2026-04-07T16:51:49Z", strings.Repeat("x", 41),
		json.Number("0"), json.Number("-1"), json.Number("1.0"), json.Number("0.5"), json.Number("1e2"), json.Number("1e400"), json.Number("-1e-400"),
		json.Number("99999999999999999999"), []any{}, []any{nil}, object{}, object{"type": "number"}, object{"role": "user"}, object{"provider": "vapi"},
	}
	for _, f := range files {
		for _, at := range sites(bodies[f], "") {
			c.values = append(c.values, get(bodies[f], at))
		}
	}
	return c
}

// sites are the pointers of all values below a value, in a fixed order.
func sites(tree any, at string) []string {
	var list []string
	switch v := tree.(type) {
	case object:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			list = append(append(list, child(at, name)), sites(v[name], child(at, name))...)
		}
	case []any:
		for i := range v {
			p := at + "/" + strconv.Itoa(i)
			list = append(append(list, p), sites(v[i], p)...)
		}
	}
	return list
}

func pick[T any](c *chance, list []T) T { return list[c.IntN(len(list))] }

// value is mostly small: a large one hides what was there.
func (c *chance) value() any {
	for range 3 {
		v := pick(c, c.values)
		if len(sites(v, "")) < 20 {
			return v
		}
	}
	return "text"
}

// edit changes a body at one random place.
func (c *chance) edit(body any) any {
	all := sites(body, "")
	if len(all) == 0 {
		return body
	}
	at := pick(c, all)
	if at == "/message" || at == "/message/type" {
		at = pick(c, all) // much is not looked at without these two
	}
	switch c.IntN(5) {
	case 0:
		return with(body, at, c.value())
	case 1:
		return without(body, at)
	case 2:
		return c.insert(body, at)
	case 3: // swap two values, unless one is in the other
		other := pick(c, all)
		if strings.HasPrefix(at+"/", other+"/") || strings.HasPrefix(other+"/", at+"/") {
			return body
		}
		a, b := get(body, at), get(body, other)
		return with(with(body, at, b), other, a)
	}
	return with(body, at, c.similar(get(body, at)))
}

// insert adds a member or an item to the container at, or beside it.
func (c *chance) insert(body any, at string) any {
	switch v := get(body, at).(type) {
	case object:
		return with(body, child(at, pick(c, c.names)), c.value())
	case []any:
		return with(body, at, append(slices.Clip(v), c.value()))
	}
	if parent := at[:strings.LastIndexByte(at, '/')]; jsontest.Kind(get(body, parent)) == "object" {
		return with(body, child(parent, pick(c, c.names)), c.value())
	}
	return with(body, at, []any{c.value()})
}

// similar is a value of the same JSON type.
func (c *chance) similar(v any) any {
	switch v := v.(type) {
	case string:
		return pick(c, []string{v + "x", strings.ToUpper(v), "", v + v, "status-update", "forwarding", "tool_call_result", "sip", "twilio"})
	case json.Number:
		return pick(c, []json.Number{"-" + json.Number(strings.TrimPrefix(v.String(), "-")), "0", "1e3", "0.1", "100000000000000000000.5"})
	case bool:
		return !v
	case []any:
		return append(slices.Clip(v), v...)
	}
	return c.value()
}

// randomMutants is how many there are. One of eight is of a captured shape, and one
// of four goes through the whole schema, too: these take v5 milliseconds.
const randomMutants = 3000

func TestEnginesAgreeOnRandomMutants(t *testing.T) {
	t.Parallel()
	bodies, files := corpus(t)
	var shapes []string
	for _, f := range files {
		if strings.HasPrefix(f, "live/") {
			shapes = append(shapes, f)
		}
	}
	var mu sync.Mutex
	rules, severities, clean, large := map[string]int{}, map[schema.Severity]int{}, 0, 0
	t.Run("seeds", func(t *testing.T) {
		const seeds = 10
		for seed := range seeds {
			t.Run(strconv.Itoa(seed), func(t *testing.T) {
				t.Parallel()
				c := newChance(uint64(seed), bodies, files)
				for i := range randomMutants / seeds {
					from := files
					if i%8 == 0 {
						from = shapes
					}
					body := bodies[pick(c, from)]
					for range 1 + c.IntN(3) {
						body = c.edit(body)
					}
					reports := checkAgreement(t, encode(t, body), i%4 == 1)
					if reports == nil {
						mu.Lock()
						large++
						mu.Unlock()
					}
					for _, r := range reports {
						mu.Lock()
						if len(r.Findings) == 0 {
							clean++
						}
						for _, f := range r.Findings {
							rules[f.Rule]++
							severities[f.Severity]++
						}
						mu.Unlock()
					}
				}
			})
		}
	})
	t.Logf("%d mutants, each in both profiles: %d reports without a finding; findings by severity %v; by rule %v", randomMutants, clean, severities, rules)
	if filtered() {
		return
	}
	assert.Positive(t, clean, "some edits do no harm")
	assert.LessOrEqual(t, large, randomMutants/200, "more than v5 is asked about")
	for _, s := range []schema.Severity{schema.Error, schema.Warning, schema.Note} {
		assert.Greater(t, severities[s], randomMutants/4, s)
	}
	assert.Greater(t, len(rules), 20, "kinds of findings")
}

// checkAgreement asks everyone who can judge a body. There are no reports of one that has
// become more than v5 is asked about.
func checkAgreement(t *testing.T, body []byte, whole bool) []schema.Report {
	t.Helper()
	var reports []schema.Report
	for _, p := range schema.Profiles {
		r, asked := judgeIfAsked(t, body, schema.Options{Profile: p})
		if !asked {
			return nil
		}
		checkPlaces(t, body, r)
		if whole {
			checkReference(t, body, r, schema.Draft7)
		}
		if p == schema.Live {
			checkDecoder(t, body, r)
		}
		reports = append(reports, r)
	}
	return reports
}

func TestDisagreementIsNoticed(t *testing.T) {
	t.Parallel()
	body := []byte(`{"message":{"type":"status-update","status":5,"customer":{"name":7},"x":1}}`)
	report := validate(t, body, schema.Options{})
	require.Len(t, report.Findings, 3)
	for what, spoil := range map[string]func(r *schema.Report){
		"a finding is missing":      func(r *schema.Report) { r.Findings = r.Findings[1:] },
		"a finding too many":        func(r *schema.Report) { r.Findings = append(r.Findings, r.Findings[0]) },
		"findings in another order": func(r *schema.Report) { slices.Reverse(r.Findings) },
		"another severity":          func(r *schema.Report) { r.Findings[0].Severity = schema.Warning },
		"another pointer":           func(r *schema.Report) { r.Findings[0].Pointer += "/0" },
		"another place":             func(r *schema.Report) { r.Findings[0].Offset++ },
		"another count":             func(r *schema.Report) { r.Errors++ },
		"another count of notes":    func(r *schema.Report) { r.NoteCounts = nil },
		"not covered":               func(r *schema.Report) { r.NotCovered = true },
	} {
		other := validate(t, body, schema.Options{})
		require.Empty(t, disagreement(report, other))
		spoil(&other)
		assert.NotEmpty(t, disagreement(report, other), what)
	}
}

// The faults planted here are in the schema that the engine v5 runs: it must be
// that engine, not the walk, that decides what is an error.
func TestAFaultInTheSchemaMakesTheEnginesDisagree(t *testing.T) {
	rows := []struct {
		old, new string // in the derived schema, which must have the first
		body     string
		rule     string // of the finding that only one engine has
		reason   string
	}{
		{`"maximum": 300`, `"maximum": 299`, `{"message":{"type":"status-update","status":"queued","assistant":{"server":{"timeoutSeconds":300}}}}`, "schema/maximum",
			"v5 finds more than the walk, and is heard"},
		{`"required": ["role", "message", "time", "secondsFromStart"]`, `"required": ["role"]`,
			`{"message":{"type":"status-update","status":"forwarding","messages":[{"role":"system"}]}}`, "schema/required", "v5 finds less, and is heard"},
		{`"const": null`, `"type": ["null", "string"]`, `{"message":{"type":"status-update","status":"queued","summary":""}}`, "only-if/summary", "a prose rule that the schema lost"},
	}
	for _, row := range rows {
		derived, err := schema.Derive(schema.Live, schema.Draft7)
		require.NoError(t, err)
		compact := spaced(t, derived)
		require.Contains(t, compact, row.old)
		restore := schema.SwapReference(schema.Live, func() (*jsonschema.Schema, error) {
			c := jsonschema.NewCompiler()
			if err := c.AddResource("planted.json", strings.NewReader(strings.ReplaceAll(compact, row.old, row.new))); err != nil {
				return nil, err
			}
			return c.Compile("planted.json")
		})
		walk, v5 := validate(t, []byte(row.body), schema.Options{Engine: schema.EngineWalk}), validate(t, []byte(row.body), schema.Options{Engine: schema.EngineV5})
		restore()
		assert.NotEmpty(t, disagreement(walk, v5), row.reason)
		rules := func(r schema.Report) (n int) {
			for _, f := range r.Findings {
				if f.Rule == row.rule {
					n++
				}
			}
			return n
		}
		assert.NotEqual(t, rules(walk), rules(v5), "findings of %s: %s", row.rule, row.reason)
		assert.Empty(t, disagreement(walk, validate(t, []byte(row.body), schema.Options{})), "the fault is gone")
	}
}

// spaced writes JSON on one line with a blank after each colon and comma.
func spaced(t testing.TB, text []byte) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, json.Compact(&b, text))
	return strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(b.String())
}

// An error of v5 that the walk cannot explain was never met. Should it be, it is
// reported all the same, and always in the same order.
func TestErrorsThatOnlyV5FindsAreReportedInOrder(t *testing.T) {
	const strict = `{"properties":{"message":{"properties":{"customer":{"properties":{
		"name":{"maxLength":0},"number":{"maxLength":0},"email":{"maxLength":0},"externalId":{"maxLength":0},"sipUri":{"maxLength":0}}}}}}}`
	restore := schema.SwapReference(schema.Live, func() (*jsonschema.Schema, error) { return jsonschema.CompileString("strict.json", strict) })
	defer restore()
	body := `{"type":"status-update","status":"queued","customer":{"sipUri":"sip:a","number":"+15555550100","name":"a","externalId":"a","email":"a"}}`
	for at, body := range map[string]string{"/message": `{"message":` + body + `}`, "": body} {
		for range 20 {
			r := validate(t, []byte(body), schema.Options{})
			var got []string
			for _, f := range r.Findings {
				if f.Severity == schema.Error {
					assert.Equal(t, "schema/maxLength", f.Rule)
					got = append(got, strings.TrimPrefix(f.Pointer, at+"/customer/"))
				}
			}
			require.Equal(t, []string{"email", "externalId", "name", "number", "sipUri"}, got)
		}
	}
}
