//go:build unix

package script_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socklab/tools/harness/script"
)

func TestLint(t *testing.T) {
	for text, want := range map[string]string{
		"spawn bob cat\nexited bob\n": "",
		"exepct bob x\n":              "1: there is no command exepct; did you mean expect?",
		"frobnicate\n":                "1: there is no command frobnicate",
		"sleep 1\n":                   "1: there is no sleep: it is luck. Wait for what happens: expect, accept, exited",
		"exec sleep 1\n":              "1: sleep is luck: wait for what happens: expect, accept, exited",
		"dial bob tcp $ADDR\nexpect -timeout=1s bob x\n": "2: expect has no flag -timeout=1s; it has -t, -for, -q, -plain",
		"dial bob tcp $ADDR\nexpect -t 1s bob x\n":       "",
		"dial bob tcp $ADDR\neof -x bob\n":               "2: eof has no flags, got -x",
		"dial bob tcp $ADDR\nexpect bob '('\n":           "2: expect bob: pattern: error parsing regexp: missing closing ): `(`",
		"dial bob tcp $ADDR\nexpect -q bob '('\n":        "",
		"dial bob tcp $ADDR\nexpect bob ^$name($|x\n":    "",
		"stdout '['\n":                                        "1: stdout: pattern: error parsing regexp: missing closing ]: `[`",
		"dial alice tcp $ADDR\nsend alcie x\n":                "2: send alcie: nobody of that name is there yet; did you mean alice?",
		"spawn bob cat\n":                                     "1: bob is never reaped: exited bob, when it has ended",
		"[linux] spawn bob cat\n":                             "",
		"listen door tcp $ADDR\naccept door bob\nreset bob\n": "",
		"! spawn bob cat\nexited bob\n":                       "1: ! spawn: can't be negated",
		"send 'it\n":                                          "1: a quote isn't closed: ' ends a quoted word, '' stands for one ' within it\n1: send it: nobody of that name is there yet",
		"cmp one two\n-- one --\n1\n2\n-- two --\n-- three/four --\n": "6: no command names the file three/four",
		"cat one\n-- one --\nroot three;\n-- three/four --\n":         "",
		"cd three\n-- three/four --\n":                                "",
	} {
		var got []string
		for _, p := range script.Lint([]byte(text)) {
			got = append(got, fmt.Sprintf("%d: %s", p.Line, p.Message))
		}
		if strings.Join(got, "\n") != want {
			t.Errorf("%q:\ngot  %q\nwant %q", text, strings.Join(got, "\n"), want)
		}
	}
}

// TestLintOurs finds nothing in the scripts of this repository.
func TestLintOurs(t *testing.T) {
	files := 0
	for _, dir := range []string{"scripts", "survive", "scenarios", "exercises", "command"} {
		err := filepath.WalkDir("../../../testdata/"+dir, func(file string, d fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(file) != ".txtar" {
				return err
			}
			files++
			text, err := os.ReadFile(file)
			for _, p := range script.Lint(text) {
				t.Errorf("%s:%d: %s", file, p.Line, p.Message)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	if files < 50 {
		t.Errorf("%d scripts were read", files)
	}
}
