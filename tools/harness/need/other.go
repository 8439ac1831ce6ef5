//go:build !unix

package need

import (
	"math"
	"os"
)

func openFiles() uint64 { return math.MaxUint64 }
func rawSockets() bool  { return false }

// Folder checks that programs may run in a folder.
func Folder(string) error { return nil }

// ShortTemp is the folder for temporary files.
func ShortTemp() string { return os.TempDir() }
