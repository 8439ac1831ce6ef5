//go:build unix

package httpget

import (
	"crypto/tls"
	"io"
	"net"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"socklab/tools/harness/need"
	"socklab/tools/harness/testexec"
)

// servePage answers each caller with a page of 12 bytes, sealed or not.
func servePage(b *testing.B, config *tls.Config) (addr string) {
	b.Helper()
	listener := listen(b)
	var callers sync.WaitGroup
	b.Cleanup(func() { listener.Close(); callers.Wait() })
	callers.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			callers.Go(func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(testexec.TooLong))
				if config != nil {
					conn = net.Conn(tls.Server(conn, config))
					defer conn.Close()
				}
				conn.Read(make([]byte, 4096))
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close\r\n\r\nhello world\n")
			})
		}
	})
	return listener.Addr().String()
}

// BenchmarkSmallPage gets a page of 12 bytes with http-get and with curl, in
// turn, from the start of each process to its end: most of it is the start. A
// ratio above 1 means that http-get is the faster one.
func BenchmarkSmallPage(b *testing.B) {
	need.Skip(b, "curl")
	curl, err := exec.LookPath("curl")
	if err != nil {
		b.Fatal(err)
	}
	trust := newAuthority(b)
	for _, scheme := range []string{"http", "https"} {
		b.Run(scheme, func(b *testing.B) {
			var config *tls.Config
			var flags, curlFlags []string
			if scheme == "https" {
				config = &tls.Config{Certificates: []tls.Certificate{trust.today(b, "127.0.0.1")}}
				flags, curlFlags = []string{"-cacert", trust.file}, []string{"--cacert", trust.file}
			}
			url := scheme + "://" + servePage(b, config) + "/"
			timed := func(cmd *exec.Cmd) time.Duration {
				start := time.Now()
				page, err := cmd.Output()
				took := time.Since(start)
				if err != nil || string(page) != "hello world\n" {
					b.Fatalf("%v: %q, %v", cmd, page, err)
				}
				return took
			}
			var ours, theirs []time.Duration
			for b.Loop() {
				ours = append(ours, timed(testexec.Command(b, append(flags, "-body", url)...)))
				theirs = append(theirs, timed(exec.Command(curl, append(curlFlags, "-s", url)...)))
			}
			median := func(d []time.Duration) float64 {
				slices.Sort(d)
				return float64(d[len(d)/2].Microseconds()) / 1000
			}
			b.ReportMetric(median(ours), "http-get-ms")
			b.ReportMetric(median(theirs), "curl-ms")
			b.ReportMetric(median(theirs)/median(ours), "ratio")
		})
	}
}
