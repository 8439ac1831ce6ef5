package privnet

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"socklab/tools/namespace"
)

// marker in the environment tells the re-executed test binary where it is: its
// value is one of the spaces.
const marker = "SOCKLAB_PRIVNET"

func inside() bool { return os.Getenv(marker) != "" }

// spaces are the namespaces to run in beside a user's, the better first. In a
// PID namespace the run is process 1: when it ends, however it ends, the kernel
// kills everybody in it. Containers may refuse the /proc that must go with it.
var spaces = []struct {
	name  string
	flags uintptr
}{
	{"pid", unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWNS},
	{"net", unix.CLONE_NEWNET},
}

// runInside runs this test binary again in namespaces of its own
// (user_namespaces(7)), with the capabilities over them that scripts need. An
// error means that no test has run and namespaces can't be had here.
func runInside() (code int, err error) {
	for _, space := range spaces {
		if code, err = reexec(space.name, space.flags); err == nil {
			return code, nil
		}
	}
	return 0, err
}

func reexec(name string, flags uintptr) (code int, err error) {
	// The kernel kills the child when the thread that started it ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	cmd := namespace.Again(flags)
	cmd.Env = append(os.Environ(), marker+"="+name)
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("new namespaces: %w", err)
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
		return 0, errors.New("new namespaces: they can be entered, and then not be used")
	case state.ExitCode() < 0:
		fmt.Println("tests ended by", state)
		return 1, nil
	default:
		return state.ExitCode(), nil
	}
}

// furnish makes the namespaces that the test binary was re-executed in usable,
// and tries on a thread of its own whether networks can be made in them: a
// security module may have taken the capabilities away.
func furnish() error {
	if os.Getenv(marker) == "pid" {
		// /proc must show the PID namespace, and terminals be our own.
		if err := namespace.MountProc(); err != nil {
			return err
		}
		if err := unix.Mount("devpts", "/dev/pts", "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620"); err != nil {
			return fmt.Errorf("mount /dev/pts: %w", err)
		}
	}
	if err := namespace.LoopbackUp(); err != nil {
		return err
	}
	// The networks made in here get small tables of connections (ip-sysctl: 8 bytes
	// an entry): whoever reads /proc/net/tcp goes through the whole table.
	os.WriteFile("/proc/sys/net/ipv4/tcp_child_ehash_entries", []byte("4096"), 0)
	tried := make(chan error)
	go func() {
		runtime.LockOSThread()
		_, err := joinPrivate()
		tried <- err
	}()
	return <-tried
}

// joinPrivate moves the calling thread into a new network namespace.
func joinPrivate() (*Net, error) {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("unshare network: %w", err)
	}
	if err := namespace.LoopbackUp(); err != nil {
		return nil, err
	}
	// On a busy machine a FIN may be sent twice. Its second answer meets a socket
	// that is gone, whose kernel says RST, and that would end a TIME-WAIT before
	// its time (RFC 1337). Where it can't be set, that stays possible.
	os.WriteFile("/proc/sys/net/ipv4/tcp_rfc1337", []byte("1"), 0)
	joined, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return nil, err
	}
	return &Net{Host: "127.0.0.1", Port: 8000, namespace: joined}, nil
}

// enter moves the calling thread into a network (setns(2)).
func enter(network *os.File) error {
	if err := unix.Setns(int(network.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter the script's network: %w", err)
	}
	return nil
}
