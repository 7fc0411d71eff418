// Package campaign runs package fuzz over a decoder that is somewhere else: it knows how
// to reach it, keeps its failures in files, and tries them again.
package campaign

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/ringproof/ringproof/contract/delivery"
	"github.com/ringproof/ringproof/fuzz"
	"github.com/ringproof/ringproof/internal/subject"
)

// Decoder says where a decoder is: behind a command or behind a URL. It stands in the
// file of each failure, without secrets.
type Decoder struct {
	Exec        string `json:"exec,omitempty"`    // a command line
	Restart     int    `json:"restart,omitempty"` // of the process, after so many bodies
	To          string `json:"to,omitempty"`      // a URL, without its query
	Auth        string `json:"auth,omitempty"`    // as --auth, with a variable for the secret
	Echo        bool   `json:"echo,omitempty"`
	AllowRemote bool   `json:"allow_remote,omitempty"`
	Timeout     int64  `json:"timeout_ms"` // of one answer

	// Access is what is needed to get to the URL, and in no file.
	Access Access `json:"-"`
}

// Access is how to get to a URL.
type Access struct {
	Target  string // the whole URL; empty: as it stands in the file
	Auth    *delivery.Auth
	Headers []delivery.Header
}

// Instance is a decoder that was reached.
type Instance interface {
	fuzz.Subject
	Close()
}

// Open returns an instance of the decoder, for one goroutine at a time. The context
// ends it.
func (d Decoder) Open(ctx context.Context) (Instance, error) {
	timeout := time.Duration(d.Timeout) * time.Millisecond
	switch {
	case d.Exec != "":
		return subject.NewExec(ctx, subject.ExecOptions{Line: d.Exec, Timeout: timeout, Restart: d.Restart}), nil
	case d.To == "":
		return nil, errors.New("it is not said where the decoder is")
	}
	x, err := subject.NewEndpoint(ctx, subject.EndpointOptions{
		Target: cmp.Or(d.Access.Target, d.To), Auth: d.Access.Auth, Headers: d.Access.Headers, Timeout: timeout, AllowRemote: d.AllowRemote, Echo: d.Echo,
	})
	if err != nil {
		return nil, &TargetError{err}
	}
	return x, nil
}

// TargetError says that nothing can be sent to a URL.
type TargetError struct{ Err error }

func (e *TargetError) Error() string { return e.Err.Error() }
func (e *TargetError) Unwrap() error { return e.Err }

// CredentialsError says that an endpoint takes nothing without the right credentials.
type CredentialsError struct{ Answer string }

func (e *CredentialsError) Error() string { return "it wants other credentials: " + e.Answer }

// hellos are what an instance is greeted with: a decoder that answers one of them works.
var hellos = []string{`{"message":{"type":"status-update","status":"queued"}}`, `null`}

// quiet is how long a decoder is watched after its first answer.
const quiet = 50 * time.Millisecond

// Greet says why a decoder answers nothing at all, or more than it is asked; nil if
// it works.
func Greet(s fuzz.Subject) error {
	if err := answers(s); err != nil {
		return err
	}
	if x, ok := s.(interface{ Quiet(time.Duration) error }); ok {
		var broken *fuzz.Breakdown
		if errors.As(x.Quiet(quiet), &broken) {
			return errors.New(broken.Detail)
		}
	}
	return nil
}

func answers(s fuzz.Subject) error {
	var first error
	for _, hello := range hellos {
		_, err := s.Decode([]byte(hello))
		var status *subject.Status
		if errors.As(err, &status) && (status.Code == http.StatusUnauthorized || status.Code == http.StatusForbidden) {
			return &CredentialsError{status.Detail}
		}
		var broken *fuzz.Breakdown
		if errors.Is(err, fuzz.ErrStopped) || !errors.As(err, &broken) {
			return nil
		}
		if first == nil {
			first = errors.New(broken.Detail)
		}
	}
	return first
}
