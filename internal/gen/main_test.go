package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringproof/ringproof/schema/vapi"
	"github.com/ringproof/ringproof/schema/vapi/ledger"
)

func TestCommittedFilesAreCurrent(t *testing.T) {
	files, err := outputs()
	require.NoError(t, err)
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got), "%s: run make generate", name)
	}
}

func TestGenerateWritesBelowTheRoot(t *testing.T) {
	root := t.TempDir()
	require.Error(t, generate(root), "the folders are not there")
	require.NoError(t, os.Mkdir(filepath.Join(root, "docs"), 0o777))
	require.NoError(t, os.Mkdir(filepath.Join(root, "schema"), 0o777))
	require.NoError(t, generate(root))
	assert.FileExists(t, filepath.Join(root, "docs", "contract.md"))
}

func TestEveryDocumentedReasonHasAStageOfItsOwn(t *testing.T) {
	used := map[string]bool{}
	for _, r := range vapi.Descriptor().Top.Member("endedReason").Schema.Enum.Values {
		s := ledger.StageOf(r)
		used[s.ID] = true
		assert.NotEqual(t, "other", s.ID, r)
	}
	for _, s := range ledger.Stages {
		assert.Equal(t, s.ID != "other", used[s.ID], "stage %s", s.ID)
	}
}
