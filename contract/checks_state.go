package contract

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/ringproof/ringproof/contract/delivery"
	"github.com/ringproof/ringproof/fixtures"
)

// stateChecks are about what the consumer knows in the end.
var stateChecks = []Check{
	{
		ID: "state/message-status", Title: "reads message.status, not call.status",
		Explanation: "message.call is a snapshot from the start of the call: its status stays ringing or queued in every message, in the last one too. The truth is message.status. The provider's own quickstart reads the wrong one, in six languages.",
		Source:      "live: all captured calls",
		Sends:       "messages whose status differs from that of the call in them", Wants: "the status of the message as the state of the call",
		Observes: true, run: checkMessageStatus,
	},
	{
		ID: "state/takes-effect", Title: "lets each status of a call take effect",
		Explanation: "There is no id of a message. Who takes messages of the same call and type for the same drops every one after the first, the end of the call among them.",
		Source:      "live: no message id, no delivery id, no event id",
		Sends:       "in-progress, then ended, of several calls", Wants: "the state follows, and each has an effect",
		Observes: true, run: checkTakesEffect,
	},
	{
		ID: "state/redelivery", Title: "lets a redelivery have no effect",
		Explanation: "Nothing promises that a message arrives only once: an answer that gets lost makes a second delivery. Whatever is counted, booked or mailed is then done twice.",
		Source:      "docs: nothing is promised about idempotency",
		Sends:       "messages, and the same bytes once more, at once and later", Wants: "each message has one effect",
		Observes: true, follows: true, run: checkRedeliveryEffect,
	},
	{
		ID: "state/two-forwardings", Title: "lets two forwardings of one call have two effects",
		Explanation: "A call can be handed on twice, if the first destination does not take it. Who takes messages of the same call and status for the same loses the second one.",
		Source:      "prose: destination goes with the status forwarding; the course is ours",
		Sends:       "a call that is forwarded twice", Wants: "the second forwarding has an effect too",
		Observes: true, follows: true, run: checkTwoForwardings,
	},
	{
		ID: "state/ended-is-final", Title: "does not reopen a call that has ended",
		Explanation: "Neighbouring messages overtake each other. A call that has ended does not begin again because an older message comes late.",
		Source:      "live: 2.5 % of neighbouring deliveries arrive out of order",
		Sends:       "ended, then the queued, ringing, in-progress or forwarding from before", Wants: "the call has ended",
		Observes: true, follows: true, run: checkEndedIsFinal,
	},
	{
		ID: "state/lost-ended", Title: "closes a call when its report comes, though its ended got lost",
		Explanation: "Nothing is sent again by default, so a message can get lost. The end-of-call report says as well that the call is over. Who does not get reports has nothing to read that from, hence a warning.",
		Source:      "a defect of real consumers: only ended closes a call",
		Sends:       "in-progress, then the end-of-call report, without ended", Wants: "the call has ended",
		Observes: true, follows: true, run: checkLostEnded,
	},
	{
		ID: "state/late-report", Title: "leaves a call that has ended as it is when its report comes",
		Explanation: "The end-of-call report comes seconds after ended, and about the same end. It is no other state of the call, and nothing to count or to bill twice.",
		Source:      "live: the report comes 2.9 to 5.4 s after ended",
		Sends:       "in-progress, ended, then the end-of-call report", Wants: "the call has ended; the report has one effect at most",
		Observes: true, follows: true, run: checkLateReport,
	},
	{
		ID: "state/scenarios", Title: "leaves each call in the state that its last message says",
		Explanation: "Calls take many courses: some are never answered, some are forwarded, some were only scheduled.",
		Source:      "the scenarios of ringproof generate --list scenarios -v, with what of them was seen live",
		Sends:       "the messages of each scenario in order", Wants: "the last status",
		Observes: true, follows: true, run: checkScenarios,
	},
	{
		ID: "state/at-once", Title: "keeps the states of many calls apart",
		Explanation: "Calls overlap. What is kept outside of its call, or without a lock, gets mixed up under load.",
		Source:      "live: deliveries of overlapping calls",
		Sends:       fmt.Sprintf("in-progress of %d calls at the same time, then ended of all", manyAtOnce), Wants: "each call has ended, after two effects",
		Observes: true, follows: true, run: checkStatesAtOnce,
	},
	{
		ID: "state/shuffled", Title: "ends in the same state when messages are shuffled and doubled",
		Explanation: "Order and number of deliveries are promised by nobody. The state in the end should not hang on them. (Only courses that end with ended are shuffled: of the others no source says what is final.)",
		Source:      "docs: nothing is promised about order and idempotency",
		Sends:       "the messages of scenarios, shuffled, some of them twice; a schedule that fails is shrunk", Wants: "the state is that of the clean schedule, and no message has two effects",
		Observes: true, follows: true, run: checkShuffled,
	},
}

// becomes sends a message and waits for its status as the state of its call.
func (p *probe) becomes(x *exchange, before ...*exchange) (observation, bool) {
	if p.send(x); !p.wantAcknowledged(x) {
		return observation{}, false
	}
	return p.showsStatus(x, before...)
}

// showsStatus wants the status of a message that was sent as the state of its call.
func (p *probe) showsStatus(x *exchange, before ...*exchange) (observation, bool) {
	o, ok := p.await(p.ctx, x.Call, func(s State) bool { return s.Status == x.Status })
	if !ok {
		v := Fail
		if slices.Contains(neverSeen, x.Status) {
			v = Warn
		}
		p.wrongState(v, "the call after "+x.What, fmt.Sprintf("status %q", x.Status), o, append(slices.Clone(before), x)...)
	}
	return o, ok
}

func checkMessageStatus(p *probe) {
	for _, snapshot := range []string{"ringing", "queued"} {
		for i := range 2 {
			x := p.plain(turns(i))
			x.Body = edited(x.Body, fixtures.Set("/message/call/status", snapshot))
			x.What, x.Pointer = fmt.Sprintf("message.status %s, call.status %s", x.Status, snapshot), "/message/status"
			if p.send(x); !p.wantAcknowledged(x) {
				continue
			}
			o, ok := p.await(p.ctx, x.Call, func(s State) bool { return s.Status == x.Status })
			switch {
			case ok:
			case o.err == nil && !p.hasState(o):
				p.skip("the call is not known after " + x.What + "; see state/takes-effect")
			default:
				p.wrongState(Fail, "the call after "+x.What, fmt.Sprintf("status %q", x.Status), o, x)
			}
		}
	}
}

func checkTakesEffect(p *probe) {
	for i := range 3 {
		begin, end := p.plainCall()
		if i == 2 {
			end.Base, end.Pointer, end.What = end.Body, "/message", "a message with status ended, and no ended reason"
			end.Body = edited(end.Body, fixtures.Remove("/message/endedReason"))
		}
		first, ok := p.becomes(begin)
		if !ok {
			continue
		}
		last, ok := p.becomes(end, begin)
		if ok && last.Deliveries < 0 {
			p.tell(uncountedNote)
		}
		if ok && last.Deliveries >= 0 && last.Deliveries != first.Deliveries+1 {
			p.wrongState(Fail, "the effects of in-progress and ended", "one more than after in-progress, "+first.String(), last, begin, end)
		}
	}
}

// uncounted skips what needs to know how many deliveries had an effect.
func (p *probe) uncounted(o observation) bool {
	if o.Deliveries >= 0 {
		return false
	}
	p.skip("the observation does not count the deliveries that had an effect")
	return true
}

func checkRedeliveryEffect(p *probe) {
	begin, end := p.plainCall()
	first, ok := p.becomes(begin)
	if !ok || p.uncounted(first) {
		return
	}
	p.unmoved(first, "in-progress, delivered a second time", begin, again(begin))
	last, ok := p.becomes(end, begin)
	if !ok {
		return
	}
	p.unmoved(last, "ended, delivered a second time", begin, end, again(end))
	p.unmoved(last, "in-progress, delivered once more after the end", begin, end, again(begin))
	p.doubledAtOnce()
}

const copies = 5

// doubledAtOnce sends the same message several times at the same time. A retry comes
// later, so what goes wrong here is a warning.
func (p *probe) doubledAtOnce() {
	if p.workers() == 1 {
		p.tell("nothing was sent at the same time, because the consumer does not bear it")
		return
	}
	begin, _ := p.plainCall()
	list := make([]*exchange, copies)
	for i := range list {
		list[i] = again(begin)
		list[i].What = begin.What
	}
	p.sendAtOnce(copies, list)
	for _, x := range list {
		if !p.wantNoCrash(x) {
			return
		}
	}
	p.await(p.ctx, begin.Call, func(s State) bool { return s.Status == begin.Status })
	p.settleDown(p.ctx)
	if o := p.look(p.ctx, begin.Call); o.err != nil || o.Deliveries > 1 {
		p.wrongState(Warn, fmt.Sprintf("the same message %d times at the same time", copies), "1 delivery had an effect", o, list...)
	}
}

func again(x *exchange) *exchange {
	y := *x
	y.attempt, y.What = delivery.Attempt{}, x.What+", once more"
	return &y
}

// unmoved sends the last of the deliveries, which must leave the call as it was.
func (p *probe) unmoved(before observation, what string, sent ...*exchange) {
	x := sent[len(sent)-1]
	p.send(x)
	if x.unsent {
		return
	}
	p.settleDown(p.ctx)
	if after := p.look(p.ctx, x.Call); after.err != nil || after.State != before.State {
		p.wrongState(Fail, what, "as before: "+before.String(), after, sent...)
	}
}

func checkTwoForwardings(p *probe) {
	steps := p.course("forwarded-twice", p.newCall(), 0)
	var before, now observation
	for i, x := range steps {
		var ok bool
		if before, now, ok = nextState(p, now, x, steps[:i]); !ok || p.uncounted(now) {
			return
		}
		if i == 2 && now.Deliveries != before.Deliveries+1 {
			p.wrongState(Fail, "the call after its second forwarding", fmt.Sprintf("%d deliveries had an effect", before.Deliveries+1), now, steps[:i+1]...)
		}
	}
}

// nextState delivers one message, and waits for its status. A second message of the
// same status shows in the count alone.
func nextState(p *probe, now observation, x *exchange, earlier []*exchange) (before, after observation, ok bool) {
	same := now.Status == x.Status
	after, ok = p.becomes(x, earlier...)
	if ok && same && after.Deliveries == now.Deliveries {
		if more, grew := p.await(p.ctx, x.Call, func(s State) bool { return s.Deliveries > now.Deliveries }); grew {
			after = more
		}
	}
	return now, after, ok
}

// course is a scenario's messages as deliveries about a call. The number stands for
// what is said in it.
func (p *probe) course(name, call string, number int) []*exchange {
	steps, err := p.generator.Scenario(name, fixtures.WithCallID(call), fixtures.Nth(number))
	if err != nil {
		panic(fmt.Sprintf("contract: %v", err)) // the names are theirs
	}
	statuses := statusesOf(name)
	list := make([]*exchange, len(steps))
	for i, s := range steps {
		list[i] = aboutCall(call, Sent{What: fmt.Sprintf("step %d of %s, %s", s.Number, name, statuses[i]), Status: statuses[i], Body: s.JSON()})
	}
	return list
}

func statusesOf(name string) []string {
	var list []string
	for _, s := range fixtures.Scenarios() {
		if s.Name == name {
			for _, status := range s.Statuses() {
				list = append(list, string(status))
			}
		}
	}
	return list
}

func checkEndedIsFinal(p *probe) {
	for _, name := range []string{"inbound-answered", "forwarded-number", "outbound-answered"} {
		p.plainCalls++
		course := p.course(name, p.newCall(), p.plainCalls)
		last := len(course) - 1
		end := course[last]
		if _, ok := p.becomes(end); !ok {
			continue
		}
		for i, late := range course[:last] {
			late.What = "a late " + late.Status
			p.send(late)
			if !p.wantAcknowledged(late) {
				continue
			}
			p.settleDown(p.ctx)
			if o := p.look(p.ctx, end.Call); o.err != nil || o.Status != "ended" {
				sent := append([]*exchange{end}, course[:i+1]...)
				p.wrongState(Fail, "ended, then the "+late.Status+" from before", `status "ended"`, o, sent...)
				break
			}
		}
	}
}

func checkLateReport(p *probe) {
	begin, end := p.plainCall()
	if _, ok := p.becomes(begin); !ok {
		return
	}
	before, ok := p.becomes(end, begin)
	report := reportAfter(end)
	if !ok || !p.acknowledgedOne(report) {
		return
	}
	if before.Deliveries < 0 {
		p.tell(uncountedNote)
	}
	p.settleDown(p.ctx)
	o := p.look(p.ctx, end.Call)
	if o.err != nil || o.Status != "ended" || before.Deliveries >= 0 && o.Deliveries > before.Deliveries+1 {
		p.wrongState(Fail, "the call after ended and its end-of-call report", `status "ended", at most one effect more`, o, begin, end, report)
	}
}

// acknowledgedOne sends a delivery and wants 2xx.
func (p *probe) acknowledgedOne(x *exchange) bool {
	p.send(x)
	return p.wantAcknowledged(x)
}

func checkLostEnded(p *probe) {
	begin, end := p.plainCall()
	if _, ok := p.becomes(begin); !ok {
		return
	}
	report := reportAfter(end)
	if p.send(report); !p.wantAcknowledged(report) {
		return
	}
	if o, ok := p.await(p.ctx, report.Call, func(s State) bool { return s.Status == "ended" }); !ok {
		p.wrongState(Warn, "the call after its end-of-call report, ended having got lost", `status "ended"`, o, begin, report)
	}
}

// reportDelay is how long after ended the report comes, in milliseconds: live, 2.9 to
// 5.4 seconds.
const reportDelay = 4000

// reportAfter is the end-of-call report that follows a message with status ended.
func reportAfter(end *exchange) *exchange {
	var told struct {
		Message struct {
			Timestamp float64 `json:"timestamp"`
		} `json:"message"`
	}
	if err := json.Unmarshal(end.Body, &told); err != nil {
		panic(fmt.Sprintf("contract: %v", err))
	}
	body := edited(end.Body, fixtures.Set("/message/type", "end-of-call-report"), fixtures.Remove("/message/status"),
		fixtures.Set("/message/timestamp", int64(told.Message.Timestamp)+reportDelay),
		fixtures.Set("/message/analysis", map[string]string{"successEvaluation": "true"}))
	return &exchange{Sent: Sent{What: "the end-of-call report", Call: end.Call, Body: body}}
}

func checkScenarios(p *probe) {
	scenarios := fixtures.Scenarios()
	courses := make([][]*exchange, len(scenarios))
	untold := 0
	for i := range scenarios {
		courses[i] = p.course(scenarios[i].Name, p.newCall(), i)
		if courses[i][0].Call == "" {
			untold++
		}
	}
	each(len(courses), p.workers(), func(i int) { p.takeCourse(courses[i]) })
	if untold > 0 {
		p.tell(fmt.Sprintf("%d of %d scenarios do not tell which call they are about", untold, len(scenarios)))
	}
}

// takeCourse sends a course in order, and wants its last status as the state.
func (p *probe) takeCourse(course []*exchange) {
	last := len(course) - 1
	for _, x := range course[:last] {
		p.send(x)
		if p.wantAcknowledged(x) && x.Call != "" {
			p.awaitFor(p.ctx, p.soon(), x.Call, func(s State) bool { return s.Status == x.Status })
		}
	}
	end := course[last]
	p.send(end)
	if p.wantAcknowledged(end) && end.Call != "" {
		p.showsStatus(end, course[:last]...)
	}
}

func checkStatesAtOnce(p *probe) {
	var begins, ends []*exchange
	for range manyAtOnce {
		begin, end := p.plainCall()
		begins, ends = append(begins, begin), append(ends, end)
	}
	for _, list := range [][]*exchange{begins, ends} {
		p.sendAtOnce(manyAtOnce, list)
		each(len(list), p.workers(), func(i int) {
			if list[i].ok() {
				p.await(p.ctx, list[i].Call, func(s State) bool { return s.Status == list[i].Status })
			}
		})
	}
	for i, x := range ends {
		if !p.wantAcknowledged(begins[i]) || !p.wantAcknowledged(x) {
			continue
		}
		want := `status "ended", 2 deliveries had an effect`
		o := p.look(p.ctx, x.Call)
		if o.Known() && o.Deliveries < 0 {
			p.tell(uncountedNote)
		}
		if o.err != nil || o.Status != "ended" || o.Deliveries >= 0 && o.Deliveries != 2 {
			p.wrongState(Fail, fmt.Sprintf("one of %d calls at the same time", manyAtOnce), want, o, begins[i], x)
		}
	}
}
