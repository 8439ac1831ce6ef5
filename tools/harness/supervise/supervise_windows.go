// Package supervise runs the tests of a binary in a process of their own. On Windows
// no script runs, so the tests run in this process.
package supervise

import (
	"flag"
	"os"
)

// TempDir is the folder of the user's temporary files.
func TempDir() string { return os.TempDir() }

// Tests is the part of *testing.M that M needs: Run runs the tests and returns an
// exit code.
type Tests interface{ Run() int }

// M runs a test binary's tests.
type M struct {
	Tests
	Network string
	Before  func(dir string) []string
}

// Run runs the tests and returns their exit code.
func (m M) Run() int {
	if !flag.Parsed() {
		flag.Parse()
	}
	return m.Tests.Run()
}

// Begin does nothing: here no run ends before its tests.
func Begin(interface {
	Name() string
	Cleanup(func())
}) {
}
