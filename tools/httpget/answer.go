package httpget

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
)

// pieceSize is how many bytes one receive asks for. The tutorial's 1024 work
// as well, with 256 times the system calls for a large page.
const pieceSize = 256 << 10

// view is where the parts of an answer go.
type view struct {
	raw  io.Writer // every byte as it came
	head io.Writer // the final status line and headers, and the empty line
	body io.Writer // the body, decoded
}

// receive reads one answer to its end. The bytes are copied to raw before
// anybody looks at them: what isn't HTTP is shown too, and then complained of.
func receive(in *wire, url string, look view) error {
	stream := bufio.NewReaderSize(io.TeeReader(in, look.raw), pieceSize)
	err := readAnswer(stream, in, url, look)
	if failed := failedWrite(err); failed != nil {
		return failed
	}
	if look.raw == io.Discard {
		return err
	}

	// Raw means until the server closes, even when the answer was complete
	// before: bytes sent beyond its end are shown, and change nothing.
	_, rest := io.Copy(io.Discard, stream)
	if failed := failedWrite(rest); failed != nil {
		return failed
	}
	if err == nil && errors.Is(rest, os.ErrDeadlineExceeded) {
		log.Printf("hint: the answer is complete, but the server did not close within %v", in.limit)
	}
	return err
}

// readAnswer reads the head, then the body to the end that the head announced.
func readAnswer(stream *bufio.Reader, in *wire, url string, look view) error {
	head, answer, err := readHead(stream)
	if err != nil {
		return fmt.Errorf("read headers of %s: %w", url, in.why(err))
	}
	if _, err := look.head.Write(head); err != nil {
		return err
	}
	// "Ask there instead" is an answer too, and a whole one. A browser would do
	// so; we say where, and leave it to you whether you want to go.
	if to := answer.Header.Get("Location"); to != "" && answer.StatusCode/100 == 3 {
		log.Printf("redirect %d is not followed: it leads to %.200s", answer.StatusCode, visible(to))
	}

	// Three ways to say where a body ends: Content-Length counts its bytes;
	// "chunked" cuts it into counted pieces, the last one empty; without
	// either, it ends when the server closes (RFC 9112, section 6.3).
	// ReadResponse found out which, and Body knows when it was cut short.
	piece := make([]byte, pieceSize)
	var came int64
	for {
		n, err := answer.Body.Read(piece)
		came += int64(n)
		if _, err := look.body.Write(piece[:n]); err != nil {
			return err
		}
		if err == io.EOF {
			return nil
		}
		if err == nil {
			continue
		}
		switch in.err { // the stream is over, the body isn't
		case io.EOF:
			err = io.ErrUnexpectedEOF
		case errNoGoodbye:
			err = errNoGoodbye
		}
		if answer.ContentLength < 0 {
			return fmt.Errorf("read body of %s: %w: %d bytes came, and the end is missing", url, in.why(err), came)
		}
		return fmt.Errorf("read body of %s: %w: %d of %d bytes came", url, in.why(err), came, answer.ContentLength)
	}
}

// why puts the two ways to be left waiting in words, our patience ended or the
// stream did, and leaves other errors to speak for themselves.
func (w *wire) why(err error) error {
	switch {
	case failedWrite(err) != nil:
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("nothing came for %v", w.limit)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("cut short")
	}
	return cause(err)
}

// failedWrite tells our own disk's errors from the server's, and returns nil
// for the latter. A reader of stdout who has left (| head -1) is no error: the
// kernel ends us with SIGPIPE, quietly, as it does cat.
func failedWrite(err error) error {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return fmt.Errorf("write %s: %w", failed.Path, failed.Err)
	}
	return nil
}
