//go:build !unix

package child

import (
	"os"
	"os/exec"
)

// Without process groups only the shell itself can be ended.

func shell(line string) *exec.Cmd { return exec.Command("cmd", "/C", line) }

func kill(c *exec.Cmd) { _ = c.Process.Kill() }

func unread(*os.File) int { return 0 }
