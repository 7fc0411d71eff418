// Gen writes what derives from the contract alone: the published schemas beside
// package schema, and the pages docs/contract.md and docs/fixtures.md.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/ringproof/ringproof/schema"
)

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	if err := generate(root); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// generate writes all files below the module's root.
func generate(root string) error {
	files, err := outputs()
	if err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), data, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// outputs are the contents of all generated files, by name below the module's root.
func outputs() (map[string][]byte, error) {
	files := map[string][]byte{"docs/contract.md": contractPage(), "docs/fixtures.md": fixturesPage()}
	for _, p := range schema.Profiles {
		data, err := schema.Derive(p, schema.Draft202012)
		if err != nil {
			return nil, err
		}
		files["schema/"+schema.PublishedName(p)] = data
	}
	return files, nil
}
