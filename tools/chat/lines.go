package chat

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// lineMax is the longest line a caller may send, in bytes, its end not
// counted. Without a limit one endless line would fill our memory.
const lineMax = 4096

// errLong is a line of more than lineMax bytes. The rest of it is skipped.
var errLong = errors.New("line too long")

// pieceMax is how many bytes we read at once. Each caller has a buffer of that
// size for as long as it is here; most lines are shorter, most callers silent.
const pieceMax = 512

// A lineReader cuts a stream into lines. How the bytes came, in one receive or
// in twenty, makes no difference any more.
type lineReader struct {
	in   *bufio.Reader
	line []byte // a line of more than one piece, as much of it as has come
	skip bool   // we are in the middle of a line that is too long
}

func newLineReader(stream io.Reader) *lineReader {
	return &lineReader{in: bufio.NewReaderSize(stream, pieceMax)}
}

// next returns the next line without its end; the line is valid until the next
// call. It returns errLong as soon as a line is too long, or the error of the
// stream. Bytes between the last newline and the end of the stream are no line:
// nobody can know whether that was all of it.
func (l *lineReader) next() ([]byte, error) {
	l.line = nil
	for {
		line, err := l.in.ReadSlice('\n')
		more := err == bufio.ErrBufferFull // no line end in this piece
		if err != nil && !more {
			return nil, err
		}
		if l.skip {
			l.skip = more
			continue
		}
		if more || l.line != nil {
			l.line = append(l.line, line...)
			line = l.line
		}
		if more && len(line) < lineMax+len("\r\n") {
			continue
		}
		// nc on Windows and telnet end a line with CR LF.
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		if more || len(line) > lineMax {
			l.skip = more
			return nil, errLong
		}
		return line, nil
	}
}
