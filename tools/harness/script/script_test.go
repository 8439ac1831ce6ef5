//go:build unix

package script_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"socklab/tools/course/programs"
	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/script"
	"socklab/tools/harness/scripttest"
)

func TestMain(m *testing.M) {
	scripttest.Main(m, script.Options{Programs: append(slices.Clip(programs.List),
		script.Program{Name: "crash-server", Main: crashServer},
		script.Program{Name: "hullo-server", Main: hulloServer})})
}

// played plays dir/NAME.txtar as o says, with the programs of this binary. All is
// over after limit, if there is one.
func played(t testing.TB, dir, name string, limit time.Duration, o script.Options) script.Result {
	t.Helper()
	ours := scripttest.Options()
	o.Programs, o.Bin, o.Wait = ours.Programs, ours.Bin, cmp.Or(o.Wait, ours.Wait)
	ctx := context.Background()
	if limit != 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	r, err := script.Run(ctx, os.DirFS(dir), name+".txtar", o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rewrite is an Options.Update that writes over dir/NAME.txtar.
func rewrite(dir, name string) func([]byte) error {
	return func(script []byte) error { return os.WriteFile(filepath.Join(dir, name+".txtar"), script, 0o666) }
}

// hulloServer is an echo server that misspells.
func hulloServer() {
	l, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		panic(err)
	}
	fmt.Printf("listening on %s\n", l.Addr())
	conn, err := l.Accept()
	if err != nil {
		panic(err)
	}
	buf := make([]byte, 1024)
	n, _ := conn.Read(buf)
	fmt.Printf("%s\n", buf[:n])
	fmt.Fprintf(conn, "hullo %s", buf[:n])
	conn.Close()
}

// crashServer listens as it should and dies of its first caller.
func crashServer() {
	l, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		panic(err)
	}
	fmt.Printf("listening on %s\n", l.Addr())
	conn, err := l.Accept()
	if err != nil {
		panic(err)
	}
	conn.Read(make([]byte, 1024)) // unread bytes would make a reset of the end
	var callers []string
	callers[len(callers)] = "one too many"
}

// TestLanguage plays scripts that pass.
func TestLanguage(t *testing.T) { scripttest.Run(t, "testdata/pass") }

// TestTooLate plays a script whose turn comes when the time of all is over.
func TestTooLate(t *testing.T) {
	r := played(t, "testdata/pass", "talk", -time.Second, script.Options{})
	if want := "could not tell: the time of the whole test was over before this script's turn came"; r.Verdict != script.NotJudged || !strings.Contains(r.Reason, want) {
		t.Errorf("%s: %s, want %q; said\n%s", r.Verdict, r.Reason, want, r.Log)
	}
}

// TestCancelled cancels a script before its first command, and says so.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := script.Run(ctx, os.DirFS("testdata/pass"), "talk.txtar", scripttest.Options())
	if err != nil || r.Verdict != script.NotJudged || !strings.Contains(r.Reason, "could not tell: the script was cancelled") {
		t.Errorf("%v, %+v", err, r)
	}
}

// TestNetwork asks for networks that this process can't give.
func TestNetwork(t *testing.T) {
	lone := fstest.MapFS{"true.txtar": {Data: []byte("exec true\n")}}
	if _, err := script.Run(t.Context(), lone, "true.txtar", script.Options{Network: "privat"}); err == nil || !strings.Contains(err.Error(), "want auto, private or host") {
		t.Errorf("privat: %v", err)
	}
	other, want := "host", "has private networks"
	if !need.Has("privnet") {
		other, want = "private", "needs a private network"
	}
	r, err := script.Run(t.Context(), lone, "true.txtar", script.Options{Network: other})
	if said := fmt.Sprint(err, r.Reason); !strings.Contains(said, want) || err == nil && r.Verdict != script.NotJudged {
		t.Errorf("%s: %v, %+v", other, err, r)
	}
}

// TestFailures plays scripts that must fail, and compares what they say. Without -all
// it plays the first of each kind: of those whose names begin with the same word.
func TestFailures(t *testing.T) {
	files, err := filepath.Glob("testdata/fail/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts that must fail", err)
	}
	last := ""
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		kind, _, _ := strings.Cut(name, "-")
		if kind == last && !all.Asked() && !scripttest.Updating() {
			continue
		}
		last = kind
		t.Run(name, func(t *testing.T) {
			switch {
			case name == "daemon-left", name == "left-elsewhere":
				need.Skip(t, "linux", "setsid")
			case kind == "host", kind == "impair", kind == "packets", kind == "slow":
				need.Skip(t, "privnet")
			}
			t.Parallel()
			mustFail(t, name, read(t, file))
		})
	}
}

// TestNeeds plays a script that the machine can't play, and demands a reason.
func TestNeeds(t *testing.T) {
	dir := t.TempDir()
	text := "# A program is missing.\nneeds sh no-such-program:its-package\nexec false\n"
	if err := os.WriteFile(filepath.Join(dir, "needs.txtar"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	r := played(t, dir, "needs", 0, script.Options{})
	if want := "needs no-such-program: apt-get install its-package"; r.Verdict != script.NotJudged || !r.Skipped || r.Reason != want {
		t.Errorf("%+v, want the reason %q", r, want)
	}
}

// TestWrongServer plays the first lesson's script with a server that gets one
// letter wrong.
func TestWrongServer(t *testing.T) {
	script := string(read(t, "../../../testdata/scripts/1.1-echo.txtar"))
	wrong := strings.ReplaceAll(script, "echo-server", "hullo-server")
	if wrong == script {
		t.Fatal("1.1-echo does not start echo-server")
	}
	mustFail(t, "1.1-echo", []byte(wrong))
}

// TestNobodyCalls checks what is said of a listener that waited in vain.
func TestNobodyCalls(t *testing.T) {
	for _, test := range []struct {
		caller string
		play   script.Options
		limit  time.Duration
		want   string
	}{
		{"cat", script.Options{Wait: 200 * time.Millisecond}, 0, "hung: nobody called; waited for TIME\n"},
		{"cat", script.Options{Idle: 200 * time.Millisecond}, 0, "hung: nobody called; waited until nobody had done anything for TIME\n"},
		{"cat", script.Options{}, time.Second, "could not tell: nobody had called yet; waited until the test's own deadline "},
		{"true", script.Options{Wait: 200 * time.Millisecond}, 0, "hung: nobody called, and alice exited 0 after TIME; waited for TIME\n"},
		{"http-get http://$ADDR", script.Options{Guests: script.Guests{"http-get": {"env", "no-such-language"}}}, 0, "could not tell: alice is env no-such-language, which can't be run: "},
	} {
		t.Run(test.want, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			text := "listen door tcp $ADDR\nspawn alice " + test.caller + "\naccept door bob\n"
			if err := os.WriteFile(filepath.Join(dir, "nobody.txtar"), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
			got := played(t, dir, "nobody", test.limit, test.play).Text(stable)
			want := "nobody.txtar:3: accept at door: " + test.want
			if !strings.Contains(got, want) {
				t.Errorf("%s: got\n%s\nwant\n%s", test.caller, got, want)
			}
		})
	}
}

// TestTwoAddresses has a tap in front of a server whose name has an address of
// either kind. Both are on the script's network, and not the test's.
func TestTwoAddresses(t *testing.T) {
	need.Skip(t, "privnet")
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: twoAddresses}
	defer func() { net.DefaultResolver = before }()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "two.txtar"), []byte(`
listen door tcp $ADDR
tap wire two-addresses.test.:$PORT WIRE
dial alice tcp $WIRE
accept door bob
send bob hello
expect alice hello
`), 0o666); err != nil {
		t.Fatal(err)
	}
	if r := played(t, dir, "two", 0, script.Options{Wait: 5 * time.Second}); r.Verdict != script.Passed {
		t.Error(r.Log)
	}
}

// twoAddresses connects with a name server that knows two addresses for every
// name, of IPv4 and of IPv6 (RFC 1035, section 4; RFC 3596).
func twoAddresses(context.Context, string, string) (net.Conn, error) {
	resolver, server := net.Pipe()
	go func() {
		defer server.Close()
		var size uint16
		if err := binary.Read(server, binary.BigEndian, &size); err != nil {
			return
		}
		query := make([]byte, size)
		if _, err := io.ReadFull(server, query); err != nil {
			return
		}
		const header = 12
		end := header + bytes.IndexByte(query[header:], 0) + 5 // of the name, its type and class
		addr := net.IPv4(127, 0, 0, 1).To4()
		if query[end-3] == 28 { // AAAA
			addr = net.IPv6loopback
		}
		answer := append(query[:2:2], 0x80, 0x80, 0, 1, 0, 1, 0, 0, 0, 0) // one question, one answer
		answer = append(answer, query[header:end]...)
		answer = append(answer, 0xc0, header, 0, query[end-3], 0, 1, 0, 0, 0, 0, 0, byte(len(addr)))
		answer = append(answer, addr...)
		server.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
	}()
	return resolver, nil
}

// mustFail plays a script that must fail as its golden file says, and must
// stay as it is although its transcripts may be rewritten.
func mustFail(t *testing.T, name string, before []byte) {
	dir := t.TempDir()
	file := filepath.Join(dir, name+".txtar")
	if err := os.WriteFile(file, before, 0o666); err != nil {
		t.Fatal(err)
	}
	r := played(t, dir, name, time.Minute, script.Options{Update: rewrite(dir, name)})
	if r.Verdict == script.Passed || r.Skipped {
		t.Fatalf("%s:\n%s", r.Verdict, r.Log)
	}
	if after := read(t, file); !bytes.Equal(after, before) {
		t.Errorf("%s failed, and was rewritten all the same:\n%s", name, after)
	}
	got := r.Text(stable)
	got = ticks.ReplaceAllString(got, "  TICKS\n")
	golden := filepath.Join("testdata/fail", name+".golden")
	if scripttest.Updating() {
		if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want := string(read(t, golden))
	if runtime.GOOS != "linux" {
		// Who listens is known on Linux alone.
		want = listening.ReplaceAllString(want, "")
	}
	if got != want {
		t.Errorf("%s: got\n%s\nwant\n%s", golden, got, want)
	}
}

// stable leaves out of a report what differs from run to run.
var stable = script.View{NoChance: true}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

var (
	listening = regexp.MustCompile(`, (not listening|listening on [0-9.:]+)`)
	ticks     = regexp.MustCompile(`(  t(i(ck?)?)?\n)+`)
)
