package delivery

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// The bodies of a status-update are 2.3 to 50 KB; 5.6 KB is what FACTS measured with.
const benchBody = 5600

func benchTarget(b *testing.B) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	b.Cleanup(server.Close)
	return server.URL
}

// rawTarget answers each request of benchBody bytes with as little work as there is,
// so that the client is what is measured.
func rawTarget(b *testing.B) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go answerRaw(c)
		}
	}()
	return "http://" + listener.Addr().String()
}

func answerRaw(c net.Conn) {
	defer func() { _ = c.Close() }()
	buffer := make([]byte, 64<<10)
	reply := []byte("HTTP/1.1 200 OK\r\nDate: Tue, 18 Aug 2026 08:00:00 GMT\r\nContent-Length: 0\r\n\r\n")
	have, want := 0, 0
	for {
		n, err := c.Read(buffer[have:])
		if err != nil {
			return
		}
		have += n
		if want == 0 {
			if i := bytes.Index(buffer[:have], []byte("\r\n\r\n")); i >= 0 {
				want = i + 4 + benchBody
			}
		}
		if want > 0 && have >= want {
			if _, err := c.Write(reply); err != nil {
				return
			}
			have, want = 0, 0
		}
	}
}

func BenchmarkSender(b *testing.B) {
	for name, start := range map[string]func(*testing.B) string{"server=nethttp": benchTarget, "server=raw": rawTarget} {
		b.Run(name, func(b *testing.B) {
			sender, err := NewSender(Options{Target: start(b)})
			if err != nil {
				b.Fatal(err)
			}
			defer sender.Close()
			d := Delivery{Body: bytes.Repeat([]byte("x"), benchBody)}
			b.ReportAllocs()
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if r := sender.Send(context.Background(), d); !r.OK() {
						b.Error(r.Status, r.Err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
		})
	}
}

// BenchmarkNetHTTP is what the sender is measured against: the standard library's
// client, used as well as one can.
func BenchmarkNetHTTP(b *testing.B) {
	for name, start := range map[string]func(*testing.B) string{"server=nethttp": benchTarget, "server=raw": rawTarget} {
		b.Run(name, func(b *testing.B) {
			target := start(b)
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100, DisableCompression: true}}
			defer client.CloseIdleConnections()
			body := bytes.Repeat([]byte("x"), benchBody)
			var failures atomic.Int64
			b.ReportAllocs()
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					response, err := client.Post(target, "application/json", bytes.NewReader(body))
					if err != nil {
						failures.Add(1)
						continue
					}
					_, _ = io.Copy(io.Discard, response.Body)
					_ = response.Body.Close()
				}
			})
			if failures.Load() > 0 {
				b.Error(failures.Load(), "failures")
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
		})
	}
}
