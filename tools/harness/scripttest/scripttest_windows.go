// Package scripttest plays scripts under go test, on Linux and macOS.
package scripttest

import (
	"fmt"
	"os"
	"testing"

	"socklab/tools/harness/recording"
	"socklab/tools/harness/script"
)

const nowhere = "could not tell: scripts need Linux or macOS; on Windows, WSL is a Linux"

var options script.Options

// Main says what is missing, and ends the run as one that could not begin.
func Main(*testing.M, script.Options) {
	fmt.Println(nowhere)
	os.Exit(2)
}

// Run can't be reached.
func Run(t *testing.T, _ string) { t.Fatal(nowhere) }

// RunRecorded can't be reached.
func RunRecorded(t *testing.T, _ string, _ func(string) func(*testing.T, []recording.Event)) {
	t.Fatal(nowhere)
}

// Play can't be reached.
func Play(t *testing.T, _ string, _ script.Options) { t.Fatal(nowhere) }

// Options can't be reached.
func Options() script.Options { return options }

// A Recorder records nothing.
type Recorder struct{}

// Record can't be reached.
func Record(*testing.T, *script.Options) *Recorder { return nil }

// Keep can't be reached.
func (*Recorder) Keep(script.Result) {}
