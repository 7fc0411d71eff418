package exam

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/ringproof/ringproof/fuzz"
)

// Decoder is one that is examined.
type Decoder struct {
	Name    string
	What    string      // what is wrong with it
	Oracle  fuzz.Oracle // that names the defect; empty: it is correct
	Options []fuzz.Option
	decode  func([]byte) (any, error)
	encode  func(any) ([]byte, error)
}

// Codec is the decoder for package fuzz.
func (d *Decoder) Codec() fuzz.Codec[any] { return fuzz.Decoder(d.decode).Encoder(d.encode) }

// Decode and Encode are for other tools.
func (d *Decoder) Decode(body []byte) (any, error) { return d.decode(body) }

// Encode encodes what Decode has returned.
func (d *Decoder) Encode(v any) ([]byte, error) { return d.encode(v) }

type object = map[string]any

// exact reads JSON into maps without losing anything.
func exact(body []byte) (any, error) {
	r := json.NewDecoder(bytes.NewReader(body))
	r.UseNumber()
	var v any
	if err := r.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := r.Token(); err != io.EOF {
		return nil, errors.New("text after the body")
	}
	return v, nil
}

func encode(v any) ([]byte, error) { return json.Marshal(v) }

// with is exact reading, then something that goes wrong.
func with(f func(body object) error) func([]byte) (any, error) {
	return func(b []byte) (any, error) {
		v, err := exact(b)
		if o, ok := v.(object); ok && err == nil {
			err = f(o)
		}
		if err != nil {
			return nil, err
		}
		return v, nil
	}
}

// each is exact reading, then f done to every value, the inner ones first; name is
// that of the member. A value for which f returns false is taken out.
func each(f func(name string, v any) (any, bool)) func([]byte) (any, error) {
	return func(b []byte) (any, error) {
		v, err := exact(b)
		if err != nil {
			return nil, err
		}
		v, _ = visit("", v, f)
		return v, nil
	}
}

func visit(name string, v any, f func(string, any) (any, bool)) (any, bool) {
	switch x := v.(type) {
	case object:
		for k, inner := range x {
			if out, keep := visit(k, inner, f); keep {
				x[k] = out
			} else {
				delete(x, k)
			}
		}
	case []any:
		for i, inner := range x {
			x[i], _ = visit("", inner, f)
		}
	}
	return f(name, v)
}

// at returns what is at a path of names, or nil.
func at(v any, path ...string) any {
	for _, name := range path {
		o, _ := v.(object)
		v = o[name]
	}
	return v
}

// read is a probe of what maps hold.
func read(pointer string) fuzz.Option {
	path := strings.Split(pointer[1:], "/")
	return fuzz.Probe(pointer, func(v any) any { return at(v, path...) })
}

// status is a probe of the message's status.
var status = read("/message/status")

func options(list ...fuzz.Option) []fuzz.Option { return list }
