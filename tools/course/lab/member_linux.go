package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"socklab/tools/harness/namespace"
)

// A Member is a terminal, or another caller, in a lab. The lab lasts at least as long
// as it.
type Member struct {
	First bool // there was no such lab before
	conn  *net.UnixConn
	hears *json.Decoder
}

// An answer is what the keeper says: that it is ready, that the command was started, how
// it ended. Each is one object of JSON.
type answer struct {
	Error string `json:",omitempty"` // it failed
	Exit  *int   `json:",omitempty"` // the command's exit code, as a shell says it
}

// Join enters the lab of this user, and makes it if there is none. If the system
// refuses, the error is ErrRefused.
func Join(l Lab) (*Member, error) {
	const tries = 10 // a keeper may end while we call it
	for range tries {
		m, err := join(l)
		if !errors.Is(err, io.EOF) && !errors.Is(err, unix.ECONNRESET) {
			return m, err
		}
	}
	return nil, fmt.Errorf("the lab of %s ended each time it was called; try again", l.Lesson)
}

func join(l Lab) (m *Member, err error) {
	dir, err := folder()
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX); err != nil {
		return nil, fmt.Errorf("lock %s: %w", dir.Name(), err)
	}
	// By way of the open folder: nobody can put another in its place, and its path
	// may be long (unix(7)).
	addr := &net.UnixAddr{Net: "unix", Name: fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), l.Lesson)}
	conn, err := net.DialUnix("unix", nil, addr)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ECONNREFUSED) {
		return found(l, dir, addr)
	}
	if err != nil {
		return nil, fmt.Errorf("call the lab of %s in %s: %w", l.Lesson, dir.Name(), err)
	}
	syscall.Flock(int(dir.Fd()), syscall.LOCK_UN)
	return greet(conn)
}

// greet waits until a keeper is ready.
func greet(conn *net.UnixConn) (*Member, error) {
	const timeout = 30 * time.Second // for a new network, on a busy machine
	m := &Member{conn: conn, hears: json.NewDecoder(conn)}
	conn.SetDeadline(time.Now().Add(timeout))
	_, err := m.hear()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = fmt.Errorf("it has not answered for %v", timeout)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	conn.SetDeadline(time.Time{})
	return m, nil
}

// folder opens the folder in which this user's labs are found, which nobody else may
// enter. It makes it.
func folder() (*os.File, error) {
	path := os.TempDir()
	// It may be another user's: su keeps the variable.
	if its := os.Getenv("XDG_RUNTIME_DIR"); its != "" && unix.Access(its, unix.W_OK|unix.X_OK) == nil {
		path = its
	}
	path = filepath.Join(path, fmt.Sprintf("socklab.%d", os.Getuid()))
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("a folder for labs: %w", err)
	}
	dir, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, fmt.Errorf("the folder for labs: %w", err)
	}
	var is unix.Stat_t
	if err = unix.Fstat(int(dir.Fd()), &is); err == nil && (int(is.Uid) != os.Getuid() || is.Mode&0o077 != 0) {
		err = fmt.Errorf("the folder for labs, %s: expected one that is yours alone, got one of user %d with the rights %03o; remove it", path, is.Uid, is.Mode&0o777)
	}
	if err != nil {
		dir.Close()
		return nil, err
	}
	return dir, nil
}

// found starts a keeper, and is its first member.
func found(l Lab, dir *os.File, addr *net.UnixAddr) (m *Member, err error) {
	// A keeper is apart, if the system lets it have a /proc of its own; containers may
	// refuse that. Without, the keeper kills what is left.
	for _, more := range []uintptr{unix.CLONE_NEWPID | unix.CLONE_NEWNS, 0} {
		unix.Unlinkat(int(dir.Fd()), l.Lesson, 0)
		var conn *net.UnixConn
		if conn, err = keep(l, dir, addr, unix.CLONE_NEWUSER|unix.CLONE_NEWNET|more); err != nil {
			continue
		}
		if m, err = greet(conn); err == nil {
			m.First = true
			return m, nil
		}
	}
	unix.Unlinkat(int(dir.Fd()), l.Lesson, 0)
	return nil, fmt.Errorf("%w: %v", ErrRefused, err)
}

func keep(l Lab, dir *os.File, addr *net.UnixAddr, flags uintptr) (*net.UnixConn, error) {
	listener, err := net.ListenUnix("unix", addr)
	if err != nil {
		return nil, fmt.Errorf("a socket in %s: %w", dir.Name(), err)
	}
	defer listener.Close()
	listener.SetUnlinkOnClose(false)
	door, err := listener.File()
	if err != nil {
		return nil, err
	}
	defer door.Close()
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socketpair: %w", err)
	}
	its := os.NewFile(uintptr(ends[1]), "keeper's end")
	defer its.Close()
	conn, err := connection(ends[0])
	if err != nil {
		return nil, err
	}
	again, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", dir.Fd())) // without our lock
	if err != nil {
		return nil, err
	}
	defer again.Close()
	about, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	cmd := namespace.Again(flags)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, nil, nil
	cmd.Env = append(os.Environ(), kept+"="+string(about))
	cmd.ExtraFiles = []*os.File{door, its, again}
	cmd.SysProcAttr.Pdeathsig = 0 // others may join
	cmd.SysProcAttr.Setsid = true
	cmd.Dir = "/"
	if err := cmd.Start(); err != nil {
		conn.Close()
		return nil, cause(err)
	}
	go cmd.Wait()
	return conn, nil
}

// cause is what the kernel said.
func cause(err error) error {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err
	}
	if errno == unix.ENOSPC { // clone(2): of namespaces, not of a disk
		return errors.New("it allows no more user namespaces (sysctl user.max_user_namespaces)")
	}
	return errno
}

func (m *Member) hear() (a answer, err error) {
	if err := m.hears.Decode(&a); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.EOF
		}
		return a, err
	}
	if a.Error != "" {
		return a, errors.New(strings.TrimSpace(a.Error))
	}
	return a, nil
}

// Start starts the command of a member, with these standard files. It may start one.
func (m *Member) Start(c Command, files [3]*os.File) error {
	var fds []int
	for _, f := range files {
		fds = append(fds, int(f.Fd()))
		unix.SetNonblock(int(f.Fd()), false)
	}
	// A byte carries the files (SCM_RIGHTS, unix(7)).
	if _, _, err := m.conn.WriteMsgUnix([]byte{'\n'}, unix.UnixRights(fds...), nil); err != nil {
		return err
	}
	if err := json.NewEncoder(m.conn).Encode(c); err != nil {
		return err
	}
	_, err := m.hear()
	return err
}

// receive is the keeper's side of Start.
func receive(conn *net.UnixConn) (c Command, files []int, hears *json.Decoder, err error) {
	rights := make([]byte, unix.CmsgSpace(3*4))
	_, n, _, _, err := conn.ReadMsgUnix(make([]byte, 1), rights)
	if err != nil {
		return c, nil, nil, err
	}
	messages, err := unix.ParseSocketControlMessage(rights[:n])
	if err != nil || len(messages) != 1 {
		return c, nil, nil, fmt.Errorf("expected three files, got %d messages (%v)", len(messages), err)
	}
	if files, err = unix.ParseUnixRights(&messages[0]); err != nil {
		return c, nil, nil, err
	}
	for _, fd := range files {
		unix.CloseOnExec(fd)
	}
	hears = json.NewDecoder(conn)
	return c, files, hears, hears.Decode(&c)
}

// Signal sends a signal to the command and its process group.
func (m *Member) Signal(sig syscall.Signal) error { return json.NewEncoder(m.conn).Encode(sig) }

// Wait waits for the end of the command, and returns its exit code as a shell says it.
func (m *Member) Wait() (code int, err error) {
	a, err := m.hear()
	if err == nil && a.Exit == nil {
		err = errors.New("it said nothing of the end")
	}
	if err != nil {
		return 0, fmt.Errorf("the lab was ended from outside: %w", err)
	}
	return *a.Exit, nil
}

// Close leaves the lab. What the member has started, and still runs, loses its terminal.
func (m *Member) Close() error { return m.conn.Close() }
