//go:build unix

package actor

import (
	"bytes"
	"context"
	"regexp"
	"sort"
	"time"
)

// A Match is what an expectation found.
type Match struct {
	Text   string            // the matched text
	Groups map[string]string // what named groups matched
	Used   string            // the text up to the end of the match; no other expectation can match it
}

// A Miss is an expectation that was not met.
type Miss struct {
	Pattern *Pattern
	Text    []byte // the text that was there instead, not yet matched
	OfLine  int    // how many first bytes of Text belong to a line that was partly matched or dropped
	Ended   bool   // no more can come; otherwise the deadline passed
	Open    bool   // there is a match, but later text might change it
}

// Add appends text that has come since: text is all that is not yet matched.
func (m *Miss) Add(text []byte) {
	text = m.Pattern.Of(text)
	if !bytes.HasPrefix(text, m.Text) {
		return // the beginning was dropped
	}
	if more := text[len(m.Text):]; m.OfLine == len(m.Text) && m.OfLine > 0 && m.Text[m.OfLine-1] != '\n' {
		if end := bytes.IndexByte(more, '\n') + 1; end > 0 {
			m.OfLine += end
		} else {
			m.OfLine += len(more)
		}
	}
	m.Text = text
}

func (m *Miss) Error() string { return "no match for " + m.Pattern.String() }

// match waits for p, finds the match with goexpect, and consumes up to its end.
func (b *buffer) match(p *Pattern, deadline time.Time) (Match, error) {
	s := b.search(p)
	defer s.leave()
	found, end, err := s.wait(deadline)
	if err == nil {
		found.Used = string(p.Of([]byte(b.consume(end))))
	}
	return found, err
}

// consume drops the text that a match has used, and returns it.
func (b *buffer) consume(end int) (used string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.matched = end
	if n := end - b.start; n > 0 { // otherwise that text was dropped meanwhile
		b.midLine = b.text[n-1] != '\n'
		used = string(b.text[:n])
		b.cut(n)
	}
	return used
}

// absent waits for d and returns the text that matched meanwhile.
func (b *buffer) absent(p *Pattern, d time.Duration) (Match, bool) {
	s := b.search(p)
	defer s.leave()
	m, _, err := s.wait(time.Now().Add(d))
	if err != nil && err.(*Miss).Open {
		return b.absent(p.AsItIs(), 0)
	}
	return m, err == nil
}

// A search is an expectation in progress. Its result depends on the text and on its
// end, not on the pieces in which they came.
type search struct {
	b     *buffer
	p     *Pattern
	scan  *scan
	start int // position of the text that is scanned
	fed   int // number of bytes scanned
	seen  int // position up to which nothing was found
}

func (b *buffer) search(p *Pattern) *search {
	s := &search{b: b, p: p, start: -1}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.searches[s] = true
	return s
}

func (s *search) leave() {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	delete(s.b.searches, s)
	s.b.looked.Broadcast()
}

// wait waits for a match, and returns it and the position of its end.
func (s *search) wait(deadline time.Time) (Match, int, error) {
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	for {
		s.b.mu.Lock()
		changed := s.b.changed
		s.b.mu.Unlock()
		m, end, miss := s.look(ctx.Err() != nil)
		if miss == nil {
			return m, end, nil
		}
		if miss.Ended || ctx.Err() != nil {
			return Match{}, 0, miss
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// look returns the match and its end, if the text so far settles it. After the
// deadline, the Miss says whether there is an unsettled match.
func (s *search) look(over bool) (m Match, end int, miss *Miss) {
	b := s.b
	b.mu.Lock()
	text, ofLine := b.remainder()
	start, ended := b.start, b.ended
	torn := b.midLine && b.start > b.matched
	b.mu.Unlock()
	if start != s.start {
		s.scan, s.start, s.fed = newScan(s.p.prog, torn), start, 0
	}
	all := len(text)
	var ends []int // positions in the text before plain removed sequences
	if s.p.plain {
		text, ends = plain(text)
		ofLine = sort.SearchInts(ends, ofLine+1)
	}
	s.fed += s.scan.feed(text[s.fed:], ended)
	// A full buffer drops its beginning next, and the match with it. So the match is
	// taken now.
	taken := s.scan.settled() || ended || all == bufferMax || s.p.asItIs
	miss = &Miss{Pattern: s.p, Text: text, OfLine: ofLine, Ended: ended}
	// What ends the text may make a match (last); else the scan knows of each.
	if ended || (taken || over) && s.scan.found() {
		re, last := s.p.re, s.p.last
		if torn {
			re, last = s.p.torn, s.p.lastTorn
		}
		ways := []*regexp.Regexp{re}
		if ended {
			ways = append(ways, last)
		}
		for _, re := range ways {
			seen, groups, ok := find(text[:s.fed], re)
			switch {
			case ok && !taken:
				miss.Open = true
			case ok && torn:
				groups = groups[1:] // the first group includes the text before the match
				fallthrough
			case ok:
				end = len(seen)
				if s.p.plain && end > 0 {
					end = ends[end-1]
				}
				return s.p.result(groups), start + end, nil
			}
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s.seen = start + all
	b.looked.Broadcast()
	return Match{}, 0, miss
}
