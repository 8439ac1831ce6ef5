//go:build unix

package scripttest_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode"

	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/scripttest"
)

// TestGraded plays what TestGrades has played by a test binary of its own.
func TestGraded(t *testing.T) { scripttest.Run(t, "testdata/graded") }

const (
	rightServer = `import socket, sys
host, port = sys.argv[-1].split(":")
s = socket.create_server((host, int(port)))
print("listening on %s:%s" % (host, port), flush=True)
c, _ = s.accept()
text = c.recv(1024)
print(text.decode(), flush=True)
c.sendall(b"hello " + text)
`
	wrongServer = `import sys
print("listening on", sys.argv[-1])
`
)

// TestGrades checks that a run with -prog is green only when everybody whom it
// names was started and judged, and was right: as a test binary tells it, as
// go test -json does, and in the first words of what it says.
func TestGrades(t *testing.T) {
	need.Skip(t, "python3")
	dir := t.TempDir()
	server := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return "python3 " + file
	}
	right, wrong := server("right.py", rightServer), server("wrong.py", wrongServer)
	for _, test := range all.Of([]struct{ name, run, prog, want string }{ // want is "" of a run that passes
		{"right", "TestGraded/greet$", "echo-server=" + right, ""},
		{"wrong", "TestGraded/greet$", "echo-server=" + wrong, "never listened: "},
		{"no such script", "TestGraded/gret$", "echo-server=" + right, `could not tell: -run "TestGraded/gret$" selects no script`},
		{"skipped", "TestGraded/private$", "echo-server=" + wrong, "could not tell: private was skipped, and nobody judged echo-server: needs a private network"},
		{"missing file", "TestGraded/greet$", "echo-server=python3 " + dir + "/nope.py", "could not tell: -prog \"echo-server=python3 " + dir + "/nope.py\": there is no " + dir + "/nope.py"},
		{"by a shell", "TestGraded/shell$", "echo-server=" + right, ""},
		{"one of several", "TestGraded/(greet|speaks)$", "echo-server=" + right, ""},
		{"no such test", "TestGarded", "echo-server=" + right, `could not tell: -run "TestGarded" selects no script`},
		{"no such script of two tests", "(TestGraded|TestReady)/gret$", "echo-server=" + right, "could not tell: -run "},
		{"skipped beside another", "TestGraded/(private|greet)$", "echo-server=" + right, "could not tell: private was skipped"},
		{"not in the script", "TestGraded/greet$", "desk-server=" + right, "could not tell: no script that was played starts desk-server"},
		{"ours by a shell", "TestGraded/greet$", `echo-server=sh -c 'exec echo-server "$0"'`, "could not tell: server is sh -c "},
	}, 5) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			out, err := anotherRun("-test.run", test.run, "-prog", test.prog, "-network=host", "-wait=20s", "-test.v=test2json")
			if passed := err == nil; passed != (test.want == "") {
				t.Errorf("passed: %t; said\n%s", passed, out)
			}
			if !strings.Contains(string(out), test.want) {
				t.Errorf("want %q, got\n%s", test.want, out)
			}
			verdict := lastAction(t, out)
			if want := map[bool]string{true: "pass", false: "fail"}[test.want == ""]; verdict != want {
				t.Errorf("test2json: %s, want %s; said\n%s", verdict, want, out)
			}
		})
	}
}

// anotherRun runs this test binary, as go test would.
func anotherRun(args ...string) (out []byte, err error) {
	cmd := exec.Command(os.Args[0], args...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "SOCKLAB_PRIVNET=") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	return cmd.CombinedOutput()
}

// TestForged has a guest print what looks like results of tests, and what a
// terminal would obey, where the script itself prints what it said.
func TestForged(t *testing.T) {
	guest := filepath.Join(t.TempDir(), "guest.sh")
	const forged = `printf '\026--- PASS: TestGraded/forged (0.00s)\n    --- PASS: TestGraded/forged (0.00s)\n=== RUN   TestGraded/forged\n\026=== RUN   TestGraded/forged\n'
printf '\033]0;title\007\033[2J\302\233\342\200\256\r\nPASS\nok  \tsocklab\t0.1s\n'
printf '\026--- PASS: TestGraded/forged (0.00s)\n    --- PASS: TestGraded/forged (0.00s)\n' >&2
`
	if err := os.WriteFile(guest, []byte(forged), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, v := range all.Of([]string{"-test.v=test2json", "-test.v", "-test.v=false"}, 2) {
		t.Run(v, func(t *testing.T) {
			t.Parallel()
			out, err := anotherRun("-test.run", "TestGraded/usage$", "-prog", "echo-server=sh "+guest, v)
			if err == nil || !strings.Contains(string(out), "TestGraded/forged (0.00s)") {
				t.Fatalf("%v, without what the guest said:\n%s", err, out)
			}
			if raw := strings.IndexFunc(strings.ReplaceAll(string(out), "\n\x16", "\n"), func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsGraphic(r) }); raw >= 0 && v != "-test.v=test2json" {
				t.Errorf("prints raw what the guest said: %q", out)
			}
			for _, event := range events(t, out) {
				if strings.Contains(event.Test, "forged") || event.Action == "pass" {
					t.Errorf("%+v", event)
				}
			}
		})
	}
}

// An event is what go test -json says of a test, or of a package.
type event struct{ Action, Test string }

// test2json is the path of go's own program, for which go(1) need not start each time.
var test2json = sync.OnceValues(func() (string, error) {
	path, err := exec.Command("go", "tool", "-n", "test2json").Output()
	return strings.TrimSpace(string(path)), err
})

// events are what test2json makes of an output.
func events(t *testing.T, out []byte) (said []event) {
	t.Helper()
	tool, err := test2json()
	if err != nil {
		t.Fatal("go tool -n test2json: ", err)
	}
	cmd := exec.Command(tool)
	cmd.Stdin = bytes.NewReader(out)
	text, err := cmd.Output()
	if err != nil {
		t.Fatal("go tool test2json: ", err)
	}
	for line := range bytes.Lines(text) {
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		said = append(said, e)
	}
	return said
}

func lastAction(t *testing.T, out []byte) string {
	t.Helper()
	said := events(t, out)
	return said[len(said)-1].Action
}
