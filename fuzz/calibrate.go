package fuzz

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/schema/vapi"
)

// Calibrate runs the fixtures through a decoder once, finds out what it loses, and
// prints the loss profile as Go code, to be reviewed and committed (go test -v shows it):
//
//	func TestCalibrate(t *testing.T) {
//		if _, err := fuzz.Calibrate(os.Stdout, fuzz.JSON[MyMessage]()); err != nil {
//			t.Error(err)
//		}
//	}
//
// The error lists what no profile waives: see [Losses], and valid bodies that are refused.
// The rows are returned all the same.
func Calibrate[M any](w io.Writer, codec Codec[M], options ...Option) (Losses, error) {
	losses, problem := CalibrateSubject(codec.Subject(), options...)
	if losses == nil {
		return nil, problem
	}
	name := reflect.TypeFor[M]().Name()
	if name == "" {
		name = "the decoder"
	}
	if _, err := fmt.Fprintf(w, "// losses is what %s does not keep, as fuzz.Calibrate found it. Review each row.\nvar losses = %#v\n", name, losses); err != nil {
		return losses, err
	}
	return losses, problem
}

// CalibrateSubject is [Calibrate] without the printing, for a decoder that may run
// elsewhere. It takes tens of thousands of bodies. Without rows it is an option that is
// wrong.
func CalibrateSubject(s Subject, options ...Option) (Losses, error) {
	set, err := newSettings(options)
	if err != nil {
		return nil, err
	}
	c := &calibration{subject: s, declared: set.losses, kept: keepsakes{}, lost: map[Loss]int{}, instants: map[string]bool{}, protected: map[Key]string{}}
	c.pulse.elsewhere = set.elsewhere
	if err := complete(&c.pulse, c.run); err != nil {
		return Losses{}, err
	}
	if c.decoded == 0 && len(c.protected) == 0 {
		return Losses{}, fmt.Errorf("%w: the decoder refuses everything", ErrNothingEncoded)
	}
	rows := append(Losses{}, c.rows()...)
	if c.encoded == 0 && len(rows)+len(c.protected)+c.refusals == 0 {
		return rows, fmt.Errorf("%w: no encoding of the decoder is JSON, or it has no encoder and refuses nothing", ErrNothingEncoded)
	}
	return rows, c.problem()
}

// ErrNothingEncoded is the error of a calibration that has seen nothing to compare.
var ErrNothingEncoded = errors.New("nothing to calibrate")

type calibration struct {
	subject   Subject
	declared  Losses
	kept      keepsakes
	lost      map[Loss]int    // by place of the contract
	instants  map[string]bool // where a time was respelled
	protected map[Key]string
	pulse     pulse
	decoded   int
	encoded   int // to JSON
	// refusals counts bodies that were refused though nothing is wrong with them, refusedBody
	// is the shortest of them, and refusal why.
	refusals    int
	refusedBody []byte
	refusal     error
	// encoderless says that there is no encoder: then refusals are all there is to find.
	encoderless bool

	explored map[string]bool
	looks    int // left for exploring
}

// drawnBodies is how many random inputs a calibration looks at besides.
const drawnBodies = 3000

func (c *calibration) run() {
	c.lookForFolding()
	for _, body := range stocked().bodies {
		c.look(body.write(nil, ""))
	}
	switch {
	case c.encoded > 0:
		c.lookForLosses()
	case !c.encoderless:
		return // nothing that can be compared will come
	}
	d := newDraw(2)
	for range drawnBodies {
		if c.pulse.stopped {
			return
		}
		in := random(d)
		in.Operations = slices.DeleteFunc(in.Operations, func(o Operation) bool {
			c := operations[o.Code].class
			return c == fault || c == breaking
		})
		c.look(compile(in).body())
	}
}

func (c *calibration) lookForLosses() {
	l := stocked()
	for i, body := range l.bodies[:l.made] {
		list := variations
		if i >= l.ofCalls {
			list = variations[len(ofNewKinds):] // exploring shows the rest
		}
		c.lookAround(body, list, 2, deepest)
	}
	c.explore()
}

// lookForFolding finds out whether the decoder takes STATUS for status: the one of
// the two values must not be encoded in the other's place.
func (c *calibration) lookForFolding() {
	body := []byte(`{"message":{"type":"status-update","status":"queued","STATUS":"ended"}}`)
	o := decode(c.subject, body, &c.pulse)
	if o.err != nil {
		return
	}
	encoded, _ := encode(o.decoded, body, &c.pulse)
	if doc, err := scan.Parse(encoded, scan.Limits{}); err == nil && find(doc.Root(), []string{"message", "status"}).Text() == "ended" {
		c.lost[folding]++
	}
}

// lookAround looks at a body with each of the variations; those that go by levels at the
// levels from the first to the last.
func (c *calibration) lookAround(body *tree, list []variation, from, to int) {
	for _, f := range list {
		if c.pulse.stopped {
			return
		}
		if f.levels == 0 {
			c.look(varied(body, f, -1).write(nil, ""))
			continue
		}
		for level := max(from, 2); level <= min(to, f.levels); level++ {
			if v := varied(body, f, level); v != nil {
				c.look(v.write(nil, ""))
			}
		}
	}
}

// mostLooks bounds an exploration: a decoder that keeps all has no end of places.
const mostLooks = 30_000

// fewLooks are enough for a decoder that has lost nothing by then.
const fewLooks = 3_000

// The fixtures show each member of a type at one of its places only. explore goes to
// all places that the decoder keeps, the near ones first, and looks at each with
// every type that may stand there, and all its members.
func (c *calibration) explore() {
	c.explored, c.looks = map[string]bool{}, mostLooks
	message := parse([]byte(`{"message":{"type":"status-update","status":"forwarding"}}`))
	queue := []stop{{message, []int{0}}, {message.put([]int{0, 1}, text("ended")), []int{0}}}
	d := newDraw(3)
	for len(queue) > 0 && c.looks > 0 && !c.pulse.stopped {
		if len(c.lost) == 0 && c.looks < mostLooks-fewLooks {
			return // what keeps all that is near will keep the rest
		}
		at := queue[0]
		queue = queue[1:]
		for _, next := range c.alternatives(d, at) {
			c.looks -= len(variations) + 6
			c.lookAround(next.body, variations, len(next.path), len(next.path)+2)
			queue = append(queue, c.keptBelow(next)...)
		}
	}
}

// stop is a place on the way of an exploration.
type stop struct {
	body *tree
	path []int
}

// alternatives are the body with each type that may stand at the place, fattened, and
// with little else; those that have been looked at are left out.
func (c *calibration) alternatives(d *draw, at stop) (list []stop) {
	here := placeAt(at.body, at.path)
	values := []*tree{here.node}
	if s := here.schema; s != nil && s.Kind == vapi.KindUnion {
		for i := range s.Union.Branches {
			if v := stocked().filled(d, s.Union.Branches[i].Schema); v != nil {
				values = append(values, v)
			}
		}
	}
	for _, v := range values {
		body := at.body.put(at.path, v)
		here := placeAt(body, at.path)
		t := here.typ()
		if t == nil {
			continue
		}
		key := general(body.pointer(at.path)) + " " + t.Name
		if t == vapi.Descriptor().Top {
			key += body.at(at.path).get("status").text
		}
		if c.explored[key] {
			continue
		}
		c.explored[key] = true
		fat, path := body.put(at.path, fattened(d)(here, v)).along(at.path)
		list = append(list, stop{mended(fat), path})
	}
	return list
}

// placeAt is the place at a path that is there.
func placeAt(body *tree, path []int) *place {
	var here place
	each(body, func(p *place) {
		if slices.Equal(p.path, path) {
			here = *p
		}
	})
	return &here
}

// keptBelow are the objects right below the place, or in arrays and maps there, that
// the decoder keeps, and what an object may stand for.
func (c *calibration) keptBelow(at stop) (list []stop) {
	if len(at.path) > 9 {
		return nil
	}
	body := at.body.write(nil, "")
	o := decode(c.subject, body, &c.pulse)
	if o.err != nil {
		return nil
	}
	encoded, p := encode(o.decoded, body, &c.pulse)
	doc, err := scan.Parse(encoded, scan.Limits{MaxBytes: 64 << 20})
	if p.err != nil || err != nil {
		return nil
	}
	each(at.body, func(p *place) {
		below := len(p.path) - len(at.path)
		if below < 1 || below > 2 || !slices.Equal(p.path[:len(at.path)], at.path) || p.typ() == nil && !isUnion(p) || below == 2 && p.member != nil {
			return
		}
		if find(doc.Root(), tokens(at.body.pointer(p.path))).IsValid() {
			list = append(list, stop{at.body, slices.Clone(p.path)})
		}
	})
	return list
}

// fattened gives an object all optional members that it lacks.
func fattened(d *draw) func(p *place, v *tree) *tree {
	return func(p *place, v *tree) *tree {
		t := p.typ()
		if t == nil {
			return v
		}
		var u *vapi.Union
		if p.schema.Kind == vapi.KindUnion {
			u = p.schema.Union
		}
		for i := range t.Members {
			m := &t.Members[i]
			if has := v.get(m.Name); has != nil && (len(has.kids) > 0 || isScalarKind(has.kind)) || tells(u, m.Name) {
				continue
			}
			if x := stocked().filled(d, m.Schema); x != nil {
				v = v.set(m.Name, x)
			}
		}
		return v
	}
}

// look decodes and encodes one body.
func (c *calibration) look(body []byte) {
	if c.pulse.stopped {
		return
	}
	o := decode(c.subject, body, &c.pulse)
	if o.err != nil {
		c.refused(body, o)
		return
	}
	c.decoded++
	encoded, p := encode(o.decoded, body, &c.pulse)
	c.encoderless = c.encoderless || errors.Is(p.err, ErrNoEncoder)
	first, errA := scan.Parse(body, scan.Limits{})
	second, errB := scan.Parse(encoded, scan.Limits{MaxBytes: 64 << 20})
	if p.err != nil || errA != nil || errB != nil {
		return
	}
	c.encoded++
	d := &differ{root: first.Root(), kept: &c.kept}
	d.envelope(first.Root(), second.Root())
	for i := range d.found {
		x := &d.found[i]
		switch {
		case c.declared.waives(x):
		case x.protected():
			k := Key{Lossless, general(x.pointer), x.class}
			if _, ok := c.protected[k]; !ok {
				c.protected[k] = x.want + " becomes " + x.got
			}
		default:
			c.lost[Loss{x.at.String(), x.class}]++
			if x.instant {
				c.instants[x.at.String()] = true
			}
		}
	}
}

// refused notes a body that is sound but for one recorded deviation, and that is decoded
// without that.
func (c *calibration) refused(body []byte, o outcome) {
	if o.panicked != "" {
		c.protected[Key{o.oracle, "", o.class}] = o.panicked
		return
	}
	j := judge(body)
	if !j.sound() || j.foreign || j.lax {
		return
	}
	deviations := map[string][]schema.Finding{}
	for _, f := range j.findings {
		if f.Severity != schema.Error && f.Rule != "deviation/null-optional" {
			deviations[f.Rule] = append(deviations[f.Rule], f)
		}
	}
	switch {
	case len(deviations) > 1:
		return
	case len(deviations) == 0 && (c.declared.folds() || c.lost[folding] > 0) && mayFold(body):
		return
	case len(deviations) == 0:
		if c.refusals++; c.refusals == 1 || len(body) < len(c.refusedBody) {
			c.refusedBody, c.refusal = body, o.err
		}
		return
	}
	for rule, findings := range deviations {
		if rest := without(body, findings); rest != nil && decode(c.subject, rest, &c.pulse).err != nil {
			return
		}
		c.lost[Loss{rule, Refused}]++
	}
}

// someDoubles are so many places where numbers are doubles that they are everywhere, though
// some were kept: integers of any size, say, as in Python.
const someDoubles = 20

// rows are the losses, as few rows as say the same: where a class was lost in many
// places and never kept, one row stands for all.
func (c *calibration) rows() Losses {
	places := map[Class]int{}
	unknown := 0
	for l := range c.lost {
		places[l.Class]++
		if l.Class == Dropped && strings.HasSuffix(l.Pointer, ".?") {
			unknown++
		}
	}
	var list Losses
	general := map[Class]bool{}
	for _, class := range []Class{Rounded, Doubled, Respelled, ZeroAbsent, NullAbsent} {
		if class == Doubled && general[Rounded] || class == Respelled && (general[Rounded] || general[Doubled] && len(c.instants) == 0) {
			continue
		}
		if places[class] > 2 && c.kept[class] == 0 || class == Doubled && places[class] > someDoubles {
			general[class] = true
			list = append(list, Loss{"**", class})
		}
	}
	anyUnknown := unknown > 2 && c.kept[Dropped] == 0
	if anyUnknown {
		list = append(list, Loss{"?", Dropped})
	}
	rest := Losses{}
	for l := range c.lost {
		gone := l.Class == ZeroAbsent || l.Class == NullAbsent
		spelling := l.Class == Respelled && !c.instants[l.Pointer]
		switch {
		case general[l.Class], general[Rounded] && (l.Class == Respelled || l.Class == Doubled), general[Doubled] && spelling:
		case anyUnknown && strings.HasSuffix(l.Pointer, ".?") && (gone || l.Class == Dropped):
		case gone && c.lost[Loss{l.Pointer, Dropped}] > 0, (l.Class == Respelled || l.Class == Doubled) && c.lost[Loss{l.Pointer, Rounded}] > 0,
			spelling && c.lost[Loss{l.Pointer, Doubled}] > 0:
		default:
			rest = append(rest, l)
		}
	}
	slices.SortFunc(rest, func(a, b Loss) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), strings.Compare(a.Pointer, b.Pointer), strings.Compare(string(a.Class), string(b.Class)))
	})
	return append(list, rest...)
}

// order puts the message and its nearest types first.
func order(l Loss) int {
	if strings.HasPrefix(l.Pointer, vapi.Descriptor().Top.Name+".") {
		return 0
	}
	return 1
}

// errReader is for the many decoders that never encode what they read.
var errReader = errors.New("a decoder that reads only a part needs no encoder: fuzz.Decoder and probes, or a command that answers + alone")

// problem lists what cannot be waived.
func (c *calibration) problem() error {
	var list []error
	keys := slices.SortedFunc(maps.Keys(c.protected), func(a, b Key) int { return strings.Compare(a.String(), b.String()) })
	for _, k := range keys {
		list = append(list, fmt.Errorf("%s: %s; no profile waives this", k, c.protected[k]))
	}
	if c.refusals > 0 {
		list = append(list, fmt.Errorf("%s: %d bodies are refused that the contract allows: %s, of %s; there is no row for that", Accepts, c.refusals, clip(c.refusal.Error()), clip(string(c.refusedBody))))
	}
	if slices.ContainsFunc(keys, func(k Key) bool { return k.Oracle == Lossless && k.Class == Dropped }) {
		list = append(list, errReader)
	}
	return errors.Join(list...)
}
