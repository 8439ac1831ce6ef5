//go:build unix

package httpget

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"socklab/tools/harness/need"
	"socklab/tools/harness/testexec"
)

const (
	mebibyte = 1 << 20
	gibibyte = 1 << 30
)

// serveBody answers each caller with a body of size bytes, counted or chunked.
func serveBody(t testing.TB, size int, chunked bool) string {
	t.Helper()
	listener := listen(t)
	var callers sync.WaitGroup
	t.Cleanup(func() { listener.Close(); callers.Wait() })
	piece := make([]byte, mebibyte)
	callers.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			callers.Go(func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(testexec.TooLong))
				conn.Read(make([]byte, 4096))
				if chunked {
					io.WriteString(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
				} else {
					fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size)
				}
				for range size / len(piece) {
					if chunked {
						fmt.Fprintf(conn, "%x\r\n", len(piece))
					}
					if _, err := conn.Write(piece); err != nil {
						return
					}
					if chunked {
						io.WriteString(conn, "\r\n")
					}
				}
				if chunked {
					io.WriteString(conn, "0\r\n\r\n")
				}
				// A caller that waits for the close must see one without a reset.
				conn.(*net.TCPConn).CloseWrite()
				io.Copy(io.Discard, conn)
			})
		}
	})
	return "http://" + listener.Addr().String() + "/"
}

// BenchmarkGet gets 1 GiB with http-get and with curl, in turn, both writing
// to the null device. A ratio above 1 means that http-get is the faster one.
func BenchmarkGet(b *testing.B) {
	need.Skip(b, "curl")
	curl, err := exec.LookPath("curl")
	if err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct {
		name, flag string
		chunked    bool
	}{
		{"raw", "-body=false", false},
		{"body", "-body", false},
		{"body-chunked", "-body", true},
	} {
		b.Run(bench.name, func(b *testing.B) {
			url := serveBody(b, gibibyte, bench.chunked)
			timed := func(cmd *exec.Cmd) time.Duration {
				start := time.Now()
				if err := cmd.Run(); err != nil {
					b.Fatal(err)
				}
				return time.Since(start)
			}
			var ours, theirs []time.Duration
			for b.Loop() {
				ours = append(ours, timed(testexec.Command(b, bench.flag, url)))
				theirs = append(theirs, timed(exec.Command(curl, "-s", url)))
			}
			// The median: a single run beside a busy neighbour says nothing.
			rate := func(d []time.Duration) float64 {
				slices.Sort(d)
				return gibibyte / 1e6 / d[len(d)/2].Seconds()
			}
			b.ReportMetric(rate(ours), "http-get-MB/s")
			b.ReportMetric(rate(theirs), "curl-MB/s")
			b.ReportMetric(rate(ours)/rate(theirs), "ratio")
		})
	}
}

// TestMemoryStaysFlat gets a body eight times as long, and the memory must stay
// the same. A program that kept the body of 64 MiB would need more than 16 MiB
// beyond what one of 8 MiB takes.
func TestMemoryStaysFlat(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the unit of maxrss is Linux's")
	}
	peak := func(flag string, size int) int {
		cmd := testexec.Command(t, flag, serveBody(t, size, flag == "-body"))
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		return int(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) << 10
	}
	for _, flag := range []string{"-body=false", "-i", "-body"} {
		small, large := peak(flag, 8*mebibyte), peak(flag, 64*mebibyte)
		t.Logf("%s: peak of %.1f MiB for 8 MiB, %.1f MiB for 64 MiB", flag, float64(small)/mebibyte, float64(large)/mebibyte)
		if large > small+16*mebibyte {
			t.Errorf("%s: memory grows with the body", flag)
		}
	}
}
