package netns

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// resolvConf says which name servers programs ask (resolv.conf(5)).
const resolvConf = "/etc/resolv.conf"

// Resolve puts a file in the place of resolv.conf, for the calling thread and the
// processes that it starts from now on. Call it on the goroutine that joined the
// network; its processes must be apart.
func Resolve(file string) error {
	if !Apart() {
		return fmt.Errorf("processes share their files with others here")
	}
	if err := unix.Mount(file, resolvConf, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount a file on %s: %w", resolvConf, err)
	}
	return nil
}

// HasResolve reports whether Resolve works here: it tries.
var HasResolve = sync.OnceValue(func() bool {
	if !Apart() {
		return false
	}
	tried := make(chan error)
	go func() {
		runtime.LockOSThread() // and the thread ends with the goroutine
		tried <- func() error {
			if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
				return err
			}
			file, err := os.CreateTemp("", "resolv")
			if err != nil {
				return err
			}
			defer os.Remove(file.Name())
			defer file.Close()
			if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
				return err
			}
			return Resolve(file.Name())
		}()
	}()
	return <-tried == nil
})

// ListenLow calls f on the host, where it may listen at any port.
func (h *Host) ListenLow(f func() (net.PacketConn, error)) (conn net.PacketConn, err error) {
	err = h.On(func() (err error) {
		// Without this, a port below 1024 is for those who have a capability.
		if err := os.WriteFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", []byte("0"), 0); err != nil {
			return err
		}
		conn, err = f()
		return err
	})
	return conn, err
}
