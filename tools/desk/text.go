package desk

import (
	"bufio"
	"log"
)

// typedMax is the longest typed line we take, in bytes. A terminal gives no
// more than this anyway (it cuts silently); a file or a pipe can.
const typedMax = 4095

// typed returns the next typed line that can be sent, without its newline,
// and io.EOF after ^D. A line that can't be sent is refused with a note.
func typed(in *bufio.Reader) ([]byte, error) {
	for {
		line, more, err := in.ReadLine()
		switch {
		case err != nil:
			return nil, err
		case more: // the buffer is full, and the line goes on
			log.Printf("send: refused, the line is longer than %d bytes", typedMax)
			for more && err == nil {
				_, more, err = in.ReadLine()
			}
		case len(line) == 0:
			// Write would send nothing, and the other side's Read would go on
			// waiting: on a stream, no bytes can't be a message.
			log.Print("send: refused, the line is empty")
		default:
			return line, nil
		}
	}
}
