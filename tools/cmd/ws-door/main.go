// Ws-door lets browsers into a server that speaks lines: each message of their
// WebSocket is a line, and each line a message.
//
//	ws-door [-to SERVER] [ADDR]
//
// Read lessons/5.7-upgrade.md.
package main

import (
	"socklab/tools/harness/entry"
	"socklab/tools/wsdoor"
)

func main() { entry.Run(wsdoor.Main) }
