// Genmodel reads the provider's OpenAPI file and writes package vapi's generated
// half: the Go types, enums, unions and the descriptor of one server message and
// of every schema that it reaches. The same file gives the same bytes.
//
// It fails on a mistake in the file that no row of the corrections ledger covers
// for that very file, and on a row that covers less or more than it says.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const top = "ServerMessageStatusUpdate"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet("genmodel", flag.ContinueOnError)
	fs.SetOutput(stderr)
	openapi := fs.String("openapi", "", "the provider's OpenAPI `file` (JSON)")
	out := fs.String("out", "", "the `folder` of package vapi to write *_gen.go into")
	if err := fs.Parse(args); err != nil {
		return 2
	}
	if *openapi == "" || *out == "" {
		fmt.Fprintln(stderr, "genmodel: -openapi and -out are required")
		return 2
	}
	if err := generate(*openapi, *out, stdout); err != nil {
		fmt.Fprintln(stderr, "genmodel:", err)
		return 1
	}
	return 0
}

func generate(openapi, out string, stdout io.Writer) error {
	data, err := os.ReadFile(openapi)
	if err != nil {
		return err
	}
	m, err := build(data)
	if err != nil {
		return err
	}
	files, err := emit(m)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return err
	}
	lines := 0
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(out, f.name), f.data, 0o666); err != nil {
			return err
		}
		lines += countLines(f.data)
	}
	_, err = fmt.Fprintf(stdout, "%s: %d schemas, %d members, %d unions, %d enums, %d lines\n",
		filepath.Base(openapi), len(m.types), m.memberCount(), len(m.unions), len(m.enums), lines)
	return err
}

// build reads the file into a model, or says everything that is wrong with it.
func build(data []byte) (*model, error) {
	doc, err := parseFile(data)
	if err != nil {
		return nil, err
	}
	r := newReader(doc)
	m := r.read()
	if err := errors.Join(append(r.errs, r.ledger.check()...)...); err != nil {
		return nil, err
	}
	return m, name(m)
}
