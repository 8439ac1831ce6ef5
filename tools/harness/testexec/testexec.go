// Package testexec lets a test binary run as the program that it tests. So a test
// can start the program as a process, with its exit code and signals.
package testexec

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

// TooLong is how long a test waits for anything before it fails.
const TooLong = time.Minute

// asked is an environment variable that Command sets for the binary that it starts.
const asked = "SOCKLAB_TEST_AS_PROGRAM"

// Main is called by TestMain. It runs program in a process that Command started, and
// the tests in any other.
func Main(m *testing.M, program func()) {
	if os.Getenv(asked) != "" {
		program()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Command returns a command for the program with these arguments, not yet started.
// The process is killed after TooLong, or earlier when the test ends.
func Command(t testing.TB, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), TooLong)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asked+"=1", "GORACE=atexit_sleep_ms=0")
	return cmd
}
