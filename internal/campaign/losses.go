package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/ringproof/ringproof/fuzz"
)

// Row is a row of a loss profile in a file.
type Row struct {
	Pointer string     `json:"pointer"` // see fuzz.Loss
	Class   fuzz.Class `json:"class"`
	Reason  string     `json:"reason,omitempty"` // for people
}

// Profiles are the loss profiles that have a name.
var Profiles = map[string][]Row{
	"lossless": nil,
	"json-double": {
		{"**", fuzz.Doubled, "numbers are kept as IEEE 754 double precision, and written anew: 1.50 becomes 1.5, 2^53+1 becomes 2^53"},
	},
}

var classes = []fuzz.Class{fuzz.Dropped, fuzz.ZeroAbsent, fuzz.NullAbsent, fuzz.Respelled, fuzz.Rounded, fuzz.Doubled, fuzz.Misrouted, fuzz.Invented, fuzz.Changed, fuzz.Refused}

// ReadLosses reads a loss profile: a name of Profiles, or a file with rows.
func ReadLosses(name string) (fuzz.Losses, error) {
	rows, ok := Profiles[name]
	if !ok {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, &rows); err != nil {
			return nil, fmt.Errorf("%s is no list of rows with pointer and class: %w", name, err)
		}
	}
	return losses(rows)
}

func losses(rows []Row) (fuzz.Losses, error) {
	var list fuzz.Losses
	for i, r := range rows {
		if r.Pointer == "" {
			return nil, fmt.Errorf("row %d of the loss profile has no pointer", i+1)
		}
		if !slices.Contains(classes, r.Class) {
			return nil, fmt.Errorf("row %d of the loss profile has the unknown class %q; there are %q", i+1, r.Class, classes)
		}
		list = append(list, fuzz.Loss{Pointer: r.Pointer, Class: r.Class})
	}
	return list, nil
}

// Rows are the rows of a profile, as they stand in a file.
func Rows(ls fuzz.Losses) []Row {
	rows := []Row{}
	for _, l := range ls {
		rows = append(rows, Row{Pointer: l.Pointer, Class: l.Class})
	}
	return rows
}

// WriteLosses writes a loss profile to a file that is not there yet.
func WriteLosses(name string, ls fuzz.Losses) error {
	text, err := json.MarshalIndent(Rows(ls), "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	return errors.Join(err, f.Close())
}

// Calibrate finds out what the decoder loses beyond what it may. problem lists what no
// profile waives.
func (t Terms) Calibrate(ctx context.Context) (losses fuzz.Losses, problem, err error) {
	instance, err := t.Decoder.Open(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer instance.Close()
	if err := Greet(instance); err != nil {
		return nil, nil, &NotRunError{err}
	}
	watched := &watched{Instance: instance}
	losses, problem = fuzz.CalibrateSubject(watched, t.Options()...)
	switch {
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case watched.broken != nil:
		return nil, nil, &NotRunError{fmt.Errorf("%w; fuzz it first", watched.broken)}
	case errors.Is(problem, fuzz.ErrNothingEncoded):
		return nil, nil, &NotRunError{problem}
	}
	return losses, problem, nil
}

// watched stops a decoder that breaks down time after time: a profile of it would say
// nothing, and a hang takes its whole time each time.
type watched struct {
	Instance
	breakdowns int
	broken     error
}

// mostBreakdowns is how many there may be in a calibration.
const mostBreakdowns = 5

func (w *watched) Decode(body []byte) (fuzz.Decoded, error) {
	if w.broken != nil {
		return nil, fuzz.ErrStopped
	}
	d, err := w.Instance.Decode(body)
	var b *fuzz.Breakdown
	if errors.As(err, &b) {
		if w.breakdowns++; w.breakdowns == mostBreakdowns {
			w.broken = err
		}
	}
	return d, err
}
