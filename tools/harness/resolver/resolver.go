// Package resolver answers questions about names, as a name server does (DNS, RFC
// 1035), from a table: over UDP, with addresses alone (types A and AAAA).
package resolver

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Port is where programs ask (RFC 1035, 4.2.1).
const Port = 53

// Answers are what a server says.
type Answers struct {
	Names  map[string][]netip.Addr // in lower case, without a dot at the end; another name does not exist
	Delay  time.Duration           // before each answer
	Silent bool                    // it answers nothing
}

// maxWaiting is how many answers may wait for their delay; later questions are lost,
// as in a queue that is full.
const maxWaiting = 1000

// A Server answers the questions that reach a socket.
type Server struct {
	conn    net.PacketConn
	mu      sync.Mutex
	answers Answers // guarded by mu
	done    chan struct{}
	waiting sync.WaitGroup
	slots   chan struct{}
}

// Serve answers what comes to conn, until Close.
func Serve(conn net.PacketConn, a Answers) *Server {
	s := &Server{conn: conn, answers: a, done: make(chan struct{}), slots: make(chan struct{}, maxWaiting)}
	s.waiting.Go(s.read)
	return s
}

// Change has the server say something else from now on.
func (s *Server) Change(a Answers) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers = a
}

// Close closes the socket. Answers that wait are not sent any more.
func (s *Server) Close() {
	close(s.done)
	s.conn.Close()
	s.waiting.Wait()
}

func (s *Server) read() {
	buf := make([]byte, 512) // a question is no longer (RFC 1035, 2.3.4)
	for {
		n, from, err := s.conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		s.mu.Lock()
		answers := s.answers
		s.mu.Unlock()
		if err != nil || answers.Silent {
			continue
		}
		answer, err := answers.to(buf[:n])
		if err != nil {
			continue // no question that we understand
		}
		if answers.Delay <= 0 {
			s.conn.WriteTo(answer, from)
			continue
		}
		select {
		case s.slots <- struct{}{}:
		default:
			continue
		}
		s.waiting.Go(func() {
			defer func() { <-s.slots }()
			later := time.NewTimer(answers.Delay)
			defer later.Stop()
			select {
			case <-later.C:
				s.conn.WriteTo(answer, from)
			case <-s.done:
			}
		})
	}
}

// to is the answer to a question.
func (a Answers) to(question []byte) ([]byte, error) {
	var p dnsmessage.Parser
	head, err := p.Start(question)
	if err != nil {
		return nil, err
	}
	if head.Response {
		return nil, errors.New("an answer")
	}
	q, err := p.Question()
	if err != nil {
		return nil, err
	}
	m := dnsmessage.Message{
		Header: dnsmessage.Header{ID: head.ID, Response: true, Authoritative: true,
			RecursionDesired: head.RecursionDesired, RecursionAvailable: true},
		Questions: []dnsmessage.Question{q},
	}
	name := strings.TrimSuffix(strings.ToLower(q.Name.String()), ".")
	addrs, known := a.Names[name]
	if !known {
		m.RCode = dnsmessage.RCodeNameError // NXDOMAIN
		return m.Pack()
	}
	for _, addr := range addrs {
		h := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 0}
		switch {
		case q.Type == dnsmessage.TypeA && addr.Is4():
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: addr.As4()}})
		case q.Type == dnsmessage.TypeAAAA && addr.Is6():
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}})
		}
	}
	return m.Pack()
}
