//go:build unix

package socksh

import (
	"bufio"
	"io"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// BenchmarkAnswer compares a command with the same call made directly. It
// measures from writing the line until the answer has been read. A command may
// take 2 ms more.
func BenchmarkAnswer(b *testing.B) {
	network(b)
	cmd := command(b)
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	answers := bufio.NewReader(out)
	ask := func(line string) {
		io.WriteString(in, line)
		if _, err := answers.ReadString('\n'); err != nil {
			b.Fatal(err)
		}
	}
	ask("s = socket AF_INET SOCK_DGRAM\n")
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer unix.Close(fd)

	var direct, shell, more []time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := unix.Getsockname(fd); err != nil {
			b.Fatal(err)
		}
		called := time.Now()
		ask("getsockname s\n")
		answered := time.Now()
		direct = append(direct, called.Sub(start))
		shell = append(shell, answered.Sub(called))
		more = append(more, answered.Sub(called)-called.Sub(start))
	}
	in.Close()
	cmd.Wait()

	p50 := func(ds []time.Duration) float64 {
		slices.Sort(ds)
		return float64(ds[len(ds)/2].Nanoseconds()) / 1e3
	}
	b.ReportMetric(p50(direct), "p50-call-µs")
	b.ReportMetric(p50(shell), "p50-shell-µs")
	b.ReportMetric(p50(more), "p50-more-µs")
	b.ReportMetric(float64(more[len(more)-1].Nanoseconds())/1e3, "longest-more-µs")
	if m := p50(more); m > 2000 {
		b.Errorf("a command takes %.0f µs more than its call; the bound is 2000", m)
	}
}
