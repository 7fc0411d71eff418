//go:build !unix

package launch

import "os/exec"

// Without process groups only the shell itself can be ended.

func shell(line string) *exec.Cmd { return exec.Command("cmd", "/C", line) }

func interrupt(c *exec.Cmd) { _ = c.Process.Kill() }

func kill(c *exec.Cmd) { _ = c.Process.Kill() }

func alive(*exec.Cmd) bool { return false }
