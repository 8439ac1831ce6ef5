// Package outside tests a server of its own with scripts of socklab.
package outside

import (
	"flag"
	"os"
	"strings"
	"testing"

	"example.com/outside/shout"
	"socklab/tools/harness/script"
	"socklab/tools/harness/scripttest"
)

var programs = []script.Program{{Name: "shout", Main: shout.Main, Package: "example.com/outside/cmd/shout"}}

func TestMain(m *testing.M) {
	scripttest.Main(m, script.Options{Programs: programs})
}

func TestScripts(t *testing.T) { scripttest.Run(t, "testdata/scripts") }

// A module's own -update stays its own, and means the scripts' transcripts, too.
var update = flag.Bool("update", false, "rewrite golden files")

func TestUpper(t *testing.T) {
	const golden = "testdata/upper.golden"
	got := strings.ToUpper("hello\n")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || got != string(want) {
		t.Errorf("%v: got %q, want %q", err, got, want)
	}
}
