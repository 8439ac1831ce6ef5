package wsdoor

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"socklab/tools/cli"
)

const (
	messageMax   = 4096             // bytes of a message, as of a line in the room
	lineMax      = 16 << 10         // bytes of a line from the server
	writeTimeout = 10 * time.Second // the longest wait for a side to take a frame or a line
	pingAfter    = 30 * time.Second // of silence we ask whether the browser is there,
	patience     = 75 * time.Second // and after so much it is not
	goodbye      = time.Second      // the longest wait for its close,
	drainMax     = 1 << 20          // and bytes that we read meanwhile
)

// A seat is a browser's connection, and one to the server for it.
type seat struct {
	conn   *net.TCPConn
	in     *bufio.Reader // of conn: frames may have come with the handshake
	server *net.TCPConn

	mu   sync.Mutex // held while a frame is written, so that none gets into another
	said bool       // our close: no frame may follow it
}

// talk passes on both ways until both sides have said goodbye.
func (s *seat) talk() error {
	over := make(chan bool)
	ended := make(chan bool)
	go func() {
		s.tell()
		s.write(opClose, closeCode(goingAway)) // unless the browser's was first
		s.conn.SetReadDeadline(time.Now().Add(goodbye))
		close(ended)
	}()
	go func() {
		for {
			select {
			case <-over:
				return
			case <-time.After(pingAfter):
				s.write(opPing, nil)
			}
		}
	}()
	err := s.listen(ended)
	close(over)
	code := uint16(normal)
	if wrong := (violation{}); errors.As(err, &wrong) {
		code = wrong.code
	}
	s.write(opClose, closeCode(code))
	s.server.CloseWrite() // whoever sits there has left
	s.server.SetReadDeadline(time.Now().Add(goodbye))
	<-ended
	// The browser closes when it has our close. What it says until then is read: a
	// close with bytes unread would be a reset.
	s.conn.CloseWrite()
	s.conn.SetReadDeadline(time.Now().Add(goodbye))
	io.CopyN(io.Discard, s.in, drainMax)
	return err
}

// tell makes a message of each line that the server says.
func (s *seat) tell() {
	lines := bufio.NewScanner(s.server)
	lines.Buffer(nil, lineMax)
	for lines.Scan() {
		// Text is UTF-8, or the browser hangs up (RFC 6455, section 8.1).
		if s.write(opText, []byte(strings.ToValidUTF8(lines.Text(), "\uFFFD"))) != nil {
			return
		}
	}
}

// listen makes a line of each message that the browser says, until it says goodbye
// (nil) or has gone.
func (s *seat) listen(ended chan bool) error {
	var message []byte
	begun := false // a message whose other frames are to come
	for {
		select {
		case <-ended: // the clock is that of the goodbye
		default:
			s.conn.SetReadDeadline(time.Now().Add(patience))
		}
		f, err := readFrame(s.in)
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		switch f.op {
		case opPing:
			s.write(opPong, f.payload)
			continue
		case opPong:
			continue
		case opClose:
			return nil
		case opText, opMore:
			if begun != (f.op == opMore) {
				return violation{protocolError, "a message within another"}
			}
		default:
			return violation{unsupported, fmt.Sprintf("a frame of kind %d; this is a room for text", f.op)}
		}
		message, begun = append(message, f.payload...), !f.last
		if len(message) > messageMax {
			return violation{tooBig, fmt.Sprintf("a message of more than %d bytes", messageMax)}
		}
		if begun {
			continue
		}
		if !utf8.Valid(message) {
			return violation{notText, "a text that is not UTF-8"}
		}
		// A message has an end of its own. For the room a newline is the end, so
		// within a message it can't stay one.
		line := strings.ReplaceAll(string(message), "\n", " ") + "\n"
		message = message[:0]
		s.server.SetWriteDeadline(time.Now().Add(writeTimeout))
		if _, err := io.WriteString(s.server, line); err != nil {
			return fmt.Errorf("pass on to %v: %w", s.server.RemoteAddr(), cli.Cause(err))
		}
	}
}

// write sends a frame, whole and by itself.
func (s *seat) write(op byte, payload []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.said {
		return net.ErrClosed
	}
	s.said = op == opClose
	s.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	_, err := s.conn.Write(newFrame(op, payload))
	return err
}

func closeCode(code uint16) []byte { return binary.BigEndian.AppendUint16(nil, code) }
