package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ringproof/ringproof/internal/consumers"
	"github.com/ringproof/ringproof/schema/vapi"
)

var update = flag.Bool("update", false, "rewrite what the scripts of testdata/script expect; read the result before you keep it")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ringproof": main, "consumer": runConsumer})
}

// runConsumer is a program for --start: consumer ADDRESS [auth=SPEC] [defect...].
func runConsumer() {
	var o consumers.Options
	for _, a := range os.Args[2:] {
		if spec, ok := strings.CutPrefix(a, "auth="); ok {
			var err error
			if o.Auth, err = consumers.ParseAuth(spec, os.Getenv); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(2)
			}
			continue
		}
		o.Defects = append(o.Defects, a)
	}
	fmt.Println("listening on", os.Args[1])
	err := http.ListenAndServe(os.Args[1], consumers.New(o))
	fmt.Fprintln(os.Stderr, "consumer:", err)
	os.Exit(1)
}

// TestScripts runs testdata/script. What scripts can do there besides
// testscript's own commands is in scriptCommands.
func TestScripts(t *testing.T) {
	published, err := filepath.Abs(filepath.Join("..", "..", "schema"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		Cmds:                scriptCommands,
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PUBLISHED", published)
			env.Setenv("CONTRACT", vapi.Descriptor().Source.SHA256)
			return nil
		},
	})
}

var scriptCommands = map[string]func(*testscript.TestScript, bool, []string){
	"code":   scriptCode,
	"bytes":  scriptBytes,
	"repeat": scriptRepeat,
	"bare":   scriptBare,
	"serve":  scriptServe,
	"port":   scriptPort,
	"mask":   scriptMask,
}

// scriptCode is exec that checks the exit code: code 2 ringproof validate.
func scriptCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N program [argument...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

var hexByte = regexp.MustCompile(`<[0-9A-F]{2}>`)

// scriptBytes writes a file in which <0D> stands for the byte 0x0D: what an
// archive of text cannot hold.
func scriptBytes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: bytes file text")
	}
	text := hexByte.ReplaceAllStringFunc(args[1], func(s string) string {
		n, err := strconv.ParseUint(s[1:3], 16, 8)
		ts.Check(err)
		return string([]byte{byte(n)})
	})
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}

// scriptRepeat writes a file of a text in which {{}} stands for n times another.
func scriptRepeat(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: repeat file text n item")
	}
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	text := strings.Replace(args[1], "{{}}", strings.Repeat(args[3], n), 1)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}

// scriptBare fails if there is anything in one of the folders.
func scriptBare(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: bare folder...")
	}
	for _, folder := range args {
		entries, err := os.ReadDir(ts.MkAbs(folder))
		ts.Check(err)
		for _, e := range entries {
			ts.Fatalf("%s holds %s", folder, e.Name())
		}
	}
}

// scriptServe starts a sample consumer, with the authentication and the defects
// that are named, and puts its address into a variable: serve NAME [auth=SPEC]
// [defect...].
func scriptServe(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: serve variable [auth=SPEC] [defect...]")
	}
	var o consumers.Options
	for _, a := range args[1:] {
		if spec, ok := strings.CutPrefix(a, "auth="); ok {
			var err error
			o.Auth, err = consumers.ParseAuth(spec, os.Getenv)
			ts.Check(err)
			continue
		}
		o.Defects = append(o.Defects, a)
	}
	server := httptest.NewServer(consumers.New(o))
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}

// scriptPort puts an address where nothing listens into a variable: port NAME.
func scriptPort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: port variable")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], listener.Addr().String())
	ts.Check(listener.Close())
}

// scriptMask copies what was written to standard output into a file, with another text
// in the place of what differs from run to run: mask FILE REGEXP TEXT.
func scriptMask(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: mask file regexp text")
	}
	text := regexp.MustCompile(args[1]).ReplaceAllString(ts.ReadFile("stdout"), args[2])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}
