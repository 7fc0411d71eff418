package report

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ringproof/ringproof/schema"
)

type sarifLocation struct {
	Physical sarifPhysicalLocation  `json:"physicalLocation"`
	Logical  []sarifLogicalLocation `json:"logicalLocations"`
}

type sarifPhysicalLocation struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   sarifRegion   `json:"region"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

// sarifRegion counts from 1; EndColumn is that of the character after the last.
type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn"`
}

type sarifLogicalLocation struct {
	FullyQualifiedName string `json:"fullyQualifiedName"` // the JSON Pointer
}

func locationOf(p *Payload, f *schema.Finding, separator byte) sarifLocation {
	line, column := endOf(p, f)
	return sarifLocation{
		Physical: sarifPhysicalLocation{
			Artifact: sarifArtifact{ArtifactURI(p.File, separator)},
			Region:   sarifRegion{f.Line, f.Column, line, column},
		},
		Logical: []sarifLogicalLocation{{f.Pointer}},
	}
}

// endOf is where the text that a finding is about ends: the line, and the column
// after it, counted as [schema.Finding] counts them. It counts from the finding's
// own place, which in a file of many payloads is not that in the payload.
func endOf(p *Payload, f *schema.Finding) (line, column int) {
	from := min(max(f.Offset, 0), len(p.Data))
	to := min(from+max(f.Length, 0), len(p.Data))
	line, column = f.Line, f.Column
	for at := from; at < to; {
		width := bytes.IndexAny(p.Data[at:to], "\r\n")
		if width < 0 {
			return line, column + utf8.RuneCount(p.Data[at:to])
		}
		column += utf8.RuneCount(p.Data[at:at+width]) + 1
		at += width + 1
		// "\r\n" ends one line, and only after both.
		if p.Data[at-1] == '\n' || at == len(p.Data) || p.Data[at] != '\n' {
			line, column = line+1, 1
		}
	}
	return line, column
}

// segments splits a file's name at folders, without those that say nothing. Two
// dots stay: what they mean depends on links.
func segments(file string) []string {
	var out []string
	for _, s := range strings.Split(file, "/") {
		if s != "" && s != "." {
			out = append(out, s)
		}
	}
	return out
}

// forward writes a file's name with forward slashes.
func forward(file string, separator byte) string {
	return strings.ReplaceAll(file, string(rune(separator)), "/")
}

// ArtifactURI writes a file's name as a URI reference: relative names as relative
// ones, others with the scheme file (SARIF 2.1.0, section 3.10.2). Standard input
// has no name; it becomes "stdin".
func ArtifactURI(file string, separator byte) string {
	if file == "-" {
		return "stdin"
	}
	name := forward(file, separator)
	parts := segments(name)
	for i := range parts {
		parts[i] = percentEncoded(parts[i])
	}
	path := strings.Join(parts, "/")
	windows := separator == '\\'
	switch {
	case windows && strings.HasPrefix(name, "//"): // a share: the first part is the host
		return "file://" + path
	case windows && len(name) > 2 && name[1] == ':' && name[2] == '/':
		return "file:///" + strings.Replace(path, "%3A", ":", 1)
	case strings.HasPrefix(name, "/"):
		return "file:///" + path
	}
	return path
}

// percentEncoded encodes what RFC 3986 does not allow in a segment, and colons:
// one in the first segment would end a scheme.
func percentEncoded(segment string) string {
	const allowed = "-._~!$&'()*+,;=@"
	var b strings.Builder
	for i := range len(segment) {
		switch c := segment[i]; {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', strings.IndexByte(allowed, c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
