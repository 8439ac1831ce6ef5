//go:build unix

package scripttest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"socklab/tools/course/programs"
	"socklab/tools/harness/script"
	"socklab/tools/harness/scripttest"
)

func TestMain(m *testing.M) {
	scripttest.Main(m, script.Options{Programs: programs.List})
}

// TestBackground has the tests in the background of a shell, and of nohup,
// where ^C and a hangup are ignored: programs heed them all the same.
func TestBackground(t *testing.T) {
	cmd := exec.Command("sh", "-c", `trap '' INT HUP; exec "$0" "$@"`, os.Args[0], "-test.run", "TestReady/heeds$", "-network=host", "-test.v")
	cmd.Env = outside()
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestReady/heeds") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestReady plays what TestBackground starts.
func TestReady(t *testing.T) { scripttest.Run(t, "testdata/ready") }

// outside is the environment of a test binary that shall find a network itself.
func outside() (env []string) {
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "SOCKLAB_PRIVNET=") {
			env = append(env, v)
		}
	}
	return env
}
