package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// target is what the tools send to.
type target struct{ name, url string }

// serve starts both targets: one that hardly works, so that the sender is what is
// measured, and the sample consumer, which reads every message.
func serve(ctx context.Context, dir string) (targets []target, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	go accept(listener)
	consumer := exec.CommandContext(ctx, filepath.Join(dir, "consumer"))
	said, err := consumer.StdoutPipe()
	if err == nil {
		err = consumer.Start()
	}
	if err != nil {
		_ = listener.Close()
		return nil, nil, err
	}
	stop = func() {
		_ = listener.Close()
		_ = consumer.Process.Kill()
		_ = consumer.Wait()
	}
	url, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		stop()
		return nil, nil, err
	}
	return []target{
		{"a bare target", "http://" + listener.Addr().String() + "/"},
		{"the sample consumer", strings.TrimSpace(url) + "/"},
	}, stop, nil
}

func accept(listener net.Listener) {
	for {
		c, err := listener.Accept()
		if err != nil {
			return // closed
		}
		go answer(c)
	}
}

var reply = []byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

// answer answers each request of a connection with 200, until the connection ends.
func answer(c net.Conn) {
	defer c.Close()
	in := bufio.NewReaderSize(c, 64<<10)
	for {
		length, err := readHead(in)
		if err != nil {
			return
		}
		if _, err := in.Discard(length); err != nil {
			return
		}
		if _, err := c.Write(reply); err != nil {
			return
		}
	}
}

var lengthName = []byte("content-length:")

// readHead reads the head of a request and returns the length of its body.
func readHead(in *bufio.Reader) (length int, err error) {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			return length, nil
		}
		if len(line) > len(lengthName) && bytes.EqualFold(line[:len(lengthName)], lengthName) {
			n, err := strconv.Atoi(string(bytes.TrimSpace(line[len(lengthName):])))
			if err != nil || n < 0 {
				return 0, io.ErrUnexpectedEOF
			}
			length = n
		}
	}
}
