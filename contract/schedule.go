package contract

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/ringproof/ringproof/fixtures"
)

// schedule is the order in which the messages of a scenario are delivered: their
// numbers, from 0, some of them more than once.
type schedule struct {
	scenario string
	number   int // of what is said in it
	order    []int
}

const (
	shufflesOfEach = 3
	mostShrinking  = 60 // schedules that are tried to shrink one
)

func checkShuffled(p *probe) {
	var clean, shuffled []schedule
	random := rand.New(rand.NewPCG(p.number("shuffle"), 0))
	for i, sc := range fixtures.Scenarios() {
		statuses := statusesOf(sc.Name)
		if statuses[len(statuses)-1] != "ended" || len(statuses) < 2 {
			continue
		}
		order := make([]int, len(statuses))
		for j := range order {
			order[j] = j
		}
		clean = append(clean, schedule{sc.Name, i, order})
		for range shufflesOfEach {
			shuffled = append(shuffled, schedule{sc.Name, i, shuffle(random, order)})
		}
	}
	if failed, judged := verdicts(p.playAll(clean)); len(failed) > 0 || judged < len(clean) {
		p.skip("in order and once each, messages do not all lead to the right state either; see state/scenarios")
		return
	}
	all := p.playAll(shuffled)
	for _, x := range all {
		for _, y := range x.sent {
			p.wantNoCrash(y)
		}
	}
	failed, judged := verdicts(all)
	switch told := fmt.Sprintf("%d of %d schedules of %d scenarios were judged", judged, len(shuffled), len(clean)); {
	case p.lost() != "":
		return // which is a failure by itself
	case judged < len(shuffled) && len(failed) == 0:
		p.skip(told)
		return
	case len(failed) == 0:
		p.tell(told)
		return
	}
	first := failed[0]
	now := p.shrink(first)
	what := fmt.Sprintf("%s of %s", now.schedule, now.scenario)
	if n := len(first.order); n > len(now.order) {
		what += fmt.Sprintf(" (the shortest schedule found that fails; at first there were %d deliveries)", n)
	}
	p.wrongState(Fail, what, now.wanted(), now.state, now.sent...)
	p.result.FailureCount += len(failed) - 1
}

// played is a schedule that fails, and how.
type played struct {
	schedule
	state observation
	sent  []*exchange
}

// shuffle returns the numbers in a random order, about half of them twice.
func shuffle(r *rand.Rand, order []int) []int {
	out := slices.Clone(order)
	for _, i := range order {
		if r.IntN(2) == 0 {
			out = append(out, i)
		}
	}
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// String is the statuses in the order in which they are delivered.
func (s schedule) String() string {
	statuses := statusesOf(s.scenario)
	words := make([]string, len(s.order))
	for i, j := range s.order {
		words[i] = statuses[j]
	}
	return strings.Join(words, ", ")
}

// distinct is how many different messages are delivered.
func (s schedule) distinct() int {
	return len(slices.Compact(slices.Sorted(slices.Values(s.order))))
}

func (s schedule) wanted() string {
	if s.distinct() == 1 {
		return `status "ended", 1 delivery had an effect`
	}
	return fmt.Sprintf(`status "ended", at most %d deliveries had an effect`, s.distinct())
}

// judged reports whether all was sent, and the state seen: then it tells something.
func (x *played) judged() bool {
	return x.state.err == nil && !slices.ContainsFunc(x.sent, func(x *exchange) bool { return x.unsent })
}

// broken reports whether the state is not the one that any order must lead to. Fewer
// effects than messages are right: one that comes late may have none.
func (s schedule) broken(o observation) bool {
	return o.Status != "ended" || o.Deliveries > s.distinct()
}

// playAll plays the schedules, several at a time.
func (p *probe) playAll(list []schedule) []played {
	all := make([]played, len(list))
	for i, s := range list {
		all[i] = played{schedule: s, sent: p.deliveriesOf(s)}
	}
	each(len(all), p.workers(), func(i int) { all[i].state = p.deliverAll(all[i].sent, p.settle) })
	for _, x := range all {
		if x.state.err != nil {
			p.unseen = x.state.err
		}
		if x.state.State.Known() && x.state.Deliveries < 0 {
			p.tell(uncountedNote)
		}
	}
	return all
}

// verdicts returns the schedules that fail, and how many can be judged.
func verdicts(all []played) (failed []played, judged int) {
	for _, x := range all {
		if x.judged() {
			judged++
			if x.broken(x.state) {
				failed = append(failed, x)
			}
		}
	}
	return failed, judged
}

// uncountedNote says what was left out where effects are not counted.
const uncountedNote = "the observation does not count effects, so only the status was judged"

// deliveriesOf are the messages of a schedule, about a new call.
func (p *probe) deliveriesOf(s schedule) []*exchange {
	course := p.course(s.scenario, p.newCall(), s.number)
	list := make([]*exchange, len(s.order))
	for i, j := range s.order {
		x := *course[j]
		list[i] = &x
	}
	return list
}

// deliverAll delivers the messages of a schedule, and returns the state to which they
// lead: it waits for the end, for so long at most, and then for what may come after it.
func (p *probe) deliverAll(list []*exchange, most time.Duration) observation {
	for _, x := range list {
		p.send(x)
	}
	call := list[0].Call
	if o, ok := p.awaitFor(p.ctx, most, call, func(st State) bool { return st.Status == "ended" }); !ok {
		return o
	}
	p.settleDown(p.ctx)
	return p.look(p.ctx, call)
}

// shrink takes out deliveries as long as the schedule fails without them, and ended is
// among those that are left. What could not be sent, or seen, ends it.
func (p *probe) shrink(now played) played {
	tries := 0
	end := slices.Max(now.order)
	for i := 0; i < len(now.order) && tries < mostShrinking && p.onTime(); {
		shorter := played{schedule: schedule{now.scenario, now.number, slices.Delete(slices.Clone(now.order), i, i+1)}}
		if !slices.Contains(shorter.order, end) {
			i++
			continue
		}
		tries++
		shorter.sent = p.deliveriesOf(shorter.schedule)
		if shorter.state = p.deliverAll(shorter.sent, 4*p.soon()); !shorter.judged() {
			break
		}
		if shorter.broken(shorter.state) {
			now, i = shorter, 0
			continue
		}
		i++
	}
	return now
}
