//go:build unix

package script

import (
	"net"
	"slices"
	"strings"
	"time"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/procfs"
)

// A finding is a Finding, plus what its thread waits for.
type finding struct {
	Finding
	waits    bool
	terminal bool   // it waits for the program's own terminal
	whom     string // it waits for this actor, or address
}

// find tells of a running program's sockets what a person who debugs it would ask
// ss(8), and of its threads where they wait.
func (now *snapshot) find(p *person) (all []finding) {
	if !p.runs() {
		return nil
	}
	add := func(peer string, blocking bool, format string, args ...any) {
		all = append(all, finding{Finding: Finding{say(format, args...), peer, blocking}})
	}
	for _, s := range p.connections {
		peer := now.whoHas(s.Remote, s.Local)
		name := peer
		if name == p.name {
			name = "another socket of its own"
		}
		switch {
		case s.State == "LISTEN" && s.Unread > 0:
			for _, q := range now.people {
				if q != p && q.calls(s.Local) {
					peer = q.name
				}
			}
			add(peer, true, "has not accepted %v", count{s.Unread, "callers"})
		case s.State == "LISTEN":
		case s.State == "BOUND" && s.Unread > 0:
			add(peer, true, "has not received what came to %s", s.Local)
		case s.State == "BOUND" && strings.HasSuffix(s.Remote, ":0"):
			add("", false, "is bound to %s", s.Local)
		case s.State == "BOUND":
			add(peer, false, "is bound to %s, and connected with %s", s.Local, peer)
		case s.Unread > 0:
			add(peer, true, "has not received %v of %s", count{s.Unread, "bytes"}, name)
		case s.State == "CLOSE-WAIT" && s.EndUnread:
			add(peer, true, "has not received the end of the stream, though %s has closed", name)
		case s.State == "CLOSE-WAIT":
			add(peer, true, "has not closed, though %s has", name)
		case s.State == "FIN-WAIT-2":
			add(peer, false, "has closed its half to %s", name)
		case s.State == "SYN-SENT":
			add(peer, false, "calls %s, and nobody answers", s.Remote)
		case s.Unsent > 0 && !now.hears(peer):
			add(peer, false, "has sent more than %s receives", peer)
		case s.State == "ESTABLISHED":
			add(peer, false, "is connected with %s", name)
		}
	}
	// The kernel lists them in no order; those that block others come first.
	slices.SortStableFunc(all, func(a, b finding) int {
		switch {
		case a.Blocking && !b.Blocking:
			return -1
		case b.Blocking && !a.Blocking:
			return 1
		}
		return strings.Compare(a.Text.String(), b.Text.String())
	})
	if p.spent >= cpuLimit && p.heard < printsMuch {
		add("", false, "has kept a processor busy for %s", p.spent.Round(100*time.Millisecond))
	}
	for _, w := range p.waits {
		f := finding{waits: true}
		switch {
		case w.On == "terminal" && w.Call == "write":
			continue // until we have read what it printed
		case w.On == "terminal":
			f.terminal = true
			f.Text = say("waits in %s for its terminal", w.Call)
		case w.From != "" && w.Call != "accept":
			f.whom = now.whoHas(w.From, w.On)
			f.Text = say("waits in %s for %s", w.Call, f.whom)
		case w.On == "":
			continue
		case w.On == "socket":
			f.Text = say("waits in %s on a socket", w.Call)
		case w.Call != "accept":
			f.Text = say("waits in %s at %s", w.Call, w.On)
		default:
			f.Text = say("waits in %s", w.Call)
		}
		all = append(all, f)
	}
	return all
}

// hears reports whether a name is that of one of the script's own sockets, which
// receives what comes: what it has not yet is on its way.
func (now *snapshot) hears(name string) bool {
	for _, q := range now.people {
		if q.socket != nil && q.name == name {
			return q.socket.Hears()
		}
	}
	return false
}

// calls reports whether p has a connection to an address.
func (p *person) calls(addr string) bool {
	if p.socket != nil {
		return p.socket.RemoteAddr().String() == addr
	}
	return slices.ContainsFunc(p.connections, func(s procfs.Connection) bool { return s.Remote == addr })
}

// whoHas names the actor at the other end of a connection, which may go through
// a tap, or else its address.
func (now *snapshot) whoHas(addr, from string) string {
	for _, t := range now.taps {
		if farLocal, farRemote := t.PeerOf(addr, from); farRemote != "" {
			if who := now.whoHas(farRemote, farLocal); who != farRemote {
				return who
			}
		}
	}
	for _, p := range now.people {
		if p.socket != nil && p.socket.LocalAddr().String() == addr && p.socket.RemoteAddr().String() == from {
			return p.name
		}
		if slices.ContainsFunc(p.connections, func(s procfs.Connection) bool { return s.Local == addr && s.Remote == from }) {
			return p.name
		}
	}
	return addr
}

// whoHolds is the program at the other end of a socket; nil if there is none.
func (now *snapshot) whoHolds(p *person) *person {
	if p.socket == nil {
		return nil
	}
	holder := now.whoHas(p.socket.RemoteAddr().String(), p.socket.LocalAddr().String())
	return now.named(holder)
}

// named finds a participant by its name; nil if there is none.
func (now *snapshot) named(name string) *person {
	for _, p := range now.people {
		if p.name == name {
			return p
		}
	}
	return nil
}

// whoTook says which program takes calls to an address, and whether it takes those
// to every address.
func (now *snapshot) whoTook(addr string) (Phrase, *person) {
	_, port, _ := net.SplitHostPort(addr)
	for _, p := range now.people {
		for _, there := range p.listening() {
			host, itsPort, _ := net.SplitHostPort(there)
			if ip := net.ParseIP(host); itsPort == port && ip.IsUnspecified() {
				return say("%s listens on %s, which is every address of this machine, and took the call", p.name, there), p
			}
			if there == addr {
				return say("%s took the call", p.name), p
			}
		}
	}
	return say("somebody took the call"), nil
}

// whoIsFull says why nobody answers a call to an address: the queue of the program
// that listens there may have no room (listen(2)).
func (now *snapshot) whoIsFull(addr string) (Phrase, *person) {
	for _, p := range now.people {
		for _, s := range p.connections {
			if s.State == "LISTEN" && s.Local == addr && s.Unread > 0 {
				return say("neither taken nor refused: %s has not accepted %v, and its queue has no room for more (listen(2))", p.name, count{s.Unread, "callers"}), p
			}
		}
	}
	return say("neither taken nor refused"), nil
}

// whose names the actor that has a socket of that address, or leads a process
// group.
func (s *session) whose(addr string, group int) string {
	for _, p := range s.participants {
		switch a := p.Actor.(type) {
		case *actor.Socket:
			if addr != "" && a.LocalAddr().String() == addr {
				return a.Name()
			}
		case *actor.Program:
			if group > 0 && a.Group() == group {
				return a.Name()
			}
		}
	}
	return ""
}
