//go:build unix

package script_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/script"
)

// ours are lines of the script language that stay inside the script: no
// program is started but an echo server.
var ours = regexp.MustCompile(`^(! )?(spawn \w+ echo-server|key|signal|exited|expect|send|eof|screen|dial|listen \w+ tcp|accept|reset|tap|syscalls|host|unplug|plug|route|sysctl|faults|netem|stream|packets)( .*)?$`)

// atLine is where a script may fail: at the line in question, or at its end.
var atLine = regexp.MustCompile(`any\.txtar:[67]: |any\.txtar: `)

// FuzzCommand plays a script with two actors, a tap, a host and a line of any
// words. It may pass or fail; what it says then is for people, and it ends in
// time.
func FuzzCommand(f *testing.F) {
	if flag.Lookup("test.fuzz").Value.String() == "" {
		all.Skip(f)
	}
	need.Skip(f, "privnet")
	f.Fuzz(func(t *testing.T, line string) {
		line, _, _ = strings.Cut(line, "\n")
		if !ours.MatchString(line) || len(line) > 4096 {
			return
		}
		dir := t.TempDir()
		text := "spawn server cat\nlisten door tcp $ADDR\ntap wire $ADDR WIRE\nhost desk 10.9.9.1\ndial alice tcp $WIRE\n" + line + "\n"
		if err := os.WriteFile(filepath.Join(dir, "any.txtar"), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		// A line that is waited for longer than its play may take has no deadline.
		late := time.AfterFunc(time.Minute, func() { panic(fmt.Sprintf("%q never ends", line)) })
		defer late.Stop()
		r := played(t, dir, "any", 10*time.Second, script.Options{Wait: 5 * time.Second, Idle: 20 * time.Millisecond})
		report := r.Log
		if r.Verdict != script.Passed && !r.Skipped && !atLine.MatchString(report) {
			t.Errorf("%q: failed elsewhere:\n%s", line, report)
		}
		if strings.Contains(report, "goroutine ") || strings.Contains(report, "panic: ") || strings.ContainsAny(report, "\x1b\x07") {
			t.Errorf("%q: no report for people:\n%q", line, report)
		}
	})
}
