//go:build unix

package script_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socklab/tools/harness/script"
)

// TestUpdate rewrites transcripts. What is written passes when it is played; what
// wouldn't is refused, and then the script stays as it was.
func TestUpdate(t *testing.T) {
	for _, test := range []struct{ name, script, want string }{
		{"another text", "exec cat got\ncmp stdout want\n-- got --\none\ntwo\n-- want --\none\n", ""},
		{"no text", "exec true\ncmp stdout want\n-- want --\none\n", ""},
		{"no file", "exec echo one\ncmp stdout one.want\nexec true\ncmp stdout none.want\n-- other --\n", ""},
		{"no newline at the end", "exec printf one\ncmp stdout want\n-- want --\none\n", "-update: stdout can't be the new want: it has no newline at its end"},
		{"the beginning of a file", "exec echo '-- x --'\ncmp stdout want\n-- want --\none\n", `its line "-- x --" would begin another file`},
		{"the beginning of no file", "exec echo '-- --'\ncmp stdout want\n-- want --\none\n", `its line "-- --" would begin another file`},
		{"the beginning of a file, quoted", "unquote want\nexec echo '-- x --'\ncmp stdout want\n-- want --\n>one\n", ""},
		{"the beginning of no file, quoted", "unquote want\nexec echo '-- --'\ncmp stdout want\n-- want --\n>one\n", ""},
		{"two texts", "exec echo one\ncmp stdout want\nexec echo two\ncmp stdout want\n-- want --\none\n", "want is compared with two texts that differ"},
		{"a script that fails", "exec echo one\ncmp stdout want\nexec false\n-- want --\n", "FAIL: "},
		{"a program that nobody reaps", "spawn a true\nexec echo one\ncmp stdout want\n-- want --\n", "never reaped"},
		{"variables", "exec echo $HOST\ncmpenv stdout want\n-- want --\none\n", "stdout is not as want"},
		{"another than that", "exec echo one\n! cmp stdout want\n-- want --\none\n", "do not differ"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "update.txtar")
			before := "# One sentence.\n" + test.script
			if err := os.WriteFile(file, []byte(before), 0o666); err != nil {
				t.Fatal(err)
			}
			r := played(t, dir, "update", 0, script.Options{Update: rewrite(dir, "update")})
			failed := r.Verdict == script.Failed
			after := string(read(t, file))
			if failed != (test.want != "") || !strings.Contains(r.Log, test.want) {
				t.Fatalf("%s, want %q; said\n%s", r.Verdict, test.want, r.Log)
			}
			if failed {
				if after != before {
					t.Errorf("the script failed, and was rewritten:\n%s", after)
				}
				return
			}
			if after == before || !strings.Contains(r.Log, "update.txtar updated") {
				t.Errorf("the script passed, and was not rewritten; said\n%s", r.Log)
			}
			if again := played(t, dir, "update", 0, script.Options{}); again.Verdict != script.Passed {
				t.Errorf("rewritten as\n%s\nit fails:\n%s", after, again.Log)
			}
		})
	}
}

// TestLacks compares with a file that is not there.
func TestLacks(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "lacks.txtar"), []byte("exec echo one\ncmp stdout one.want\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	const want = "lacks.txtar:2: there is no one.want: put `-- one.want --` at the end of the script"
	if r := played(t, dir, "lacks", 0, script.Options{}); r.Verdict != script.Failed || !strings.HasPrefix(r.Reason, want) {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
}
