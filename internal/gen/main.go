// Gen writes the published schemas, from the folder of package schema.
package main

import (
	"fmt"
	"os"

	"github.com/ringproof/ringproof/schema"
)

func main() {
	for _, p := range schema.Profiles {
		if err := write(p); err != nil {
			fmt.Fprintln(os.Stderr, "gen:", err)
			os.Exit(1)
		}
	}
}

func write(p schema.Profile) error {
	data, err := schema.Derive(p, schema.Draft202012)
	if err != nil {
		return err
	}
	return os.WriteFile(schema.PublishedName(p), data, 0o666)
}
