package script_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"socklab/tools/harness/script"
)

// TestBackAtPrompt has a program that was asked say something else than the script
// expects. If it waits for its next line then, the failure is known; if it also waits
// for a socket, or for a timer, more may come.
func TestBackAtPrompt(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       bool
	}{
		{"another answer", "spawn shell socksh\nsend shell 's = socket AF_INET SOCK_STREAM'\nexpect shell '^= 4$'\n", true},
		{"a child reads", "spawn shell sh -c 'sh asks.sh; true'\nexpect shell ready\nsend shell x\nexpect shell 'you said x'\n-- asks.sh --\necho ready\nread a\necho I heard $a\nread b\n", true},
		{"not a word yet", "spawn cat cat\nexpect cat x\n", false},
		{"others may speak", "listen door tcp $ADDR\nspawn alice chat-client -name alice $ADDR\naccept door server\nsend server 'welcome\\n'\nexpect alice 'hello'\n", false},
		{"it has only repeated", "spawn cat cat\nsend cat x\nexpect cat x\nsend -n cat y\nexpect cat z\n", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "prompt.txtar"), []byte("# One.\n"+test.text), 0o666); err != nil {
				t.Fatal(err)
			}
			r := played(t, dir, "prompt", 0, script.Options{Wait: time.Minute, Idle: 2 * time.Second})
			if r.Failure == nil || r.Failure.Waited == nil {
				t.Fatalf("%s\n%s", r.Verdict, r.Log)
			}
			if w := *r.Failure.Waited; w.AtPrompt != test.want {
				t.Errorf("waited %s, expected back at its prompt: %v\n%s", w, test.want, r.Failure)
			}
		})
	}
}

// TestTrickle has a tap pass a line so slowly that nobody says anything for longer than
// the idle time: what passes the tap counts, too.
func TestTrickle(t *testing.T) {
	dir := t.TempDir()
	const text = "# One.\nlisten door tcp $ADDR\ntap wire $ADDR LINE\nfaults wire split=1 delay=100ms\nspawn shell socksh\n" +
		"send shell 's = socket AF_INET SOCK_STREAM'\nexpect shell '^= 3$'\nsend shell 'connect s '$LINE\nexpect shell '^= 0$'\naccept door bob\n" +
		"send shell 'makefile s'\nexpect shell '^= 0$'\nsend shell 'readline s'\nsend bob 'thirteen byte\\n'\nexpect shell '^= 14 .*$'\neof shell\nexited shell\n"
	if err := os.WriteFile(filepath.Join(dir, "trickle.txtar"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if r := played(t, dir, "trickle", 0, script.Options{Wait: time.Minute, Idle: 500 * time.Millisecond}); r.Verdict != script.Passed {
		t.Errorf("%s\n%s", r.Verdict, r.Log)
	}
}

// TestLateWord has a program work until long after the time in which it must be silent,
// as one does whose turn comes late, and then speak.
func TestLateWord(t *testing.T) {
	dir := t.TempDir()
	const text = "# One.\nspawn slow sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo late'\n! expect -for=20ms slow late\n"
	if err := os.WriteFile(filepath.Join(dir, "late.txtar"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if r := played(t, dir, "late", 0, script.Options{}); r.Failure == nil || r.Failure.Kind != script.WrongBytes {
		t.Errorf("expected it to hear the word, got %s\n%s", r.Verdict, r.Log)
	}
}

// TestHangs has a program say nothing for longer than the idle time. Where it is not
// expected to hang, the wait goes on.
func TestHangs(t *testing.T) {
	dir := t.TempDir()
	const text = "# One.\nspawn slow sh -c 'sleep 1; echo hello'\nexpect slow '^hello$'\nexited slow\n"
	if err := os.WriteFile(filepath.Join(dir, "hangs.txtar"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		hangs func(line int) bool
		want  script.Verdict
	}{
		{nil, script.Failed},
		{func(line int) bool { return line == 3 }, script.Failed},
		{func(line int) bool { return line == 2 }, script.Passed},
	} {
		r := played(t, dir, "hangs", 0, script.Options{Wait: time.Minute, Idle: 100 * time.Millisecond, Hangs: test.hangs})
		if r.Verdict != test.want {
			t.Errorf("expected %s, got %s\n%s", test.want, r.Verdict, r.Log)
		}
	}
}
