package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/ringproof/ringproof/internal/campaign"
	"github.com/ringproof/ringproof/internal/report"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type replayFlags struct {
	prune, quiet   bool
	exec, to, auth string
	headers        []string
	allowRemote    bool
}

func newReplay(s *streams) *cobra.Command {
	f := &replayFlags{}
	cmd := &cobra.Command{
		Use:   "replay [FILE...]",
		Short: "try failures again that fuzz has saved",
		Long: `Try saved failures again, those of the FILEs or all in ` + campaign.Folder + `: + if it is fixed, x if it
still fails, ? if nobody can tell. A FILE may be a folder. The file names the command that is run, so replay files of
people whom you trust only, or name the command with --exec. A secret is not in it: --auth and
RINGPROOF_SECRET are as for send, and --to is wanted for a URL with a query.

Exit codes: 0 none fails, 1 some still fail, 2 usage, 3 some could not be tried.`,
		Example: "  ringproof replay\n  ringproof replay --prune",
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd.Context(), s, args)
		},
	}
	f.define(cmd.Flags())
	return cmd
}

func (f *replayFlags) define(fs *pflag.FlagSet) {
	fs.BoolVar(&f.prune, "prune", false, "remove the files of failures that are fixed")
	fs.StringVar(&f.exec, "exec", "", "run this `CMD` of the shell instead of the one in the file")
	fs.StringVar(&f.to, "to", "", "send to this `URL` instead of the one in the file")
	fs.StringVar(&f.auth, "auth", "", "authenticate by this `SCHEME` instead of the one in the file")
	fs.StringArrayVar(&f.headers, "header", nil, "with a URL: another header, `NAME:VALUE`; may repeat")
	fs.BoolVar(&f.allowRemote, "allow-remote", false, "with --to: send to addresses that are not loopback, too")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "list what still fails only")
}

// savedFiles are the files that are meant.
func savedFiles(args []string) ([]string, error) {
	if len(args) == 0 {
		names, err := campaign.Find(campaign.Folder)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, usage(fmt.Errorf("there is no folder %s here", campaign.Folder), "ringproof fuzz makes it when something fails; or name files")
		}
		return names, err
	}
	var list []string
	for _, a := range args {
		info, err := os.Stat(a)
		if err != nil {
			return nil, notRun(err, "")
		}
		if !info.IsDir() {
			list = append(list, a)
			continue
		}
		names, err := campaign.Find(a)
		if err != nil {
			return nil, notRun(err, "")
		}
		list = append(list, names...)
	}
	return list, nil
}

func (f *replayFlags) run(ctx context.Context, s *streams, args []string) error {
	if f.exec != "" && f.to != "" {
		return usage(errors.New("--exec does not go with --to"), "try one decoder after the other")
	}
	if f.allowRemote && f.to == "" {
		return usage(errors.New("--allow-remote goes with --to"), "the file says so of the URL that is in it")
	}
	names, err := savedFiles(args)
	if err != nil {
		return err
	}
	fixed, failed, unclear, untried := 0, 0, 0, 0
	for _, name := range names {
		outcome, err := f.replay(ctx, s, name)
		switch {
		case ctx.Err() != nil:
			return notRun(errors.New("interrupted"), "")
		case err != nil:
			s.tell(err)
			untried++
		case outcome == campaign.Fails || outcome == campaign.Differs:
			failed++
		case outcome == campaign.Unclear:
			unclear++
		default:
			fixed++
		}
	}
	if !f.quiet {
		fmt.Fprintf(s.out, "%d fixed, %d failed", fixed, failed)
		if unclear > 0 {
			fmt.Fprintf(s.out, ", %d unclear", unclear)
		}
		fmt.Fprintln(s.out)
	}
	switch {
	case untried > 0:
		return notRun(fmt.Errorf("%d of %d could not be tried", untried, len(names)), "")
	case failed > 0:
		return errFindings
	}
	return nil
}

// settle puts what the flags say in the place of what the file says.
func (f *replayFlags) settle(s *streams, d *campaign.Decoder) (err error) {
	if f.exec != "" {
		*d = campaign.Decoder{Exec: f.exec, Restart: d.Restart, Timeout: d.Timeout}
		return nil
	}
	if f.to != "" {
		d.Exec, d.To, d.AllowRemote = "", f.to, f.allowRemote // what the file allows is not for another URL
	}
	if strings.HasSuffix(d.To, "?...") {
		return errors.New("the query of the URL is not in the file: name it with --to")
	}
	if d.To != "" {
		d.Access, err = access(s, cmp.Or(f.auth, d.Auth, "none"), f.headers)
	}
	return err
}

// replay tries one file again. It tells the outcome.
func (f *replayFlags) replay(ctx context.Context, s *streams, name string) (campaign.Outcome, error) {
	saved, err := campaign.Load(name)
	if err != nil {
		return campaign.Unclear, err
	}
	if err := f.settle(s, &saved.Decoder); err != nil {
		return campaign.Unclear, err
	}
	failure, outcome, err := saved.Replay(ctx)
	if err != nil {
		return campaign.Unclear, fmt.Errorf("%s: %w", name, err)
	}
	what := report.Printable(name + ": " + saved.Key().String())
	switch outcome {
	case campaign.Differs:
		what += ", in another way: " + report.Printable(failure.Key.String())
		fallthrough
	case campaign.Fails:
		fmt.Fprintf(s.out, "x failed %s\n  expected: %s\n  got:      %s\n", what, report.Printable(failure.Want), report.Printable(failure.Got))
		return outcome, nil
	case campaign.Unclear:
		if !f.quiet {
			fmt.Fprintf(s.out, "? unclear %s: it was seen once only, or there is no encoding to judge by\n", what)
		}
		return outcome, nil
	}
	if !f.quiet {
		fmt.Fprintf(s.out, "+ fixed %s\n", what)
	}
	if f.prune {
		return outcome, os.Remove(name)
	}
	return outcome, nil
}
