package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/testexec"
)

// records opens a terminal of a recording, and waits for its prompt.
func (h learner) records(name string) *person {
	h.Helper()
	p := seated(h.T, h.dir, 80, append(h.env(), "TMPDIR="+h.dir), "record", "talk.txtar", name)
	p.sees(name+`\$ $`, 1)
	return p
}

// TestRecord has three terminals in a chat, by hand; when it is over, another call is
// refused. The script that comes out passes each time, and fails with other words.
func TestRecord(t *testing.T) {
	t.Parallel()
	h := newLearner(t)
	room := h.records("room")
	room.types("chat-server $ADDR\n")
	room.sees(`listening on 127.0.0.1:8000`, 1)
	alice, bob := h.records("alice"), h.records("bob")
	alice.types("chat-client -name alice 127.0.0.1:8000\n")
	alice.sees(`\* alice joined`, 1)
	bob.types("chat-client -name bob $ADDR | cat\n")
	bob.sees(`a line starts one program`, 1)
	bob.types("chat-client -name bob $ADDR\n")
	alice.sees(`\* bob joined`, 1)
	bob.sees(`\* bob joined`, 1)
	bob.types("is there cheeze\x7f\x7fse?\n")
	alice.sees(`is there cheese\?`, 1)
	alice.types("it's out\n")
	bob.sees(`it's out`, 1)
	bob.types("\x04")
	bob.sees(`bob\$ `, 3)
	alice.sees(`\* bob left`, 1)
	alice.types("\x03")
	alice.sees(`alice\$ `, 2)
	room.sees(`alice left`, 1)
	room.types("\x03")
	room.sees(`room\$ `, 2)
	alice.types("chat-client -name late $ADDR\n")
	alice.sees(`refused`, 1)
	alice.sees(`alice\$ `, 3)
	bob.types("exit\n")
	bob.ends(0)
	alice.types("\x04")
	alice.ends(0)
	room.types("exit\n")
	room.sees(`talk.txtar passed 3 times`, 1)
	room.ends(0)
	text, err := os.ReadFile(filepath.Join(h.dir, "talk.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"spawn alice chat-client -name alice $ADDR\n", "send bob 'is there cheese?'\n", "send alice 'it''s out'\n", "eof bob\n", "spawn alice2 chat-client -name late $ADDR\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q", want)
		}
	}
	if code, _, errors := tell(t, h.dir, "record", "nowhere/talk.txtar"); code != 1 || !strings.HasSuffix(errors, "/nowhere: make it first\n") {
		t.Errorf("%d %s", code, errors)
	}
	if code, out, errors := tell(t, h.dir, "record", "-page", "talk.txtar"); code != 0 || out != "talk.md\n" {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
	page, err := os.ReadFile(filepath.Join(h.dir, "talk.md"))
	if err != nil || !strings.HasPrefix(string(page), "# Talk\n\n## Question\n") {
		t.Errorf("%v %s", err, page)
	}
	room.gone(h, h.dir)
	if left, _ := filepath.Glob(filepath.Join(h.dir, "socklab-record.*")); len(left) > 0 {
		t.Error(left)
	}
	if !all.Asked() {
		return
	}
	if code, out, errors := tell(t, h.dir, "play", "-repeat", "10", "talk.txtar"); code != 0 {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
	save(t, filepath.Join(h.dir, "other.txtar"), strings.Replace(string(text), "send bob 'is there cheese?'", "send bob 'is there butter?'", 1))
	if code, out, _ := tell(t, h.dir, "play", "-repeat", "1", "other.txtar"); code != 1 || !strings.Contains(out, "expect alice") {
		t.Errorf("bob says something else: %d\n%s", code, out)
	}
}

// TestRecordPanes has tmux open a pane for the second of two names.
func TestRecordPanes(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	need.Skip(t, "tmux")
	h := newLearner(t)
	tmux := func(args ...string) string {
		cmd := exec.Command("tmux", append([]string{"-S", filepath.Join(h.dir, "tmux"), "-f", "/dev/null"}, args...)...)
		cmd.Env = append(testexec.Command(t).Env, append(h.env(), "TMPDIR="+h.dir, "TERM=xterm")...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("tmux %q: %v\n%s", args, err, out)
		}
		return string(out)
	}
	waits := func(what string, is func() bool) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(100 * time.Millisecond) {
			if t.Failed() || time.Now().After(deadline) {
				t.Fatalf("waited until %s; the panes:\n%s", what, tmux("list-panes"))
			}
		}
	}
	shows := func(pane, text string) {
		t.Helper()
		var shown string
		defer func() {
			if t.Failed() {
				t.Log(shown)
			}
		}()
		waits(fmt.Sprintf("pane %s shows %q", pane, text), func() bool {
			shown = tmux("capture-pane", "-p", "-t", pane)
			return strings.Contains(shown, text)
		})
	}
	tmux("new-session", "-d", "-x", "100", "-y", "40", "-c", h.dir, os.Args[0], "record", "talk.txtar", "server", "alice")
	defer tmux("kill-server")
	shows("%0", "server$")
	shows("%1", "alice$")
	tmux("send-keys", "-t", "%0", "echo-server $ADDR", "Enter")
	shows("%0", "listening on")
	tmux("send-keys", "-t", "%1", "echo-client $ADDR baihuixin", "Enter")
	shows("%1", "hello baihuixin")
	shows("%0", "baihuixin\nserver$")
	tmux("send-keys", "-t", "%0", "exit", "Enter")
	waits("the server's pane is gone", func() bool { return !strings.Contains(tmux("list-panes", "-F", "#{pane_id}"), "%0") })
	tmux("send-keys", "-t", "%1", "exit", "Enter")
	shows("%1", "talk.txtar passed 3 times")
	shows("%1", "Enter closes this pane.")
}

// TestRecordUnseen types a password, which is written nowhere.
func TestRecordUnseen(t *testing.T) {
	t.Parallel()
	h := newLearner(t)
	p := h.records("alice")
	p.types(`sh -c 'stty -echo; printf "Password: "; read p; stty echo; echo; echo $p | wc -c'` + "\n")
	p.sees(`(?m)^Password: $`, 1)
	p.types("cheese77\n")
	p.sees(`alice\$ `, 2)
	p.types("exit\n")
	if all := p.ends(1); strings.Contains(all, "cheese77") || !strings.Contains(all, "9\nalice$ ") || !strings.Contains(all, "not played: something was typed unseen") {
		t.Errorf("%s", all)
	}
	text, err := os.ReadFile(filepath.Join(h.dir, "talk.txtar"))
	if err != nil || strings.Contains(string(text), "cheese77") || !strings.Contains(string(text), "\nenv UNSEEN1=\n") || !strings.Contains(string(text), "expect alice '^Password: '\nsend alice $UNSEEN1\nexited alice\n") {
		t.Errorf("%v\n%s", err, text)
	}
}

// TestRecordMends has a program that says another number each time.
func TestRecordMends(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	h := newLearner(t)
	p := h.records("alice")
	p.types(`sh -c 'echo number $$; read x; echo $x, $$'` + "\n")
	p.sees(`(?m)^number \d+\r?$`, 1)
	p.types("hi\n")
	p.sees(`(?m)^hi, \d+\r?$`, 1)
	p.sees(`alice\$ `, 2)
	p.types("exit\n")
	all := p.ends(0)
	for _, want := range []string{"mended: line 4 expected a number", "talk.txtar passed 3 times"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	if code, out, errors := tell(t, h.dir, "play", "-repeat", "5", "talk.txtar"); code != 0 {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
}
