//go:build unix

package socksh

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"socklab/tools/cli"
)

const usage = `usage: socksh [-keep-going]

A shell whose commands are the functions of the socket API. Type help.
Read from a file or a pipe, it stops at the first call that fails. Sockets with
which it is started (LISTEN_FDS, sd_listen_fds(3)) have the numbers from 3 on.

  -keep-going   don't stop at failures; exit 1 at the end if there were any
`

// Main is the program socksh.
func Main() {
	cli.Begin("socksh", usage)
	keepGoing := flag.Bool("keep-going", false, "")
	flag.Parse()
	if flag.NArg() > 0 {
		cli.Misused()
	}
	given := makeRoom()
	sh := newShell(sure{os.Stdout})
	for _, fd := range given {
		sh.add(fd)
	}
	lines := newLines(sh, os.Stdin, os.Stdout)
	if err := sh.handleInterrupt(lines.interrupted); err != nil {
		log.Fatalf("handle ^C: %v", err)
	}
	sh.edited = lines.editor != nil
	failures := 0
	for n := 1; ; n++ {
		line, err := lines.next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = sh.run(line)
		} else if !errors.As(err, new(*tooLong)) {
			log.Fatalf("read: %v", err)
		}
		if errors.Is(err, errLeave) {
			break
		}
		if err == nil {
			continue
		}
		answered := errors.As(err, new(*callError))
		if lines.person {
			if !answered {
				fmt.Fprintf(sh.out, "? %v\n", err)
			}
			continue
		}
		if answered {
			err = fmt.Errorf("%s: %w", clip(line), err)
		}
		log.Printf("line %d: %v", n, err)
		if !*keepGoing {
			os.Exit(1)
		}
		failures++
	}
	if failures > 0 {
		os.Exit(1)
	}
}

// sure ends the program when its output can't be written: then it has failed, and
// its caller must know.
type sure struct{ io.Writer }

func (s sure) Write(b []byte) (int, error) {
	n, err := s.Writer.Write(b)
	if err != nil {
		log.Fatal(err)
	}
	return n, nil
}
