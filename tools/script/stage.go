package script

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strconv"
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
		log = "\n" + t.withStep(log)
		if t.failed {
			log = strings.Replace(log, "\nPASS\n", "\n", 1)
		}
		args[0] = log
	}
	t.T.Log(args...)
}

var (
	failure = regexp.MustCompile(`(?m)^FAIL: [^\n]*?:(\d+): .*\n`)
	phase   = regexp.MustCompile(`(?m)^# .*\n`)
	differ  = regexp.MustCompile(`(\S+) and (\S+) differ\n$`)
)

// withStep adds to a failure which step of the script it is: the phase, in the
// words that head it.
func (t *stage) withStep(log string) string {
	at := failure.FindStringSubmatchIndex(log)
	script, err := os.ReadFile(t.file())
	if at == nil || err != nil {
		return log
	}
	line, _ := strconv.Atoi(log[at[2]:at[3]])
	script, _, _ = bytes.Cut(script, []byte("\n-- "))
	var step, steps int
	var sentence string
	for i, text := range bytes.SplitAfter(append(script, '\n'), []byte("\n")) {
		if phase.Match(text) {
			if steps++; i < line {
				step, sentence = steps, strings.TrimSpace(string(text[1:]))
			}
		}
	}
	if step == 0 {
		return log
	}
	failed, rest := log[:at[1]], log[at[1]:]
	if strings.HasPrefix(rest, "actors\n") {
		rest = "\n" + rest
	}
	// What cmp says: its diff is from what was to what should have been.
	failed = differ.ReplaceAllString(failed, "$1 is not as $2: - is what was, + what should have been\n")
	return fmt.Sprintf("%sstep %d of %d: %s\n%s", failed, step, steps, sentence, rest)
}
