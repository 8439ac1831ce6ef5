//go:build unix

package script

import (
	"errors"
	"fmt"
	"strings"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/capture"
	"socklab/tools/harness/netns"
)

var packetsUsage = Usage{
	Name:    "packets",
	Args:    "start|stop [-on=HOST[:ADDR]] [-t=DURATION] [-acks] [-arp] [-v] [-asis] [-open]",
	Summary: "capture the network's packets; at the stop, write them to stdout",
	Detail: `The script's network must be private. Each packet is a line. The three segments
of a handshake stand together, and so do the FINs of a connection with nothing
sent in between, the server's first. Packets with which kernels keep account
differ from run to run and are left out.

packets start has one flag:

  - -on=HOST: capture what leaves and reaches that host. Of a router that is the
    card of its first address, or of ADDR: -on=gate:192.0.2.254.

packets stop waits until everything that was sent before it has arrived and been
answered by the kernel, and every connection has ended.

  - -open: connections may be open, if nothing that they sent is on its way.
  - -acks: show acknowledgements, window updates, repetitions and probes, too.
  - -arp: show how hosts find each other's cards, too (ARP, neighbour discovery).
  - -v: show numbers, windows and options, too.
  - -asis: show everything in the order in which it came.`,
	Example: "packets stop",
	run:     (*command).packets,
}

func (c *command) packets() {
	if len(c.args) == 0 || c.args[0] != "start" && c.args[0] != "stop" {
		c.misused()
	}
	what := c.args[0]
	c.args = c.args[1:]
	c.name += " " + what
	if what == "start" {
		c.startPackets()
	} else {
		c.stopPackets()
	}
}

func (c *command) startPackets() {
	where := c.flags.String("on", "", "")
	c.parse(0, 0)
	if !netns.Available() {
		c.ts.Fatalf("packets: this script shares its network with others; say at its head: needs privnet")
	}
	if c.view != nil {
		c.ts.Fatalf("packets start: it has started already")
	}
	name := ""
	card, on := "lo", func(f func() error) error { return f() }
	if *where != "" {
		h, i := c.hostCard(*where)
		name, on, card = h.Name, h.On, netns.CardName(i)
	}
	err := on(func() error {
		side, err := c.recordPackets(name, card)
		if err == nil {
			c.view, err = side.View()
		}
		return err
	})
	if err != nil {
		c.failf("", "%v", actor.Cause(err))
	}
}

// hostCard reads HOST[:ADDR]: a host, and the number of the card with that address,
// or of its first.
func (c *command) hostCard(text string) (h *netns.Host, card int) {
	name, its, said := strings.Cut(text, ":")
	h = c.theHost(name)
	if !said {
		return h, 0
	}
	return h, h.Card(c.addrOf(h, []string{its}))
}

// recordPackets records what an interface of the calling thread's network sees.
func (s *session) recordPackets(host, card string) (*capture.Side, error) {
	at := sideOf(host, card)
	if side := s.sides[at]; side != nil {
		return side, nil
	}
	s.capture()
	side, err := s.captured.Add(host, card)
	if err == nil {
		s.sides[at] = side
	}
	return side, err
}

// capture begins the record of the script's packets, if that has not begun.
func (s *session) capture() {
	if s.captured == nil {
		s.captured, s.sides = capture.NewNetwork(s.recording, &s.people), map[string]*capture.Side{}
	}
}

// sideOf is the key of a host's card among the sides of the network. That of the
// first card is the host's name.
func sideOf(host, card string) string {
	if card == "lo" || card == netns.CardName(0) {
		return host
	}
	return host + " " + card
}

func (c *command) stopPackets() {
	var o capture.Options
	c.flags.BoolVar(&o.Acks, "acks", false, "")
	c.flags.BoolVar(&o.ARP, "arp", false, "")
	c.flags.BoolVar(&o.Verbose, "v", false, "")
	c.flags.BoolVar(&o.AsIs, "asis", false, "")
	open := c.flags.Bool("open", false, "")
	until := c.waiting()
	c.parse(0, 0)
	r := c.view
	if r == nil {
		c.ts.Fatalf("packets stop: nothing has been started")
	}
	deadline, waited := until()
	if err := r.Finish(deadline, *open); err != nil {
		// The last packets say most about what is missing.
		lines := strings.SplitAfter(r.Text(o), "\n")
		lines = lines[max(len(lines)-1-tailLines, 0):]
		hint := ""
		if errors.Is(err, capture.ErrOpen) && !*open {
			hint = "; end them first, or say -open"
		}
		c.fail(&Failure{
			Command: c.name,
			Why:     say("%v\nwaited %v%s", err, waited.Waited, hint),
			Notes:   []Phrase{say("packets\n  %s", strings.TrimRight(strings.Join(lines, "  "), " \n"))},
		}, nil)
	}
	fmt.Fprint(c.ts.Stdout(), c.normalize(r.Text(o)))
	r.Stop()
	c.view = nil
}
