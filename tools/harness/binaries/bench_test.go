//go:build unix

package binaries

import (
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// BenchmarkStart compares the start and end of a program with those of a program
// that does nothing, in CPU time and in elapsed time. Ours take at most 2.2 times as
// much.
func BenchmarkStart(b *testing.B) {
	opened, err := Build([]string{"socklab/tools/cmd/echo-server"}, b.TempDir())
	if err != nil {
		b.Skip(err)
	}
	defer opened.Close()
	dir := b.TempDir()
	empty := filepath.Join(dir, "empty")
	write(b, dir, "empty.go", "package main\n\nfunc main() {}\n")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", empty, filepath.Join(dir, "empty.go"))
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	start := func(program string) (worked, passed time.Duration) {
		cmd := exec.Command(program, "-h")
		before := time.Now()
		cmd.Run()
		return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), time.Since(before)
	}
	var worked, passed [2][]time.Duration
	for b.Loop() {
		for i, program := range []string{opened.Paths[0], empty} {
			w, p := start(program)
			worked[i], passed[i] = append(worked[i], w), append(passed[i], p)
		}
	}
	times := func(of [2][]time.Duration) float64 {
		for _, all := range of {
			slices.Sort(all)
		}
		return of[0][len(of[0])/2].Seconds() / of[1][len(of[1])/2].Seconds()
	}
	b.ReportMetric(times(worked), "times-the-work")
	b.ReportMetric(times(passed), "times-the-time")
}
