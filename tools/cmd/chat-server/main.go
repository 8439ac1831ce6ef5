// Chat-server is a room where everyone hears everyone else.
//
//	chat-server [-name-within D] [-idle D] [-patience D] [-gone D] [ADDR]
//
// Read lessons/4.3-room.md.
package main

import (
	"socklab/tools/chat"
	"socklab/tools/harness/entry"
)

func main() { entry.Run(chat.ServerMain) }
