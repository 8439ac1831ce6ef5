package wsdoor

import (
	"encoding/binary"
	"io"
)

// The kinds of frames (RFC 6455, section 5.2).
const (
	opMore  = 0x0 // the message goes on
	opText  = 0x1
	opClose = 0x8
	opPing  = 0x9
	opPong  = 0xa
)

// Why a connection is closed (RFC 6455, section 7.4.1).
const (
	normal        = 1000
	goingAway     = 1001
	protocolError = 1002
	unsupported   = 1003
	notText       = 1007
	tooBig        = 1009
)

// A violation is what a browser must not send. Code tells it so.
type violation struct {
	code uint16
	what string
}

func (v violation) Error() string { return v.what }

// A frame is a piece of a message, or a word about the connection.
type frame struct {
	last    bool // of its message
	op      byte
	payload []byte
}

// readFrame reads a frame from a browser: two bytes of what it is and how long, a
// longer length if it needs one, four bytes of the mask, the payload.
func readFrame(in io.Reader) (f frame, err error) {
	var head [8]byte
	if _, err := io.ReadFull(in, head[:2]); err != nil {
		return f, err
	}
	f.last, f.op = head[0]&0x80 != 0, head[0]&0x0f
	masked, size := head[1]&0x80 != 0, uint64(head[1]&0x7f)
	switch {
	case head[0]&0x70 != 0:
		return f, violation{protocolError, "a bit that nobody has agreed on"}
	case !masked:
		return f, violation{protocolError, "a frame without a mask"}
	case f.op >= opClose && (size > 125 || !f.last):
		return f, violation{protocolError, "a long word about the connection, or a piece of one"}
	case size == 126:
		_, err = io.ReadFull(in, head[:2])
		size = uint64(binary.BigEndian.Uint16(head[:]))
	case size == 127:
		_, err = io.ReadFull(in, head[:8])
		size = binary.BigEndian.Uint64(head[:])
	}
	if err != nil {
		return f, err
	}
	// The length is a stranger's: no memory before it is known to be small.
	if size > messageMax {
		return f, violation{tooBig, "a frame that is too long"}
	}
	mask := head[:4]
	if _, err := io.ReadFull(in, mask); err != nil {
		return f, err
	}
	f.payload = make([]byte, size)
	if _, err := io.ReadFull(in, f.payload); err != nil {
		return f, err
	}
	for i := range f.payload {
		f.payload[i] ^= mask[i%4]
	}
	return f, nil
}

// newFrame is a frame for a browser: whole, and without a mask.
func newFrame(op byte, payload []byte) []byte {
	frame := []byte{0x80 | op}
	if size := len(payload); size <= 125 {
		frame = append(frame, byte(size))
	} else {
		frame = binary.BigEndian.AppendUint16(append(frame, 126), uint16(size))
	}
	return append(frame, payload...)
}
