//go:build unix

package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"socklab/tools/harness/all"
)

// TestHelpFits asks every verb for help, which has the width of a terminal.
func TestHelpFits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, v := range all.Of(append([]verb{{}}, verbs...), 6) {
		args := strings.Fields(v.name + " -h")
		code, out, errors := tell(t, dir, args...)
		if code != 0 || !strings.HasPrefix(out, "usage: socklab ") || errors != "" {
			t.Errorf("socklab %q: %d\n%s%s", args, code, out, errors)
		}
		for line := range strings.Lines(out) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("socklab %q: %d columns: %s", args, n, line)
			}
		}
	}
}
