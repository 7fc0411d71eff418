package campaign

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ringproof/ringproof/contract/delivery"
	"github.com/ringproof/ringproof/fuzz"
)

// Folder is where failures are saved unless another is named.
const Folder = "ringproof-failures"

// Saved is a failure as it lies in a file.
type Saved struct {
	Oracle   fuzz.Oracle `json:"oracle"`
	Pointer  string      `json:"pointer"`
	Class    fuzz.Class  `json:"class"`
	Payload  Bytes       `json:"payload"`
	Expected string      `json:"expected"`
	Got      string      `json:"got"`
	Input    string      `json:"input,omitempty"` // how the payload was made, before it was shrunk
	State    fuzz.State  `json:"state,omitempty"`
	Before   []Bytes     `json:"before,omitempty"` // the bodies that have to come first
	Decoder  Decoder     `json:"decoder"`
	Losses   []Row       `json:"losses"` // what it was allowed to lose
	Strict   []string    `json:"strict,omitempty"`
	Command  string      `json:"command"` // that tries it again
}

// Bytes are a text in JSON if they can be; else {"base64": ...}.
type Bytes []byte

type encoded struct {
	Base64 []byte `json:"base64"`
}

func (b Bytes) MarshalJSON() ([]byte, error) {
	if utf8.Valid(b) {
		return json.Marshal(string(b))
	}
	return json.Marshal(encoded{b})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (b *Bytes) UnmarshalJSON(text []byte) error {
	var s string
	if json.Unmarshal(text, &s) == nil {
		*b = Bytes(s)
		return nil
	}
	var e encoded
	err := json.Unmarshal(text, &e)
	*b = e.Base64
	return err
}

// Terms are what a decoder was held to.
type Terms struct {
	Decoder Decoder
	Losses  fuzz.Losses
	Strict  []string // rules whose breach must be refused; nil: none, empty: all
}

// Options are those of an engine.
func (t Terms) Options() []fuzz.Option {
	o := []fuzz.Option{fuzz.Elsewhere(), t.Losses}
	if t.Strict != nil {
		o = append(o, fuzz.Strict(t.Strict...))
	}
	return o
}

// Save writes a failure into the folder, which is made if need be, and returns the
// file's name. Each key of a decoder has one file, which is there as a whole or not at all.
func (t Terms) Save(folder string, f fuzz.Failure) (name string, err error) {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return "", err
	}
	name = filepath.Join(folder, t.Decoder.fileName(f.Key))
	s := Saved{
		Oracle: f.Oracle, Pointer: f.Pointer, Class: f.Class, Payload: f.Body, Expected: f.Want, Got: f.Got, Input: f.Input, State: f.State,
		Decoder: t.Decoder, Losses: Rows(t.Losses), Strict: t.Strict, Command: replayCommand(name),
	}
	for _, b := range f.Before {
		s.Before = append(s.Before, b)
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return "", err
	}
	return name, writeWhole(name, append(text, '\n'))
}

// CheckFolder says why failures could not be saved in a folder, which need not be there
// yet: better than after a long run.
func CheckFolder(name string) error {
	for {
		info, err := os.Stat(name)
		switch parent := filepath.Dir(name); {
		case errors.Is(err, fs.ErrNotExist) && parent != name:
			name = parent
			continue
		case err != nil:
			return err
		case !info.IsDir():
			return fmt.Errorf("%s is no folder", name)
		}
		probe, err := os.CreateTemp(name, ".ringproof*")
		if err != nil {
			return err
		}
		return errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
}

// writeWhole writes a file under another name first, which no *.json matches.
func writeWhole(name string, text []byte) (err error) {
	part, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".part*")
	if err != nil {
		return err
	}
	_, err = part.Write(text)
	if err = cmp.Or(err, part.Chmod(0o644), part.Close()); err == nil {
		err = os.Rename(part.Name(), name)
	}
	if err != nil {
		_ = os.Remove(part.Name())
	}
	return err
}

// replayCommand is what tries a saved failure again, for a shell.
func replayCommand(name string) string {
	if strings.HasPrefix(name, "-") {
		name = "./" + name
	}
	return "ringproof replay " + delivery.ShellQuote(name)
}

// fileName is words of the key, as far as they can be in the name of a file, and a
// hash of it and of where the decoder is.
func (d Decoder) fileName(k fuzz.Key) string {
	words := strings.FieldsFunc(string(k.Oracle)+" "+k.Pointer+" "+string(k.Class), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	})
	text := strings.Join(words, "-")
	sum := sha256.Sum256([]byte(k.String() + "\x00" + d.Exec + "\x00" + d.To))
	return fmt.Sprintf("%s-%x.json", text[:min(len(text), 80)], sum[:4])
}

// Load reads a file that Save has written.
func Load(name string) (*Saved, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	s := &Saved{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if !slices.Contains(fuzz.Oracles, s.Oracle) || s.Class == "" {
		return nil, fmt.Errorf("%s is no saved failure: it names no oracle and class", name)
	}
	return s, nil
}

// Find returns the saved failures of a folder, in the order of their names.
func Find(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".json" && e.Type().IsRegular() {
			names = append(names, filepath.Join(folder, e.Name()))
		}
	}
	return names, nil
}

// Key is that of the failure.
func (s *Saved) Key() fuzz.Key { return fuzz.Key{Oracle: s.Oracle, Pointer: s.Pointer, Class: s.Class} }

// NotRunError says that a decoder answers nothing, so that nothing can be said of it.
type NotRunError struct{ Err error }

func (e *NotRunError) Error() string { return "the decoder does not work: " + e.Err.Error() }
func (e *NotRunError) Unwrap() error { return e.Err }

// Outcome is what came of a failure that was tried again.
type Outcome int

// The outcomes.
const (
	Fixed   Outcome = iota
	Fails           // in the same way
	Differs         // in another way, that hides the saved one
	Unclear         // it was seen once only, or there is no encoding any more to judge by
)

// Replay tries the failure again, on the decoder that the file names. The failure is
// that of Fails and Differs.
func (s *Saved) Replay(ctx context.Context) (f fuzz.Failure, o Outcome, err error) {
	ls, err := losses(s.Losses)
	if err != nil {
		return f, o, err
	}
	instance, err := s.Decoder.Open(ctx)
	if err != nil {
		return f, o, err
	}
	defer instance.Close()
	if err := Greet(instance); err != nil {
		return f, o, &NotRunError{err}
	}
	e, err := fuzz.NewEngine(instance, Terms{Losses: ls, Strict: s.Strict}.Options()...)
	if err != nil {
		return f, o, err
	}
	before := make([][]byte, len(s.Before))
	for i, b := range s.Before {
		before[i] = b
	}
	switch f, again, err := e.Again(s.Key(), before, s.Payload); {
	case again:
		return f, Fails, nil
	case err != nil || ctx.Err() != nil:
		return f, o, cmp.Or(ctx.Err(), err)
	}
	f, verdict := e.Fixed(s.Key(), before, s.Payload)
	switch {
	case ctx.Err() != nil:
		return f, o, ctx.Err()
	case verdict == fuzz.Fails:
		return f, Differs, nil
	case verdict == fuzz.NotAsked, s.State == fuzz.Unrepeated:
		return f, Unclear, nil
	}
	return f, Fixed, nil
}
