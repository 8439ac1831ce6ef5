// Package cli is what our programs share that is not about sockets: how they
// begin, how they read ADDR, how they print what a stranger sent, and how they
// say what failed. Socket calls and accept loops are the subject: they stand in
// each program.
//
// The harness does not use it. Its transcripts escape bytes in another way
// (\x1b, where a person at a terminal reads ␛), and a judge shares no code with
// what it judges.
package cli

import (
	"flag"
	"fmt"
	"log"
	"os"
)

// Begin names the program in what it logs, and defines -h. It comes before
// flag.Parse.
func Begin(name, usage string) {
	log.SetFlags(0)
	log.SetPrefix(name + ": ")
	flag.Usage = func() { fmt.Fprint(flag.CommandLine.Output(), usage) }
	help := func(string) error { Must(fmt.Print(usage)); os.Exit(0); return nil }
	flag.BoolFunc("h", "", help)
	flag.BoolFunc("help", "", help)
}

// Misused prints the usage to stderr and exits with 2.
func Misused() {
	flag.Usage()
	os.Exit(2)
}

// Must ends the program with 1 when its output can't be written: the program
// has failed, and its caller learns it from the exit code.
func Must(_ int, err error) {
	if err != nil {
		log.Fatalf("write: %v", Cause(err))
	}
}
