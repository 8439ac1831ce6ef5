// Package testdata carries the scripts, and the programs to write, inside a binary.
package testdata

import "embed"

//go:embed scripts survive exercises/*/task
var Files embed.FS
