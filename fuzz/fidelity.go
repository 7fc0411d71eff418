package fuzz

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/ringproof/ringproof/internal/scan"
)

// MemberFidelity is what becomes of a member of the contract, wherever it stands, on its
// way through a decoder and back.
type MemberFidelity struct {
	Member string // as Call.cost; Call.? is any that no schema of Call has
	Seen   int    // bodies that had it
	// Lost says of each class in how many bodies something of the member was lost so.
	// What is inside of something that is dropped counts as dropped.
	Lost map[Class]int
	// Examples has, for each class, the smallest body found; none where the member got
	// lost with what it is in.
	Examples map[Class]Failure
}

// Fidelities are all members that were seen, by name.
type Fidelities []MemberFidelity

// drawnFidelity is how many random inputs a report looks at, beyond the fixtures.
const drawnFidelity = 2000

// mostCauses bounds how many refused bodies are shrunk: each may have a cause of its own.
const mostCauses = 60

// Fidelity finds out what a decoder does with each member of the contract. It judges
// nothing: what is lost may well be of no use to a consumer. The error is that of a
// subject that breaks down or is stopped.
func Fidelity(ctx context.Context, s Subject) (list Fidelities, err error) {
	f := &fidelity{subject: s, members: map[string]*MemberFidelity{}, smallest: map[string]Failure{}}
	_, f.pulse.elsewhere = s.(Restarter)
	if wrong := complete(&f.pulse, func() { list, err = f.run(ctx) }); wrong != nil {
		return nil, wrong
	}
	return list, err
}

func (f *fidelity) run(ctx context.Context) (Fidelities, error) {
	d := newDraw(4)
	for i := range len(stocked().bodies) + drawnFidelity {
		in := Input{Fixture: uint16(i)}
		if i >= len(stocked().bodies) {
			in = random(d)
			in.Operations = slices.DeleteFunc(in.Operations, func(o Operation) bool {
				c := operations[o.Code].class
				return c == fault || c == breaking
			})
		}
		if err := cmp.Or(ctx.Err(), f.look(compile(in).body())); err != nil {
			return nil, err
		}
	}
	f.shrink()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var list Fidelities
	for _, name := range slices.Sorted(maps.Keys(f.members)) {
		list = append(list, *f.members[name])
	}
	return list, nil
}

type fidelity struct {
	subject  Subject
	members  map[string]*MemberFidelity
	smallest map[string]Failure // by member and class
	causes   int
	pulse    pulse
}

// memberAt is the member that a place belongs to.
func memberAt(s spot) string {
	name, _, _ := strings.Cut(s.String(), "/")
	return name
}

// present are the members of a body, with a pointer of each place.
func present(body *tree) map[string][]string {
	found := map[string][]string{}
	each(body, func(p *place) {
		if len(p.path) == 1 {
			name := memberAt(spot{name: "message", known: !p.free})
			found[name] = append(found[name], body.pointer(p.path))
		}
		if p.owner == nil || len(p.path) == 0 || p.member == nil && p.schema != nil {
			return
		}
		name := p.owner.Name + ".?"
		if p.member != nil {
			name = p.member.Path()
		}
		found[name] = append(found[name], body.pointer(p.path))
	})
	return found
}

func (f *fidelity) member(name string) *MemberFidelity {
	m := f.members[name]
	if m == nil {
		m = &MemberFidelity{Member: name, Lost: map[Class]int{}, Examples: map[Class]Failure{}}
		f.members[name] = m
	}
	return m
}

// look decodes a body, and notes what becomes of its members.
func (f *fidelity) look(body []byte) error {
	if j := judge(body); !j.sound() || j.foreign {
		return nil
	}
	t := parse(body)
	found := present(t)
	for name := range found {
		f.member(name) // listed, whatever becomes of the body
	}
	differences, o := f.differences(body)
	var b *Breakdown
	switch {
	case o.stopped:
		return ErrStopped
	case errors.As(o.err, &b):
		return b
	case o.panicked != "":
		return &Breakdown{Class: Crashed, Detail: o.panicked}
	case errors.Is(o.err, ErrNoEncoder):
		return o.err
	case o.err != nil:
		f.refused(body, o.err)
		return nil
	}
	for name := range found {
		f.member(name).Seen++
	}
	lost := map[string]map[Class]bool{}
	note := func(name string, c Class) {
		if lost[name] == nil {
			lost[name] = map[Class]bool{}
		}
		lost[name][c] = true
	}
	for i := range differences {
		d := &differences[i]
		name := memberAt(d.at)
		note(name, d.class)
		f.keep(name, d, body)
		if d.class == Dropped || d.class == Changed {
			for inside, pointers := range found {
				if slices.ContainsFunc(pointers, func(p string) bool { return strings.HasPrefix(p, d.pointer+"/") }) {
					note(inside, d.class)
				}
			}
		}
	}
	for name, classes := range lost {
		for c := range classes {
			f.member(name).Lost[c]++
		}
	}
	return nil
}

func (f *fidelity) differences(body []byte) ([]difference, outcome) {
	o := decode(f.subject, body, &f.pulse)
	if o.err != nil {
		return nil, o
	}
	encoded, p := encode(o.decoded, body, &f.pulse)
	if p.err != nil {
		return nil, p
	}
	first, errA := scan.Parse(body, scan.Limits{})
	second, errB := scan.Parse(encoded, scan.Limits{MaxBytes: 64 << 20})
	switch {
	case errA != nil:
		return nil, outcome{}
	case errB != nil:
		return nil, outcome{err: &Breakdown{Class: Garbled, Detail: "its encoding is no JSON: " + clip(string(encoded))}}
	}
	return compare(first.Root(), second.Root()), outcome{}
}

// keep notes the smallest body in which the member was lost so.
func (f *fidelity) keep(name string, d *difference, body []byte) {
	at := name + " " + string(d.class)
	if was, ok := f.smallest[at]; !ok || len(body) < len(was.Body) {
		f.smallest[at] = Failure{Key: Key{Lossless, general(d.pointer), d.class}, Body: body, Want: d.want, Got: d.got}
	}
}

// shrink makes the examples small.
func (f *fidelity) shrink() {
	for at, was := range f.smallest {
		name, _, _ := strings.Cut(at, " ")
		f.member(name).Examples[was.Class] = f.shrunk(was, func(body []byte) (Failure, bool) {
			list, _ := f.differences(body)
			for i := range list {
				if d := &list[i]; d.class == was.Class && memberAt(d.at) == name {
					return Failure{Key: Key{Lossless, general(d.pointer), d.class}, Body: body, Want: d.want, Got: d.got}, true
				}
			}
			return Failure{}, false
		})
	}
}

// fewTries bound the shrinking of one example: there are many of them.
const fewTries = 600

func (f *fidelity) shrunk(was Failure, again func(body []byte) (Failure, bool)) Failure {
	s := &shrinker{tries: fewTries, best: was, again: func(body []byte) (Failure, bool) {
		if j := judge(body); !j.sound() || j.foreign {
			return Failure{}, false
		}
		return again(body)
	}}
	s.trees(nil)
	return s.best
}

// refused finds out which member is the reason why a body is refused: what is left of it
// when it is shrunk.
func (f *fidelity) refused(body []byte, why error) {
	if f.causes++; f.causes > mostCauses {
		return
	}
	was := Failure{Key: Key{Accepts, "", Refused}, Body: body, Want: "decoded", Got: "refused: " + clip(why.Error())}
	was = f.shrunk(was, func(body []byte) (Failure, bool) {
		o := decode(f.subject, body, &f.pulse)
		broken := o.panicked != "" || o.stopped
		return Failure{Key: was.Key, Body: body, Want: was.Want, Got: "refused: " + clip(cmp.Or(o.err, why).Error())}, o.err != nil && !broken
	})
	name := blamed(parse(was.Body))
	m := f.member(name)
	m.Lost[Refused]++
	if old, ok := m.Examples[Refused]; !ok || len(was.Body) < len(old.Body) {
		m.Examples[Refused] = was
	}
}

// blamed is the last and deepest member of a shrunk body that not every body has.
func blamed(body *tree) string {
	name, depth := "ServerMessageStatusUpdate.status", 0
	each(body, func(p *place) {
		if p.owner == nil || len(p.path) < max(depth, 2) || slices.Contains([]string{"/message/type", "/message/status"}, body.pointer(p.path)) {
			return
		}
		name, depth = p.owner.Name+".?", len(p.path)
		if p.member != nil {
			name = p.member.Path()
		}
	})
	return name
}
