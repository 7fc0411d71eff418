package contract

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/ringproof/ringproof/fixtures"
)

// refuseChecks send what no provider should send.
var refuseChecks = []Check{
	{
		ID: "refuses/malformed-json", Title: "refuses malformed JSON with 4xx",
		Explanation: "What cannot be read has not been taken in: 2xx says it was, and the sender never learns otherwise. 5xx says that the service is broken, which looks like an outage.",
		Source:      "RFC 8259; RFC 9110 section 15.5.1",
		Sends:       "bodies that no parser reads: cut off, empty, with a comma too many", Wants: "4xx; for 2xx a warning",
		run: checkMalformed,
	},
	{
		ID: "refuses/single-faults", Title: "survives messages with one fault, and refuses those that cannot be understood",
		Explanation: "A shape that nobody expected must not end in 5xx or in a broken connection: somewhere an assumption turned into a crash. A body without its envelope, its type or its status means nothing, and 2xx hides that.",
		Source:      "the derived schema: each fault breaks one rule of it (ringproof generate --faults)",
		Sends:       "messages with one fault each, those near the top of the message all, of the others a sample", Wants: "no 5xx; 4xx where type, status or call cannot be read (for 2xx a warning)",
		run: checkFaults,
	},
}

// readByMany are faults of JSON that widespread parsers overlook.
var readByMany = []string{"json/byte-order-mark", "json/nan", "json/infinity", "json/none", "json/comment", "json/trailing-nul", "json/leading-zero", "json/hexadecimal", "json/utf16", "json/single-quotes"}

func checkMalformed(p *probe) {
	var list []*exchange
	for _, f := range p.generator.Faults() {
		if f.Rule == "json/syntax" && !slices.Contains(readByMany, f.ID) {
			list = append(list, faulty(f))
		}
	}
	random := rand.New(rand.NewPCG(p.number("cut"), 0))
	for i := range 6 {
		x := p.typical(turns(i))
		x.Call, x.Base = "", x.Body
		x.Body = x.Body[:1+random.IntN(len(x.Body)-1)]
		x.What = fmt.Sprintf("a body that was cut off after %d of %d bytes", len(x.Body), len(x.Base))
		list = append(list, x)
	}
	p.sendAll(list)
	for _, x := range list {
		switch {
		case x.unsent || x.class() == 4:
		case x.class() == 2 || x.class() == 3:
			p.fault(Warn, "4xx", x)
		default:
			p.fault(Fail, "4xx", x)
		}
	}
}

func faulty(f *fixtures.Fault) *exchange {
	return &exchange{Sent: Sent{What: f.Change.What + " (" + f.ID + ")", Pointer: f.Pointer, Body: f.Body(), Base: f.Repaired()}}
}

const (
	nearTop     = 3   // names in the pointer of a fault that is always sent
	sampleBelow = 500 // how many of the others are
)

// cannotBeUnderstood are the faults after which nobody knows what the message is about.
var cannotBeUnderstood = []string{
	"required/ServerMessageStatusUpdate.type", "required/ServerMessageStatusUpdate.status",
	"type/ServerMessageStatusUpdate.type", "type/ServerMessageStatusUpdate.status", "type/ServerMessageStatusUpdate.call",
	"null/ServerMessageStatusUpdate.type", "null/ServerMessageStatusUpdate.status", "type/Call.id",
}

func checkFaults(p *probe) {
	faults, left := p.chosenFaults()
	list := make([]*exchange, len(faults))
	for i, f := range faults {
		list[i] = faulty(f)
	}
	p.sendAll(list)
	accepted := 0
	for i, x := range list {
		f := faults[i]
		grave := f.Verdict.Live == "error" && f.Verdict.Documented == "error"
		basic := f.Keyword == "envelope" || slices.Contains(cannotBeUnderstood, f.ID)
		switch {
		case x.unsent || x.class() == 4:
		case x.class() != 2:
			p.fault(Fail, "no 5xx and no broken connection", x)
		case basic || grave && p.strict && f.Keyword != "lexical" && f.ID != sparse:
			p.fault(Warn, "4xx", x)
		case grave:
			accepted++
		}
	}
	if accepted > 0 {
		p.tell(fmt.Sprintf("%d of %d faults were acknowledged that are in members which nobody has to read", accepted, len(list)))
	}
	if left > 0 {
		p.tell(fmt.Sprintf("%d of %d faults were sent: all near the top of the message, a sample of the others", len(list), len(list)+left))
	}
}

// sparse is the fault that accepts/sparse-call wants to be borne.
const sparse = "required/Call.createdAt"

// chosenFaults are those that are sent, in their order, and how many are left out.
func (p *probe) chosenFaults() (chosen []*fixtures.Fault, left int) {
	all := p.generator.Faults()
	var below []int
	take := make([]bool, len(all))
	for i, f := range all {
		if f.Keyword == "lexical" && f.Rule == "json/syntax" {
			continue // see refuses/malformed-json
		}
		take[i] = strings.Count(f.Pointer, "/") <= nearTop
		if !take[i] {
			below = append(below, i)
		}
	}
	random := rand.New(rand.NewPCG(p.number("sample"), 0))
	random.Shuffle(len(below), func(i, j int) { below[i], below[j] = below[j], below[i] })
	for _, i := range below[:min(sampleBelow, len(below))] {
		take[i] = true
	}
	for i, f := range all {
		if take[i] {
			chosen = append(chosen, f)
		}
	}
	return chosen, max(0, len(below)-sampleBelow)
}
