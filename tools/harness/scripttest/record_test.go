//go:build unix

package scripttest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"socklab/tools/harness/all"
	"socklab/tools/harness/need"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/testexec"
)

// TestArtifacts checks which scripts leave a recording and its page, and that the
// report says where the page is.
func TestArtifacts(t *testing.T) {
	need.Skip(t, "python3")
	server := filepath.Join(t.TempDir(), "server.py")
	if err := os.WriteFile(server, []byte(wrongServer), 0o666); err != nil {
		t.Fatal(err)
	}
	wrong := []string{"-prog", "echo-server=python3 " + server}
	for _, test := range all.Of([]struct {
		name    string
		args    []string
		verdict string // of the recording that is left; "" for none
	}{
		{"failed", append(wrong, "-test.artifacts"), "failed"},
		{"failed, and none is wanted", append(wrong, "-test.artifacts", "-record=none"), ""},
		{"failed, without -artifacts", wrong, ""},
		{"passed", []string{"-test.artifacts"}, ""},
		{"passed, and all are wanted", []string{"-test.artifacts", "-record=all"}, "passed"},
	}, 2) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			out, _ := anotherRun(append([]string{"-test.run=TestGraded/greet$", "-network=host", "-wait=20s", "-test.v", "-test.outputdir", dir}, test.args...)...)
			files, err := filepath.Glob(filepath.Join(dir, "_artifacts/*/*"))
			if err != nil {
				t.Fatal(err)
			}
			if test.verdict == "" {
				if len(files) > 0 {
					t.Errorf("it left %v; said\n%s", files, out)
				}
				return
			}
			if len(files) != 2 || filepath.Base(files[0]) != "greet.html" || filepath.Base(files[1]) != "greet.jsonl" {
				t.Fatalf("it left %v; said\n%s", files, out)
			}
			if !strings.Contains(string(out), "in a browser: "+files[0]) {
				t.Errorf("the report doesn't name the page %s\n%s", files[0], out)
			}
			in, err := os.Open(files[1])
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			film, err := recording.Read(in)
			if err != nil || len(film.Notes) > 0 {
				t.Fatalf("read %s: %v, %v", files[1], err, film)
			}
			if film.Header.Script != "greet" || film.Header.Programs["server"] == "" || !strings.Contains(film.Header.Text, "spawn server") {
				t.Errorf("its header is %+v", film.Header)
			}
			last := film.Events[len(film.Events)-1]
			if last.Kind != "verdict" || string(last.Text) != test.verdict || (last.Failure != nil) != (test.verdict == "failed") {
				t.Errorf("it ends with %+v", last)
			}
			if !slices.ContainsFunc(film.Events, func(e recording.Event) bool { return e.Kind == "step" }) {
				t.Error("it has no step")
			}
		})
	}
}

// TestRecordFlag checks that a run says no to a word that -record doesn't know.
func TestRecordFlag(t *testing.T) {
	out, err := anotherRun("-test.run=TestGraded/greet$", "-network=host", "-record=some")
	if want := "could not tell: -record=some: want failed, all or none"; err == nil || !strings.Contains(string(out), want) {
		t.Errorf("%v, want %q in\n%s", err, want, out)
	}
}

// TestKilled kills a run in the middle of a script and checks that the recording has
// its beginning.
func TestKilled(t *testing.T) {
	need.Skip(t, "python3")
	server, dir := filepath.Join(t.TempDir(), "server.py"), t.TempDir()
	const silent = `import sys, threading
print("listening on", sys.argv[-1], flush=True)
threading.Event().wait()
`
	if err := os.WriteFile(server, []byte(silent), 0o666); err != nil {
		t.Fatal(err)
	}
	run := exec.Command(os.Args[0], "-test.run=TestGraded/greet$", "-network=host", "-wait=10m", "-test.artifacts", "-test.outputdir", dir, "-prog", "echo-server=python3 "+server)
	run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() {
		syscall.Kill(-run.Process.Pid, syscall.SIGKILL)
		run.Wait()
	}
	defer kill()
	said := func() *recording.File {
		files, _ := filepath.Glob(filepath.Join(dir, "_artifacts/*/*"))
		for _, file := range files {
			in, err := os.Open(file)
			if err != nil {
				continue
			}
			defer in.Close()
			film, err := recording.Read(in)
			if err == nil && slices.ContainsFunc(film.Events, func(e recording.Event) bool {
				return strings.Contains(string(e.Text), "listening on") && e.Kind == "out"
			}) {
				return film
			}
		}
		return nil
	}
	for deadline := time.Now().Add(testexec.TooLong); said() == nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the file doesn't have what the server said")
		}
	}
	kill()
	film := said()
	if film == nil || film.Header.Script != "greet" || film.Header.Programs["server"] == "" || film.Events[len(film.Events)-1].Kind == "verdict" {
		t.Errorf("it left %+v", film)
	}
}
