//go:build !linux

package main

import "errors"

// records is socklab record.
func records(args []string) int {
	if len(args) == 1 && (args[0] == "-h" || args[0] == "-help" || args[0] == "--help") {
		return say(recordUsage)
	}
	return unrecorded(3, errors.New("it needs a private network, which is Linux's"))
}
