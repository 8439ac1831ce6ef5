// Package itself makes a test binary the program that it tests, so that a test
// can have it as a process of its own, with its exit code and its signals.
package itself

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

// TooLong is when a test gives up on whatever it waits for.
const TooLong = 30 * time.Second

// asked stands in the environment of a binary that Command starts.
const asked = "SOCKLAB_TEST_AS_PROGRAM"

// Main is what TestMain calls: it runs program in a process that Command
// started, and the tests in any other.
func Main(m *testing.M, program func()) {
	if os.Getenv(asked) != "" {
		program()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Command is the program with these arguments, not yet started. It is killed
// after TooLong, and at the latest when the test ends.
func Command(t testing.TB, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), TooLong)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asked+"=1", "GORACE=atexit_sleep_ms=0")
	return cmd
}
