package child

import "golang.org/x/sys/unix"

const inQueue = unix.TIOCINQ // FIONREAD
