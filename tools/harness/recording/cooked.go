package recording

import "bytes"

// Cooked is a terminal's text as the terminal wrote it: each newline is the two
// characters that bring the cursor to the beginning of a line (termios(3), ONLCR).
// An event has the newline alone.
func Cooked(text []byte) []byte {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
}
