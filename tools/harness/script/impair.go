//go:build unix

package script

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"socklab/tools/harness/capture"
	"socklab/tools/harness/netns"
)

var impairUsage = Usage{
	Name:    "impair",
	Args:    "[-all] HOST[:ADDR] out|in drop|duplicate|swap PACKETS | HOST[:ADDR] out|in delay PACKETS DURATION | HOST[:ADDR] off",
	Summary: "lose, delay, double or reorder packets in a cable, by number",
	Detail: `PACKETS are numbers, as 3, or 2,4 or 2-5 or 2-. They count the packets that carry
data of TCP or UDP, from 1, from now on, in one direction: those that HOST sends (out)
or gets (in). Repetitions count too. Nothing depends on chance. What is dropped
vanishes; what is delayed is overtaken; what is swapped waits until the next that
counts has passed. Of several impairments the first that means a packet decides. off
ends all of them. Of a router the cable is that of its first address, or of ADDR.

  - -all: count all packets of IP, those without data, too: SYN, ACK, FIN, ICMP.

From then on each packet of the script's network is one that a cable carries: cards
leave no segmentation to each other.`,
	Example: "impair alice out drop 3",
	run:     (*command).impair,
}

func (c *command) impair() {
	all := c.flags.Bool("all", false, "")
	c.parse(2, 5)
	h, card := c.hostCard(c.args[0])
	if len(c.args) == 2 {
		if c.args[1] != "off" {
			c.misused()
		}
		c.relay(h, card).Heal()
		c.recordFault(h.Name, "cable: impairs nothing")
		return
	}
	if len(c.args) < 4 || c.args[1] != "out" && c.args[1] != "in" {
		c.misused()
	}
	what := capture.Impairment{What: c.args[2], All: *all}
	if !slices.Contains(capture.Impairments, what.What) {
		c.ts.Fatalf("impair %s: %q is nothing that a cable does to packets: want %s", h.Name, what.What, strings.Join(capture.Impairments, ", "))
	}
	for one := range strings.SplitSeq(c.args[3], ",") {
		span, good := packetNumbers(one)
		if !good {
			c.ts.Fatalf("impair %s: %q are no numbers of packets: want 3, or 2,4 or 2-5 or 2-; the first is 1", h.Name, c.args[3])
		}
		what.Which = append(what.Which, span)
	}
	if delays := what.What == "delay"; delays != (len(c.args) == 5) {
		c.misused()
	} else if delays {
		d, err := time.ParseDuration(c.args[4])
		if err != nil || d <= 0 {
			c.ts.Fatalf("impair %s: %q is no delay: want one as 200ms", h.Name, c.args[4])
		}
		what.Delay = d
	}
	c.relay(h, card).Impair(c.args[1] == "out", what)
	c.recordFault(h.Name, "cable: "+strings.Join(c.args[1:], " "))
}

// packetNumbers reads N, N-M or N-.
func packetNumbers(text string) (s capture.Span, good bool) {
	first, last, isSpan := strings.Cut(text, "-")
	number := func(text string) int {
		n, err := strconv.ParseUint(text, 10, 31)
		good = good && err == nil && n > 0
		return int(n)
	}
	good = true
	s.From = number(first)
	switch {
	case !isSpan:
		s.To = s.From
	case last != "":
		s.To = number(last)
		good = good && s.To >= s.From
	}
	return s, good
}

var slowUsage = Usage{
	Name:    "slow",
	Args:    "HOST[:ADDR] RATE [QUEUE] | HOST[:ADDR] off",
	Summary: "make a host's cable slow, with a queue that can be full",
	Detail: `RATE is in bits, kilobits or megabits a second: 9600bit, 64kbit, 1mbit. Each direction
has a queue: while one packet is sent, up to QUEUE others wait (100 if that is not
said). What finds the queue full is dropped. For the rest see impair.`,
	Example: "slow alice 64kbit 5",
	run:     (*command).slow,
}

// rates are the units of a rate, in bits a second.
var rates = []struct {
	unit string
	bits int
}{{"kbit", 1e3}, {"mbit", 1e6}, {"bit", 1}}

func (c *command) slow() {
	c.parse(2, 3)
	h, card := c.hostCard(c.args[0])
	if c.args[1] == "off" && len(c.args) == 2 {
		c.relay(h, card).Line(capture.Line{})
		c.recordFault(h.Name, "cable: slow no more")
		return
	}
	line := capture.Line{Queue: 100}
	for _, r := range rates {
		if number, is := strings.CutSuffix(c.args[1], r.unit); is {
			if n, err := strconv.ParseUint(number, 10, 31); err == nil && n <= 1e10/uint64(r.bits) {
				line.Rate = int(n) * r.bits
			}
			break
		}
	}
	if line.Rate == 0 {
		c.ts.Fatalf("slow %s: %q is no rate: want one as 9600bit, 64kbit or 1mbit (bits in a second)", h.Name, c.args[1])
	}
	if len(c.args) == 3 {
		n, err := strconv.Atoi(c.args[2])
		if err != nil || n < 0 || n > capture.QueueMax {
			c.ts.Fatalf("slow %s: %q is no length of a queue: want 0 to %d packets", h.Name, c.args[2], capture.QueueMax)
		}
		line.Queue = n
	}
	c.relay(h, card).Line(line)
	c.recordFault(h.Name, fmt.Sprintf("cable: %s a second, %d packets may wait", c.args[1], line.Queue))
}

// relay is the relay in the cable of a host's card; the first call cuts the cable and
// puts it there.
func (c *command) relay(h *netns.Host, card int) *capture.Relay {
	name := netns.CardName(card)
	at := sideOf(h.Name, name)
	if r := c.relays[at]; r != nil {
		return r
	}
	c.capture()
	atHost, atSwitch, err := h.Cut(card)
	if err == nil {
		if c.relays == nil {
			c.relays = map[string]*capture.Relay{}
		}
		c.relays[at], err = c.captured.Relay(h.Name, name, atHost, atSwitch)
	}
	if err != nil {
		c.cannotTell(h.Name, "%v", err)
	}
	return c.relays[at]
}
