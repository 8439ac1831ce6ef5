package actor

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/procfs"
)

// sessionLeader makes a process the leader of a new session, with control of its
// terminal. The process is killed when the thread that started it ends, so that it
// can't outlive the run. Only a process in its own PID namespace needs no such
// signal: that namespace ends with the thread that made it.
func sessionLeader(attr *syscall.SysProcAttr) {
	attr.Setsid, attr.Setctty = true, true
	if procfs.Readlink("thread-self/ns/pid_for_children") == procfs.Readlink("thread-self/ns/pid") {
		attr.Pdeathsig = syscall.SIGKILL
	}
}

// sessionOn is the session whose terminal has that master; has is false if there is
// none.
func sessionOn(master *os.File) (leader int, has bool) {
	leader, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGSID)
	return leader, err == nil
}
