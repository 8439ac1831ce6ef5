package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/namespace"
	"socklab/tools/harness/netns"
)

// kept in the environment says that this process is a keeper, and of which lab, in
// JSON.
const kept = "SOCKLAB_LAB_KEEPER"

// Descriptors that a keeper inherits.
const (
	fdListener = 3 // where members call
	fdFirst    = 4 // the first member's connection
	fdFolder   = 5 // the folder of the listener's socket
)

// patience is how long the processes of a terminal that is gone may take to end, before
// they are killed.
const patience = 2 * time.Second

type keeper struct {
	lab      Lab
	hosts    map[string]*netns.Host
	listener *net.UnixListener

	mu      sync.Mutex
	members int
	over    bool
	done    chan struct{}                   // closed when the last member is gone
	exits   map[int]chan syscall.WaitStatus // of our children, by number
}

// Keeper is the life of a keeper, if this process was started as one.
func Keeper() (code int, is bool) {
	text := os.Getenv(kept)
	if text == "" {
		return 0, false
	}
	os.Unsetenv(kept)
	for _, fd := range []int{fdListener, fdFirst, fdFolder} {
		unix.CloseOnExec(fd)
	}
	k := &keeper{done: make(chan struct{}), exits: map[int]chan syscall.WaitStatus{}, hosts: map[string]*netns.Host{}}
	first, err := connection(fdFirst)
	if err == nil {
		err = json.Unmarshal([]byte(text), &k.lab)
	}
	if err == nil {
		err = k.furnish()
	}
	if err != nil {
		if first != nil {
			json.NewEncoder(first).Encode(answer{Error: err.Error()})
		}
		return 1, true
	}
	go k.reap()
	k.members = 1
	go k.serve(first)
	go k.accept()
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	select {
	case <-k.done:
	case <-ended:
	}
	netns.Sweep() // where the kernel doesn't: see Join
	return 0, true
}

// connection is an inherited socket.
func connection(fd int) (*net.UnixConn, error) {
	file := os.NewFile(uintptr(fd), "member")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, err
	}
	return conn.(*net.UnixConn), nil
}

// furnish builds the network.
func (k *keeper) furnish() error {
	file := os.NewFile(fdListener, "listener")
	defer file.Close()
	l, err := net.FileListener(file)
	if err != nil {
		return err
	}
	k.listener = l.(*net.UnixListener)
	if os.Getpid() == 1 {
		if err := namespace.MountProc(); err != nil {
			return err
		}
	} else if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("adopt orphans: %w", err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	n, err := netns.Here()
	if err != nil {
		return err
	}
	for _, h := range k.lab.Hosts {
		var made *netns.Host
		if h.Router {
			made, err = n.AddRouter(h.Name, h.Cards)
		} else {
			made, err = n.AddHost(h.Name, h.Cards[0], h.Static)
		}
		if err != nil {
			return err
		}
		k.hosts[h.Name] = made
	}
	return nil
}

func (k *keeper) accept() {
	for {
		conn, err := k.listener.AcceptUnix()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		k.mu.Lock()
		if k.over {
			conn.Close() // it will start a keeper of its own
		} else {
			k.members++
			go k.serve(conn)
		}
		k.mu.Unlock()
	}
}

// left says that a member is gone.
func (k *keeper) left() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.members--; k.members > 0 {
		return
	}
	k.over = true
	// While the name is there, we still take calls: a new keeper makes its own.
	unix.Unlinkat(fdFolder, k.lab.Lesson, 0)
	k.listener.Close()
	close(k.done)
}

// serve starts what a member asks for, and says how it ended. If the member is gone
// before, its processes lose their terminal.
func (k *keeper) serve(conn *net.UnixConn) {
	defer k.left()
	defer conn.Close()
	say := json.NewEncoder(conn)
	say.Encode(answer{})
	c, files, hears, err := receive(conn)
	if err != nil {
		return
	}
	pid, exit, err := k.start(c, files)
	for _, fd := range files {
		unix.Close(fd)
	}
	if err != nil {
		say.Encode(answer{Error: err.Error()})
		return
	}
	say.Encode(answer{})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for {
			var sig syscall.Signal
			if hears.Decode(&sig) != nil {
				return
			}
			k.signal(pid, sig)
		}
	}()
	select {
	case status := <-exit:
		code := status.ExitStatus()
		if status.Signaled() {
			code = 128 + int(status.Signal())
		}
		say.Encode(answer{Exit: &code})
		<-gone
	case <-gone:
		k.signal(pid, unix.SIGHUP)
		k.signal(pid, unix.SIGCONT)
		late := time.NewTimer(patience)
		defer late.Stop()
		select {
		case <-exit:
		case <-late.C:
		}
		unix.Kill(-pid, unix.SIGKILL)
	}
}

// signal sends a signal to a command and its process group, if it has not ended.
func (k *keeper) signal(pid int, sig syscall.Signal) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.exits[pid] != nil {
		unix.Kill(-pid, sig)
	}
}

// start starts a command on a thread of its own, which ends afterwards.
func (k *keeper) start(c Command, files []int) (pid int, exit chan syscall.WaitStatus, err error) {
	exit = make(chan syscall.WaitStatus, 1)
	started := make(chan struct{})
	go func() {
		defer close(started)
		runtime.LockOSThread()
		if c.Host != "" {
			h := k.hosts[c.Host]
			if h == nil {
				err = k.lab.Check(c.Host)
				return
			}
			if err = h.Enter(); err != nil {
				return
			}
		}
		// What making networks takes is not for those who use them.
		for _, ours := range []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SETPCAP} {
			unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_LOWER, ours, 0, 0)
		}
		descriptors := make([]uintptr, len(files))
		for i, fd := range files {
			descriptors[i] = uintptr(fd)
		}
		k.mu.Lock() // or it could be reaped before we know it
		defer k.mu.Unlock()
		pid, err = syscall.ForkExec(c.Path, c.Args, &syscall.ProcAttr{Dir: c.Dir, Env: c.Env, Files: descriptors,
			Sys: &syscall.SysProcAttr{Setsid: true, Setctty: c.Terminal}})
		if err == nil {
			k.exits[pid] = exit
		} else {
			err = fmt.Errorf("start %s: %w", c.Path, err)
		}
	}()
	<-started
	return pid, exit, err
}

// reap reaps the commands, and the orphans of the network.
func (k *keeper) reap() {
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)
	for {
		for {
			var status syscall.WaitStatus
			pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
			if err == syscall.EINTR {
				continue
			}
			if pid <= 0 || err != nil {
				break
			}
			k.mu.Lock()
			exit := k.exits[pid]
			delete(k.exits, pid)
			k.mu.Unlock()
			if exit != nil {
				exit <- status
			}
		}
		<-children
	}
}
