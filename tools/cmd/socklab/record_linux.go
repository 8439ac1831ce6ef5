package main

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"socklab/tools/cli"
	"socklab/tools/course/lab"
	"socklab/tools/course/programs"
	"socklab/tools/harness/byhand"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/script"
	"socklab/tools/harness/supervise"
)

// seatNames are for those who choose none.
var seatNames = []string{"server", "alice", "bob", "carol", "dave", "erin", "frank", "grace"}

var seatName = regexp.MustCompile(`^[a-z][a-z0-9]{0,15}$`)

// records is socklab record. With -page it writes a page, with -seat it is one terminal within the network, with
// -try it plays what was made.
func records(args []string) int {
	if code, is := lab.Keeper(); is {
		return code
	}
	flags := flag.NewFlagSet("record", flag.ContinueOnError)
	within := flags.String("seat", "", "")
	pane := flags.Bool("pane", false, "")
	page := flags.Bool("page", false, "")
	try := flags.String("try", "", "")
	words, code, ok := parse("record", recordUsage, flags, args)
	switch {
	case !ok:
		return code
	case *within != "" && len(words) == 1:
		return sits(*within, words[0])
	case *try != "":
		return supervise.M{Tests: &trial{file: *try}}.Run()
	case len(words) < 1:
		return misused("record", recordUsage, "want a script to write")
	case filepath.Ext(words[0]) != ".txtar":
		return misused("record", recordUsage, "%.100q: a script's name ends in .txtar", words[0])
	}
	for i, name := range words[1:] {
		if !seatName.MatchString(name) {
			return misused("record", recordUsage, "%.100q is no name: want small letters and digits", name)
		}
		if slices.Contains(words[1:1+i], name) {
			return misused("record", recordUsage, "two are called %s", name)
		}
	}
	if *pane {
		defer func() {
			fmt.Fprint(os.Stderr, "Enter closes this pane. ")
			bufio.NewReader(os.Stdin).ReadString('\n')
		}()
	}
	if *page {
		return pageFor(words[0])
	}
	file, err := filepath.Abs(words[0])
	if err == nil {
		if _, errStat := os.Lstat(file); errStat == nil {
			err = fmt.Errorf("%s is there already, and stays: choose another name", words[0])
		} else if folder := filepath.Dir(file); !isFolder(folder) {
			err = fmt.Errorf("there is no folder %s: make it first", folder)
		}
	}
	if err != nil {
		return unrecorded(1, err)
	}
	dir, err := recordFolder(file)
	if err != nil {
		return unrecorded(1, err)
	}
	m, err := lab.Join(lab.Lab{Lesson: filepath.Base(dir)})
	if errors.Is(err, lab.ErrRefused) {
		code := unrecorded(3, err)
		fmt.Fprintln(os.Stderr, "socklab record: hint: socklab doctor says what to type")
		return code
	}
	if err != nil {
		return unrecorded(1, err)
	}
	defer m.Close()
	r := recorder{file: file, dir: dir}
	if len(words) > 1 {
		r.name = words[1]
	}
	if err := r.takesPart(m.First); err != nil {
		return unrecorded(1, err)
	}
	self, err := os.Executable()
	if err != nil {
		return unrecorded(1, err)
	}
	host, port, _ := strings.Cut(byhand.Address, ":")
	run := lab.Command{
		Path: self, Args: []string{"socklab", "record", "-seat", dir, r.name}, Terminal: true, Dir: filepath.Dir(file),
		// The first of a name counts.
		Env: append([]string{"ADDR=" + byhand.Address, "HOST=" + host, "PORT=" + port, "PATH=" + filepath.Join(dir, "bin") + ":" + os.Getenv("PATH")}, os.Environ()...),
	}
	var others []string // who still want a terminal
	if len(words) > 2 {
		if others, err = panes(self, file, words[2:]); err != nil {
			unrecorded(1, err)
		}
	}
	fmt.Fprint(os.Stderr, r.welcome(m.First, words[0], others))
	if _, err = inside(m, run); err != nil {
		unrecorded(1, err)
	}
	return r.leaves(self)
}

// recordFolder is the folder for a recording, which those who take part find by the
// script's name. It is the user's alone. It makes it.
func recordFolder(file string) (string, error) {
	sum := sha256.Sum256([]byte(file))
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("socklab-record.%d.%x", os.Getuid(), sum[:6]))
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	is, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	if stat, ok := is.Sys().(*syscall.Stat_t); !is.IsDir() || !ok || int(stat.Uid) != os.Getuid() || is.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("the folder of the recording, %s: expected one that is yours alone; remove it", dir)
	}
	return dir, nil
}

// A recorder is a terminal's part in a recording.
type recorder struct {
	file, dir, name string
	part            *os.File // locked while somebody takes part
}

// takesPart chooses a name that nobody has. The first removes what an earlier recording
// has left that was killed, and lays out our programs.
func (r *recorder) takesPart(first bool) error {
	if first {
		old, err := filepath.Glob(filepath.Join(r.dir, "*"))
		if err != nil {
			return err
		}
		for _, file := range old {
			os.RemoveAll(file)
		}
		self, err := os.Executable()
		if err == nil {
			err = os.Mkdir(filepath.Join(r.dir, "bin"), 0o700)
		}
		for _, p := range programs.List {
			if err == nil {
				err = os.Symlink(self, filepath.Join(r.dir, "bin", p.Name))
			}
		}
		if err != nil {
			return err
		}
	}
	var err error
	if r.part, err = os.OpenFile(filepath.Join(r.dir, "part"), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	if err := syscall.Flock(int(r.part.Fd()), syscall.LOCK_SH); err != nil {
		return fmt.Errorf("lock %s: %w", r.part.Name(), err)
	}
	names := seatNames
	if r.name != "" {
		names = []string{r.name}
	}
	for _, name := range names {
		file, err := os.OpenFile(filepath.Join(r.dir, name+".jsonl"), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			r.name = name
			return file.Close()
		}
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return fmt.Errorf("somebody is called %s already: say another name behind the script's", strings.Join(names, ", "))
}

// panes opens a pane of tmux for each name. It returns those for whom it has opened none.
func panes(self, file string, names []string) (others []string, err error) {
	if os.Getenv("TMUX") == "" {
		return names, nil
	}
	open := []string{"split-window", "-d", "-c", filepath.Dir(file), "env"}
	for _, name := range []string{"PATH", "TMPDIR", "XDG_RUNTIME_DIR"} { // tmux has its own
		if value, has := os.LookupEnv(name); has {
			open = append(open, name+"="+value)
		}
	}
	for i, name := range names {
		if out, err := exec.Command("tmux", append(open, self, "record", "-pane", file, name)...).CombinedOutput(); err != nil {
			return names[i:], fmt.Errorf("open a pane of tmux for %s: %w: %s", name, err, strings.TrimSpace(string(out)))
		}
		exec.Command("tmux", "select-layout", "tiled").Run()
	}
	return nil, nil
}

// welcome says what to do here, and in others' terminals.
func (r *recorder) welcome(first bool, typed string, others []string) string {
	p := newPaper()
	where := "a network of its own; all its ports are free."
	if !first {
		where = "the network of the other terminals."
	}
	p.line("", "Recording "+visible(typed)+": "+where+" You are "+r.name+".")
	p.line("", "Start a program, and leave with exit. In another terminal: socklab record "+quoted(typed))
	for _, name := range others {
		p.line("", "For "+name+": socklab record "+quoted(typed)+" "+name)
	}
	return p.String()
}

// leaves is the end of a part. The last who leaves makes the script.
func (r *recorder) leaves(self string) int {
	one, err := os.OpenFile(filepath.Join(r.dir, "leaving"), os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = syscall.Flock(int(one.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		return unrecorded(1, err)
	}
	syscall.Flock(int(r.part.Fd()), syscall.LOCK_UN)
	err = syscall.Flock(int(r.part.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	one.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		fmt.Fprintf(os.Stderr, "The script is made when the last terminal is left.\n")
		return 0
	}
	if err != nil {
		return unrecorded(1, err)
	}
	defer os.RemoveAll(r.dir)
	return r.makes(self)
}

// makes makes the script, plays it, and offers a page.
func (r *recorder) makes(self string) int {
	files, err := filepath.Glob(filepath.Join(r.dir, "*.jsonl"))
	if err != nil {
		return unrecorded(1, err)
	}
	var events []recording.Event
	for _, name := range files {
		if info, err := os.Stat(name); err != nil || info.Size() == 0 {
			continue // who never sat down
		}
		film, err := readRecording("record", name)
		if err != nil {
			return unrecorded(1, err)
		}
		events = append(events, film.Events...)
	}
	var ours []string
	for _, p := range programs.List {
		ours = append(ours, p.Name)
	}
	text, notes, ready := byhand.Script(events, ours)
	if !slices.ContainsFunc(events, func(e recording.Event) bool { return e.Kind == "start" }) {
		return unrecorded(1, errors.New("nobody started a program: there is no script"))
	}
	out, err := os.OpenFile(r.file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err == nil {
		_, err = out.WriteString(text)
		err = errors.Join(err, out.Close())
	}
	if err != nil {
		return unrecorded(1, err)
	}
	short := fromHere(r.file)
	fmt.Fprintf(os.Stderr, "wrote %s\n", cli.Visible(short))
	for _, note := range notes {
		unrecorded(0, errors.New("note: "+note))
	}
	if !ready {
		return unrecorded(1, errors.New("not played: something was typed unseen, which the script's head wants; then: socklab play -update "+short))
	}
	cmd := exec.Command(self, "record", "-try", r.file)
	cmd.Args[0] = "socklab"
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() > 0 {
			return exit.ExitCode()
		}
		return unrecorded(1, err)
	}
	fmt.Fprintf(os.Stderr, "The beginning of a page for it: socklab record -page %s\n", cli.Visible(quoted(short)))
	return 0
}

// A trial plays a script that was made, and mends it.
type trial struct{ file string }

// plays is how often a script must pass, and mendings how often it is mended.
const (
	plays    = 3
	mendings = 8
)

// Run is what supervise.M calls, in a process that may have networks.
func (t *trial) Run() int {
	text, err := os.ReadFile(t.file)
	if err != nil {
		return unrecorded(1, err)
	}
	bin, err := os.MkdirTemp("", "bin-")
	if err == nil {
		err = script.Install(bin, programs.List, nil)
	}
	if err != nil {
		return unrecorded(3, err)
	}
	defer os.RemoveAll(bin)
	o := script.Options{Programs: programs.List, Bin: bin, Network: "private", File: fromHere(t.file)}
	now := string(text)
	for range mendings {
		archives, r := t.thrice(now, o)
		if r.Verdict == script.NotJudged {
			return unrecorded(3, errors.New("not played: "+r.Reason))
		}
		if r.Failure != nil {
			mended, changed := byhand.Loosen(now, r.Failure.Line)
			if !changed {
				t.save(now)
				fmt.Fprint(os.Stderr, r.Log)
				return unrecorded(1, fmt.Errorf("the script does not pass as it was done: see line %d", r.Failure.Line))
			}
			fmt.Fprintf(os.Stderr, "mended: line %d expected a number that is another in each play\n", r.Failure.Line)
			now = mended
			continue
		}
		mended, what := byhand.Agree(now, archives)
		for _, one := range what {
			fmt.Fprintf(os.Stderr, "mended: %s\n", cli.Visible(one))
		}
		if mended == now {
			if err := t.save(string(archives[0])); err != nil {
				return unrecorded(1, err)
			}
			return say(fmt.Sprintf("%s passed %d times\n", cli.Visible(o.File), plays))
		}
		now = mended
	}
	t.save(now)
	return unrecorded(1, fmt.Errorf("mended %d times, and the plays still differ", mendings))
}

// thrice plays a script until it fails, three times at most. archives are the script
// with its transcripts as they were.
func (t *trial) thrice(text string, o script.Options) (archives [][]byte, r script.Result) {
	dir, err := os.MkdirTemp("", "try-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = os.WriteFile(filepath.Join(dir, "it.txtar"), []byte(text), 0o666)
	}
	if err != nil {
		return nil, script.Result{Verdict: script.NotJudged, Reason: err.Error()}
	}
	for range plays {
		played := []byte(text)
		o.Update = func(text []byte) error { played = text; return nil }
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		r, err = script.Run(ctx, os.DirFS(dir), "it.txtar", o)
		cancel()
		if err != nil {
			return nil, script.Result{Verdict: script.NotJudged, Reason: err.Error()}
		}
		if r.Verdict != script.Passed {
			r.Reason = cmp.Or(r.Reason, "it was skipped")
			return nil, r
		}
		archives = append(archives, played)
	}
	return archives, r
}

func (t *trial) save(text string) error { return os.WriteFile(t.file, []byte(text), 0o666) }
