package contract

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ringproof/ringproof/fixtures"
	"github.com/ringproof/ringproof/schema/vapi"
)

// acceptChecks send what is right by the contract, or was seen live, or may come
// tomorrow: a consumer has to acknowledge all of it.
var acceptChecks = []Check{
	{
		ID: "accepts/statuses", Title: "accepts every status, whatever else the message has",
		Explanation: "There are eight statuses. A message may have two members or hundreds, and 1 MB; each is only about one call.",
		Source:      "spec: ServerMessageStatusUpdate.status",
		Sends:       "a message of each status in the shapes minimal, typical and full", Wants: wantOK + ", and, if it is observed, the status as the state of the call",
		run: checkStatuses,
	},
	{
		ID: "accepts/ended-reasons", Title: "accepts every ended reason",
		Explanation: "There are 595 documented ended reasons; most of them were not there two years before. A closed list of them breaks within weeks.",
		Source:      "spec: ServerMessageStatusUpdate.endedReason",
		Sends:       "a message with status ended for each documented reason", Wants: wantOK + ", and, if it is observed, the call has ended",
		run: checkReasons,
	},
	{
		ID: "accepts/bare-minimum", Title: "accepts a message with type and status only",
		Explanation: "No other member is required. A message about a call that could not be accepted came without call, customer and artifact.",
		Source:      "spec: required of ServerMessageStatusUpdate; live: a failed inbound call",
		Sends:       "messages of each status with nothing but type and status, and failed inbound calls", Wants: wantOK,
		run: checkBareMinimum,
	},
	{
		ID: "accepts/absent-members", Title: "accepts messages without call, customer, artifact, phone number or assistant",
		Explanation: "All of them are optional. A web call has no customer; what a service does not need it should not demand.",
		Source:      "spec: required of ServerMessageStatusUpdate; live: a web call has no customer",
		Sends:       "typical messages with one member left out", Wants: wantOK,
		run: checkAbsentMembers,
	},
	{
		ID: "accepts/sparse-call", Title: "accepts a call that is told by its id alone",
		Explanation: "The file says that a call has createdAt and updatedAt. Who needs neither should not fail where one is missing: what is required has changed before. To refuse it is within the contract, hence a warning.",
		Source:      "a defect of real consumers: requires call.createdAt",
		Sends:       "messages whose call has an id and nothing else", Wants: wantOK,
		run: checkSparseCall,
	},
	{
		ID: "accepts/timestamps", Title: "accepts timestamps in all their forms",
		Explanation: "Live timestamps are milliseconds with a fraction (1775580709753.0002), JSON may write them with an exponent, the member is optional, and until October 2024 it was an ISO 8601 string. That last form is of the past: to refuse it is a warning.",
		Source:      "live; spec: ServerMessageStatusUpdate.timestamp, a string in earlier versions",
		Sends:       "a message with each form of timestamp, and one without", Wants: wantOK,
		run: checkTimestamps,
	},
	{
		ID: "accepts/tool-results", Title: "accepts tool calls and results as objects and as strings",
		Explanation: "The file calls the result of a tool call a string; live it is an object. The arguments are an object in one place and JSON in a string in another.",
		Source:      "live: deviation of the file; docs",
		Sends:       "messages whose artifact has tool calls, with arguments and results of both kinds", Wants: wantOK,
		run: checkToolResults,
	},
	{
		ID: "accepts/large-bodies", Title: "accepts bodies of 50 KB and 1 MB",
		Explanation: "A message holds the conversation so far. Typical ones have 25 KB; a long call has more, and a body limit of 100 KB, the default of some frameworks, loses exactly the long calls.",
		Source:      "live: up to 50 KB; the contract has no bound below",
		Sends:       "a message of 50,000 bytes and one of 1,000,000", Wants: wantOK,
		run: checkLargeBodies,
	},
	{
		ID: "accepts/unusual-json", Title: "reads JSON however it is written",
		Explanation: "Order of members, white space, escapes and characters beyond ASCII mean nothing in JSON, and senders change them without notice.",
		Source:      "RFC 8259",
		Sends:       "the same message in several spellings", Wants: wantOK + ", and, if it is observed, the status as the state of the call",
		run: checkUnusualJSON,
	},
	{
		ID: "accepts/evolutions", Title: "survives tomorrow's contract",
		Explanation: "Within two years the contract got three statuses, hundreds of ended reasons, and new members, providers and types; of most nobody was told. A consumer that refuses what it does not know stops working on that day.",
		Source:      "131 published versions of the file, October 2024 to August 2026",
		Sends:       "a message for each way in which the contract may move (ringproof generate --evolve)", Wants: wantOK,
		run: checkEvolutions,
	},
	{
		ID: "accepts/other-messages", Title: "acknowledges messages of other types, and does not take them for a status",
		Explanation: "The same URL gets conversation updates, speech updates, reports and more, one of them of a type without a schema. A speech update has a member called status, too, and it is not that of the call.",
		Source:      "live: the order of one call's messages; spec: ServerMessage",
		Sends:       "messages of types that want no answer, during a call", Wants: wantOK + ", and, if it is observed, the call stays in-progress",
		run: checkOtherMessages,
	},
}

// neverSeen are statuses of which no source says that they are the state of a call
// afterwards, and which were never seen live: another state is a warning.
var neverSeen = []string{"not-found", "deletion-failed"}

// shows wants the call of each acknowledged delivery to be in the state that it says:
// what was answered with 2xx and then dropped is lost as well.
func (p *probe) shows(v Verdict, list ...*exchange) {
	switch {
	case p.lost() != "":
		return
	case p.observe == nil:
		p.tell("what became of the calls was not observed")
		return
	case !p.follows():
		p.tell("what became of the calls was not judged: " + p.notFollowed())
		return
	}
	each(len(list), p.workers(), func(i int) {
		x := list[i]
		if !x.ok() || x.Call == "" || x.Status == "" {
			return
		}
		if !p.onTime() {
			p.mu.Lock()
			p.late++
			p.mu.Unlock()
			return
		}
		v := v
		if slices.Contains(neverSeen, x.Status) {
			v = Warn
		}
		if o, ok := p.await(p.ctx, x.Call, func(s State) bool { return s.Status == x.Status }); !ok {
			p.wrongState(v, "the call after "+x.What, fmt.Sprintf("status %q", x.Status), o, x)
		}
	})
}

// fullMost is how large a full message is at most here: about its size is another
// check.
const fullMost = 1_000_000

func checkStatuses(p *probe) {
	var list []*exchange
	for _, status := range vapi.Descriptor().Top.Member("status").Schema.Enum.Values {
		for _, shape := range fixtures.Shapes {
			x := p.typical(vapi.CallStatus(status), fixtures.WithShape(shape))
			for len(x.Body) > fullMost {
				x = p.typical(vapi.CallStatus(status), fixtures.WithShape(shape))
			}
			x.What = fmt.Sprintf("a %s message with status %s", shape, status)
			list = append(list, x)
		}
	}
	p.acknowledged(list...)
	p.shows(Fail, list...)
}

func checkReasons(p *probe) {
	var list []*exchange
	for _, reason := range vapi.Descriptor().Top.Member("endedReason").Schema.Enum.Values {
		x := p.typical("ended", fixtures.WithEndedReason(vapi.EndedReason(reason)))
		x.What, x.Pointer = "the ended reason "+reason, "/message/endedReason"
		list = append(list, x)
	}
	p.acknowledged(list...)
	p.shows(Fail, list...)
}

func checkBareMinimum(p *probe) {
	var list []*exchange
	for _, status := range vapi.Descriptor().Top.Member("status").Schema.Enum.Values {
		x := p.typical(vapi.CallStatus(status), fixtures.WithShape(fixtures.Minimal))
		x.What = fmt.Sprintf("type and status %s, and nothing else", status)
		list = append(list, x)
	}
	for range 2 {
		steps, err := p.generator.Scenario("inbound-refused")
		if err != nil {
			panic(err) // the name is ours
		}
		list = append(list, &exchange{Sent: Sent{What: "an inbound call that could not be accepted", Status: "ended", Body: steps[0].JSON()}})
	}
	p.acknowledged(list...)
}

func checkAbsentMembers(p *probe) {
	var list []*exchange
	for _, name := range []string{"call", "customer", "artifact", "phoneNumber", "assistant"} {
		for i := range 2 {
			x := p.plain(turns(i))
			x.Base = x.Body
			x.Body = edited(x.Body, fixtures.Remove("/message/"+name))
			x.What, x.Pointer = "a message without "+name, "/message"
			if name == "call" {
				x.Call = ""
			}
			list = append(list, x)
		}
	}
	p.acknowledged(list...)
	p.shows(Fail, list...)
}

func checkSparseCall(p *probe) {
	for i := range 2 {
		x := p.plain(turns(i))
		x.Base, x.Pointer, x.What = x.Body, "/message/call", "a message whose call has an id only"
		x.Body = edited(x.Body, fixtures.Set("/message/call", map[string]string{"id": x.Call}))
		if p.send(x); !x.ok() && !x.unsent {
			p.fault(mildly(x), wantOK, x)
		}
		p.shows(Warn, x)
	}
}

// mildly is the verdict on a refusal that is within the contract: a warning, unless it
// is no refusal at all.
func mildly(x *exchange) Verdict {
	if x.class() == 4 {
		return Warn
	}
	return Fail
}

// edited is a body with changes that are ours, and lead somewhere.
func edited(body []byte, changes ...fixtures.Option) []byte {
	body, err := fixtures.Edit(body, changes...)
	if err != nil {
		panic(fmt.Sprintf("contract: %v", err))
	}
	return body
}

const placeTimestamp = "/message/timestamp"

func checkTimestamps(p *probe) {
	forms := []struct {
		what   string
		change fixtures.Option
		legacy bool
	}{
		{"whole milliseconds", fixtures.Set(placeTimestamp, json.Number("1775580709753")), false},
		{"milliseconds with a fraction", fixtures.Set(placeTimestamp, json.Number("1775580709753.0002")), false},
		{"an exponent", fixtures.Set(placeTimestamp, json.Number("1.775580709753e12")), false},
		{"a capital E and a sign", fixtures.Set(placeTimestamp, json.Number("1775580709753E+0")), false},
		{"no timestamp", fixtures.Remove(placeTimestamp), false},
		{"ISO 8601, as until October 2024", fixtures.Set(placeTimestamp, "2024-09-12T10:20:30.123Z"), true},
	}
	for i, f := range forms {
		x := p.plain(turns(i))
		x.Base, x.Pointer, x.What = x.Body, placeTimestamp, "a timestamp: "+f.what
		x.Body = edited(x.Body, f.change)
		switch p.send(x); {
		case x.ok() && f.legacy:
			p.shows(Warn, x)
		case x.ok():
			p.shows(Fail, x)
		case x.unsent:
		case f.legacy:
			p.fault(mildly(x), wantOK, x)
		default:
			p.fault(Fail, wantOK, x)
		}
	}
}

func checkToolResults(p *probe) {
	const args, result = `{"day":"2026-04-07","guests":2}`, `{"booked":true,"table":7}`
	quoted := func(s string) string { b, _ := json.Marshal(s); return string(b) } // no string fails
	var list []*exchange
	for _, a := range []struct{ what, json string }{{"an object", args}, {"a string", quoted(args)}} {
		for _, r := range []struct{ what, json string }{{"an object", result}, {"a string", quoted(result)}} {
			x := p.plain(turns(len(list)))
			x.Base, x.Pointer = x.Body, "/message/artifact/messages"
			x.Body = edited(x.Body, fixtures.Set(x.Pointer, json.RawMessage(toolTalk(a.json, r.json))))
			x.What = fmt.Sprintf("arguments as %s, the result as %s", a.what, r.what)
			list = append(list, x)
		}
	}
	p.acknowledged(list...)
	p.shows(Fail, list...)
}

// toolTalk is a conversation in which a tool is called. Its shape is that of live ones.
func toolTalk(arguments, result string) string {
	return fmt.Sprintf(`[
{"role":"user","message":"A table for two tomorrow, please.","time":1775580700000,"endTime":1775580702000,"secondsFromStart":4.2,"duration":2000},
{"role":"tool_calls","message":"","time":1775580703000,"secondsFromStart":7.1,"toolCalls":[{"id":"call_1","type":"function","function":{"name":"book","arguments":%s}}]},
{"role":"tool_call_result","name":"book","toolCallId":"call_1","time":1775580704000,"secondsFromStart":8.3,"result":%s},
{"role":"bot","message":"Done.","time":1775580705000,"endTime":1775580706000,"secondsFromStart":9.4,"duration":1000}]`, arguments, result)
}

func checkLargeBodies(p *probe) {
	var list []*exchange
	for i, size := range []int{50_000, 1_000_000} {
		x := p.plain(turns(i))
		x.Pointer = "/message/artifact/transcript"
		x.Body = edited(x.Body, fixtures.Set(x.Pointer, ""))
		line := "User: Could you say that once more?\nAI: Of course.\n"
		room := max(0, size-len(x.Body))
		// Each line feed takes two bytes in JSON.
		text := strings.Repeat(line, room/(len(line)+2))
		x.Body = edited(x.Body, fixtures.Set(x.Pointer, text+strings.Repeat(".", room%(len(line)+2))))
		x.What = fmt.Sprintf("a body of %d bytes", len(x.Body))
		list = append(list, x)
	}
	p.acknowledged(list...)
	p.shows(Fail, list...)
}

func checkUnusualJSON(p *probe) {
	var list []*exchange
	for i, s := range spellings {
		x := p.plain(turns(i))
		x.Body = edited(x.Body, fixtures.Set("/message/customer", map[string]string{"name": "Zoë 🙂 <O’Brien> & Söhne"}))
		x.Base, x.What = x.Body, "JSON with "+s.what
		x.Body = s.write(x.Body)
		list = append(list, x)
	}
	p.acknowledged(list...)
	p.shows(Fail, list...)
}

func checkEvolutions(p *probe) {
	var list []*exchange
	for _, e := range p.generator.Evolutions() {
		if e.ID == "timestamp-string" {
			continue // see accepts/timestamps
		}
		x := &exchange{Sent: Sent{What: e.Title + " (" + e.ID + ")", Pointer: e.Pointer, Body: e.JSON()}}
		x.Body, x.Call, x.Status = p.ofNewCall(x.Body)
		list = append(list, x)
	}
	p.acknowledged(list...)
	known := vapi.Descriptor().Top.Member("status").Schema.Enum.Values
	var told []*exchange
	for _, x := range list {
		if slices.Contains(known, x.Status) {
			told = append(told, x)
		} else if x.Status != "" && x.ok() && x.Call != "" && p.observe != nil && p.follows() {
			p.settleDown(p.ctx)
			if o := p.look(p.ctx, x.Call); o.err != nil || o.Status == "ended" {
				p.wrongState(Fail, "the call after "+x.What, "a call that has not ended", o, x)
			}
		}
	}
	p.shows(Fail, told...)
}

// ofNewCall puts the id of a new call in the place of that of the body, if it has one,
// and says which status the body tells, if it is a status-update.
func (p *probe) ofNewCall(body []byte) (changed []byte, call, status string) {
	var told struct {
		Message struct {
			Type   string `json:"type"`
			Status string `json:"status"`
			Call   *struct {
				ID *string `json:"id"`
			} `json:"call"`
		} `json:"message"`
	}
	if json.Unmarshal(body, &told) != nil {
		return body, "", ""
	}
	if told.Message.Type == vapi.StatusUpdateType {
		status = told.Message.Status
	}
	if told.Message.Call == nil || told.Message.Call.ID == nil {
		return body, "", status
	}
	call = p.newCall()
	return []byte(strings.ReplaceAll(string(body), *told.Message.Call.ID, call)), call, status
}

func checkOtherMessages(p *probe) {
	begin, end := p.plainCall()
	p.send(begin)
	if !p.wantAcknowledged(begin) {
		return
	}
	list := otherMessages(begin)
	p.acknowledged(list...)
	switch {
	case p.observe == nil:
		p.tell("what became of the call was not observed")
		return
	case !p.follows():
		p.tell("what became of the call was not judged: " + p.notFollowed())
		return
	}
	if !p.keeps(begin, list...) {
		return
	}
	// They may come late, too.
	if p.send(end); !p.wantAcknowledged(end) {
		return
	}
	late := otherMessages(begin)[:lateTypes]
	for _, x := range late {
		x.What += ", after the end"
	}
	p.acknowledged(late...)
	p.keeps(end, append([]*exchange{begin}, late...)...)
}

// keeps wants the call to be as a message has left it, whatever was sent besides.
func (p *probe) keeps(x *exchange, besides ...*exchange) bool {
	p.await(p.ctx, x.Call, func(s State) bool { return s.Status == x.Status })
	p.settleDown(p.ctx)
	o := p.look(p.ctx, x.Call)
	if o.err == nil && o.Status == x.Status {
		return true
	}
	p.wrongState(Fail, "the call after "+x.What+" and messages of other types", fmt.Sprintf("status %q", x.Status), o, append([]*exchange{x}, besides...)...)
	return false
}
