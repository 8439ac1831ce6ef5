//go:build unix

package script_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/need"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/script"
	"socklab/tools/harness/scripttest"
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
// and 100 times with expect(1), and compares the two. It also plays it two at once
// with nobody between the programs and their pipes: no harness is faster than that.
func BenchmarkScripts(b *testing.B) {
	need.Skip(b, "expect")
	text, err := os.ReadFile("testdata/bench/room.txtar")
	if err != nil {
		b.Fatal(err)
	}
	b.Setenv("PATH", scripttest.Options().Bin+":"+os.Getenv("PATH"))
	dir := b.TempDir()
	for i := range scripts {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("room%d.txtar", i)), text, 0o666); err != nil {
			b.Fatal(err)
		}
	}
	twoAtOnce := func(play func(i int)) time.Duration {
		start := time.Now()
		var all sync.WaitGroup
		slots := make(chan struct{}, 2)
		for i := range scripts {
			slots <- struct{}{}
			all.Go(func() {
				defer func() { <-slots }()
				play(i)
			})
		}
		all.Wait()
		return time.Since(start)
	}
	var ours, theirs, nobodys []time.Duration
	for b.Loop() {
		ours = append(ours, twoAtOnce(func(i int) {
			if r := played(b, dir, fmt.Sprintf("room%d", i), time.Minute, script.Options{}); r.Verdict != script.Passed {
				b.Error(r.Log)
			}
		}))
		nobodys = append(nobodys, twoAtOnce(func(i int) { room(b, fmt.Sprintf("127.0.0.1:%d", 22000+i)) }))
		start := time.Now()
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
	slices.Sort(nobodys)
	us, them, nobody := ours[len(ours)/2], theirs[len(theirs)/2], nobodys[len(nobodys)/2]
	b.ReportMetric(us.Seconds(), "s/100-scripts")
	b.ReportMetric(them.Seconds(), "s/100-expect")
	b.ReportMetric(them.Seconds()/us.Seconds(), "times-faster")
	b.ReportMetric(them.Seconds()/nobody.Seconds(), "times-at-most")
}

// room plays the scenario of room.txtar, with pipes in place of terminals.
func room(b *testing.B, addr string) {
	type program struct {
		*exec.Cmd
		in  io.WriteCloser
		out *bufio.Scanner
	}
	start := func(name string, args ...string) program {
		p := program{Cmd: exec.Command(name, args...)}
		p.in, _ = p.StdinPipe()
		out, _ := p.StdoutPipe()
		p.out = bufio.NewScanner(out)
		if err := p.Start(); err != nil {
			b.Fatal(err)
		}
		return p
	}
	hears := func(p program, text string) {
		for p.out.Scan() {
			if strings.Contains(p.out.Text(), text) {
				return
			}
		}
		b.Errorf("%v: %q did not come", p.Cmd, text)
	}
	server := start("chat-server", addr)
	hears(server, "listening on")
	alice := start("chat-client", "-name", "alice", addr)
	hears(alice, "alice joined")
	bob := start("chat-client", "-name", "bob", addr)
	hears(bob, "bob joined")
	hears(alice, "bob joined")
	fmt.Fprintln(alice.in, "one")
	hears(bob, "alice: one")
	fmt.Fprintln(bob.in, "two")
	hears(alice, "bob: two")
	fmt.Fprintln(alice.in, "three")
	hears(bob, "alice: three")
	for _, p := range []program{alice, bob} {
		p.in.Close()
		if err := p.Wait(); err != nil {
			b.Error(err)
		}
	}
	server.Process.Signal(syscall.SIGTERM)
	server.Wait()
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
