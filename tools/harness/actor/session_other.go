//go:build unix && !linux

package actor

import (
	"os"
	"syscall"
)

func sessionLeader(attr *syscall.SysProcAttr) { attr.Setsid, attr.Setctty = true, true }

// sessionOn is unknown here.
func sessionOn(*os.File) (int, bool) { return 0, false }
