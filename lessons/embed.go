// Package lessons carries the pages of the course inside a binary.
package lessons

import "embed"

//go:embed *.md
var Files embed.FS
