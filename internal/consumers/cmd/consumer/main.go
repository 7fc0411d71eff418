// Command consumer runs a sample webhook service on an address, and prints its URL.
//
//	go run ./internal/consumers/cmd/consumer --auth secret:env:HOOK_SECRET --defect reads-call-status
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/ringproof/ringproof/internal/consumers"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// run serves until the context is done. Its result is the exit code: 2 for bad usage.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("consumer", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:0", "`address` to listen on; port 0 is any that is free")
	auth := flags.String("auth", "none", "none, bearer:TOKEN, secret:TOKEN, hmac:SECRET[,alg=...], standard:whsec_...; env:NAME stands for a secret")
	work := flags.Duration("work", 0, "how long the defect slow-answer takes (default 21s)")
	list := flags.Bool("list", false, "list the defects")
	options := consumers.Options{Now: time.Now}
	flags.Func("defect", "`name` of a defect to have; may repeat", func(name string) error {
		if !slices.ContainsFunc(consumers.Defects(), func(d consumers.Defect) bool { return d.Name == name }) {
			return errors.New("there is no such defect; --list shows all")
		}
		options.Defects = append(options.Defects, name)
		return nil
	})
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() > 0:
		fmt.Fprintf(stderr, "consumer: unexpected argument %q\n", flags.Arg(0))
		return 2
	}
	if *list {
		for _, d := range consumers.Defects() {
			fmt.Fprintf(stdout, "%-29s %s\n", d.Name, d.Title)
		}
		return 0
	}
	var err error
	if options.Auth, err = consumers.ParseAuth(*auth, getenv); err != nil {
		fmt.Fprintf(stderr, "consumer: --auth: %v\n", err)
		return 2
	}
	options.Work = *work
	if err := serve(ctx, *addr, consumers.New(options), stdout); err != nil {
		fmt.Fprintf(stderr, "consumer: %v\n", err)
		return 1
	}
	return 0
}

func serve(ctx context.Context, addr string, h http.Handler, stdout io.Writer) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute}
	fmt.Fprintf(stdout, "http://%s\n", listener.Addr())
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	// Requests under way get a second.
	grace, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if server.Shutdown(grace) != nil {
		return server.Close()
	}
	return nil
}
