// Package packets shows what passes on a network, a line for each packet:
// handshakes, data, goodbyes, resets, datagrams and what the kernel says about
// them.
//
//	packets [-i INTERFACE] [-acks] [-time] [-v] [-pcap FILE] [-- COMMAND [ARG...]]
//
// Package capture reads and decodes them.
package packets

import (
	"flag"
	"fmt"
	"log"
	"os"

	"socklab/tools/harness/capture"
)

const usage = `usage: packets [-i INTERFACE] [-acks] [-time] [-v] [-pcap FILE] [-- COMMAND [ARG...]]

Prints a line for each packet: a connection's SYN, bytes, FIN and RST, with
bytes numbered from 1; UDP datagrams; ICMP.

With COMMAND, which needs no root: runs it on a network of its own, a loopback
that nobody else has. The lines go to stderr, for stdout is the command's; its
exit code is that of packets. Whatever it leaves running is killed.
Without, which needs root: shows INTERFACE (lo unless said) until ^C, on stdout.

  -i INTERFACE  where to look; packets on a loopback are shown once, as they leave
  -acks         show also acknowledgements, window updates, repetitions, probes
  -time         begin each line with the seconds since the first packet
  -v            show numbers, windows and options too; and how hosts find each other
  -pcap FILE    write whole packets to FILE, for Wireshark
`

// Main is the program packets.
func Main() {
	log.SetFlags(0)
	log.SetPrefix("packets: ")
	var o capture.Options
	flag.BoolVar(&o.Acks, "acks", false, "")
	flag.BoolVar(&o.Time, "time", false, "")
	flag.BoolVar(&o.Verbose, "v", false, "")
	on := flag.String("i", "", "")
	pcap := flag.String("pcap", "", "")
	flag.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	flag.BoolFunc("h", "", func(string) error { must(fmt.Print(usage)); os.Exit(0); return nil })
	flag.Parse()
	dashes := os.Args[len(os.Args)-flag.NArg()-1] == "--"
	if dashes != (flag.NArg() > 0) || dashes && *on != "" {
		flag.Usage()
		os.Exit(2)
	}
	if dashes {
		os.Exit(watchCommand(flag.Args(), o, *pcap))
	}
	if *on == "" {
		*on = "lo"
	}
	os.Exit(watchInterface(*on, o, *pcap))
}

// fail says what failed, and returns the exit code for it.
func fail(what string, err error) int {
	log.Printf("%s: %v", what, err)
	return 1
}

// must ends the program with 1 when its output can't be written.
func must(_ int, err error) {
	if err != nil {
		log.Fatal(err)
	}
}
