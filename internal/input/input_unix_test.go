//go:build unix

package input_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/ringproof/ringproof/internal/input"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAPipeInAFolderIsNotWaitedFor(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe.json"), 0o666))
	sources, err := input.Find([]string{dir}, input.Auto, nil)
	assert.ErrorContains(t, err, "not a regular file")
	assert.Empty(t, sources)
}
