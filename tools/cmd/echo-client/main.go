// Echo-client connects, sends a text, receives the answer and prints it.
//
//	echo-client [-net NETWORK] [ADDR] TEXT
//
// NETWORK is tcp (the default), tcp4, tcp6, udp, unix, unixgram or unixpacket.
// Read lessons/1.1-echo.md.
package main

import (
	"socklab/tools/echo"
	"socklab/tools/harness/entry"
)

func main() { entry.Run(echo.ClientMain) }
