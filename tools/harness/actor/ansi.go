//go:build unix

package actor

// plain removes control sequences, control strings and the other sequences that
// begin with ESC, which move the cursor, set colours and the like (ECMA-48, 5.3 to
// 5.6; ECMA-35, 13). For each byte left, ends has the position behind it in text. An
// unfinished sequence is removed too.
func plain(text []byte) (left []byte, ends []int) {
	const (
		nothing   = iota
		escape    // after ESC
		between   // and after intermediate bytes
		sequence  // ESC [
		command   // ESC ], which ends in BEL, or at the end of the line if BEL is missing
		data      // another string, which ends in ESC \
		endOfData // after the ESC of ESC \
	)
	in := nothing
	for i, c := range text {
		keep := false
		switch {
		case c == 0x1b && (in == command || in == data):
			in = endOfData
		case c == 0x1b:
			in = escape
		case in == nothing:
			keep = true
		case c == 0x18, c == 0x1a: // CAN and SUB end any sequence
			in = nothing
		case in == command && (c == '\a' || c == '\n'):
			in, keep = nothing, c == '\n'
		case in == command, in == data:
		case in == endOfData && c == '\\':
			in = nothing
		case c < ' ': // a control character takes effect at once
			keep = true
		case c >= 0x7f:
			in, keep = nothing, true
		case in == sequence && c < '@', in == between && c < '0':
		case in == sequence, in == between:
			in = nothing
		case c == '[':
			in = sequence
		case c == ']':
			in = command
		case c == 'P', c == 'X', c == '^', c == '_':
			in = data
		case c < '0':
			in = between
		default:
			in = nothing
		}
		if keep {
			left, ends = append(left, c), append(ends, i+1)
		}
	}
	return left, ends
}
