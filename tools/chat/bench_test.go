//go:build unix

package chat

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"socklab/tools/harness/need"
)

// An audience is a number of callers in one room, who listen for marks.
type audience struct {
	*testing.B
	mark  string // the end of a line that counts
	conns []net.Conn
	come  chan struct{} // one for each arrival that the first of them hears
	heard atomic.Int64  // how many marks all callers together have heard
	want  atomic.Int64  // how many marks they must hear
	all   chan struct{}
}

// arrival is how chat-server, and ncat, say that somebody has come.
var arrival = regexp.MustCompile(`^(\* c\d+ joined|<announce> .* is connected as .*)\n$`)

// gather calls a room n times, and is done when all are in.
func gather(b *testing.B, addr string, n int) *audience {
	b.Helper()
	a := newAudience(b, "mark\n", n)
	for i := range n {
		a.enter(addr)
		if i == 0 {
			a.arrived(1) // so it hears all others come
		}
	}
	a.arrived(n - 1)
	return a
}

// newAudience returns an audience of up to n callers; none has come yet.
func newAudience(b *testing.B, mark string, n int) *audience {
	return &audience{B: b, mark: mark, come: make(chan struct{}, n), all: make(chan struct{}, 1)}
}

// enter has one more caller come and say its name.
func (a *audience) enter(addr string) {
	a.Helper()
	conn := a.call(addr)
	fmt.Fprintf(conn, "c%d\n", len(a.conns)-1)
}

// call has one more caller come.
func (a *audience) call(addr string) net.Conn {
	a.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		a.Fatal(err)
	}
	a.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(10 * time.Minute))
	a.conns = append(a.conns, conn)
	go a.listen(conn, len(a.conns) == 1)
	return conn
}

// arrived waits until the first caller has heard n more arrivals.
func (a *audience) arrived(n int) {
	a.Helper()
	late := time.After(5 * time.Minute)
	for i := range n {
		select {
		case <-a.come:
		case <-late:
			a.Fatalf("%d of %d callers are in", i, n)
		}
	}
}

// listen counts what one caller hears.
func (a *audience) listen(conn net.Conn, first bool) {
	for lines := bufio.NewReaderSize(conn, 2048); ; {
		line, err := lines.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			continue // ncat says in one line who all are there
		}
		if err != nil {
			return
		}
		if first && arrival.Match(line) {
			a.come <- struct{}{}
		}
		if bytes.HasSuffix(line, []byte(a.mark)) && a.heard.Add(1) == a.want.Load() {
			a.all <- struct{}{}
		}
	}
}

// say has some callers say a text, and waits until all of them together have
// heard that many marks more.
func (a *audience) say(marks int, text string, speakers ...int) {
	a.Helper()
	a.want.Add(int64(marks))
	for _, who := range speakers {
		go func() {
			if _, err := a.conns[who].Write([]byte(text)); err != nil {
				a.Error(err)
			}
		}()
	}
	a.allHeard()
}

// allHeard waits for the marks that are wanted.
func (a *audience) allHeard() {
	a.Helper()
	select {
	case <-a.all:
	case <-time.After(5 * time.Minute):
		a.Fatalf("%d of %d marks have been heard", a.heard.Load(), a.want.Load())
	}
}

// opened starts a room that prints to nobody, and returns its process and its
// address when it can be called.
func opened(b *testing.B, cmd *exec.Cmd, addr string) *os.Process {
	b.Helper()
	need.Skip(b, cmd.Args[0])
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for deadline := time.Now().Add(patience); ; runtime.Gosched() {
		conn, err := net.Dial("tcp4", addr)
		if err == nil {
			conn.Close()
			return cmd.Process
		}
		if time.Now().After(deadline) {
			b.Fatalf("%v: %v", cmd, err)
		}
	}
}

// freeAddr is an address on which nobody listens.
func freeAddr(b *testing.B) (host, port string) {
	b.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	host, port, _ = net.SplitHostPort(l.Addr().String())
	return host, port
}

// ourRoom is chat-server as a process of its own.
func ourRoom(b *testing.B) (*os.Process, string) {
	host, port := freeAddr(b)
	cmd := exec.Command(os.Args[0], host+":"+port)
	cmd.Env = append(os.Environ(), "CHAT_TEST_RUN=server")
	return opened(b, cmd, host+":"+port), host + ":" + port
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// BenchmarkRoom compares chat-server with ncat --chat, in turn: four of a
// hundred callers say 250 lines each, and the time runs until everybody has
// heard them all. A ratio above 1 means that chat-server delivers more. Medians:
//
//	go test ./tools/chat -run xxx -bench Room -benchtime 11x
func BenchmarkRoom(b *testing.B) {
	const callers, lines = 100, 250
	speakers := [...]int{0, 1, 2, 3}
	const deliveries = len(speakers) * lines * (callers - 1)
	_, ours := ourRoom(b)
	host, port := freeAddr(b)
	theirs := host + ":" + port
	opened(b, exec.Command("ncat", "-l", "--chat", "-m", "200", host, port), theirs)
	rooms := []*audience{gather(b, ours, callers), gather(b, theirs, callers)}
	text := strings.Repeat("what one says, all the others hear: mark\n", lines)
	rates := make([][]float64, len(rooms))
	for b.Loop() {
		for i, room := range rooms {
			start := time.Now()
			room.say(deliveries, text, speakers[:]...)
			rates[i] = append(rates[i], float64(deliveries)/time.Since(start).Seconds())
		}
	}
	b.ReportMetric(median(rates[0]), "chat-server/s")
	b.ReportMetric(median(rates[1]), "ncat/s")
	b.ReportMetric(median(rates[0])/median(rates[1]), "ratio")
}

// BenchmarkCrowd sends one line to a room of 10,000 silent callers. It measures
// the time until the last has heard it (median), and the most memory that the
// server took, in MB. More than 200 MB is a failure.
//
//	go test ./tools/chat -run xxx -bench Crowd -benchtime 11x
func BenchmarkCrowd(b *testing.B) {
	const callers, mostMB = 10_000, 200
	needFiles(b, callers+100)
	server, addr := ourRoom(b)
	room := gather(b, addr, callers)
	var took []float64
	for b.Loop() {
		start := time.Now()
		room.say(callers-1, "mark\n", 0)
		took = append(took, time.Since(start).Seconds())
	}
	// VmHWM: the most memory that it has ever had, proc_pid_status(5).
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", server.Pid))
	if err != nil {
		b.Skip("nobody knows the memory of a process here")
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	kB, err := strconv.Atoi(string(bytes.Fields(rest)[0]))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(median(took), "s/message")
	b.ReportMetric(float64(kB)/1000, "MB")
	if kB/1000 > mostMB {
		b.Errorf("the server took %d MB, and %d are enough", kB/1000, mostMB)
	}
}

// BenchmarkComing has a thousand callers come to a room: all at once, or each
// when all have heard of the one before. Either way half a million lines are
// sent. It compares the CPU time of the servers, in seconds. Medians:
//
//	go test ./tools/chat -run xxx -bench Coming -benchtime 5x
func BenchmarkComing(b *testing.B) {
	const callers = 1000
	needFiles(b, callers+100)
	work := map[int][]float64{}
	for b.Loop() {
		for _, atOnce := range []int{callers, 1} {
			server, addr := ourRoom(b)
			room := newAudience(b, " joined\n", callers)
			for i := 1; i <= callers; i++ {
				if i%atOnce == 0 {
					room.want.Store(int64(i * (i + 1) / 2)) // each arrival is told to all who are there
				}
				room.enter(addr)
				if i%atOnce == 0 {
					room.allHeard()
				}
			}
			if err := server.Kill(); err != nil {
				b.Fatal(err)
			}
			end, err := server.Wait()
			if err != nil {
				b.Fatal(err)
			}
			work[atOnce] = append(work[atOnce], (end.UserTime() + end.SystemTime()).Seconds())
		}
	}
	b.ReportMetric(median(work[callers]), "s-at-once")
	b.ReportMetric(median(work[1]), "s-one-by-one")
	b.ReportMetric(median(work[1])/median(work[callers]), "ratio")
}
