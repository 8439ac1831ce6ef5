package echo

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"

	"socklab/tools/cli"
)

// isFile reports whether ADDR is a file. The address of a unix socket is one: ls
// shows it, and a process that is killed leaves it behind. On Linux @NAME is
// none: the kernel alone keeps such a name, and it goes with its socket.
func isFile(network, addr string) bool {
	return strings.HasPrefix(network, "unix") && !strings.HasPrefix(addr, "@")
}

// tidy removes the file of our socket, if we have one.
var tidy = func() {}

// must ends the program when its output can't be written, without leaving our file behind.
func must(n int, err error) {
	if err != nil {
		tidy()
	}
	cli.Must(n, err)
}

// bound is called when the socket has its address, and has made a file. tidy will
// remove that file, and no other: by the end another socket, perhaps of our
// successor, may have the name. A file is the same if its device and inode are.
// Nobody else's file gets our inode while our socket is open: so first tidy, then
// close.
func bound(network, addr string) {
	if !isFile(network, addr) {
		return
	}
	ours, err := os.Lstat(addr)
	tidy = sync.OnceFunc(func() {
		if now, gone := os.Lstat(addr); err == nil && gone == nil && os.SameFile(ours, now) {
			os.Remove(addr)
		}
	})
}

func isSocket(info fs.FileInfo, err error) bool {
	return err == nil && info.Mode()&fs.ModeSocket != 0
}

// inTheWay says what to do about a file that is where ours should be.
func inTheWay(path string) string {
	if !isSocket(os.Lstat(path)) {
		return path + " is there, and is no socket; use another path"
	}
	// A file doesn't tell whether its socket still lives, but the kernel does. We
	// connect with datagrams: that sends nothing, so it doesn't disturb a live
	// server. If the server is of another kind, the kernel says so (EPROTOTYPE).
	conn, err := net.Dial("unixgram", path)
	if err == nil {
		conn.Close()
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return "nobody listens there; a server that was killed has left " + path + ", and it may be removed"
	}
	return "another program listens there; stop it, or use another path"
}
