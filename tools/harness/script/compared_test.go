//go:build unix

package script_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"socklab/tools/harness/script"
)

// TestCompared checks that a comparison with what is kept, in no file, fails where
// testscript's comparison with a file does.
func TestCompared(t *testing.T) {
	const same = "# Three words are said.\nexec printf 'a\\nb\\nc\\n'\n"
	for _, rest := range []string{
		"cmp stdout x.want\n-- x.want --\na\nB\nc\n",
		"! cmp stdout x.want\n-- x.want --\na\nb\nc\n",
		"[linux]   cmp  stdout 'x.want' # it is not\n[!linux] cmp stdout x.want\n-- x.want --\n",
		"cmp stdout x.want\ncmp stdout x.want\n-- x.want --\na\nb\nc\n",
		"env V=b\ncmpenv stdout x.want\n-- x.want --\na\n$V\n${V@R}\n",
		"cmp stdout x.want # and used\nexec grep B x.want\ncmp stdout x.want\n-- x.want --\na\nb\nc\n",
		"exec cat x.want\ncmp stdout x.want\n! cmp stdout x.want\n-- x.want --\na\nb\nc\n",
		"mkdir in\ncd in\ncp stdout x.want\n! cmp stdout x.want\n-- x.want --\na\n",
		"exec printf abc\ncmp stdout x.want\n-- x.want --\nabc\n",
		"cmp stdout\n-- x.want --\n",
		"cmp stdout y.want\n-- x.want --\n",
		"cmp x.want x.want\n-- x.want --\n",
	} {
		t.Run(rest, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "words.txtar")
			if err := os.WriteFile(file, []byte(same+rest), 0o666); err != nil {
				t.Fatal(err)
			}
			r := played(t, dir, "words", 0, script.Options{})
			plain := plainT{done: make(chan struct{})}
			go func() {
				defer close(plain.done)
				testscript.RunT(&plain, testscript.Params{Files: []string{file}})
			}()
			<-plain.done
			want := failedAt.FindString(plain.log)
			if got := failedAt.FindString(r.Log); got != want || (r.Verdict == script.Failed) != plain.failed {
				t.Errorf("%s, %q; testscript: failed %t, %q\n%s\n%s", r.Verdict, got, plain.failed, want, r.Log, plain.log)
			}
		})
	}
}

// failedAt finds the line of a script that a log says has failed.
var failedAt = regexp.MustCompile(`words\.txtar:\d+: `)

// A plainT runs one script as testscript has it.
type plainT struct {
	failed bool
	log    string
	done   chan struct{}
}

func (t *plainT) Run(_ string, f func(testscript.T)) { f(t) }
func (t *plainT) Parallel()                          {}
func (t *plainT) Verbose() bool                      { return false }
func (t *plainT) Log(args ...any)                    { t.log += fmt.Sprintln(args...) }
func (t *plainT) Skip(args ...any)                   { t.Fatal(args...) }
func (t *plainT) Fatal(args ...any)                  { t.Log(args...); t.FailNow() }
func (t *plainT) FailNow()                           { t.failed = true; runtime.Goexit() }
