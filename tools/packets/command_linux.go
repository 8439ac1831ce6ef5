package packets

import (
	"errors"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/capture"
	"socklab/tools/harness/namespace"
)

// inside in the environment says that this program runs on the new network.
const inside = "SOCKLAB_PACKETS"

// passed are the signals that we pass on to the command.
var passed = []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2}

// signals is the descriptor on which signals are passed to the inside, each as a
// byte, its number.
const signals = 3

// watchCommand shows the packets of a command on a network of its own. This
// program runs twice for that. Outside it waits. Inside it is process 1 of a new
// PID namespace (pid_namespaces(7)), captures, and starts the command. When it
// ends, however it ends, the kernel kills all others in there.
func watchCommand(command []string, o capture.Options, pcap string) int {
	runtime.LockOSThread() // the kernel kills a child when this thread ends
	got := make(chan os.Signal, 16)
	signal.Reset(syscall.SIGQUIT) // ^\ is the command's
	signal.Notify(got, passed...)
	if os.Getenv(inside) != "" {
		os.Unsetenv(inside)
		return within(command, o, pcap)
	}

	read, write, err := os.Pipe()
	if err != nil {
		return fail("pipe", err)
	}
	cmd := namespace.Again(unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWNS)
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.ExtraFiles = []*os.File{read}
	if err := cmd.Start(); err != nil {
		return noNetwork(command, err)
	}
	read.Close()
	go func() {
		for sig := range got {
			// What is typed at the terminal reaches the command by itself.
			if (sig == syscall.SIGINT || sig == syscall.SIGQUIT) && atTerminal() {
				continue
			}
			write.Write([]byte{byte(sig.(syscall.Signal))})
		}
	}()
	return code(cmd.Wait(), cmd.ProcessState)
}

// noNetwork says that a system refuses new networks, or the rights over them, and
// returns the exit code.
func noNetwork(command []string, err error) int {
	fail("a network for "+command[0], err)
	log.Print("hint: this system lets only root make one; as root, look on: packets -i lo")
	return 1
}

// atTerminal is true when ^C at our terminal reaches us and the command.
func atTerminal() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// within runs the command and shows its packets.
func within(command []string, o capture.Options, pcap string) int {
	unix.CloseOnExec(signals)
	namespace.MountProc() // where that is refused, /proc shows everybody, as before
	if err := namespace.LoopbackUp(); err != nil {
		return noNetwork(command, err)
	}
	l, err := show("lo", os.Stderr, o, pcap)
	if err != nil {
		if errors.Is(err, syscall.EPERM) {
			return noNetwork(command, err)
		}
		return fail("capture", err)
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		log.Printf("%s: %v", command[0], reason(err))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, exec.ErrNotFound) {
			return 127
		}
		return 126
	}
	go func() {
		pipe := os.NewFile(signals, "signals")
		number := make([]byte, 1)
		for {
			if n, err := pipe.Read(number); n == 0 || err != nil {
				return
			}
			cmd.Process.Signal(syscall.Signal(number[0]))
		}
	}()
	result := code(cmd.Wait(), cmd.ProcessState)
	// Processes that the command leaves behind may go on for ever.
	const timeout = 2 * time.Second
	l.watch.Quiet(time.Now().Add(timeout))
	if err := l.end(); err != nil {
		if failed := fail("capture", err); result == 0 {
			return failed
		}
	}
	return result
}

// code is the exit code that a shell gives to the end of a program.
func code(err error, state *os.ProcessState) int {
	if state == nil {
		return fail("wait", err)
	}
	if status := state.Sys().(syscall.WaitStatus); status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

// reason is why a program could not be started.
func reason(err error) error {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err
}
