// Crowd is many callers in one room, who listen.
//
//	crowd [-n N] [-at-once N] [-name NAME] [-within D] [ADDR]
//
// Read lessons/4.5-crowd.md.
package main

import (
	"socklab/tools/crowd"
	"socklab/tools/harness/entry"
)

func main() { entry.Run(crowd.Main) }
