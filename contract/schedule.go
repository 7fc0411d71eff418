package contract

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

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
	if failed := p.playAll(clean); len(failed) > 0 {
		p.skip("in order and once each, messages do not lead to the right state either; see state/scenarios")
		return
	}
	failed := p.playAll(shuffled)
	if len(failed) == 0 {
		p.tell(fmt.Sprintf("%d schedules of %d scenarios", len(shuffled), len(clean)))
		return
	}
	p.result.FailureCount = len(failed) - 1
	first := failed[0]
	short := p.shrink(first.schedule)
	now, sent := p.play(short, false)
	if !short.broken(now) { // it does not fail each time: then as it was
		p.wrongState(Fail, fmt.Sprintf("%s of %s (which does not fail each time)", first.schedule, first.scenario), first.wanted(), first.state, first.sent...)
		return
	}
	what := fmt.Sprintf("%s of %s", short, short.scenario)
	if n := len(first.order); n > len(short.order) {
		what += fmt.Sprintf(" (the shortest schedule found that fails; at first there were %d deliveries)", n)
	}
	p.wrongState(Fail, what, short.wanted(), now, sent...)
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

// broken reports whether the state is not the one that any order must lead to. Fewer
// effects than messages are right: one that comes late may have none.
func (s schedule) broken(o observation) bool {
	return o.err != nil || o.Status != "ended" || o.Deliveries > s.distinct()
}

// playAll plays the schedules, several at a time, and returns those that fail.
func (p *probe) playAll(list []schedule) []played {
	all := make([]played, len(list))
	for i, s := range list {
		all[i] = played{schedule: s, sent: p.deliveriesOf(s)}
	}
	each(len(all), p.workers(), func(i int) { all[i].state = p.deliverAll(all[i].schedule, all[i].sent, true) })
	if p.lost() != "" || p.ctx.Err() != nil {
		return nil
	}
	return slices.DeleteFunc(all, func(x played) bool { return !x.broken(x.state) })
}

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

// play delivers a schedule and returns the state to which it leads.
func (p *probe) play(s schedule, patient bool) (observation, []*exchange) {
	list := p.deliveriesOf(s)
	return p.deliverAll(s, list, patient), list
}

// deliverAll is play with deliveries that are made already. With patience it waits for the
// end as long as for any effect.
func (p *probe) deliverAll(s schedule, list []*exchange, patient bool) observation {
	for _, x := range list {
		p.send(x)
	}
	most := 4 * p.soon()
	if patient {
		most = p.settle
	}
	call := list[0].Call
	if o, ok := p.awaitFor(p.ctx, most, call, func(st State) bool { return st.Status == "ended" }); !ok {
		return o
	}
	p.settleDown(p.ctx)
	return p.look(p.ctx, call)
}

// shrink takes out deliveries as long as the schedule fails without them, and ended is
// among those that are left.
func (p *probe) shrink(s schedule) schedule {
	tries := 0
	end := slices.Max(s.order)
	for i := 0; i < len(s.order) && tries < mostShrinking; {
		shorter := schedule{s.scenario, s.number, slices.Delete(slices.Clone(s.order), i, i+1)}
		if !slices.Contains(shorter.order, end) {
			i++
			continue
		}
		tries++
		if o, _ := p.play(shorter, false); shorter.broken(o) {
			s, i = shorter, 0
			continue
		}
		i++
	}
	return s
}
