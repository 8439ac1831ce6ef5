// Http-get asks a web server for a page, over a plain socket, or, for an https
// URL, over one that is sealed with TLS.
//
//	http-get [-i | -body] [-o FILE] [-t DURATION] [-to ADDR] [-cacert FILE] URL
//
// It prints the response's bytes as they came; with -i the status line and
// headers alone, with -body the decoded body alone.
// Read lessons/5.1-http-get.md, then lessons/5.4-https.md.
package main

import (
	"socklab/tools/harness/entry"
	"socklab/tools/httpget"
)

func main() { entry.Run(httpget.Main) }
