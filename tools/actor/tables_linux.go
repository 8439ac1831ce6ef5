package actor

import (
	"bufio"
	"cmp"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

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
				if col[9] == "0" {
					return // in TIME-WAIT, and nobody's any more; another may have the address
				}
				local := kernelAddr(col[1])
				if local == addr || (listens || network[:3] == "udp") && (local == any4 || local == any6) {
					inode = cmp.Or(inode, col[9])
				}
			})
		}
	}
	if inode == "" {
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
	readTable("/proc/thread-self/net/"+name, row)
}

// tableOf reads a table of a process's network.
func tableOf(pid int, name string, row func(columns []string)) {
	readTable(fmt.Sprintf("/proc/%d/net/%s", pid, name), row)
}

func readTable(file string, row func(columns []string)) {
	f, err := os.Open(file)
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

// A Connection is a TCP connection of a program, a socket that listens, or a
// socket of UDP that has an address.
type Connection struct {
	Local, Remote string // HOST:PORT
	State         string // as RFC 9293 has it: ESTABLISHED, CLOSE-WAIT, ...; BOUND of UDP
	Unread        int    // bytes that came and were not received, or callers not accepted; of UDP, what they take up
	Unsent        int    // bytes that the other side has no room for, or has yet to acknowledge
	EndUnread     bool   // the other side has closed, and that was not received
	inode         string
}

// states are those of the tables, by number (include/net/tcp_states.h).
var states = map[string]string{
	"01": "ESTABLISHED", "02": "SYN-SENT", "03": "SYN-RECEIVED", "04": "FIN-WAIT-1", "05": "FIN-WAIT-2",
	"06": "TIME-WAIT", "07": "CLOSED", "08": "CLOSE-WAIT", "09": "LAST-ACK", listen: "LISTEN", "0B": "CLOSING",
}

// Connections lists the TCP and UDP sockets of the program and its children,
// from the tables of their network (proc_pid_net(5)); nobody is dialled.
func (p *Program) Connections() (cs []Connection) {
	for _, pid := range group(p.cmd.Process.Pid) {
		mine := map[string]bool{}
		fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		for _, fd := range fds {
			link, _ := os.Readlink(fd)
			mine[link] = true
		}
		// Where others come and go, a table that is read in pieces can lack a line
		// that is there: so each is read twice.
		for _, name := range []string{"tcp", "tcp6", "udp", "udp6", "tcp", "tcp6", "udp", "udp6"} {
			tableOf(pid, name, func(col []string) {
				// sl local_address rem_address st tx_queue:rx_queue ... inode
				if len(col) < 10 || !mine["socket:["+col[9]+"]"] {
					return
				}
				sent, queue, _ := strings.Cut(col[4], ":")
				unsent, _ := strconv.ParseInt(sent, 16, 64)
				unread, _ := strconv.ParseInt(queue, 16, 64)
				c := Connection{Local: kernelAddr(col[1]), Remote: kernelAddr(col[2]), State: states[col[3]], Unread: int(unread), Unsent: int(unsent), inode: col[9]}
				switch {
				case name[:3] == "udp":
					c.State = "BOUND"
				case c.State == "CLOSE-WAIT" && c.Unread > 0:
					// The kernel counts the end of the stream as a byte.
					c.Unread--
					c.EndUnread = true
				}
				at := slices.IndexFunc(cs, func(before Connection) bool { return before.inode == c.inode })
				if at < 0 {
					cs = append(cs, c)
				} else {
					cs[at] = c
				}
			})
		}
	}
	return cs
}

// A Wait is a call in which a thread of a program stands.
type Wait struct {
	Call string // as "recvfrom"
	On   string // "terminal", or the local address of a socket, or "socket" if it has none, or ""
	From string // the remote address of a connection, "" if there is none
}

// Waits lists the calls on sockets and the terminal in which the threads of the
// program stand (proc_pid_syscall(5)). Some programs wait by other means, and
// then nothing is known.
func (p *Program) Waits() (waits []Wait) {
	connections := p.Connections()
	for _, pid := range group(p.cmd.Process.Pid) {
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
		for _, thread := range threads {
			text, _ := os.ReadFile(thread)
			fields := strings.Fields(string(text)) // number, arguments
			if len(fields) < 2 {
				continue
			}
			number, err := strconv.Atoi(fields[0])
			call := calls[number]
			fd, err2 := strconv.ParseUint(strings.TrimPrefix(fields[1], "0x"), 16, 31)
			if err != nil || err2 != nil || call == "" {
				continue
			}
			w := Wait{Call: call}
			link, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pid, fd))
			if strings.HasPrefix(link, "/dev/pts/") || link == "/dev/tty" {
				w.On = "terminal"
			}
			if strings.HasPrefix(link, "socket:") {
				w.On = "socket"
			}
			for _, c := range connections {
				if link == "socket:["+c.inode+"]" {
					w.On, w.From = c.Local, c.Remote
				}
			}
			if strings.HasSuffix(w.From, ":0") {
				w.From = "" // nobody: it listens, or is bound alone
			}
			if !slices.Contains(waits, w) {
				waits = append(waits, w)
			}
		}
	}
	return waits
}

// calls are those that wait for somebody.
var calls = map[int]string{
	unix.SYS_READ: "read", unix.SYS_RECVFROM: "recv", unix.SYS_RECVMSG: "recvmsg",
	unix.SYS_WRITE: "write", unix.SYS_SENDTO: "send", unix.SYS_SENDMSG: "sendmsg",
	unix.SYS_ACCEPT: "accept", unix.SYS_ACCEPT4: "accept", unix.SYS_CONNECT: "connect",
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

// Unread is how many bytes the program at the other end of a connection within
// this network has yet to receive. Call it on the network's thread.
func Unread(to net.Conn) (bytes int) {
	if u, ok := to.(*net.UnixConn); ok {
		raw, err := u.SyscallConn()
		if err != nil {
			return 0
		}
		// Of AF_UNIX, what was sent and not received is still the sender's.
		raw.Control(func(fd uintptr) { bytes, _ = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) })
		return bytes
	}
	local, remote := to.RemoteAddr().String(), to.LocalAddr().String()
	for _, name := range []string{"tcp", "tcp6"} {
		table(name, func(col []string) {
			if len(col) < 10 || kernelAddr(col[1]) != local || kernelAddr(col[2]) != remote {
				return
			}
			_, queue, _ := strings.Cut(col[4], ":")
			n, _ := strconv.ParseInt(queue, 16, 64)
			bytes += int(n)
		})
	}
	return bytes
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
