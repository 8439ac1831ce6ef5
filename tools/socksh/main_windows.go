// Package socksh is a shell of socket calls, on Linux and macOS.
package socksh

import (
	"log"
	"os"
)

// Main says what is missing.
func Main() {
	log.SetFlags(0)
	log.Print("socksh: needs Linux or macOS; on Windows, WSL is a Linux")
	os.Exit(2)
}
