package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socklab/tools/harness/all"
)

// TestFrom captures a conversation, and makes an actor of each side. What meets it must
// behave as it did: one who speaks otherwise, or another who calls, fails.
func TestFrom(t *testing.T) {
	t.Parallel()
	needsNetwork(t)
	dir := t.TempDir()
	must := func(code int, wantOut, wantErrors string, args ...string) {
		t.Helper()
		if got, out, errors := tell(t, dir, args...); got != code || !strings.Contains(out, wantOut) || !strings.Contains(errors, wantErrors) {
			t.Errorf("socklab %q: exit code %d, want %d, %q and %q\n%s%s", args, got, code, wantOut, wantErrors, out, errors)
		}
	}
	talk := "# Ann and Bob each call.\nspawn server desk-server $ADDR\nexpect server '^listening'\n" +
		"spawn ann desk-client $ADDR\nsend ann 'is it open?'\nexpect server 'is it open'\nsend server 'until nine'\nexpect ann 'until nine'\neof ann\nexited ann\n" +
		"spawn bob desk-client $ADDR\nsend bob cheese\nexpect server cheese\nsend server 'no'\nexpect bob '^.*no'\neof bob\nexited bob\nsignal server TERM\nexited server\n"
	save(t, filepath.Join(dir, "talk.txtar"), talk)
	must(0, "", "", "play", "talk.txtar", "-o", "talk.jsonl")
	must(0, "talk.pcapng\n", "", "show", "-o", "talk.pcapng", "talk.jsonl")
	must(1, "", "socklab from: .: read .: is a directory\n", "from", ".")
	must(2, "   2  ", "socklab from: talk.pcapng has 2 conversations: choose one with -conversation N\n", "from", "talk.pcapng")
	must(0, "bob.txtar\n", "next: socklab play -update bob.txtar", "from", "-conversation", "2", "-o", "bob.txtar", "talk.pcapng", "--", "desk-client", "127.0.0.1:8000")
	must(1, "", "socklab from: bob.txtar is there already, and stays: -o FILE names another\n", "from", "-conversation", "2", "-o", "bob.txtar", "talk.pcapng")
	must(2, "", "-conversation 3: talk.pcapng has 2\n", "from", "-conversation", "3", "talk.pcapng")
	// What is typed is not in the capture.
	text, err := os.ReadFile(filepath.Join(dir, "bob.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	typed := func(what string) string {
		return strings.Replace(strings.Replace(string(text), "\nexited server closed\n", "\nexpect client no\neof client\nexited server closed\n", 1), "accept door server\n", "accept door server\nsend client "+what+"\n", 1)
	}
	save(t, filepath.Join(dir, "bob.txtar"), typed("cheese"))
	must(0, "passed", "client.want (new)", "play", "-update", "bob.txtar")
	if !all.Asked() {
		return
	}
	must(0, "bob.txtar: passed 10 of 10 times", "", "play", "-repeat", "10", "bob.txtar")
	save(t, filepath.Join(dir, "bob.txtar"), typed("butter"))
	must(1, `expect server`, "", "play", "-repeat", "1", "bob.txtar")
}
