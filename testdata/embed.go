// Package testdata carries the scripts inside a binary.
package testdata

import "embed"

//go:embed scripts survive
var Files embed.FS
