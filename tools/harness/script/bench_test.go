//go:build unix

package script_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/need"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/script"
)

// BenchmarkExchange times typing a line at a program on its terminal and
// seeing the answer. It reports the median and the longest stall.
func BenchmarkExchange(b *testing.B) {
	cat, err := actor.Start(nil, "cat", exec.Command("cat"))
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
	need.Skip(b, "expect")
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
		var all sync.WaitGroup
		slots := make(chan struct{}, 2)
		for i := range scripts {
			slots <- struct{}{}
			all.Go(func() {
				defer func() { <-slots }()
				if r := played(b, dir, fmt.Sprintf("room%d", i), time.Minute, script.Options{}); r.Verdict != script.Passed {
					b.Error(r.Log)
				}
			})
		}
		all.Wait()
		ours = append(ours, time.Since(start))
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

// BenchmarkRecording plays the same scenario with a recording, packets included, and
// without, one after the other, and compares the medians.
func BenchmarkRecording(b *testing.B) {
	play := func(o script.Options) time.Duration {
		start := time.Now()
		if r := played(b, "testdata/bench", "room", time.Minute, o); r.Verdict != script.Passed {
			b.Fatal(r.Log)
		}
		return time.Since(start)
	}
	var with, without []time.Duration
	packets := 0
	for b.Loop() {
		without = append(without, play(script.Options{}))
		rec := recording.New()
		with = append(with, play(script.Options{Recording: rec}))
		for _, e := range rec.Events() {
			if e.Layer == "packets" {
				packets++
			}
		}
	}
	slices.Sort(with)
	slices.Sort(without)
	b.ReportMetric(float64(with[len(with)/2])/float64(without[len(without)/2]), "times-as-long")
	b.ReportMetric(float64(packets)/float64(len(with)), "packets")
}

// BenchmarkImpair plays a script with a cable that is cut, and without, one after the
// other, and compares the medians.
func BenchmarkImpair(b *testing.B) {
	need.Skip(b, "privnet")
	dir := b.TempDir()
	const hosts = "needs privnet\nhost office 10.0.0.1\nhost home 10.0.0.2\n"
	for name, text := range map[string]string{"whole": hosts, "cut": hosts + "impair home out drop 1\n"} {
		if err := os.WriteFile(filepath.Join(dir, name+".txtar"), []byte(text), 0o666); err != nil {
			b.Fatal(err)
		}
	}
	play := func(name string) time.Duration {
		start := time.Now()
		if r := played(b, dir, name, time.Minute, script.Options{}); r.Verdict != script.Passed {
			b.Fatal(r.Log)
		}
		return time.Since(start)
	}
	var whole, cut []time.Duration
	for b.Loop() {
		whole = append(whole, play("whole"))
		cut = append(cut, play("cut"))
	}
	slices.Sort(whole)
	slices.Sort(cut)
	b.ReportMetric(float64((cut[len(cut)/2]-whole[len(whole)/2]).Microseconds())/1e3, "ms/cable")
	b.ReportMetric(float64(cut[len(cut)/2])/float64(whole[len(whole)/2]), "times-as-long")
}
