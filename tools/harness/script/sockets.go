//go:build unix

package script

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/capture"
	"socklab/tools/harness/procfs"
)

// place is addr. The path of a unix socket begins in the script's directory; an
// address that begins with @ is not a path (unix(7)).
func (s *session) place(network, addr string) string {
	if !strings.HasPrefix(network, "unix") || strings.HasPrefix(addr, "@") {
		return addr
	}
	return s.ts.MkAbs(addr)
}

var dialUsage = Usage{
	Name:    "dial",
	Args:    "[-on=HOST] [-deaf] NAME NETWORK ADDR",
	Summary: "connect a socket",
	Detail: `NETWORK and ADDR are those of Go's net.Dial. The path of a unix socket begins in
the script's directory.

  - -on=HOST: dial from that host.
  - -deaf: read nothing, with the smallest receive buffer, until expect or exited waits for it.`,
	Negated: `fails when somebody takes the call, or when nobody takes or refuses it in time. The reason of the refusal goes to stdout.`,
	Example: "dial mallory tcp $ADDR",
	run:     (*command).dial,
}

func (c *command) dial() {
	on := c.onHost()
	deaf := c.flags.Bool("deaf", false, "")
	c.parse(3, 3)
	name, network, addr := c.args[0], c.args[1], c.args[2]
	if !slices.Contains(networks, network) {
		c.ts.Fatalf("%s %s: %s", c.called(), name, noNetwork(network))
	}
	c.mustBeFree(name)
	var s *actor.Socket
	err := on(func() (err error) {
		s, err = actor.Dial(c.recording, name, network, c.place(network, addr), *deaf, c.deadline(), c.people.makes(capture.Owner{Name: name}))
		return err
	})
	var badAddr *net.AddrError
	var noName *net.DNSError
	if errors.As(err, &badAddr) || errors.As(err, &noName) {
		c.ts.Fatalf("%s", c.normalize(fmt.Sprintf("dial %s %s: %v", network, addr, actor.Cause(err))))
	}
	if c.neg {
		if outOfPatience(err) {
			c.failf(network+" "+addr, "neither taken nor refused")
		}
		if err == nil {
			c.enter(s) // the program that took the call must not see its end before the report
			now := c.snapshot(false)
			why, taker := now.whoTook(addr)
			f := &Failure{Command: c.called(), Subject: network + " " + addr}
			f.judged(verdict{why: why, blamed: taker})
			c.fail(f, now)
		}
		fmt.Fprintln(c.ts.Stdout(), c.normalize(actor.Cause(err).Error()))
		return
	}
	if err != nil {
		c.untaken(network, addr, err)
	}
	c.enter(s)
}

var listenUsage = Usage{
	Name:    "listen",
	Args:    "[-on=HOST] NAME NETWORK ADDR",
	Summary: "listen with a socket",
	Detail:  "NETWORK and ADDR are those of Go's net.Listen. -on=HOST listens on that host.",
	Example: "listen door tcp $ADDR",
	run:     (*command).listen,
}

func (c *command) listen() {
	on := c.onHost()
	c.parse(3, 3)
	name, network, addr := c.args[0], c.args[1], c.args[2]
	if !slices.Contains(networks, network) {
		c.ts.Fatalf("%s %s: %s", c.called(), name, noNetwork(network))
	}
	c.mustBeFree(name)
	var l net.Listener
	err := on(func() (err error) {
		listen := net.ListenConfig{KeepAlive: -1, Control: c.people.makes(capture.Owner{Name: name, Listens: true})}
		l, err = listen.Listen(context.Background(), network, c.place(network, addr))
		return err
	})
	if err != nil {
		c.failf(network+" "+addr, "%v", actor.Cause(err))
	}
	if c.listeners == nil {
		c.listeners = map[string]net.Listener{}
	}
	c.listeners[name] = l
	c.people.listensAt(l, c.flags.Lookup("on").Value.String(), capture.Owner{Name: name, Listens: true})
}

var acceptUsage = Usage{
	Name:    "accept",
	Args:    "LISTENER NAME",
	Summary: "take the next caller of a listener as a socket",
	Example: "accept door caller",
	run:     (*command).accept,
}

func (c *command) accept() {
	c.parse(2, 2)
	l, ok := c.listeners[c.args[0]]
	if !ok {
		c.ts.Fatalf("accept: no listener %q", c.args[0])
	}
	c.mustBeFree(c.args[1])
	deadline, waited := c.deadlineFor(c.wait, false)
	waited.untilIdle = true // accept has no -t
	var s *actor.Socket
	var err error
	gone := false // all actors that could call
	c.waitFor(deadline, &waited, func(until time.Time) bool {
		for {
			look := time.Now().Add(pollEvery)
			if until.Before(look) {
				look = until
			}
			s, err = actor.Accept(c.recording, c.args[1], l, look)
			if !errors.Is(err, os.ErrDeadlineExceeded) || gone {
				return true
			}
			if !look.Before(until) {
				return false
			}
			gone = c.allGone() // then try once more: the call may have come before the last one ended
		}
	})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.uncalled(c.args[0], waited)
	}
	if err != nil {
		c.failf("at "+c.args[0], "%v", actor.Cause(err))
	}
	c.enter(s)
	if local := procfs.AddrPort(s.LocalAddr()); c.captured != nil && local.IsValid() {
		c.captured.Accept(c.args[1], local, procfs.AddrPort(s.RemoteAddr()))
	}
}

var resetUsage = Usage{
	Name:    "reset",
	Args:    "NAME",
	Summary: "drop a socket's connection with RST, without a FIN",
	Example: "reset mallory",
	run:     (*command).reset,
}

func (c *command) reset() {
	c.parse(1, 1)
	p := c.participant(c.args[0])
	s, ok := p.Actor.(*actor.Socket)
	if !ok {
		c.ts.Fatalf("reset %s: it is a program; reset is for sockets", p.Name())
	}
	if err := s.Reset(); err != nil {
		c.failf(p.Name(), "%v", err)
	}
}
