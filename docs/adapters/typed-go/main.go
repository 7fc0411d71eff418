// Command typed-go is how many a Go service reads the message: a struct with the members
// that it needs, and encoding/json. It is an example of what that loses; see
// docs/fidelity.html.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

type envelope struct {
	Message message `json:"message"`
}

type message struct {
	Type        string    `json:"type"`
	Status      string    `json:"status"`
	EndedReason string    `json:"endedReason,omitempty"`
	Timestamp   float64   `json:"timestamp,omitempty"`
	Call        *call     `json:"call,omitempty"`
	Artifact    *artifact `json:"artifact,omitempty"`
	Customer    *customer `json:"customer,omitempty"`
	PhoneNumber *struct {
		ID     string `json:"id,omitempty"`
		Number string `json:"number,omitempty"`
	} `json:"phoneNumber,omitempty"`
}

type call struct {
	ID        string         `json:"id"`
	OrgID     string         `json:"orgId,omitempty"`
	Type      string         `json:"type,omitempty"`
	Status    string         `json:"status,omitempty"`
	CreatedAt *time.Time     `json:"createdAt,omitempty"`
	UpdatedAt *time.Time     `json:"updatedAt,omitempty"`
	Cost      float64        `json:"cost,omitempty"`
	Metadata  map[string]any `json:"metadata,omitempty"`
	Customer  *customer      `json:"customer,omitempty"`
}

type customer struct {
	Number string `json:"number,omitempty"`
	Name   string `json:"name,omitempty"`
}

type artifact struct {
	RecordingURL string `json:"recordingUrl,omitempty"`
	Transcript   string `json:"transcript,omitempty"`
	Messages     []turn `json:"messages,omitempty"`
}

type turn struct {
	Role             string  `json:"role"`
	Message          string  `json:"message,omitempty"`
	Time             float64 `json:"time,omitempty"`
	SecondsFromStart float64 `json:"secondsFromStart,omitempty"`
}

func answer(line string) string {
	body, err := base64.StdEncoding.DecodeString(line)
	if err != nil {
		return "-" + err.Error()
	}
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return "-" + strings.Join(strings.Fields(err.Error()), " ")
	}
	encoding, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return "+" + base64.StdEncoding.EncodeToString(encoding)
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		fmt.Println(answer(lines.Text()))
	}
}
