package layering_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// row says what one package may import besides the standard library. A package without a row fails the test, and so
// does a row that says more than the sources do: the table is what is, not what was or might be.
type row struct {
	Package string   // folder below the module root
	Why     string   // what the package is for, hence why it imports no more; mandatory
	Imports []string // packages of this module, by folder
	Outside []string // third-party packages, by exact path: a module's other packages stay forbidden
	Planned string   // why the package does not exist yet; must be removed once it does
}

// policy is the import graph of this module, bottom up. It governs the imports of non-test files only.
//
// To add an edge, argue it in Why. An edge upwards is not an exception to add here but a type in the wrong package.
var policy = []row{
	{
		Package: "schema/vapi/ledger",
		Why:     "rows of rules, corrections, deviations and undocumented members; below the generator, which applies the corrections before the model exists",
	},
	{
		Package: "internal/scan",
		Why:     "JSON scanner that judges syntax, positions and duplicates; shared by packages that must agree on them, so it knows no model",
	},
	{
		Package: "schema/vapi",
		Why:     "the model and its decoding; users import it alone, so it drags nothing third-party into their build",
		Imports: []string{"schema/vapi/ledger", "internal/scan"},
	},
	{
		Package: "schema",
		Why:     "derives the schema from the model and validates; the reference validator's loaders over HTTP stay out",
		Imports: []string{"schema/vapi", "schema/vapi/ledger", "internal/input", "internal/nearest", "internal/scan"},
		Outside: []string{"github.com/santhosh-tekuri/jsonschema/v5"},
	},
	{
		Package: "internal/nearest",
		Why:     "guesses what a mistyped word means, for hints; knows no words of its own",
	},
	{
		Package: "internal/genmodel",
		Why:     "writes the model, so it cannot import it: it must build while the generated files are missing or broken",
		Imports: []string{"schema/vapi/ledger"},
	},
	{
		Package: "internal/gen",
		Why:     "command that writes the published schemas and the pages with public functions, which proves that these suffice",
		Imports: []string{"fixtures", "schema", "schema/vapi", "schema/vapi/ledger"},
	},
	{
		Package: "internal/agree",
		Why:     "command that compares verdicts with those of other validators, over the published surface only",
		Imports: []string{"fixtures", "schema", "schema/vapi", "testdata"},
	},
	{
		Package: "internal/throughput",
		Why:     "command that runs ringproof send beside other load generators, all as programs; of ours it needs a body only",
		Imports: []string{"fixtures"},
	},
	{
		Package: "internal/k6check",
		Why:     "command that lets k6 send what ringproof exported, to a sample consumer, and judges what arrives with the schema",
		Imports: []string{"internal/consumers", "schema"},
	},
	{
		Package: "internal/ignore",
		Why:     "waives findings; sees them as users do",
		Imports: []string{"schema"},
	},
	{
		Package: "internal/input",
		Why:     "finds payloads in files and streams; whether they are right is not its business",
		Outside: []string{"github.com/bmatcuk/doublestar/v4"},
	},
	{
		Package: "internal/judge",
		Why:     "runs a validator over an input, on all cores, into renderers",
		Imports: []string{"schema", "internal/ignore", "internal/input", "internal/report"},
	},
	{
		Package: "internal/launch",
		Why:     "runs a command beside a check and leaves nothing of it behind; knows nothing of what is checked",
		Imports: []string{"internal/group"},
	},
	{
		Package: "internal/group",
		Why:     "a command with all the processes that it starts; what it is for is not its business",
	},
	{
		Package: "internal/progress",
		Why:     "how far a run is, on a terminal; knows nothing of what is counted",
		Outside: []string{"github.com/vbauerster/mpb/v8", "github.com/vbauerster/mpb/v8/decor"},
	},
	{
		Package: "internal/report",
		Why:     "the one place where findings become text, JSON and the formats of CI systems",
		Imports: []string{"schema", "schema/vapi"},
		Outside: []string{"github.com/jstemmer/go-junit-report/v2/junit"},
	},
	{
		Package: "internal/verdict",
		Why:     "the one place where the report on a consumer becomes text, a page and the formats of CI systems; it runs no check and makes no message",
		Imports: []string{"contract", "internal/report"},
		Outside: []string{"github.com/jstemmer/go-junit-report/v2/junit"},
	},
	{
		Package: "testdata",
		Why:     "embeds the shared vectors for the demo and the tests; bytes only",
	},
	{
		Package: "cmd/ringproof",
		Why:     "the command line: may know everything, is known by nobody",
		Imports: []string{"contract", "contract/delivery", "fixtures", "schema", "schema/vapi", "internal/campaign", "internal/consumers", "internal/ignore", "internal/input", "internal/judge", "internal/launch", "internal/nearest", "internal/progress", "internal/report", "internal/verdict", "testdata"},
		Outside: []string{"github.com/spf13/cobra", "github.com/spf13/pflag", "golang.org/x/term"},
	},
	{
		Package: "internal/jsontest",
		Why:     "equality of JSON for tests; shares no code with the scanner that the tests are about",
	},
	{
		Package: "internal/browser",
		Why:     "opens pages in Chromium for tests; knows nothing of what they show",
		Outside: []string{"github.com/stretchr/testify/require"},
	},
	{
		Package: "internal/layering",
		Why:     "this test; a judge has no stake in the graph",
	},

	{
		Package: "fixtures",
		Why:     "seeded messages and faults from the model; agrees with the validator through the same rows, never through its code",
		Imports: []string{"schema/vapi", "internal/nearest", "internal/scan"},
		Outside: []string{"github.com/brianvoe/gofakeit/v6"},
	},
	{
		Package: "contract/delivery",
		Why:     "signs, paces and sends bytes whoever made them",
		Outside: []string{"github.com/HdrHistogram/hdrhistogram-go"},
	},
	{
		Package: "contract",
		Why:     "checks of a consumer: sends fixtures through delivery and judges answers and state; how a report is shown is not its business",
		Imports: []string{"contract/delivery", "fixtures", "internal/nearest", "internal/scan", "schema/vapi"},
	},
	{
		Package: "fuzz",
		Why:     "fuzzes anyone's decoder: documents come from the fixtures and the model, the schema judges them, the scanner reads what a decoder writes; CPU time is the system's",
		Imports: []string{"fixtures", "schema", "schema/vapi", "internal/nearest", "internal/scan"},
		Outside: []string{"golang.org/x/sys/unix"},
	},
	{
		Package: "internal/child",
		Why:     "runs a process that answers line by line, and tells apart how it fails; what the lines mean is not its business",
		Imports: []string{"internal/group"},
		Outside: []string{"golang.org/x/sys/unix"},
	},
	{
		Package: "internal/subject",
		Why:     "decoders for fuzz that are not in this process: behind a command, or a URL to which delivery sends",
		Imports: []string{"contract/delivery", "fuzz", "internal/child"},
		Outside: []string{"github.com/HdrHistogram/hdrhistogram-go"},
	},
	{
		Package: "internal/campaign",
		Why:     "runs fuzz over a decoder somewhere else, saves what fails, tries it again, and reports on it",
		Imports: []string{"contract/delivery", "fuzz", "internal/report", "internal/subject"},
		Outside: []string{"github.com/HdrHistogram/hdrhistogram-go", "github.com/jstemmer/go-junit-report/v2/junit"},
	},
	{
		Package: "docs/adapters/decode-go",
		Why:     "an example that users copy: it sees the decoder as they do",
		Imports: []string{"schema/vapi"},
	},
	{
		Package: "docs/adapters/typed-go",
		Why:     "an example of how consumers read the message: standard library only, as theirs",
	},
	{
		Package: "fuzz/ossfuzz",
		Why:     "targets that libFuzzer calls: a harness made by the build imports it, so it is not internal",
		Imports: []string{"fuzz", "schema/vapi"},
	},
	{
		Package: "fuzz/ossfuzz/seeds",
		Why:     "command that writes the seeds of those targets",
		Imports: []string{"fuzz"},
	},
	{
		Package: "internal/exam",
		Why:     "broken and correct decoders to examine fuzz with; sees it as users do",
		Imports: []string{"fuzz", "schema/vapi"},
	},
	{
		Package: "internal/consumers",
		Why:     "sample consumers to be checked; written as a stranger would, so they share no code with what judges them",
	},
	{
		Package: "internal/consumers/cmd/consumer",
		Why:     "runs a sample consumer on an address",
		Imports: []string{"internal/consumers"},
	},
}

// strangers never reach one another, directly or through other packages, whatever policy grants: fixtures are worth
// something as tests of the schema, and the schema of the fixtures, only while neither runs the other's code.
var strangers = [][2]string{
	{"schema", "fixtures"},
}

// graph maps the folder of a package to its imports, each with a file that holds it.
type graph map[string]map[string]string

// kind is a way to break the policy. The tests below plant one fault for each.
type kind string

const (
	badRow          kind = "bad row"
	unlistedPackage kind = "unlisted package"
	forbiddenEdge   kind = "forbidden edge"
	forbiddenModule kind = "forbidden third-party import"
	strangersMeet   kind = "strangers meet"
	stalePackage    kind = "stale package"
	staleEdge       kind = "stale edge"
	noLongerPlanned kind = "no longer planned"
)

// violation is one breach of the policy as data; String words it for whoever has to repair it.
type violation struct {
	Kind    kind
	Package string
	Import  string // empty where the breach is about the package alone
	Detail  string
}

func (v violation) String() string {
	if v.Import == "" {
		return fmt.Sprintf("%s: %s: %s", v.Kind, v.Package, v.Detail)
	}
	return fmt.Sprintf("%s: %s -> %s: %s", v.Kind, v.Package, v.Import, v.Detail)
}

func TestImportsFollowThePolicy(t *testing.T) {
	g, module, err := readGraph(os.DirFS(moduleRoot(t)))
	if err != nil {
		t.Fatal(err)
	}
	// A walk that finds nothing would find no violation either.
	if _, ok := g["internal/layering"]; !ok {
		t.Fatalf("this very package was not found below the root of %s", module)
	}
	for _, v := range judge(policy, module, g) {
		t.Error(v)
	}
}

// moduleRoot returns the nearest folder above the working one that holds a go.mod.
func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod in this folder or above it")
		}
		dir = parent
	}
}

// readGraph parses the import declarations of every non-test Go file of the module whose root is fsys, whatever its
// build constraints: policy holds on every system. It returns the graph and the path of the module.
func readGraph(fsys fs.FS) (graph, string, error) {
	module, err := modulePath(fsys)
	if err != nil {
		return nil, "", err
	}
	g := graph{}
	err = fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if skipped(fsys, name) {
				return fs.SkipDir
			}
			return nil
		}
		if !governed(name) {
			return nil
		}
		return g.addFile(fsys, module, name)
	})
	return g, module, err
}

func modulePath(fsys fs.FS) (string, error) {
	data, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(data)) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == "module" {
			return fields[1], nil
		}
	}
	return "", fmt.Errorf("go.mod names no module")
}

// skipped tells whether the folder is none of this module's packages, by the go command's own rules. The exception is
// the testdata folder at the top: ./... leaves it out, but it can be imported, and is.
func skipped(fsys fs.FS, dir string) bool {
	if dir == "." {
		return false
	}
	base := path.Base(dir)
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "vendor" {
		return true
	}
	if base == "testdata" && dir != "testdata" || path.Dir(dir) == "testdata" {
		return true
	}
	_, err := fs.Stat(fsys, path.Join(dir, "go.mod"))
	return err == nil // a nested module
}

func governed(name string) bool {
	base := path.Base(name)
	return strings.HasSuffix(base, ".go") && !strings.HasSuffix(base, "_test.go") &&
		!strings.HasPrefix(base, ".") && !strings.HasPrefix(base, "_")
}

// addFile records the file's package and imports; those of this module as folders, the others as they are written.
func (g graph) addFile(fsys fs.FS, module, name string) error {
	source, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
	if err != nil {
		return err
	}
	pkg := path.Dir(name)
	if g[pkg] == nil {
		g[pkg] = map[string]string{}
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if _, seen := g[pkg][imported]; !seen {
			g[pkg][imported] = name
		}
	}
	return nil
}

// ours returns the folder of an import path of this module.
func ours(module, imported string) (dir string, ok bool) {
	if imported == module {
		return ".", true
	}
	return strings.CutPrefix(imported, module+"/")
}

// standard tells a path of the standard library from others by the go command's rule: no dot in its first element.
// "C" is none of it: a static binary without cgo is promised.
func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".") && imported != "C"
}

// judge returns every breach of the table, and of strangers, by the graph; sorted, nil if there is none.
func judge(table []row, module string, g graph) []violation {
	rows := map[string]row{}
	found := checkRows(table, rows)
	for pkg, imports := range g {
		r, listed := rows[pkg]
		if !listed {
			found = append(found, violation{unlistedPackage, pkg, "", "add a row that says what it is for and what it may import"})
			continue
		}
		if r.Planned != "" {
			found = append(found, violation{noLongerPlanned, pkg, "", "it exists: remove the row's Planned"})
		}
		found = append(found, checkImports(r, module, imports)...)
	}
	for _, r := range table {
		if _, exists := g[r.Package]; !exists && r.Planned == "" {
			found = append(found, violation{stalePackage, r.Package, "", "there is no such package: remove its row, or say why it is Planned"})
		}
	}
	found = append(found, checkStrangers(module, g)...)
	slices.SortFunc(found, func(a, b violation) int { return strings.Compare(a.String(), b.String()) })
	return found
}

// checkRows fills rows from the table, and judges the table itself.
func checkRows(table []row, rows map[string]row) []violation {
	var found []violation
	for _, r := range table {
		if _, twice := rows[r.Package]; twice {
			found = append(found, violation{badRow, r.Package, "", "it is listed twice"})
		}
		if strings.TrimSpace(r.Why) == "" {
			found = append(found, violation{badRow, r.Package, "", "it has no reason"})
		}
		rows[r.Package] = r
	}
	for _, r := range table {
		for _, dir := range r.Imports {
			if _, listed := rows[dir]; !listed {
				found = append(found, violation{badRow, r.Package, dir, "the row grants an import of a package that has no row"})
			}
			if estranged(r.Package, dir) {
				found = append(found, violation{badRow, r.Package, dir, "no row can grant this: the two never import each other"})
			}
		}
	}
	return found
}

// checkImports holds one package's imports against its row, both ways: nothing beyond it, nothing missing from it.
func checkImports(r row, module string, imports map[string]string) []violation {
	var found []violation
	used := map[string]bool{}
	for imported, file := range imports {
		dir, own := ours(module, imported)
		switch {
		case own:
			used[dir] = true
			if !slices.Contains(r.Imports, dir) {
				found = append(found, violation{forbiddenEdge, r.Package, dir, "imported by " + file})
			}
		case !standard(imported):
			used[imported] = true
			if !slices.Contains(r.Outside, imported) {
				found = append(found, violation{forbiddenModule, r.Package, imported, "imported by " + file})
			}
		}
	}
	for _, granted := range slices.Concat(r.Imports, r.Outside) {
		if !used[granted] {
			found = append(found, violation{staleEdge, r.Package, granted, "no file imports it: remove it from the row"})
		}
	}
	return found
}

func estranged(a, b string) bool {
	return slices.Contains(strangers, [2]string{a, b}) || slices.Contains(strangers, [2]string{b, a})
}

// checkStrangers looks at the graph alone, so that no row of the table can speak for it.
func checkStrangers(module string, g graph) []violation {
	var found []violation
	for _, pair := range strangers {
		for _, way := range [][2]string{pair, {pair[1], pair[0]}} {
			if chain := g.chain(module, way[0], way[1]); chain != nil {
				found = append(found, violation{strangersMeet, way[0], way[1], "by way of " + strings.Join(chain, " -> ")})
			}
		}
	}
	return found
}

// chain returns a shortest chain of imports that leads from one package of the module to another, nil without one.
func (g graph) chain(module, from, to string) []string {
	queue := [][]string{{from}}
	seen := map[string]bool{from: true}
	for len(queue) > 0 {
		chain := queue[0]
		queue = queue[1:]
		for imported := range g[chain[len(chain)-1]] {
			dir, own := ours(module, imported)
			if !own || seen[dir] {
				continue
			}
			seen[dir] = true
			next := slices.Concat(chain, []string{dir})
			if dir == to {
				return next
			}
			queue = append(queue, next)
		}
	}
	return nil
}
