package contract

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ringproof/ringproof/contract/delivery"
	"github.com/ringproof/ringproof/fixtures"
	"github.com/ringproof/ringproof/schema/vapi"
)

// ErrNeverAnswered says that not one delivery had an answer. The report is there all
// the same.
var ErrNeverAnswered = errors.New("contract: the consumer never answered")

// Probe runs the checks against a consumer, an [http.Handler] or a URL, and reports
// what they found. An error says that the options are wrong (then there is no report),
// or that the consumer never answered ([ErrNeverAnswered], or a [delivery.RemoteError]
// if it may not be asked), or that ctx ended; then the report holds what was found
// until then.
func Probe(ctx context.Context, target any, list ...Option) (*Report, error) {
	s, checks, err := open(target, list)
	if err != nil {
		return nil, err
	}
	defer s.close()
	r := &Report{Target: s.shown(), Seed: s.seed, Checks: []Result{}}
	for i, c := range checks {
		s.watch(Event{Check: c, Number: i + 1, Of: len(checks)})
		x := s.check(ctx, c)
		if ctx.Err() != nil {
			r.Interrupted = true
			if x.Verdict == Fail { // what was found until then is found
				r.add(x)
			}
			break
		}
		r.add(x)
		s.watch(Event{Check: c, Number: i + 1, Of: len(checks), Result: &x})
	}
	if !s.answered && r.Deliveries > 0 && s.lost() == "" && ctx.Err() == nil {
		// It may have answered nothing of what was sent, for what that was.
		s.silent = silentInARow
		s.askForLife(ctx)
	}
	r.Latency, r.Stopped = s.latency(), s.lost()
	switch {
	case ctx.Err() != nil:
		return r, ctx.Err()
	case s.remote != nil:
		return r, fmt.Errorf("contract: %w", s.remote)
	case !s.answered && r.Deliveries > 0:
		return r, fmt.Errorf("%w: %s", ErrNeverAnswered, r.Stopped)
	}
	return r, nil
}

// open prepares a run.
func open(target any, list []Option) (*session, []Check, error) {
	o, err := newOptions(list)
	if err != nil {
		return nil, nil, err
	}
	checks, err := selected(o.only, o.skip)
	if err != nil {
		return nil, nil, err
	}
	if o.run == "" {
		o.run = rand.Text()
	}
	s := &session{options: o, patience: o.settle}
	switch t := target.(type) {
	case string:
		s.target = t
	case http.Handler:
		var stop func()
		if s.target, stop, err = serveHandler(s, t); err != nil {
			return nil, nil, err
		}
		o.closers = append(o.closers, stop)
	default:
		return nil, nil, fmt.Errorf("contract: a target is an http.Handler or a URL as a string, not %T", target)
	}
	if s.sender, err = delivery.NewSender(s.senderOptions()); err != nil {
		s.close()
		return nil, nil, fmt.Errorf("contract: %w", err)
	}
	return s, checks, nil
}

func (s *session) close() {
	if s.sender != nil {
		s.sender.Close()
	}
	for _, c := range s.closers {
		c()
	}
}

// shown is the target without its query, which may hold a token.
func (s *session) shown() string {
	shown, _, _ := strings.Cut(s.target, "?")
	return shown
}

// check runs one check.
func (s *session) check(ctx context.Context, c Check) Result {
	p := s.newProbe(ctx, c)
	switch why := s.lost(); {
	case why != "":
		p.skip("not run, because the consumer was given up before: " + why)
	case c.Observes && s.observe == nil:
		p.skip("it cannot be judged without observing what the consumer knows of a call")
	case c.Signed && s.auth == nil:
		p.skip("it cannot be judged without knowing how deliveries are authenticated")
	case c.follows && !p.follows():
		p.skip("not judged, because " + p.notFollowed())
	default:
		s.mu.Lock()
		s.patience = s.settle // what an earlier check waited for in vain says nothing of this one
		s.mu.Unlock()
		c.run(p)
		p.noteLoss()
	}
	p.conclude()
	p.result.Took = time.Since(p.began)
	return p.result
}

func (s *session) newProbe(ctx context.Context, c Check) *probe {
	p := &probe{session: s, ctx: ctx, check: c, began: time.Now(), result: Result{
		ID: c.ID, Title: c.Title, Verdict: Pass, Explanation: c.Explanation, Source: c.Source, Statuses: map[string]Tally{},
	}}
	p.generator = fixtures.New(p.number("generator"))
	return p
}

// noteLoss makes a failure of the check in which the consumer was given up: what killed
// it was sent here, whatever was looked at.
func (p *probe) noteLoss() {
	if why := p.lost(); why != "" && p.remote == nil && p.ctx.Err() == nil && p.result.Verdict != Fail {
		p.note(Failure{Verdict: Fail, What: "the consumer in the middle of this check", Want: "an answer", Got: why})
	}
}

// probe is the run of one check.
type probe struct {
	*session
	ctx       context.Context
	check     Check
	generator *fixtures.Generator
	result    Result
	calls     int // ids made so far
	// plainCalls are those of plainCall that were looked at, those with tools included.
	plainCalls int
	began      time.Time
	unheard    int   // deliveries of this check without an answer
	late       int   // deliveries that were not sent, or whose state was not looked at, because the time was over
	unseen     error // why a state could not be observed
	told       []string
}

// number is drawn from the seed, the check and a word.
func (p *probe) number(word string) uint64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%s/%s", p.seed, p.check.ID, word))
	return binary.BigEndian.Uint64(sum[:])
}

// newCall is the id of a call that no other run has. Its form is that of a UUID.
func (p *probe) newCall() string {
	p.calls++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%s/%d", p.run, p.seed, p.check.ID, p.calls))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// follows reports whether the state follows two plain messages of a call, in-progress
// and ended. Where it does not, nothing that rests on it can be judged. They are sent
// once in a run, whichever check asks first.
func (p *probe) follows() bool {
	p.follow.Do(func() {
		plain := p.newProbe(p.ctx, Check{ID: "plain"})
		defer func() { p.result.Sent += plain.result.Sent }()
		begin, end := plain.plainCall()
		for _, x := range []*exchange{begin, end} {
			if plain.send(x); !x.ok() {
				p.plainGot = x.got()
				return
			}
			o, ok := p.await(p.ctx, x.Call, func(s State) bool { return s.Status == x.Status })
			if p.blind = o.err; !ok {
				return
			}
		}
		p.followed = true
	})
	return p.followed
}

// notFollowed says why follows is false.
func (p *probe) notFollowed() string {
	switch {
	case p.blind != nil:
		return p.blind.Error()
	case p.plainGot != "":
		return "a plain message was not acknowledged: " + p.plainGot
	}
	return "a plain in-progress or ended does not show as the state of its call; see state/message-status and state/takes-effect"
}

// typical is a message as live traffic has it, about a new call. Options that lead
// nowhere are mistakes of ours.
func (p *probe) typical(status vapi.CallStatus, more ...fixtures.Option) *exchange {
	call := p.newCall()
	m := p.generator.MustMessage(status, append([]fixtures.Option{fixtures.WithCallID(call)}, more...)...)
	return aboutCall(call, Sent{What: "a message with status " + string(status), Status: string(status), Body: m.JSON()})
}

// aboutCall is a delivery about a call, if its body says which: the message of a call
// that could not be accepted need not.
func aboutCall(call string, s Sent) *exchange {
	if bytes.Contains(s.Body, []byte(call)) {
		s.Call = call
	}
	return &exchange{Sent: s}
}

// plainCall are the two messages of the plainest call there is, in-progress and ended:
// an inbound call without tools that ends because the customer hangs up. It is for
// checks that are about something else than what a message holds.
func (p *probe) plainCall() (begin, end *exchange) {
	call := p.newCall()
	for {
		p.plainCalls++
		list := p.course("inbound-answered", call, p.plainCalls)
		if begin, end = list[0], list[1]; !bytes.Contains(end.Body, []byte("tool_call")) {
			break
		}
	}
	begin.What, end.What = "a message with status in-progress", "a message with status ended"
	return begin, end
}

// plain is one of the messages of the plainest call.
func (p *probe) plain(status vapi.CallStatus) *exchange {
	begin, end := p.plainCall()
	if status == vapi.CallStatusEnded {
		return end
	}
	return begin
}

// send delivers one after the other.
func (p *probe) send(list ...*exchange) {
	for _, x := range list {
		p.deliverOne(x)
	}
}

// sendAtOnce delivers so many at a time.
func (p *probe) sendAtOnce(atOnce int, list []*exchange) {
	each(len(list), atOnce, func(i int) { p.deliverOne(list[i]) })
}

// beCareful lets the rest of the run send one delivery at a time.
func (p *probe) beCareful() {
	p.mu.Lock()
	p.fragile = true
	p.mu.Unlock()
}

// sendAll delivers several at a time, and what got no answer once more, alone: a
// consumer that bears few connections is found by answers/at-once, and must not seem
// to fail for what it was sent.
func (p *probe) sendAll(list []*exchange) {
	p.sendAtOnce(p.workers(), list)
	alone := 0
	for _, x := range list {
		if x.unsent || x.answered() {
			continue
		}
		second := again(x)
		if p.deliver(p.ctx, second); second.unsent || !second.answered() {
			break
		}
		x.attempt = second.attempt
		alone++
	}
	if alone > 0 {
		p.beCareful()
		p.sendLeftOver(list, alone)
		p.tell(fmt.Sprintf("%d deliveries were answered only when they were sent alone", alone))
	}
}

// sendLeftOver sends, one by one, what was held back because so many deliveries had
// no answer that have one now.
func (p *probe) sendLeftOver(list []*exchange, answered int) {
	p.mu.Lock()
	p.unheard -= answered
	p.mu.Unlock()
	for _, x := range list {
		if x.unsent && p.lost() == "" {
			x.unsent = false
			p.deliverOne(x)
		}
	}
}

const (
	// mostUnheard is how many deliveries of one check may stay without an answer before
	// the rest is not sent: each may have cost a timeout.
	mostUnheard = 5
	// mostTime is how long a check may send. A consumer that takes a second for each
	// answer is not asked a thousand times.
	mostTime = 2 * time.Minute
)

func (p *probe) deliverOne(x *exchange) {
	p.mu.Lock()
	late, enough := time.Since(p.began) > mostTime, p.unheard >= mostUnheard
	if late && !enough {
		p.late++
	}
	p.mu.Unlock()
	if late || enough {
		x.unsent = true
		return
	}
	p.deliver(p.ctx, x)
	p.mu.Lock()
	defer p.mu.Unlock()
	if x.unsent {
		return
	}
	p.result.Sent++
	if !x.answered() {
		p.unheard++
	}
	if x.Status != "" {
		t := p.result.Statuses[x.Status]
		t.Sent++
		p.result.Statuses[x.Status] = t
	}
}

// acknowledged sends the deliveries, several at a time, and wants 2xx for each.
func (p *probe) acknowledged(list ...*exchange) {
	p.sendAll(list)
	for _, x := range list {
		p.wantAcknowledged(x)
	}
}

const wantOK = "2xx"

// wantAcknowledged notes a fault if the delivery was not acknowledged.
func (p *probe) wantAcknowledged(x *exchange) bool {
	if !x.ok() && !x.unsent {
		p.fault(Fail, wantOK, x)
	}
	return x.ok()
}

// wantNoCrash notes a fault if the delivery made the consumer fail. Whether it is
// acknowledged, as a redelivery, is another check.
func (p *probe) wantNoCrash(x *exchange) bool {
	if x.unsent || x.answered() && x.class() != 5 {
		return true
	}
	p.fault(Fail, "no 5xx and no broken connection", x)
	return false
}

// fault notes that the consumer answered otherwise than wanted.
func (p *probe) fault(v Verdict, want string, x *exchange) {
	if x.attempt.Kind() == delivery.Canceled {
		return // by the user
	}
	p.note(Failure{Verdict: v, What: x.What, Want: want, Got: x.got(), Answer: p.answer(x), Sent: []Sent{x.Sent}})
}

// onTime reports whether the check may still wait for states.
func (p *probe) onTime() bool { return time.Since(p.began) <= mostTime }

// wrongState notes that the consumer's state is not as wanted, after some deliveries.
func (p *probe) wrongState(v Verdict, what, want string, o observation, sent ...*exchange) {
	if o.err != nil { // it says nothing of the consumer
		p.mu.Lock()
		p.unseen = o.err
		p.mu.Unlock()
		return
	}
	p.note(Failure{Verdict: v, What: what, Want: want, Got: o.String(), Sent: all(sent)})
}

func all(list []*exchange) []Sent {
	sent := make([]Sent, len(list))
	for i, x := range list {
		sent[i] = x.Sent
	}
	return sent
}

func (o observation) String() string {
	switch {
	case o.err != nil:
		return o.err.Error()
	case !o.Known():
		return "the call is not known"
	case o.Deliveries == 0:
		return fmt.Sprintf("status %q, no delivery had an effect", o.Status)
	case o.Deliveries < 0:
		return fmt.Sprintf("status %q", o.Status)
	case o.Deliveries == 1:
		return fmt.Sprintf("status %q, 1 delivery had an effect", o.Status)
	}
	return fmt.Sprintf("status %q, %d deliveries had an effect", o.Status, o.Deliveries)
}

// note files a fault. It is a warning only as long as nobody is strict.
func (p *probe) note(f Failure) {
	if p.strict {
		f.Verdict = Fail
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	r := &p.result
	r.FailureCount++
	for _, x := range f.Sent {
		if t := r.Statuses[x.Status]; t.Bad < t.Sent {
			t.Bad++
			r.Statuses[x.Status] = t
		}
	}
	worse := f.Verdict == Fail && r.Verdict != Fail
	if r.Verdict != Fail {
		r.Verdict = f.Verdict
	}
	if len(r.Failures) == MaxFailures && worse {
		r.Failures = r.Failures[:MaxFailures-1] // a failure is worth more than a warning
	}
	if len(r.Failures) < MaxFailures {
		r.Failures = append(r.Failures, f)
	}
}

// skip says that the check, or what is left of it, cannot be judged. It does not undo
// a fault.
func (p *probe) skip(why string) {
	if p.result.Verdict == Pass {
		p.result.Verdict = Skip
	}
	p.tell(why)
}

// tell adds to the detail.
func (p *probe) tell(text string) {
	if !slices.Contains(p.told, text) {
		p.told = append(p.told, text)
	}
}

// conclude writes the detail, and sees to it that nothing passes that was not judged.
func (p *probe) conclude() {
	r := &p.result
	if why := p.lost(); why != "" && r.Verdict != Skip {
		p.tell("the consumer was given up: " + why)
		if r.Verdict == Pass {
			r.Verdict = Skip
		}
	} else if p.unheard >= mostUnheard {
		p.skip(fmt.Sprintf("after %d deliveries without an answer no more were sent", mostUnheard))
	}
	if p.unseen != nil && p.lost() == "" {
		p.skip(p.unseen.Error())
	}
	if p.late > 0 {
		p.skip(fmt.Sprintf("%d deliveries were not sent, or not looked after, because the check had taken %v", p.late, mostTime))
	}
	p.mu.Lock()
	cause := p.panicked
	p.panicked = ""
	p.mu.Unlock()
	if cause != "" {
		p.tell("the handler panicked: " + p.foreign(cause))
	}
	if len(r.Failures) > 0 {
		f := worst(r.Failures)
		text := fmt.Sprintf("%s: want %s, got %s", f.What, f.Want, f.Got)
		if said := firstLine(f.Answer); said != "" && len(said) <= mostSaid {
			text += fmt.Sprintf(" (%q)", said)
		}
		if n := r.FailureCount - 1; n > 0 {
			text += fmt.Sprintf(" (and %d more)", n)
		}
		p.told = append([]string{text}, p.told...)
	}
	if len(p.told) == 0 {
		p.tell(fmt.Sprintf("%d deliveries", r.Sent))
	}
	r.Detail = strings.Join(p.told, "; ")
}

// mostSaid is how long an answer may be to stand in the detail, in bytes.
const mostSaid = 100

func worst(list []Failure) Failure {
	for _, f := range list {
		if f.Verdict == Fail {
			return f
		}
	}
	return list[0]
}

// answer is the beginning of what the consumer said, fit to be shown.
func (p *probe) answer(x *exchange) string {
	return p.foreign(string(x.attempt.Answer))
}

// foreign is a text of the consumer's, fit to be shown: it may give back what it was
// sent, the secret and the values of the user's headers included.
func (s *session) foreign(text string) string {
	text = s.auth.Hide(strings.ToValidUTF8(text, "?"))
	for _, h := range s.headers {
		const least = 6 // what is shorter is no secret, and is in many a text
		words := append(strings.Fields(h.Value), h.Value)
		for _, secret := range slices.Backward(words) {
			if len(secret) >= least && !strings.EqualFold(secret, "bearer") {
				text = strings.ReplaceAll(text, secret, "...")
			}
		}
	}
	return printable(text)
}

// printable is a text without what a terminal would obey.
func printable(text string) string {
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c >= 0x7f && c < 0xa0 {
			return '?'
		}
		return c
	}, text))
}
