//go:build unix

package socksh

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

var helpForm = regexp.MustCompile(`(?s)^[A-Z].*\. Errors: .*\b(E[A-Z]+)\b.*\. Go: .+\. Python: .+\. Man page: ([a-z0-9]+\([237]\))\. Lesson: ([0-9.]+-[a-z-]+)\.$`)

// TestHelp checks that help explains every function, with all the parts of an
// explanation, and nothing else.
func TestHelp(t *testing.T) {
	path, err := os.ReadFile("../../lessons/README.md")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"go", "python", "help", "exit"}
	for _, f := range functions {
		want = append(want, f.name)
		text, ok := helpOn(f.name)
		if !ok {
			t.Errorf("%s: no section", f.name)
			continue
		}
		m := helpForm.FindStringSubmatch(strings.Join(strings.Fields(text), " "))
		if m == nil {
			t.Errorf("%s: want what it does, Errors:, Go:, Python:, Man page: and Lesson:, have\n%s", f.name, text)
			continue
		}
		// A lesson is known by its number, written or still to come.
		number, _, _ := strings.Cut(m[3], "-")
		if !regexp.MustCompile(`(?m)^- \[?` + regexp.QuoteMeta(number) + ` `).Match(path) {
			t.Errorf("%s: lessons/README.md has no lesson %s", f.name, number)
		}
		if !slices.Contains(stems, m[3]) {
			t.Errorf("%s: no lesson is called %s", f.name, m[3])
		}
		written, _ := filepath.Glob("../../lessons/" + number + "-*.md")
		if len(written) > 0 && filepath.Base(written[0]) != m[3]+".md" {
			t.Errorf("%s: want lesson %s, have %s", f.name, written[0], m[3])
		}
	}
	var have []string
	for section := range strings.SplitSeq("\n"+helpText, "\n# ") {
		name, text, _ := strings.Cut(section, "\n")
		if name == "" {
			continue
		}
		have = append(have, name)
		lines := strings.Split(strings.TrimSpace(text), "\n")
		if len(lines) > 6 {
			t.Errorf("%s: %d lines", name, len(lines))
		}
		for _, line := range lines {
			if utf8.RuneCountInString(line) > 78 {
				t.Errorf("%s: too wide: %s", name, line)
			}
		}
	}
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Errorf("sections are %v, want %v", have, want)
	}
}

// stems are the lessons about the socket API (SYLLABUS.md).
var stems = strings.Fields(`1.3-flow 1.5-datagrams 2.1-inet 2.2-unix 2.3-boundaries 2.4-seqpacket
	2.5-raw 2.7-descriptors 3.1-bind-listen 3.2-connect 3.3-send-recv 3.4-names 3.5-options 3.6-timeouts
	3.7-nonblocking 3.8-makefile 3.9-close`)

// TestHelpCommand asks the shell itself.
func TestHelpCommand(t *testing.T) {
	var out bytes.Buffer
	sh := newShell(&out)
	for _, line := range []string{"help", "help recv", "help quit"} {
		if err := sh.run(line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	for _, want := range []string{"\nrecv FD SIZE [FLAGS]\nTakes at most", "\nsendto FD BYTES ADDR [FLAGS]\n", "Leaves, as ^D"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("want %q in\n%s", want, &out)
		}
	}
	for _, line := range []string{"help recieve", "help recv send"} {
		if err := sh.run(line); err == nil {
			t.Errorf("%s: no error", line)
		}
	}
}
