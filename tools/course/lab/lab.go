// Package lab gives a learner a private network for a lesson, for what the page has
// them type. Each terminal in which they ask for the lab of a lesson gets a shell on
// the same network, or on one of the hosts that the lesson's script declares.
//
// A process of its own keeps the network: the keeper. A terminal is a member. It finds
// the keeper by a socket in a folder that is the user's alone, and hands its terminal
// over; the keeper starts the shell. When the last member is gone, however it ended, the
// keeper ends. It is process 1 of a PID namespace (pid_namespaces(7)), so the kernel
// then kills whatever is left on the network.
package lab

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// A Lab is the network of a lesson.
type Lab struct {
	Lesson string // its number, such as 6.4
	Hosts  []Host
}

// A Host is a machine on the network.
type Host struct {
	Name   string
	Cards  [][]netip.Prefix // the addresses of each card
	Router bool
	Static bool // it and its neighbours know each other's cards for good
}

// ErrRefused is the error of a system that refuses a network.
var ErrRefused = errors.New("this system refuses a network of one's own")

// Of is the lab of a lesson: the hosts and routers that its script declares, in their
// order.
func Of(lesson string, script []byte) (Lab, error) {
	l := Lab{Lesson: lesson}
	for line := range strings.SplitSeq(string(txtar.Parse(script).Comment), "\n") {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "host" && words[0] != "router" {
			continue
		}
		h := Host{Router: words[0] == "router"}
		if h.Static = words[1] == "-static-arp"; h.Static {
			words = words[1:]
		}
		h.Name = words[1]
		for _, card := range words[2:] {
			addrs, err := addresses(card)
			if err != nil {
				return l, fmt.Errorf("the script's line %q: %w", line, err)
			}
			h.Cards = append(h.Cards, addrs)
		}
		l.Hosts = append(l.Hosts, h)
	}
	return l, nil
}

// addresses reads the addresses of a card, which are as the script's command host has
// them.
func addresses(card string) (addrs []netip.Prefix, err error) {
	for one := range strings.SplitSeq(card, ",") {
		if !strings.Contains(one, "/") {
			if strings.Contains(one, ":") {
				one += "/64"
			} else {
				one += "/24"
			}
		}
		addr, err := netip.ParsePrefix(one)
		if err != nil {
			return nil, err
		}
		addrs = append(addrs, addr)
	}
	return addrs, nil
}

// Check is an error if the lab has no host of that name; it says which there are.
func (l Lab) Check(host string) error {
	var names []string
	for _, h := range l.Hosts {
		if h.Name == host {
			return nil
		}
		names = append(names, h.Name)
	}
	if names == nil {
		return fmt.Errorf("no host %.100q: lesson %s has one machine; leave the name out", host, l.Lesson)
	}
	return fmt.Errorf("no host %.100q in lesson %s; there are %s", host, l.Lesson, strings.Join(names, ", "))
}

// A Command is what a member starts.
type Command struct {
	Host string // "": on the lab's own network
	Path string
	Args []string // the name first
	Env  []string
	Dir  string
	// Terminal says that the standard input is a terminal, which becomes the
	// command's own.
	Terminal bool
}
