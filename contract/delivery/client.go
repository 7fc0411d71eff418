package delivery

import (
	"net"
	"net/http"
	"time"
)

// NewClient returns a client of the standard library under the rules of a [Sender]:
// it dials loopback addresses only unless allowRemote, follows no redirect and asks
// no proxy. It is for questions beside the deliveries; the timeout is that of one.
func NewClient(allowRemote bool, timeout time.Duration) *http.Client {
	guard := &net.Dialer{ControlContext: loopbackGuard("the target", allowRemote)}
	return &http.Client{
		Timeout:       timeout,
		Transport:     &http.Transport{DialContext: guard.DialContext, MaxIdleConnsPerHost: DefaultConcurrency},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
