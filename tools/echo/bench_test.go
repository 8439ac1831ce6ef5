//go:build unix

package echo

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"socklab/tools/harness/need"
)

// bareMain is a minimal server: an accept loop, and a goroutine for each caller,
// which sends back what it receives. With prints it prints that first.
func bareMain(prints bool) {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		os.Exit(1)
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			os.Exit(1)
		}
		go func() {
			defer conn.Close()
			buf := make([]byte, receiveSize)
			for {
				n, err := conn.Read(buf)
				if err != nil {
					return
				}
				if prints {
					fmt.Printf("%s\n", buf[:n])
				}
				if _, err := conn.Write(buf[:n]); err != nil {
					return
				}
			}
		}()
	}
}

// BenchmarkExchanges compares echo-server -k, which prints what it receives, with
// four others in turn: a bare accept loop that prints, one that doesn't, and ncat
// and socat, which copy by themselves. It counts the names per second that are
// answered to four callers at once, who stay connected, or call anew for each
// name. A ratio above 1 means that echo-server answers more. Medians:
//
//	go test ./tools/echo -run xxx -bench Exchanges -benchtime 11x
func BenchmarkExchanges(b *testing.B) {
	const callers, turn = 4, 300 * time.Millisecond
	for _, each := range []string{"stay", "call"} {
		b.Run(each, func(b *testing.B) {
			again := func(kind string, args ...string) *exec.Cmd {
				cmd := exec.Command(os.Args[0], args...)
				cmd.Env = append(os.Environ(), "ECHO_TEST_RUN="+kind)
				return cmd
			}
			type server struct {
				name, addr string
				rates      []float64
			}
			var servers []*server
			for _, s := range []struct {
				name    string
				command func(host, port string) *exec.Cmd
			}{
				{"echo-server", func(host, port string) *exec.Cmd { return again("server", "-k", host+":"+port) }},
				{"bare", func(host, port string) *exec.Cmd { return again("bare", host+":"+port) }},
				{"printing", func(host, port string) *exec.Cmd { return again("printing", host+":"+port) }},
				{"ncat", func(host, port string) *exec.Cmd {
					return exec.Command("ncat", "-l", "-k", "-e", "/bin/cat", host, port)
				}},
				{"socat", func(host, port string) *exec.Cmd {
					return exec.Command("socat", "TCP4-LISTEN:"+port+",bind="+host+",reuseaddr,fork,backlog=128", "PIPE")
				}},
			} {
				addr := serving(b, s.command)
				servers = append(servers, &server{name: s.name, addr: addr})
			}
			round := byte(1)
			for b.Loop() {
				round++ // a new address each round, or no ports would be left
				for _, s := range servers {
					var exchanges atomic.Int64
					var all sync.WaitGroup
					start := time.Now()
					for range callers {
						all.Go(func() { exchanges.Add(exchange(b, s.addr, round, start.Add(turn), each == "stay")) })
					}
					all.Wait()
					s.rates = append(s.rates, float64(exchanges.Load())/time.Since(start).Seconds())
				}
			}
			median := func(s *server) float64 {
				slices.Sort(s.rates)
				return s.rates[len(s.rates)/2]
			}
			for _, s := range servers {
				b.ReportMetric(median(s), s.name+"/s")
				if s != servers[0] {
					b.ReportMetric(median(servers[0])/median(s), "of-"+s.name)
				}
			}
		})
	}
}

// serving starts a server that prints to nobody, and returns its address when
// it can be called.
func serving(b *testing.B, command func(host, port string) *exec.Cmd) (addr string) {
	b.Helper()
	free, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr = free.Addr().String()
	free.Close()
	host, port, _ := net.SplitHostPort(addr)
	cmd := command(host, port)
	need.Skip(b, cmd.Args[0])
	// The processes that it starts for its callers must end with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); cmd.Wait() })
	for deadline := time.Now().Add(limit); ; runtime.Gosched() {
		conn, err := net.Dial("tcp4", addr)
		if err == nil {
			conn.Close()
			return addr
		}
		if time.Now().After(deadline) {
			b.Fatalf("%v: %v", cmd, err)
		}
	}
}

// exchange says a name and waits until it comes back, again and again until its
// time is over, on one connection or on a new one each time.
func exchange(b *testing.B, addr string, from byte, end time.Time, stay bool) (n int64) {
	const name = "baihuixin"
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, from)}}
	var conn net.Conn
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	buf := make([]byte, receiveSize)
	for ; time.Now().Before(end); n++ {
		if conn == nil {
			var err error
			if conn, err = dialer.Dial("tcp4", addr); err != nil {
				b.Error(err)
				return n
			}
			conn.SetDeadline(time.Now().Add(limit))
		}
		if _, err := conn.Write([]byte(name)); err != nil {
			b.Error(err)
			return n
		}
		heard := 0
		for heard < len(name) || string(buf[heard-len(name):heard]) != name {
			got, err := conn.Read(buf[heard:])
			if err != nil {
				b.Errorf("received %q, then %v", buf[:heard], err)
				return n
			}
			heard += got
		}
		if !stay {
			conn.Close()
			conn = nil
		}
	}
	return n
}
