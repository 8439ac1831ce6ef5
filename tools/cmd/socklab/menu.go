package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/term"

	"socklab/tools/course/progress"
)

// An offer is what a key of the menu does.
type offer struct {
	key  string
	does string // as the keys' list says it
	verb []string
}

// of stands for the number of the lesson.
const of = "N.M"

var offers = []offer{
	{"n", "next", nil},
	{"r", "read", []string{"read", of}},
	{"b", "lab", []string{"lab", of}},
	{"p", "play", []string{"play", of}},
	{"w", "watch", []string{"watch", of}},
	{"h", "hint", []string{"hint", of}},
	{"s", "solution", []string{"solution", of}},
	{"c", "check", []string{"check", of}},
	{"l", "list", []string{"list"}},
	{"x", "reset", []string{"reset", of}},
	{"q", "quit", nil},
	{"?", "keys", nil},
}

// A menu stands below what was printed last, and is gone when a key was pressed that
// starts a verb.
type menu struct {
	course *progress.Course
	at     int // the lesson, of the course's
	width  int
	colour bool
	keys   bool   // the keys are explained
	note   string // what is wrong
	verb   []string
	ended  bool
}

// interactive reports whether somebody sits at the terminal who can press keys.
func interactive() bool {
	return term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("TERM") != "dumb"
}

// choose shows the menu, runs what is chosen, and so on until somebody leaves it.
func (s setting) choose(course *progress.Course) int {
	p := newPaper()
	m := menu{course: course, width: p.width, colour: p.colour}
	m.at = m.next()
	for {
		end, err := tea.NewProgram(m).Run()
		switch {
		case errors.Is(err, tea.ErrInterrupted):
			return 130
		case err != nil:
			fmt.Fprintln(os.Stderr, "socklab: the menu:", err)
			return 1
		}
		if m = end.(menu); m.verb == nil {
			return 0
		}
		if err := s.run(m.verb); err != nil {
			m.note = err.Error()
		}
		m.verb, m.ended = nil, false
		if course, err := progress.Load(s.Dir, s.Files); err == nil {
			m.course = course
		} else {
			m.note = err.Error()
		}
		m.at = min(m.at, len(m.course.Lessons())-1)
	}
}

// run runs a verb as a process of its own, and shows what one could have typed. How
// it ended it has said itself.
func (s setting) run(args []string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("which program is this? %w", err)
	}
	cmd := exec.Command(self, args...)
	cmd.Args[0] = os.Args[0]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	fmt.Printf("$ %s\n", visible(s.typed+" "+strings.Join(args, " ")))
	signals := make(chan os.Signal, 8) // ^C is for the verb; the others end both
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case sig := <-signals:
			if sig != os.Interrupt {
				cmd.Process.Signal(sig)
				<-ended
				os.Exit(128 + int(sig.(syscall.Signal)))
			}
		case err := <-ended:
			if errors.As(err, new(*exec.ExitError)) {
				return nil
			}
			return err
		}
	}
}

// next is the first lesson that is not done, or the one at which the menu is.
func (m menu) next() int {
	if m.course.Next == nil {
		return m.at
	}
	return slices.IndexFunc(m.course.Lessons(), func(s progress.State) bool { return s.Number == m.course.Next.Number })
}

func (m menu) Init() tea.Cmd { return nil }

func (m menu) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width = msg.Width
	case tea.KeyPressMsg:
		return m.press(msg.String())
	}
	return m, nil
}

func (m menu) press(key string) (tea.Model, tea.Cmd) {
	m.note = ""
	last := len(m.course.Lessons()) - 1
	if m.keys && (key == "q" || key == "esc") {
		key = "?"
	}
	switch key {
	case "q", "esc", "ctrl+d":
		m.ended = true
		return m, tea.Quit
	case "ctrl+c":
		m.ended = true
		return m, tea.Interrupt
	case "ctrl+z":
		return m, tea.Suspend
	case "?":
		m.keys = !m.keys
		return m, nil
	case "up", "left", "k":
		m.at = max(m.at-1, 0)
		return m, nil
	case "down", "right", "j":
		m.at = min(m.at+1, last)
		return m, nil
	case "n":
		if next := m.next(); next != m.at {
			m.at = next
		} else {
			m.at = min(m.at+1, last)
		}
		return m, nil
	}
	if key == "enter" {
		key = "r"
	}
	for _, o := range offers {
		if o.key == key {
			number := m.course.Lessons()[m.at].Number
			for _, word := range o.verb {
				m.verb = append(m.verb, strings.ReplaceAll(word, of, number))
			}
			m.ended = true
			return m, tea.Quit
		}
	}
	m.note = fmt.Sprintf("%.20q is no key here; ? says which are", key)
	return m, nil
}

func (m menu) View() tea.View {
	if m.ended {
		return tea.NewView("")
	}
	p := &paper{width: max(m.width, 20), colour: m.colour}
	l := m.course.Lessons()[m.at]
	p.WriteString("\n")
	p.line(p.sign(l.Mark)+" ", p.style("1", l.Name())+about(l.Lesson))
	if m.keys {
		for _, o := range offers {
			if o.key == "q" {
				continue // it hides this
			}
			p.line("  "+p.style("1", o.key)+"  ", explained(o, l.Number))
		}
		p.line("  ", "Arrows choose another lesson.")
	} else {
		var keys []string
		for _, o := range offers {
			keys = append(keys, p.style("1", o.key)+"\u00a0"+o.does)
		}
		p.line("", strings.Join(keys, "  "))
	}
	if m.note != "" {
		p.line("", visible(m.note))
	}
	return tea.NewView(strings.TrimSuffix(p.String(), "\n"))
}

// explained says what a key does.
func explained(o offer, lesson string) string {
	switch o.key {
	case "n":
		return "to the lesson that comes next"
	case "?":
		return "hides this; so do q and Esc. Then q leaves; ^D and ^C always do"
	}
	i := slices.IndexFunc(verbs, func(v verb) bool { return v.name == o.verb[0] })
	if slices.Contains(o.verb, of) {
		return o.does + " " + lesson + ": " + verbs[i].line
	}
	return o.does + ": " + verbs[i].line
}
