// Http-get asks a web server for a page, over a plain socket.
//
//	http-get [-i | -body] [-o FILE] [-t DURATION] URL
//
// It prints the response's bytes as they came; with -i the status line and
// headers alone, with -body the decoded body alone.
// Read lessons/5.1-http-get.md.
package main

import "socklab/tools/httpget"

func main() { httpget.Main() }
