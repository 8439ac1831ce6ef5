package script_test

import (
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"socklab/tools/programs"
	"socklab/tools/script"
)

func TestMain(m *testing.M) {
	script.Main(m, programs.Program{Name: "crash-server", Main: crashServer})
}

// crashServer listens as it should and dies of its first caller.
func crashServer() {
	l, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		panic(err)
	}
	fmt.Printf("listening on %s\n", l.Addr())
	if _, err := l.Accept(); err != nil {
		panic(err)
	}
	var names map[string]int
	names["caller"]++
}

// TestLanguage plays scripts that pass.
func TestLanguage(t *testing.T) { script.Run(t, "testdata/pass") }

// TestFailures plays scripts that must fail, and compares what they say.
func TestFailures(t *testing.T) {
	files, err := filepath.Glob("testdata/fail/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts that must fail", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, name+".txtar"), before, 0o666); err != nil {
				t.Fatal(err)
			}
			house := newTheater(1)
			script.RunT(house, dir, time.Now().Add(time.Minute), true)
			house.wg.Wait()
			played := house.played[0]
			if !played.failed {
				t.Fatalf("the script passed:\n%s", played.log.String())
			}
			got := timeless(strings.ReplaceAll(played.log.String(), dir+"/", ""))
			golden := strings.TrimSuffix(file, ".txtar") + ".golden"
			if flag.Lookup("update").Value.String() == "true" {
				if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s: got\n%s\nwant\n%s", golden, got, want)
			}
			if after, _ := os.ReadFile(filepath.Join(dir, name+".txtar")); string(after) != string(before) {
				t.Errorf("%s failed, and was rewritten all the same:\n%s", file, after)
			}
		})
	}
}

var (
	durations = regexp.MustCompile(`\b\d+(\.\d+)?(µs|ms|s)\b`)
	stack     = regexp.MustCompile(`(?s)\n  (goroutine \d+ |\[signal ).*?(\n\n[^ \n]|\n*\z)`)
	cut       = regexp.MustCompile(`, without its first \d+ lines`)
	ticks     = regexp.MustCompile(`(  t(i(ck?)?)?\n)+`)
	pids      = regexp.MustCompile(`\[\d+( \d+)*\]`)
)

// timeless takes from a report what differs from run to run.
func timeless(log string) string {
	log = durations.ReplaceAllStringFunc(log, func(d string) string {
		if d == "10s" {
			return d // the default
		}
		return "TIME"
	})
	log = stack.ReplaceAllString(log, "\n  STACK$2")
	log = ticks.ReplaceAllString(log, "  TICKS\n")
	return pids.ReplaceAllString(cut.ReplaceAllString(log, ", CUT"), "[PID]")
}
