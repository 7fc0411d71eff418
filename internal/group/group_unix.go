//go:build unix

package group

import (
	"os/exec"
	"syscall"
)

// Shell is a command that runs the line; it is not started yet.
func Shell(line string) *exec.Cmd {
	c := exec.Command("/bin/sh", "-c", line)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return c
}

// The group has the number of its first process.

// Terminate asks all processes of the group to end.
func Terminate(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }

// Kill ends them.
func Kill(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }

// Alive reports whether any of them is still there.
func Alive(c *exec.Cmd) bool { return syscall.Kill(-c.Process.Pid, 0) == nil }
