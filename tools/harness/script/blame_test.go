//go:build unix

package script

import (
	"fmt"
	"testing"
)

// TestCrashPlace finds where a program crashed, in its own source and in no library.
func TestCrashPlace(t *testing.T) {
	for screen, want := range map[string]string{
		"Traceback (most recent call last):\n  File \"/tmp/x.py\", line 7, in <module>\n    f()\n" +
			"  File \"/usr/lib/python3.11/socket.py\", line 836, in create_connection\nConnectionRefusedError: [Errno 111] Connection refused\n": " (x.py, line 7)",
		"  File \"/tmp/x.py\", line 8\n    c, _ = s.accept(\n                   ^\nSyntaxError: '(' was never closed\n":                                                       " (x.py, line 8)",
		"panic: boo\n\ngoroutine 1 [running]:\nstrings.Repeat()\n\t/usr/local/go/src/strings/strings.go:624 +0x5\nmain.main()\n\t/tmp/x/counter.go:17 +0x25\nexit status 2\n": " (counter.go, line 17)",
		"  File \"<stdin>\", line 1\nNameError: x\n": "",
		"listening on 127.0.0.1:8000\n":              "",
	} {
		if got := crashPlace(screen); (got == "") != (want == "") || got != "" && got.in(View{}) != want {
			t.Errorf("%q: got %q, want %q", screen, got, want)
		}
	}
	said := say("exited 1: NameError%v", place("x.py, line 7"))
	if got := fmt.Sprint(said); got != "exited 1: NameError (x.py, line 7)" {
		t.Errorf("%s", got)
	}
	if got := said.in(View{NoChance: true}); got != "exited 1: NameError" {
		t.Errorf("%s", got)
	}
}
