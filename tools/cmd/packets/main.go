// Packets shows what passes on a network, a line for each packet.
//
//	packets [-i INTERFACE] [-acks] [-time] [-v] [-pcap FILE] [-- COMMAND [ARG...]]
//
// With COMMAND it needs no root: the command gets a network of its own.
package main

import (
	"socklab/tools/harness/entry"
	"socklab/tools/packets"
)

func main() { entry.Run(packets.Main) }
