//go:build unix

package script

import (
	"runtime"
	"sync"
	"time"

	"socklab/tools/harness/actor"
	"socklab/tools/harness/procfs"
	"socklab/tools/harness/tap"
)

// A snapshot is a session when a wait was over. A failure is made of it alone.
type snapshot struct {
	at     time.Time
	people []*person
	taps   map[string]*tap.Tap
	quiet  bool // nobody was about to do anything: what the sockets and waits show is no moment's chance
}

// A person is a participant as it was at the moment of a snapshot.
type person struct {
	who       *participant
	name      string
	program   *actor.Program // nil of a socket
	socket    *actor.Socket  // nil of a program
	state     Phrase
	screen    string
	end       actor.End
	heard     int    // bytes
	unmatched []byte // that no expectation has taken

	connections []procfs.Connection // of a program that runs, as the rest
	waits       []procfs.Wait
	spent       time.Duration
	findings    []finding
}

// snapshot looks at everybody: first at what all have said and how they are, at one
// moment, and then at their sockets, which takes longer.
func (s *session) snapshot(quiet bool) *snapshot {
	now := &snapshot{at: time.Now(), taps: s.taps, quiet: quiet}
	for _, who := range s.participants {
		p := &person{who: who, name: who.Name(), state: stateOf(who.Actor), screen: who.Screen(), end: who.End(), heard: who.Heard(), unmatched: who.Unmatched()}
		p.program, _ = who.Actor.(*actor.Program)
		p.socket, _ = who.Actor.(*actor.Socket)
		now.people = append(now.people, p)
	}
	for _, p := range now.people {
		if p.runs() {
			p.connections = p.program.Connections()
			p.waits = p.program.Waits()
			p.spent = p.program.Spent()
		}
	}
	if quiet {
		for _, p := range now.people {
			p.findings = now.find(p)
		}
	}
	return now
}

// settled is a snapshot after all who are about to end have done so, for a cause is
// often seen a moment after its effect: a connection breaks before its server is
// reaped.
func (s *session) settled() *snapshot {
	s.settle()
	return s.snapshot(true)
}

// settle waits until every program has ended or waits for something, and every
// socket has received what was on its way: a second, or two on a busy machine.
func (s *session) settle() {
	limit := time.Second
	if s.idle > 0 {
		limit = min(limit, s.idle)
	}
	deadline := time.Now().Add(limit)
	var ends sync.WaitGroup
	for _, p := range s.participants {
		ends.Go(func() { p.Settle(deadline) })
	}
	ends.Wait()
}

// of finds a participant.
func (now *snapshot) of(who *participant) *person {
	for _, p := range now.people {
		if p.who == who {
			return p
		}
	}
	return nil
}

// runs reports whether it is a program that has not ended.
func (p *person) runs() bool { return p.program != nil && p.end.How == "" }

// ended is when a program did, or the moment of the snapshot.
func (now *snapshot) ended(p *person) time.Time {
	if p.end.How == "" {
		return now.at
	}
	return p.program.Started().Add(p.end.After)
}

// states is how everybody was, for a failure.
func (now *snapshot) states() (all []ActorState) {
	for _, p := range now.people {
		a := ActorState{Name: p.name, Role: p.who.Role(), Guest: p.who.guest, State: p.state, Listening: p.listening()}
		a.Said, a.Cut = tail(p.screen)
		for _, f := range p.findings {
			a.Findings = append(a.Findings, f.Finding)
		}
		all = append(all, a)
	}
	return all
}

// listening lists where a program listens; nil if that can't be known.
func (p *person) listening() []string {
	if !p.runs() || runtime.GOOS != "linux" {
		return nil
	}
	addrs := []string{}
	for _, c := range p.connections {
		if c.State == "LISTEN" {
			addrs = append(addrs, c.Local)
		}
	}
	return addrs
}

// stateOf says how an actor is, in a few words.
func stateOf(a actor.Actor) Phrase {
	end := a.End()
	program, isProgram := a.(*actor.Program)
	switch {
	case end.How != "":
		return endOf(end)
	case !isProgram:
		return say("%s", a.State())
	case program.Silence() == actor.StoppedTerminal:
		return say("running for %s, its terminal stopped by ^S", actor.Round(time.Since(program.Started())))
	}
	return say("running for %s", actor.Round(time.Since(program.Started())))
}

// endOf says how an actor ended.
func endOf(end actor.End) Phrase {
	switch {
	case end.How == "":
	case end.How[0] == 'S':
		return say("killed by %s after %s", end.How, actor.Round(end.After))
	case end.How[0] >= '0' && end.How[0] <= '9':
		return say("exited %s after %s", end.How, actor.Round(end.After))
	}
	return say("%s", end.String())
}
