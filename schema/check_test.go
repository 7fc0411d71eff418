package schema_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/ringproof/ringproof/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recorder is a test that only remembers what it was told.
type recorder struct{ errors, logs []string }

func (*recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func (r *recorder) Logf(format string, args ...any) {
	r.logs = append(r.logs, fmt.Sprintf(format, args...))
}

func TestCheckDirPassesOnLiveTraffic(t *testing.T) {
	schema.CheckDir(t, "../testdata/live")
}

func TestCheckDirFailsForEachErrorAndLogsWarnings(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"list.json":   "[{\"message\":{\"type\":\"status-update\",\"status\":\"queued\"}},\n {\"message\":{\"type\":\"status-update\",\"status\":7}}]",
		"lines.jsonl": "{\"message\":{\"type\":\"status-update\",\"status\":\"paused\"}}\n{\"message\":{\"type\":\"status-update\"}}\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	var r recorder
	schema.CheckDir(&r, dir)
	require.Len(t, r.errors, 2)
	assert.Contains(t, r.errors[0], "lines.jsonl:2:12: error: message lacks the required member status")
	assert.Contains(t, r.errors[1], "list.json:2:46: error: status is the number 7, want a string")
	require.Len(t, r.logs, 1)
	assert.Contains(t, r.logs[0], "lines.jsonl:1:45: warning")
}

func TestCheckDirFailsWhereThereIsNothingToCheck(t *testing.T) {
	empty := t.TempDir()
	noPayload := filepath.Join(t.TempDir(), "empty.json")
	require.NoError(t, os.WriteFile(noPayload, []byte("[]"), 0o666))
	for reason, path := range map[string]string{"a folder without files": empty, "no such folder": filepath.Join(empty, "none"), "a list without items": noPayload} {
		var r recorder
		schema.CheckDir(&r, path)
		assert.Len(t, r.errors, 1, "%s: %v", reason, r.errors)
	}
	var r recorder
	schema.CheckDir(&r, "../testdata/live", schema.Options{Profile: "strict"})
	assert.Len(t, r.errors, 1, "an unknown profile: %v", r.errors)
}
