package script

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"socklab/tools/actor"
)

// A diagnosis begins with its kind, the first cause of what a command saw:
//
//	could not tell   the script has judged nobody: a program can't be run
//	crashed          a program died of itself
//	failed           a program ended with a code of failure
//	never listened   a server runs, and nobody can call it
//	hung             somebody waits for what does not come
//	closed early     somebody left before it said that
//	never closed     somebody stays who should have left
//	wrong bytes      something else was said
//
// Of several that are true, the one that explains the others.

// missed reports an expectation that was not met; so many bytes were forgotten
// before.
func (c *cast) missed(p *player, miss *actor.Miss, forgotten int, w patience) {
	if program, ok := p.Actor.(*actor.Program); ok && miss.Ended {
		program.Ended(time.Now().Add(c.wait)) // its terminal is silent already
	}
	c.settle()
	why := c.whyMissed(p, miss, forgotten, w)
	// What a crash prints is no answer of the program.
	said := 0
	for line := range bytes.Lines(miss.Text) {
		if isCrash(string(line)) {
			miss.Text = miss.Text[:said]
			break
		}
		said += len(line)
	}
	_, isProgram := p.Actor.(*actor.Program)
	shown := difference(miss, isProgram)
	explained := errnoIn(why)
	if lines := strings.SplitN(shown, "\n", 3); explained == "" && errnoIn(lines[0]) != errnoIn(lines[1]) {
		explained = errnoIn(lines[1]) // expected, got
	}
	if explained != "" {
		why += "\n\n" + explained
	}
	c.fail("expect %s: %s\n\n%s", p.Name(), why, shown)
}

func (c *cast) whyMissed(p *player, miss *actor.Miss, forgotten int, w patience) string {
	program, isProgram := p.Actor.(*actor.Program)
	first := c.firstToFail()
	at, _, near := miss.Pattern.Nearest(miss.Text)
	other := near && at < len(miss.Text)                     // not only less than was expected
	goesOn := !strings.HasPrefix(miss.Pattern.String(), "^") // with a line that has begun
	if isProgram && !near && !goesOn {
		miss.Text = miss.Text[miss.Rest:]
	}
	awaitsDoor := strings.HasPrefix(miss.Pattern.String(), "^listening on")
	switch {
	case c.absent(p) != "":
		return c.absent(p)
	case first != nil && c.absent(first) != "":
		return c.absent(first)
	case first != nil && crashed(first):
		return "crashed: " + c.lastWords(first)
	case first == p && c.whoLeft(p) != nil:
		left := c.whoLeft(p)
		return fmt.Sprintf("closed early: %s %s; then %s", left.Name(), left.State(), c.lastWords(p))
	case first != nil:
		return "failed: " + c.lastWords(first)
	case forgotten > 0:
		return fmt.Sprintf("wrong bytes: %d bytes had come that nobody expected, and were forgotten: expect what comes as it comes", forgotten)
	case miss.Ended && isProgram && goesOn && miss.Rest > 0:
		return fmt.Sprintf("wrong bytes: %s said something else and %v", p.Name(), program.End())
	case miss.Ended && isProgram && near:
		return fmt.Sprintf("wrong bytes: %s %v", p.Name(), program.End())
	case miss.Ended && isProgram && awaitsDoor:
		return fmt.Sprintf("never listened: %s %v", p.Name(), program.End())
	case miss.Ended && isProgram:
		return fmt.Sprintf("closed early: %s %v and did not say it", p.Name(), program.End())
	case miss.Ended && near:
		return fmt.Sprintf("wrong bytes: then %s %s", p.Name(), p.State())
	case miss.Ended:
		return fmt.Sprintf("closed early: %s %s", p.Name(), p.State())
	case w.cut:
		return fmt.Sprintf("could not tell: %s had not said it yet; waited %s", p.Name(), w)
	case c.whoGoesOn() != nil:
		q := c.whoGoesOn()
		return fmt.Sprintf("hung: %s was asked by %s to end, and goes on; waited %s", q.Name(), q.asked, w)
	case near && !other:
		return fmt.Sprintf("wrong bytes: waited %s for the rest", w)
	case isProgram && awaitsDoor && !other:
		return c.whyNoDoor(program, w)
	case c.whoGot(p, miss.Pattern) != "":
		return fmt.Sprintf("wrong bytes: %s got it, and %s did not; waited %s", c.whoGot(p, miss.Pattern), p.Name(), w)
	case len(miss.Text) > 0 && isProgram:
		return fmt.Sprintf("wrong bytes: %s said something else; waited %s", p.Name(), w)
	case len(miss.Text) > 0:
		return fmt.Sprintf("wrong bytes: %s received something else; waited %s", p.Name(), w)
	}
	return fmt.Sprintf("hung: %s; waited %s", c.whoHangs(p), w)
}

// unsent reports that what p sends is not taken.
func (c *cast) unsent(p *player, w patience) {
	c.settled = true // whoever is there stays
	if w.cut {
		c.fail("send %s: could not tell: it was not all taken yet; waited %s", p.Name(), w)
	}
	c.fail("send %s: hung: %s; waited %s", p.Name(), c.whoHangs(p), w)
}

// whyNoDoor says why a server that runs has not said that it listens.
func (c *cast) whyNoDoor(p *actor.Program, w patience) string {
	addrs := c.listening(p)
	switch {
	case runtime.GOOS != "linux":
		return fmt.Sprintf("never listened: %s did not say it; waited %s", p.Name(), w)
	case len(addrs) == 0:
		return fmt.Sprintf("never listened: %s runs, and listens nowhere; waited %s", p.Name(), w)
	}
	return fmt.Sprintf("hung: %s listens on %s, as the kernel's tables show, and does not say so:"+
		" its first line must be \"listening on %[2]s\", as soon as it listens (is stdout flushed?); waited %[3]s",
		p.Name(), strings.Join(addrs, " and "), w)
}

// whoLeft is a program that ended in good order, unasked and unnoticed, before
// p did: the one that p complains of.
func (c *cast) whoLeft(p *player) *player {
	mine := p.Actor.(*actor.Program)
	for _, q := range c.players {
		program, ok := q.Actor.(*actor.Program)
		if !ok || q == p || q.asked != "" || q.reaped || program.End().How != "0" {
			continue
		}
		if program.Started().Add(program.End().After).Before(mine.Started().Add(mine.End().After)) {
			return q
		}
	}
	return nil
}

// whoGot is somebody else at whom, unasked, what was expected of p is to be found.
func (c *cast) whoGot(p *player, pattern *actor.Pattern) string {
	for _, q := range c.players {
		if q != p && pattern.In(q.Unmatched()) {
			return q.Name()
		}
	}
	return ""
}

// whoGoesOn is a program that the script asked to end, and that has not.
func (c *cast) whoGoesOn() *player {
	for _, q := range c.players {
		if q.asked != "" && q.End().How == "" {
			return q
		}
	}
	return nil
}

// whoHangs names who keeps p waiting: whoever has not received what came, or
// not accepted who called.
func (c *cast) whoHangs(p *player) string {
	var behindTap string // whoever owes something to a tap, which calls for p
	for _, q := range c.players {
		for _, n := range c.news(q) {
			if n.owes && (q == p || n.peer == p.Name()) {
				return q.Name() + " " + n.text
			}
			isPlayer := slices.ContainsFunc(c.players, func(q *player) bool { return q.Name() == n.peer })
			if n.owes && !isPlayer && len(c.taps) > 0 {
				behindTap = q.Name() + " " + n.text
			}
		}
	}
	if behindTap != "" {
		return behindTap
	}
	silent := p.Name() + " says nothing"
	for _, n := range c.news(p) {
		if strings.HasPrefix(n.text, "waits in ") && !strings.HasSuffix(n.text, "terminal") {
			silent = p.Name() + " " + n.text
		}
	}
	return silent + c.whoIsDone()
}

// whoIsDone lists who has ended in good order, unasked and unnoticed.
func (c *cast) whoIsDone() (all string) {
	for _, q := range c.players {
		if program, ok := q.Actor.(*actor.Program); ok && !q.reaped && q.asked == "" && program.End().How == "0" {
			all += fmt.Sprintf(", and %s %v", q.Name(), program.End())
		}
	}
	return all
}

// absent says of a guest that it could not be run, "" if it could. 126 and 127
// are how sh(1), and env(1), say it.
func (c *cast) absent(p *player) string {
	if how := p.End().How; p.guest == "" || how != "126" && how != "127" {
		return ""
	}
	return fmt.Sprintf("could not tell: %s is %s, which can't be run: %s", p.Name(), p.guest, complaint(p.Screen()))
}

// untaken reports a call that nobody took.
func (c *cast) untaken(network, addr string, err error) {
	c.settle()
	why := actor.Cause(err).Error()
	if errors.Is(err, syscall.ECONNREFUSED) {
		why = "never listened: " + why
	}
	if cause := c.firstCause("; then " + why); cause != "" {
		why = cause
	}
	if explained := errnoIn(actor.Cause(err).Error()); explained != "" {
		why += "\n\n" + explained
	}
	c.fail("dial %s %s: %s", network, addr, why)
}

// uncalled reports that nobody called a listener.
func (c *cast) uncalled(listener string, w patience) {
	c.settle()
	why := c.firstCause("; then nobody called")
	switch {
	case why != "":
	case w.cut:
		why = "could not tell: nobody had called yet; waited " + w.String()
	default:
		why = "hung: nobody called" + c.whoIsDone() + "; waited " + w.String()
	}
	if explained := errnoIn(why); explained != "" {
		why += "\n\n" + explained
	}
	c.fail("accept at %s: %s", listener, why)
}

// ended reports an actor that ended in another way than expected.
func (c *cast) ended(p *player, end actor.End, want string) {
	c.settle()
	_, isProgram := p.Actor.(*actor.Program)
	if how := c.absent(p); how != "" {
		c.fail("exited %s: %s", p.Name(), how)
	}
	switch {
	case want == "closed" || want == "reset":
	case want[0] >= '0' && want[0] <= '9':
		want = "exit code " + want
	}
	var kind, said string
	switch {
	case isProgram && crashed(p):
		kind = "crashed: "
	case isProgram && p.asked != "" && p.asked == end.How:
		kind = "crashed: nobody caught it: "
	case isProgram && end.How != "0":
		kind = "failed: "
	case isProgram:
		said = "\n\nExit code 0 says that all went well: it did not notice what was wrong."
	case !isProgram && end.How == "reset":
		kind = "closed early: "
		said = "\n\n" + errnoIn("ECONNRESET")
	}
	if words := complaint(p.Screen()); isProgram && end.How != "0" && words != "" {
		said = "\n\nlast said  " + words
		if explained := errnoIn(words); explained != "" {
			said += "\n           " + explained
		}
	}
	c.fail("exited %s: %sexpected %s, but it %v%s", p.Name(), kind, want, end, said)
}

// left reports an actor that ended and should not have.
func (c *cast) left(p *player, end actor.End) {
	c.settle()
	_, isProgram := p.Actor.(*actor.Program)
	why := fmt.Sprintf("closed early: %s %v", p.Name(), end)
	switch {
	case isProgram && crashed(p):
		why = "crashed: " + c.lastWords(p)
	case isProgram && end.How != "0":
		why = "failed: " + c.lastWords(p)
	}
	if explained := errnoIn(why); explained != "" {
		why += "\n\n" + explained
	}
	c.fail("! exited %s: %s", p.Name(), why)
}

// stayed reports an actor that did not end.
func (c *cast) stayed(p *player, end actor.End, err error, w patience) {
	kind := "never closed"
	c.settled = true // whoever is there stays
	if holder := c.whoHolds(p); holder != "" && end.How == "" && !w.cut {
		err = fmt.Errorf("%s has not closed its end, so %s never meets the end of the stream", holder, p.Name())
	}
	switch {
	case end.How != "": // it ended, and left somebody behind
		c.fail("exited %s: %s: %v", p.Name(), kind, err)
	case w.cut:
		kind = "could not tell"
	case p.asked != "":
		why := ""
		if program, ok := p.Actor.(*actor.Program); ok && p.asked[0] == '^' && program.Rawly() {
			why = "\n\nIts terminal is raw: there " + p.asked + " is a byte like any other (termios(3), ISIG)."
		}
		c.fail("exited %s: %s: asked by %s to end, %v; waited %s%s", p.Name(), kind, p.asked, err, w, why)
	}
	c.fail("exited %s: %s: %v; waited %s", p.Name(), kind, err, w)
}

// whoHolds is the program at the other end of a socket.
func (c *cast) whoHolds(p *player) string {
	socket, ok := p.Actor.(*actor.Socket)
	if !ok {
		return ""
	}
	addr := socket.RemoteAddr().String()
	if who := c.whoHas(addr, socket.LocalAddr().String()); who != addr {
		return who
	}
	return ""
}

// settle lets whoever is about to end do so, for a cause is often seen
// a moment after its effect: a connection breaks before its server is reaped.
func (c *cast) settle() {
	if !c.settled {
		c.calm()
	}
	c.settled = true
}

// calm waits for what settle says.
func (c *cast) calm() {
	patience := time.Second
	if c.rest > 0 {
		patience = min(patience, c.rest)
	}
	deadline := time.Now().Add(patience)
	var ends sync.WaitGroup
	for _, p := range c.players {
		switch a := p.Actor.(type) {
		case *actor.Program:
			ends.Go(func() {
				if _, err := a.Ended(deadline); err != nil {
					a.Rest(deadline.Add(time.Second)) // a busy machine takes its time
				}
			})
		case *actor.Socket:
			ends.Go(func() { a.Settle(deadline) })
		}
	}
	ends.Wait()
}

// firstToFail is the program that ended badly before any other, unasked. One
// that crashed comes before those that ended in good order to report it: a
// crash takes longer to be over.
func (c *cast) firstToFail() (first *player) {
	var earliest time.Time
	for _, p := range c.players {
		program, ok := p.Actor.(*actor.Program)
		if !ok || p.asked != "" || p.reaped {
			continue
		}
		end := program.End()
		if end.How == "" || end.How == "0" {
			continue
		}
		when := program.Started().Add(end.After)
		if first == nil || crashed(p) && !crashed(first) || crashed(p) == crashed(first) && when.Before(earliest) {
			first, earliest = p, when
		}
	}
	return first
}

// allGone reports whether a program has failed, and none runs any more.
func (c *cast) allGone() bool {
	return c.firstToFail() != nil && !slices.ContainsFunc(c.players, func(p *player) bool {
		program, ok := p.Actor.(*actor.Program)
		return ok && program.End().How == ""
	})
}

// firstCause is the first program's failure in words, and what came of it
// then; "" without one.
func (c *cast) firstCause(then string) string {
	switch first := c.firstToFail(); {
	case first == nil:
		return ""
	case c.absent(first) != "":
		return c.absent(first)
	case crashed(first):
		return "crashed: " + c.lastWords(first) + then
	default:
		return "failed: " + c.lastWords(first) + then
	}
}

// crashed reports whether a program died of itself: of a signal that nobody
// sent, or of an error that it did not catch.
func crashed(p *player) bool {
	end := p.End()
	if end.How != "" && end.How[0] == 'S' {
		return p.asked == ""
	}
	return slices.ContainsFunc(strings.Split(p.Screen(), "\n"), isCrash)
}

// lastWords says how a program failed, in its own words if it had any.
func (c *cast) lastWords(p *player) string {
	said := fmt.Sprintf("%s %s", p.Name(), p.State())
	if how := p.End().How; how != "" && how[0] == 'S' && how != "SIGABRT" {
		return said // who is killed by a signal doesn't say why
	}
	if words := complaint(p.Screen()); words != "" {
		said += ": " + words
	}
	return said
}

// complaint finds in a screen the line that says what went wrong: the first of
// a Go program's crash, the last of anything else.
func complaint(screen string) (last string) {
	for line := range strings.Lines(screen) {
		line = strings.TrimSpace(line)
		switch {
		case isCrash(line) && !strings.HasPrefix(line, "Traceback"):
			return line
		case line == "", strings.HasPrefix(line, "$ "), strings.Contains(line, "» "), strings.Contains(line, "hint: "):
		default:
			last = line
		}
	}
	return last
}

var crashLine = regexp.MustCompile(`^(panic: |fatal error: |Traceback \(most recent call last\):|(Uncaught )?[A-Z][A-Za-z]*Error: |Error: )`)

// isCrash knows how programs begin to die, in Go, Python and JavaScript.
func isCrash(line string) bool { return crashLine.MatchString(line) }

// news is what a program's connections are like.
type news struct {
	text string
	peer string // who is at the other end
	owes bool   // the program is the one to do something
}

// news tells of a running program's sockets what a person who debugs it would
// ask ss(8).
func (c *cast) news(p *player) (all []news) {
	program, ok := p.Actor.(*actor.Program)
	if !ok || program.End().How != "" {
		return nil
	}
	count := func(n int, things string) string {
		if n >= 2000 {
			return "thousands of " + things // how many is chance
		}
		if n == 1 {
			things = strings.TrimSuffix(things, "s")
		}
		return fmt.Sprintf("%d %s", n, things)
	}
	for _, s := range c.connections(program) {
		peer := c.whoHas(s.Remote, s.Local)
		name := peer
		if name == p.Name() {
			name = "another socket of its own"
		}
		switch {
		case s.State == "LISTEN" && s.Unread > 0:
			for _, q := range c.players {
				if q != p && c.calls(q, s.Local) {
					peer = q.Name()
				}
			}
			all = append(all, news{"has not accepted " + count(s.Unread, "callers"), peer, true})
		case s.State == "LISTEN":
		case s.State == "BOUND" && s.Unread > 0:
			all = append(all, news{"has not received what came to " + s.Local, peer, true})
		case s.State == "BOUND" && strings.HasSuffix(s.Remote, ":0"):
			all = append(all, news{"is bound to " + s.Local, "", false})
		case s.State == "BOUND":
			all = append(all, news{fmt.Sprintf("is bound to %s, and connected with %s", s.Local, peer), peer, false})
		case s.Unread > 0:
			all = append(all, news{fmt.Sprintf("has not received %s of %s", count(s.Unread, "bytes"), name), peer, true})
		case s.State == "CLOSE-WAIT" && s.EndUnread:
			all = append(all, news{fmt.Sprintf("has not received the end of the stream, though %s has closed", name), peer, true})
		case s.State == "CLOSE-WAIT":
			all = append(all, news{fmt.Sprintf("has not closed, though %s has", name), peer, true})
		case s.State == "FIN-WAIT-2":
			all = append(all, news{fmt.Sprintf("has closed its half to %s", name), peer, false})
		case s.State == "SYN-SENT":
			all = append(all, news{fmt.Sprintf("calls %s, and nobody answers", s.Remote), peer, false})
		case s.Unsent > 0:
			all = append(all, news{fmt.Sprintf("has sent more than %s receives", peer), peer, false})
		case s.State == "ESTABLISHED":
			all = append(all, news{"is connected with " + name, peer, false})
		}
	}
	// The tables have them in no order; what the program owes comes first.
	slices.SortStableFunc(all, func(a, b news) int {
		switch {
		case a.owes && !b.owes:
			return -1
		case b.owes && !a.owes:
			return 1
		}
		return strings.Compare(a.text, b.text)
	})
	if spent := program.Spent(); spent >= restless && program.Heard() < talkative {
		all = append(all, news{fmt.Sprintf("has kept a processor busy for %.1fs", spent.Seconds()), "", false})
	}
	for _, w := range program.Waits() {
		text := "waits in " + w.Call
		switch {
		case w.On == "terminal" && w.Call == "write":
			continue // until we have read what it printed
		case w.On == "terminal":
			text += " for its terminal"
		case w.From != "" && w.Call != "accept":
			text += " for " + c.whoHas(w.From, w.On)
		case w.On == "":
			continue
		case w.On == "socket":
			text += " on a socket"
		case w.Call != "accept":
			text += " at " + w.On
		}
		all = append(all, news{text, "", false})
	}
	return all
}

// calls reports whether p has a connection to an address.
func (c *cast) calls(p *player, addr string) bool {
	switch a := p.Actor.(type) {
	case *actor.Program:
		return slices.ContainsFunc(c.connections(a), func(s actor.Connection) bool { return s.Remote == addr })
	case *actor.Socket:
		return a.RemoteAddr().String() == addr
	}
	return false
}

// whoHas names the actor at the other end of a connection, which may go through
// a tap, or else its address.
func (c *cast) whoHas(addr, from string) string {
	for _, t := range c.taps {
		if farLocal, farRemote := t.Beyond(addr, from); farRemote != "" {
			if who := c.whoHas(farRemote, farLocal); who != farRemote {
				return who
			}
		}
	}
	for _, p := range c.players {
		switch a := p.Actor.(type) {
		case *actor.Program:
			for _, s := range c.connections(a) {
				if s.Local == addr && s.Remote == from {
					return p.Name()
				}
			}
		case *actor.Socket:
			if a.LocalAddr().String() == addr && a.RemoteAddr().String() == from {
				return p.Name()
			}
		}
	}
	return addr
}

// whoTook names the program that takes calls to an address, and says so if it
// takes those to every address.
func (c *cast) whoTook(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	for _, p := range c.players {
		program, ok := p.Actor.(*actor.Program)
		if !ok || runtime.GOOS != "linux" {
			continue
		}
		for _, there := range c.listening(program) {
			host, itsPort, _ := net.SplitHostPort(there)
			if ip := net.ParseIP(host); itsPort == port && ip.IsUnspecified() {
				return fmt.Sprintf("%s listens on %s, which is every address of this machine, and", p.Name(), there)
			}
			if there == addr {
				return p.Name()
			}
		}
	}
	return "somebody"
}

// connections are a program's; once all has settled, those of that moment, for
// to look takes long on a busy machine.
func (c *cast) connections(p *actor.Program) []actor.Connection {
	if !c.settled {
		return p.Connections()
	}
	known, ok := c.tables[p]
	if !ok {
		known = p.Connections()
		if c.tables == nil {
			c.tables = map[*actor.Program][]actor.Connection{}
		}
		c.tables[p] = known
	}
	return known
}

// listening lists where a program listens.
func (c *cast) listening(p *actor.Program) (addrs []string) {
	for _, s := range c.connections(p) {
		if s.State == "LISTEN" {
			addrs = append(addrs, s.Local)
		}
	}
	return addrs
}

var heading = regexp.MustCompile(`(?m)^## (.+)$`)

// lesson is the page to read, and of it the section that shows what actor
// should have seen.
func (c *cast) lesson(actor string) string {
	file := filepath.Join("lessons", c.t.name+".md")
	page, err := os.ReadFile(filepath.Join(c.t.dir, "../..", file))
	if err != nil {
		return ""
	}
	section := "What happened"
	if shown := strings.Index(string(page), "file="+c.t.name+"/"+actor+"."); shown >= 0 {
		for _, h := range heading.FindAllSubmatchIndex(page, -1) {
			if h[0] < shown {
				section = string(page[h[2]:h[3]])
			}
		}
	}
	return fmt.Sprintf("%s, %q", file, section)
}
