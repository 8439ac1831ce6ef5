//go:build unix

package need

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// openFiles is the most files that a process may have open (getrlimit(2)).
func openFiles() uint64 {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return uint64(limit.Max)
}

// rawSockets reports whether we may open raw sockets (raw(7)).
func rawSockets() bool {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)
	if err == nil {
		unix.Close(fd)
	}
	return err == nil
}

// Folder checks that programs may run in dir, the folder of temporary files: tests
// put programs there. The error says what to set.
func Folder(dir string) error {
	f, err := os.CreateTemp(dir, "may-run-here")
	if err != nil {
		return fmt.Errorf("TMPDIR: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := f.Chmod(0o700); err != nil {
		return fmt.Errorf("TMPDIR: %w", err)
	}
	// The file has its x bits, so only the mount can forbid it (access(2)).
	if unix.Access(f.Name(), unix.X_OK) != nil {
		return fmt.Errorf("TMPDIR %s is mounted noexec: set TMPDIR to a folder where programs may run", dir)
	}
	return nil
}

// roomy is the longest useful path of a folder for temporary files, in bytes. The
// address of an AF_UNIX socket has room for 107 (unix(7)), and most sockets are four
// folders deeper.
const roomy = 40

// ShortTemp is the folder for temporary files: that of TMPDIR, or /tmp if TMPDIR's
// path is too long for sockets.
func ShortTemp() string {
	if dir := os.TempDir(); len(dir) <= roomy || Folder("/tmp") != nil {
		return dir
	}
	return "/tmp"
}
