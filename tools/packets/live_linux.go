package packets

import (
	"bufio"
	"errors"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// A live watch prints every line as it comes.
type live struct {
	watch *watch
	out   *bufio.Writer
	pcap  *pcapFile
	start time.Time
	err   error // of what was written
}

// show begins to print to out what passes on an interface, and writes it to
// pcap too unless that is "".
func show(name string, out *os.File, o Options, pcap string) (*live, error) {
	on, err := interfaceNamed(name)
	if err != nil {
		return nil, err
	}
	l := &live{out: bufio.NewWriter(out)}
	snap := snapLine
	if pcap != "" {
		snap = snapFile
		if l.pcap, err = createPcap(pcap); err != nil {
			return nil, err
		}
	}
	l.watch, err = watchOn(on, snap, on.Flags&net.FlagLoopback != 0, func(p packet, line *line) {
		if l.start.IsZero() {
			l.start = p.when
		}
		if !o.hides(line) {
			l.out.WriteString(o.text(line, l.start))
		}
		if l.pcap != nil && l.err == nil {
			l.err = l.pcap.add(p)
		}
	}, func() { l.out.Flush() })
	return l, err
}

// end ends the watch, and says what went wrong with it.
func (l *live) end() error {
	err := l.watch.end()
	err = errors.Join(err, l.err, l.out.Flush())
	if l.pcap != nil {
		err = errors.Join(err, l.pcap.close())
	}
	return err
}

// watchInterface shows an interface until ^C.
func watchInterface(name string, o Options, pcap string) int {
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
	case <-l.watch.over:
	}
	if err := l.end(); err != nil {
		return fail("capture on "+name, err)
	}
	return 0
}
