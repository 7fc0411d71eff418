package ossfuzz

import (
	"archive/zip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/fuzz"
)

var targets = map[string]func([]byte) int{"FuzzDecode": FuzzDecode, "FuzzBytes": FuzzBytes}

func TestOurDecoderFailsOnNoSeed(t *testing.T) {
	for _, seed := range fuzz.Seeds(64) {
		assert.Zero(t, FuzzDecode(seed))
	}
	for _, body := range fuzz.Bodies(64) {
		assert.Zero(t, FuzzBytes(body))
	}
}

func TestAFailureIsAPanic(t *testing.T) {
	assert.PanicsWithValue(t, fuzz.Failure{Key: fuzz.Key{Oracle: fuzz.NoPanic}}.String(), func() {
		judged([]fuzz.Failure{{Key: fuzz.Key{Oracle: fuzz.NoPanic}}})
	})
}

// The base image is not here. Its compiler is replaced by a command that notes what it
// should build; all else of the script is run.
func TestTheBuildScriptPacksTheSeedsOfEachTarget(t *testing.T) {
	for _, need := range []string{"bash", "zip"} {
		if _, err := exec.LookPath(need); err != nil {
			t.Skipf("NOT CHECKED: .clusterfuzzlite/build.sh: %s is not here", need)
		}
	}
	dir := t.TempDir()
	compiler := "#!/bin/sh\ntest \"$1\" = github.com/ringproof/ringproof/fuzz/ossfuzz && echo \"$2\" > \"$OUT/$3\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "compile_go_fuzzer"), []byte(compiler), 0o777))
	c := exec.Command("bash", "-eu", ".clusterfuzzlite/build.sh")
	c.Dir = filepath.Join("..", "..")
	c.Env = append(os.Environ(), "OUT="+dir, "WORK="+filepath.Join(dir, "work"), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	out, err := c.CombinedOutput()
	require.NoError(t, err, string(out))
	for name, target := range targets {
		built, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.Equal(t, name+"\n", string(built))
		archive, err := zip.OpenReader(filepath.Join(dir, name+"_seed_corpus.zip"))
		require.NoError(t, err)
		assert.Len(t, archive.File, 256)
		f, err := archive.File[0].Open()
		require.NoError(t, err)
		seed := make([]byte, archive.File[0].UncompressedSize64)
		_, _ = f.Read(seed)
		assert.Zero(t, target(seed))
		require.NoError(t, f.Close())
		require.NoError(t, archive.Close())
	}
}
