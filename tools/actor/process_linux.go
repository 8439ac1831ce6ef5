package actor

import (
	"bufio"
	"bytes"
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

// Outlive waits for processes that are not our children to end, and returns
// those that had to be killed.
func Outlive(pids []int, d time.Duration) (killed []int) {
	deadline := time.Now().Add(d)
	for _, pid := range pids {
		fd, err := unix.PidfdOpen(pid, 0)
		if err != nil {
			continue
		}
		if !waitReadable(fd, time.Until(deadline)) {
			killed = append(killed, pid)
			unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0)
			waitReadable(fd, d)
		}
		unix.Close(fd)
	}
	return killed
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
				const listen = "0A"
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
