package contract

import (
	"fmt"

	"github.com/ringproof/ringproof/contract/delivery"
	"github.com/ringproof/ringproof/fixtures"
	"github.com/ringproof/ringproof/schema/vapi"
)

// answerChecks are about acknowledging as such. They come first: where they fail, the
// others say little.
var answerChecks = []Check{
	{
		ID: "answers/in-time", Title: "answers within the timeout",
		Explanation: "The provider waits for a limited time, 20 seconds unless it was told otherwise; then the delivery has failed, and by default it is not sent again. Work that takes long belongs behind the answer.",
		Source:      "spec: Server.timeoutSeconds",
		Sends:       "typical messages, one after the other", Wants: "an answer within the timeout",
		run: checkInTime,
	},
	{
		ID: "answers/typical", Title: "acknowledges typical messages",
		Explanation: "These are the messages of every day, as they were captured: an inbound call is answered and ends, and a call from a browser. What is not acknowledged with 2xx is lost.",
		Source:      "live: 7 inbound calls and one web call",
		Sends:       "messages with status in-progress and ended of inbound and web calls", Wants: wantOK,
		run: checkTypical,
	},
	{
		ID: "answers/redelivery", Title: "acknowledges a redelivery",
		Explanation: "If an answer gets lost, the provider sends the same message again. Whatever is not 2xx is sent once more, so an error for a duplicate makes more duplicates.",
		Source:      "spec: Server.backoffPlan: whatever is not 2xx is tried again",
		Sends:       "messages, and each once more, byte for byte", Wants: wantOK,
		run: checkRedelivery,
	},
	{
		ID: "answers/at-once", Title: "answers many deliveries at once",
		Explanation: "Calls do not wait for each other. Fifty at once are a small campaign.",
		Source:      "spec: Server.timeoutSeconds holds for each",
		Sends:       fmt.Sprintf("typical messages of %d calls at the same time", manyAtOnce), Wants: wantOK + " within the timeout",
		run: checkAtOnce,
	},
}

const manyAtOnce = 50

func checkInTime(p *probe) {
	want := fmt.Sprintf("an answer within %v", p.timeout)
	for i := range 4 {
		x := p.plain(turns(i))
		p.send(x)
		switch {
		case x.unsent:
			return
		case x.answered():
			if x.attempt.Cut {
				p.fault(Warn, "an answer of at most 1 MiB, which nobody reads", x)
			}
			continue
		}
		p.fault(Fail, want, x)
		again := p.plain(turns(i)) // a service may be slow to wake up
		if p.send(again); !again.answered() {
			p.lose(again.got())
		}
		return
	}
	p.tell(fmt.Sprintf("the slowest of %d answers took %.1f ms", p.result.Sent, p.latency().Max))
}

// turns takes turns between the two statuses that were seen live.
func turns(i int) vapi.CallStatus {
	if i%2 == 0 {
		return "in-progress"
	}
	return "ended"
}

func checkTypical(p *probe) {
	var list []*exchange
	for _, kind := range []vapi.CallType{vapi.CallTypeInboundPhoneCall, vapi.CallTypeWebCall} {
		for i := range 2 {
			x := p.typical(turns(i), fixtures.WithCallType(kind))
			x.What = fmt.Sprintf("a typical message with status %s, call.type %s", turns(i), kind)
			list = append(list, x)
		}
	}
	p.acknowledged(list...)
	p.recognise(list)
}

// recognise gives up on a consumer that refuses everything for a reason that is none
// of the messages': what follows would tell nothing.
func (p *probe) recognise(list []*exchange) {
	status := list[0].attempt.Status
	for _, x := range list {
		if x.unsent || x.attempt.Status != status {
			return
		}
	}
	switch {
	case status == 401 || status == 403:
		why := "it refuses every delivery; are these the credentials that it expects?"
		if p.auth == nil {
			why = "it wants credentials, and none were given"
		}
		p.lose(fmt.Sprintf("%d: %s", status, why))
	case status == 404 || status == 405:
		p.lose(fmt.Sprintf("%d: it takes no POST at this path", status))
	case list[0].attempt.Kind() == delivery.Redirected:
		p.lose(list[0].got())
	}
}

func checkRedelivery(p *probe) {
	for range 3 {
		begin, end := p.plainCall()
		for _, first := range []*exchange{begin, end} {
			second := again(first)
			p.send(first, second)
			if p.wantAcknowledged(first) && !second.ok() && !second.unsent {
				p.note(Failure{Verdict: Fail, What: second.What, Want: wantOK, Got: second.got(), Answer: p.answer(second), Sent: all([]*exchange{first, second})})
			}
		}
	}
}

func checkAtOnce(p *probe) {
	var list []*exchange
	for i := range manyAtOnce {
		x := p.plain(turns(i))
		x.What += fmt.Sprintf(", one of %d at the same time", manyAtOnce)
		list = append(list, x)
	}
	p.sendAtOnce(manyAtOnce, list)
	for _, x := range list {
		if !p.wantAcknowledged(x) {
			p.beCareful()
		}
	}
}
