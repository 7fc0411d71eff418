package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// sink is where generated bodies go.
type sink interface {
	// body takes a body of which there is nothing to say. The name is unique.
	body(name string, body []byte) error
	// told takes a body with the members of an object that tells of it.
	told(name string, about any, body []byte, isJSON bool) error
	close() error
}

func (f *generateFlags) newSink(s *streams) (sink, error) {
	if f.out == "" {
		return &lines{bufio.NewWriterSize(s.out, 1<<16)}, nil
	}
	return newFolder(f.out)
}

// lines writes one line for each body.
type lines struct{ w *bufio.Writer }

func (l *lines) body(_ string, body []byte) error {
	l.w.Write(body)
	return l.w.WriteByte('\n')
}

func (l *lines) told(_ string, about any, body []byte, isJSON bool) error {
	member, value := "payload", body
	if !isJSON {
		member, value = "raw", quoted(base64.StdEncoding.EncodeToString(body))
	}
	line, err := join(about, member, value)
	if err != nil {
		return err
	}
	return l.body("", line)
}

// join is the JSON of a struct with one more member. The value is JSON and stays as
// it is, byte for byte.
func join(about any, member string, value []byte) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(about); err != nil {
		return nil, err
	}
	b.Truncate(bytes.LastIndexByte(b.Bytes(), '}'))
	b.WriteByte(',')
	b.Write(quoted(member))
	b.WriteByte(':')
	b.Write(value)
	b.WriteByte('}')
	return b.Bytes(), nil
}

// quoted is a text as JSON.
func quoted(text string) []byte {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err) // no string fails
	}
	return b
}

func (l *lines) close() error { return l.w.Flush() }

// indexName is the file that tells of the bodies in a folder: one object a line. It
// is no .jsonl, or validate would take its lines for payloads.
const indexName = "index.txt"

// folder writes a file for each body, and the index, where there is something to
// tell. It replaces no file.
type folder struct {
	dir   string
	index *bufio.Writer
	file  *os.File
}

const outHint = "--out takes a folder that can be written to; it is made if it is not there"

// newFolder makes the folder. One with files in it is refused: two runs would mix,
// and nobody could tell their messages apart. Hidden files are let be.
func newFolder(dir string) (*folder, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, notRun(err, outHint)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, notRun(err, outHint)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			return nil, usage(fmt.Errorf("%s is not empty: it has %s", dir, e.Name()), "name another folder, or empty this one: two runs would mix")
		}
	}
	return &folder{dir: dir}, nil
}

func (d *folder) create(name string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(d.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, notRun(err, outHint)
	}
	return file, nil
}

func (d *folder) write(name string, body []byte) error {
	file, err := d.create(name)
	if err != nil {
		return err
	}
	_, err = file.Write(body)
	return errors.Join(err, file.Close())
}

// fileName is a name without what file systems keep for themselves.
var fileName = strings.NewReplacer("/", "-", "\\", "-", ":", "-", "*", "-", "?", "-", "\"", "-", "<", "-", ">", "-", "|", "-", "~", "-")

func (d *folder) body(name string, body []byte) error {
	return d.write(fileName.Replace(name)+".json", body)
}

func (d *folder) told(name string, about any, body []byte, isJSON bool) error {
	if d.index == nil {
		file, err := d.create(indexName)
		if err != nil {
			return err
		}
		d.file, d.index = file, bufio.NewWriter(file)
	}
	name = fileName.Replace(name) + ".json"
	if !isJSON {
		name = strings.TrimSuffix(name, ".json") + ".bin"
	}
	if err := d.write(name, body); err != nil {
		return err
	}
	line, err := join(about, "file", quoted(name))
	if err != nil {
		return err
	}
	_, err = d.index.Write(append(line, '\n'))
	return err
}

func (d *folder) close() error {
	if d.file == nil {
		return nil
	}
	return errors.Join(d.index.Flush(), d.file.Close())
}
