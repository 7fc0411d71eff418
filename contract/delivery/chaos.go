package delivery

import (
	"bytes"
	"container/heap"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Chaos is what goes wrong on the way: for each kind the share, 0 to 1, of all
// deliveries that it happens to. The zero value leaves all as it is.
//
// A dropped delivery is nothing else besides; the other kinds are independent of
// each other. (So that their shares are shares of all deliveries nevertheless, the
// rest is drawn for a little more often.)
type Chaos struct {
	Duplicate float64 `json:"duplicate"` // sent again, the same bytes, up to a second later
	Reorder   float64 `json:"reorder"`   // overtaken by the next one, of whatever call
	Delay     float64 `json:"delay"`     // sent up to five seconds later
	Drop      float64 `json:"drop"`      // not sent
	Corrupt   float64 `json:"corrupt"`   // cut or damaged, so that it is no sound JSON any more
}

// ActKind names one thing that chaos does.
type ActKind string

// The kinds, as --chaos names them.
const (
	Duplicate ActKind = "duplicate"
	Reorder   ActKind = "reorder"
	Delay     ActKind = "delay"
	Drop      ActKind = "drop"
	Corrupt   ActKind = "corrupt"
)

// Act is what was done to a delivery.
type Act struct {
	Kind   ActKind `json:"kind"`
	Detail string  `json:"detail"` // for people: what exactly
}

// Planned is a delivery as it will be sent, and what was done to it.
type Planned struct {
	Delivery
	Act     []Act
	Dropped bool // it will not be sent
	Copy    bool // it is the second of two with the same body
}

const (
	maxDelay     = 5 * time.Second
	minCopyDelay = 50 * time.Millisecond
	maxCopyDelay = time.Second
	maxOvertaken = 32               // deliveries that one other overtakes
	maxGap       = 30 * time.Second // between two that change places
	// maxHeld bounds what is held back for later, and with it the memory: one call
	// more and the earliest is handed out, though another may still come before it.
	maxHeld = 8192
)

// kinds are the rows of --chaos, in the order in which they are drawn: a change of
// it changes all schedules.
var kinds = []struct {
	name  ActKind
	share func(*Chaos) *float64
}{
	{Duplicate, func(c *Chaos) *float64 { return &c.Duplicate }},
	{Reorder, func(c *Chaos) *float64 { return &c.Reorder }},
	{Delay, func(c *Chaos) *float64 { return &c.Delay }},
	{Drop, func(c *Chaos) *float64 { return &c.Drop }},
	{Corrupt, func(c *Chaos) *float64 { return &c.Corrupt }},
}

// ParseChaos reads "duplicate=0.1,drop=0.01": kinds and their shares, each at most
// once, in any order. Nothing is no chaos.
func ParseChaos(spec string) (Chaos, error) {
	var c Chaos
	given := map[string]bool{}
	if strings.TrimSpace(spec) == "" {
		return c, nil
	}
	for part := range strings.SplitSeq(spec, ",") {
		name, text, _ := strings.Cut(strings.TrimSpace(part), "=")
		var share *float64
		var names []string
		for _, k := range kinds {
			names = append(names, string(k.name))
			if string(k.name) == name {
				share = k.share(&c)
			}
		}
		if share == nil {
			return Chaos{}, fmt.Errorf("unknown chaos %q; it is %s", name, strings.Join(names, ", "))
		}
		if given[name] {
			return Chaos{}, fmt.Errorf("chaos %s is given twice", name)
		}
		given[name] = true
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return Chaos{}, fmt.Errorf("chaos %s=%s: the share is not a number, such as 0.1", name, text)
		}
		*share = value
	}
	return c, c.Check()
}

// Check says whether all shares are between 0 and 1.
func (c Chaos) Check() error {
	for _, k := range kinds {
		if share := *k.share(&c); !(share >= 0 && share <= 1) { // NaN is neither
			return fmt.Errorf("chaos %s=%v: a share is between 0 and 1", k.name, share)
		}
	}
	return nil
}

// String is what ParseChaos reads.
func (c Chaos) String() string {
	var parts []string
	for _, k := range kinds {
		if share := *k.share(&c); share > 0 {
			parts = append(parts, string(k.name)+"="+strconv.FormatFloat(share, 'g', -1, 64))
		}
	}
	return strings.Join(parts, ",")
}

// Apply makes the deliveries go wrong, and hands them out in the order in which
// they are due. The same seed and the same deliveries give the same schedule,
// however fast it is read: each delivery's fate hangs on the seed and its number
// alone. Times are those of the deliveries; those without any keep their order,
// except that the delayed ones come last.
func (c Chaos) Apply(seed uint64, in iter.Seq[Delivery]) iter.Seq[Planned] {
	return func(yield func(Planned) bool) {
		if c == (Chaos{}) {
			for d := range in {
				if !yield(Planned{Delivery: d}) {
					return
				}
			}
			return
		}
		m := mess{yield: yield}
		number := uint64(0)
		for d := range in {
			if !m.take(c.fate(seed, number, d)) {
				return
			}
			number++
		}
		_ = m.end()
	}
}

// fate is what is to happen to one delivery.
type fate struct {
	Planned
	number    uint64
	overtaken bool
	delay     time.Duration // 0: none
	again     time.Duration // from the delivery to its copy; 0: none
}

// fate draws for every kind, whatever its share: so another share of one kind
// changes nothing about the others.
func (c Chaos) fate(seed, number uint64, d Delivery) fate {
	r := rand.New(rand.NewPCG(seed, number))
	hit := map[ActKind]bool{}
	draw := [...]float64{r.Float64(), r.Float64(), r.Float64(), r.Float64(), r.Float64()}
	f := fate{Planned: Planned{Delivery: d}, number: number}
	for i, k := range kinds {
		share := *k.share(&c)
		if k.name != Drop && c.Drop < 1 {
			share /= 1 - c.Drop
		}
		hit[k.name] = draw[i] < share
	}
	if hit[Drop] {
		f.Dropped = true
		f.Act = []Act{{Drop, "never sent"}}
		return f
	}
	delay := between(r, time.Millisecond, maxDelay)
	again := between(r, minCopyDelay, maxCopyDelay)
	if hit[Corrupt] {
		how := ""
		f.Body, how = corrupt(r, d.Body)
		f.Corrupted = true
		f.Act = append(f.Act, Act{Corrupt, how})
	}
	if hit[Delay] {
		f.delay = delay
	}
	if hit[Duplicate] {
		f.again = again
	}
	f.overtaken = hit[Reorder]
	return f
}

// between returns a number of whole milliseconds, for who reads it.
func between(r *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(r.Int64N(int64((high-low)/time.Millisecond)+1))*time.Millisecond
}

// mess puts deliveries where they are due.
type mess struct {
	yield func(Planned) bool
	// stack are deliveries that the next one will overtake: the last goes first, and
	// each moves into the time of another.
	stack []fate
	held  schedule
	count uint64
}

func (m *mess) take(f fate) bool {
	if f.Dropped {
		return m.yield(f.Planned)
	}
	if n := len(m.stack); n > 0 && f.At-m.stack[n-1].At > maxGap {
		m.stack[n-1].overtaken = false // nothing near enough to be overtaken by
		m.turn()
	}
	m.stack = append(m.stack, f)
	if f.overtaken && len(m.stack) <= maxOvertaken {
		return m.release(m.stack[0].At)
	}
	m.stack[len(m.stack)-1].overtaken = false
	m.turn()
	return m.release(f.At)
}

// end hands out all that is left.
func (m *mess) end() bool {
	if n := len(m.stack); n > 0 {
		m.stack[n-1].overtaken = false
		m.turn()
	}
	for m.held.Len() > 0 {
		if !m.yield(heap.Pop(&m.held).(place).Planned) {
			return false
		}
	}
	return true
}

// turn empties the stack, the last one first.
func (m *mess) turn() {
	times := make([]time.Duration, len(m.stack))
	for i, f := range m.stack {
		times[i] = f.At
	}
	for i, f := range slices.Backward(m.stack) {
		f.At = times[len(times)-1-i]
		if f.overtaken {
			f.Act = append(f.Act, Act{Reorder, "overtaken by " + m.stack[i+1].what()})
		}
		m.put(f)
	}
	m.stack = m.stack[:0]
}

// put files a delivery, and its copy, under their times.
func (m *mess) put(f fate) {
	if f.delay > 0 {
		f.At += f.delay
		f.Act = append(f.Act, Act{Delay, "by " + f.delay.String()})
	}
	m.hold(f.Planned)
	if f.again > 0 {
		f.At += f.again
		f.Copy = true
		f.Act = append(slices.Clone(f.Act), Act{Duplicate, "the same bytes again, " + f.again.String() + " later"})
		m.hold(f.Planned)
	}
}

func (m *mess) hold(p Planned) {
	heap.Push(&m.held, place{p, m.count})
	m.count++
}

// release hands out what is due until t: nothing that is still to come is due before.
func (m *mess) release(t time.Duration) bool {
	for m.held.Len() > 0 && (m.held[0].At <= t || m.held.Len() > maxHeld) {
		if !m.yield(heap.Pop(&m.held).(place).Planned) {
			return false
		}
	}
	return true
}

func (f fate) what() string {
	if f.ID != "" {
		return f.ID
	}
	return "number " + strconv.FormatUint(f.number+1, 10)
}

// schedule is a heap of deliveries by time; of the same time, the first stays first.
type schedule []place

type place struct {
	Planned
	number uint64
}

func (s schedule) Len() int      { return len(s) }
func (s schedule) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s schedule) Less(i, j int) bool {
	return s[i].At < s[j].At || s[i].At == s[j].At && s[i].number < s[j].number
}
func (s *schedule) Push(x any) { *s = append(*s, x.(place)) }
func (s *schedule) Pop() any {
	last := len(*s) - 1
	x := (*s)[last]
	(*s)[last] = place{}
	*s = (*s)[:last]
	return x
}

// corrupt returns a damaged copy of a body, and how it was damaged. Only damage that
// no reader of JSON may overlook is done: a byte that is no UTF-8, or text behind
// the end, passes many of them.
func corrupt(r *rand.Rand, body []byte) ([]byte, string) {
	damages := []func(*rand.Rand, []byte) ([]byte, string){cut, unquote, control}
	first := r.IntN(len(damages))
	for i := range damages {
		damaged, how := damages[(first+i)%len(damages)](r, body)
		if how != "" && !json.Valid(damaged) {
			return damaged, how
		}
	}
	return append(bytes.Clone(body), 0), "a zero byte behind its end" // the body is empty
}

// cut ends the body early. What it and the others return is empty if a body gives
// them nothing to damage.
func cut(r *rand.Rand, body []byte) ([]byte, string) {
	n := len(bytes.TrimRight(body, " \t\r\n"))
	if n < 2 {
		return nil, ""
	}
	keep := 1 + r.IntN(n-1)
	return bytes.Clone(body[:keep]), fmt.Sprintf("cut to %d of %d bytes", keep, len(body))
}

// unquote flips one bit of a quotation mark, the first: {"a" becomes {#a".
func unquote(_ *rand.Rand, body []byte) ([]byte, string) {
	i := bytes.IndexByte(body, '"')
	if i < 0 {
		return nil, ""
	}
	damaged := bytes.Clone(body)
	damaged[i] ^= 1
	return damaged, fmt.Sprintf("byte %d flipped from 0x%02x to 0x%02x", i, body[i], damaged[i])
}

// control puts a control character in the place of a byte: JSON has none, in strings
// or outside, but for white space.
func control(r *rand.Rand, body []byte) ([]byte, string) {
	n := len(bytes.TrimRight(body, " \t\r\n")) // behind the end, many do not look
	if n == 0 {
		return nil, ""
	}
	i := r.IntN(n)
	damaged := bytes.Clone(body)
	damaged[i] = byte(1 + r.IntN(8)) // 0x01 to 0x08; tab is 0x09
	return damaged, fmt.Sprintf("byte %d changed from 0x%02x to 0x%02x", i, body[i], damaged[i])
}
