// Tls-door is the door of a server that speaks no TLS: it takes TLS calls, and
// passes on what is said.
//
//	tls-door [-name NAME] [-days N] [-proxy] [-to SERVER] -cert FILE [ADDR]
//
// It makes a key and a certificate for NAME, and writes the certificate to FILE.
// Read lessons/5.4-https.md.
package main

import (
	"socklab/tools/harness/entry"
	"socklab/tools/tlsdoor"
)

func main() { entry.Run(tlsdoor.Main) }
