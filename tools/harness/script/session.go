//go:build unix

package script

import (
	"net"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/capture"
	"socklab/tools/harness/netns"
	"socklab/tools/harness/recording"
	"socklab/tools/harness/resolver"
	"socklab/tools/harness/syscalls"
	"socklab/tools/harness/tap"
)

// A session is one run of a script: who is there, and what they have.
type session struct {
	t       *testT
	ts      *testscript.TestScript // once a command has run
	network *netns.Net
	guests  Guests
	raw     bool // the script is about raw sockets, which its guests may open, too
	waits
	environment

	participants []*participant
	listeners    map[string]net.Listener
	taps         map[string]*tap.Tap
	between      *between         // of a script that is examined, or nil
	resolves     *resolver.Server // the name server of the script's programs, if they have one
	resolvesOn   *netns.Host      // where it is
	hosts        map[string]*netns.Host
	recording    *recording.Recording // of all that happens
	commands     *recording.Track     // in it, of what the script does
	traced       []string             // the programs whose system calls strace writes down
	traces       map[string]syscalls.Transcript
	people       people
	captured     *capture.Network          // the packets of the network; nil if nobody asks for them
	sides        map[string]*capture.Side  // by their hosts; "" is the script's own network
	relays       map[string]*capture.Relay // in the cables of hosts, by the keys of sides
	view         *capture.View             // from packets start to packets stop; nil before and after

	over    atomic.Pointer[string] // which of Limits was exceeded
	unguard func()

	ports   []int  // that the kernel chose, as the script shows them
	subject string // whom the script spoke of last
	at      int    // the line of the command that runs, from 1; 0 before the first
	step    int    // the step of that line, from 1
	from    int64  // when the command began, on the recording's clock; 0 if none runs
}

// A participant is an actor and what the script did with it.
type participant struct {
	actor.Actor
	guest  string   // the command that plays it instead of our program, or ""
	ours   bool     // it is one of our programs
	asked  string   // to end: the signal or the key
	sent   []string // all signals, and keys, that it got from the script
	reaped bool
	used   []used // what expectations have taken of what it said
}

// unreaped is true of a program whose end the script did not assert.
func (p *participant) unreaped() bool {
	_, isProgram := p.Actor.(*actor.Program)
	return isProgram && !p.reaped
}

type sessionKey struct{}

// sessionOf finds the session of a running script.
func sessionOf(ts *testscript.TestScript) *session {
	s := ts.Value(sessionKey{}).(*session)
	s.ts = ts
	return s
}

// enter adds an actor under a name that is free.
func (s *session) enter(a actor.Actor) *participant {
	p := &participant{Actor: a}
	s.participants = append(s.participants, p)
	if a, isSocket := a.(*actor.Socket); isSocket {
		s.people.connected(a)
		// A program records its command itself.
		s.commands.Add(recording.Event{Layer: "screen", Kind: "start", Actor: a.Name(), Text: []byte(a.Role())})
	}
	return p
}

// participant finds an actor by its name.
func (s *session) participant(name string) *participant {
	var names []string
	s.subject = name
	for _, p := range s.participants {
		if p.Name() == name {
			return p
		}
		names = append(names, p.Name())
	}
	if len(names) == 0 {
		s.ts.Fatalf("no actor %q: there is none yet; spawn or dial one", name)
	}
	s.ts.Fatalf("no actor %q: there are %s", name, strings.Join(names, ", "))
	return nil
}

var nameShape = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

// mustBeFree demands that a new actor's name is one, and not in use.
func (s *session) mustBeFree(name string) {
	if !nameShape.MatchString(name) {
		s.ts.Fatalf("%q can't name an actor: want letters, digits, - and _", name)
	}
	_, isListener := s.listeners[name]
	_, isTap := s.taps[name]
	_, isHost := s.hosts[name]
	if isListener || isTap || isHost || slices.ContainsFunc(s.participants, func(p *participant) bool { return p.Name() == name }) {
		s.ts.Fatalf("there is an actor %q already", name)
	}
}
