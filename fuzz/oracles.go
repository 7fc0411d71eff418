package fuzz

import (
	"bytes"
	"errors"
	"strings"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema"
)

// askLossless compares the body with its encoding.
func (a *attempt) askLossless(encoded scan.Node) {
	differences := compare(a.root, encoded)
	for i := range differences {
		d := &differences[i]
		if a.engine.settings.losses.waives(d) {
			a.waived = append(a.waived, *d)
			continue
		}
		n := len(a.failures)
		a.fail(Lossless, d.pointer, d.class, d.want, d.got)
		if len(a.failures) > n {
			a.failures[n].firm = d.protected()
		}
	}
	if a.on(Lossless) {
		return
	}
	for i := range differences {
		// Then nobody was asked to declare what is only not there.
		if c := differences[i].class; c != Changed && c != Misrouted {
			a.waived = append(a.waived, differences[i])
		}
	}
}

// askValid wants the encoding to have no error by the contract that the body has
// not, and that no waived loss explains.
func (a *attempt) askValid() {
	if !a.on(Reencoded) || !a.sound() || a.foreign {
		return
	}
	j := judge(a.encoded)
	for _, f := range j.errors() {
		if !a.explained(f) {
			a.fail(Reencoded, f.Pointer, Invalid, "what the contract takes", spelled(a.encoded, f))
		}
	}
}

// explained reports whether a loss that is allowed, or that was reported already,
// is at the finding's place, around it, or right below it.
func (a *attempt) explained(f schema.Finding) bool {
	near := func(pointer string) bool {
		return pointer == f.Pointer || strings.HasPrefix(pointer, f.Pointer+"/") || strings.HasPrefix(f.Pointer, pointer+"/")
	}
	for i := range a.waived {
		if near(a.waived[i].pointer) {
			return true
		}
	}
	f.Pointer = general(f.Pointer)
	for i := range a.failures {
		if a.failures[i].Oracle == Lossless && near(a.failures[i].Pointer) {
			return true
		}
	}
	return false
}

// askStable decodes the encoding and encodes it again.
func (a *attempt) askStable(first scan.Node) {
	if !a.on(Reencoded) && !a.on(Stable) {
		return
	}
	decoded, again, err := a.another(bytes.Clone(a.encoded))
	if err != nil {
		if decoded == nil && !errors.Is(err, errBroken) {
			a.fail(Reencoded, "", Refused, "its own encoding decoded", "refused: "+clip(err.Error()))
		}
		return
	}
	if bytes.Equal(a.encoded, again) {
		return
	}
	second, err := scan.Parse(again, scan.Limits{MaxBytes: 64 << 20})
	if err != nil {
		a.fail(Stable, "", Invalid, "JSON", clip(err.Error()))
		return
	}
	for _, d := range compare(first, second.Root()) {
		a.fail(Stable, d.pointer, d.class, "the second encoding like the first: "+d.want, d.got)
	}
}

// askDifferential compares with the second decoder.
func (a *attempt) askDifferential() {
	o := decode(a.engine.settings.against, a.body, &a.pulse)
	switch {
	case o.panicked != "": // which is the other's business
	case o.err != nil && a.first.err != nil:
	case o.err != nil:
		a.fail(Differential, "", Accepted, "refused, as the other decoder does: "+clip(o.err.Error()), "decoded")
	case a.first.err != nil:
		a.fail(Differential, "", Refused, "decoded, as the other decoder does", "refused: "+clip(a.first.err.Error()))
	default:
		a.compareDecoders(o.decoded)
	}
}

func (a *attempt) compareDecoders(other Decoded) {
	theirs, o := encode(other, a.body, &a.pulse)
	ours, p := encode(a.first.decoded, a.body, &a.pulse)
	if o.err != nil || p.err != nil {
		return
	}
	x, errX := scan.Parse(theirs, scan.Limits{MaxBytes: 64 << 20})
	y, errY := scan.Parse(ours, scan.Limits{MaxBytes: 64 << 20})
	if errX != nil || errY != nil {
		return
	}
	differences := compare(x.Root(), y.Root())
	for i := range differences {
		if d := &differences[i]; !a.engine.settings.losses.waives(d) {
			a.fail(Differential, d.pointer, d.class, "as the other decoder has it: "+d.want, d.got)
		}
	}
}

// general is a pointer with * for every index, so that the same defect at another
// item has the same key.
func general(pointer string) string {
	if !strings.ContainsAny(pointer, "0123456789") {
		return pointer
	}
	list := strings.Split(pointer, "/")
	for i, token := range list {
		if token != "" && strings.Trim(token, "0123456789") == "" {
			list[i] = "*"
		}
	}
	return strings.Join(list, "/")
}
