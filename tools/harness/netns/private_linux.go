package netns

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/namespace"
	"socklab/tools/harness/procfs"
)

// private are the spaces in which networks are private, the best first.
var private = []string{apart, alone}

// Again returns a command that starts this test binary once more, in a space and
// with the capabilities over it that scripts need. The kernel kills it when the
// thread that starts it ends.
func Again(space string) *exec.Cmd {
	switch space {
	case apart:
		// As process 1: when it ends, for any reason, the kernel kills every
		// process in the space.
		return namespace.Again(unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWNS)
	case alone:
		return namespace.Again(unix.CLONE_NEWUSER | unix.CLONE_NEWNET)
	}
	return namespace.Again(0)
}

// Furnish prepares the space in which this process was started. It makes a
// network on a thread of its own, as a trial: a security module may have taken
// the capabilities away.
func Furnish(in string) error {
	if in != apart {
		// A process that loses its parent becomes our child, so we can kill it.
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("adopt orphans: %w", err)
		}
	}
	if in == shared {
		return procfs.Hold()
	}
	if in == apart {
		// /proc must show the new PID namespace, and terminals must be our own.
		if err := namespace.MountProc(); err != nil {
			return err
		}
		if err := unix.Mount("devpts", "/dev/pts", "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620"); err != nil {
			return fmt.Errorf("mount /dev/pts: %w", err)
		}
	}
	if err := procfs.Hold(); err != nil {
		return err
	}
	if err := namespace.LoopbackUp(); err != nil {
		return err
	}
	// Networks made in here get small connection tables (ip-sysctl: 8 bytes an
	// entry), because reading /proc/net/tcp walks the whole table.
	os.WriteFile("/proc/sys/net/ipv4/tcp_child_ehash_entries", []byte("4096"), 0)
	space = in
	if err := try(""); err != nil {
		return err
	}
	if in == apart {
		if Writable = try(os.TempDir()); Writable != nil {
			ReadOnly = nil
		}
	}
	// From here on programs of scripts run beside us, and their authors may be
	// unknown.
	return namespace.Private()
}

// Sweep kills the processes that a run has left behind, and returns their
// number. Where processes are kept apart there are none.
func Sweep() (killed int) {
	if Apart() {
		return 0
	}
	for range 10 {
		left := procfs.Descendants(os.Getpid())
		if len(left) == 0 {
			break
		}
		for _, pid := range left {
			if unix.Kill(pid, unix.SIGKILL) == nil {
				killed++
			}
			unix.Wait4(pid, nil, 0, nil) // one that is our child
		}
	}
	return killed
}

// try joins a network on a thread that ends with it.
func try(writable string) error {
	tried := make(chan error)
	go func() {
		n, err := Join(writable)
		if err == nil {
			n.Leave()
		}
		tried <- err
	}()
	return <-tried
}

// joinPrivate moves the calling thread into a new network namespace, and the
// processes that it starts into PID and mount namespaces.
func joinPrivate(b Bounds) (n *Net, err error) {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("unshare network: %w", err)
	}
	if err := namespace.LoopbackUp(); err != nil {
		return nil, err
	}
	// On a busy machine a FIN may be sent twice. The second may find its socket
	// gone, and then the kernel answers RST. That RST would end a TIME-WAIT
	// early (RFC 1337), unless this setting is on. Where it can't be set, that
	// stays possible.
	os.WriteFile("/proc/sys/net/ipv4/tcp_rfc1337", []byte("1"), 0)
	n = &Net{Host: "127.0.0.1", Port: 8000}
	if n.namespace, err = procfs.Open("thread-self/ns/net"); err != nil {
		return nil, err
	}
	if Apart() {
		if b.ReadOnly = nil; b.Writable != "" {
			b.ReadOnly = ReadOnly
		}
		if n.first, err = namespace.Confine(b); err == nil {
			n.processes = procfs.Readlink("thread-self/ns/pid_for_children")
			err = namespace.Unprivileged()
		}
	}
	if err != nil {
		n.Leave()
		return nil, err
	}
	return n, nil
}

// Folder mounts an empty folder at dir, which can hold so many bytes, and returns what
// unmounts it. It does nothing where processes are not kept apart.
func Folder(dir string, size int64) (unmount func(), err error) {
	if !Apart() {
		return func() {}, nil
	}
	err = unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, fmt.Sprintf("size=%d,nr_inodes=%d,mode=0700", size, size>>12))
	if err != nil {
		return nil, fmt.Errorf("a folder of %d bytes: %w", size, err)
	}
	// Mount namespaces of the script may have it until they end.
	return func() { unix.Unmount(dir, unix.MNT_DETACH) }, nil
}

// Processes lists those that were started on the network, where processes are kept apart.
// One that hides from its user (PR_SET_DUMPABLE, prctl(2)) is not seen. Those that have
// our memory are left out: process 1, and programs that we are about to start.
func (n *Net) Processes() (pids []int) {
	ours := stackOf(os.Getpid())
	for _, pid := range procfs.Pids() {
		if n.processes != "" && procfs.Readlink(fmt.Sprintf("%d/ns/pid", pid)) == n.processes && stackOf(pid) != ours {
			pids = append(pids, pid)
		}
	}
	return pids
}

// stackOf is where the stack of a process begins (proc_pid_stat(5), startstack): at an
// address of its own for each program that was started.
func stackOf(pid int) string {
	stat := procfs.Stat(strconv.Itoa(pid))
	if len(stat) < 26 {
		return ""
	}
	return stat[25]
}

// Kill kills all processes that were started on the network, where they are kept apart.
// No more can be started.
func (n *Net) Kill() {
	if n.first != nil {
		unix.Kill(n.first.Pid, unix.SIGKILL)
	}
}

// Here is the network that this process was started on, a new one: it sets its loopback
// up. Hosts can be added on the calling goroutine, which must be locked to its thread.
func Here() (n *Net, err error) {
	if err := namespace.LoopbackUp(); err != nil {
		return nil, err
	}
	n = &Net{Host: "127.0.0.1", Port: 8000}
	n.namespace, err = procfs.Open("thread-self/ns/net")
	return n, err
}

// RawSockets lets a program that is started in a private network open raw
// sockets (CAP_NET_RAW, capabilities(7)). On a shared network the program may
// open them if this process may.
func RawSockets() *syscall.SysProcAttr {
	if !Apart() {
		return nil
	}
	attr := &syscall.SysProcAttr{AmbientCaps: []uintptr{unix.CAP_NET_RAW}}
	if os.Getuid() == 0 {
		// Root needs this capability to be root in a user namespace of its own
		// (user_namespaces(7)), in which packets starts a command.
		attr.AmbientCaps = append(attr.AmbientCaps, unix.CAP_SETFCAP)
	}
	return attr
}

// enter moves the calling thread into a network (setns(2)).
func enter(network *os.File) error {
	if err := unix.Setns(int(network.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter the script's network: %w", err)
	}
	return nil
}
