package script

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socklab/tools/theater"
)

// TestParseGuests reads commands as a shell user writes them.
func TestParseGuests(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("HOME", dir)
	for file, text := range map[string]string{
		"server.py": "", "my server.py": "", "server": "#!/bin/sh\n", "plain": "", "strange": "#!/no/such/thing\n",
	} {
		mode := os.FileMode(0o755)
		if file == "plain" {
			mode = 0o644
		}
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	os.Mkdir("module", 0o755)
	for _, test := range []struct{ line, want string }{
		{"sh server.py", "sh DIR/server.py"},
		{"  sh   ./server.py ", "sh DIR/server.py"},
		{"sh 'my server.py'", "sh 'DIR/my server.py'"},
		{`sh my\ server.py "two words" ''`, "sh 'DIR/my server.py' 'two words' ''"},
		{"./server -v", "DIR/server -v"},
		{"~/server", "DIR/server"},
		{"$HOME/server --conf=plain --conf=none", "DIR/server '--conf=DIR/plain' '--conf=none'"},
		{"sh -m module ./module", "sh -m module DIR/module"},
		{"sh -c 'exec python3 server.py \"$@\"' x", `sh -c 'exec python3 server.py "$@"' x`},
	} {
		guests, err := ParseGuests([]string{"echo-server=" + test.line})
		if err != nil {
			t.Errorf("%s: %v", test.line, err)
			continue
		}
		if got := strings.ReplaceAll(guests.line("echo-server"), dir, "DIR"); got != test.want {
			t.Errorf("%s: got %s, want %s", test.line, got, test.want)
		}
	}
	for _, test := range []struct{ flag, want string }{
		{"echo-server", "want NAME=COMMAND"},
		{"ecko=sh x", `no program "ecko"; there are echo-server, `},
		{"echo-server=", "no command behind ="},
		{"echo-server=sh 'x", "split as a shell does: "},
		{"echo-server=sh $(date)", "split as a shell does: "},
		{"echo-server=./plain", "may not be executed; chmod +x"},
		{"echo-server=./none", "there is no "},
		{"echo-server=server", "server is not in PATH; is it installed? (a program of this directory is ./server)"},
		{"echo-server=./strange", "asks for /no/such/thing, which is not there"},
	} {
		_, err := ParseGuests([]string{test.flag})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.flag, err, test.want)
		}
	}
	if _, err := ParseGuests([]string{"echo-server=sh a", "echo-server=sh b"}); err == nil {
		t.Error("two commands for one program were taken")
	}
}

// TestGuestSeats checks who plays when a script says the name of a program: the
// guest for spawn, for exec and for what those start, and for the guest itself
// our own program.
func TestGuestSeats(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "seats.txtar")
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
exited bob 0
spawn lost echo-server
expect -t=200ms lost '^never$'
`), 0o666); err != nil {
		t.Fatal(err)
	}
	house := theater.New(1)
	RunT(house, dir, Play{Guests: Guests{
		"echo-client": {"sh", "-c", `if [ "$1" = ours ]; then exec echo-client -h; fi; echo "guest of $0: $*"`, "echo-client"},
	}})
	show := house.Played()[0]
	if !strings.Contains(show.Report(), "seats.txtar:15: expect lost: ") {
		t.Error(show.Report())
	}
	// A command that turns out not to be there has judged nobody.
	house = theater.New(1)
	RunT(house, dir, Play{Guests: Guests{"echo-client": {"env", "no-such-language", "server"}}})
	if report := house.Played()[0].Report(); !strings.Contains(report, "seats.txtar:3: expect alice: could not tell: alice is env no-such-language server, which can't be run: ") {
		t.Error(report)
	}
}
