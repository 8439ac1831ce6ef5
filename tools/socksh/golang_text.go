//go:build unix

package socksh

// goHead begins a program.
const goHead = `// These are the calls that a socket shell made: see main. Each prints the kernel's
// answer. Ports that the kernel chooses may be others, and so may be what has
// arrived when a call looks.
//
// With this setting of Go's runtime the first socket is 3:
//
//go:debug containermaxprocs=0
package main

import (
`

// goQuiet is for calls that the kernel doesn't begin again after a signal
// (signal(7)).
const goQuiet = `
	// Go's scheduler sends this signal to threads: it would end a call that has
	// a timeout with EINTR.
	signal.Ignore(syscall.SIGURG)
`

// goHelpers are what a program needs, each when one of its names is used. They
// come after those that use them.
var goHelpers = []struct{ names, code string }{
	{"typeName", `
// typeName is a type of sockets with its name.
func typeName(t int) string {
	return fmt.Sprint(t, " ", map[int]string{
		syscall.SOCK_STREAM:    "SOCK_STREAM",
		syscall.SOCK_DGRAM:     "SOCK_DGRAM",
		syscall.SOCK_SEQPACKET: "SOCK_SEQPACKET",
		syscall.SOCK_RAW:       "SOCK_RAW",
	}[t])
}
`},
	{"sendAll", `
// sendAll sends until nothing is left.
func sendAll(fd int, data []byte, flags int) error {
	for sent := 0; sent < len(data); {
		n, err := syscall.SendmsgN(fd, data[sent:], nil, nil, flags)
		if err != nil {
			return fmt.Errorf("%s, after %d of %d bytes", reason(late(fd, err)), sent, len(data))
		}
		sent += n
	}
	return nil
}
`},
	{"peerCred", `
// peerCred asks for the process, user and group of the other side.
func peerCred(fd int) {
	c, err := syscall.GetsockoptUcred(fd, syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	if err != nil {
		answer(err)
		return
	}
	answer(nil, fmt.Sprintf("%d,%d,%d", c.Pid, c.Uid, c.Gid))
}
`},
	{"recvFD gotFD", `
// recvFD receives data and, if one comes with it, a descriptor; -1 is none.
func recvFD(fd int, data []byte) (count, passed int, err error) {
	control := make([]byte, syscall.CmsgLen(4)) // room for one
	count, n, _, _, err := syscall.Recvmsg(fd, data, control, 0)
	if err != nil {
		return count, -1, err
	}
	messages, _ := syscall.ParseSocketControlMessage(control[:n])
	for _, m := range messages {
		if fds, _ := syscall.ParseUnixRights(&m); len(fds) > 0 {
			return count, fds[0], nil
		}
	}
	return count, -1, nil
}

// gotFD is what was received.
func gotFD(data []byte, count, passed int) []any {
	if passed < 0 {
		return []any{got(data, count)}
	}
	return []any{got(data, count), passed}
}
`},
	{"got", `
// got is how much was received, and what.
func got(data []byte, count int) string {
	data = data[:min(max(count, 0), len(data))]
	if len(data) > 200 {
		return fmt.Sprintf("%d %q and %d bytes more", count, data[:200], len(data)-200)
	}
	return fmt.Sprintf("%d %q", count, data)
}
`},
	{"readLine", `
// readLine is the next line of the file over fd, "" at the end.
func readLine(fd int) ([]byte, error) {
	line, err := files[fd].ReadBytes('\n')
	if err == io.EOF {
		return line, nil
	}
	if err != nil && len(line) > 0 {
		err = fmt.Errorf("%s, after %q", reason(err), line)
	}
	return line, err
}
`},
	{"files reader", `
// files are the buffers that makefile puts over sockets.
var files = map[int]*bufio.Reader{}

// A reader is a socket as package io wants it.
type reader int

func (fd reader) Read(p []byte) (int, error) {
	n, err := syscall.Read(int(fd), p)
	if n == 0 && err == nil {
		return 0, io.EOF
	}
	return max(n, 0), late(int(fd), err)
}
`},
	{"late", `
// late says that a call waited as long as it was allowed to.
func late(fd int, err error) error {
	if err == syscall.EAGAIN || err == syscall.EINPROGRESS {
		return fmt.Errorf("%s: timed out after %v s", reason(err), timeouts[fd])
	}
	return err
}
`},
	{"timeoutOf", `
// timeoutOf is how long calls on fd may wait.
func timeoutOf(fd int) any {
	if seconds, ok := timeouts[fd]; ok && seconds != none {
		return seconds
	}
	return "none"
}
`},
	{"timeouts setTimeout", `
// timeouts are in seconds.
var timeouts = map[int]float64{}

// setTimeout says how long calls on fd may wait: for ever, not at all, or as
// long as the kernel counts for them.
func setTimeout(fd int, seconds float64) error {
	timeouts[fd] = seconds
	if err := syscall.SetNonblock(fd, seconds == 0); err != nil {
		return err
	}
	limit := syscall.NsecToTimeval(int64(max(seconds, 0) * 1e9)) // 0 is none
	if err := syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &limit); err != nil {
		return err
	}
	return syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_SNDTIMEO, &limit)
}
`},
	{"none", `
// none is the timeout of who waits for ever.
const none = -1
`},
	{"poll events pollFd POLLIN POLLPRI POLLOUT POLLERR POLLHUP POLLNVAL", `
// What poll waits for and tells (poll(2)).
const (
	POLLIN   = 0x1
	POLLPRI  = 0x2
	POLLOUT  = 0x4
	POLLERR  = 0x8
	POLLHUP  = 0x10
	POLLNVAL = 0x20
)

var events = map[string]int16{
	"POLLIN": POLLIN, "POLLPRI": POLLPRI, "POLLOUT": POLLOUT,
	"POLLERR": POLLERR, "POLLHUP": POLLHUP, "POLLNVAL": POLLNVAL,
}

// A pollFd is C's struct pollfd.
type pollFd struct {
	fd      int32
	events  int16
	revents int16
}

// poll waits until one of the descriptors has an event, or for some seconds.
func poll(wanted int16, seconds float64, fds ...int) {
	var polled []pollFd
	for _, fd := range fds {
		polled = append(polled, pollFd{fd: int32(fd), events: wanted})
	}
	var limit *syscall.Timespec
	if seconds >= 0 {
		ts := syscall.NsecToTimespec(int64(seconds * 1e9))
		limit = &ts
	}
	n, _, errno := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&polled[0])), uintptr(len(polled)),
		uintptr(unsafe.Pointer(limit)), 0, 0, 0)
	if errno != 0 {
		answer(errno)
		return
	}
	found := []any{n}
	for _, p := range polled {
		var names []string
		for _, name := range slices.Sorted(maps.Keys(events)) {
			if p.revents&events[name] != 0 {
				names = append(names, name)
			}
		}
		if names != nil {
			found = append(found, fmt.Sprint(p.fd, " ", strings.Join(names, "|")))
		}
	}
	answer(nil, found...)
}
`},
	{"where", `
// where is an address in words.
func where(address syscall.Sockaddr) string {
	switch a := address.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port)).String()
	case *syscall.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port)).String()
	case *syscall.SockaddrUnix:
		if a.Name == "" || a.Name == "@" {
			return "no name"
		}
		return a.Name
	}
	return "no address"
}
`},
	{"answer reason", `
// answer prints what the kernel answered, as the shell does.
func answer(err error, values ...any) {
	if err != nil {
		fmt.Println("= -1", reason(err))
		return
	}
	fmt.Print("= ", values[0])
	for _, v := range values[1:] {
		fmt.Print(", ", v)
	}
	fmt.Println()
}

// reason is an error as its name, number and words.
func reason(err error) string {
	if errno, ok := err.(syscall.Errno); ok {
		return fmt.Sprintf("%s %d (%s)", names[errno], errno, errno)
	}
	return err.Error()
}
`},
	{"number", `
// number is an error as connect_ex and SO_ERROR tell it.
func number(err error) string {
	if errno, _ := err.(syscall.Errno); errno != 0 {
		return fmt.Sprintf("%d %s (%s)", errno, names[errno], errno)
	}
	return "0"
}
`},
}
