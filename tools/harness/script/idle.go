//go:build unix

package script

import (
	"time"

	"socklab/tools/harness/actor"
)

// pollEvery is how often a wait asks whether anybody still does something.
const pollEvery = 100 * time.Millisecond

// promptPolls is how often in a row a program must be seen at its prompt.
const promptPolls = 3

// cpuLimit: a program that uses more processor time than this without answering is
// taken to be spinning (a loop that receives nothing, again and again).
const cpuLimit = 2 * time.Second

// printsMuch, in bytes: a program that printed more than this is busy printing, not
// spinning.
const printsMuch = 64 << 10

// waitFor calls try until it is done or the deadline passes. If the session has an
// idle time (Options.Idle: 2 s where a mutant plays, which may hang), it also stops
// when nobody has done anything for that long, or programs have worked too long, or
// whoever should speak has said something else and is back at its prompt. A wait with
// -t is not cut short by silence: the script asked for it.
func (s *session) waitFor(deadline time.Time, w *waitDesc, try func(until time.Time) (done bool)) {
	if s.idle == 0 || s.hangs != nil && !s.hangs(s.at) {
		try(deadline)
		return
	}
	heard, spent := s.heard(), s.spent()
	// Polls are counted, not seconds: if the machine was suspended, time passed but
	// no program could run.
	for polls, prompts := time.Duration(0), 0; ; polls++ {
		began := time.Now()
		until := began.Add(pollEvery)
		if deadline.Before(until) {
			until = deadline
		}
		if try(until) || !time.Now().Before(deadline) {
			return
		}
		if now := s.heard(); s.busy() || now != heard {
			polls, heard = 0, now
		}
		if time.Since(began) > 2*pollEvery {
			polls, prompts = max(polls-1, 0), 0 // the machine let us wait, and maybe others
		}
		if w.untilIdle && polls*pollEvery > s.idle {
			w.Idle = s.idle
			return
		}
		if !w.untilIdle || w.speaker == nil || polls == 0 || !w.speaker.AtPrompt() {
			prompts = 0
		} else if prompts++; prompts == promptPolls {
			w.AtPrompt = true
			return
		}
		if limit := w.workLimit(); s.spent()-spent > limit {
			w.Worked = limit
			return
		}
	}
}

// workLimit is how much processor time the programs may use meanwhile: cpuLimit, or
// as much as -t says, for the script knows that this takes long.
func (w waitDesc) workLimit() time.Duration {
	if w.ByDefault {
		return cpuLimit
	}
	return max(cpuLimit, w.For)
}

// spent is how long the processors have worked for all programs that run.
func (s *session) spent() (all time.Duration) {
	for _, p := range s.participants {
		all += p.Spent()
	}
	return all
}

// busy reports whether a program or a tap works, or is about to when the machine lets
// it.
func (s *session) busy() bool {
	for _, t := range s.taps {
		if t.Connecting() {
			return true
		}
	}
	if s.between != nil && s.between.busy() {
		return true
	}
	for _, p := range s.participants {
		if !p.Waiting() {
			return true
		}
	}
	return false
}

// heard is how many bytes all programs have printed, all sockets received and all taps
// passed on.
func (s *session) heard() (bytes int) {
	for _, t := range s.taps {
		bytes += t.Passed()
	}
	if s.between != nil {
		bytes += s.between.heard()
	}
	for _, p := range s.participants {
		bytes += p.Heard()
	}
	return bytes
}

// allGone reports whether a program has failed, and none runs any more.
func (s *session) allGone() bool {
	for _, p := range s.participants {
		if program, ok := p.Actor.(*actor.Program); ok && program.End().How == "" {
			return false
		}
	}
	return s.snapshot(false).firstToFail() != nil
}
