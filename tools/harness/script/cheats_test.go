//go:build unix

package script_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/script"
)

// serving is a server in Python that does something before, and answers in a
// way of its own.
const serving = `import glob, os, socket, sys
host, port = sys.argv[-1].split(":")
%s
s = socket.create_server((host, int(port)))
print("listening on %%s:%%s" %% (host, port), flush=True)
c, _ = s.accept()
text = c.recv(1024)
print(text.decode(), flush=True)
%s
`

const rightly = `c.sendall(b"hello " + text)`

// TestCheats has programs that would know what they are compared with, or
// change it, play the first lesson.
func TestCheats(t *testing.T) {
	need.Skip(t, "python3")
	const lessons = "../../../testdata/scripts"
	own := read(t, filepath.Join(lessons, "1.1-echo.txtar"))
	for _, test := range all.Of([]struct {
		name, before, answer string
		words                int    // so many choices of them, with -all
		want                 string // "" of one that is right
	}{
		{"right", "", rightly, 3, ""},
		{"wrong, in two sends", "", `c.sendall(b"hello "); c.sendall(text + b"\n")`, 3, "FAIL: "},
		{"canned", "", `c.sendall(b"hello baihuixin")`, 5, "wrong bytes: "},
		{"reads what is expected of the client", "", `
known = [open(f).read().split("\n")[1] for f in glob.glob("client.want")]
c.sendall((known or ["hello nobody"])[0].encode())`, 2, "wrong bytes: "},
		{"writes what is expected of itself", `print("and more", flush=True)`, rightly + `
open("server.want", "w").write("$ echo-server 127.0.0.1:8000\nand more\nlistening on 127.0.0.1:8000\n" + text.decode() + "\n")`, 2, "stdout is not as server.want: "},
		{"writes over the script", `
for f in [os.environ["SCRIPT"]] + glob.glob(os.environ["TMPDIR"] + "/../../../socklab-*/*"):
    try: open(f, "w").write("# nothing\n")
    except OSError: pass # where programs are kept apart
`, `c.sendall(b"hullo " + text)`, 2, "wrong bytes: "},
		{"right, in two sends", "", `c.sendall(b"hello "); c.sendall(text)`, 3, ""},
		{"wrong, in two other sends", "", `c.sendall(b"hullo "); c.sendall(text)`, 3, "wrong bytes: "},
		{"without SO_REUSEADDR", `
def create_server(address):
    s = socket.socket()
    s.bind(address)
    s.listen()
    return s
socket.create_server = create_server
`, rightly, 5, "SO_REUSEADDR is missing"},
	}, 6) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			scripts := filepath.Join(dir, "scripts")
			file := filepath.Join(scripts, "1.1-echo.txtar")
			program := filepath.Join(dir, "server.py")
			for _, err := range []error{
				os.Mkdir(scripts, 0o777),
				os.WriteFile(program, fmt.Appendf(nil, serving, test.before, test.answer), 0o666),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
			for words := range all.Times(test.words, 1) {
				if err := os.WriteFile(file, own, 0o666); err != nil { // anew, after one who writes there
					t.Fatal(err)
				}
				r := played(t, scripts, "1.1-echo", 0, script.Options{
					Words:  uint64(1 + words),
					Guests: script.Guests{"echo-server": {"env", "SCRIPT=" + file, "python3", program}},
				})
				failed := r.Verdict != script.Passed
				if failed != (test.want != "") || !strings.Contains(r.Log, test.want) {
					t.Errorf("-words=%d: %s, want %q; said\n%s", 1+words, r.Verdict, test.want, r.Log)
				}
				if again := fmt.Sprintf("(-words=%d has the same again, ", 1+words); failed && !strings.Contains(r.Log, again) {
					t.Errorf("want %q in\n%s", again, r.Log)
				}
			}
		})
	}
}

// TestShims checks who plays when a script says the name of a program: the
// guest for spawn, for exec and for what those start, and for the guest itself
// nobody, or ours would play in its place.
func TestShims(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "shims.txtar")
	if err := os.WriteFile(file, []byte(`
spawn alice echo-client one
expect alice '^guest of echo-client: one$'
exited alice
exec echo-client two
stdout '^guest of echo-client: two$'
exec sh -c 'echo-client three'
stdout '^guest of echo-client: three$'
[ours:echo-client] stop 'it is no guest'
[!ours:echo-server] stop 'it is no guest of anybody'
spawn bob echo-client ours
expect bob '^usage: echo-client '
`), 0o666); err != nil {
		t.Fatal(err)
	}
	r := played(t, dir, "shims", 0, script.Options{Guests: script.Guests{
		"echo-client": {"sh", "-c", `if [ "$1" = ours ]; then exec echo-client -h; fi; echo "guest of $0: $*"`, "echo-client"},
	}})
	if !strings.Contains(r.Log, "shims.txtar:12: expect bob: could not tell: bob is sh -c ") {
		t.Error(r.Log)
	}
	// A command that turns out not to be there has judged nobody.
	r = played(t, dir, "shims", 0, script.Options{Guests: script.Guests{"echo-client": {"env", "no-such-language", "server"}}})
	if !strings.Contains(r.Log, "shims.txtar:3: expect alice: could not tell: alice is env no-such-language server, which can't be run: ") {
		t.Error(r.Log)
	}
}
