// Command seeds writes the seeds of the targets of package ossfuzz: seeds DIR makes
// DIR/FuzzDecode and DIR/FuzzBytes, with a file for each.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/ringproof/ringproof/fuzz"
)

const count = 256

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: seeds DIR")
		os.Exit(2)
	}
	for name, seeds := range map[string][][]byte{"FuzzDecode": fuzz.Seeds(count), "FuzzBytes": fuzz.Bodies(count)} {
		if err := write(filepath.Join(os.Args[1], name), seeds); err != nil {
			fmt.Fprintln(os.Stderr, "seeds:", err)
			os.Exit(3)
		}
	}
}

func write(dir string, seeds [][]byte) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for i, seed := range seeds {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d", i)), seed, 0o666); err != nil {
			return err
		}
	}
	return nil
}
