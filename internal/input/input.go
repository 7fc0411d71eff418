// Package input finds payloads: in files, folders, globs and on standard input,
// as one JSON value, as a list of them, or one a line.
package input

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Mode is how a source is divided into payloads.
type Mode string

const (
	// Auto takes .jsonl and .ndjson files for lines, other files for one value,
	// and a list at the top for its items. Standard input is lines if its first
	// line is a complete value and more follows.
	Auto Mode = "auto"
	// JSON takes each source for one value or a list.
	JSON Mode = "json"
	// JSONL takes each line for a payload; blank lines are none.
	JSONL Mode = "jsonl"
)

// Modes are all modes, the default first.
var Modes = []Mode{Auto, JSON, JSONL}

// Payload is the bytes of one payload and where they stand.
type Payload struct {
	File         string // as the user named it; "-" for standard input
	Index        int    // in the source, from 1
	Line, Column int    // of the first byte of Data, from 1; columns count code points
	Data         []byte // at most one byte more than the limit: then it is too long
}

// Source is one file, or standard input.
type Source struct {
	Name string
	mode Mode
	open func() (io.ReadCloser, error)
}

// Single reports whether the source most likely is one payload: lists are not
// told from other JSON before they are read.
func (s Source) Single() bool { return s.mode == JSON }

// extensions are those that a folder is searched for.
var extensions = []string{".json", ".jsonl", ".ndjson"}

// Find returns the sources that the arguments name, in their order: a file, what
// a folder has below it (in the order of names, hidden files and folders left
// out), what a glob matches (with ** for any folders), and stdin for "-". An
// argument that names nothing is an error; the others' sources are returned all
// the same.
func Find(args []string, mode Mode, stdin io.Reader) ([]Source, error) {
	var sources []Source
	var errs []error
	for _, arg := range args {
		if arg == "-" {
			sources = append(sources, Source{"-", mode, func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }})
			continue
		}
		files, err := find(arg)
		if err != nil {
			errs = append(errs, err)
		}
		for _, f := range files {
			sources = append(sources, Source{f, modeOf(mode, f), func() (io.ReadCloser, error) { return os.Open(f) }})
		}
	}
	return sources, errors.Join(errs...)
}

func modeOf(m Mode, file string) Mode {
	ext := strings.ToLower(filepath.Ext(file))
	switch {
	case m != Auto:
		return m
	case ext == ".jsonl" || ext == ".ndjson":
		return JSONL
	}
	return JSON
}

func find(arg string) ([]string, error) {
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		return inFolder(arg)
	case err == nil:
		return []string{arg}, nil
	case !strings.ContainsAny(arg, "*?[{"):
		return nil, err
	}
	files, err := doublestar.FilepathGlob(arg, doublestar.WithFilesOnly(), doublestar.WithFailOnIOErrors())
	if errors.Is(err, doublestar.ErrBadPattern) {
		err = fmt.Errorf("%s: not a glob", arg)
	}
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: no file matches", arg)
	}
	slices.Sort(files)
	return files, err
}

func inFolder(folder string) ([]string, error) {
	var files []string
	var odd error // what is no file would be read for ever, perhaps
	err := filepath.WalkDir(folder, func(p string, d fs.DirEntry, err error) error {
		hidden := strings.HasPrefix(d.Name(), ".") && p != folder
		switch {
		case err != nil:
			return err
		case hidden && d.IsDir():
			return fs.SkipDir
		case !hidden && !d.IsDir() && slices.Contains(extensions, strings.ToLower(filepath.Ext(p))):
			if info, err := os.Stat(p); err == nil && !info.Mode().IsRegular() {
				odd = errors.Join(odd, fmt.Errorf("%s: not a regular file", p))
				return nil
			}
			files = append(files, p)
		}
		return nil
	})
	err = errors.Join(err, odd)
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: a folder without any %s", folder, strings.Join(extensions, ", "))
	}
	return files, err
}

// Read calls yield for each payload as it arrives, until yield returns false. No
// payload takes more than limit+1 bytes of memory. The error says why the source
// could not be read; malformed JSON is no such error, but a payload to be judged.
func (s Source) Read(limit int, yield func(Payload) bool) error {
	f, err := s.open()
	if err != nil {
		return err
	}
	defer f.Close()
	r := &reader{r: bufio.NewReaderSize(f, 64<<10), limit: limit, name: s.Name, line: 1, column: 1, yield: yield}
	switch s.mode {
	case JSONL:
		r.lines()
	case JSON:
		r.value(nil)
	default:
		r.guess()
	}
	if r.err == io.EOF {
		return nil
	}
	return r.err
}
