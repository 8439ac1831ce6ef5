package script

import (
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// A stage is a testscript.T that knows how its script fares.
type stage struct {
	testscript.T
	dir, name string
	failed    bool
	skipped   bool
}

func (t *stage) Run(name string, f func(testscript.T)) {
	t.T.Run(name, func(under testscript.T) {
		f(&stage{T: under, dir: t.dir, name: name})
	})
}

func (t *stage) FailNow() {
	t.failed = true
	t.T.FailNow()
}

func (t *stage) Fatal(args ...any) {
	t.failed = true
	t.T.Fatal(args...)
}

func (t *stage) Skip(args ...any) {
	t.skipped = true
	t.T.Skip(args...)
}

// Log drops from a script's log what is not about the script: the environment
// at its beginning, and a PASS that an actor's end has made untrue.
func (t *stage) Log(args ...any) {
	if log, ok := args[0].(string); ok && len(args) == 1 {
		if strings.HasPrefix(log, "WORK=") {
			_, log, _ = strings.Cut(log, "\n\n")
		}
		log = "\n" + log
		if t.failed {
			log = strings.Replace(log, "\nPASS\n", "\n", 1)
		}
		args[0] = log
	}
	t.T.Log(args...)
}
