package procfs

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ListenerOf is the process group that listens at addr on the network of the
// calling thread; 0 if there is none. addr is HOST:PORT, or the path of an
// AF_UNIX socket. A UDP socket counts when it is bound there.
func ListenerOf(network, addr string) (group int) { return owner(network, addr, true) }

// SenderOf is the process group that has a socket at addr which does not listen:
// one of a connection, or a sender of datagrams. It is 0 if there is none; addr
// is as in ListenerOf.
func SenderOf(network, addr string) (group int) { return owner(network, addr, false) }

func owner(network, addr string, listens bool) (group int) {
	inode := ""
	switch {
	case strings.HasPrefix(network, "unix"):
		inode = unixSocket(addr)
	default:
		_, port, _ := net.SplitHostPort(addr)
		any4, any6 := net.JoinHostPort("0.0.0.0", port), net.JoinHostPort("::", port)
		for _, name := range []string{network[:3], network[:3] + "6"} {
			table(name, func(col []string) {
				if len(col) < 10 || network[:3] == "tcp" && listens != (col[3] == listen) {
					return
				}
				if col[9] == "0" {
					return // in TIME-WAIT, and of no process; another socket may have the address
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
	for _, pid := range Pids() {
		if slices.Contains(sockets(pid), "socket:["+inode+"]") {
			pgid, _ := unix.Getpgid(pid)
			return pgid
		}
	}
	return 0
}

// unixSocket is the inode of the AF_UNIX socket that is bound to a path; "" if
// there is none.
func unixSocket(path string) (inode string) {
	table("unix", func(col []string) {
		// Num RefCount Protocol Flags Type St Inode Path
		if len(col) == 8 && col[7] == path {
			inode = cmp.Or(inode, col[6])
		}
	})
	return inode
}

// UnixListener is the inode of the AF_UNIX socket that is bound to a path, on the
// network of the calling thread; 0 if there is none.
func UnixListener(path string) uint64 {
	inode, _ := strconv.ParseUint(unixSocket(path), 10, 64)
	return inode
}

// sockets lists the targets of a process's descriptor links.
func sockets(pid int) (links []string) {
	for _, fd := range List(fmt.Sprintf("%d/fd", pid)) {
		links = append(links, Readlink(fmt.Sprintf("%d/fd/%s", pid, fd)))
	}
	return links
}

// Sockets lists the inodes of the sockets that a process has open.
func Sockets(pid int) (inodes []uint64) {
	for _, link := range sockets(pid) {
		number, is := strings.CutPrefix(link, "socket:[")
		if inode, err := strconv.ParseUint(strings.TrimSuffix(number, "]"), 10, 64); is && err == nil {
			inodes = append(inodes, inode)
		}
	}
	return inodes
}

// table reads a table of the calling thread's network. A list of all sockets from
// SOCK_DIAG (sock_diag(7)) takes longer: 0.50 ms against 0.36 with 1 connection, 52
// against 24 with 1000 (BenchmarkTables).
func table(name string, row func(columns []string)) {
	readTable("thread-self/net/"+name, row)
}

// tableOf reads a table of a process's network.
func tableOf(pid int, name string, row func(columns []string)) {
	readTable(fmt.Sprintf("%d/net/%s", pid, name), row)
}

func readTable(file string, row func(columns []string)) {
	f, err := Open(file)
	if err != nil {
		return
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		row(strings.Fields(lines.Text()))
	}
}

// listen is the LISTEN state in the tables.
const listen = "0A"

// accepts are the flags of an AF_UNIX socket that listens (__SO_ACCEPTCON).
const accepts = "00010000"

// A Connection is a TCP connection, a listening socket (of AF_UNIX too), or a UDP
// socket that has an address.
type Connection struct {
	Local, Remote string // HOST:PORT; Local is the path of an AF_UNIX socket
	State         string // as in RFC 9293: ESTABLISHED, CLOSE-WAIT, ...; BOUND for UDP
	Unread        int    // bytes that arrived and were not received; for a listener, connections not accepted; for UDP, memory used
	Unsent        int    // bytes that the other side has not acknowledged, or has no room for
	EndUnread     bool   // the other side has closed, and the program has not received that
	inode         string
}

// states names the states in the tables, by number (include/net/tcp_states.h).
var states = map[string]string{
	"01": "ESTABLISHED", "02": "SYN-SENT", "03": "SYN-RECEIVED", "04": "FIN-WAIT-1", "05": "FIN-WAIT-2",
	"06": "TIME-WAIT", "07": "CLOSED", "08": "CLOSE-WAIT", "09": "LAST-ACK", listen: "LISTEN", "0B": "CLOSING",
}

// Connections lists the TCP and UDP sockets of the living processes of a group, and
// the AF_UNIX sockets that listen at a path. It reads the tables of their network
// (proc_pid_net(5)) and connects to nothing.
func Connections(pgid int) (cs []Connection) {
	for _, pid := range Group(pgid) {
		mine := sockets(pid)
		tableOf(pid, "unix", func(col []string) {
			// Num RefCount Protocol Flags Type St Inode Path
			if len(col) != 8 || col[3] != accepts || !slices.Contains(mine, "socket:["+col[6]+"]") {
				return
			}
			c := Connection{Local: col[7], State: "LISTEN", inode: col[6]}
			if !slices.Contains(cs, c) {
				cs = append(cs, c)
			}
		})
		// A table is read in pieces, so it can lack a line while others appear
		// and vanish. Therefore each table is read twice.
		for _, name := range []string{"tcp", "tcp6", "udp", "udp6", "tcp", "tcp6", "udp", "udp6"} {
			tableOf(pid, name, func(col []string) {
				// sl local_address rem_address st tx_queue:rx_queue ... inode
				if len(col) < 10 || !slices.Contains(mine, "socket:["+col[9]+"]") {
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

// A Wait is a system call in which a thread of a program waits.
type Wait struct {
	Call string // such as "recvfrom"
	On   string // "terminal", or the local address of a socket, or "socket" if it has none, or ""
	From string // the remote address of a connection, "" if there is none
}

// Waits lists the calls on sockets and the terminal in which the threads of a
// process group wait (proc_pid_syscall(5)). Programs that wait in other calls
// are not listed.
func Waits(pgid int) (waits []Wait) {
	connections := Connections(pgid)
	for _, pid := range Group(pgid) {
		for _, task := range List(fmt.Sprintf("%d/task", pid)) {
			number, arguments := waitsIn(pid, task)
			call := calls[number]
			if call == "" {
				continue
			}
			w := Wait{Call: call}
			link := Readlink(fmt.Sprintf("%d/fd/%d", pid, arguments[0]))
			if onTerminal(link) {
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
				w.From = "" // no peer: it listens, or is only bound
			}
			if !slices.Contains(waits, w) {
				waits = append(waits, w)
			}
		}
	}
	return waits
}

// calls are the system calls that wait for a peer.
var calls = map[int]string{
	unix.SYS_READ: "read", unix.SYS_RECVFROM: "recv", unix.SYS_RECVMSG: "recvmsg",
	unix.SYS_WRITE: "write", unix.SYS_SENDTO: "send", unix.SYS_SENDMSG: "sendmsg",
	unix.SYS_ACCEPT4: "accept", unix.SYS_CONNECT: "connect",
}

// kernelAddr parses an address of the tables: hexadecimal 32-bit words in the
// machine's byte order.
func kernelAddr(s string) string { return addrIn(binary.NativeEndian, s) }

func addrIn(machine binary.ByteOrder, s string) string {
	host, port, _ := strings.Cut(s, ":")
	ip, _ := hex.DecodeString(host)
	for word := range slices.Chunk(ip, 4) {
		machine.PutUint32(word, binary.BigEndian.Uint32(word))
	}
	n, _ := strconv.ParseUint(port, 16, 16)
	return net.JoinHostPort(net.IP(ip).String(), strconv.Itoa(int(n)))
}

// Unread is the number of bytes that the program at the other end of a
// connection has yet to receive. Both ends must be in this network. Call it on
// the network's thread.
func Unread(to net.Conn) (bytes int) {
	if u, ok := to.(*net.UnixConn); ok {
		raw, err := u.SyscallConn()
		if err != nil {
			return 0
		}
		// On AF_UNIX, bytes sent and not received still count as the sender's.
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
// machine; 0 if unknown.
func PeerOf(c net.Conn) (group int) {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return SenderOf(c.RemoteAddr().Network(), c.RemoteAddr().String())
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
