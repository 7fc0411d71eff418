package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"
)

// shells are those that cobra writes completion for.
var shells = map[string]func(root *cobra.Command, w io.Writer) error{
	"bash":       func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) },
	"zsh":        func(root *cobra.Command, w io.Writer) error { return root.GenZshCompletion(w) },
	"fish":       func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) },
	"powershell": func(root *cobra.Command, w io.Writer) error { return root.GenPowerShellCompletionWithDesc(w) },
}

func newCompletion() *cobra.Command {
	names := slices.Sorted(maps.Keys(shells))
	return &cobra.Command{
		Use:       "completion SHELL",
		Short:     "write a script that completes commands, flags and rules in a shell",
		Long:      "Write a completion script for " + orList(names) + ".",
		Example:   "  ringproof completion bash > /etc/bash_completion.d/ringproof",
		ValidArgs: names,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || shells[args[0]] == nil {
				return usage(fmt.Errorf("completion takes the name of a shell, got %q", args), "use "+orList(names))
			}
			if err := shells[args[0]](cmd.Root(), cmd.OutOrStdout()); err != nil {
				return notRun(err, "")
			}
			return nil
		},
	}
}
