// Package testdata is the project's shared test vectors: bodies of webhook
// requests, each with what is expected of a validator. They are written by hand
// and never regenerated, so that they stay independent of the model, the schema
// and the fixtures, which all derive from the same rows.
//
// There are three kinds. Under valid/ nothing is wrong in either profile, not
// even a note; valid/correction/ has one body for each row of the corrections,
// which the provider's file read literally refuses or mishandles. Under invalid/
// each body has exactly one fault, and the file is named for the rule that it
// breaks: invalid/schema/type.json, or invalid/schema/type--variant.json. Under
// live/ are the shapes of captured bodies, their free values replaced; they may
// have many findings, and only the worst severity is stated.
//
// Bodies are bytes: some hold carriage returns or broken UTF-8 on purpose.
package testdata

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Files holds the manifest, vectors.json, and every body that it names.
//
//go:embed vectors.json valid invalid live
var Files embed.FS

// Vector is one body and what is expected of it.
type Vector struct {
	// File is the slash-separated path of the body in [Files].
	File string `json:"file"`
	// Rule is the id of the only finding; empty under valid/ and live/.
	Rule string `json:"rule"`
	// Pointer is the finding's place, in the syntax of RFC 6901: a value, the
	// member that should not be there, or the object that lacks one. For
	// json/syntax and json/utf8 it is the innermost value being read.
	Pointer string `json:"pointer"`
	// Live is the severity in the profile live: error, warning, note, or none if
	// there is no finding. Under live/ it is the worst of all findings.
	Live string `json:"live"`
	// Documented is the same in the profile documented.
	Documented string `json:"documented"`
	// Line is the line of the finding, from 1; 0 under valid/ and live/. A line
	// ends with a line feed, a carriage return or both.
	Line int `json:"line"`
	// Column is the column, from 1, in Unicode code points: of the first
	// character of the value at fault; of the opening brace of an object that
	// lacks a member; of the opening quote of a name that is unknown, confusable
	// or there twice; else of the defect, past the last byte if the body ends too
	// early.
	Column int `json:"column"`
	// Reason says why the vector exists.
	Reason string `json:"reason"`
}

// Body returns the bytes of the vector. The error is that of a file which is not
// embedded.
func (v Vector) Body() ([]byte, error) { return Files.ReadFile(v.File) }

// Uncovered is a rule or a row of the corrections that has no vector.
type Uncovered struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
}

// Vectors returns all vectors, by file name ascending. The error is that of a
// manifest which is not as this package declares it.
func Vectors() ([]Vector, error) {
	m, err := readManifest()
	return m.Vectors, err
}

// WithoutVector returns what has no vector, and why. The error is as for
// [Vectors].
func WithoutVector() ([]Uncovered, error) {
	m, err := readManifest()
	return m.WithoutVector, err
}

type manifest struct {
	Vectors       []Vector    `json:"vectors"`
	WithoutVector []Uncovered `json:"without_vector"`
}

const manifestFile = "vectors.json"

func readManifest() (manifest, error) {
	data, err := Files.ReadFile(manifestFile)
	if err != nil {
		return manifest{}, err
	}
	return parseManifest(data)
}

func parseManifest(data []byte) (manifest, error) {
	var m manifest
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return manifest{}, fmt.Errorf("%s: %w", manifestFile, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return manifest{}, fmt.Errorf("%s: text after the manifest", manifestFile)
	}
	return m, nil
}
