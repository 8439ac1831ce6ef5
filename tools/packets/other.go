//go:build !linux

package packets

import (
	"log"

	"socklab/tools/harness/capture"
)

func watchInterface(string, capture.Options, string) int { return lacking() }
func watchCommand([]string, capture.Options, string) int { return lacking() }

// lacking says what is missing, and returns the exit code for it.
func lacking() int {
	log.Print(capture.ErrLinux)
	return 2
}
