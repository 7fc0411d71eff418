//go:build unix

package delivery

import (
	"net"
	"syscall"
)

// quietCheck returns a function that looks at the connection without waiting and
// without taking anything from it.
func quietCheck(c net.Conn) func() bool {
	socket, ok := c.(syscall.Conn)
	if !ok {
		return alwaysQuiet
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return alwaysQuiet
	}
	var quiet bool
	var one [1]byte
	look := func(fd uintptr) bool {
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		// A byte, an end or any other error: the target has said something that nobody
		// asked for, or is gone.
		quiet = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK || err == syscall.EINTR
		return true
	}
	return func() bool { return raw.Read(look) == nil && quiet }
}

func alwaysQuiet() bool { return true }
