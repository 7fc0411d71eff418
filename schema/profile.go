package schema

import (
	"fmt"

	"github.com/ringproof/ringproof/schema/vapi"
)

// Profile is how strictly the contract is read.
type Profile string

const (
	// Live accepts what the provider really sends: open enums, the recorded
	// deviations, unknown members. It is the default.
	Live Profile = "live"
	// Documented accepts what the provider's corrected file says, and no more.
	Documented Profile = "documented"
)

// Profiles are all profiles, the default first.
var Profiles = []Profile{Live, Documented}

// Severity ranks findings.
type Severity string

const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// AtLeast reports whether s is as grave as other.
func (s Severity) AtLeast(other Severity) bool { return s.rank() >= other.rank() }

func (s Severity) rank() int {
	switch s {
	case Error:
		return 3
	case Warning:
		return 2
	case Note:
		return 1
	}
	return 0
}

// class is what kind of thing a finding is; verdicts gives its severity.
type class int

const (
	broken       class = iota // a rule that holds in every profile
	undocumented              // a value that an open enum does not list
	deviating                 // a recorded deviation
	surplus                   // a member that the contract does not have
	malformed                 // a format that does not hold
	foreign                   // another message than status-update
	bare                      // a message without its envelope
)

// verdicts is the table of severities.
var verdicts = map[class]map[Profile]Severity{
	broken:       {Live: Error, Documented: Error},
	undocumented: {Live: Warning, Documented: Error},
	deviating:    {Live: Note, Documented: Error},
	surplus:      {Live: Note, Documented: Warning},
	malformed:    {Live: Note, Documented: Warning},
	foreign:      {Live: Note, Documented: Error},
	bare:         {Live: Note, Documented: Note},
}

// ParseProfile returns the profile with the name.
func ParseProfile(name string) (Profile, error) { return parse("profile", name, Profiles) }

func parse[T ~string](what, name string, all []T) (T, error) {
	for _, v := range all {
		if string(v) == name {
			return v, nil
		}
	}
	return "", fmt.Errorf("unknown %s %q: want one of %v", what, name, all)
}

// admitted are the deviations of one member, by what they admit.
type admitted map[string]*vapi.Deviation

// deviations of every member, by type and member name; the row for optional
// members in general has neither.
var deviations = func() map[[2]string]admitted {
	m := map[[2]string]admitted{}
	for i := range vapi.Deviations {
		d := &vapi.Deviations[i]
		key := [2]string{d.Type, d.Member}
		if m[key] == nil {
			m[key] = admitted{}
		}
		m[key][d.Admits] = d
	}
	return m
}()

var nullOptional = deviations[[2]string{}]["null"]
