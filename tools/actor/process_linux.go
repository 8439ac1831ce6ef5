package actor

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// sessionLeader puts a process in charge of its terminal. It is killed when
// the thread that started it ends, so that it can't outlive the run.
func sessionLeader() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Setctty: true, Pdeathsig: syscall.SIGKILL}
}

// sessionOn is the session whose terminal has that master, if any.
func sessionOn(master *os.File) (leader int, has bool) {
	leader, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGSID)
	return leader, err == nil
}

// group lists the living processes of a process group (proc_pid_stat(5)).
func group(pgid int) (pids []int) {
	if syscall.Kill(-pgid, 0) != nil {
		return nil
	}
	return processes("stat", func(stat []byte) bool {
		// After the name in parentheses: state, parent, group.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		return len(fields) >= 3 && fields[0] != "Z" && fields[2] == strconv.Itoa(pgid)
	})
}

// WithEnv lists the processes, besides our own, that were started with a
// variable in their environment (proc_pid_environ(5)). A daemon that has left
// its group and its session still has it.
func WithEnv(assignment string) []int {
	return processes("environ", func(environ []byte) bool {
		return bytes.Contains(append([]byte{0}, environ...), []byte("\x00"+assignment+"\x00"))
	})
}

// WithArgument lists the processes that were started with an argument
// (proc_pid_cmdline(5)).
func WithArgument(arg string) []int {
	return processes("cmdline", func(cmdline []byte) bool {
		return bytes.Contains(append([]byte{0}, cmdline...), []byte("\x00"+arg+"\x00"))
	})
}

// processes lists those whose file of that name in /proc is as wanted. (Plain
// reads: a glob over /proc costs milliseconds.)
func processes(file string, wanted func([]byte) bool) (pids []int) {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer proc.Close()
	names, _ := proc.Readdirnames(-1)
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil || pid == os.Getpid() {
			continue
		}
		if data, err := os.ReadFile("/proc/" + name + "/" + file); err == nil && wanted(data) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// StillRunning waits for processes that are not our children to end, and
// returns those that have not after d.
func StillRunning(pids []int, d time.Duration) (left []int) {
	return outlast(pids, d, func(int) {})
}

// Outlive is StillRunning, and then kills those that are left.
func Outlive(pids []int, d time.Duration) (killed []int) {
	return outlast(pids, d, func(fd int) {
		unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
		waitReadable(fd, d)
	})
}

// outlast waits for processes, and calls late with the pidfd (pidfd_open(2)) of
// each that has not ended after d.
func outlast(pids []int, d time.Duration, late func(fd int)) (left []int) {
	deadline := time.Now().Add(d)
	for _, pid := range pids {
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			continue // it is gone
		}
		if !waitReadable(fd, time.Until(deadline)) {
			left = append(left, pid)
			late(fd)
		}
		unix.Close(fd)
	}
	return left
}

// waitReadable waits for a pidfd, which is readable once its process ended.
func waitReadable(fd int, d time.Duration) bool {
	deadline := time.Now().Add(d)
	for {
		wait := max(time.Until(deadline).Milliseconds(), 0)
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(wait))
		if err != unix.EINTR {
			return n > 0
		}
	}
}

// Owner is the process group that has a socket of that local address
// (HOST:PORT, or the path of an AF_UNIX socket) on the network of the calling
// thread, 0 if there is none. Of a TCP socket it tells the one that listens
// from those that are connected.
func Owner(network, addr string, listens bool) int {
	inode := ""
	switch {
	case strings.HasPrefix(network, "unix"):
		table("unix", func(col []string) {
			// Num RefCount Protocol Flags Type St Inode Path
			if len(col) == 8 && col[7] == addr {
				inode = cmp.Or(inode, col[6])
			}
		})
	default:
		_, port, _ := net.SplitHostPort(addr)
		any4, any6 := net.JoinHostPort("0.0.0.0", port), net.JoinHostPort("::", port)
		for _, name := range []string{network[:3], network[:3] + "6"} {
			table(name, func(col []string) {
				if len(col) < 10 || network[:3] == "tcp" && listens != (col[3] == listen) {
					return
				}
				local := kernelAddr(col[1])
				if local == addr || (listens || network[:3] == "udp") && (local == any4 || local == any6) {
					inode = cmp.Or(inode, col[9])
				}
			})
		}
	}
	if inode == "" || inode == "0" {
		return 0
	}
	proc, err := os.Open("/proc")
	if err != nil {
		return 0
	}
	defer proc.Close()
	names, _ := proc.Readdirnames(-1)
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		fds, _ := os.ReadDir("/proc/" + name + "/fd")
		for _, fd := range fds {
			if link, _ := os.Readlink("/proc/" + name + "/fd/" + fd.Name()); link == "socket:["+inode+"]" {
				pgid, _ := unix.Getpgid(pid)
				return pgid
			}
		}
	}
	return 0
}

// table reads a table of the calling thread's network.
func table(name string, row func(columns []string)) {
	f, err := os.Open("/proc/thread-self/net/" + name)
	if err != nil {
		return
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		row(strings.Fields(lines.Text()))
	}
}

// listen is the state of a socket that listens, in the tables.
const listen = "0A"

// listening lists the addresses on which the processes of a group listen, from
// the tables of their network (proc_pid_net(5)); nobody is dialled.
func listening(pgid int) (addrs []string, known bool) {
	for _, pid := range group(pgid) {
		ours := map[string]bool{}
		fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		for _, fd := range fds {
			link, _ := os.Readlink(fd)
			ours[link] = true
		}
		for _, table := range []string{"tcp", "tcp6"} {
			f, err := os.Open(fmt.Sprintf("/proc/%d/net/%s", pid, table))
			if err != nil {
				continue
			}
			known = true
			for lines := bufio.NewScanner(f); lines.Scan(); {
				// sl local_address rem_address st ... inode
				col := strings.Fields(lines.Text())
				if len(col) > 9 && col[3] == listen && ours["socket:["+col[9]+"]"] {
					if addr := kernelAddr(col[1]); !slices.Contains(addrs, addr) {
						addrs = append(addrs, addr)
					}
				}
			}
			f.Close()
		}
	}
	return addrs, known
}

// kernelAddr reads an address as the tables have it: 32-bit words in the
// machine's order, here little endian, in hexadecimal.
func kernelAddr(s string) string {
	host, port, _ := strings.Cut(s, ":")
	ip, _ := hex.DecodeString(host)
	for word := range slices.Chunk(ip, 4) {
		slices.Reverse(word)
	}
	n, _ := strconv.ParseUint(port, 16, 16)
	return net.JoinHostPort(net.IP(ip).String(), strconv.Itoa(int(n)))
}

// PeerOf is the process group at the other end of a connection within this
// machine, 0 if it isn't known.
func PeerOf(c net.Conn) (group int) {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return Owner(c.RemoteAddr().Network(), c.RemoteAddr().String(), false)
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return 0
	}
	raw.Control(func(fd uintptr) {
		// SO_PEERCRED, unix(7)
		if cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			group, _ = unix.Getpgid(int(cred.Pid))
		}
	})
	return group
}
