package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"
)

// reportFiles are the files of --report, opened before anything is done, so that a
// folder that is not there is not found out about in the end.
type reportFiles struct {
	format string
	list   []reportFile
}

type reportFile struct {
	kind string
	file *os.File
}

// openReports checks the kinds of reports, and creates their files.
func openReports(reports []string, format string, kinds []string) (*reportFiles, error) {
	if err := checkReports(reports, format, kinds); err != nil {
		return nil, err
	}
	r := &reportFiles{format: format}
	for _, spec := range reports {
		kind, name, _ := strings.Cut(spec, "=")
		file, err := os.Create(name)
		if err != nil {
			r.close()
			return nil, usage(err, "the folder of a report must be there")
		}
		r.list = append(r.list, reportFile{kind, file})
	}
	return r, nil
}

// checkReports refuses kinds of reports that there are not, and two in one file.
func checkReports(reports []string, format string, kinds []string) error {
	seen := map[string]bool{}
	for _, r := range reports {
		kind, name, ok := strings.Cut(r, "=")
		if !ok || name == "" {
			return usage(fmt.Errorf("--report %q is not KIND=FILE", r), "for example --report junit=results.xml")
		}
		if err := oneOf("report", kind, kinds); err != nil {
			return err
		}
		if seen[name] {
			return usage(fmt.Errorf("two reports would be written to %s", name), "give each a file of its own")
		}
		seen[name] = true
	}
	return oneOf("format", format, kinds)
}

// each calls write for standard output and for each file. summary is the page of a
// GitHub job, for that kind, or nil.
func (r *reportFiles) each(s *streams, write func(kind string, w, summary io.Writer) error) error {
	err := r.with(s, r.format, s.out, write)
	for _, x := range r.list {
		err = cmp.Or(err, r.with(s, x.kind, x.file, write))
	}
	return cmp.Or(err, r.close())
}

func (r *reportFiles) with(s *streams, kind string, w io.Writer, write func(string, io.Writer, io.Writer) error) error {
	name := s.getenv("GITHUB_STEP_SUMMARY")
	if kind != "github" || name == "" {
		return write(kind, w, nil)
	}
	page, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	return cmp.Or(write(kind, w, page), page.Close())
}

// close closes the files; what is closed already stays so.
func (r *reportFiles) close() error {
	var err error
	for _, x := range r.list {
		err = cmp.Or(err, x.file.Close())
	}
	r.list = nil
	return err
}
