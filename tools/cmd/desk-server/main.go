// Desk-server shows what callers say; the operator's typed lines answer them.
//
//	desk-server [ADDR]
//
// Read lessons/4.1-desk.md.
package main

import (
	"socklab/tools/desk"
	"socklab/tools/harness/entry"
)

func main() { entry.Run(desk.ServerMain) }
