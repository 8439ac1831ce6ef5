// Socklab is the laboratory's own command. Each of its verbs is one thing to do.
//
//	socklab VERB [ARG...]
//
// Alone it says where somebody is in the course, and what comes next; on a terminal a
// menu stands below. List shows all lessons, read a page. Check plays lessons anew and
// remembers which passed; watch does so at each save. Hint and solution show what pages
// fold away, and reset puts files back. Lab opens a shell on a network of one's own.
// Outside a checkout the binary has the course inside: init lays it out in a folder,
// and tool runs a program. Doctor says what this machine has for socklab, what it
// lacks, which lessons that costs and what to type. Play plays a lesson and shows the
// conversation. Show makes a recording into a page, or into the files of asciinema and
// Wireshark, and site the course into pages, which serve serves. Grade plays lessons with
// the programs of students; merge puts together what it has found on several machines.
// Record makes a script of what is done by hand, from of captured packets. Lint finds what
// is wrong with scripts without playing them, lsp tells an editor, exam which mistakes of
// its programs a script does not notice.
//
// Exit codes: 0, or 1 when it failed, or 2 for arguments that make no sense, or 3 when
// nobody was judged.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"socklab/tools/course/doctor"
	"socklab/tools/harness/supervise"
)

// A verb is something that socklab does. It returns the exit code.
type verb struct {
	name, line string
	run        func(args []string) int
}

var verbs = []verb{
	{"init", "lays the course out in a folder, where there is no checkout", lay},
	{"list", "all lessons, and which are done", list},
	{"next", "the lesson that comes next", next},
	{"read", "a lesson's page", readPage},
	{"check", "a lesson's script with the programs as they are: is it done?", checks},
	{"watch", "checks at each save, and begins the program to write", watches},
	{"hint", "one more hint, each time", hint},
	{"solution", "the answers of a lesson", solution},
	{"reset", "puts a lesson's files back, and keeps yours", reset},
	{"lab", "a shell on a private network, for what a lesson has you type", labs},
	{"doctor", "what this machine has, what it lacks, and what to type", examine},
	{"tool", "one of our programs, as the lessons start it by hand", tool},
	{"play", "a lesson, or a script, as a conversation in time", play},
	{"grade", "a class: lessons, played with each student's programs", grades},
	{"merge", "what several machines have graded, as one class", merges},
	{"lint", "what is wrong with scripts, without playing them", lint},
	{"lsp", "the same for an editor, which starts it", answersEditor},
	{"record", "a script out of what you do by hand, at several terminals", records},
	{"from", "a script out of captured packets, with one side as an actor", from},
	{"exam", "which mistakes of its programs a script notices", exams},
	{"site", "the course as pages for a browser", makeSite},
	{"serve", "the same, at an address, where they can be played", serves},
	{"show", "a recording as a page, or for asciinema or Wireshark", show},
}

func main() {
	dispatch()
	os.Exit(command(os.Args[1:]))
}

func command(args []string) int {
	if _, set := os.LookupEnv("PATH"); !set {
		os.Setenv("PATH", "/usr/local/bin:/usr/bin:/bin") // where execvp(3) looks, or nearly
	}
	if len(args) == 0 {
		return home(nil)
	}
	switch args[0] {
	case "-h", "-help", "--help", "help":
		return say(homeUsage + usage())
	}
	if strings.HasPrefix(args[0], "-") {
		return home(args)
	}
	var names []string
	for _, v := range verbs {
		if v.name == args[0] {
			return v.run(args[1:])
		}
		names = append(names, v.name)
	}
	fmt.Fprintf(os.Stderr, "socklab: no verb %.100q; there is %s\nsocklab: hint: socklab -h\n", args[0], strings.Join(names, ", "))
	return 2
}

func usage() string {
	p := newPaper()
	p.WriteString("usage: socklab VERB [ARG...]\n\n")
	for _, v := range verbs {
		p.line(fmt.Sprintf("  %-8s ", v.name), v.line)
	}
	p.line("\n", "socklab VERB -h says more.")
	return p.String()
}

// say prints what was asked for.
func say(text string) int {
	if _, err := io.WriteString(os.Stdout, text); err != nil {
		fmt.Fprintln(os.Stderr, "socklab: write to stdout:", err)
		return 1
	}
	return 0
}

// examine is socklab doctor. What scripts find, it finds in a network like
// theirs.
func examine(args []string) int {
	const usage = "usage: socklab doctor\n\nWhat this machine has for socklab, what it lacks, which lessons that costs, and\nwhat to type.\n"
	if len(args) > 0 {
		if args[0] == "-h" || args[0] == "-help" || args[0] == "--help" {
			return say(usage)
		}
		fmt.Fprintf(os.Stderr, "socklab doctor: takes no argument, and %.100q is one\n%s", args[0], usage)
		return 2
	}
	return supervise.M{Tests: consultation{}}.Run()
}

type consultation struct{}

func (consultation) Run() int {
	s, ok := here("socklab doctor")
	if !ok {
		return 1
	}
	report, err := doctor.Examine(s.Files)
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab doctor:", err)
		return 1
	}
	return say(report.Text(columns()))
}

// columns is how wide the terminal is. A pipe or a file has 80.
func columns() int {
	if width, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil && width > 0 {
		return width
	}
	return 80
}
