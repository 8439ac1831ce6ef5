//go:build unix

package main

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"socklab/tools/harness/all"
)

// The class has students whose programs are right, wrong and missing, and a script that
// they have not seen.
const (
	talk  = "# It says one.\nspawn it echo-server\nexpect it '^one$'\n# It says two.\nexpect it '^two$'\nexited it\n"
	right = "#!/bin/sh\necho one\necho two\n"
	wrong = "#!/bin/sh\necho one\necho too\n"
)

// program saves one that can be run.
func program(t *testing.T, file, text string) {
	t.Helper()
	save(t, file, text)
	if err := os.Chmod(file, 0o755); err != nil {
		t.Fatal(err)
	}
}

// TestGrade grades a class, and reads all that it says.
func TestGrade(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	save(t, in("hidden/talk.txtar"), talk)
	program(t, in("alice/echo_server"), right)
	program(t, in("bob/echo_server"), wrong)
	save(t, in("carol/notes"), "nothing yet")
	const odd = "=dora\x1b[31m<b>"
	save(t, in(odd+"/serve.sh"), strings.TrimPrefix(right, "#!/bin/sh\n"))
	save(t, in(odd+"/socklab.toml"), "[programs]\necho-server = ['sh', 'serve.sh']\n")
	save(t, in("eve/socklab.toml"), "[programs]\necho-server = '../alice/echo_server'\n")
	if err := os.Symlink("../alice/echo_server", in("eve/echo_server")); err != nil {
		t.Fatal(err)
	}
	program(t, in("fred/echo_server"), right)
	save(t, in("fred/socklab.toml"), "[program]\n")
	args := []string{"grade", "-hidden", "hidden", "-csv", "c.csv", "-junit", "j.xml", "-html", "site", "alice", "bob", "carol", odd, "eve", "fred"}
	const want = `student          talk
alice            2/2
bob              1/2 wrong bytes
carol            not judged: no echo_server.py
=dora␛[31m<b>    2/2
eve              not judged: ../alice/echo_server is not…
fred             not judged: socklab.toml: there is no p…

eve talk: not judged: ../alice/echo_server is not in the student's folder
fred talk: not judged: socklab.toml: there is no program: want [programs], and
below it echo-server = "server.py"
`
	times := 1
	if all.Asked() {
		times = 2 // what it has written is there already
	}
	for range times {
		if code, out, errors := tell(t, dir, args...); code != 1 || regexp.MustCompile(` {2,}`).ReplaceAllString(out, "  ") != regexp.MustCompile(` {2,}`).ReplaceAllString(want, "  ") {
			t.Errorf("%d\n%s%s", code, out, errors)
		}
	}
	read := func(name string) string {
		text, err := os.ReadFile(in(name))
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	table, err := csv.NewReader(strings.NewReader(read("c.csv"))).ReadAll()
	if err != nil || len(table) != 7 || strings.Join(table[2], "|") != "bob|1|2|wrong bytes|1|2" || table[4][0] != "'=dora␛[31m<b>" {
		t.Errorf("%v %q", err, table)
	}
	var junit struct {
		Suites []struct {
			Name     string `xml:"name,attr"`
			Failures int    `xml:"failures,attr"`
			Skipped  int    `xml:"skipped,attr"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(read("j.xml")), &junit); err != nil || len(junit.Suites) != 6 || junit.Suites[1].Name != "bob talk" || junit.Suites[1].Failures != 1 || junit.Suites[2].Skipped != 1 {
		t.Errorf("%v %+v", err, junit)
	}
	if page := read("site/index.html"); !strings.Contains(page, `<a href="dora-31m-b/index.html">=dora␛[31m&lt;b&gt;</a>`) || strings.Contains(page, "<b>") {
		t.Errorf("%s", page)
	}
	if page := read("site/bob/index.html"); !strings.Contains(page, "1/2 wrong bytes") || strings.Contains(page, "too") {
		t.Errorf("what is hidden is shown, or what is not\n%s", page)
	}
	for _, test := range all.Of([]struct {
		args         string
		code         int
		says, errors string
	}{
		{"-hidden hidden -gradescope results.json bob", 1, "expected  ^two$", ""},
		{"-hidden hidden -shard 2/2 carol alice", 0, "student  talk\nalice    2/2\n", ""},
		{"-lessons 1.1 carol", 3, "not judged: no echo_server.py, echo_client.py or greeter.py", ""},
		{"alice", 2, "", "want -lessons N.M,... or -hidden DIR"},
		{"-hidden hidden alice", 0, "alice    2/2\n", ""},
		{"-hidden hidden carol alice", 3, "carol    not judged", ""},
		{"-hidden hidden -programs echo-client alice", 3, "not judged: its script starts none of", ""},
		{"-hidden hidden", 2, "", "want a folder for each student"},
		{"-hidden hidden alice alice/", 2, "", "can't lie in another's"},
		{"-hidden hidden alice/echo_server", 2, "", "is no folder"},
		{"-lessons 9.9 alice", 2, "", `no lesson "9.9"`},
		{"-hidden hidden -shard 3/2 alice", 2, "", "want K/N, as 3/8 or job/8; it is 3/2"},
		{"-limits disk=1 alice", 2, "", "there are processes, threads, memory, written and folder"},
		{"-hidden hidden -gradescope r.json alice bob", 2, "", "Gradescope grades one at a time"},
	}, 2) {
		code, out, errors := tell(t, dir, append([]string{"grade"}, strings.Fields(test.args)...)...)
		if code != test.code || !strings.Contains(out, test.says) || !strings.Contains(errors, test.errors) {
			t.Errorf("grade %s: %d, want %d\n%s%s", test.args, code, test.code, out, errors)
		}
	}
	var results struct {
		Tests []struct {
			Score      int    `json:"score"`
			Max        int    `json:"max_score"`
			Output     string `json:"output"`
			Visibility string `json:"visibility"`
		} `json:"tests"`
	}
	if err := json.Unmarshal([]byte(read("results.json")), &results); err != nil || len(results.Tests) != 1 || results.Tests[0].Score != 1 || results.Tests[0].Max != 2 ||
		results.Tests[0].Output != "wrong bytes" || results.Tests[0].Visibility != "after_published" {
		t.Errorf("%v %+v", err, results)
	}
}

// TestGradeHostile grades students of whom some use up what there is, or look into others'
// folders and write there. That costs nobody else anything.
func TestGradeHostile(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	save(t, in("hidden/talk.txtar"), talk)
	program(t, in("alice/echo_server"), right)
	program(t, in("bomb/echo_server"), "#!/bin/sh\nbomb() { bomb & bomb & wait; }\nbomb\n")
	program(t, in("flood/echo_server"), "#!/bin/sh\nyes "+strings.Repeat("no", 100)+"\n")
	program(t, in("thief/echo_server"), `#!/bin/sh
class=${0%/thief/*}
echo mine 2>/dev/null >"$class/alice/echo_server" || echo one
[ -s "$class/alice/echo_server" ] || [ -s "$class/hidden/talk.txtar" ] || [ ! -s "$class/thief/echo_server" ] || echo two
`)
	program(t, in("zoe/echo_server"), right)
	// Elsewhere nothing ends the processes of this bomb.
	if _, _, errors := tell(t, dir, "grade", "-hidden", "hidden", "alice"); errors != "" {
		t.Skip("needs a private network")
	}
	code, out, errors := tell(t, dir, "grade", "-limits", "processes=20,threads=400,written=1", "-hidden", "hidden", "alice", "bomb", "flood", "thief", "zoe")
	const want = "student  talk\nalice    2/2\nbomb     0/2 too much\nflood    0/2 too much\nthief    2/2\nzoe      2/2\n"
	if code != 1 || out != want {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
	if text, err := os.ReadFile(in("alice/echo_server")); err != nil || string(text) != right {
		t.Errorf("alice's program is %q (%v)", text, err)
	}
}

// TestGradeResumed interrupts grade, which then goes on where it was.
func TestGradeResumed(t *testing.T) {
	all.Skip(t)
	t.Parallel()
	dir, temp := t.TempDir(), t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	d := &door{t: t, path: in("door")}
	if err := syscall.Mkfifo(d.path, 0o666); err != nil {
		t.Skip("it needs named pipes: ", err)
	}
	save(t, in("hidden/talk.txtar"), strings.Replace(talk, "# It says two.", "exec cat "+d.path+"\n# It says two.", 1))
	program(t, in("alice/echo_server"), right)
	program(t, in("bob/echo_server"), wrong)
	lines := func() int {
		text, _ := os.ReadFile(in("kept.jsonl"))
		return strings.Count(string(text), "\n")
	}
	args := []string{"grade", "-resume", "kept.jsonl", "-parallel", "1", "-hidden", "hidden", "alice", "bob"}
	p := seated(t, dir, 80, []string{"TMPDIR=" + temp}, args...)
	p.sees("… 0 of 2: alice talk", 1)
	d.open()
	p.sees("… 1 of 2: bob talk", 1)
	p.types("\x03")
	if all := p.ends(130); !strings.Contains(all, "interrupted; the same command goes on where this was") || strings.Contains(all, "2/2") {
		t.Errorf("%s", all)
	}
	if left, _ := os.ReadDir(temp); len(left) > 0 || lines() != 1 {
		t.Errorf("it left %v, and kept %d lines", left, lines())
	}
	// A line was cut; and bob mends his program: alice alone is known.
	f, err := os.OpenFile(in("kept.jsonl"), os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		_, err = f.WriteString(`{"key":"bo`)
	}
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	program(t, in("bob/echo_server"), right)
	go d.open() // bob's
	if code, out, errors := tell(t, dir, args...); code != 0 || !strings.Contains(out, "alice    2/2\nbob      2/2\n") || lines() != 2 {
		t.Errorf("%d, %d lines\n%s%s", code, lines(), out, errors)
	}
	// Nobody is judged again: nobody opens the door.
	if code, out, errors := tell(t, dir, args...); code != 0 || lines() != 2 {
		t.Errorf("%d, %d lines\n%s%s", code, lines(), out, errors)
	}
	// Part of a class finds what another has judged; so does the class in another place.
	if code, out, errors := tell(t, dir, append(args, "-shard", "2/2")...); code != 0 || out != "student  talk\nbob      2/2\n" || lines() != 2 {
		t.Errorf("%d, %d lines\n%s%s", code, lines(), out, errors)
	}
	if err := os.MkdirAll(in("moved"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"alice", "bob"} {
		if err := os.Rename(in(name), in("moved/"+name)); err != nil {
			t.Fatal(err)
		}
	}
	args[len(args)-2], args[len(args)-1] = "moved/alice", "moved/bob"
	if code, out, errors := tell(t, dir, args...); code != 0 || lines() != 2 {
		t.Errorf("%d, %d lines\n%s%s", code, lines(), out, errors)
	}
	save(t, in("kept.jsonl"), "{}\n")
	if code, out, errors := tell(t, dir, args...); code != 3 || !strings.Contains(errors, "line 1 of kept.jsonl is no line of grade's") {
		t.Errorf("%d\n%s%s", code, out, errors)
	}
}
