package testdata

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ringproof/ringproof/internal/scan"
	"github.com/ringproof/ringproof/schema/vapi"
	"github.com/ringproof/ringproof/schema/vapi/ledger"
)

// newestFile is the provider's file that the vectors are written for.
const newestFile = ledger.File20260818

// Rules that no ledger has: what JSON itself and the model's keywords ask for.
// TestEveryRuleHasAVector adds the ledgers' own.
var builtinRules = []string{
	scan.RuleSyntax, scan.RuleUTF8, scan.RuleDuplicate, scan.RuleConfusable, scan.RuleDepth, scan.RuleSize, scan.RuleNumber,
	"schema/required", "schema/type", "schema/enum", "schema/minimum", "schema/maximum", "schema/minLength", "schema/maxLength",
	"schema/pattern", "schema/format", "member/undocumented", "member/unknown",
}

// severities are in ascending order.
var severities = []string{"none", "note", "warning", "error"}

func TestEveryFileHasARow(t *testing.T) {
	rows := map[string]bool{}
	for _, v := range vectors(t) {
		rows[v.File] = true
	}
	// The folder itself, and not what is embedded of it: go:embed leaves out
	// names that begin with a dot or an underscore.
	onDisk := os.DirFS(".")
	for _, root := range []string{"valid", "invalid", "live"} {
		err := fs.WalkDir(onDisk, root, func(file string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && !rows[file] {
				t.Errorf("%s has no row in %s", file, manifestFile)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestEveryRowHasAFile(t *testing.T) {
	last := ""
	for _, v := range vectors(t) {
		body, err := v.Body()
		if err != nil {
			t.Error(err)
			continue
		}
		onDisk, err := os.ReadFile(v.File)
		if err != nil || !bytes.Equal(onDisk, body) {
			t.Errorf("%s: what is embedded is not what is on disk (%v)", v.File, err)
		}
		if v.File <= last {
			t.Errorf("%s comes after %s: rows are sorted, each file once", v.File, last)
		}
		last = v.File
	}
}

func TestRowsSayAllThatIsExpected(t *testing.T) {
	for _, v := range vectors(t) {
		if v.Reason == "" {
			t.Errorf("%s: no reason", v.File)
		}
		live, documented := slices.Index(severities, v.Live), slices.Index(severities, v.Documented)
		if live < 0 || documented < live {
			t.Errorf("%s: severity %q live, %q documented: unknown, or the documented profile is the milder one", v.File, v.Live, v.Documented)
		}
		kind, rest, _ := strings.Cut(v.File, "/")
		name, _, _ := strings.Cut(strings.TrimSuffix(rest, ".json"), "--")
		place := v.Pointer != "" || v.Line != 0 || v.Column != 0
		switch kind {
		case "valid":
			if v.Rule != "" || place || v.Documented != "none" {
				t.Errorf("%s: a valid body has no finding", v.File)
			}
		case "live":
			if v.Rule != "" || place || v.Live == "error" || v.Live == "warning" {
				t.Errorf("%s: live traffic has notes at most, and no single rule", v.File)
			}
		case "invalid":
			if v.Rule != name {
				t.Errorf("%s: the rule is %q, the file is named for %q", v.File, v.Rule, name)
			}
			if v.Live == "none" || v.Line < 1 || v.Column < 1 {
				t.Errorf("%s: no severity, line or column", v.File)
			}
		default:
			t.Errorf("%s: lies in no folder of vectors", v.File)
		}
	}
}

// The severity belongs to the rule: two vectors that differ are a slip.
func TestARuleHasOneSeverity(t *testing.T) {
	first := map[string]Vector{}
	for _, v := range vectors(t) {
		f, ok := first[v.Rule]
		if !ok {
			first[v.Rule] = v
		} else if v.Rule != "" && (f.Live != v.Live || f.Documented != v.Documented) {
			t.Errorf("%s: %s is %s and %s, but %s and %s in %s", v.File, v.Rule, v.Live, v.Documented, f.Live, f.Documented, f.File)
		}
	}
}

func TestEveryRuleHasAVector(t *testing.T) {
	want := slices.Clone(builtinRules)
	for _, r := range ledger.Rules {
		want = append(want, r.ID)
	}
	for _, d := range ledger.Deviations {
		want = append(want, d.ID)
	}
	var got []string
	for _, v := range vectors(t) {
		if v.Rule != "" {
			got = append(got, v.Rule)
		}
	}
	for _, u := range withoutVector(t) {
		if !strings.HasPrefix(u.Rule, "correction/") {
			got = append(got, u.Rule)
		}
	}
	sameSet(t, "rule", want, got)
}

func TestEveryCorrectionHasAVector(t *testing.T) {
	var want, got, wantNone, gotNone []string
	for _, c := range ledger.Corrections {
		if c.Files[newestFile] > 0 {
			want = append(want, c.ID)
		} else {
			wantNone = append(wantNone, c.ID)
		}
	}
	for _, v := range vectors(t) {
		if name, ok := strings.CutPrefix(v.File, "valid/correction/"); ok {
			got = append(got, "correction/"+strings.TrimSuffix(name, ".json"))
		}
	}
	for _, u := range withoutVector(t) {
		if strings.HasPrefix(u.Rule, "correction/") {
			gotNone = append(gotNone, u.Rule)
		}
	}
	sameSet(t, "correction of the newest file", want, got)
	sameSet(t, "correction of older files only", wantNone, gotNone)
}

// The variant of such a file is the row: Type.member.
func TestEveryUndocumentedMemberHasAVector(t *testing.T) {
	var want, got []string
	for _, u := range ledger.UndocumentedMembers {
		want = append(want, u.Type+"."+u.Member)
	}
	for _, v := range vectors(t) {
		if v.Rule != "member/undocumented" {
			continue
		}
		_, row, _ := strings.Cut(strings.TrimSuffix(v.File, ".json"), "--")
		got = append(got, row)
		if _, member, _ := strings.Cut(row, "."); path.Base(v.Pointer) != member {
			t.Errorf("%s: the pointer %s is not that of the member %s", v.File, v.Pointer, member)
		}
	}
	sameSet(t, "undocumented member", want, got)
}

func TestWhatHasNoVectorSaysWhy(t *testing.T) {
	covered := map[string]bool{}
	for _, v := range vectors(t) {
		covered[v.Rule] = true
	}
	for _, u := range withoutVector(t) {
		if u.Reason == "" || covered[u.Rule] {
			t.Errorf("%s: no reason, or a vector after all", u.Rule)
		}
	}
}

func TestValidAndLiveBodiesDecode(t *testing.T) {
	for _, v := range vectors(t) {
		if v.Rule != "" {
			continue
		}
		if _, err := vapi.Decode(body(t, v)); err != nil {
			t.Errorf("%s: %v", v.File, err)
		}
	}
}

// What is no JSON within the limits is refused for the reason and at the place
// that the row says; all other bodies are JSON, and their rows point at something.
func TestPlacesAreThoseOfThePointers(t *testing.T) {
	for _, v := range vectors(t) {
		data := body(t, v)
		doc, err := scan.Parse(data, scan.DefaultLimits())
		var defect *scan.Error
		switch {
		case errors.As(err, &defect):
			line, column := scan.Position(data, defect.Offset)
			got := Vector{Rule: defect.Rule, Pointer: defect.Pointer, Line: line, Column: column}
			if want := (Vector{Rule: v.Rule, Pointer: v.Pointer, Line: v.Line, Column: v.Column}); got != want {
				t.Errorf("%s: got %+v, want %+v", v.File, got, want)
			}
		case strings.HasPrefix(v.Rule, "json/") && v.Rule != scan.RuleConfusable:
			t.Errorf("%s: is JSON, though it should break %s", v.File, v.Rule)
		case v.Rule != "":
			name, value, ok := resolve(doc.Root(), v.Pointer)
			if !ok {
				t.Errorf("%s: nothing is at %q", v.File, v.Pointer)
				continue
			}
			at := value.Start()
			if v.Rule == scan.RuleConfusable || strings.HasPrefix(v.Rule, "member/") {
				at = name
			}
			if line, column := scan.Position(data, at); line != v.Line || column != v.Column {
				t.Errorf("%s: %q is at %d:%d, the row says %d:%d", v.File, v.Pointer, line, column, v.Line, v.Column)
			}
		}
	}
}

// resolve follows an RFC 6901 pointer. name is where the name of the last member
// starts, if the pointer ends in one.
func resolve(n scan.Node, pointer string) (name int, value scan.Node, ok bool) {
	name = -1
	if pointer == "" {
		return name, n, true
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		name, n, ok = child(n, token)
		if !ok {
			return -1, n, false
		}
	}
	return name, n, true
}

func child(n scan.Node, token string) (name int, value scan.Node, ok bool) {
	switch n.Kind() {
	case scan.Object:
		for m := range n.Members() {
			if m.Name == token {
				return m.NameStart, m.Value, true
			}
		}
	case scan.Array:
		for i, item := range n.Items() {
			if strconv.Itoa(i) == token {
				return -1, item, true
			}
		}
	}
	return -1, n, false
}

func TestTheManifestIsReadStrictly(t *testing.T) {
	rows := []struct{ manifest, reason string }{
		{`{"vectors":[{"file":"valid/x.json","severity":"error"}]}`, "a misspelt member would be an expectation that nobody checks"},
		{`{"vectors":[],"without":[]}`, "the same at the top"},
		{`{"vectors":[]} {}`, "the rest of the file would be lost"},
		{`{"vectors":[`, "half a manifest"},
		{`[]`, "another form"},
	}
	for _, row := range rows {
		if _, err := parseManifest([]byte(row.manifest)); err == nil {
			t.Errorf("%s was taken: %s", row.manifest, row.reason)
		}
	}
}

func vectors(t *testing.T) []Vector {
	t.Helper()
	v, err := Vectors()
	if err != nil || len(v) == 0 {
		t.Fatalf("%d vectors: %v", len(v), err)
	}
	return v
}

func withoutVector(t *testing.T) []Uncovered {
	t.Helper()
	u, err := WithoutVector()
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func body(t *testing.T, v Vector) []byte {
	t.Helper()
	b, err := v.Body()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sameSet compares what the ledgers hold with what the vectors do; repetitions do
// not count.
func sameSet(t *testing.T, what string, ledgers, vectors []string) {
	t.Helper()
	for _, id := range ledgers {
		if !slices.Contains(vectors, id) {
			t.Errorf("the %s %s has no vector", what, id)
		}
	}
	for _, id := range vectors {
		if !slices.Contains(ledgers, id) {
			t.Errorf("%s is no %s that is known: the vector is stale", id, what)
		}
	}
}
