// Agree asks validators that share no code with this project whether they judge
// as it does: it hands them both published schemas, every vector, seeded mutants
// and generated messages, and compares "any error". It also runs another generator
// beside ours.
//
//	go run ./internal/agree ajv       needs Node and npm; installs Ajv in a temporary folder
//	go run ./internal/agree python    needs python3 with the package jsonschema
//	go run ./internal/agree openapi   hands the OpenAPI documents to a public reader (Node)
//	go run ./internal/agree faker     runs json-schema-faker and ours side by side (Node)
package main

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/ringproof/ringproof/schema"
	"github.com/ringproof/ringproof/testdata"
)

// The packages of npm that are asked.
const (
	ajvPackage     = "ajv@8.17.1"
	openapiPackage = "@apidevtools/swagger-parser@12.1.0"
	fakerPackage   = "json-schema-faker@0.6.3"
)

const mutants = 500

//go:embed ajv.mjs
var ajvScript []byte

//go:embed openapi.mjs
var openapiScript []byte

//go:embed jsonschema.py
var pythonScript []byte

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "agree:", err)
		os.Exit(1)
	}
}

// judge runs the other validator in a folder with the schemas and the cases, and
// returns its standard output: a line a case, with 1 for any error and 0 for none
// by profile.
type judge func(dir string) ([]byte, error)

var judges = map[string]judge{"ajv": ajv, "python": python}

func run(args []string, out io.Writer) error {
	others := map[string]func(dir string, out io.Writer) error{"openapi": openapi, "faker": faker}
	if len(args) != 1 || judges[args[0]] == nil && others[args[0]] == nil {
		return errors.New("usage: agree ajv|python|openapi|faker")
	}
	dir, err := os.MkdirTemp("", "ringproof-agree-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if other := others[args[0]]; other != nil {
		return other(dir, out)
	}
	cases, skipped, err := makeCases()
	if err != nil {
		return err
	}
	if err := write(dir, cases); err != nil {
		return err
	}
	answer, err := judges[args[0]](dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %d payloads in %d profiles; %d left out: no JSON, no envelope, or a number that no float64 holds\n",
		args[0], len(cases), len(schema.Profiles), skipped)
	return compare(cases, answer, known[args[0]], out)
}

// known are the cases in which a judge is known to differ, with the reason.
var known = map[string]map[string]string{
	"python": {"invalid/schema/pattern--trailing-line-feed.json": "in Python's re, $ matches before a final line feed, too"},
}

// test is a payload and which profiles have an error for it.
type test struct {
	name   string
	body   []byte
	errors [2]bool // by schema.Profiles
}

func makeCases() (cases []test, skipped int, err error) {
	vectors, err := testdata.Vectors()
	if err != nil {
		return nil, 0, err
	}
	var seeds [][]byte
	for _, v := range vectors {
		body, err := v.Body()
		if err != nil {
			return nil, 0, err
		}
		if strings.HasPrefix(v.Rule, "json/") || strings.HasPrefix(v.Rule, "envelope/") || !holdable(body) {
			skipped++
			continue
		}
		c, err := newTest(v.File, body)
		if err != nil {
			return nil, 0, err
		}
		cases = append(cases, c)
		if !isKnown(v.File) { // its mutants would differ like it
			seeds = append(seeds, body)
		}
	}
	for i, body := range mutate(seeds, mutants) {
		c, err := newTest(fmt.Sprintf("mutant %d", i), body)
		if err != nil {
			return nil, 0, err
		}
		cases = append(cases, c)
	}
	made, left, err := generated()
	return append(cases, made...), skipped + left, err
}

func newTest(name string, body []byte) (test, error) {
	c := test{name: name, body: body}
	for i, p := range schema.Profiles {
		r, err := schema.Validate(body, schema.Options{Profile: p, Engine: schema.EngineWalk})
		if err != nil {
			return c, err
		}
		c.errors[i] = r.Errors > 0
	}
	return c, nil
}

// holdable reports whether validators that read numbers as float64 read the same
// payload.
func holdable(body []byte) bool {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	for {
		t, err := d.Token()
		if err != nil {
			return err == io.EOF
		}
		if n, ok := t.(json.Number); ok {
			if f, err := n.Float64(); err != nil || math.IsInf(f, 0) {
				return false
			}
		}
	}
}

// write lays out what the judges read: a schema a profile, and cases.jsonl.
func write(dir string, cases []test) error {
	for _, p := range schema.Profiles {
		data, err := schema.Derive(p, schema.Draft202012)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, string(p)+".json"), data, 0o666); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	for _, c := range cases {
		if err := json.Compact(&b, c.body); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		b.WriteByte('\n')
	}
	return os.WriteFile(filepath.Join(dir, "cases.jsonl"), b.Bytes(), 0o666)
}

func isKnown(name string) bool {
	for _, cases := range known {
		if cases[name] != "" {
			return true
		}
	}
	return false
}

func compare(cases []test, answer []byte, known map[string]string, out io.Writer) error {
	lines := bufio.NewScanner(bytes.NewReader(answer))
	disagreements, expected, i, refused := 0, map[string]bool{}, 0, [2]int{}
	for ; lines.Scan(); i++ {
		if i >= len(cases) || len(lines.Text()) != len(schema.Profiles) {
			return fmt.Errorf("line %d of the other validator: %q", i+1, lines.Text())
		}
		for j, p := range schema.Profiles {
			theirs := lines.Text()[j] == '1'
			if theirs {
				refused[j]++
			}
			if theirs != cases[i].errors[j] && known[cases[i].name] != "" {
				expected[cases[i].name] = true
			} else if theirs != cases[i].errors[j] {
				disagreements++
				fmt.Fprintf(out, "disagreement: %s in %s: error here %t, there %t\n  %s\n", cases[i].name, p, cases[i].errors[j], theirs, cut(cases[i].body))
			}
		}
	}
	if i != len(cases) {
		return fmt.Errorf("the other validator answered %d of %d cases", i, len(cases))
	}
	for name, why := range known {
		if !expected[name] {
			return fmt.Errorf("%s is listed as a known difference, but there is none", name)
		}
		fmt.Fprintf(out, "known difference: %s: %s\n", name, why)
	}
	fmt.Fprintf(out, "refused: %d live, %d documented; disagreements: %d\n", refused[0], refused[1], disagreements)
	if disagreements > 0 {
		return errors.New("the verdicts differ")
	}
	return nil
}

func cut(b []byte) []byte { return b[:min(len(b), 300)] }

func ajv(dir string) ([]byte, error) {
	if err := install(dir, ajvPackage); err != nil {
		return nil, err
	}
	return script(dir, "ajv.mjs", ajvScript, "node")
}

func install(dir, pkg string) error {
	cmd := exec.Command("npm", "install", "--prefix", dir, "--no-audit", "--no-fund", "--no-save", "--silent", pkg)
	if msg, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm install %s: %w\n%s", pkg, err, msg)
	}
	return nil
}

// openapi lets a public reader load and check both OpenAPI documents.
func openapi(dir string, out io.Writer) error {
	for _, p := range schema.Profiles {
		data, err := schema.DeriveOpenAPI(p)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, string(p)+".json"), data, 0o666); err != nil {
			return err
		}
	}
	if err := install(dir, openapiPackage); err != nil {
		return err
	}
	said, err := script(dir, "openapi.mjs", openapiScript, "node")
	if err == nil {
		_, err = out.Write(said)
	}
	return err
}

func python(dir string) ([]byte, error) {
	command := "python3"
	if p := os.Getenv("PYTHON"); p != "" {
		command = p
	}
	return script(dir, "jsonschema.py", pythonScript, command)
}

func script(dir, name string, source []byte, command string) ([]byte, error) {
	// Python would take a file of its own name for the package.
	name = "check-" + name
	if err := os.WriteFile(filepath.Join(dir, name), source, 0o666); err != nil {
		return nil, err
	}
	cmd := exec.Command(command, name)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	return cmd.Output()
}
