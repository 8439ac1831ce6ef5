package chat

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// BenchmarkModels compares four rooms that do the same, as processes of their own:
// with a goroutine, a thread or a coroutine for each caller, and lesson 4.6's with
// one thread and epoll. Ten thousand callers are in each, and hear what one of them
// says. It tells the processor time for a line that one caller hears, in µs, the
// memory for a caller, in kB (VmRSS, proc_pid_status(5)), and the threads:
//
//	go test ./tools/chat -run xxx -bench Models -benchtime 10x
func BenchmarkModels(b *testing.B) {
	const callers = 10_000
	needFiles(b, callers+100)
	dir := b.TempDir()
	archive, err := txtar.ParseFile("../../testdata/scripts/4.6-loop.txtar")
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range archive.Files {
		if f.Name == "room.py" {
			if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o666); err != nil {
				b.Fatal(err)
			}
		}
	}
	goroutines := filepath.Join(dir, "goroutines")
	if out, err := exec.Command("go", "build", "-o", goroutines, "testdata/models/goroutines.go").CombinedOutput(); err != nil {
		b.Fatalf("build goroutines.go: %v\n%s", err, out)
	}
	for _, model := range []struct {
		name    string
		command []string
	}{
		{"goroutines", []string{goroutines}},
		{"threads", []string{"python3", "testdata/models/threads.py"}},
		{"coroutines", []string{"python3", "testdata/models/coroutines.py"}},
		{"epoll", []string{"python3", filepath.Join(dir, "room.py")}},
	} {
		b.Run(model.name, func(b *testing.B) {
			host, port := freeAddr(b)
			addr := net.JoinHostPort(host, port)
			room := opened(b, exec.Command(model.command[0], append(model.command[1:], addr)...), addr)
			empty := number(b, room, "VmRSS:")
			all := newAudience(b, "mark\n", callers)
			for range callers {
				all.call(addr)
			}
			// Who called last speaks: a room takes its callers in their order.
			speaker := callers - 1
			all.say(speaker, "mark\n", speaker)
			before, lines := used(b, room), 0
			for b.Loop() {
				all.say(speaker, "mark\n", speaker)
				lines++
			}
			cpu := used(b, room) - before
			b.ReportMetric(float64(cpu.Microseconds())/float64(lines*speaker), "µs/hearing")
			b.ReportMetric(float64(number(b, room, "VmRSS:")-empty)/callers, "kB/caller")
			b.ReportMetric(float64(number(b, room, "Threads:")), "threads")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// number is what /proc/PID/status says behind a word, for memory in kB.
func number(b *testing.B, p *os.Process, word string) int {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), word)
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// used is the processor time of a process until now, exact to 10 ms (utime and
// stime in proc_pid_stat(5)).
func used(b *testing.B, p *os.Process) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid))
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(stat[strings.LastIndex(string(stat), ")")+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}
