//go:build !unix

package group

import "os/exec"

// Without process groups only the shell itself can be ended.

// Shell is a command that runs the line; it is not started yet.
func Shell(line string) *exec.Cmd { return exec.Command("cmd", "/C", line) }

// Terminate ends the shell.
func Terminate(c *exec.Cmd) { _ = c.Process.Kill() }

// Kill ends the shell.
func Kill(c *exec.Cmd) { _ = c.Process.Kill() }

// Alive reports false: nobody can tell.
func Alive(*exec.Cmd) bool { return false }
