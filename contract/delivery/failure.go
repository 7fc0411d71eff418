package delivery

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
)

// Kind says why an attempt got no answer that counts.
type Kind string

// The kinds. An answer other than 2xx is not among them, except a redirect: its
// status says it all.
const (
	Refused     Kind = "refused"     // nothing listens there
	Unreachable Kind = "unreachable" // no way to that host
	Unresolved  Kind = "unresolved"  // no address for the name
	Remote      Kind = "remote"      // the address is not loopback, and AllowRemote is off
	TLS         Kind = "tls"         // no secure connection
	Timeout     Kind = "timeout"     // no whole answer in time
	Closed      Kind = "closed"      // the connection ended before the answer did
	Garbage     Kind = "garbage"     // the answer is not HTTP/1
	TooLong     Kind = "too-long"    // the answer's head has no end
	Redirected  Kind = "redirected"  // 3xx with a Location, which is not followed
	Canceled    Kind = "canceled"    // the caller's context ended
	Unsound     Kind = "unsound"     // a header that must not be sent, so nothing was
	Local       Kind = "local"       // this machine is out of sockets or of files
	Other       Kind = "other"
)

// Error is why an attempt failed. Its text never holds the secret: it is made from
// the fields, and no part of the request is among them.
type Error struct {
	Kind   Kind
	Detail string // what happened, in words; may be empty
	Err    error  // the cause, if another package reported it
}

func (e *Error) Error() string {
	text := meaning[e.Kind]
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

var meaning = map[Kind]string{
	Refused:     "nothing listens there",
	Unreachable: "no way to the target",
	Unresolved:  "the target's name has no address",
	Remote:      "the target is not on this machine",
	TLS:         "no secure connection",
	Timeout:     "no whole answer in time",
	Closed:      "the connection ended before the answer did",
	Garbage:     "the answer is not HTTP",
	TooLong:     "the answer is too long",
	Redirected:  "the target redirects, which is not followed",
	Canceled:    "given up",
	Unsound:     "not sent",
	Local:       "this machine can open no more connections",
	Other:       "the delivery failed",
}

// RemoteError says that a target's dialled address is not loopback, and that
// nobody allowed that. Nothing was sent there.
type RemoteError struct {
	Host    string // as the target names it
	Address string // what it resolved to
}

func (e *RemoteError) Error() string {
	return fmt.Sprintf("%s is %s, not an address of this machine alone", e.Host, e.Address)
}

func failed(kind Kind, detail string) *Error { return &Error{Kind: kind, Detail: detail} }

// dialFailure tells why there is no connection.
func dialFailure(err error) *Error {
	var remote *RemoteError
	var dns *net.DNSError
	switch {
	case errors.As(err, &remote):
		return &Error{Remote, remote.Error(), err}
	case errors.Is(err, context.Canceled):
		return &Error{Canceled, "", err}
	case isTimeout(err):
		return &Error{Timeout, "no connection was made", err}
	case errors.As(err, &dns):
		return &Error{Unresolved, dns.Name, err}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &Error{Kind: Refused, Err: err}
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return &Error{Kind: Local, Err: err}
	}
	return &Error{Unreachable, err.Error(), err}
}

// secureFailure tells why a connection is not secure.
func secureFailure(err error) *Error {
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &plain):
		return &Error{TLS, "the target does not speak TLS", err}
	case errors.Is(err, context.Canceled):
		return &Error{Canceled, "", err}
	case isTimeout(err):
		return &Error{Timeout, "no secure connection was made", err}
	}
	return &Error{TLS, err.Error(), err}
}

// talkFailure tells why a connection that was made gave no answer.
func talkFailure(err error) *Error {
	var own *Error
	switch {
	case errors.As(err, &own):
		return own
	case isTimeout(err):
		return &Error{Kind: Timeout, Err: err}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNABORTED):
		return &Error{Kind: Closed, Err: err}
	}
	return &Error{Other, err.Error(), err}
}

func isTimeout(err error) bool {
	var waited net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &waited) && waited.Timeout()
}
