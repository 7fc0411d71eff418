package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
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
	if !isJSON {
		body, _ = json.Marshal(base64Of(body))
		return l.add(about, "raw", body)
	}
	return l.add(about, "payload", body)
}

// add writes the object with one more member, byte for byte.
func (l *lines) add(about any, name string, v []byte) error {
	b, err := object(about)
	if err != nil {
		return err
	}
	fmt.Fprintf(l.w, "%s,%q:", b[:len(b)-1], name)
	l.w.Write(v)
	_, err = l.w.WriteString("}\n")
	return err
}

// object is the JSON of a struct, with < and > as they are.
func object(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return []byte(strings.TrimSuffix(b.String(), "\n")), err
}

func (l *lines) close() error { return l.w.Flush() }

// folder writes a file for each body, and index.jsonl, which tells of them. It
// replaces no file.
type folder struct {
	dir   string
	index *bufio.Writer
	file  *os.File
}

func newFolder(dir string) (*folder, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, notRun(err, "")
	}
	return &folder{dir: dir}, nil
}

func (d *folder) create(name string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(d.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return nil, usage(fmt.Errorf("%s is there already", filepath.Join(d.dir, name)), "name another folder, or empty this one: no file is replaced")
	}
	return file, err
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
		file, err := d.create("index.jsonl")
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
	b, err := object(about)
	fmt.Fprintf(d.index, "%s,\"file\":%q}\n", b[:len(b)-1], name)
	return err
}

func (d *folder) close() error {
	if d.file == nil {
		return nil
	}
	return errors.Join(d.index.Flush(), d.file.Close())
}
