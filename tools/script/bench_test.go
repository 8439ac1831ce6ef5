package script_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"socklab/tools/actor"
	"socklab/tools/script"
	"socklab/tools/theater"
)

// BenchmarkExchange times typing a line at a program on its terminal and
// seeing the answer. It reports the median and the longest stall.
func BenchmarkExchange(b *testing.B) {
	cat, err := actor.Start("cat", exec.Command("cat"))
	if err != nil {
		b.Fatal(err)
	}
	defer cat.Stop()
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		text := fmt.Sprintf("line %d", len(took))
		pattern, err := actor.NewPattern("^" + text + "$")
		if err != nil {
			b.Fatal(err)
		}
		deadline := start.Add(10 * time.Second)
		if err := cat.Send(text, true, deadline); err != nil {
			b.Fatal(err)
		}
		if _, err := cat.Expect(pattern, deadline); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs/p50")
	b.ReportMetric(float64(took[len(took)-1].Microseconds()), "µs/max")
}

// scripts is how many scripts, or scenarios, one play of a benchmark has: each
// a server, two clients and three exchanges.
const scripts = 100

// BenchmarkScripts plays the same scenario 100 times as scripts, two at once,
// and 100 times with expect(1), and compares the two.
func BenchmarkScripts(b *testing.B) {
	if _, err := exec.LookPath("expect"); err != nil {
		b.Skip("expect(1) is not installed: apt-get install expect")
	}
	room, err := os.ReadFile("testdata/bench/room.txtar")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	for i := range scripts {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("room%d.txtar", i)), room, 0o666); err != nil {
			b.Fatal(err)
		}
	}
	var ours, theirs []time.Duration
	for b.Loop() {
		start := time.Now()
		house := theater.New(2)
		script.RunT(house, dir, script.Play{Deadline: time.Now().Add(time.Minute)})
		shows := house.Played()
		ours = append(ours, time.Since(start))
		for _, played := range shows {
			if played.Failed || played.Skipped {
				b.Fatal(played.Report())
			}
		}
		start = time.Now()
		for i := range scripts {
			addr := fmt.Sprintf("127.0.0.1:%d", 21000+i)
			if out, err := exec.Command("expect", "testdata/bench/room.exp", addr).CombinedOutput(); err != nil {
				b.Fatalf("expect(1): %v\n%s", err, out)
			}
		}
		theirs = append(theirs, time.Since(start))
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	us, them := ours[len(ours)/2], theirs[len(theirs)/2]
	b.ReportMetric(us.Seconds(), "s/100-scripts")
	b.ReportMetric(them.Seconds(), "s/100-expect")
	b.ReportMetric(them.Seconds()/us.Seconds(), "times-faster")
}
