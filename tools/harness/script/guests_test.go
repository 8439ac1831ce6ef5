//go:build unix

package script

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestParseGuests reads commands as a shell user writes them.
func TestParseGuests(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("HOME", dir)
	for file, text := range map[string]string{
		"server.py": "", "my server.py": "", "server": "#!/bin/sh\n", "plain": "", "strange": "#!/no/such/thing\n",
		"lost": "#!/usr/bin/env no-such-language\n", "crlf": "#!/bin/sh\r\n",
		"bare": "import socket\n# für alle\n", "empty": "", "marked": "\ufeff#!/bin/sh\n", "crlf.sh": "exit\r\n", "for-bash": "#!/usr/bin/env bash\n", "marked.sh": "\ufeffexit\n", "code": "\x7fELF\x02\x01\x01\x00",
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
	if err := syscall.Mkfifo("fifo", 0o755); err != nil {
		t.Fatal(err)
	}
	o := &Options{Programs: []Program{{Name: "echo-server"}, {Name: "desk-server"}}}
	for _, test := range []struct{ line, want string }{
		{"sh server.py", "sh DIR/server.py"},
		{"  sh   ./server.py ", "sh DIR/server.py"},
		{"sh 'my server.py'", "sh 'DIR/my server.py'"},
		{`sh my\ server.py "two words" ''`, "sh 'DIR/my server.py' 'two words' ''"},
		{"./server -v", "DIR/server -v"},
		{"~/server", "DIR/server"},
		{"$HOME/server --conf=plain --conf=none", "DIR/server '--conf=DIR/plain' '--conf=none'"},
		{"sh -m module ./module", "sh -m module DIR/module"},
		{"sh -m example.com/of/a/package --log=new.py new=new.py https://x.test/a.py", "sh -m example.com/of/a/package '--log=new.py' 'new=new.py' https://x.test/a.py"},
		{"./code", "DIR/code"},
		{"sh -c 'exec python3 server.py \"$@\"' x", `sh -c 'exec python3 server.py "$@"' x`},
	} {
		guests, err := o.ParseGuests([]string{"echo-server=" + test.line})
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
		{"echo-server=./module", "module is a directory"},
		{"echo-server=./fifo", "fifo is no program: it is a named pipe"},
		{"echo-server=sh ./fifo", "fifo is a named pipe"},
		{"echo-server=sh none.sh", "there is no none.sh"},
		{"echo-server=sh ../none", "there is no ../none"},
		{"echo-server=sh some/none", "there is no some/none"},
		{"echo-server=<(true)", "split as a shell does: "},
		{"echo-server=cat <(true)", "split as a shell does: "},
		{"echo-server=./lost", "no-such-language is not in PATH"},
		{"echo-server=env -i A=b no-such-language x", "no-such-language is not in PATH"},
		{"echo-server=./crlf", "ends in CR LF"},
		{"echo-server=sh none.sh", "there is no none.sh in " + dir + ", where relative names are looked up"},
		{"echo-server=./none", "there is no ./none in " + dir + ", where"},
		{"echo-server=sh -u for-bash", "for-bash asks for bash, and sh is another shell: bash "},
		{"echo-server=sh crlf.sh", "crlf.sh ends in CR LF"},
		{"echo-server=sh ./marked.sh", "marked.sh begins with a byte order mark"},
		{"echo-server=./bare", "bare has no #! line"},
		{"echo-server=./empty", "empty is empty"},
		{"echo-server=./marked", "begins with a byte order mark"},
		{"echo-server=echo-server", "echo-server is our own program"},
		{"echo-server=./strange", "asks for /no/such/thing, which is not there"},
	} {
		_, err := o.ParseGuests([]string{test.flag})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.flag, err, test.want)
		}
	}
	if _, err := o.ParseGuests([]string{"echo-server=sh a", "echo-server=sh b"}); err == nil {
		t.Error("two commands for one program were taken")
	}
}

// TestElsewhere checks commands that work in their own directory alone, whether
// the machine has them or not.
func TestElsewhere(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	os.MkdirAll("pack/age", 0o755)
	for _, file := range []string{"mine.py", "pack/age/__main__.py"} {
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		words []string
		want  string
	}{
		{[]string{"go", "run", dir}, "go run -C " + dir + " . finds it"},
		{[]string{"/usr/bin/go", "run", "-race", dir}, "finds it"},
		{[]string{"go", "run", dir + "/main.go"}, ""},
		{[]string{"go", "run", "-C", dir, "."}, ""},
		{[]string{"cargo", "run", "--quiet"}, "add --manifest-path=Cargo.toml"},
		{[]string{"cargo", "run", "--manifest-path=x/Cargo.toml", "--"}, ""},
		{[]string{"python3", "-m", "http.server"}, ""},
		{[]string{"python3", "-m"}, ""},
		{[]string{"python3", "-u", "-m", "mine"}, "finds no module mine; name the file: python3 mine.py"},
		{[]string{"python3.13", "-m", "pack.age", "x"}, "finds no module pack.age; name its directory: python3.13 ./pack/age"},
		{[]string{"go"}, ""},
	} {
		err := elsewhere(test.words)
		if got := fmt.Sprint(err); (err != nil) != (test.want != "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: got %s, want %q", test.words, got, test.want)
		}
	}
}
