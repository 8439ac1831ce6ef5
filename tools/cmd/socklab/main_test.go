package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/script"
	"socklab/tools/harness/testexec"
)

// ours is this command as scripts start it: this test binary.
var ours = []script.Program{{Name: "socklab", Main: main}}

func TestMain(m *testing.M) {
	dispatch()
	script.Dispatch(ours)
	testexec.Main(m, func() { os.Exit(command(os.Args[1:])) })
}

func TestCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	skipped := filepath.Join(dir, "skipped.txtar")
	empty, film, page := filepath.Join(dir, "empty"), filepath.Join(dir, "film.jsonl"), filepath.Join(dir, "page.html")
	stranger, beside := filepath.Join(dir, "stranger.jsonl"), filepath.Join(dir, "beside.html")
	other, newer, cut := filepath.Join(dir, "other.jsonl"), filepath.Join(dir, "newer.jsonl"), filepath.Join(dir, "cut.jsonl")
	const hello = `{"at":5,"layer":"screen","kind":"out","actor":"alice","text":"hello\n"}` + "\n"
	for file, text := range map[string]string{
		other:   `{"version":2,"width":80}` + "\n",
		newer:   `{"format":"socklab-recording","version":9}` + "\n" + hello,
		cut:     `{"format":"socklab-recording","version":1}` + "\n" + hello + hello[:20],
		empty:   "",
		skipped: "# It needs what no machine has.\nneeds no-such-program\n",
		film:    `{"format":"socklab-recording","version":1,"script":"1.1-echo"}` + "\n" + hello,
		stranger: `{"format":"socklab-recording","version":1}` + "\n" + `{"at":5,"layer":"screen","kind":"out","actor":"../etc/x"}` + "\n" +
			`{"at":5,"layer":"packets","kind":"packet","frame":"AAAAAAAAAAAAAAAAAAA="}` + "\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range all.Of([]struct {
		args        string
		code        int
		out, errors string // how they begin
	}{
		{"-h", 0, "usage: socklab [-json]\n", ""},
		{"docter", 2, "", "socklab: no verb \"docter\"; there is init, list, next, read, "},
		{"doctor", 0, "This machine: ", ""},
		{"serve 8080", 2, "", "socklab serve: \"8080\": want HOST:PORT, as 127.0.0.1:8080\nusage: "},
		{"play 9.9", 2, "", "socklab play: no lesson \"9.9\"; there are 1.1 "},
		{"play " + film, 0, "  0.000 s alice  hello\n", ""},
		{"play " + cut, 0, "  0.000 s alice  hello\n", "socklab play: " + cut + ": The last line, 3, is cut in the middle"},
		{"play " + skipped, 3, "── It needs what no machine has.\n", "socklab play: nobody was judged: needs "},
		{"from NONE.pcap", 1, "", "socklab from: open NONE.pcap: no such file or directory\n"},
		{"show " + film + " -beside " + film + " -o " + beside, 0, beside + "\n", ""},
		{"show -o " + page + " -o " + dir + "/all.cast " + film, 0, page + "\n" + dir + "/all-alice.cast\n", ""},
		{"show -o " + dir + "/x.cast " + stranger, 0, dir + "/x-_etc_x-1.cast\n", ""},
		{"show -o " + dir + "/x.pcapng " + stranger, 0, dir + "/x.pcapng\n", ""},
		{"play -depth deep 1.1", 2, "", "socklab play: -depth \"deep\": there are screen, stream, packets, syscalls\nusage: "},
		{"site", 2, "", "socklab site: where to? "},
		{"play NONE.txtar", 2, "", "socklab play: stat NONE.txtar: no such file or directory\n"},
		{"record -h", 0, "usage: socklab record ", ""},
		{"from", 2, "", "socklab from: want one capture, got 0: []; "},
		{"show", 2, "", "socklab show: want one recording, got 0: []\nusage: "},
		{"play -prog http-get=true 1.1", 3, "── The server takes its address, ", "socklab play: could not tell: the script does not start http-get\n"},
		{"doctor -h", 0, "usage: socklab doctor\n", ""},
		{"doctor me", 2, "", "socklab doctor: takes no argument, and \"me\" is one\nusage: "},
		{"site -one page.txt", 2, "", "socklab site: -one \"page.txt\": want a name that ends in .html\nusage: "},
		{"site -one " + dir + "/one.html", 0, dir + "/one.html\n", ""},
		{"play -h", 0, "usage: socklab play ", ""},
		{"play", 2, "", "socklab play: want one lesson or one file, got 0: []\nusage: "},
		{"play NONE.jsonl", 2, "", "socklab play: open NONE.jsonl: no such file or directory\n"},
		{"play -prog echo-server=./none 1.1", 2, "", "socklab play: -prog \"echo-server=./none\": "},
		{"play " + other, 2, "", "socklab play: " + other + ": read recording: line 1: expected a header with "},
		{"play " + newer, 0, "  0.000 s alice  hello\n", "socklab play: " + newer + ": This is version 9 of the format"},
		{"play " + film + " -speed 1000 -depth stream", 0, "  0.000 s alice  hello\n", ""},
		{"play -o kept.jsonl " + film, 2, "", "socklab play: \"" + film},
		{"play -o film.html 1.1", 2, "", "socklab play: -o \"film.html\": a recording's name ends in .jsonl\nusage: "},
		{"play 1.1 -o " + dir + "/none/film.jsonl", 2, "", "socklab play: -o: open " + dir + "/none/film.jsonl: no such file or directory\n"},
		{"play -speed 0 1.1", 2, "", "socklab play: invalid value \"0\" for flag -speed: want a number from 0.001 to 1000; "},
		{"play -speed NaN 1.1", 2, "", "socklab play: invalid value \"NaN\" for flag -speed: want "},
		{"play 1.1 -step", 2, "", "socklab play: -step waits for Enter, and stdin is no terminal\nusage: "},
		{"play 1.1", 0, "── The server takes its address, ", ""},
		{"play -prog echo-server=true 1.1", 1, "── The server takes its address, ", ""},
		{"from -h", 0, "usage: socklab from ", ""},
		{"from x.pcap --", 2, "", "socklab from: want a command behind --\nusage: "},
		{"from -side left x.pcap", 2, "", "socklab from: -side \"left\": want server or client\nusage: "},
		{"from -exit 256 x.pcap", 2, "", "socklab from: invalid value \"256\" for flag -exit: want an exit code, from 0 to 255\nusage: "},
		{"from -o x.pcap x.pcap", 2, "", "socklab from: -o \"x.pcap\": a script's name ends in .txtar\nusage: "},
		{"from " + empty, 1, "", "socklab from: " + empty + ": expected a capture (pcap or pcapng), got 0 bytes\n"},
		{"show -h", 0, "usage: socklab show RECORDING ", ""},
		{"show one two", 2, "", "socklab show: want one recording, got 2: "},
		{"show -x one", 2, "", "socklab show: flag provided but not defined: -x\nusage: "},
		{"show NONE.jsonl", 1, "", "socklab show: open NONE.jsonl: no such file or directory\n"},
		{"show " + empty, 1, "", "socklab show: " + empty + ": read recording: the file is empty"},
		{"show -o " + film + "/x.html " + film, 1, "", "socklab show: open " + film + "/x.html: not a directory\n"},
		{"show -o x " + film, 2, "", "socklab show: -o \"x\": want a name that ends in .html, .cast or .pcapng\nusage: "},
		{"show -o x.cast -beside " + film + " " + film, 2, "", "socklab show: -beside \"" + film + "\": only a page "},
		{"show -o " + dir + "/x.pcapng " + film, 1, "", "socklab show: pcapng of 1.1-echo: the recording has no packets: "},
	}, 15) {
		cmd := testexec.Command(t, strings.Fields(test.args)...)
		var out, errors strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &errors
		cmd.Run()
		if cmd.ProcessState.ExitCode() != test.code || !begins(out.String(), test.out) || !begins(errors.String(), test.errors) {
			t.Errorf("socklab %s: exit code %d, stdout %q, stderr %q", test.args, cmd.ProcessState.ExitCode(), out.String(), errors.String())
		}
	}
	for file, begin := range map[string]string{"all-alice.cast": `{"version":3,`, "x-_etc_x-1.cast": `{"version":3,`, "x.pcapng": "\n\r\r\n"} {
		if text, err := os.ReadFile(filepath.Join(dir, file)); err != nil || !strings.HasPrefix(string(text), begin) {
			t.Errorf("show: %s begins with %.20q, want %q (%v)", file, text, begin, err)
		}
	}
	if text, err := os.ReadFile(beside); err != nil || strings.Count(string(text), `"hello\n"`) != 2 {
		t.Errorf("show -beside: the page has %d bytes, and not both recordings (%v)", len(text), err)
	}
}

func begins(text, with string) bool {
	return strings.HasPrefix(text, with) && (text == "") == (with == "")
}

// TestCanned has a server that knows the script's words by heart, and one that
// answers what it hears.
func TestCanned(t *testing.T) {
	need.Skip(t, "python3")
	t.Parallel()
	times := 1
	if all.Asked() {
		times = 3 // not by chance
	}
	for _, test := range all.Of([]struct {
		answer string
		code   int
	}{{`b"hello baihuixin"`, 1}, {`b"hello " + text`, 0}}, 1) {
		server := filepath.Join(t.TempDir(), "server.py")
		program := `import socket, sys
host, port = sys.argv[-1].split(":")
s = socket.create_server((host, int(port)))
print("listening on %s:%s" % (host, port), flush=True)
c, _ = s.accept()
text = c.recv(1024)
print(text.decode(), flush=True)
c.sendall(` + test.answer + ")\n"
		if err := os.WriteFile(server, []byte(program), 0o666); err != nil {
			t.Fatal(err)
		}
		for range times {
			cmd := testexec.Command(t, "play", "-prog", "echo-server=python3 "+server, "1.1")
			out, _ := cmd.CombinedOutput()
			if got := cmd.ProcessState.ExitCode(); got != test.code {
				t.Errorf("a server that answers %s: exit code %d, want %d\n%s", test.answer, got, test.code, out)
			}
		}
	}
}

// TestNamedVerbs checks that what README and the lessons tell people to type is there,
// and that no lesson plays scripts in another way than with this command.
func TestNamedVerbs(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	files, err := filepath.Glob(filepath.Join(root, "lessons/*.md"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	typed := regexp.MustCompile("go tool socklab +([a-z]+)")
	for _, file := range append(files, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Base(file) != "README.md" && strings.Contains(string(text), "TestScripts/") {
			t.Errorf("%s plays a script with go test, not with socklab check or play", file)
		}
		for _, words := range typed.FindAllStringSubmatch(string(text), -1) {
			if !slices.ContainsFunc(verbs, func(v verb) bool { return v.name == words[1] }) {
				t.Errorf("%s says %q: socklab has no verb %s", file, words[0], words[1])
			}
		}
	}
}
