//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"

	"socklab/tools/harness/all"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/testexec"
)

// A person sits at a terminal, or at the end of a pipe, and reads what play shows.
type person struct {
	*testing.T
	in   *os.File // nil at a pipe
	cmd  *exec.Cmd
	done chan struct{} // closed when all is read

	mu   sync.Mutex
	seen string
	news chan bool
}

// watch starts play on a terminal of that width, or on a pipe if it is 0.
func watch(t *testing.T, width int, env []string, args ...string) *person {
	return seated(t, "", width, env, append([]string{"play"}, args...)...)
}

// seated starts a verb in a folder.
func seated(t *testing.T, dir string, width int, env []string, args ...string) *person {
	p := &person{T: t, cmd: testexec.Command(t, args...), done: make(chan struct{}), news: make(chan bool, 1)}
	p.cmd.Args[0] = "socklab"
	p.cmd.Dir = dir
	p.cmd.Env = append(p.cmd.Env, "TERM=xterm", "NO_COLOR=")
	p.cmd.Env = append(p.cmd.Env, env...)
	var out io.Reader
	var err error
	if width > 0 {
		p.in, err = pty.StartWithSize(p.cmd, &pty.Winsize{Rows: 24, Cols: uint16(width)})
		out = p.in
	} else {
		p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if out, err = p.cmd.StdoutPipe(); err == nil {
			err = p.cmd.Start()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill() })
	go func() {
		defer close(p.done)
		buf := make([]byte, 4096)
		for {
			n, err := out.Read(buf)
			p.mu.Lock()
			p.seen += string(buf[:n])
			p.mu.Unlock()
			select {
			case p.news <- true:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	return p
}

func (p *person) all() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

// sees waits until a pattern is there, n times.
func (p *person) sees(pattern string, n int) {
	p.Helper()
	re := regexp.MustCompile(pattern)
	for late := time.After(testexec.TooLong); len(re.FindAllString(p.all(), -1)) < n; {
		select {
		case <-p.news:
		case <-late:
			p.Fatalf("no %q in\n%s", pattern, p.all())
		}
	}
}

func (p *person) types(keys string) {
	if _, err := p.in.WriteString(keys); err != nil {
		p.Fatal(err)
	}
}

// ends waits for the end, and returns all that was seen.
func (p *person) ends(code int) string {
	p.Helper()
	<-p.done
	p.cmd.Wait()
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		p.Errorf("exit code %d, want %d\n%s", got, code, p.all())
	}
	return strings.ReplaceAll(p.all(), "\r\n", "\n")
}

// A door holds a script until the test opens it.
type door struct {
	t            *testing.T
	path, script string
}

// held is a script that stops in line 4 until its door opens.
func held(t *testing.T) *door {
	dir := t.TempDir()
	d := &door{t, filepath.Join(dir, "door"), filepath.Join(dir, "held.txtar")}
	if err := syscall.Mkfifo(d.path, 0o666); err != nil {
		t.Skip("it needs named pipes: ", err)
	}
	text := fmt.Sprintf(`# Alice comes.
spawn alice sh -c 'echo ready; read word; echo "bye $word"'
expect alice ready
exec cat %s
# Alice leaves.
send alice now
exited alice
`, d.path)
	if err := os.WriteFile(d.script, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *door) open() {
	f, err := os.OpenFile(d.path, os.O_WRONLY, 0)
	if err != nil {
		d.t.Error(err)
		return
	}
	f.Close()
}

// TestLive has a script that goes on only when what it has said was seen: on a
// terminal, where it also says for what it waits, and on a pipe.
func TestLive(t *testing.T) {
	for name, width := range map[string]int{"terminal": 80, "pipe": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := held(t)
			p := watch(t, width, nil, d.script)
			p.sees("ready", 2) // in alice's command, too
			if width > 0 {
				p.sees(`… waits \d+ s for line 4: exec cat /`, 1)
			}
			d.open()
			all := p.ends(0)
			if plain := !strings.Contains(all, "\x1b"); plain != (width == 0) {
				t.Errorf("plain: %t\n%q", plain, all)
			}
			if !strings.Contains(all, "bye now") || !strings.Contains(ansi.Strip(all), "── Alice leaves.\n") || !strings.HasSuffix(ansi.Strip(all), "passed\n") {
				t.Errorf("it ends with\n%s", all)
			}
		})
	}
}

// TestLook plays a lesson on terminals that differ.
func TestLook(t *testing.T) {
	all.Skip(t)
	for _, test := range []struct {
		name          string
		width         int
		env           []string
		colour, clear bool
	}{
		{"40 columns", 40, nil, true, true},
		{"dumb", 80, []string{"TERM=dumb"}, false, false},
		{"80 columns", 80, nil, true, true},
		{"10 columns", 10, nil, true, true},
		{"without colour", 80, []string{"NO_COLOR=1"}, false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := held(t)
			p := watch(t, test.width, test.env, d.script)
			if test.clear {
				p.sees("… wait", 1)
			}
			d.open()
			all := p.ends(0)
			if colour := regexp.MustCompile("\x1b\\[[0-9;]*m").MatchString(all); colour != test.colour {
				t.Errorf("colours: %t\n%q", colour, all)
			}
			if clear := strings.Contains(all, "\x1b[K"); clear != test.clear {
				t.Errorf("it clears lines: %t\n%q", clear, all)
			}
			for line := range strings.Lines(all) {
				shown := line[strings.LastIndex(line, "\r")+1:]
				if w := ansi.StringWidth(strings.TrimSuffix(shown, "\n")); w > max(test.width, 11) {
					t.Errorf("%d columns: %q", w, shown)
				}
			}
		})
	}
}

// TestStep presses Enter for each step.
func TestStep(t *testing.T) {
	t.Parallel()
	d := held(t)
	kept := filepath.Join(t.TempDir(), "kept.jsonl")
	p := watch(t, 80, nil, "-step", d.script, "-o", kept)
	p.sees("Alice comes.", 1)
	p.sees("Enter: go on", 1)
	for until := time.Now().Add(300 * time.Millisecond); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		if text, _ := os.ReadFile(kept); strings.Contains(string(text), `"kind":"begin"`) {
			t.Fatalf("it has begun\n%s", text)
		}
	}
	p.types("\r")
	p.sees("ready", 2)
	d.open()
	p.sees("Alice leaves.", 1)
	p.sees("Enter: go on", 2)
	if all := p.all(); strings.Contains(all, "bye now") {
		t.Errorf("it goes on\n%s", all)
	}
	p.types("\r")
	p.ends(0)

	film := filepath.Join(t.TempDir(), "film.jsonl")
	const text = `{"format":"socklab-recording","version":1}
{"at":1,"layer":"script","kind":"step","text":"One."}
{"at":2,"layer":"screen","kind":"out","actor":"a","text":"first\n"}
{"at":3,"layer":"script","kind":"step","text":"Two."}
`
	if err := os.WriteFile(film, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	p = watch(t, 80, nil, film, "-step")
	p.sees("Enter: go on", 1)
	p.types("\r")
	p.sees("first", 1)
	p.sees("Enter: go on", 2)
	p.types("\x04") // no more Enter
	p.ends(0)
}

// TestInterrupted types ^C while a script waits: what was shown ends with a whole
// line, the recording has its end, and nobody is left.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	d := held(t)
	film, temp := filepath.Join(t.TempDir(), "film.jsonl"), t.TempDir()
	p := watch(t, 80, []string{"TMPDIR=" + temp}, d.script, "-o", film)
	// The terminal may put ^C between a line and its end.
	p.sees(`ready\r\n`, 1)
	inside, err := os.OpenFile(d.path, os.O_WRONLY, 0) // waits for cat, in line 4
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	p.types("\x03")
	all := ansi.Strip(p.ends(130))
	if !regexp.MustCompile(`\n(\^C)?\r?── interrupted while line 4 ran: exec cat /.*\n$`).MatchString(all) {
		t.Errorf("it ends with\n%s", all)
	}
	f := read(t, film)
	if last := f.Events[len(f.Events)-1]; len(f.Notes) > 0 || string(last.Text) != "not judged" {
		t.Errorf("the recording ends with %+v, %q", last, f.Notes)
	}
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
	commands, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range commands {
		if command, _ := os.ReadFile(file); strings.HasPrefix(string(command), "cat\x00"+d.path) {
			t.Errorf("it left %s: %q", file, command)
		}
	}
}

// TestPlayKilled kills a play, and reads the recording that it leaves.
func TestPlayKilled(t *testing.T) {
	t.Parallel()
	d := held(t)
	film := filepath.Join(t.TempDir(), "film.jsonl")
	p := watch(t, 0, nil, d.script, "-o", film)
	p.sees("ready", 2)
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	p.cmd.Wait()
	f := read(t, film)
	said := slices.ContainsFunc(f.Events, func(e recording.Event) bool { return e.Kind == "out" && strings.Contains(string(e.Text), "ready") })
	if !said || !strings.Contains(f.Header.Text, "Alice leaves") || f.Header.Programs["alice"] == "" {
		t.Errorf("it left %+v", f)
	}
}

func read(t *testing.T, file string) *recording.File {
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	f, err := recording.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// readLine starts a command, reads one line of its output and closes the pipe. It
// returns what the command writes to stderr until it has ended.
func readLine(t *testing.T, cmd *exec.Cmd) *strings.Builder {
	t.Helper()
	errors := &strings.Builder{}
	cmd.Stderr = errors
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(line, err)
	}
	out.Close()
	return errors
}

// TestClosedPipe reads one line, as head -1 does.
func TestClosedPipe(t *testing.T) {
	t.Parallel()
	d := held(t)
	cmd := testexec.Command(t, "play", d.script)
	errors := readLine(t, cmd)
	opened := make(chan struct{})
	go func() {
		defer close(opened)
		d.open()
	}()
	cmd.Wait()
	// Where it has ended before its script came to the door, nobody else opens that.
	inside, err := os.OpenFile(d.path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	<-opened
	if code := cmd.ProcessState.ExitCode(); code != 141 || errors.Len() > 0 {
		t.Errorf("exit code %d, stderr %q", code, errors.String())
	}
}

// TestFailurePlace checks where a failure stands: where it happened, before what
// the harness does to tidy up, and above the diagnosis. A recording has the same.
func TestFailurePlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, film := filepath.Join(dir, "wrong.txtar"), filepath.Join(dir, "film.jsonl")
	const text = `# Alice counts.
spawn alice echo one
spawn bob cat
expect alice two
send bob never
`
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	live := watch(t, 0, nil, file, "-o", film).ends(1)
	if again := watch(t, 0, nil, film).ends(0); again != live {
		t.Errorf("live\n%s\nand its recording\n%s", live, again)
	}
	at := 0
	for _, want := range []string{"── Alice counts.\n", "alice  echo one", " one", "✗ line 4: expect alice two: wrong bytes: ", "\n── failed\n\nFAIL: ", "actors\n"} {
		next := strings.Index(live[at:], want)
		if next < 0 {
			t.Fatalf("no %q in its place in\n%s", want, live)
		}
		at += next
	}
	if strings.Contains(live, "» TERM") {
		t.Errorf("it shows how bob was ended\n%s", live)
	}
}
