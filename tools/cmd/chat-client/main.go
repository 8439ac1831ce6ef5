// Chat-client talks and listens in a room at the same time.
//
//	chat-client -name NAME [ADDR]
//
// Read lessons/4.3-room.md.
package main

import (
	"socklab/tools/chat"
	"socklab/tools/harness/entry"
)

func main() { entry.Run(chat.ClientMain) }
