package scripttest_test

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/need"
)

// TestNoExec has a TMPDIR in which no program may run. That is said once.
func TestNoExec(t *testing.T) {
	need.Skip(t, "privnet")
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOEXEC, ""); err != nil {
		t.Skip("needs mounts of its own: ", err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	cmd := exec.Command(os.Args[0], "-test.run", "TestReady", "-network=host")
	cmd.Env = append(outside(), "GOTMPDIR="+dir)
	out, err := cmd.CombinedOutput()
	want := "could not tell: TMPDIR " + dir + " is mounted noexec: set TMPDIR to a folder where programs may run\n"
	if err == nil || string(out) != want {
		t.Errorf("ended with %v, and says\n%swant\n%s", err, out, want)
	}
}
