package socksh

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/pty"
)

// A terminal is a shell with a person in front of it.
type terminal struct {
	*testing.T
	*os.File
	cmd *exec.Cmd

	mu   sync.Mutex
	news chan bool
	seen string // and not yet expected
	all  string
}

func onTerminal(t *testing.T, width uint16, env ...string) *terminal {
	network(t)
	cmd := command(t)
	cmd.Env = append(cmd.Env, env...)
	file, err := pty.Start(cmd, 24, width)
	if err != nil {
		t.Fatal(err)
	}
	tm := &terminal{T: t, File: file, cmd: cmd, news: make(chan bool, 1)}
	t.Cleanup(func() { file.Close(); cmd.Process.Kill(); cmd.Wait() })
	go func() {
		var b [4096]byte
		for {
			n, err := file.Read(b[:])
			tm.mu.Lock()
			tm.seen += string(b[:n])
			tm.all += string(b[:n])
			tm.mu.Unlock()
			select {
			case tm.news <- true:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	return tm
}

// expect waits for what the terminal shows, and forgets what came before.
func (t *terminal) expect(pattern string) {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for over := time.After(patience); ; {
		t.mu.Lock()
		at := re.FindStringIndex(t.seen)
		if at != nil {
			t.seen = t.seen[at[1]:]
		}
		t.mu.Unlock()
		if at != nil {
			return
		}
		select {
		case <-t.news:
		case <-over:
			t.Fatalf("no %q in %q", pattern, t.all)
		}
	}
}

// say types a line and waits for the answer.
func (t *terminal) say(line, pattern string) {
	t.Helper()
	t.WriteString(line + "\r")
	t.expect(pattern)
}

func (t *terminal) ends(code int, by syscall.Signal) {
	t.Helper()
	stop := time.AfterFunc(patience, func() { t.cmd.Process.Kill() })
	defer stop.Stop()
	t.cmd.Wait()
	status := t.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if by == 0 && status.ExitStatus() != code || by != 0 && status.Signal() != by {
		t.Errorf("%v after %q", t.cmd.ProcessState, t.all)
	}
}

// cooked tells whether the terminal is as it was before the shell came.
func (t *terminal) cooked() bool {
	mode, err := unix.IoctlGetTermios(int(t.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return mode.Lflag&(unix.ECHO|unix.ICANON|unix.ISIG) == unix.ECHO|unix.ICANON|unix.ISIG
}

const (
	up, left, ctrlC, ctrlD, backspace, tab = "\x1b[A", "\x1b[D", "\x03", "\x04", "\x7f", "\t"
)

// TestEditing types, mistypes, and corrects.
func TestEditing(t *testing.T) {
	t.Parallel()
	tm := onTerminal(t, 80)
	tm.expect("> ")
	tm.say("sockett AF_UNIX SOCK_DGRAM", `\? sockett: no such function; help lists them\r\n> `)
	tm.say("s = soce"+backspace+"ket AF_UNIX SOCK_DGRA"+left+"\x05M", `\r\n= 3\r\n> `)
	tm.say(up+up+"\x01"+"\x06\x06\x06\x06\x06\x06"+"\x1b[3~", `\r\n= 4\r\n> `) // history, ^A, ^F, Delete
	tm.say("getso"+tab+tab+"n"+tab+"s", `getsockname .*\r\n= no name\r\n> `)
	tm.say("sockn"+tab, `\r\n\? sockn: no such function`)
	tm.say("c"+tab+"l"+tab+"s"+tab, `close s .*\r\n= 0\r\n> `)
	saved := filepath.Join(t.TempDir(), "a.py")
	tm.say("python "+saved, `(?s)python .* is written\r\n> `)
	tm.say("recv s 1", `EBADF.*\r\n> `)
	tm.say("x = socket AF_INET6 SOCK_S"+tab+"T"+tab, `SOCK_STREAM .*\r\n= 3\r\n> `)
	tm.say("setsockopt x IPPROTO_IPV6 IPV6_V"+tab+"1", `IPV6_V6ONLY .*\r\n= 0\r\n> `)
	tm.WriteString("close 4" + ctrlC)
	tm.expect(`\^C\r\n> `)
	tm.say("fileno 4", `\r\n= 4\r\n> `) // it was forgotten
	tm.say(up+up, `IPV6_V6ONLY .*\r\n= 0\r\n> `)
	tm.WriteString(ctrlC + "close 4" + ctrlC + "fileno 4\r")
	tm.expect(`\^C\r\n.*\^C\r\n.*\r\n= 4\r\n> `)
	tm.WriteString(ctrlD)
	tm.ends(0, 0)
	if !tm.cooked() {
		t.Error("the terminal was left raw")
	}
}

// TestEditorLimits gives the editor what it can't take.
func TestEditorLimits(t *testing.T) {
	t.Parallel()
	tm := onTerminal(t, 80)
	tm.expect("> ")
	long := `send 3 "` + strings.Repeat("x", 5000) + `"`
	tm.say(long, `\? the line is longer than the 4095 characters that are read; nothing of it was done\r\n> `)
	junk := ""
	for i := range 256 {
		if b := string([]byte{byte(i)}); b != ctrlC && b != ctrlD {
			junk += b
		}
	}
	tm.WriteString(junk + "\xff\xff\xe2" + ctrlC)
	tm.expect(`\^C\r\n> `)
	for _, junk := range []string{
		"\x1b", "\x1b[200~junk in a paste \x15", "\x1b" + strings.Repeat("1", 1000) + "\x1b" + strings.Repeat(";", 1000), "a\x00b\xff\r\r",
	} {
		tm.WriteString(junk + ctrlC)
		tm.expect(`\^C\r\n> `)
		tm.say("fileno 0", `= 0\r\n> `)
	}
	tm.say("\xff\xfe", `\? \?\?: no such function`)
	tm.say("close 0", `\? close: 0 is the shell's own terminal`)
	tm.say("exit", "")
	tm.ends(0, 0)
}

// TestNarrow has hardly any columns.
func TestNarrow(t *testing.T) {
	t.Parallel()
	for _, width := range []uint16{0, 1, 2, 3, 7} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			tm := onTerminal(t, width)
			tm.expect(`>`)
			tm.say("fileno 0"+left+left+backspace+"o"+up+"\x05\x15fileno 0", `= 0\r\n>`)
			tm.say(up+backspace+"1", `= 1\r\n>`)
			tm.WriteString(ctrlD)
			tm.ends(0, 0)
		})
	}
}

// TestDumb is a terminal without an editor.
func TestDumb(t *testing.T) {
	t.Parallel()
	for _, env := range []string{"TERM=dumb", "TERM="} {
		t.Run(env, func(t *testing.T) {
			tm := onTerminal(t, 80, env)
			tm.say("s = socket AF_UNIX SOCK_DGRAM", `\r\n= 3\r\n`)
			tm.say("sokcet", `\r\n\? sokcet: no such function`)
			tm.WriteString("close 3" + ctrlC)
			tm.expect(`\^C\r\n`)
			tm.say("fileno 3", `\r\n= 3\r\n`)
			tm.say(`send 3 "`+strings.Repeat("x", 5000)+`"`, `\? the line is longer than the 4094 bytes that are read`)
			tm.WriteString(ctrlD)
			tm.ends(0, 0)
		})
	}
}

// TestInterrupt presses ^C while calls wait. Each answers EINTR, and the shell
// lives on.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	for _, env := range []string{"TERM=xterm", "TERM=dumb"} {
		t.Run(env, func(t *testing.T) {
			tm := onTerminal(t, 80, env)
			prompt := "> " // what is typed before it the kernel edits
			if env == "TERM=dumb" {
				prompt = ""
			}
			tm.expect(prompt)
			say := func(line, want string) {
				t.Helper()
				tm.say(line, want+"\r\n"+prompt)
			}
			say("l = socket AF_UNIX SOCK_STREAM", "= 3")
			say("bind l ./l", "= 0")
			say("listen l 0", "= 0")
			interrupt := func(line string, call int, want string) {
				t.Helper()
				tm.WriteString(line + "\r")
				waitsIn(t, tm.cmd.Process.Pid, call)
				tm.WriteString(ctrlC)
				tm.expect(`\^C= -1 EINTR 4 \(interrupted system call\)` + want + "\r\n" + prompt)
			}
			interrupt("accept l", unix.SYS_ACCEPT4, "")
			say("c = socket AF_UNIX SOCK_STREAM", "= 4")
			say("connect c ./l", "= 0")
			say("d = socket AF_UNIX SOCK_STREAM", "= 5")
			interrupt("connect d ./l", unix.SYS_CONNECT, "")
			interrupt("poll l,c POLLPRI 20", unix.SYS_PPOLL, "")
			say("s = accept l", "= 6, no name")
			interrupt("recv s 5", unix.SYS_RECVFROM, "")
			say("settimeout s 20", "= 0")
			interrupt("recvfrom s 5", unix.SYS_RECVFROM, "")
			say("makefile s", "= 0")
			interrupt("readline s", unix.SYS_READ, "")
			say(`send c "half"`, "= 4")
			interrupt("readline s", unix.SYS_READ, `, after "half"`)
			interrupt(`sendall c "x"*60000000`, unix.SYS_SENDMSG, `, after \d+ of 60000000 bytes`)
			say("fileno s", "= 6")
			tm.WriteString(ctrlD)
			tm.ends(0, 0)
		})
	}
}

// TestSignals ends the shell from outside.
func TestSignals(t *testing.T) {
	t.Parallel()
	tm := onTerminal(t, 80)
	tm.say("fileno 0", `= 0\r\n> `)
	if tm.cooked() {
		t.Error("the editor leaves the terminal cooked")
	}
	tm.cmd.Process.Signal(syscall.SIGTERM)
	tm.ends(0, syscall.SIGTERM)
	if !tm.cooked() {
		t.Error("the terminal was left raw")
	}
}

// TestSignalDumb ends it where there is no editor.
func TestSignalDumb(t *testing.T) {
	t.Parallel()
	tm := onTerminal(t, 80, "TERM=dumb")
	tm.WriteString("s = socket AF_UNIX SOCK_DGRAM\rpoll s POLLPRI none\r")
	waitsIn(t, tm.cmd.Process.Pid, unix.SYS_PPOLL)
	tm.cmd.Process.Signal(syscall.SIGTERM)
	tm.ends(0, syscall.SIGTERM)
}
