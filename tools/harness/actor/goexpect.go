//go:build unix

package actor

import (
	"io"
	"regexp"
	"time"

	expect "github.com/google/goexpect"
)

// find has goexpect search text for re, once. seen is the text up to the end of the
// match.
//
// goexpect is used so that a pattern takes what it takes in other Go tests of
// terminal programs: the first match, and all text before it. Its other parts do not
// fit. Its Spawn forks on a thread that is not on the script's network. Its Expect
// polls every few ms, which starves the program under test for seconds on a busy
// machine. (Seen on Linux 6.18, where each terminal's session is a scheduling group
// of its own: sched(7), autogroup.) So we wait, and goexpect only matches.
func find(text []byte, re *regexp.Regexp) (seen string, groups []string, ok bool) {
	o := &once{text: text, over: make(chan struct{})}
	session, _, err := expect.SpawnGeneric(&expect.GenOptions{
		In:    discard{},
		Out:   o,
		Wait:  func() error { <-o.over; return nil },
		Close: func() error { return nil },
		Check: o.more,
	}, 0, expect.PartialMatch(true), expect.BufferSize(len(text)+1))
	if err != nil {
		return "", nil, false
	}
	<-o.over
	seen, groups, _, err = session.ExpectSwitchCase([]expect.Caser{&expect.Case{R: re}}, time.Minute)
	return seen, groups, err == nil
}

// once is a stream for goexpect: a text in one read, then EOF.
type once struct {
	text  []byte
	shown bool
	over  chan struct{} // closed when goexpect has read the text and EOF
}

func (o *once) Read(p []byte) (int, error) {
	if o.shown {
		close(o.over)
		return 0, io.EOF
	}
	o.shown = true
	return copy(p, o.text), nil
}

// more reports whether goexpect has yet to read EOF.
func (o *once) more() bool {
	select {
	case <-o.over:
		return false
	default:
		return true
	}
}

// discard drops what goexpect would send. Actors send by themselves.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }
