package chat

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// hearsWithin is hears for what must not come at any time.
func (p *peer) hearsWithin(d time.Duration, want string) {
	p.t.Helper()
	p.SetReadDeadline(time.Now().Add(d))
	p.hears(want)
	p.SetReadDeadline(time.Now().Add(patience))
}

// TestBurstOfAnySize says much more than all buffers hold to one who reads
// slowly, in bits. Nobody is dropped: the one who says it has to wait.
func TestBurstOfAnySize(t *testing.T) {
	const lines = 10_000
	addr, _ := startRoomWith(t, limits{patience: patience})
	alice := enter(t, addr, "alice")
	bob := callBy(t, keeping(1<<13), addr)
	bob.says("bob")
	bob.hears("* bob joined")
	alice.hears("* bob joined")
	text := strings.Repeat("x", 500)
	said := make(chan error, 1)
	go func() {
		out := bufio.NewWriter(alice)
		for i := range lines {
			fmt.Fprintf(out, "%d %s\n", i, text)
		}
		said <- out.Flush()
	}()
	for i := range lines {
		if i == 100 {
			// By now all is full. Carol comes, and waits for nobody.
			carol := enter(t, addr, "carol")
			carol.says("hi")
			carol.says("/who") // among what else she hears
			for line := ""; line != "* here: alice, bob, carol\n"; {
				var err error
				if line, err = carol.in.ReadString('\n'); err != nil {
					t.Fatal(err)
				}
			}
			carol.Close()
		}
		for want := fmt.Sprintf("alice: %d %s\n", i, text); ; {
			got, err := bob.in.ReadString('\n')
			if err != nil {
				t.Fatalf("line %d: %v", i, err)
			}
			if got == want {
				break
			}
			if got != "* carol joined\n" && got != "carol: hi\n" && got != "* carol left\n" {
				t.Fatalf("heard %.100q, want %.100q", got, want)
			}
		}
	}
	if err := <-said; err != nil {
		t.Error(err)
	}
}

// TestSmallTalkBesideAStatue: while a burst waits for a statue, others talk.
func TestSmallTalkBesideAStatue(t *testing.T) {
	addr, _ := startRoomWith(t, limits{patience: patience}) // for ever, as it were
	alice := enter(t, addr, "alice")
	statue := callBy(t, keeping(1<<13), addr)
	statue.says("statue")
	alice.hears("* statue joined")
	bob := enter(t, addr, "bob", alice)
	burst := bytes.Repeat([]byte(strings.Repeat("x", 999)+"\n"), 8<<10)
	go alice.Write(burst) // waits for the statue, sooner or later
	carol := call(t, addr)
	// Bob reads until nothing comes any more, which is when the queue is full.
	for {
		bob.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
		if _, err := bob.in.ReadString('\n'); errors.Is(err, os.ErrDeadlineExceeded) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	bob.SetReadDeadline(time.Now().Add(patience))
	carol.says("carol")
	carol.hears("* carol joined")
	bob.hears("* carol joined")
	for i := range 20 {
		carol.says(fmt.Sprint(i))
		bob.hearsWithin(5*time.Second, fmt.Sprint("carol: ", i))
		bob.says("yes")
		carol.hearsWithin(5*time.Second, "bob: yes")
	}
}

func TestNoName(t *testing.T) {
	addr, _ := startRoomWith(t, limits{nameWithin: 300 * time.Millisecond, patience: patience})
	alice := enter(t, addr, "alice")
	p := call(t, addr) // says nothing
	q := call(t, addr) // says a name, a byte at a time, and comes to no end
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
				q.Write([]byte("x"))
			}
		}
	}()
	for _, caller := range []*peer{p, q} {
		caller.hears("* goodbye: no name in 300ms")
		caller.hearsEnd()
	}
	alice.says("/who") // who has a name may be silent
	alice.hears("* here: alice")
}

func TestIdle(t *testing.T) {
	addr, _ := startRoomWith(t, limits{nameWithin: patience, idle: time.Second, patience: patience})
	bob := enter(t, addr, "bob")
	stop := make(chan struct{})
	defer close(stop)
	var longest atomic.Int64 // that bob was silent
	go func() {
		last := time.Now()
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				bob.Write([]byte("hm\n"))
				longest.Store(max(longest.Load(), int64(time.Since(last))))
				last = time.Now()
			}
		}
	}()
	go io.Copy(io.Discard, bob)
	for range 2 { // longer than bob may be silent, in all
		alice := call(t, addr)
		alice.says("alice")
		alice.hears("* alice joined")
		for line := "bob: hm\n"; line != "* goodbye: not a word in 1s\n"; {
			if line == "* bob left\n" && longest.Load() > int64(time.Second)/2 {
				t.Logf("this machine was too busy to tell: bob could say nothing for %v", time.Duration(longest.Load()))
				return
			}
			if line != "bob: hm\n" {
				t.Fatalf("alice heard %q", line)
			}
			var err error
			if line, err = alice.in.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		alice.hearsEnd()
		alice.Close()
	}
}

// TestEveryByte says every byte value, alone and in every neighbourhood.
func TestEveryByte(t *testing.T) {
	addr, _ := startRoom(t)
	alice := enter(t, addr, "alice")
	bob := enter(t, addr, "bob", alice)
	random := rand.New(rand.NewPCG(1, 2))
	var all []byte
	for b := range 256 {
		all = append(all, byte(b), '\n')
	}
	for range 1 << 18 {
		all = append(all, byte(random.UintN(256)))
	}
	go alice.Write(append(all, "\nthe end\n"...))
	for {
		line, err := bob.in.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsFunc(line[:len(line)-1], func(r rune) bool { return r < ' ' || 0x7f <= r && r < 0xa0 }) {
			t.Fatalf("heard %q", line)
		}
		if line == "alice: the end\n" {
			return
		}
	}
}

func TestReset(t *testing.T) {
	addr, _ := startRoom(t)
	alice := enter(t, addr, "alice")
	for range 20 {
		bob := enter(t, addr, "bob", alice)
		bob.sends("half a li")
		bob.SetLinger(0)
		bob.Close()
		alice.hears("* bob left")
	}
}

// TestThousands is 2,000 callers who connect at the same time.
func TestThousands(t *testing.T) {
	const callers = 2000
	needFiles(t, 2*callers+100)
	addr, _ := startRoom(t)
	alice := enter(t, addr, "alice")
	var wg sync.WaitGroup
	leave := make(chan struct{})
	for i := range callers {
		wg.Go(func() {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(patience))
			fmt.Fprintf(conn, "c%d\n", i)
			go io.Copy(io.Discard, conn)
			<-leave
		})
	}
	joined := map[string]bool{}
	for len(joined) < callers {
		line, err := alice.in.ReadString('\n')
		if err != nil {
			t.Fatalf("%v, after %d had joined", err, len(joined))
		}
		joined[line] = true
	}
	alice.says("/who")
	line, _ := alice.in.ReadString('\n')
	if n := strings.Count(line, ", "); n != callers {
		t.Errorf("%d are here, want %d, and %d have joined", n, callers, len(joined))
	}
	close(leave)
	wg.Wait()
}

// needFiles skips a test that takes more descriptors than it may have.
func needFiles(t testing.TB, n int) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = limit.Max // Go did that when it began, and tells children otherwise
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Logf("raise the number of open files: %v", err)
	}
	if uint64(limit.Cur) < uint64(n) {
		t.Skipf("needs %d open files, may have %d: raise it, with ulimit -Hn", n, limit.Cur)
	}
}

// startWith starts the server with no more open files than that.
func startWith(t *testing.T, files int, args ...string) (server *program, addr string) {
	t.Helper()
	server = &program{Cmd: exec.Command("sh", append([]string{"-c", `ulimit -n ` + strconv.Itoa(files) + `; exec "$@"`, "sh", os.Args[0]}, args...)...)}
	server.Env = append(os.Environ(), "CHAT_TEST_RUN=server", "GORACE=atexit_sleep_ms=0")
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	server.out, server.Stderr = bufio.NewReader(out), &server.diagnostics
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(2*patience, func() { server.Process.Kill() })
	t.Cleanup(func() { watchdog.Stop(); server.Process.Kill(); server.Wait() })
	return server, server.address(t)
}

// address is where a server listens, as its first line says.
func (p *program) address(t *testing.T) string {
	t.Helper()
	first, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(strings.TrimPrefix(first, "listening on "), "\n")
}

// TestFull fills a server that may have few descriptors.
func TestFull(t *testing.T) {
	const files = 40
	server, addr := startWith(t, files, "127.0.0.1:0")
	alice := enter(t, addr, "alice")
	bob := enter(t, addr, "bob", alice)

	// More than the server has descriptors for. The kernel takes their calls;
	// and nobody else is to notice anything.
	var crowd []net.Conn
	for range files {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		crowd = append(crowd, conn)
	}
	last := crowd[len(crowd)-1]
	ticks, counted := computed(server.Process.Pid)
	last.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
	if n, err := last.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the last of %d callers received %d bytes, %v; want it to wait", files, n, err)
	}
	// No busy loop: what the server computed in half a second is next to nothing.
	if now, _ := computed(server.Process.Pid); counted && now-ticks > 20 {
		t.Errorf("full, the server has computed for %d ticks of 10 ms in half a second", now-ticks)
	}
	last.SetReadDeadline(time.Now().Add(patience))
	for i := range 100 {
		alice.says(fmt.Sprint(i))
		bob.hears(fmt.Sprint("alice: ", i))
	}

	// Those in front leave, and those behind come in.
	for _, conn := range crowd[:len(crowd)-1] {
		conn.Close()
	}
	want := "* welcome: your first line is your name\n"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(last, got); err != nil || string(got) != want {
		t.Errorf("the last heard %q, %v", got, err)
	}
	io.WriteString(last, "last\n")
	alice.hears("* last joined")
	bob.hears("* last joined")
	server.Process.Signal(syscall.SIGTERM)
	alice.hears("* the room is closing")
	alice.Close()
	bob.Close()
	last.Close()
	server.Wait()
	said := server.diagnostics.String()
	if code := server.ProcessState.ExitCode(); code != 0 || strings.Count(said, "\n") != 2 ||
		!strings.HasPrefix(said, "chat-server: accept on "+addr+": too many open files: ") {
		t.Errorf("exited %d, and had said\n%s", code, said)
	}
}

// computed is how much a process has computed, in ticks of 10 ms (proc_pid_stat(5)).
func computed(pid int) (ticks int, ok bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')'):]))
	user, _ := strconv.Atoi(fields[12])
	system, _ := strconv.Atoi(fields[13])
	return user + system, true
}

// TestFullAndClosing closes a server at whose door others wait.
func TestFullAndClosing(t *testing.T) {
	server, addr := startWith(t, 16, "127.0.0.1:0")
	for range 16 {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	server.Process.Signal(syscall.SIGTERM)
	server.Wait() // its callers don't leave: a second each, all together
	if code := server.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exited %d, and had said\n%s", code, &server.diagnostics)
	}
}

// TestKilled kills a server, and at once there is another in its place.
func TestKilled(t *testing.T) {
	addr := "127.0.0.1:0"
	for i := range 5 {
		server := start(t, "server", addr)
		if got := server.address(t); i > 0 && got != addr {
			t.Fatalf("listens on %s, want %s", got, addr)
		} else {
			addr = got
		}
		alice := enter(t, addr, "alice")
		bob := enter(t, addr, "bob", alice)
		for i := range 100 {
			alice.says(fmt.Sprint(i))
		}
		bob.hears("alice: 0")
		server.Process.Kill()
		server.Wait()
		// What bob heard of her is what she said, in order, up to some point.
		for next := 1; ; next++ {
			line, err := bob.in.ReadString('\n')
			if err != nil {
				break
			}
			if line != fmt.Sprintf("alice: %d\n", next) {
				t.Fatalf("heard %q, want %d", line, next)
			}
		}
	}
}

// TestNothingLost lets everything happen at once, and then closes the room. What
// the room told, each healthy caller has heard, whole and in the same order.
func TestNothingLost(t *testing.T) {
	const healthy, talkers, lines, enough = 8, 3, 10_000, 20_000
	server, addr := startWith(t, 60, "-patience=500ms", "127.0.0.1:0")
	go io.Copy(io.Discard, server.out)

	var peers []*peer
	heard := make([][]string, healthy)
	for i := range healthy {
		peers = append(peers, call(t, addr))
		peers[i].says(fmt.Sprint("h", i))
		peers[i].hears(fmt.Sprint("* h", i, " joined"))
		for k := range i {
			peers[k].hears(fmt.Sprint("* h", i, " joined"))
		}
	}
	dropped := 0 // statues
	closing := sync.OnceFunc(func() { server.Process.Signal(syscall.SIGTERM) })
	var hearing sync.WaitGroup
	for i, p := range peers {
		hearing.Go(func() {
			for {
				line, err := p.in.ReadString('\n')
				if err != nil {
					if err != io.EOF {
						t.Errorf("h%d: %v", i, err)
					}
					p.Close()
					return
				}
				heard[i] = append(heard[i], line)
				if i == talkers {
					dropped += strings.Count(line, " dropped: not reading\n")
					if dropped > 0 && len(heard[i]) >= enough {
						closing() // in the midst of it
					}
				}
			}
		})
	}

	// What fails meanwhile: callers reset, never read, are too many.
	var failing sync.WaitGroup
	stop, statue := make(chan struct{}), make(chan struct{})
	fail := func(f func(conn *net.TCPConn, i int)) {
		failing.Go(func() {
			for i := 0; ; i++ {
				conn, err := keeping(1<<12).Dial("tcp", addr)
				if err != nil {
					return // closed
				}
				f(conn.(*net.TCPConn), i)
				conn.Close()
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
				}
			}
		})
	}
	fail(func(conn *net.TCPConn, i int) {
		fmt.Fprintf(conn, "reset%d\nand a half li", i)
		conn.SetLinger(0)
	})
	fail(func(conn *net.TCPConn, i int) {
		fmt.Fprintf(conn, "statue%d\n", i)
		if i == 0 {
			io.ReadFull(conn, make([]byte, len("* welcome: your first line is your name\n* s")))
			close(statue)
		}
		select {
		case <-stop:
		case <-time.After(patience): // long dropped
		}
	})
	fail(func(conn *net.TCPConn, i int) {
		var crowd []net.Conn
		for range 60 {
			if conn, err := net.Dial("tcp", addr); err == nil {
				crowd = append(crowd, conn)
			}
		}
		for _, conn := range crowd {
			conn.Close()
		}
	})
	// The talk begins when the first statue is there. It can't end before that
	// is dropped: more is said than fits into all buffers.
	<-statue
	var talking sync.WaitGroup
	text := strings.Repeat("x", 100)
	for i := range talkers {
		talking.Go(func() {
			for n := range lines {
				if _, err := fmt.Fprintf(peers[i], "%d %s\n", n, text); err != nil {
					return // the room has closed
				}
			}
		})
	}
	hearing.Wait()
	close(stop)
	talking.Wait()
	failing.Wait()
	server.Wait()

	for i := range healthy {
		if n := len(heard[i]); n == 0 || heard[i][n-1] != "* the room is closing\n" {
			t.Fatalf("h%d heard %d lines and no farewell; the server said\n%s", i, n, &server.diagnostics)
		}
		if i > talkers && !slices.Equal(heard[i], heard[talkers]) {
			t.Errorf("h%d heard %d lines, h%d %d, and not the same", i, len(heard[i]), talkers, len(heard[talkers]))
		}
	}
	for i := range talkers {
		said := fmt.Sprintf("h%d: ", i)
		next := 0
		var others []string
		for _, line := range heard[talkers] {
			if !strings.HasPrefix(line, said) {
				others = append(others, line)
				continue
			}
			if !strings.HasPrefix(line, fmt.Sprintf("%s%d x", said, next)) {
				t.Fatalf("heard %.20q of h%d, want line %d", line, i, next)
			}
			next++
		}
		if next == 0 {
			t.Errorf("nothing of h%d was heard", i)
		}
		if !slices.Equal(heard[i], others) {
			t.Errorf("h%d heard %d lines, and the others said %d", i, len(heard[i]), len(others))
		}
		t.Logf("of h%d %d lines were heard", i, next)
	}
}

// stuffs says the line until nobody takes it any more, and returns what is left
// of the last one.
func (p *peer) stuffs(line string) (rest string) {
	p.t.Helper()
	burst := strings.Repeat(line, 1<<10)
	for range 64 << 10 {
		p.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
		n, err := io.WriteString(p, burst)
		p.SetWriteDeadline(time.Now().Add(patience))
		if errors.Is(err, os.ErrDeadlineExceeded) {
			rest = burst[n:]
			return rest[:strings.IndexByte(rest, '\n')+1]
		}
		if err != nil {
			p.t.Fatal(err)
		}
	}
	p.t.Fatal("64 Mi lines were taken")
	return ""
}

func (p *peer) resets() {
	p.SetLinger(0)
	p.Close()
}

// TestStatueLeaves: one who never read, and waits for place in its own queue,
// hangs up. The room's patience is not over, and it has left.
func TestStatueLeaves(t *testing.T) {
	addr, _ := startRoomWith(t, limits{patience: patience})
	alice := enter(t, addr, "alice")
	statue := callBy(t, keeping(1<<13), addr)
	statue.says("statue")
	alice.hears("* statue joined")
	statue.stuffs("/x\n")
	statue.resets()
	alice.hears("* statue left")
	alice.says("/who")
	alice.hears("* here: alice")
}

// TestStatuesLeave: those for whom all of the room's memory is used hang up at
// the same time. They have left, and somebody can enter.
func TestStatuesLeave(t *testing.T) {
	addr, _ := startRoomWith(t, limits{patience: patience})
	alice := enter(t, addr, "alice")
	var statues []*peer
	for i := range 2 * roomMax / queueMax {
		p := callBy(t, keeping(1<<13), addr)
		p.says(fmt.Sprint("statue ", i))
		alice.hears(fmt.Sprintf("* statue %d joined", i))
		statues = append(statues, p)
	}
	alice.stuffs(strings.Repeat("x", 999) + "\n")
	for _, p := range statues {
		p.resets()
	}
	for range statues {
		if line, err := alice.in.ReadString('\n'); err != nil || !strings.HasSuffix(line, " left\n") {
			t.Fatalf("alice heard %q, %v", line, err)
		}
	}
	enter(t, addr, "carol", alice)
}

// TestIdleWhileWaiting: one who talks without pause, and has to wait for a
// statue for longer than anybody may be silent, was not silent.
func TestIdleWhileWaiting(t *testing.T) {
	addr, _ := startRoomWith(t, limits{nameWithin: patience, idle: time.Second, patience: patience})
	statue := callBy(t, keeping(1<<13), addr)
	statue.says("statue")
	statue.hears("* statue joined")
	stop := make(chan struct{})
	defer close(stop)
	go func() { // until its queue is full; then nobody hears it, nor how silent it is
		for tick := time.Tick(20 * time.Millisecond); ; {
			select {
			case <-stop:
				return
			case <-tick:
				statue.Write([]byte("hm\n"))
			}
		}
	}()
	alice := enter(t, addr, "alice")
	rest := alice.stuffs(strings.Repeat("x", 999) + "\n")
	dave := call(t, addr)
	dave.says("dave")
	dave.hears("* dave joined")
	dave.hears("* goodbye: not a word in 1s")
	statue.resets()
	alice.says(rest + "/who")
	for line := ""; line != "* here: alice\n"; {
		var err error
		if line, err = alice.in.ReadString('\n'); err != nil || strings.HasPrefix(line, "* goodbye") {
			t.Fatalf("alice heard %q, %v", line, err)
		}
	}
}

// TestAcceptErrors is about what Accept may say.
func TestAcceptErrors(t *testing.T) {
	for err, want := range map[error]bool{
		nil: false, io.EOF: false, net.ErrClosed: false, syscall.ECONNABORTED: false,
		&net.OpError{Op: "accept", Err: syscall.EMFILE}: true,
		&net.OpError{Op: "accept", Err: syscall.ENFILE}: true,
	} {
		if exhausted(err) != want {
			t.Errorf("exhausted(%v) is %v", err, !want)
		}
	}
	if exhausted(errors.New("too many open files")) {
		t.Error("an error is not its words")
	}
}
