package layering_test

import (
	"slices"
	"testing"
	"testing/fstest"
)

// The guard itself is guarded: each case plants one fault into a sound module and says what must be reported, all of
// it and nothing else.

const plantedModule = "example.test/m"

// sound is a module without a fault under soundPolicy. Its ignored files would each be a fault if they were read.
func sound() fstest.MapFS {
	return fstest.MapFS{
		"go.mod":        source("module " + plantedModule + "\n\ngo 1.26.0\n"),
		"low/low.go":    source("package low\n\nimport _ \"encoding/json\"\n"),
		"high/high.go":  source("package high\n\nimport (\n\t_ \"example.test/m/low\"\n\t_ \"vendor.test/lib\"\n)\n"),
		"high/other.go": source("package high\n\nimport _ \"example.test/m/low\"\n"),

		"testdata/testdata.go":   source("package testdata\n\nimport _ \"embed\"\n"),
		"low/low_test.go":        source("package low\n\nimport _ \"example.test/m/high\"\n"),
		"low/testdata/bad.go":    source("package bad\n\nimport _ \"example.test/m/high\"\n"),
		"testdata/deeper/bad.go": source("package bad\n"),
		".hidden/bad.go":         source("package bad\n"),
		"_old/bad.go":            source("package bad\n"),
		"low/_scratch.go":        source("not Go"),
		"nested/go.mod":          source("module example.test/nested\n"),
		"nested/bad.go":          source("package bad\n"),
	}
}

func soundPolicy() []row {
	return []row{
		{Package: "low", Why: "the lowest"},
		{Package: "high", Why: "above it", Imports: []string{"low"}, Outside: []string{"vendor.test/lib"}},
		{Package: "testdata", Why: "embeds"},
		{Package: "later", Why: "will come", Imports: []string{"low"}, Planned: "after the others"},
	}
}

func source(text string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(text)}
}

func TestTheGuardReportsPlantedFaults(t *testing.T) {
	// What is compared: not the wording.
	type breach struct {
		kind    kind
		pkg     string
		imports string
	}
	cases := []struct {
		why   string
		plant func(fstest.MapFS, []row) []row
		want  []breach
	}{
		{
			why:   "a sound module has no violation",
			plant: func(_ fstest.MapFS, table []row) []row { return table },
		},
		{
			why: "an edge that no row grants",
			plant: func(files fstest.MapFS, table []row) []row {
				files["testdata/more.go"] = source("package testdata\n\nimport _ \"example.test/m/low\"\n")
				return table
			},
			want: []breach{{forbiddenEdge, "testdata", "low"}},
		},
		{
			why: "an edge in a file that this system does not even build",
			plant: func(files fstest.MapFS, table []row) []row {
				files["low/low_plan9.go"] = source("//go:build plan9 && ignore\n\npackage low\n\nimport _ \"example.test/m/testdata\"\n")
				return table
			},
			want: []breach{{forbiddenEdge, "low", "testdata"}},
		},
		{
			why: "an import of the module's root",
			plant: func(files fstest.MapFS, table []row) []row {
				files["low/more.go"] = source("package low\n\nimport _ \"example.test/m\"\n")
				return table
			},
			want: []breach{{forbiddenEdge, "low", "."}},
		},
		{
			why: "a package without a row",
			plant: func(files fstest.MapFS, table []row) []row {
				files["high/deep/deep.go"] = source("package deep\n")
				return table
			},
			want: []breach{{unlistedPackage, "high/deep", ""}},
		},
		{
			why: "a package at the root without a row",
			plant: func(files fstest.MapFS, table []row) []row {
				files["root.go"] = source("package m\n")
				return table
			},
			want: []breach{{unlistedPackage, ".", ""}},
		},
		{
			why: "a row of a package that is gone",
			plant: func(files fstest.MapFS, table []row) []row {
				return append(table, row{Package: "gone", Why: "was here"})
			},
			want: []breach{{stalePackage, "gone", ""}},
		},
		{
			why: "a row of a package that has only tests left",
			plant: func(files fstest.MapFS, table []row) []row {
				files["gone/gone_test.go"] = source("package gone\n")
				return append(table, row{Package: "gone", Why: "was here"})
			},
			want: []breach{{stalePackage, "gone", ""}},
		},
		{
			why: "a granted edge that nobody uses",
			plant: func(files fstest.MapFS, table []row) []row {
				table[0].Imports = []string{"testdata"}
				return table
			},
			want: []breach{{staleEdge, "low", "testdata"}},
		},
		{
			why: "a granted third-party import that nobody uses",
			plant: func(files fstest.MapFS, table []row) []row {
				table[1].Outside = append(table[1].Outside, "vendor.test/unused")
				return table
			},
			want: []breach{{staleEdge, "high", "vendor.test/unused"}},
		},
		{
			why: "a third-party import",
			plant: func(files fstest.MapFS, table []row) []row {
				files["low/more.go"] = source("package low\n\nimport _ \"vendor.test/lib\"\n")
				return table
			},
			want: []breach{{forbiddenModule, "low", "vendor.test/lib"}},
		},
		{
			why: "another package of a module of which one package is granted",
			plant: func(files fstest.MapFS, table []row) []row {
				files["high/more.go"] = source("package high\n\nimport _ \"vendor.test/lib/loader\"\n")
				return table
			},
			want: []breach{{forbiddenModule, "high", "vendor.test/lib/loader"}},
		},
		{
			why: "a module whose path merely begins like ours",
			plant: func(files fstest.MapFS, table []row) []row {
				files["low/more.go"] = source("package low\n\nimport _ \"example.test/mimic\"\n")
				return table
			},
			want: []breach{{forbiddenModule, "low", "example.test/mimic"}},
		},
		{
			why: "cgo",
			plant: func(files fstest.MapFS, table []row) []row {
				files["low/more.go"] = source("package low\n\nimport \"C\"\n")
				return table
			},
			want: []breach{{forbiddenModule, "low", "C"}},
		},
		{
			why: "a planned package that has come",
			plant: func(files fstest.MapFS, table []row) []row {
				files["later/later.go"] = source("package later\n\nimport _ \"example.test/m/low\"\n")
				return table
			},
			want: []breach{{noLongerPlanned, "later", ""}},
		},
		{
			why: "a planned package that has come with another edge than planned",
			plant: func(files fstest.MapFS, table []row) []row {
				files["later/later.go"] = source("package later\n\nimport _ \"example.test/m/high\"\n")
				return table
			},
			want: []breach{{forbiddenEdge, "later", "high"}, {noLongerPlanned, "later", ""}, {staleEdge, "later", "low"}},
		},
		{
			why: "a row without a reason",
			plant: func(files fstest.MapFS, table []row) []row {
				table[0].Why = " "
				return table
			},
			want: []breach{{badRow, "low", ""}},
		},
		{
			why: "a package listed twice",
			plant: func(files fstest.MapFS, table []row) []row {
				return append(table, table[0])
			},
			want: []breach{{badRow, "low", ""}},
		},
		{
			why: "a planned row that grants an import of a package nobody lists",
			plant: func(files fstest.MapFS, table []row) []row {
				table[3].Imports = append(table[3].Imports, "nowhere")
				return table
			},
			want: []breach{{badRow, "later", "nowhere"}},
		},
		{
			why: "schema imports fixtures, and a row grants it",
			plant: func(files fstest.MapFS, table []row) []row {
				files["schema/schema.go"] = source("package schema\n\nimport _ \"example.test/m/fixtures\"\n")
				files["fixtures/fixtures.go"] = source("package fixtures\n")
				return append(table,
					row{Package: "schema", Why: "planted", Imports: []string{"fixtures"}},
					row{Package: "fixtures", Why: "planted"})
			},
			want: []breach{{badRow, "schema", "fixtures"}, {strangersMeet, "schema", "fixtures"}},
		},
		{
			why: "fixtures reach schema through a third package, each edge granted",
			plant: func(files fstest.MapFS, table []row) []row {
				files["fixtures/fixtures.go"] = source("package fixtures\n\nimport _ \"example.test/m/between\"\n")
				files["between/between.go"] = source("package between\n\nimport _ \"example.test/m/schema\"\n")
				files["schema/schema.go"] = source("package schema\n")
				return append(table,
					row{Package: "fixtures", Why: "planted", Imports: []string{"between"}},
					row{Package: "between", Why: "planted", Imports: []string{"schema"}},
					row{Package: "schema", Why: "planted"})
			},
			want: []breach{{strangersMeet, "fixtures", "schema"}},
		},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			files := sound()
			table := c.plant(files, soundPolicy())
			g, module, err := readGraph(files)
			if err != nil {
				t.Fatal(err)
			}
			if module != plantedModule {
				t.Fatalf("module = %q, want %q", module, plantedModule)
			}
			var got []breach
			violations := judge(table, module, g)
			for _, v := range violations {
				got = append(got, breach{v.Kind, v.Package, v.Import})
				if v.Detail == "" {
					t.Errorf("%v says nothing that helps", v)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("reported:\n%v\nwant:\n%v", violations, c.want)
			}
		})
	}
}

func TestAFileThatDoesNotParseIsAnErrorAndNoPass(t *testing.T) {
	files := sound()
	files["low/broken.go"] = source("package low\n\nimport \"\n")
	if g, _, err := readGraph(files); err == nil {
		t.Errorf("readGraph passed over a file it cannot read: %v", g)
	}
}

func TestAModuleWithoutAPathIsAnErrorAndNoPass(t *testing.T) {
	files := sound()
	files["go.mod"] = source("go 1.26.0\n")
	if _, module, err := readGraph(files); err == nil {
		t.Errorf("readGraph took %q for the module's path", module)
	}
}
