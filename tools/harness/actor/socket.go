//go:build unix

package actor

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/procfs"
	"socklab/tools/harness/recording"
)

// A Socket is an actor that is a bare connection. It sends and receives exact bytes,
// and can misbehave on purpose.
type Socket struct {
	name    string
	role    string
	conn    net.Conn
	started time.Time
	stream  bool // a byte stream, without boundaries
	deaf    bool // reads nothing until Expect, Absent or Ended is called

	buffer     *buffer
	transcript transcript

	hearing sync.Once // done when it has begun to read
	hears   atomic.Bool
	ended   chan struct{} // closed when the other side has ended the connection

	mu      sync.Mutex
	end     End
	dropped bool // by Reset
}

// hearingBuffer is the receive buffer of a deaf socket once it reads, in bytes.
const hearingBuffer = 128 << 10

// Dial connects to addr on network, a name that package net knows ("tcp", "unix",
// ...). A deaf socket has the smallest receive buffer, and reads nothing until
// Expect, Absent or Ended is called. Sent and received bytes go to rec too, unless
// rec is nil. control, if it is not nil, is net.Dialer's. So is the error.
func Dial(rec *recording.Recording, name, network, addr string, deaf bool, deadline time.Time, control func(network, addr string, raw syscall.RawConn) error) (*Socket, error) {
	// FallbackDelay: -1 because Happy Eyeballs would dial on other threads, which
	// are not on the script's network. KeepAlive: -1 because Go would ask every 15 s
	// whether the other side is there, and packets would show it.
	dialer := net.Dialer{Deadline: deadline, FallbackDelay: -1, KeepAlive: -1, Control: control}
	if deaf {
		dialer.Control = func(network, addr string, raw syscall.RawConn) error {
			err := smallReceiveBuffer(raw)
			if err == nil && control != nil {
				err = control(network, addr, raw)
			}
			return err
		}
	}
	conn, err := dialer.Dial(network, addr)
	if err != nil {
		return nil, err
	}
	return newSocket(rec, name, "dialled "+network+" "+addr, conn, deaf), nil
}

// smallReceiveBuffer sets the smallest receive buffer before connect, which fixes
// the window of a TCP connection (tcp(7), SO_RCVBUF).
func smallReceiveBuffer(raw syscall.RawConn) (err error) {
	if err2 := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, 1)
	}); err2 != nil {
		return err2
	}
	return err
}

// Accept accepts the next caller of a listener. The error is the listener's, or
// os.ErrDeadlineExceeded.
func Accept(rec *recording.Recording, name string, l net.Listener, deadline time.Time) (*Socket, error) {
	if l, ok := l.(interface{ SetDeadline(time.Time) error }); ok {
		l.SetDeadline(deadline)
	}
	conn, err := l.Accept()
	if err != nil {
		return nil, err
	}
	return newSocket(rec, name, "accepted at "+l.Addr().String(), conn, false), nil
}

func newSocket(rec *recording.Recording, name, role string, conn net.Conn, deaf bool) *Socket {
	network := conn.LocalAddr().Network()
	s := &Socket{
		name: name, role: role, conn: conn, started: time.Now(), deaf: deaf,
		stream: strings.HasPrefix(network, "tcp") || network == "unix",
		buffer: newBuffer(), transcript: newTranscript(rec, name), ended: make(chan struct{}),
	}
	if !deaf {
		s.hear()
	}
	return s
}

// Inode is the number by which the system knows the socket; 0 if it is closed.
func (s *Socket) Inode() uint64 {
	if c, ok := s.conn.(syscall.Conn); ok {
		return procfs.Inode(c)
	}
	return 0
}

// LocalAddr is the socket's own address.
func (s *Socket) LocalAddr() net.Addr { return s.conn.LocalAddr() }

// RemoteAddr is the other side's address.
func (s *Socket) RemoteAddr() net.Addr { return s.conn.RemoteAddr() }

func (s *Socket) Name() string   { return s.name }
func (s *Socket) Role() string   { return s.role }
func (s *Socket) Screen() string { return s.transcript.stream() }

// hear begins to read, once. A deaf socket then gets a larger buffer. With a window
// of 1000 bytes, each 1000 bytes of a long text wait for a busy machine's scheduler:
// 620 kB at 20 ms each took 22 s, against 0.4 s.
func (s *Socket) hear() {
	s.hearing.Do(func() {
		s.hears.Store(true)
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
			s.transcript.add(printed, buf[:n], s.stream)
			s.buffer.add(buf[:n])
		}
		if err == nil {
			continue
		}
		how := HowEnded(err)
		if how != "" {
			s.transcript.add(exited, []byte(how), false)
		}
		s.mu.Lock()
		s.end = End{how, time.Since(s.started)}
		s.mu.Unlock()
		s.buffer.end()
		return
	}
}

// HowEnded says how a connection ended, by the error of a read: "closed" or "reset" by
// the other side, "timeout" when the own kernel gave up (ETIMEDOUT), or an error by
// name, as "EHOSTUNREACH"; "" if the socket was closed here.
func HowEnded(err error) string {
	var errno syscall.Errno
	switch {
	case err == io.EOF:
		return "closed"
	case errors.Is(err, net.ErrClosed):
		return ""
	case !errors.As(err, &errno) || unix.ErrnoName(errno) == "":
		return Cause(err).Error()
	case errno == syscall.ECONNRESET:
		return "reset"
	case errno == syscall.ETIMEDOUT:
		return "timeout"
	}
	return unix.ErrnoName(errno)
}

// Hears reports whether the socket reads.
func (s *Socket) Hears() bool { return s.hears.Load() }

// Expect waits for bytes that match.
func (s *Socket) Expect(p *Pattern, deadline time.Time) (Match, error) {
	s.hear()
	return s.buffer.match(p, deadline)
}

// Absent reports whether the pattern came within d.
func (s *Socket) Absent(p *Pattern, d time.Duration) (Match, bool) {
	s.hear()
	return s.buffer.absent(p, d)
}

// Send writes the bytes of text; enter is ignored.
func (s *Socket) Send(text string, _ bool, deadline time.Time) error {
	s.conn.SetWriteDeadline(deadline)
	// The answer may arrive before Write has returned.
	s.transcript.add(typed, []byte(text), s.stream)
	if n, err := io.WriteString(s.conn, text); err != nil {
		s.transcript.undo(typed, len(text)-n)
		return fmt.Errorf("write %d bytes: %d written: %w", len(text), n, Cause(err))
	}
	return nil
}

// CloseWrite shuts down the sending half: the other side receives the end of the
// stream, and can still answer (shutdown(2), SHUT_WR).
func (s *Socket) CloseWrite(time.Time) error {
	half, ok := s.conn.(interface{ CloseWrite() error })
	if !ok {
		return fmt.Errorf("half-close: a %s socket can't", s.conn.LocalAddr().Network())
	}
	s.transcript.add(halfClosed, nil, false)
	if err := half.CloseWrite(); err != nil {
		s.transcript.undo(halfClosed, 0)
		return fmt.Errorf("half-close: %w", Cause(err))
	}
	return nil
}

// Reset closes the connection with RST instead of FIN (socket(7), SO_LINGER with a
// time of 0).
func (s *Socket) Reset() error {
	tcp, ok := s.conn.(*net.TCPConn)
	if !ok {
		return fmt.Errorf("reset: %s has no RST", s.conn.LocalAddr().Network())
	}
	if err := tcp.SetLinger(0); err != nil {
		return fmt.Errorf("reset: %w", Cause(err))
	}
	s.transcript.add(reset, nil, false)
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

// Unmatched is the bytes that came and no expectation has matched.
func (s *Socket) Unmatched() []byte { return s.buffer.unmatched() }

// Settle waits for the end of a socket that reads.
func (s *Socket) Settle(deadline time.Time) {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case <-s.ended:
	case <-timer.C:
	}
}

// Waiting, Spent, MayBeTyped and Silence are constant: a socket runs nothing and has
// no terminal.
func (s *Socket) Waiting() bool          { return true }
func (s *Socket) Spent() time.Duration   { return 0 }
func (s *Socket) MayBeTyped(string) bool { return false }
func (s *Socket) Silence() string        { return "" }

// End is how the other side ended the connection, if it has.
func (s *Socket) End() End {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end
}

// State says whether the connection is still open.
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

// Cause is the innermost error, in the kernel's own words.
func Cause(err error) error {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err
}

// Heard is the number of bytes that the socket has received.
func (s *Socket) Heard() int { return s.buffer.heard() }

// Forgotten is the number of received bytes that no expectation can match any more.
func (s *Socket) Forgotten() int { return s.buffer.forgotten() }
