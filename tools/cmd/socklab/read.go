package main

import (
	"cmp"
	"flag"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/term"

	"socklab/tools/course/path"
	"socklab/tools/course/place"
	"socklab/tools/course/typeset"
)

const readUsage = `usage: socklab read [-edit|-web] N.M

The page of a lesson as text. On a terminal it is shown by $PAGER, or by less if
that is not set; PAGER=cat shows it at once. Hints and answers, which a page
folds away, are left out: socklab hint and socklab solution show them.

  -edit  open the page's file in $VISUAL or $EDITOR
  -web   open the page in $BROWSER, or in the system's; without one, say where
         it is
`

// readPage is socklab read.
func readPage(args []string) int {
	flags := flag.NewFlagSet("read", flag.ContinueOnError)
	edit, web := flags.Bool("edit", false, ""), flags.Bool("web", false, "")
	words, code, ok := parse("read", readUsage, flags, args)
	if !ok {
		return code
	}
	if *edit && *web {
		return misused("read", readUsage, "-edit or -web, not both")
	}
	course, l, c, code := lessonOf("read", readUsage, words)
	if code != 0 {
		return code
	}
	switch {
	case *edit:
		return c.edit(l)
	case *web:
		return c.browse(course, l)
	}
	source, err := c.page(l)
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab read:", err)
		return 1
	}
	p := newPaper()
	p.WriteString(typeset.Page(source, typeset.Options{Width: p.width, Colour: p.colour,
		Folded: fmt.Sprintf("%s hint %s, %[1]s solution %[2]s", c.typed, l.Number)}))
	return paged("read", p.String())
}

// page is a lesson's page, with the commands that one types here.
func (s setting) page(l path.Lesson) ([]byte, error) {
	source, err := fs.ReadFile(s.Files, l.Page())
	if !s.Checkout {
		source = place.Typed(l.Page(), source)
	}
	return source, err
}

// edit opens a page's file in an editor.
func (s setting) edit(l path.Lesson) int {
	editor := cmp.Or(os.Getenv("VISUAL"), os.Getenv("EDITOR"))
	if editor == "" {
		fmt.Fprintln(os.Stderr, "socklab read: -edit opens $VISUAL or $EDITOR, and neither is set")
		return 1
	}
	if s.Dir == "" {
		fmt.Fprintf(os.Stderr, "socklab read: there is no course in this folder; %s init DIR lays it out in a folder\n", s.typed)
		return 1
	}
	return opened(editor, filepath.Join(s.Dir, filepath.FromSlash(l.Page())))
}

// browse opens a page in a browser. Links lead to the other lessons, and to files of
// the course.
func (s setting) browse(course path.Path, l path.Lesson) int {
	cache, err := os.UserCacheDir()
	dir := filepath.Join(cache, "socklab", "pages")
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	for _, each := range course.Lessons() {
		if err == nil {
			err = s.write(dir, each)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab read: -web:", err)
		return 1
	}
	file := filepath.Join(dir, l.Stem+".html")
	if browser := os.Getenv("BROWSER"); browser != "" {
		return opened(browser, file)
	}
	opener := cmp.Or(map[string]string{"darwin": "open", "windows": "explorer"}[runtime.GOOS], "xdg-open")
	if _, err := exec.LookPath(opener); err != nil {
		return say(file + "\n")
	}
	return opened(opener, file)
}

func (s setting) write(dir string, l path.Lesson) error {
	source, err := s.page(l)
	if err != nil {
		return err
	}
	page, err := typeset.HTML(source, l.Name(), func(target string) string {
		switch name, rest, _ := strings.Cut(target, "#"); {
		case strings.Contains(target, "://") || name == "":
			return target
		case !strings.Contains(name, "/") && name != "README.md" && strings.HasSuffix(name, ".md"):
			return strings.TrimSuffix(name, ".md") + ".html" + strings.TrimSuffix("#"+rest, "#")
		case s.Dir == "":
			return ""
		default:
			return (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(s.Dir, "lessons", name))}).String()
		}
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, l.Stem+".html"), page, 0o600)
}

// opened is the exit code of a command that a variable names, given one more word.
func opened(command, file string) int {
	cmd := exec.Command("sh", "-c", command+` "$1"`, "sh", file)
	if runtime.GOOS == "windows" {
		cmd = exec.Command(command, file)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintf(os.Stderr, "socklab read: open %s with %.100q: %v\n", visible(file), command, err)
		return 1
	}
	return 0
}

// lessonOf is the one lesson that a verb is given, of the course around here. If
// there is none, code is the exit code.
func lessonOf(verb, usage string, words []string) (course path.Path, l path.Lesson, c setting, code int) {
	c, ok := here("socklab " + verb)
	if !ok {
		return nil, l, c, 1
	}
	course, err := path.Read(c.Files)
	if err != nil {
		fmt.Fprintf(os.Stderr, "socklab %s: %v\n", verb, err)
		return nil, l, c, 1
	}
	if len(words) != 1 {
		return nil, l, c, misused(verb, usage, "want one lesson, as %s, got %d: %.200q", course.Lessons()[0].Number, len(words), words)
	}
	if l, err = course.Find(words[0]); err != nil {
		fmt.Fprintf(os.Stderr, "socklab %s: %v\n", verb, err)
		return nil, l, c, 2
	}
	return course, l, c, 0
}

// paged shows a text a screen at a time, if it is shown on a terminal.
func paged(verb, text string) int {
	pager := pagerOf()
	if pager == "" {
		return say(text)
	}
	interrupts := make(chan os.Signal, 1) // ^C is for the pager
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	cmd := exec.Command("sh", "-c", pager)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(text), os.Stdout, os.Stderr
	if os.Getenv("LESS") == "" {
		cmd.Env = append(os.Environ(), "LESS=FRX") // as git does: colours, and a short text at once
	}
	err := cmd.Run()
	if code := cmd.ProcessState; code != nil && code.ExitCode() == 127 { // no such command
		fmt.Fprintf(os.Stderr, "socklab %s: $PAGER is %.100q, and can't be run\n", verb, pager)
		return say(text)
	} else if code == nil {
		fmt.Fprintf(os.Stderr, "socklab %s: show the text with sh: %v\n", verb, err)
		return say(text)
	}
	return 0 // a reader may leave before the end
}

// pagerOf is the command that shows a text; "" if it is just printed.
func pagerOf() string {
	if !term.IsTerminal(int(os.Stdout.Fd())) || runtime.GOOS == "windows" {
		return ""
	}
	if pager, set := os.LookupEnv("PAGER"); set {
		return pager
	}
	if _, err := exec.LookPath("less"); err == nil && os.Getenv("TERM") != "dumb" {
		return "less"
	}
	return ""
}
