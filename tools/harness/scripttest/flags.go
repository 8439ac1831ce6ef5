package scripttest

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"socklab/tools/harness/script"
)

// flags is where the flags of a test binary are, once RegisterFlags was called.
var flags *flag.FlagSet

// RegisterFlags, which Main calls, adds -update, -wait, -network, -prog, -words and
// -record to the flags of a test binary. A name that is taken stays its owner's. If it has
// the same type, it means the same here, too: go test -update then rewrites the
// module's own files and the transcripts.
func RegisterFlags(fs *flag.FlagSet) {
	flags = fs
	for name, register := range map[string]func(name string){
		"update": func(name string) {
			fs.Bool(name, false, "rewrite the transcripts in scripts that pass otherwise")
		},
		"wait": func(name string) {
			fs.Duration(name, script.DefaultWait, "how long a script's command waits by default")
		},
		"network": func(name string) {
			fs.String(name, "auto", "networks for scripts: private (a namespace each), host (share loopback), or auto (private where possible)")
		},
		"prog": func(name string) {
			fs.Var(&assignments{}, name, "a `NAME=COMMAND`: scripts start COMMAND where they say the program NAME (may be said for several)")
		},
		"words": func(name string) {
			fs.String(name, "", "the `words` of a conversation: fixed (as the script has them), random, or the number of an earlier choice; random with -prog, else fixed")
		},
		"record": func(name string) {
			fs.String(name, "failed", "which scripts leave a recording, NAME.jsonl, and its page, NAME.html, among the artifacts of go test -artifacts: `failed`, all or none")
		},
	} {
		if fs.Lookup(name) == nil {
			register(name)
		}
	}
}

// assignments are the values of a flag that may be said several times.
type assignments []string

func (a *assignments) String() string     { return strings.Join(*a, " ") }
func (a *assignments) Set(s string) error { *a = append(*a, s); return nil }
func (a *assignments) Get() any           { return []string(*a) }

// value is what a flag says; the zero value if there is none of that type.
func value[T any](name string) (v T) {
	if flags == nil {
		return v
	}
	if f, ok := flags.Lookup(name).Value.(flag.Getter); ok {
		v, _ = f.Get().(T)
	}
	return v
}

// Updating reports whether the run was asked to rewrite transcripts (-update).
func Updating() bool { return value[bool]("update") }

// Judging reports whether the run was asked to judge programs (-prog).
func Judging() bool { return len(value[[]string]("prog")) > 0 }

// Words is the choice of words that -words asks for, for Options.Words: 0 for the
// script's own. byDefault is fixed or random, and counts where -words is not said.
func Words(byDefault string) (uint64, error) {
	said := value[string]("words")
	if said == "" {
		said = byDefault
	}
	switch said {
	case "fixed":
		return 0, nil
	case "random":
		return 1 + rand.Uint64N(99_999), nil // short enough to be typed
	}
	n, err := strconv.ParseUint(said, 10, 64)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("-words=%s: want fixed, random, or the number that a report gave", said)
	}
	return n, nil
}

// testFlag is the value of one of go test's own flags, "" if there is none.
func testFlag(name string) string {
	if f := flag.Lookup("test." + name); f != nil {
		return f.Value.String()
	}
	return ""
}

// wait is what -wait says, or what was asked for without it.
func wait(asked time.Duration) time.Duration {
	said := false
	flags.Visit(func(f *flag.Flag) { said = said || f.Name == "wait" })
	if said || asked == 0 {
		return value[time.Duration]("wait")
	}
	return asked
}
