package httpget

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"

	"socklab/tools/cli"
)

// pieceSize is how many bytes one receive asks for. The tutorial's 1024 work as
// well, but a large page then takes 256 times the system calls.
const pieceSize = 256 << 10

// view is where the parts of an answer go.
type view struct {
	raw     io.Writer // every byte as it came
	head    io.Writer // status lines and headers, up to the empty line before the body
	size    io.Writer // of chunks: the lines with their sizes, and the ends behind them
	body    io.Writer // the body, decoded
	trailer io.Writer // what follows the last chunk, up to the empty line
	behind  io.Writer // what comes behind the end

	headOnly   bool // the body isn't wanted
	untilClose bool // also what comes behind the end of the answer
	followed   bool // the body of a redirect isn't wanted
}

// nowhere is a view of nothing.
func nowhere() view {
	return view{raw: io.Discard, head: io.Discard, size: io.Discard, body: io.Discard, trailer: io.Discard, behind: io.Discard}
}

// An answer is read from a connection, after each request.
type answer struct {
	in     *wire
	stream *bufio.Reader
	framed string // how the body's end was found; "" if it was not
}

// receive reads one answer to its end. The bytes are copied to raw before
// anybody looks at them: what isn't HTTP is shown too, and then complained of.
func (a *answer) receive(q request, look view) (head, error) {
	head, err := a.read(q, look)
	if failed := failedWrite(err); failed != nil {
		return head, failed
	}
	if !look.untilClose {
		return head, err
	}

	// Raw means until the server closes, even when the answer was complete
	// before. Bytes beyond its end are shown, and change nothing.
	_, rest := io.Copy(look.behind, a.stream)
	if failed := failedWrite(rest); failed != nil {
		return head, failed
	}
	if err == nil && errors.Is(rest, os.ErrDeadlineExceeded) && head.status != 101 {
		log.Printf("hint: the answer is complete, but the server did not close within %v", a.in.limit)
	}
	return head, err
}

// read reads the head, then the body to the end that the head announced.
func (a *answer) read(q request, look view) (head, error) {
	a.framed = ""
	url := q.to.url
	head, err := readHead(a.stream, look.head)
	if err != nil {
		return head, fmt.Errorf("read headers of %s: %w", url, a.in.why(err))
	}
	remark(head, q)
	body, err := head.body(q.method, a.stream, look)
	if err != nil {
		return head, fmt.Errorf("read headers of %s: %w", url, err)
	}
	if look.headOnly {
		return head, nil // the body may have no end
	}
	show := look.body
	if look.followed && head.status/100 == 3 {
		show = io.Discard
	}

	piece := make([]byte, pieceSize)
	var came int64
	for {
		n, why := body.Read(piece)
		came += int64(n)
		if _, err := show.Write(piece[:n]); err != nil {
			return head, err
		}
		if why == io.EOF {
			a.framed = body.framed
			return head, nil
		}
		if why == nil {
			continue
		}
		err = fmt.Errorf("read body of %s: %w: %d", url, a.in.why(why), came)
		switch {
		case body.length >= 0:
			return head, fmt.Errorf("%w of %d bytes came", err, body.length)
		case why == io.ErrUnexpectedEOF || why == a.in.err:
			return head, fmt.Errorf("%w bytes came, and the end is missing", err)
		}
		return head, fmt.Errorf("%w bytes came", err)
	}
}

// why explains the two ways to be left waiting: our timeout is over, or the
// stream has ended. Other errors it leaves as they are.
func (w *wire) why(err error) error {
	switch {
	case failedWrite(err) != nil:
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("nothing came for %v", w.limit)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("cut short")
	}
	return cli.Cause(err)
}

// failedWrite tells our own disk's errors from the server's, and returns nil for
// the latter. If the reader of stdout has left (| head -1), that is no error: the
// kernel ends us with SIGPIPE, quietly, as it does cat.
func failedWrite(err error) error {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return fmt.Errorf("write %s: %w", failed.Path, failed.Err)
	}
	return nil
}
