package script_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"socklab/tools/privnet"
	"socklab/tools/programs"
	"socklab/tools/script"
	"socklab/tools/theater"
)

func TestMain(m *testing.M) {
	script.Main(m,
		programs.Program{Name: "crash-server", Main: crashServer},
		programs.Program{Name: "hullo-server", Main: hulloServer})
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
func TestLanguage(t *testing.T) { script.Run(t, "testdata/pass") }

// TestFailures plays scripts that must fail, and compares what they say.
func TestFailures(t *testing.T) {
	files, err := filepath.Glob("testdata/fail/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts that must fail", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			if name == "daemon-left" && runtime.GOOS != "linux" {
				t.Skip("a daemon can be found on Linux alone")
			}
			if (strings.HasPrefix(name, "packets") || strings.HasPrefix(name, "host-")) && !privnet.Available() {
				t.Skip("needs a private network")
			}
			t.Parallel()
			mustFail(t, name, read(t, file))
		})
	}
}

// TestWrongServer plays the first lesson's script with a server that gets one
// letter wrong.
func TestWrongServer(t *testing.T) {
	script := string(read(t, "../../testdata/scripts/1.1-echo.txtar"))
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
		play   script.Play
		want   string
	}{
		{"cat", script.Play{Wait: 200 * time.Millisecond}, "hung: nobody called; waited for 200ms\n"},
		{"cat", script.Play{Rest: 200 * time.Millisecond}, "hung: nobody called; waited until nobody had done anything for 200ms\n"},
		{"cat", script.Play{Deadline: time.Now().Add(time.Second)}, "could not tell: nobody had called yet; waited until the test's own deadline "},
		{"true", script.Play{Wait: 200 * time.Millisecond}, "hung: nobody called, and alice exited 0 after TIME; waited for 200ms\n"},
		{"http-get http://$ADDR", script.Play{Guests: script.Guests{"http-get": {"env", "no-such-language"}}}, "could not tell: alice is env no-such-language, which can't be run: "},
	} {
		t.Run(test.want, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			text := "listen door tcp $ADDR\nspawn alice " + test.caller + "\naccept door bob\n"
			if err := os.WriteFile(filepath.Join(dir, "nobody.txtar"), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
			house := theater.New(1)
			script.RunT(house, dir, test.play)
			got := theater.Timeless(house.Played()[0].Report(), "200ms")
			want := theater.Timeless("nobody.txtar:3: accept at door: "+test.want, "200ms")
			if !strings.Contains(got, want) {
				t.Errorf("%s: got\n%s\nwant\n%s", test.caller, got, want)
			}
		})
	}
}

// TestTwoAddresses has a tap in front of a server whose name has an address of
// either kind. Both are on the script's network, and not the test's.
func TestTwoAddresses(t *testing.T) {
	if !privnet.Available() {
		t.Skip("needs a private network")
	}
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
	house := theater.New(1)
	script.RunT(house, dir, script.Play{Wait: 5 * time.Second})
	if played := house.Played()[0]; played.Failed {
		t.Error(played.Report())
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
	house := theater.New(1)
	script.RunT(house, dir, script.Play{Deadline: time.Now().Add(time.Minute), Update: true})
	played := house.Played()[0]
	if !played.Failed {
		t.Fatalf("the script passed:\n%s", played.Report())
	}
	if after := read(t, file); !bytes.Equal(after, before) {
		t.Errorf("%s failed, and was rewritten all the same:\n%s", name, after)
	}
	got := theater.Timeless(strings.ReplaceAll(played.Report(), dir+"/", ""), "10s")
	got = ticks.ReplaceAllString(got, "  TICKS\n")
	golden := filepath.Join("testdata/fail", name+".golden")
	if flag.Lookup("update").Value.String() == "true" {
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
