package packets

import (
	"bufio"
	"bytes"
	"errors"
	"log"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/capture"
)

// A live watch prints every line as it comes.
type live struct {
	watch *capture.Watch
	out   *bufio.Writer
	pcap  *pcapFile // nil if none is written
	err   error     // of writing to pcap
}

// show begins to print the packets of an interface to out. It also writes them to
// the file pcap, unless that is "".
func show(name string, out *os.File, o capture.Options, pcap string) (l *live, err error) {
	on, err := capture.Interface(name)
	if err != nil {
		return nil, err
	}
	l = &live{out: bufio.NewWriter(&beside{file: out, atStart: true})}
	if pcap != "" {
		if l.pcap, err = createPcap(pcap); err != nil {
			return nil, err
		}
	}
	l.watch, err = capture.Follow(on, o, pcap != "", func(p capture.Packet, text string) {
		l.out.WriteString(text)
		if l.pcap != nil && l.err == nil {
			l.err = l.pcap.add(p)
		}
	}, func() { l.out.Flush() })
	return l, err
}

// A beside writes lines to a terminal at which a program may be editing a line, as
// shells do. That program has switched the terminal's own care of newlines off
// (OPOST, termios(3)); its prompt makes way for our lines, and is drawn anew below.
type beside struct {
	file    *os.File
	atStart bool // of a line
}

func (b *beside) Write(text []byte) (int, error) {
	modes, err := unix.IoctlGetTermios(int(b.file.Fd()), unix.TCGETS)
	if err != nil || modes.Oflag&unix.OPOST != 0 {
		b.atStart = bytes.HasSuffix(text, []byte("\n"))
		return b.file.Write(text)
	}
	const clear = "\r\x1b[K"
	lines := bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	if b.atStart {
		lines = append([]byte(clear), lines...)
	}
	b.atStart = bytes.HasSuffix(text, []byte("\n"))
	if _, err := b.file.Write(lines); err != nil {
		return 0, err
	}
	// Who edits a line draws it anew when the window's size may have changed. Its
	// process group is 0 if it began outside our PID namespace: then it is ours.
	if group, err := unix.IoctlGetInt(int(b.file.Fd()), unix.TIOCGPGRP); err == nil && b.atStart {
		unix.Kill(-group, unix.SIGWINCH)
	}
	return len(text), nil
}

// end ends the watch, and returns what went wrong with it.
func (l *live) end() error {
	err := l.watch.End()
	err = errors.Join(err, l.err, l.out.Flush())
	if l.pcap != nil {
		err = errors.Join(err, l.pcap.close())
	}
	return err
}

// watchInterface shows an interface until ^C.
func watchInterface(name string, o capture.Options, pcap string) int {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	l, err := show(name, os.Stdout, o, pcap)
	if err != nil {
		fail("capture on "+name, err)
		if errors.Is(err, syscall.EPERM) {
			log.Print("hint: on a network of its own a command needs no root: packets -- COMMAND")
		}
		return 1
	}
	log.Printf("watching %s; ^C ends it", name)
	select {
	case <-stop:
	case <-l.watch.Over():
	}
	if err := l.end(); err != nil {
		return fail("capture on "+name, err)
	}
	return 0
}
