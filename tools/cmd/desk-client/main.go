// Desk-client alternates: a typed line goes out, one answer comes back.
//
//	desk-client [ADDR]
//
// Read lessons/4.1-desk.md.
package main

import (
	"socklab/tools/desk"
	"socklab/tools/harness/entry"
)

func main() { entry.Run(desk.ClientMain) }
