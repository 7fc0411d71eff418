package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/ringproof/ringproof/internal/campaign"
)

// namedCommand is NAME=CMD, as --fidelity takes it.
var namedCommand = regexp.MustCompile(`(?s)^([A-Za-z][A-Za-z0-9 ._+-]*)=(.+)$`)

// fidelityReport compares what decoders do with each member of the contract.
func (f *fuzzFlags) fidelityReport(ctx context.Context, s *streams) error {
	outputs, err := openReports(f.reports, f.format, campaign.FidelityKinds)
	if err != nil {
		return err
	}
	defer outputs.close()
	decoders, err := f.named(s)
	if err != nil {
		return err
	}
	c, err := campaign.Compare(ctx, decoders)
	switch {
	case ctx.Err() != nil:
		return notRun(errors.New("interrupted"), "")
	case err != nil:
		return f.notRun(err)
	}
	err = outputs.each(s, func(kind string, w, _ io.Writer) error {
		if w == s.out && f.quiet {
			return nil
		}
		return c.Write(kind, w)
	})
	if err != nil {
		return notRun(err, "")
	}
	return nil
}

// named are the decoders with their names. The only one needs none.
func (f *fuzzFlags) named(s *streams) ([]campaign.Named, error) {
	if f.to != "" {
		d, err := f.decoder(s)
		return []campaign.Named{{Name: "endpoint", Decoder: d}}, err
	}
	var list []campaign.Named
	seen := map[string]bool{}
	for _, e := range f.exec {
		name, line := "decoder", e
		if m := namedCommand.FindStringSubmatch(e); m != nil {
			name, line = m[1], m[2]
		} else if len(f.exec) > 1 {
			return nil, usage(fmt.Errorf("--exec %q has no name", e), "with several decoders each is NAME=CMD: --exec 'node=node decode.mjs'")
		}
		if seen[name] {
			return nil, usage(fmt.Errorf("two decoders are called %q", name), "give each another name")
		}
		seen[name] = true
		list = append(list, campaign.Named{Name: name, Decoder: campaign.Decoder{Exec: line, Restart: f.restart, Timeout: f.timeout.Milliseconds()}})
	}
	return list, nil
}
