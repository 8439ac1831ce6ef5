package crowd

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"

	"socklab/tools/cli"
)

// lineMax is how much of a line we compare, in bytes. Each caller has a buffer
// of that size: a kilobyte is a megabyte for a thousand.
const lineMax = 1024

// A caller is one connection of the crowd.
type caller struct {
	conn    *net.TCPConn
	number  int         // from 1; its name ends in it
	leaving atomic.Bool // it has said goodbye

	// Only the account uses the rest.
	last  int // the number of the last arrival that it was told, or 0
	lines int // how many lines it has heard, since all are here
}

// A report is what one caller has heard: one of these.
type report struct {
	from     *caller
	welcomed bool
	joined   int    // the number of one of the crowd who has come
	line     string // what somebody who is not of the crowd said
	ended    bool   // the stream, as it should
	err      error
}

// closing is the room's farewell.
const closing = "* the room is closing"

// listen reports what a caller hears, to the end. It leaves out strangers who
// come and go, and members of the crowd who leave.
func (w *caller) listen(name string, all int, reports chan<- report) {
	defer w.conn.Close()
	in := bufio.NewReaderSize(w.conn, lineMax)
	farewell := false
	for {
		piece, more, err := in.ReadLine()
		line := string(piece)
		for more && err == nil {
			_, more, err = in.ReadLine() // the rest of a long line
		}
		switch {
		case err == io.EOF && (farewell || w.leaving.Load()):
			reports <- report{from: w, ended: true}
			return
		case err == io.EOF:
			reports <- report{from: w, err: errors.New("receive: the server has gone")}
			return
		case err != nil:
			reports <- report{from: w, err: fmt.Errorf("receive: %w", cli.Cause(err))}
			return
		case strings.HasPrefix(line, "* welcome"):
			reports <- report{from: w, welcomed: true}
		case strings.HasPrefix(line, "* name refused") || strings.HasPrefix(line, "* goodbye"):
			// Quoted: a server's text may hold a command to our terminal.
			reports <- report{from: w, err: fmt.Errorf("the server said to %s%d: %q", name, w.number, line[len("* "):])}
			return
		case line == closing:
			farewell = true
			reports <- report{from: w, line: line}
		case !strings.HasPrefix(line, "* "):
			reports <- report{from: w, line: line}
		default:
			if n := joined(line, name); 1 <= n && n <= all {
				reports <- report{from: w, joined: n}
			}
		}
	}
}

// joined is the number in "* NAMEnumber joined", or 0.
func joined(line, name string) int {
	digits, ok := strings.CutPrefix(line, "* "+name)
	if !ok {
		return 0
	}
	digits, ok = strings.CutSuffix(digits, " joined")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil {
		return 0
	}
	return n
}
