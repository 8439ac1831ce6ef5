// Http-serve is a web server to talk to, made with Go's net/http.
//
//	http-serve [-q] [-d DIR] [ADDR]
//
// It serves the files of DIR, and a few answers worth looking at.
// Read lessons/5.3-real-servers.md.
package main

import (
	"socklab/tools/harness/entry"
	"socklab/tools/httpserve"
)

func main() { entry.Run(httpserve.Main) }
