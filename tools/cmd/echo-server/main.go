// Echo-server answers "hello " and the bytes it received, then closes.
//
//	echo-server [-k] [-net NETWORK] [ADDR]
//
// With -k it keeps serving: many callers, until each of them closes. NETWORK is
// tcp (the default), tcp4, tcp6, udp, unix, unixgram or unixpacket.
// Read lessons/1.1-echo.md.
package main

import (
	"socklab/tools/echo"
	"socklab/tools/harness/entry"
)

func main() { entry.Run(echo.ServerMain) }
