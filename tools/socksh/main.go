package socksh

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
)

const usage = `usage: socksh [-keep-going]

A shell whose commands are the functions of the socket API. Type help.
Read from a file or a pipe, it stops at the first call that fails.

  -keep-going   don't stop at failures; exit 1 at the end if there were any
`

// Main is the program socksh.
func Main() {
	log.SetFlags(0)
	log.SetPrefix("socksh: ")
	keepGoing := flag.Bool("keep-going", false, "")
	flag.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	flag.BoolFunc("h", "", func(string) error { fmt.Print(usage); os.Exit(0); return nil })
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	makeRoom()
	sh := newShell(os.Stdout)
	lines := newLines(sh, os.Stdin, os.Stdout)
	if err := sh.handleInterrupt(lines.interrupted); err != nil {
		log.Fatalf("handle ^C: %v", err)
	}
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
		if errors.As(err, new(*lostError)) {
			log.Fatal(err)
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
