// Http-proxy takes HTTP requests, and passes each on to a server.
//
//	http-proxy [-to SERVER] [-tunnels PORTS] [-t DURATION] [ADDR]
//
// With -to all go to SERVER (a reverse proxy); without it each request says whom
// it is for (a forward proxy).
// Read lessons/5.6-through-others.md.
package main

import (
	"socklab/tools/harness/entry"
	"socklab/tools/httpproxy"
)

func main() { entry.Run(httpproxy.Main) }
