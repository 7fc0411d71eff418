package contract

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ringproof/ringproof/internal/nearest"
)

// Check is one thing that the contract asks of a consumer.
type Check struct {
	ID    string `json:"id"`
	Title string `json:"title"` // a sentence about the consumer, without its subject and its full stop
	// Explanation says why it matters: what goes wrong where a consumer fails it.
	Explanation string `json:"explanation"`
	// Source is where the fact stands that the check rests on.
	Source string `json:"source"`
	// Sends and Wants say what is sent, and which answer or state is wanted.
	Sends string `json:"sends"`
	Wants string `json:"wants"`
	// Observes says that the check needs the consumer's state, Signed that it needs to
	// know how deliveries are authenticated. Without it the check is skipped.
	Observes bool `json:"needs_observation,omitempty"`
	Signed   bool `json:"needs_auth,omitempty"`

	follows bool // needs the state to follow a call's plain messages
	run     func(*probe)
}

// Group is the part of the id before the slash: answers, accepts, refuses, auth or
// state.
func (c Check) Group() string {
	group, _, _ := strings.Cut(c.ID, "/")
	return group
}

// Checks returns all checks, in the order in which they run. Bad credentials come last:
// a consumer may shut out who has shown too many.
func Checks() []Check {
	return slices.Concat(answerChecks, acceptChecks, refuseChecks, stateChecks, authChecks)
}

// selected are the checks that are named by id or by group, less those that are
// skipped by name.
func selected(only, skip []string) ([]Check, error) {
	all := Checks()
	var known []string
	for _, c := range all {
		if !slices.Contains(known, c.Group()) {
			known = append(known, c.Group())
		}
	}
	for _, c := range all {
		known = append(known, c.ID)
	}
	for _, name := range slices.Concat(only, skip) {
		if slices.Contains(known, name) {
			continue
		}
		err := &UnknownCheckError{Name: name, Near: nearest.Of(name, known)}
		return nil, err
	}
	named := func(c Check, names []string) bool {
		return slices.Contains(names, c.ID) || slices.Contains(names, c.Group())
	}
	all = slices.DeleteFunc(all, func(c Check) bool {
		return len(only) > 0 && !named(c, only) || named(c, skip)
	})
	if len(all) == 0 {
		return nil, fmt.Errorf("contract: no check is left to run")
	}
	return all, nil
}

// UnknownCheckError says that there is no check, and no group of checks, of a name.
type UnknownCheckError struct {
	Name string
	Near string // what was probably meant; empty if nothing is near
}

func (e *UnknownCheckError) Error() string { return fmt.Sprintf("contract: unknown check %q", e.Name) }
