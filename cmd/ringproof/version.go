package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/ringproof/ringproof/schema/vapi"
	"github.com/spf13/cobra"
)

func newVersion(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "say which build this is, and which contract it knows",
		Example: "  ringproof version",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return tellVersion(s) },
	}
}

func tellVersion(s *streams) error {
	_, err := fmt.Fprintf(s.out, "ringproof %s %s %s/%s\ncontract: %d schemas of the OpenAPI file with SHA-256 %s\n",
		version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, len(vapi.Descriptor().Types), vapi.Descriptor().Source.SHA256)
	if err != nil {
		return notRun(err, "")
	}
	return nil
}

// version is that of the build, as Go knows it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
