// Package crowd is many callers in one room. They listen, and compare what they
// have heard.
//
//	crowd [-n N] [-at-once N] [-name NAME] [-within D] [ADDR]
//
// Read lessons/4.5-crowd.md. In call order: crowd.go brings them in and out
// again, caller.go is one of them, and compare.go keeps account.
package crowd

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"socklab/tools/cli"
)

const usage = `usage: crowd [-n N] [-at-once N] [-name NAME] [-within D] [ADDR]

Brings many callers into the room of chat-server, and says what all of them
have heard. They leave at ^D or ^C, or when the room closes.
ADDR is HOST:PORT, by default 127.0.0.1:8000.

  -n N        how many (1000; up to 100000)
  -at-once N  how many come, and go, at the same time (100)
  -name NAME  what they are called, with a number behind it (c)
  -within D   how long all may take to come, or to go (30s)
`

// A crowd is all the callers. One goroutine, that of Main, keeps account; every
// caller has another, which only listens and reports to it. So there is no lock.
type crowd struct {
	network string
	addr    string
	name    string
	atOnce  int
	within  time.Duration
	callers []*caller
	reports chan report     // what the callers hear
	stop    <-chan struct{} // somebody wants them to leave
	account
}

// errStopped is no failure.
var errStopped = errors.New("stopped")

// Main is the program crowd.
func Main() {
	cli.Begin("crowd", usage)
	n := flag.Int("n", 1000, "")
	atOnce := flag.Int("at-once", 100, "")
	name := flag.String("name", "c", "")
	within := flag.Duration("within", 30*time.Second, "")
	flag.Parse()
	if *n < 1 || *n > 100_000 || *atOnce < 1 || *within <= 0 ||
		*name == "" || len(*name) > 20 || strings.ContainsAny(*name, "\r\n") {
		cli.Misused()
	}
	network, addr := cli.Address("127.0.0.1:8000")

	// Ctrl-C and kill must end us even while a kernel doesn't take our call.
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	c := &crowd{
		network: network, addr: addr, name: *name, atOnce: *atOnce, within: *within,
		callers: make([]*caller, 0, *n), reports: make(chan report, 1024),
		stop: stopped(ctx), account: account{all: *n, next: make([]int, *n+1)},
	}
	err := c.arrive(ctx)
	if err == nil {
		err = c.stay()
	}
	if err != nil && !errors.Is(err, errStopped) {
		log.Print(err)
		switch bad := (*net.AddrError)(nil); {
		case errors.As(err, &bad):
			os.Exit(2) // no address at all
		case errors.Is(err, syscall.ECONNREFUSED):
			log.Print("hint: is chat-server running?" + cli.IPv6Hint(addr))
		case errors.Is(err, syscall.EMFILE):
			log.Print("hint: every caller is a descriptor, and ulimit -n says how many a process may have")
		case errors.Is(err, os.ErrDeadlineExceeded) && c.inside == 0:
			log.Print("hint: has the server a descriptor for each? ulimit -n, in its shell, says how many it may have")
		}
		os.Exit(1)
	}
}

// arrive connects all, unless ctx ends, and then names them.
func (c *crowd) arrive(ctx context.Context) error {
	deadline := time.Now().Add(c.within)
	dialer := net.Dialer{Deadline: deadline}
	for len(c.callers) < c.all {
		// This returns as soon as the server's kernel has taken the call, which
		// it does without asking the server. So it succeeds even when the server
		// has no descriptor for us; then we wait in its backlog, and read
		// nothing. Where the backlog is full too, this waits, but no longer than
		// ctx.
		conn, err := dialer.DialContext(ctx, c.network, c.addr)
		if err != nil && ctx.Err() != nil {
			return errStopped
		}
		if err != nil {
			return fmt.Errorf("dial %s, with %d of %d connected: %w", c.addr, len(c.callers), c.all, cli.Cause(err))
		}
		who := &caller{conn: conn.(*net.TCPConn), number: len(c.callers) + 1}
		c.callers = append(c.callers, who)
		go who.listen(c.name, c.all, c.reports)
	}
	cli.Must(fmt.Printf("%d callers are connected\n", c.all))
	if err := c.await(deadline, func() bool { return c.welcomed == c.all }); err != nil {
		return late(err, "%d of %d callers have been welcomed", c.welcomed, c.all)
	}

	// Each arrival is told to all who are inside, the new one included. The first
	// hears of all, the last only of itself: together 1 + 2 + ... + n times. When
	// several arrive at the same time, the server can tell of them in one Write.
	// The last comes alone, so all know when everybody is there. From then on all
	// must hear whatever is said.
	for c.inside < c.all {
		n := max(1, min(c.atOnce, c.all-1-c.inside))
		for _, who := range c.callers[c.inside : c.inside+n] {
			who.conn.SetWriteDeadline(deadline)
			if _, err := fmt.Fprintf(who.conn, "%s%d\n", c.name, who.number); err != nil {
				return fmt.Errorf("send as %s%d: %w", c.name, who.number, cli.Cause(err))
			}
		}
		c.inside += n
		want := c.inside * (c.inside + 1) / 2
		if err := c.await(deadline, func() bool { return c.told == want }); err != nil {
			return late(err, "%d callers have been told %d of %d times who had come", c.inside, c.told, want)
		}
	}
	cli.Must(fmt.Printf("%d callers are in the room\n", c.all))
	cli.Must(fmt.Printf("they were told %d times who had come\n", c.told))
	return nil
}

// stay listens until somebody wants the crowd to leave, and leaves; or until
// the room has closed.
func (c *crowd) stay() error {
	err := c.await(time.Time{}, func() bool { return c.ended == c.all })
	if !errors.Is(err, errStopped) {
		return err
	}
	c.stop = nil // once is enough
	deadline := time.Now().Add(c.within)
	for left := 0; left < c.all; {
		n := min(c.atOnce, c.all-left)
		for _, who := range c.callers[left : left+n] {
			// A half-close says goodbye, and we still read: to the end of the
			// stream, which says that the server has understood.
			who.leaving.Store(true)
			who.conn.CloseWrite()
		}
		left += n
		if err := c.await(deadline, func() bool { return c.ended >= left }); err != nil {
			return late(err, "%d of %d callers have left", c.ended, c.all)
		}
	}
	cli.Must(fmt.Printf("%d callers have left\n", c.all))
	return nil
}

// await takes reports until done, or until the deadline; the zero deadline is
// none.
func (c *crowd) await(deadline time.Time, done func() bool) error {
	var late <-chan time.Time
	if !deadline.IsZero() {
		late = time.After(time.Until(deadline))
	}
	for !done() {
		select {
		case r := <-c.reports:
			if err := c.enter(r); err != nil {
				return err
			}
		case <-late:
			return os.ErrDeadlineExceeded
		case <-c.stop:
			return errStopped
		}
	}
	return nil
}

// late adds to an exceeded deadline how far the crowd had come; other errors stay
// as they are.
func late(err error, format string, args ...any) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("too late: "+format+": %w", append(args, err)...)
	}
	return err
}

// stopped returns a channel that closes at the end of the typed input, or with
// ctx.
func stopped(ctx context.Context) <-chan struct{} {
	typed := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(typed)
	}()
	stop := make(chan struct{})
	go func() {
		select {
		case <-ctx.Done():
		case <-typed:
		}
		close(stop)
	}()
	return stop
}
