package namespace

import (
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An Init is process 1 of a PID namespace (pid_namespaces(7)). It reaps orphans
// of that namespace. When it ends, the kernel kills every process in the
// namespace.
type Init struct {
	Pid   int    // as this process sees it
	stack []byte // process 1's own, where it shares our memory
}

// Confine puts the processes that the calling thread starts from now on into PID
// and mount namespaces of their own. They have their own /proc and see no other
// process. The thread must be locked to its goroutine. The goroutine must end without
// unlocking it: the namespaces end with the thread.
//
// The thread itself stays in its PID namespace, but sees the new mounts. So it
// must read its own /proc through package procfs.
func Confine(b Bounds) (*Init, error) {
	mounts, err := mountsFor(b)
	if err != nil {
		return nil, err
	}
	if err := unix.Unshare(unix.CLONE_NEWPID | unix.CLONE_NEWNS); err != nil {
		return nil, fmt.Errorf("unshare processes and mounts: %w", err)
	}
	var report [2]int // the child writes which mount failed, and why
	if err := unix.Pipe2(report[:], unix.O_CLOEXEC); err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	defer unix.Close(report[0])
	f := &first{mounts: mounts, report: report[1]}
	pid, stack, errno := startInit(f)
	unix.Close(report[1])
	if errno != 0 {
		return nil, fmt.Errorf("start process 1: %w", errno)
	}
	in := &Init{pid, stack}
	var said [3]byte
	n, err := readFull(report[0], said[:])
	runtime.KeepAlive(f) // process 1 reads it until it has reported
	switch {
	case err != nil || n != len(said):
		in.End()
		return nil, fmt.Errorf("process 1 of the new namespace ended at once (%v)", err)
	case said[2] != 0:
		in.End()
		return nil, fmt.Errorf("mount %s: %w", mounts[int(said[0])<<8+int(said[1])].what, syscall.Errno(said[2]))
	}
	return in, nil
}

// End ends the namespace: the kernel kills all processes in it.
func (in *Init) End() {
	unix.Kill(in.Pid, unix.SIGKILL)
	// The namespace ends only when all its other processes were reaped, also
	// those that we must reap.
	go func() {
		for {
			if _, err := unix.Wait4(in.Pid, nil, 0, nil); err != unix.EINTR {
				break
			}
		}
		if in.stack != nil {
			unix.Munmap(in.stack)
		}
	}()
}

// A mount is one call of mount(2), with strings as the kernel expects them; or of
// mount_setattr(2), if it has attributes; or a text that is written to a file.
type mount struct {
	what                         string
	source, target, fstype, data *byte
	flags                        uintptr
	attr                         *unix.MountAttr
	text                         []byte
	optional                     bool // it need not succeed
}

// mountsFor lists the mounts of a confined thread, in order.
func mountsFor(b Bounds) (all []mount, err error) {
	ptr := func(s string) *byte {
		if s == "" || err != nil {
			return nil
		}
		var p *byte
		p, err = unix.BytePtrFromString(s)
		return p
	}
	add := func(what, source, target, fstype string, flags uintptr) {
		all = append(all, mount{what: what, source: ptr(source), target: ptr(target), fstype: ptr(fstype), flags: flags})
	}
	add("/proc", "proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC)
	if b.Threads > 0 { // the kernel wants 301 at least
		all = append(all, mount{target: ptr("/proc/sys/kernel/pid_max"), text: fmt.Append(nil, max(b.Threads, 400)), optional: true})
	}
	if len(b.ReadOnly) > 0 || b.Only {
		add(b.Writable, b.Writable, b.Writable, "", unix.MS_BIND)
	}
	for _, dir := range b.ReadOnly {
		var fs unix.Statfs_t
		if err := unix.Statfs(dir, &fs); err != nil {
			return nil, fmt.Errorf("statfs %s: %w", dir, err)
		}
		// The kernel refuses to clear flags that the folder's file system
		// already has.
		kept := uintptr(fs.Flags) & (unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_NOATIME | unix.MS_NODIRATIME)
		if fs.Flags&unix.ST_RELATIME != 0 {
			kept |= unix.MS_RELATIME
		}
		add(dir, dir, dir, "", unix.MS_BIND|unix.MS_REC)
		add(dir+" read-only", "", dir, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|kept)
	}
	if b.Only {
		all = append(all, mount{target: ptr("/"), flags: unix.AT_RECURSIVE, attr: &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}, optional: true})
		for _, dir := range []string{b.Writable, "/proc"} {
			all = append(all, mount{target: ptr(dir), attr: &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}, optional: true})
		}
		shm := mount{source: ptr("tmpfs"), target: ptr("/dev/shm"), fstype: ptr("tmpfs"), data: ptr("size=16m"), flags: unix.MS_NOSUID | unix.MS_NODEV, optional: true}
		all = append(all, shm)
	}
	for _, dir := range b.Hidden {
		add("an empty folder at "+dir, "tmpfs", dir, "tmpfs", unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV)
	}
	return all, err
}

// A first is the program of process 1. It makes the mounts, reports to a
// descriptor, closes all descriptors, and reaps orphans until it is killed.
type first struct {
	mounts []mount
	report int
}

// startInit starts process 1. It has one thread and no Go runtime. Like package
// syscall between fork and exec, it may only make raw system calls.
func startInit(f *first) (pid int, stack []byte, errno syscall.Errno) {
	var all, before uint64
	all = ^uint64(0)
	syscall.ForkLock.Lock()
	defer syscall.ForkLock.Unlock()
	// No Go signal handler may run in the child.
	unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&all)), uintptr(unsafe.Pointer(&before)), 8, 0, 0)
	pid, stack, errno = spawn(f)
	unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&before)), 0, 8, 0, 0)
	return pid, stack, errno
}

// run is the life of process 1.
//
//go:norace
//go:nosplit
func (f *first) run() {
	unix.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0)
	var said [3]byte
	for i := range f.mounts {
		m := &f.mounts[i]
		var failed syscall.Errno
		switch {
		case m.attr != nil:
			_, _, failed = unix.RawSyscall6(unix.SYS_MOUNT_SETATTR, 0, uintptr(unsafe.Pointer(m.target)), m.flags, // absolute
				uintptr(unsafe.Pointer(m.attr)), unsafe.Sizeof(*m.attr), 0)
		case m.text != nil:
			fd, _, errno := unix.RawSyscall6(unix.SYS_OPENAT, 0, uintptr(unsafe.Pointer(m.target)), unix.O_WRONLY, 0, 0, 0)
			if failed = errno; failed == 0 {
				unix.RawSyscall(unix.SYS_WRITE, fd, uintptr(unsafe.Pointer(&m.text[0])), uintptr(len(m.text)))
				unix.RawSyscall(unix.SYS_CLOSE, fd, 0, 0) // an open file keeps its mount from being read-only
			}
		default:
			_, _, failed = unix.RawSyscall6(unix.SYS_MOUNT, uintptr(unsafe.Pointer(m.source)), uintptr(unsafe.Pointer(m.target)),
				uintptr(unsafe.Pointer(m.fstype)), m.flags, uintptr(unsafe.Pointer(m.data)), 0)
		}
		if failed != 0 && !m.optional {
			said[0], said[1], said[2] = byte(i>>8), byte(i), byte(failed)
			break
		}
	}
	unix.RawSyscall(unix.SYS_WRITE, uintptr(f.report), uintptr(unsafe.Pointer(&said)), unsafe.Sizeof(said))
	unix.RawSyscall(unix.SYS_CLOSE_RANGE, 0, uintptr(^uint32(0)), 0)
	child := uint64(1) << (unix.SIGCHLD - 1)
	for {
		unix.RawSyscall6(unix.SYS_RT_SIGTIMEDWAIT, uintptr(unsafe.Pointer(&child)), 0, 0, 8, 0, 0)
		for {
			reaped, _, failed := unix.RawSyscall6(unix.SYS_WAIT4, ^uintptr(0), 0, unix.WNOHANG, 0, 0, 0)
			if failed != 0 || reaped == 0 {
				break
			}
		}
	}
}

func readFull(fd int, b []byte) (n int, err error) {
	for n < len(b) {
		m, err := unix.Read(fd, b[n:])
		if err == unix.EINTR {
			continue
		}
		if m <= 0 || err != nil {
			return n, err
		}
		n += m
	}
	return n, nil
}

// Unprivileged removes all capabilities from the processes that the calling
// thread starts, even if they are root's (capabilities(7), SECBIT_NOROOT). The
// thread keeps its own.
func Unprivileged() error {
	const noRoot = 1<<0 | 1<<1 // SECBIT_NOROOT and its lock
	if err := unix.Prctl(unix.PR_SET_SECUREBITS, noRoot, 0, 0, 0); err != nil {
		return fmt.Errorf("set no-root on what is started: %w", err)
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("clear ambient capabilities: %w", err)
	}
	return nil
}

// Private hides the memory and descriptors of this process from others of the
// same user (PR_SET_DUMPABLE, prctl(2)). Otherwise they could read them in
// /proc, or trace the process.
func Private() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("hide from tracers: %w", err)
	}
	return nil
}
