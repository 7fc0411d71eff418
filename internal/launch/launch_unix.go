//go:build unix

package launch

import (
	"os/exec"
	"syscall"
)

func shell(line string) *exec.Cmd {
	c := exec.Command("/bin/sh", "-c", line)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return c
}

// The process group has the number of its first process.

func interrupt(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }

func kill(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }

// alive reports whether anything of the group is still there.
func alive(c *exec.Cmd) bool { return syscall.Kill(-c.Process.Pid, 0) == nil }
