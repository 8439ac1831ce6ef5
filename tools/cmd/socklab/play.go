//go:build unix

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"socklab/tools/course/page"
	"socklab/tools/course/path"
	"socklab/tools/course/programs"
	"socklab/tools/harness/entry"
	"socklab/tools/harness/lanes"
	"socklab/tools/harness/script"
	"socklab/tools/harness/supervise"
)

const playUsage = `usage: socklab play [FLAG...] N.M | FILE.txtar | FILE.jsonl
       socklab play [FLAG...] FILE.txtar|DIR...

Plays a lesson's script, or the script in a file, in a network of its own, and
shows the conversation while it goes on: a column for each actor, a row for each
thing that was said, with the seconds since the start. Always plays anew. Of a
recording (FILE.jsonl) it shows what was played, at once; the exit code is then
0.

  -o FILE.jsonl       keep the recording (socklab show makes a page of it)
  -depth DEPTH        what is shown between the screens: stream (what a tap
                      passes on), packets (of a private network) or syscalls
                      (when the script reads them); screen is the default:
                      nothing
  -step               wait for Enter at each step of the script
  -speed N            so many recorded seconds a second: 0.1 is ten times as
                      slow
  -prog NAME=COMMAND  judge COMMAND, in the place of the program NAME: one of
                      ours, or in a file any that the script starts. What is
                      said in a lesson then differs from play to play

Several scripts, those below a folder, or one with a flag of these, are played
at once, each in a network of its own. A line says what became of each.

  -run REGEXP         of these scripts those whose path matches
  -failed             of these scripts those that failed last time
  -repeat N           each so many times: how often it passed, and how it ended
                      else
  -parallel N         how many at once; twice the number of processors is the
                      default
  -timeout DURATION   for one play; 1m is the default
  -update             write transcripts that differ into scripts that pass
                      otherwise, if two plays agree
  -continue           go on behind a line that fails, and say what fails then,
                      too
  -keep               leave the folder of each script, and say where it is
  -v                  the whole report of each failure
  -report KIND=FILE   junit=FILE, tap=FILE or json=FILE, in which a step is a
                      case, or html=DIR: a list, and the page of each; several
                      with commas
  -artifacts DIR      the recording and the page of each that failed

In GitHub Actions a failure is noted at its line of the script.

Exit codes: 0 passed, 1 failed, 2 wrong arguments, 3 nobody was judged, 130
after ^C.
`

// Exit codes of play.
const (
	codeFailed    = 1
	codeMisused   = 2
	codeNotJudged = 3
	codeSignal    = 128 // and the signal's number
)

// A playing is how something is played and shown.
type playing struct {
	depth  string
	step   bool
	speed  float64
	out    string // the file that keeps the recording
	guests []string
}

// play is socklab play.
func play(args []string) int {
	var p playing
	flags := flag.NewFlagSet("play", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Func("prog", "", func(s string) error { p.guests = append(p.guests, s); return nil })
	flags.StringVar(&p.depth, "depth", "screen", "")
	flags.StringVar(&p.out, "o", "", "")
	flags.BoolVar(&p.step, "step", false, "")
	var b batch
	flags.Func("run", "", func(s string) (err error) { b.named, err = regexp.Compile(s); return err })
	flags.BoolVar(&b.failed, "failed", false, "")
	flags.Func("repeat", "", positive(&b.repeat))
	flags.Func("parallel", "", positive(&b.parallel))
	b.timeout = time.Minute
	flags.Func("timeout", "", lasting(&b.timeout))
	flags.BoolVar(&b.update, "update", false, "")
	flags.BoolVar(&b.options.Continue, "continue", false, "")
	flags.BoolVar(&b.keepAll, "keep", false, "")
	flags.BoolVar(&b.verbose, "v", false, "")
	flags.Func("report", "", b.parseReports)
	flags.StringVar(&b.artifacts, "artifacts", "", "")
	flags.Func("speed", "", p.parseSpeed)
	var what []string
	for {
		if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			return say(playUsage)
		} else if err != nil {
			return misplayed("%v", err)
		}
		if flags.NArg() == 0 {
			break
		}
		what, args = append(what, flags.Arg(0)), flags.Args()[1:]
	}
	if b.asked() || len(what) > 1 || len(what) == 1 && isFolder(what[0]) {
		return b.start(what, p)
	}
	isRecording := len(what) == 1 && strings.HasSuffix(what[0], ".jsonl")
	switch {
	case len(what) != 1:
		return misplayed("want one lesson or one file, got %d: %.200q", len(what), what)
	case !slices.Contains(lanes.Depths, p.depth):
		return misplayed("-depth %.100q: there are %s", p.depth, strings.Join(lanes.Depths, ", "))
	case p.out != "" && !strings.HasSuffix(p.out, ".jsonl"):
		return misplayed("-o %.200q: a recording's name ends in .jsonl", p.out)
	case p.step && !term.IsTerminal(int(os.Stdin.Fd())):
		return misplayed("-step waits for Enter, and stdin is no terminal")
	case isRecording && (p.out != "" || p.guests != nil):
		return misplayed("%.200q is a recording, and is not played anew: -o and -prog are for scripts", what[0])
	case isRecording:
		return p.replay(what[0])
	}
	return p.live(what[0])
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

func (p *playing) parseSpeed(s string) error {
	const slowest, fastest = 0.001, 1000
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || !(n >= slowest && n <= fastest) {
		return fmt.Errorf("want a number from %v to %v; 0.1 is ten times as slow", slowest, fastest)
	}
	p.speed = n
	return nil
}

// live plays a script, and shows it meanwhile.
func (p *playing) live(what string) int {
	s, ok := here("socklab play")
	if !ok {
		return codeFailed
	}
	j, err := s.judge(what, *p)
	if err == nil {
		j.options.Guests, err = j.options.ParseGuests(p.guests)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab play:", err)
		return codeMisused
	}
	if len(j.options.Guests) > 0 {
		j.options.Words = 1 + rand.Uint64N(99_999)
	}
	return supervise.M{Tests: j}.Run()
}

func misplayed(format string, args ...any) int {
	fmt.Fprintf(os.Stderr, "socklab play: "+format+"\n%s", append(args, playUsage)...)
	return codeMisused
}

// judge is that of a script in a file, or of a lesson's script.
func (s setting) judge(what string, p playing) (*judge, error) {
	o := script.Options{Programs: programs.List, Lesson: page.ToRead(s.Files)}
	if strings.HasSuffix(what, ".txtar") {
		_, err := os.Stat(what)
		o.File, o.Programs = what, withNamed(p.guests)
		return newJudge(s.Dir, os.DirFS(filepath.Dir(what)), filepath.Base(what), o, p), err
	}
	course, err := path.Read(s.Files)
	if err != nil {
		return nil, err
	}
	l, err := course.Find(what)
	if err != nil {
		return nil, fmt.Errorf("%w; a script's name ends in .txtar", err)
	}
	o.File = l.Script()
	return newJudge(s.Dir, s.Files, l.Script(), o, p), nil
}

// dispatch is the program under whose name a script has started this binary.
func dispatch() {
	var ours []script.Program
	for _, p := range programs.List {
		main := p.Main
		p.Main = func() { entry.Run(main) }
		ours = append(ours, p)
	}
	script.Dispatch(ours)
}
