package actor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Socket is an actor that is a bare connection. It says and hears exact
// bytes, and can misbehave on purpose.
type Socket struct {
	name    string
	role    string
	conn    net.Conn
	started time.Time
	stream  bool // adjacent bytes have no boundary between them
	deaf    bool // reads nothing before it is asked to

	window     *window
	transcript transcript

	hearing sync.Once     // done when it began to read
	ended   chan struct{} // closed when the other side has

	mu      sync.Mutex
	end     End
	dropped bool // by Reset
}

// hearingBuffer is the receive buffer of a socket that was deaf, in bytes.
const hearingBuffer = 128 << 10

// Dial connects to addr on network, a name that package net knows ("tcp",
// "unix", ...). A deaf socket reads nothing until its end is waited for, and
// has room for little.
func Dial(name, network, addr string, deaf bool, deadline time.Time) (*Socket, error) {
	// FallbackDelay: a race of addresses would dial on other threads, which
	// are not on the script's network.
	dialer := net.Dialer{Deadline: deadline, FallbackDelay: -1}
	if deaf {
		dialer.ControlContext = smallWindow
	}
	conn, err := dialer.Dial(network, addr)
	if err != nil {
		return nil, err
	}
	return newSocket(name, "dialled "+network+" "+addr, conn, deaf), nil
}

// smallWindow asks for the least receive buffer before connecting, when the
// window of a TCP connection is settled (tcp(7), SO_RCVBUF).
func smallWindow(_ context.Context, _, _ string, raw syscall.RawConn) (err error) {
	if err2 := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, 1)
	}); err2 != nil {
		return err2
	}
	return err
}

// Accept takes the next caller of a listener.
func Accept(name string, l net.Listener, deadline time.Time) (*Socket, error) {
	if l, ok := l.(interface{ SetDeadline(time.Time) error }); ok {
		l.SetDeadline(deadline)
	}
	conn, err := l.Accept()
	if err != nil {
		return nil, err
	}
	return newSocket(name, "accepted at "+l.Addr().String(), conn, false), nil
}

func newSocket(name, role string, conn net.Conn, deaf bool) *Socket {
	network := conn.LocalAddr().Network()
	s := &Socket{
		name: name, role: role, conn: conn, started: time.Now(), deaf: deaf,
		stream: strings.HasPrefix(network, "tcp") || network == "unix",
		window: newWindow(), ended: make(chan struct{}),
	}
	if !deaf {
		s.hear()
	}
	return s
}

// LocalAddr is the socket's own address.
func (s *Socket) LocalAddr() net.Addr { return s.conn.LocalAddr() }

// RemoteAddr is the other side's address.
func (s *Socket) RemoteAddr() net.Addr { return s.conn.RemoteAddr() }

func (s *Socket) Name() string   { return s.name }
func (s *Socket) Role() string   { return s.role }
func (s *Socket) Screen() string { return s.transcript.stream() }

// hear begins to read, once. A socket that was deaf gets room for more: through
// a window of a thousand bytes, a long text takes as many turns of a busy
// machine (620 kB at 20 ms for each: 22 s, against 0.4 s).
func (s *Socket) hear() {
	s.hearing.Do(func() {
		if wide, ok := s.conn.(interface{ SetReadBuffer(int) error }); ok && s.deaf {
			wide.SetReadBuffer(hearingBuffer)
		}
		go s.read()
	})
}

func (s *Socket) read() {
	defer close(s.ended)
	buf := make([]byte, 64<<10)
	for {
		n, err := s.conn.Read(buf)
		if n > 0 {
			s.transcript.add(received, buf[:n], s.stream)
			s.window.add(buf[:n])
		}
		if err == nil {
			continue
		}
		how := "closed"
		switch {
		case errors.Is(err, syscall.ECONNRESET):
			how = "reset"
		case errors.Is(err, net.ErrClosed):
			how = "" // by ourselves
		case err != io.EOF:
			how = err.Error()
		}
		if how != "" {
			s.transcript.add(noted, []byte("« "+how), false)
		}
		s.mu.Lock()
		s.end = End{how, time.Since(s.started)}
		s.mu.Unlock()
		s.window.end()
		return
	}
}

// Expect waits for bytes that match.
func (s *Socket) Expect(p *Pattern, deadline time.Time) (Match, error) {
	s.hear()
	return s.window.match(p, deadline)
}

// Absent reports whether the pattern came within d.
func (s *Socket) Absent(p *Pattern, d time.Duration) (Match, bool) {
	s.hear()
	m, _, err := s.window.find(p, time.Now().Add(d))
	return m, err == nil
}

// Send writes the bytes of text; enter means nothing to a socket.
func (s *Socket) Send(text string, _ bool, deadline time.Time) error {
	s.conn.SetWriteDeadline(deadline)
	// The answer may be here before Write has returned.
	s.transcript.add(said, []byte(text), s.stream)
	if n, err := io.WriteString(s.conn, text); err != nil {
		return fmt.Errorf("write %d bytes: %d written: %w", len(text), n, Cause(err))
	}
	return nil
}

// CloseWrite closes the sending half: the other side meets the end of the
// stream, and can still answer (shutdown(2), SHUT_WR).
func (s *Socket) CloseWrite(time.Time) error {
	half, ok := s.conn.(interface{ CloseWrite() error })
	if !ok {
		return fmt.Errorf("half-close: a %s socket can't", s.conn.LocalAddr().Network())
	}
	s.transcript.add(noted, []byte(mark+"closed"), false)
	if err := half.CloseWrite(); err != nil {
		return fmt.Errorf("half-close: %w", Cause(err))
	}
	return nil
}

// Reset drops the connection without a farewell: the other side gets RST
// (socket(7), SO_LINGER with a time of 0).
func (s *Socket) Reset() error {
	tcp, ok := s.conn.(*net.TCPConn)
	if !ok {
		return fmt.Errorf("reset: %s has no RST", s.conn.LocalAddr().Network())
	}
	if err := tcp.SetLinger(0); err != nil {
		return fmt.Errorf("reset: %w", Cause(err))
	}
	s.transcript.add(noted, []byte(mark+"reset"), false)
	s.mu.Lock()
	s.dropped = true
	s.mu.Unlock()
	return tcp.Close()
}

// Ended waits for the other side to close or reset.
func (s *Socket) Ended(deadline time.Time) (End, error) {
	s.hear()
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case <-s.ended:
		if s.end.How == "" {
			return End{}, fmt.Errorf("%s was ended by the script itself", s.name)
		}
		return s.end, nil
	case <-timer.C:
		return End{}, fmt.Errorf("the other side of %s is still open", s.name)
	}
}

// Unmatched is what came and no expectation has matched.
func (s *Socket) Unmatched() []byte { return s.window.unmatched() }

// Settle waits for the end of a socket that reads.
func (s *Socket) Settle(deadline time.Time) {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case <-s.ended:
	case <-timer.C:
	}
}

// End is how the other side ended the connection, if it has.
func (s *Socket) End() End {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end
}

// State says whether the other side is still there.
func (s *Socket) State() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.end.How != "":
		return s.end.String()
	case s.dropped:
		return "reset by the script"
	}
	return "open"
}

// Stop closes the socket.
func (s *Socket) Stop() error {
	s.conn.Close()
	s.hear()
	<-s.ended
	return nil
}

// Cause is the innermost reason of an error, in the kernel's own words.
func Cause(err error) error {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err
}

// Heard is how many bytes the socket has received.
func (s *Socket) Heard() int { return s.window.heard() }

// Forgotten is how many received bytes no expectation can match any more.
func (s *Socket) Forgotten() int { return s.window.forgotten() }
