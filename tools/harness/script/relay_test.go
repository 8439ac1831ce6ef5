//go:build unix

package script_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"socklab/tools/harness/need"
	"socklab/tools/harness/procfs"
	"socklab/tools/harness/script"
)

// TestRelayEnds plays scripts whose cables hold packets when they end. Afterwards
// there are as many goroutines and descriptors as before.
func TestRelayEnds(t *testing.T) {
	need.Skip(t, "privnet")
	dir := t.TempDir()
	const text = `needs privnet
host office 10.0.0.1
host home 10.0.0.2
dial -on=home bob udp 10.0.0.1:9000
impair home out delay 1 1h
impair home out swap 2
slow office 8bit
send bob late
send bob 'never swapped'
`
	if err := os.WriteFile(filepath.Join(dir, "held.txtar"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	count := func() (goroutines, files int) { return runtime.NumGoroutine(), len(procfs.List("self/fd")) }
	play := func() {
		if r := played(t, dir, "held", time.Minute, script.Options{}); r.Verdict != script.Passed {
			t.Fatal(r.Log)
		}
	}
	play() // what is made once is made now
	goroutines, files := count()
	for range 5 {
		play()
	}
	// A script's own thread ends a moment after the script.
	deadline := time.Now().Add(10 * time.Second)
	for {
		g, f := count()
		if g <= goroutines && f <= files {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines and %d files after five scripts more, want %d and %d", g, f, goroutines, files)
		}
		runtime.Gosched()
	}
}
