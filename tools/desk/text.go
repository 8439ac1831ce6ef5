package desk

import (
	"bufio"
	"errors"
	"log"
	"strings"
	"unicode"
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

// visible returns what came from the network in a form that is safe to print:
// control characters as their pictures, what can't be seen as U+FFFD.
func visible(b []byte) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ':
			return '␀' + r
		case r == 0x7f:
			return '␡'
		case !unicode.IsGraphic(r):
			return unicode.ReplacementChar
		}
		return r
	}, string(b))
}

// cause returns the innermost reason of an error of package net.
func cause(err error) error {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err
}
