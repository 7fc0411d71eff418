package consumers

import (
	"net/http"
	"time"
)

// call is what the service knows of one.
type call struct {
	status string
	at     time.Time // of the message that told the status; zero if it had none
	taken  map[string]bool
}

// apply gives a message its effect. One that says nothing of a call, or not of which,
// has none, and is acknowledged: sending it again would not help.
func (c *consumer) apply(m *message) *refusal {
	status, about := c.says(m)
	if !about || m.callID == "" {
		return nil
	}
	id := c.identity(m)
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.calls[m.callID]
	if known == nil {
		known = &call{taken: map[string]bool{}}
		c.calls[m.callID] = known
	}
	if known.taken[id] {
		if c.repeated != http.StatusOK {
			return &refusal{c.repeated, "this message was there before"}
		}
		return nil
	}
	if len(known.taken) == 0 || c.supersedes(m, status, known) {
		known.status, known.at = status, m.at
	}
	known.taken[id] = true
	return nil
}

func (c *consumer) state(callID string) (status string, deliveries int, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.calls[callID]; k != nil {
		return k.status, len(k.taken), true
	}
	return "", 0, false
}

// progress orders the statuses of a call where timestamps do not. Others have no place
// in the order: not-found, and those that are not documented yet.
var progress = map[string]int{"scheduled": 1, "deletion-failed": 2, "queued": 3, "ringing": 4, "in-progress": 5, "forwarding": 6}

// isNewer reports whether a message tells the status of its call, or only how it once
// was: messages overtake each other. The end is final.
func isNewer(m *message, status string, known *call) bool {
	switch was, is := progress[known.status], progress[status]; {
	case known.status == "ended":
		return false
	case status == "ended":
		return true
	case !m.at.IsZero() && !known.at.IsZero() && !m.at.Equal(known.at):
		return m.at.After(known.at)
	case was > 0 && is > 0:
		return is >= was
	}
	return true
}
