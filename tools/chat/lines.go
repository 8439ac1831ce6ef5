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

// A lineReader cuts a stream into lines. How the bytes came, in one receive or
// in twenty, makes no difference any more.
type lineReader struct {
	in   *bufio.Reader
	skip bool // we are in the middle of a line that is too long
}

// The reader's buffer is all the memory a line gets.
func newLineReader(stream io.Reader) *lineReader {
	return &lineReader{in: bufio.NewReaderSize(stream, lineMax+len("\r\n"))}
}

// next returns the next line without its end, which is valid until the call
// after; errLong, as soon as that is certain; or the error of the stream. What
// stands between the last newline and the end of the stream is no line: nobody
// can know whether that was all of it.
func (l *lineReader) next() ([]byte, error) {
	for {
		line, err := l.in.ReadSlice('\n')
		full := err == bufio.ErrBufferFull // and no line end in it
		if err != nil && !full {
			return nil, err
		}
		skipped := l.skip
		l.skip = full
		if skipped {
			continue // a bufferful at a time, up to the newline
		}
		// nc on Windows and telnet end a line with CR LF.
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		if full || len(line) > lineMax {
			return nil, errLong
		}
		return line, nil
	}
}
