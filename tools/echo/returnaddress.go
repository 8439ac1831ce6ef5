package echo

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// returnAddress makes an address for a unixgram client, like the sender's on the
// back of a letter. Without one the server gets the datagram and can't answer.
// Other sockets don't need this: a connection is its own way back, and for UDP
// the kernel picks a port. But a unix socket has no name unless it binds one.
// That name is a file, so call remove when nobody will write to it any more.
// NOTE: only our own user may enter the file's directory. A server that runs as
// another user can't answer us.
func returnAddress() (own net.Addr, remove func(), err error) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(stop, syscall.SIGHUP)
	}

	// The path must be absolute: the server looks it up too, from a directory of
	// its own.
	dir, err := filepath.Abs(os.TempDir())
	if err == nil {
		dir, err = os.MkdirTemp(dir, "echo-client-")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("no address of our own: %v", err)
	}
	remove = func() { os.RemoveAll(dir) }

	// A signal ends us as it ends any client, but the file is removed first.
	go func() {
		asked := <-stop
		remove()
		signal.Reset()
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			self.Signal(asked)
		}
	}()

	path := filepath.Join(dir, "socket")
	if len(path) > pathMax {
		remove()
		return nil, nil, fmt.Errorf("no address of our own: %s is longer than %d bytes; set TMPDIR", path, pathMax)
	}
	return &net.UnixAddr{Name: path, Net: "unixgram"}, remove, nil
}
