// Socksh is a shell whose commands are the functions of the socket API.
//
//	socksh [-keep-going]
//
// Read from a file or a pipe, it stops at the first call that fails. Sockets with
// which it is started (LISTEN_FDS, sd_listen_fds(3)) have the numbers from 3 on.
// Read lessons/1.3-flow.md.
package main

import (
	"socklab/tools/harness/entry"
	"socklab/tools/socksh"
)

func main() { entry.Run(socksh.Main) }
