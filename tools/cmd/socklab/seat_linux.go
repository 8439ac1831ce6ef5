package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/byhand"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/script"
)

// A seat is a terminal at which somebody starts programs, one after the other. It notes
// what they type and what the programs print. It takes whole lines: the terminal edits
// them.
type seat struct {
	name  string
	out   *recording.Writer
	turns int // programs so far
	lines chan typedLine
	keys  chan os.Signal
	echo  sync.Mutex // held while echo is set
}

// A typedLine is what the terminal handed over.
type typedLine struct {
	text string
	eof  bool // ^D, at the beginning of a line
	gone bool // the terminal
}

// typeFor is how long typing may take: a program may be slow to read.
const typeFor = 10 * time.Second

// sits is the inner side of socklab record: the seat, in the network.
func sits(dir, name string) int {
	runtime.LockOSThread() // programs are killed when the thread ends that has started them
	file, err := os.OpenFile(filepath.Join(dir, name+".jsonl"), os.O_WRONLY|os.O_APPEND, 0)
	var out *recording.Writer
	if err == nil {
		defer file.Close()
		out, err = recording.NewWriter(file, recording.Header{Script: name})
	}
	if err != nil {
		return unrecorded(1, err)
	}
	s := &seat{name: name, out: out, lines: make(chan typedLine), keys: make(chan os.Signal, 8)}
	signal.Notify(s.keys, syscall.SIGINT, syscall.SIGQUIT)
	signal.Ignore(syscall.SIGTSTP)
	go s.reads()
	for {
		fmt.Printf("%s$ ", name)
		select {
		case <-s.keys:
			fmt.Println()
		case l := <-s.lines:
			switch line := strings.TrimSpace(l.text); {
			case l.gone || l.eof || line == "exit":
				return 0
			case line == "":
			default:
				if gone := s.starts(line); gone {
					return 0
				}
			}
		}
	}
}

// reads hands on what is typed.
func (s *seat) reads() {
	buf := make([]byte, 64<<10) // a terminal's line has 4096 at most
	for {
		n, err := os.Stdin.Read(buf)
		switch {
		case n > 0:
			s.lines <- typedLine{text: string(buf[:n])}
		case err == io.EOF:
			s.lines <- typedLine{eof: true}
		case !errors.Is(err, syscall.EINTR):
			s.lines <- typedLine{gone: true}
			return
		}
	}
}

// starts runs the program of a line to its end. It reports whether the terminal is gone.
func (s *seat) starts(line string) (gone bool) {
	words, err := commandWords(line)
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab record:", err)
		return false
	}
	path, err := exec.LookPath(words[0])
	if err == nil && strings.Contains(path, "/") {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab record:", err)
		return false
	}
	if strings.Contains(words[0], "/") {
		words[0] = path // the script is played in a folder of its own
	}
	s.turns++
	name := s.name
	if s.turns > 1 {
		name = fmt.Sprintf("%s%d", s.name, s.turns)
	}
	cmd := &exec.Cmd{Path: path, Args: words, Env: append(os.Environ(), "TERM=dumb", "LANG=C.UTF-8")}
	rec, began := recording.New(), time.Now()
	events := rec.Follow(recording.Whole)
	p, err := actor.Start(rec, name, cmd)
	if err != nil {
		fmt.Fprintln(os.Stderr, "socklab record:", err)
		return false
	}
	note := func(kind, text string) {
		s.notes(recording.Event{At: time.Now().UnixMicro(), Layer: "screen", Actor: name, Kind: kind, Text: []byte(text)})
	}
	s.notes(recording.Event{At: began.UnixMicro(), Layer: "screen", Actor: name, Kind: "start", Text: []byte(scriptWords(words))})
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		for {
			e, err := events.Next(context.Background())
			if err != nil {
				return
			}
			if e.Kind != "out" {
				continue
			}
			e.At += began.UnixMicro()
			s.notes(e) // before anybody can answer it
			s.follows(p)
			os.Stdout.Write(e.Text)
		}
	}()
	ended := make(chan actor.End, 1)
	go func() {
		for {
			end, err := p.Ended(time.Now().Add(time.Hour))
			if err == nil || end.How != "" {
				ended <- end
				return
			}
		}
	}()
	defer s.shows(true)
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-look.C: // nobody tells when a program turns the echo off
			s.follows(p)
		case sig := <-s.keys:
			key := map[os.Signal]string{syscall.SIGINT: "^C", syscall.SIGQUIT: `^\`}[sig]
			note("key", key)
			s.typed(p.Key(key, time.Now().Add(typeFor)))
		case l := <-s.lines:
			switch text, enter := strings.CutSuffix(l.text, "\n"); {
			case l.gone:
				gone = true
				p.Stop()
			case l.eof:
				note("key", "^D")
				s.typed(p.CloseWrite(time.Now().Add(typeFor)))
			default:
				if p.Unseen() {
					note("unseen", "")
					fmt.Println()
				} else {
					note("in", l.text)
				}
				s.typed(p.Send(text, enter, time.Now().Add(typeFor)))
			}
		case end := <-ended:
			p.Stop()
			rec.Close()
			<-shown
			note("exit", end.How)
			return gone
		}
	}
}

// notes writes an event down. The file can't fail without the rest: its disk is full.
func (s *seat) notes(e recording.Event) {
	if err := s.out.Write(e); err != nil {
		fmt.Fprintln(os.Stderr, "socklab record: note it:", err)
	}
}

func (s *seat) typed(err error) {
	if err != nil && !errors.Is(err, actor.ErrEnded) {
		fmt.Fprintln(os.Stderr, "socklab record:", err)
	}
}

// follows shows what is typed as the program's own terminal does.
func (s *seat) follows(p *actor.Program) {
	s.echo.Lock()
	defer s.echo.Unlock()
	s.shows(!p.Unseen())
}

// shows sets whether this terminal shows what is typed.
func (s *seat) shows(on bool) {
	mode, err := unix.IoctlGetTermios(0, unix.TCGETS)
	if err != nil || mode.Lflag&unix.ECHO != 0 == on {
		return
	}
	mode.Lflag ^= unix.ECHO
	unix.IoctlSetTermios(0, unix.TCSETS, mode)
}

// commandWords are the words of a line that starts one program.
func commandWords(line string) ([]string, error) {
	const one = "a line starts one program: for more, sh -c '...'"
	file, err := syntax.NewParser().Parse(strings.NewReader(line), "")
	if err != nil {
		return nil, fmt.Errorf("%v; %s", err, one)
	}
	if len(file.Stmts) != 1 {
		return nil, errors.New(one)
	}
	stmt := file.Stmts[0]
	call, is := stmt.Cmd.(*syntax.CallExpr)
	if !is || stmt.Background || stmt.Negated || len(stmt.Redirs) > 0 || len(call.Assigns) > 0 || len(call.Args) == 0 {
		return nil, errors.New(one)
	}
	words, err := expand.Fields(&expand.Config{Env: expand.ListEnviron(os.Environ()...)}, call.Args...)
	if err == nil && len(words) == 0 {
		err = errors.New(one)
	}
	return words, err
}

// scriptWords are words as a script has them: its own address is in variables.
func scriptWords(words []string) string {
	host, port, _ := strings.Cut(byhand.Address, ":")
	var all []string
	for _, word := range words {
		switch word {
		case host:
			all = append(all, "$HOST")
			continue
		case port:
			all = append(all, "$PORT")
			continue
		}
		var b bytes.Buffer
		for i, part := range strings.Split(word, byhand.Address) {
			if i > 0 {
				b.WriteString("${ADDR}")
			}
			if part != "" || word == "" {
				b.WriteString(script.Quote(part))
			}
		}
		all = append(all, strings.TrimSuffix(strings.Replace(b.String()+" ", "${ADDR} ", "$ADDR ", 1), " "))
	}
	return strings.Join(all, " ")
}
