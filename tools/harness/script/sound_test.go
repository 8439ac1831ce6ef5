//go:build unix

package script_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socklab/tools/harness/script"
)

// TestUnsound plays scripts that no editor should have saved so: that is the
// first cause, and no other script suffers from it.
func TestUnsound(t *testing.T) {
	for _, test := range []struct{ name, script, want string }{
		{"sound", "# One.\nexec echo hi\ncmp stdout want\n-- want --\nhi\n", ""},
		{"crlf-in-a-file", "exec cat want\nstdout 'hi\\r'\n-- want --\nhi\r\n", ""},
		{"crlf", "# One.\r\nexec echo hi\r\ncmp stdout want\r\n-- want --\r\nhi\r\n", "line 1 of the script ends in CR LF"},
		{"crlf-later", "exec true\nexec true\r\n", "line 2 of the script ends in CR LF"},
		{"mark", "\ufeffexec true\n", "begins with a byte order mark"},
		{"utf16", "\xff\xfee\x00x\x00", "is UTF-16"},
		{"twice", "exec true\n-- want --\n-- other --\n-- want --\n", "lines 2 and 4 of the script both begin the file want"},
		{"torn", "exec true\n-- --\n", `line 2 of the script is "-- --"`},
		{"torn-in-a-file", "exec true\n-- want --\n-- --\n", `line 3 of the script is "-- --"`},
		{"torn-crlf", "exec true\n-- want --\n-- --\r\n", `line 3 of the script is "-- --"`},
	} {
		for _, play := range []script.Options{{}, {Update: func([]byte) error { return nil }}, {Words: 7}} {
			dir := t.TempDir()
			file := filepath.Join(dir, test.name+".txtar")
			if err := os.WriteFile(file, []byte(test.script), 0o666); err != nil {
				t.Fatal(err)
			}
			r := played(t, dir, test.name, 0, play)
			failed := r.Verdict == script.NotJudged
			if failed != (test.want != "") || !strings.Contains(r.Log, test.want) || failed && !strings.HasPrefix(r.Reason, test.name+".txtar: could not tell: ") {
				t.Errorf("%s, %+v: %s, %s, want %q; said\n%s", test.name, play, r.Verdict, r.Reason, test.want, r.Log)
			}
		}
	}
}
