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
	if err := makeRoom(); err != nil {
		log.Fatalf("make room for the first descriptors: %v", err)
	}
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
		} else if !errors.Is(err, errTooLong) {
			log.Fatalf("read: %v", err)
		}
		if errors.Is(err, errLeave) {
			break
		}
		if err == nil {
			continue
		}
		failures++
		failed := (*callError)(nil)
		isAnswer := errors.As(err, &failed)
		switch {
		case lines.person && !isAnswer:
			fmt.Fprintf(sh.out, "? %v\n", err)
		case !lines.person && isAnswer:
			log.Printf("line %d: %s: %v", n, clip(line), err)
		case !lines.person:
			log.Printf("line %d: %v", n, err)
		}
		if !lines.person && !*keepGoing {
			os.Exit(1)
		}
	}
	if failures > 0 && !lines.person {
		os.Exit(1)
	}
}
