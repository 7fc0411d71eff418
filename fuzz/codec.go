package fuzz

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// Codec is a decoder of message bodies, perhaps with an encoder. The zero Codec is
// none: see [JSON] and [Decoder].
type Codec[M any] struct {
	decode func([]byte) (M, error)
	encode func(M) ([]byte, error)
}

// JSON is encoding/json on values of type M.
func JSON[M any]() Codec[M] {
	decode := func(body []byte) (M, error) {
		var m M
		err := json.Unmarshal(body, &m)
		return m, err
	}
	return Codec[M]{decode, func(m M) ([]byte, error) { return json.Marshal(&m) }}
}

// Decoder is any function that decodes a body. It must not keep state between
// calls, and may be called by one goroutine after another.
func Decoder[M any](decode func(body []byte) (M, error)) Codec[M] { return Codec[M]{decode: decode} }

// Encoder is the codec with a function that encodes what was decoded. Most oracles
// look at the encoding; without it, probes and the Go value itself are all there is.
func (c Codec[M]) Encoder(encode func(M) ([]byte, error)) Codec[M] {
	c.encode = encode
	return c
}

// Subject is the codec for an [Engine].
func (c Codec[M]) Subject() Subject { return codecSubject[M]{c} }

// Subject is a decoder under test, wherever it runs: in this process, or in another
// one that gets the body and answers with its encoding or with an error.
type Subject interface {
	// Decode decodes a body. An error says that the body is refused.
	Decode(body []byte) (Decoded, error)
}

// Decoded is what became of a body.
type Decoded interface {
	// Encode encodes it again. The error is ErrNoEncoder if that can't be done at all.
	Encode() ([]byte, error)
	// Value is what was decoded, for probes; nil if it is in another process.
	Value() any
}

// ErrNoEncoder is returned by [Decoded.Encode] of a decoder without an encoder.
var ErrNoEncoder = errors.New("fuzz: the decoder has no encoder")

type codecSubject[M any] struct{ codec Codec[M] }

func (s codecSubject[M]) Decode(body []byte) (Decoded, error) {
	m, err := s.codec.decode(body)
	if err != nil {
		return nil, err
	}
	return &decodedValue[M]{m, s.codec.encode}, nil
}

func (codecSubject[M]) valueType() reflect.Type { return reflect.TypeFor[M]() }
func (s codecSubject[M]) decodes() bool         { return s.codec.decode != nil }

type decodedValue[M any] struct {
	value  M
	encode func(M) ([]byte, error)
}

func (d *decodedValue[M]) Encode() ([]byte, error) {
	if d.encode == nil {
		return nil, ErrNoEncoder
	}
	return d.encode(d.value)
}

func (d *decodedValue[M]) Value() any { return d.value }

// probe reads one value of what was decoded.
type probe struct {
	pointer string
	path    []string
	read    func(any) any
	of      reflect.Type // of the values that it reads
}

// Probe declares that read gives what the body has at the JSON Pointer. What is
// compared is a plain reading of the bytes:
//
//   - a string with a string, of any Go type whose kind that is
//   - a number with any Go number, json.Number or other text of a number; integers
//     must be exact, a float64 the nearest one, a float32 nearest as a float64
//   - an instant, or milliseconds since 1970, with a time.Time, to the millisecond
//   - true and false with a bool; null with nil or a zero value
//   - absence with nil or a zero value
//
// Pointers are followed. Of objects and arrays only that they are there is compared: nil
// is wrong for one that has something in it. Probe the scalars in them.
func Probe[M any](pointer string, read func(M) any) Option {
	p := probe{pointer: pointer, path: tokens(pointer), of: reflect.TypeFor[M]()}
	p.read = func(v any) any { return read(v.(M)) }
	return optionFunc(func(s *settings) error {
		switch {
		case !strings.HasPrefix(pointer, "/"):
			return fmt.Errorf("fuzz: the probe of %q wants a JSON Pointer, as /message/status", pointer)
		case read == nil:
			return fmt.Errorf("fuzz: the probe of %s has no function", pointer)
		}
		if err := p.check(); err != nil {
			return err
		}
		s.probes = append(s.probes, p)
		return nil
	})
}
