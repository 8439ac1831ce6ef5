package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"socklab/tools/course/lab"
	"socklab/tools/course/path"
	"socklab/tools/course/progress"
	"socklab/tools/harness/all"
	"socklab/tools/harness/namespace"
	"socklab/tools/harness/procfs"
	"socklab/tools/harness/testexec"
)

// A learner has a folder in which their labs are found.
type learner struct {
	*testing.T
	dir string
}

func newLearner(t *testing.T) learner {
	needsNetwork(t)
	h := learner{t, t.TempDir()}
	t.Cleanup(func() { // a test that failed may have left a keeper
		for _, pid := range procfs.WithEnv("XDG_RUNTIME_DIR=" + h.dir) {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	return h
}

func (h learner) env() []string {
	return []string{"XDG_RUNTIME_DIR=" + h.dir, "SHELL=/bin/sh", "PS1=> ", "ENV="}
}

// needsNetwork skips a test where there are no private networks. Tests of this package
// have none of their own, so package need can't tell: we try to change one.
func needsNetwork(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
	cmd.SysProcAttr = namespace.Again(syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET).SysProcAttr
	if err := cmd.Run(); err != nil {
		t.Skip("needs a private network: ", err)
	}
}

// enters opens a terminal in a lab, and waits for the shell's prompt.
func (h learner) enters(args ...string) *person {
	h.Helper()
	p := seated(h.T, "", 80, h.env(), append([]string{"lab"}, args...)...)
	p.sees(`> $`, 1)
	return p
}

// TestMenuLab opens a lab with the menu's key, which is back when the shell has ended.
func TestMenuLab(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	h := newLearner(t)
	p := seated(t, h.dir, 80, append(h.env(), "NO_COLOR=1"))
	p.sees(`q.quit +\?.keys`, 1)
	p.types("b")
	p.sees(`\$ \S+ lab 1\.1\r?\n(?s:.*)\(lab 1\.1\) > $`, 1)
	if got := p.asks(`$SOCKLAB_LAB`); got != "1.1" {
		t.Errorf("the shell is in the lab %q", got)
	}
	p.types("exit\n")
	p.sees(`\$ \S+ lab 1\.1\r?\n(?s:.*)q.quit +\?.keys`, 1) // a menu may be drawn twice
	p.types("q")
	p.ends(0)
	p.gone(h, h.dir)
}

// asks has the shell print the value of an expression.
func (p *person) asks(expression string) string {
	p.Helper()
	before := len(p.all())
	p.types(`echo "(` + expression + `"")"` + "\n") // the echo of what is typed doesn't end so
	answer := regexp.MustCompile(`(?m)^\(([^"]*)\)\r?$`)
	var found []string
	p.waits("an answer", func() bool {
		found = answer.FindStringSubmatch(p.all()[before:])
		return found != nil
	})
	p.sees(`> $`, 1)
	return found[1]
}

// waits waits until something is so.
func (p *person) waits(what string, is func() bool) {
	p.Helper()
	for late := time.After(testexec.TooLong); !is(); {
		select {
		case <-p.news:
		case <-time.After(50 * time.Millisecond): // to look at all processes takes a few
		case <-late:
			p.Fatalf("waited for %s; it says\n%s", what, p.all())
		}
	}
}

// gone demands that nobody is left of those who have an argument, nor a lab's name.
func (p *person) gone(h learner, argument string) {
	p.Helper()
	var left []string
	defer func() {
		if p.Failed() {
			p.Logf("left:\n%s", strings.Join(left, "\n"))
		}
	}()
	p.waits("the end of the lab's processes", func() bool {
		left = nil
		for _, pid := range procfs.WithArgument(argument) {
			left = append(left, fmt.Sprint(pid, procfs.Arguments(pid), procfs.Stat(strconv.Itoa(pid))))
		}
		return left == nil
	})
	p.waits("the end of the lab's name", func() bool {
		left, _ := os.ReadDir(filepath.Join(h.dir, fmt.Sprintf("socklab.%d", os.Getuid())))
		return len(left) == 0
	})
}

const network = `$(readlink /proc/self/ns/net)`

// TestLab has two terminals in a lab, and one in another. Whatever still runs ends
// with the last of them.
func TestLab(t *testing.T) {
	t.Parallel()
	h := newLearner(t)
	ours, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	const ttl, usual = `$(cat /proc/sys/net/ipv4/ip_default_ttl)`, "64"
	first, second, other := h.enters("1.1"), h.enters("1.1"), h.enters("1.2")
	one, two, three := first.asks(network), second.asks(network), other.asks(network)
	if one != two || one == three || one == ours || three == ours {
		t.Errorf("the networks are %s, %s and %s, ours is %s", one, two, three, ours)
	}
	for _, test := range []struct{ p, want string }{
		{first.all(), "Lab 1.1: a network of your own; all its ports are free."},
		{second.all(), "Lab 1.1: the network of your other terminal."},
	} {
		if !strings.Contains(test.p, test.want+"\r\nLeave with exit. In a second terminal: go tool socklab lab 1.1\r\n") {
			t.Errorf("want %q, got\n%s", test.want, test.p)
		}
	}
	if got, want := first.asks(`$SOCKLAB_LAB $(id -u) $(stty size)`), fmt.Sprintf("1.1 %d 24 80", os.Getuid()); got != want {
		t.Errorf("lab, user and size: got %q, want %q", got, want)
	}
	long := h.dir // an argument that nobody else has
	first.types("(exec setsid sh -c 'sleep 1000; :' " + long + " &)\n")
	first.types("echo 77 >/proc/sys/net/ipv4/ip_default_ttl\n")
	first.types("exit 5\n")
	first.ends(5)
	third := h.enters("1.1")
	for name, p := range map[string]*person{"second": second, "third": third} {
		if got := p.asks(ttl); got != "77" {
			t.Errorf("the %s terminal: the setting of the first is %s, want 77", name, got)
		}
	}
	third.types("\x04")
	third.ends(0)
	if procfs.WithArgument(long) == nil {
		t.Error("what the first shell left has ended before the last shell")
	}
	second.types("exit\n")
	second.ends(0)
	other.types("exit\n")
	other.ends(0)
	other.gone(h, long)
	again := h.enters("1.1")
	if got := again.asks(ttl); got != usual {
		t.Errorf("a new lab has a setting of the last one: %s, want %s", got, usual)
	}
	again.types("exit\n")
	again.ends(0)
}

// TestLabKilled kills the first shell, then terminals, then the keeper.
func TestLabKilled(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	h := newLearner(t)
	long := h.dir // an argument that nobody else has
	first, second, third := h.enters("1.1"), h.enters("1.1"), h.enters("1.1")
	is := second.asks(network)
	first.types("kill -KILL $$\n")
	first.ends(128 + int(syscall.SIGKILL))
	third.types("trap '' HUP; sh -c 'while :; do sleep 1000; done' " + long + "\n")
	third.waits("a process that won't end", func() bool { return procfs.WithArgument(long) != nil })
	third.cmd.Process.Kill()
	third.cmd.Wait()
	if second.asks(network) != is {
		t.Error("the network has changed")
	}
	second.cmd.Process.Kill()
	second.cmd.Wait()
	second.gone(h, long)

	first, second = h.enters("1.1"), h.enters("1.1")
	first.types("(exec setsid sh -c 'sleep 1000; :' " + long + " &)\n")
	first.waits("a process of its own", func() bool { return procfs.WithArgument(long) != nil })
	about, err := json.Marshal(lab.Lab{Lesson: "1.1"})
	if err != nil {
		t.Fatal(err)
	}
	keepers := slices.DeleteFunc(procfs.WithEnv("SOCKLAB_LAB_KEEPER="+string(about)), func(pid int) bool {
		return !slices.Contains(procfs.WithEnv("XDG_RUNTIME_DIR="+h.dir), pid)
	})
	if len(keepers) != 1 {
		t.Fatalf("keepers: %d, want one", keepers)
	}
	syscall.Kill(keepers[0], syscall.SIGKILL)
	for _, p := range []*person{first, second} {
		if all := p.ends(1); !strings.Contains(all, "socklab lab: the lab was ended from outside") {
			t.Errorf("killed from outside, it says\n%s", all)
		}
	}
	again := h.enters("1.1")
	again.types("exit\n")
	again.ends(0)
	again.gone(h, long)
}

// TestLabCommand runs commands at a terminal. What is typed ahead is for whoever reads
// it next, and ^C is for the command.
func TestLabCommand(t *testing.T) {
	t.Parallel()
	h := newLearner(t)
	sits := h.enters("1.1")
	fifo := filepath.Join(h.dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	sits.types("'" + os.Args[0] + "' lab 1.1 -- cat '" + fifo + "'\necho typed \"ahead\"\n")
	open, err := os.OpenFile(fifo, os.O_WRONLY, 0) // waits for the command
	if err != nil {
		t.Fatal(err)
	}
	open.Close()
	sits.sees(`typed ahead\r`, 1)
	sits.types("'" + os.Args[0] + "' lab 1.1 -- cat '" + fifo + "'; echo \"co\"\"de $?\"\n")
	if open, err = os.OpenFile(fifo, os.O_WRONLY, 0); err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	sits.types("\x03")
	sits.sees(`code 130\r`, 1)
	sits.types("exit\n")
	sits.ends(0)
	sits.gone(h, "none")
}

// TestLabHangsUp takes the terminal from a command that ignores that, in a lab inside
// a lab. Nobody holds the network then.
func TestLabHangsUp(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	h := newLearner(t)
	long := h.dir // an argument that nobody else has
	hangUp := make(chan os.Signal, 1)
	signal.Notify(hangUp, syscall.SIGHUP) // what we start hears it, though nohup(1) may have started us
	defer signal.Stop(hangUp)
	sits := h.enters("1.1")
	sits.types("'" + os.Args[0] + "' lab 1.1 -- sh -c 'trap \"\" HUP; echo rea\"\"dy; sleep 1000; :' " + long + "\n")
	sits.sees(`ready\r`, 1)
	sits.cmd.Process.Kill()
	sits.cmd.Wait()
	sits.in.Close()
	sits.gone(h, long)
}

// TestLabHosts has terminals on hosts of a lesson, which hear each other.
func TestLabHosts(t *testing.T) {
	t.Parallel()
	h := newLearner(t)
	home, office := h.enters("6.4", "home"), h.enters("6.4", "office")
	if !strings.Contains(home.all(), "Lab 6.4: you are on the host home, 10.0.0.2.\r\nLeave with exit. In a second terminal: go tool socklab lab 6.4 home\r\n") {
		t.Errorf("it says\n%s", home.all())
	}
	for p, want := range map[*person]string{home: "10.0.0.2", office: "10.0.0.1"} {
		if got := p.asks(`$(sed -n 's/.*-- \(10[0-9.]*\)$/\1/p' /proc/net/fib_trie | sort -u | grep '[12]$')`); got != want {
			t.Errorf("its address is %q, want %q", got, want)
		}
	}
	beside := h.enters("6.4")
	if !strings.Contains(beside.all(), "all its ports are free. Hosts: office, home.") && !strings.Contains(beside.all(), "other terminal. Hosts: office, home.") {
		t.Errorf("it says\n%s", beside.all())
	}
	for _, p := range []*person{home, office, beside} {
		p.types("exit\n")
		p.ends(0)
	}
	beside.gone(h, "none")
}

// TestLabRefused checks the errors, and that a shell is then started nowhere.
func TestLabRefused(t *testing.T) {
	t.Parallel()
	h := newLearner(t)
	stranger := t.TempDir()
	if err := os.Mkdir(filepath.Join(stranger, fmt.Sprintf("socklab.%d", os.Getuid())), 0o755); err != nil {
		t.Fatal(err)
	}
	link := t.TempDir()
	if err := os.Symlink(h.dir, filepath.Join(link, fmt.Sprintf("socklab.%d", os.Getuid()))); err != nil {
		t.Fatal(err)
	}
	for _, test := range all.Of([]struct {
		args []string
		dir  string
		code int
		says string
	}{
		{[]string{"9.9"}, "", 2, "socklab lab: no lesson \"9.9\"; there are 1.1 1.2 "},
		{[]string{"6.4", "Home"}, "", 2, "socklab lab: no host \"Home\" in lesson 6.4; there are office, home\n"},
		{[]string{"1.1", "--", "no-such-program"}, "", 127, "socklab lab: exec: \"no-such-program\": executable file not found"},
		{[]string{"1.1", "--", "sh", "-c", "exit 7"}, "", 7, ""},
		{[]string{"1.1", "--", "true"}, stranger, 1, "socklab lab: the folder for labs, " + stranger},
		{[]string{}, "", 2, "socklab lab: want one lesson, as 1.1, got 0: []\nusage: "},
		{[]string{""}, "", 2, "socklab lab: no lesson \"\"; there are 1.1 1.2 "},
		{[]string{"1.1", "home"}, "", 2, "socklab lab: no host \"home\": lesson 1.1 has one machine; leave the name out\n"},
		{[]string{"6.4", ""}, "", 2, "socklab lab: no host \"\" in lesson 6.4; there are office, home\n"},
		{[]string{"6.4", "home", "sh"}, "", 2, "socklab lab: want a lesson and perhaps a host, got 3 words: "},
		{[]string{"-x", "1.1"}, "", 2, "socklab lab: no flag \"-x\"\nusage: "},
		{[]string{"1.1", "--"}, "", 2, "socklab lab: want a command behind --\nusage: "},
		{[]string{"1.1", "--", "/etc/passwd"}, "", 127, "socklab lab: exec: \"/etc/passwd\": permission denied\n"},
		{[]string{"1.1", "--", "sh", "-c", "kill -TERM $$"}, "", 143, ""},
		{[]string{"1.1", "--", "true"}, link, 1, "socklab lab: the folder for labs: open " + link},
		{[]string{"1.1", "--", "true"}, "/dev/null", 1, "socklab lab: a folder for labs: mkdir /dev/null/"},
		{[]string{"1.1", "--", "true"}, "/nowhere", 0, ""}, // then in TMPDIR
	}, 5) {
		cmd := testexec.Command(t, append([]string{"lab"}, test.args...)...)
		cmd.Env = append(cmd.Env, h.env()...)
		if test.dir != "" {
			cmd.Env = append(cmd.Env, "XDG_RUNTIME_DIR="+test.dir)
			switch test.dir {
			case "/nowhere":
				cmd.Env = append(cmd.Env, "TMPDIR="+h.dir)
			case "/dev/null":
				cmd.Env = append(cmd.Env, "TMPDIR=/dev/null")
			}
		}
		var said strings.Builder
		cmd.Stderr = &said
		cmd.Run()
		if cmd.ProcessState.ExitCode() != test.code || !begins(said.String(), test.says) {
			t.Errorf("socklab lab %q: exit code %d, want %d; it says %q", test.args, cmd.ProcessState.ExitCode(), test.code, said.String())
		}
	}

	self := testexec.Command(t, "lab", "1.1", "--", "sh", "-c", "echo started")
	self.Args = append([]string{"sh", "-c", `echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" "$@"`}, self.Args...)
	self.Path = "/bin/sh"
	// In a folder of its own: the labs from before may still take calls.
	self.Env = append(self.Env, newLearner(t).env()...)
	self.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}}
	said, _ := self.CombinedOutput()
	const want = "socklab lab: this system refuses a network of one's own: it allows no more user namespaces (sysctl user.max_user_namespaces)\n" +
		"socklab lab: hint: go tool socklab doctor says what to type; without a lab, type the lesson's other lines\n"
	if self.ProcessState.ExitCode() != 3 || string(said) != want {
		t.Errorf("refused: exit code %d, want 3; it says %q", self.ProcessState.ExitCode(), said)
	}
}

// TestProgressKept has a program that is judged write into the progress, from below the
// course's folder.
func TestProgressKept(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	needsNetwork(t)
	dir := newCheckout(t)
	os.Remove(filepath.Join(dir, "go.mod")) // as init lays it out
	below := filepath.Join(dir, "mine/below")
	if err := os.MkdirAll(below, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"check", "play"} {
		code, out, _ := tell(t, below, verb, "-v", "-prog", "echo-server=sh -c 'echo 2.1 passed >>"+filepath.Join(dir, progress.File)+"'", "1.1")
		if code != 1 || !strings.Contains(strings.Join(strings.Fields(out), " "), "Read-only file system") {
			t.Errorf("%s: exit code %d\n%s", verb, code, out)
		}
	}
	if text, _ := os.ReadFile(filepath.Join(dir, progress.File)); strings.Contains(string(text), "2.1") {
		t.Errorf("the progress is\n%s", text)
	}
}

// TestLabsOfAll makes the lab of each lesson whose script has hosts.
func TestLabsOfAll(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	h := newLearner(t)
	root := os.DirFS(filepath.Join("..", "..", ".."))
	course, err := path.Read(root)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, lesson := range course.Lessons() {
		l := labFor(t, lesson)
		for _, host := range l.Hosts {
			tried++
			cmd := testexec.Command(t, "lab", lesson.Number, host.Name, "--", "cat", "/proc/net/fib_trie", "/proc/net/if_inet6")
			cmd.Env = append(cmd.Env, h.env()...)
			out, err := cmd.CombinedOutput()
			for _, card := range host.Cards {
				addr := card[0].Addr()
				shown := addr.String() + "\n"
				if addr.Is6() {
					shown = fmt.Sprintf("%x ", addr.As16()) // proc(5), if_inet6
				}
				if err != nil || !strings.Contains(string(out), shown) {
					t.Errorf("lesson %s: %s has no address %s (%v)\n%s", lesson.Number, host.Name, addr, err, out)
				}
			}
		}
	}
	if tried < 10 {
		t.Errorf("tried %d hosts, expected more", tried)
	}
}

func labFor(t *testing.T, lesson path.Lesson) lab.Lab {
	script, err := os.ReadFile(filepath.Join("..", "..", "..", lesson.Script()))
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.Of(lesson.Number, script)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
