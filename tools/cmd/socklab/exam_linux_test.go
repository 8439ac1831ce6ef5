package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"socklab/tools/harness/all"
)

// TestExam examines a script that looks at little, and one that looks at more.
func TestExam(t *testing.T) {
	t.Parallel()
	needsNetwork(t)
	dir := t.TempDir()
	const start = "# Bob says his name.\nspawn server echo-server $ADDR\nexpect server '^listening on '\ndial bob tcp $ADDR\nsend bob Bob\n"
	save(t, filepath.Join(dir, "weak.txtar"), start+"expect bob '^hel'\nexited bob\nexited server\n")
	save(t, filepath.Join(dir, "better.txtar"), start+"expect bob '^hello Bob'\nexited bob closed\nexited server\nscreen bob\ncmp stdout want\n"+
		"-- want --\n» \"Bob\"\n« \"hello Bob\"\n« closed\n")
	save(t, filepath.Join(dir, "wrong.txtar"), strings.Replace(start, "listening", "listened", 1)+"exited server\n")
	save(t, filepath.Join(dir, "silent.txtar"), "# Nobody calls.\nspawn it echo one\nexited it\n")
	exam := func(wantCode int, wantOut, wantErrors string, args ...string) {
		t.Helper()
		code, out, errors := tell(t, dir, append([]string{"exam"}, args...)...)
		if code != wantCode || !regexp.MustCompile(`(?s)^`+wantOut+`$`).MatchString(out) || !regexp.MustCompile(`(?s)^`+wantErrors+`$`).MatchString(errors) {
			t.Errorf("socklab exam %q: exit code %d, want %d\n%s\nwant\n%s\nand on stderr\n%s", args, code, wantCode, out, wantOut, errors)
		}
	}
	exam(0, `(.*\n)?NOT noticed  cuts in the middle\nNOT noticed  RST for FIN\n`+
		`not made     no newline                no program sends a newline\n.*`+
		`NOT noticed  answers twice\n.*`+
		`noticed      says nothing              line 6: expect bob: closed early: bob was\n {39}closed by the other side\n`+
		`\nweak\.txtar notices 1 of 4 mistakes\.\n`, "", "weak.txtar")
	exam(3, "-           silent.txtar\n {12}nobody calls a program of it.*", "", "silent.txtar")
	exam(2, "", "socklab exam: want lessons, files or folders\nusage: .*")
	if !all.Asked() {
		return
	}
	const both = `4 of 4      better\.txtar\n1 of 4      weak\.txtar\n            not: cuts in the middle, RST for FIN, answers twice\n`
	exam(0, both, "", "-table", "table", "-update", "better.txtar", "weak.txtar")
	table := filepath.Join(dir, "table")
	text, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	save(t, table, strings.Replace(string(text), "RST for FIN, ", "", 1))
	exam(1, ".*", "socklab exam: weak.txtar no longer notices: RST for FIN\n", "-table", "table", "weak.txtar")
	exam(1, "-           wrong.txtar\n {12}it fails by itself: line 3: expect server: .*", "", "wrong.txtar")
}

// TestExamTable examines two scripts of ours. Those of testdata/exam.txt are too many
// for a test; go tool socklab exam -table testdata/exam.txt plays them all.
func TestExamTable(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	needsNetwork(t)
	code, out, errors := tell(t, "../../..", "exam", "-table", "testdata/exam.txt", "testdata/scripts/1.1-echo.txtar", "testdata/scripts/1.4-many-callers.txtar")
	if code != 0 || !strings.Contains(out, "8 of 8      testdata/scripts/1.4-many-callers.txtar\n") {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
}
