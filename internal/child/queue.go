//go:build unix

package child

import (
	"os"

	"golang.org/x/sys/unix"
)

// unread is how many bytes lie in a pipe, at either end of it.
func unread(f *os.File) (n int) {
	raw, err := f.SyscallConn()
	if err != nil {
		return 0
	}
	_ = raw.Control(func(fd uintptr) {
		n, err = unix.IoctlGetInt(int(fd), inQueue)
		if err != nil {
			n = 0
		}
	})
	return n
}
