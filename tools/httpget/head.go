package httpget

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxHead is how many bytes of status lines and headers we take, those of
// interim answers included. The server decides how long they are, and we what we
// keep in memory. A body has no limit: only one piece of it is ever kept.
const maxHead = 1 << 20

// readHead returns the status line and headers, as they came and parsed.
// Interim answers ("100 Continue", "103 Early Hints") are read and skipped:
// they say that the real one is still to come. A client must be able to read
// "one or more" (RFC 9110, section 15.2), and no number is too many: a hundred
// are as good as one. What has an end is the room for them.
func readHead(stream *bufio.Reader) ([]byte, *http.Response, error) {
	for room := maxHead; ; {
		head, err := untilEmptyLine(stream, room)
		if err == errNoRoom && room < maxHead {
			return nil, nil, fmt.Errorf("interim answers and no other within %d bytes", maxHead)
		}
		if err != nil {
			return nil, nil, err
		}
		room -= len(head)
		// ReadResponse sees the head again, then the rest of the stream.
		again := io.MultiReader(bytes.NewReader(head), stream)
		answer, err := http.ReadResponse(bufio.NewReader(again), nil)
		if err != nil {
			return nil, nil, fmt.Errorf("not HTTP: %.200v", err)
		}
		// 101 is final too: the server speaks another protocol from here on.
		if answer.StatusCode >= 200 || answer.StatusCode == http.StatusSwitchingProtocols {
			return head, answer, nil
		}
	}
}

var errNoRoom = fmt.Errorf("no empty line within %d bytes", maxHead)

// untilEmptyLine reads lines as they came, up to and including an empty one, or
// until there is no room. A receive knows nothing of lines: it may bring half
// of one, or fifty.
func untilEmptyLine(stream *bufio.Reader, room int) ([]byte, error) {
	var head []byte
	for len(head) <= room {
		line, err := stream.ReadSlice('\n')
		if len(head) == 0 && len(line) > 0 && !startsHTTP(line) {
			return nil, fmt.Errorf("not HTTP: the answer begins with %.40q", line)
		}
		head = append(head, line...)
		switch {
		case err == io.EOF && len(head) == 0:
			return nil, errors.New("closed without an answer")
		case err == io.EOF:
			return nil, fmt.Errorf("cut short: %d bytes came, and no empty line", len(head))
		case err != nil && err != bufio.ErrBufferFull:
			return nil, err
		case bytes.HasSuffix(head, []byte("\n\r\n")), bytes.HasSuffix(head, []byte("\n\n")):
			return head, nil
		}
	}
	return nil, errNoRoom
}

// startsHTTP says whether line is the beginning of a status line, or of a
// piece of one: everything in HTTP starts by saying that it is HTTP.
func startsHTTP(line []byte) bool {
	const magic = "HTTP/"
	n := min(len(line), len(magic))
	return string(line[:n]) == magic[:n]
}
