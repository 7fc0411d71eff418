package schema_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/schema/vapi"
)

// mutated are the types of the table, and where the mutated object stands.
var mutated = []struct{ name, at string }{
	{"ServerMessageStatusUpdate", "/message"},
	{"UserMessage", "/message/messages/0"},
	{"SystemMessage", "/message/messages/0"},
	{"BotMessage", "/message/messages/0"},
	{"ToolCallMessage", "/message/messages/0"},
	{"ToolCallResultMessage", "/message/messages/0"},
	{"TransferDestinationNumber", "/message/destination"},
	{"TransferDestinationSip", "/message/destination"},
	{"Artifact", "/message/artifact"},
	{"CreateCustomerDTO", "/message/customer"},
	{"Call", "/message/call"},
	{"CreateByoPhoneNumberDTO", "/message/phoneNumber"},
	{"CreateTwilioPhoneNumberDTO", "/message/phoneNumber"},
	{"CreateVonagePhoneNumberDTO", "/message/phoneNumber"},
	{"CreateVapiPhoneNumberDTO", "/message/phoneNumber"},
	{"CreateTelnyxPhoneNumberDTO", "/message/phoneNumber"},
}

// tally counts mutants by kind and by what was mutated.
type tally struct {
	sync.Mutex
	kinds, owners map[string]int
}

func newTally() *tally { return &tally{kinds: map[string]int{}, owners: map[string]int{}} }

func (c *tally) add(m mutant) {
	c.Lock()
	defer c.Unlock()
	c.kinds[m.kind]++
	c.owners[m.owner]++
}

func (c *tally) String() string {
	total, text := 0, ""
	for _, k := range slices.Sorted(maps.Keys(c.kinds)) {
		total += c.kinds[k]
		text += fmt.Sprintf("\n%6d %s", c.kinds[k], k)
	}
	return fmt.Sprintf("%d mutants, each in both profiles:%s", total, text)
}

// The base of these mutants is rich: every member of the type is there.
func TestEveryMutationOfTheNamedTypesIsFound(t *testing.T) {
	t.Parallel()
	all, ran := routes(), newTally()
	t.Run("types", func(t *testing.T) {
		t.Run("the envelope", func(t *testing.T) {
			for _, m := range envelopeMutants() {
				ran.add(m)
				checkMutant(t, m, object{"message": message(object{}, "queued")}, true, true)
			}
		})
		for _, row := range mutated {
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				typ := vapi.Descriptor().Type(row.name)
				require.NotNil(t, typ)
				ask := newSampler()
				for i := range typ.Members {
					base, at := richBase(typ, all[typ], typ.Members[i].Name)
					for _, x := range newGenerator(typ, all[typ], at).member(&typ.Members[i]) {
						ran.add(x)
						often := x.kind != "documented value" // there are a thousand of them
						sample := ask.next(x)
						checkMutant(t, x, base, often || sample, sample)
					}
				}
				base, at := richBase(typ, all[typ], "")
				assert.Equal(t, row.at, at)
				for _, x := range newGenerator(typ, all[typ], at).object() {
					ran.add(x)
					checkMutant(t, x, base, true, true)
				}
			})
		}
	})
	t.Log(ran)
	if filtered() {
		return
	}
	for kind, least := range mutationKinds {
		assert.GreaterOrEqual(t, ran.kinds[kind], least.named, kind)
	}
	for kind := range ran.kinds {
		assert.Contains(t, mutationKinds, kind, "a kind without a least number")
	}
	for _, row := range mutated {
		for _, m := range vapi.Descriptor().Type(row.name).Members {
			assert.GreaterOrEqual(t, ran.owners[row.name+"."+m.Name], 3, "mutants of %s.%s", row.name, m.Name)
		}
	}
}

// richBase is a valid body in which an object of the type has all its members. Of
// the message, that is all that may be sent together with the member.
func richBase(t *vapi.Type, r route, member string) (object, string) {
	o := most(t)
	if t == vapi.Descriptor().Top {
		status := statusWith(member)
		for name, s := range onlyWith {
			if s != status {
				delete(o, name)
			}
		}
		message(o, status)
	}
	return r.body(o)
}

func envelopeMutants() []mutant {
	list := otherTypes("other JSON type", &vapi.Schema{Kind: vapi.KindObject}, "/message")
	for i := range list {
		list[i].owner = "envelope.message"
	}
	valid := message(object{}, "queued")
	return append(list,
		mutant{kind: "required member removed", at: "/message", gone: true, want: []fault{broken("envelope/missing", "")}},
		mutant{kind: "required member null", at: "/message", want: []fault{broken("schema/type", "/message")}},
		mutant{kind: "required members missing", at: "/message", value: object{}, want: lacking(vapi.Descriptor().Top, "/message")},
		mutant{kind: "name of other case", at: "/Message", value: valid, want: []fault{broken("json/confusable-member", "/Message")}},
		mutant{kind: "unknown member", at: "/messages", value: valid, want: []fault{surplus("member/unknown", "/messages")}},
		mutant{kind: "other JSON type", at: "", value: []any{object{"message": valid}}, want: []fault{broken("envelope/missing", "")}},
		mutant{kind: "other JSON type", at: "", value: "text", want: []fault{broken("envelope/missing", "")}},
		mutant{kind: "other JSON type", at: "", value: nil, want: []fault{broken("envelope/missing", "")}},
	)
}

// checkMutant holds the verdicts on a mutant, in both profiles, against what it must
// have. With v5, the other engine is asked, too; with whole, the whole schema.
func checkMutant(t *testing.T, m mutant, base any, v5, whole bool) {
	t.Helper()
	body := encode(t, m.apply(base))
	for _, p := range schema.Profiles {
		o := schema.Options{Profile: p, Engine: schema.EngineWalk}
		var r schema.Report
		if v5 {
			r = judge(t, body, o)
		} else {
			r = validate(t, body, o)
		}
		if got, want := verdicts(r), m.wants(p); !slices.Equal(want, got) {
			t.Errorf("%s of %s at %s, profile %s:\ngot  %v\nwant %v\nin %s", m.kind, m.owner, m.at, p, got, want, head(body))
			continue
		}
		checkPlaces(t, body, r)
		if p == schema.Live {
			checkDecoder(t, body, r)
		}
		if whole {
			checkReference(t, body, r, schema.Draft7)
		}
	}
}

// sampler picks the first mutant of each kind, and one in eleven of the others: v5
// takes a hundred times as long as the walk. A prime leaves no kind out.
type sampler struct {
	seen map[string]bool
	n    int
}

func newSampler() *sampler { return &sampler{seen: map[string]bool{}} }

func (s *sampler) next(m mutant) bool {
	s.n++
	first := !s.seen[m.kind]
	s.seen[m.kind] = true
	return first || s.n%11 == 0
}

// The base of these mutants is small: every object has what is required.
func TestEveryMutationOfEveryTypeIsFound(t *testing.T) {
	if raceDetector {
		t.Skip("nothing runs concurrently here, and the race detector makes it minutes long; it runs without")
	}
	t.Parallel()
	all, ran, asked := routes(), newTally(), newTally()
	t.Run("types", func(t *testing.T) {
		for _, typ := range vapi.Descriptor().Types {
			if typ == vapi.Descriptor().Top {
				continue // its members need different bases: see above
			}
			t.Run(typ.Name, func(t *testing.T) {
				t.Parallel()
				base, at := all[typ].body(least(typ))
				g := newGenerator(typ, all[typ], at)
				list := g.object()
				for i := range typ.Members {
					list = append(list, g.member(&typ.Members[i])...)
				}
				ask := newSampler()
				for _, m := range list {
					if m.kind == "optional member removed" {
						continue // it is not there
					}
					sample := ask.next(m)
					ran.add(m)
					if sample {
						asked.add(m)
					}
					checkMutant(t, m, base, sample, sample)
				}
			})
		}
	})
	t.Log(ran)
	t.Logf("through v5 and the whole schema, too: %v", asked)
	if filtered() {
		return
	}
	for kind, least := range mutationKinds {
		assert.GreaterOrEqual(t, ran.kinds[kind], least.all, kind)
		assert.GreaterOrEqual(t, asked.kinds[kind], min(least.all, 1), "%s, through v5", kind)
	}
	for _, typ := range vapi.Descriptor().Types {
		for _, m := range typ.Members {
			if typ != vapi.Descriptor().Top {
				assert.GreaterOrEqual(t, ran.owners[typ.Name+"."+m.Name], 3, "mutants of %s.%s", typ.Name, m.Name)
			}
		}
	}
}

// The exception is listed, so that a second one is noticed.
func TestOnlyOneBoundIsBeyondWhatABodyCanHold(t *testing.T) {
	t.Parallel()
	var beyond []string
	var visit func(where string, s *vapi.Schema)
	visit = func(where string, s *vapi.Schema) {
		if s == nil {
			return
		}
		if s.MaxLength >= longest {
			beyond = append(beyond, where)
		}
		visit(where, s.Items)
		if s.Union != nil {
			for i := range s.Union.Branches {
				visit(where, s.Union.Branches[i].Schema)
			}
		}
	}
	for _, typ := range vapi.Descriptor().Types {
		for _, m := range typ.Members {
			visit(typ.Name+"."+m.Name, m.Schema)
		}
	}
	assert.Equal(t, []string{"OpenAIMessage.content"}, beyond)
}
