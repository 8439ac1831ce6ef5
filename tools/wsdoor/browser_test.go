//go:build unix

package wsdoor

import (
	"bufio"
	"context"
	"flag"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"socklab/tools/chat"
	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/testexec"
)

// TestMain lets a test start this binary as the door, or as the room behind it.
func TestMain(m *testing.M) {
	testexec.Main(m, func() {
		name := os.Args[1]
		os.Args = os.Args[1:]
		flag.CommandLine = flag.NewFlagSet(name, flag.ExitOnError)
		map[string]func(){"ws-door": Main, "chat-server": chat.ServerMain}[name]()
	})
}

// start starts a server, and returns its address.
func start(t *testing.T, args ...string) (cmd *exec.Cmd, addr string) {
	t.Helper()
	cmd = testexec.Command(t, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	addr, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "listening on ")
	if err != nil || !found {
		t.Fatalf("%q: first line %q, %v", args, line, err)
	}
	return cmd, addr
}

// A browser takes a seat in the room: it hears a caller on a plain socket, and is
// heard.
func TestBrowser(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	need.Skip(t, "chromium")
	ctx, cancel := context.WithTimeout(context.Background(), 3*testexec.TooLong)
	defer cancel()
	ctx, cancel = chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.ExecPath("chromium"), chromedp.WSURLReadTimeout(testexec.TooLong))...)
	defer cancel()
	ctx, _ = chromedp.NewContext(ctx)
	defer chromedp.Cancel(ctx)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal("start chromium:", err)
	}

	room, at := start(t, "chat-server", "127.0.0.1:0")
	_, door := start(t, "ws-door", "-to", at, "127.0.0.1:0")

	conn, err := net.DialTimeout("tcp", at, testexec.TooLong)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(2 * testexec.TooLong))
	heard := bufio.NewReader(conn)
	hears := func(want string) {
		t.Helper()
		if line, err := heard.ReadString('\n'); err != nil || line != want+"\n" {
			t.Fatalf("bob heard %q, %v; want %q", line, err, want)
		}
	}
	say := func(line string) {
		if _, err := conn.Write([]byte(line + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	hears("* welcome: your first line is your name")
	say("bob")
	hears("* bob joined")

	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	// shows waits until the page's last line is that text.
	shows := func(want string) {
		t.Helper()
		const last = `new Promise(done => {
			const check = () => heard.lastChild && heard.lastChild.textContent === %s && done(true)
			new MutationObserver(check).observe(heard, {childList: true})
			check()
		})`
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](strings.Replace(last, "%s", "`"+want+"`", 1), chromedp.EvalAwaitPromise)); err != nil {
			t.Fatalf("the page does not show %q: %v", want, err)
		}
	}
	do(chromedp.Navigate("http://" + door))
	shows("* welcome: your first line is your name")
	do(chromedp.Focus(chromedp.CSS("input")), chromedp.KeyEvent("alice"+kb.Enter))
	hears("* alice joined")
	shows("* alice joined")
	do(chromedp.KeyEvent("good day" + kb.Enter))
	hears("alice: good day")
	say("<b>hello</b>")
	shows("bob: <b>hello</b>") // as text

	// It says goodbye, and is answered.
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("seat.close(1000), true")); err != nil {
		t.Fatal(err)
	}
	hears("* alice left")
	shows("(closed, 1000)")

	// A page from elsewhere gets no seat.
	do(chromedp.Navigate("data:text/html,<title>elsewhere</title>"))
	code, err := chromedp.Run(ctx, chromedp.Evaluate[int](`new Promise(done => { new WebSocket("ws://`+door+`/room").onclose = event => done(event.code) })`, chromedp.EvalAwaitPromise))
	if err != nil || code != 1006 {
		t.Errorf("from elsewhere: closed with %d, %v; want 1006, the handshake failed", code, err)
	}

	// When the room closes, the page is told.
	do(chromedp.Navigate("http://" + door))
	shows("* welcome: your first line is your name")
	room.Process.Signal(syscall.SIGTERM)
	shows("(closed, 1001)")
}
