package privnet

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// marker in the environment tells the re-executed test binary where it is.
const marker = "SOCKLAB_PRIVNET"

func inside() bool { return os.Getenv(marker) != "" }

// runInside runs this test binary again in new user and network namespaces
// (user_namespaces(7)), with the capabilities over them that scripts need. An
// error means that no test has run and namespaces can't be had here.
func runInside() (code int, err error) {
	// The kernel kills the child when the thread that started it ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(os.Environ(), marker+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}},
		AmbientCaps: []uintptr{unix.CAP_NET_ADMIN, unix.CAP_NET_RAW, unix.CAP_NET_BIND_SERVICE, unix.CAP_SYS_ADMIN},
		Pdeathsig:   syscall.SIGKILL,
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("new user and network namespaces: %w", err)
	}
	done := make(chan struct{})
	go func() {
		for {
			select {
			case sig := <-signals:
				cmd.Process.Signal(sig)
			case <-done:
				return
			}
		}
	}()
	cmd.Wait()
	close(done)
	switch state := cmd.ProcessState; {
	case state.ExitCode() == refused:
		return 0, errors.New("network namespaces: refused inside a user namespace")
	case state.ExitCode() < 0:
		fmt.Println("tests ended by", state)
		return 1, nil
	default:
		return state.ExitCode(), nil
	}
}

// settle makes the re-executed test binary's own network usable, and tries on
// a thread of its own whether more can be made: a security module may have
// taken the new namespace's capabilities away.
func settle() error {
	if err := loopbackUp(); err != nil {
		return err
	}
	tried := make(chan error)
	go func() {
		runtime.LockOSThread()
		_, err := joinPrivate()
		tried <- err
	}()
	return <-tried
}

// loopbackUp switches on the loopback of the calling thread's network, which
// is off in a new one.
func loopbackUp() error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("find lo: %w", err)
	}
	if err := netlink.LinkSetUp(lo); err != nil {
		return fmt.Errorf("set lo up: %w", err)
	}
	return nil
}

// joinPrivate moves the calling thread into a new network namespace.
func joinPrivate() (*Net, error) {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("unshare network: %w", err)
	}
	if err := loopbackUp(); err != nil {
		return nil, err
	}
	var stat unix.Stat_t
	if err := unix.Stat("/proc/thread-self/ns/net", &stat); err != nil {
		return nil, fmt.Errorf("identify the network: %w", err)
	}
	return &Net{Host: "127.0.0.1", Port: 8000, Private: true, inode: stat.Ino}, nil
}

// Pids lists the processes on a private network. Whoever was started there,
// and whatever that started in turn, is among them until it ends, even a
// daemon that has left its session.
func (n *Net) Pids() []int {
	if !n.Private {
		return nil
	}
	// Plain reads: a glob over /proc costs milliseconds.
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer proc.Close()
	names, _ := proc.Readdirnames(-1)
	var pids []int
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil || pid == os.Getpid() {
			continue
		}
		var stat unix.Stat_t
		if unix.Stat("/proc/"+name+"/ns/net", &stat) == nil && stat.Ino == n.inode {
			pids = append(pids, pid)
		}
	}
	return pids
}
