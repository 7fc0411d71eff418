package fuzz

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"time"

	"github.com/ringproof/ringproof/internal/scan"
)

// askProbes holds what the probes read against the body.
func (a *attempt) askProbes() {
	if !a.on(Probes) || !a.root.IsValid() || a.foreign {
		return
	}
	v := a.first.decoded.Value()
	if v == nil {
		return // it is elsewhere
	}
	for i := range a.engine.settings.probes {
		p := &a.engine.settings.probes[i]
		n := find(a.root, p.path)
		got, panicked := p.take(v)
		if panicked != "" {
			if n.IsValid() && n.Kind() != scan.Null {
				a.fail(Probes, p.pointer, "the probe panics", shown(n), "panic: "+panicked)
			}
			continue
		}
		if got.other != "" && n.IsValid() && isScalarKind(n.Kind()) && n.Kind() != scan.Null {
			a.fail(Probes, p.pointer, "the probe gives no scalar", shown(n), got.other+": let the probe return a text, a number, a bool or a time")
			continue
		}
		if c := reading(n, got); c != "" {
			if c == Changed && got.text != "" && holds(a.root, p.path[len(p.path)-1], got.node()) {
				c = Misrouted
			}
			a.fail(Probes, p.pointer, c, shown(n), got.String())
		}
	}
}

// find returns what is at the path, or the zero Node.
func find(n scan.Node, path []string) scan.Node {
	for _, token := range path {
		next, ok := n.Get(token)
		if n.Kind() == scan.Array {
			i, err := strconv.Atoi(token)
			for j, item := range n.Items() {
				if err == nil && i == j {
					next, ok = item, true
				}
			}
		}
		if !ok {
			return scan.Node{}
		}
		n = next
	}
	return n
}

// readValue is a scalar that a probe has read.
type readValue struct {
	kind    scan.Kind // Null for nil, Invalid for a time and for what is no scalar
	text    string
	float   int // 32 or 64 if the number was a Go float
	instant bool
	time    time.Time
	zero    bool
	other   string // the Go type of what is none of these
}

func (r readValue) String() string {
	switch {
	case r.kind == scan.Null:
		return "nothing"
	case r.kind == scan.String:
		return strconv.Quote(clip(r.text))
	case r.instant:
		return r.time.Format(time.RFC3339Nano)
	}
	return clip(r.text)
}

// node is the value as JSON.
func (r readValue) node() scan.Node {
	b := []byte(r.text)
	if r.kind == scan.String {
		b = scan.AppendString(nil, r.text)
	}
	doc, err := scan.Parse(b, scan.Limits{})
	if err != nil {
		return scan.Node{}
	}
	return doc.Root()
}

// take lets the probe read. A probe that reads through a nil pointer panics.
func (p *probe) take(v any) (r readValue, panicked string) {
	defer func() {
		if x := recover(); x != nil {
			panicked = clip(fmt.Sprint(x))
		}
	}()
	return readOf(p.read(v)), ""
}

func readOf(v any) readValue {
	x := reflect.ValueOf(v)
	for x.Kind() == reflect.Pointer || x.Kind() == reflect.Interface {
		x = x.Elem()
	}
	if !x.IsValid() || (x.Kind() == reflect.Slice || x.Kind() == reflect.Map) && x.IsNil() {
		return readValue{kind: scan.Null, zero: true}
	}
	r := readValue{zero: x.IsZero()}
	switch x.Kind() {
	case reflect.String:
		r.kind, r.text = scan.String, x.String()
	case reflect.Bool:
		r.kind, r.text = scan.Bool, strconv.FormatBool(x.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		r.kind, r.text = scan.Number, strconv.FormatInt(x.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		r.kind, r.text = scan.Number, strconv.FormatUint(x.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		r.kind, r.text, r.float = scan.Number, strconv.FormatFloat(x.Float(), 'g', -1, 64), x.Type().Bits()
	default:
		if t, ok := timeIn(x); ok {
			r.instant, r.time, r.zero = true, t, t.IsZero()
		} else {
			r.other = x.Type().String()
		}
	}
	return r
}

var timeType = reflect.TypeFor[time.Time]()

// timeIn is a time.Time, of whatever type it was made or embedded into.
func timeIn(x reflect.Value) (time.Time, bool) {
	if x.Kind() != reflect.Struct {
		return time.Time{}, false
	}
	if f, ok := x.Type().FieldByName("Time"); ok && f.Anonymous && f.Type == timeType {
		x = x.FieldByIndex(f.Index)
	}
	if !x.CanInterface() || !x.CanConvert(timeType) {
		return time.Time{}, false
	}
	return x.Convert(timeType).Interface().(time.Time), true
}

// reading says how what was read differs from what is there; empty if it does not.
func reading(n scan.Node, r readValue) Class {
	switch {
	case !n.IsValid() || n.Kind() == scan.Null:
		if !r.zero && r.other == "" {
			return Invented
		}
		return ""
	case (n.Kind() == scan.Array || n.Kind() == scan.Object) && (r.kind != scan.Null || n.Len() == 0):
		return ""
	case r.kind == scan.Null:
		return lost(n)
	case r.kind == scan.Invalid:
		return readingTime(n, r)
	case n.Kind() == scan.Number:
		return readingNumber(n.Text(), r)
	case n.Kind() != r.kind:
		return Changed
	case n.Text() != r.text && r.zero:
		return Dropped
	case n.Text() != r.text:
		return Changed
	}
	return ""
}

func readingNumber(text string, r readValue) Class {
	if r.kind == scan.Bool {
		return Changed
	}
	if r.kind == scan.String { // json.Number and its like
		if _, ok := new(big.Rat).SetString(r.text); !ok {
			return Changed
		}
	}
	if r.float != 0 {
		f, err := strconv.ParseFloat(text, 64)
		g, _ := strconv.ParseFloat(r.text, 64)
		switch {
		case err == nil && f == g:
			return ""
		case math.Abs(f-g) <= math.Abs(f)*1e-6:
			return Rounded
		}
		return Changed
	}
	if c := numberClass(text, r.text); c != "" && c != Respelled {
		return c
	}
	return ""
}

// readingTime compares an instant, or milliseconds since 1970.
func readingTime(n scan.Node, r readValue) Class {
	wrong := Changed
	if r.zero {
		wrong = Dropped
	}
	switch n.Kind() {
	case scan.String:
		if t, err := time.Parse(time.RFC3339Nano, n.Text()); err == nil && !t.Truncate(time.Millisecond).Equal(r.time.Truncate(time.Millisecond)) {
			return wrong
		}
	case scan.Number:
		ms, err := strconv.ParseFloat(n.Text(), 64)
		if err == nil && math.Abs(ms) < 1e15 && math.Abs(ms-float64(r.time.UnixMilli())) > 1 && (!r.zero || ms != 0) {
			return wrong
		}
	}
	return ""
}
