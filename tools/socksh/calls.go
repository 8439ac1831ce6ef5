//go:build unix

package socksh

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// functions are the calls of the socket API, in the order in which they are
// met. Each asks the kernel and says what it answered.
var functions = []*function{
	{name: "socket", params: params("FAMILY TYPE [PROTOCOL]"), call: callSocket,
		golang: "{new}, err = syscall.Socket({FAMILY}, {TYPE}, {PROTOCOL})\nanswer(err, {new})",
		python: "{new} = socket.socket({FAMILY}, {TYPE}, {PROTOCOL})\nanswer({new}.fileno())"},
	{name: "socketpair", params: params("FAMILY TYPE"), call: callSocketpair,
		golang: "pair, err = syscall.Socketpair({FAMILY}, {TYPE}, 0)\n{new}, {new2} = pair[0], pair[1]\nanswer(err, {new}, {new2})",
		python: "{new}, {new2} = socket.socketpair({FAMILY}, {TYPE})\nanswer({new}.fileno(), {new2}.fileno())"},
	{name: "bind", params: params("FD ADDR"), call: callBind,
		golang: "err = syscall.Bind({FD}, {ADDR})\nanswer(err, 0)",
		python: "{FD}.bind({ADDR})\nanswer(0)"},
	{name: "listen", params: params("FD [BACKLOG]"), call: callListen,
		golang: "err = syscall.Listen({FD}, {BACKLOG})\nanswer(err, 0)",
		python: "{FD}.listen({BACKLOG})\nanswer(0)"},
	{name: "accept", params: params("FD"), call: callAccept,
		golang: "{new}, peer, err = syscall.Accept({FD})\nanswer(err, {new}, where(peer))",
		python: "{new}, peer = {FD}.accept()\nanswer({new}.fileno(), where(peer))"},
	{name: "connect", params: params("FD ADDR"), call: callConnect,
		golang: "err = syscall.Connect({FD}, {ADDR})\nanswer(err, 0)",
		python: "{FD}.connect({ADDR})\nanswer(0)"},
	{name: "connect_ex", params: params("FD ADDR"), call: callConnectEx,
		golang: "err = syscall.Connect({FD}, {ADDR})\nanswer(nil, number(err))",
		python: "answer(number({FD}.connect_ex({ADDR})))"},
	{name: "send", params: params("FD BYTES [FLAGS]"), call: callSend,
		golang: "count, err = syscall.SendmsgN({FD}, {BYTES}, nil, nil, {FLAGS})\nanswer(err, count)",
		python: "answer({FD}.send({BYTES}, {FLAGS}))"},
	{name: "sendall", params: params("FD BYTES [FLAGS]"), call: callSendall,
		golang: "err = sendAll({FD}, {BYTES}, {FLAGS})\nanswer(err, 0)",
		python: "{FD}.sendall({BYTES}, {FLAGS})\nanswer(0)"},
	{name: "recv", params: params("FD SIZE [FLAGS]"), call: callRecv,
		golang: "data = make([]byte, {SIZE})\ncount, _, err = syscall.Recvfrom({FD}, data, {FLAGS})\nanswer(err, got(data, count))",
		python: "answer(got({FD}.recv({SIZE}, {FLAGS})))"},
	{name: "sendto", params: params("FD BYTES ADDR [FLAGS]"), call: callSendto,
		golang: "count, err = syscall.SendmsgN({FD}, {BYTES}, nil, {ADDR}, {FLAGS})\nanswer(err, count)",
		python: "answer({FD}.sendto({BYTES}, {FLAGS}, {ADDR}))"},
	{name: "recvfrom", params: params("FD SIZE [FLAGS]"), call: callRecvfrom,
		golang: "data = make([]byte, {SIZE})\ncount, peer, err = syscall.Recvfrom({FD}, data, {FLAGS})\nanswer(err, got(data, count), where(peer))",
		python: "data, peer = {FD}.recvfrom({SIZE}, {FLAGS})\nanswer(got(data), where(peer))"},
	{name: "send_fds", params: params("FD BYTES FDS"), call: callSendFDs,
		golang: "count, err = syscall.SendmsgN({FD}, {BYTES}, syscall.UnixRights({FDS}), nil, 0)\nanswer(err, count)",
		python: "answer(send_fds({FD}, {BYTES}, [{FDS}]))"},
	{name: "recv_fds", params: params("FD SIZE"), call: callRecvFDs,
		golang: "data = make([]byte, {SIZE})\ncount, {new}, err = recvFD({FD}, data)\nanswer(err, gotFD(data, count, {new})...)",
		python: "data, passed, _, _ = socket.recv_fds({FD}, {SIZE}, 1)\nif passed:\n    {new} = socket.socket(fileno=passed[0])\nanswer(got(data), *passed)"},
	{name: "close", params: params("FD"), call: callClose,
		golang: "err = syscall.Close({FD})\nanswer(err, 0)",
		python: "{FD}.close()\nanswer(0)"},
	{name: "shutdown", params: params("FD HOW"), call: callShutdown,
		golang: "err = syscall.Shutdown({FD}, {HOW})\nanswer(err, 0)",
		python: "{FD}.shutdown({HOW})\nanswer(0)"},
	{name: "getsockname", params: params("FD"), call: callGetsockname,
		golang: "peer, err = syscall.Getsockname({FD})\nanswer(err, where(peer))",
		python: "answer(where({FD}.getsockname()))"},
	{name: "getpeername", params: params("FD"), call: callGetpeername,
		golang: "peer, err = syscall.Getpeername({FD})\nanswer(err, where(peer))",
		python: "answer(where({FD}.getpeername()))"},
	{name: "setsockopt", params: params("FD LEVEL OPTION VALUE"), call: callSetsockopt,
		golang: "err = syscall.SetsockoptInt({FD}, {LEVEL}, {OPTION}, {VALUE})\nanswer(err, 0)",
		python: "{FD}.setsockopt({LEVEL}, {OPTION}, {VALUE})\nanswer(0)"},
	{name: "getsockopt", params: params("FD LEVEL OPTION"), call: callGetsockopt,
		golang: "value, err = syscall.GetsockoptInt({FD}, {LEVEL}, {OPTION})\nanswer(err, value)",
		python: "answer({FD}.getsockopt({LEVEL}, {OPTION}))"},
	{name: "settimeout", params: params("FD SECONDS"), call: callSettimeout,
		golang: "err = setTimeout({FD}, {SECONDS})\nanswer(err, 0)",
		python: "{FD}.settimeout({SECONDS})\nanswer(0)"},
	{name: "gettimeout", params: params("FD"), call: callGettimeout,
		golang: "answer(nil, timeoutOf({FD}))",
		python: "answer(timeout({FD}))"},
	{name: "setblocking", params: params("FD 0|1"), call: callSetblocking,
		golang: "err = setTimeout({FD}, {0|1})\nanswer(err, 0)",
		python: "{FD}.setblocking({0|1})\nanswer(0)"},
	{name: "fileno", params: params("FD"), call: callFileno,
		golang: "answer(nil, {FD})",
		python: "answer({FD}.fileno())"},
	{name: "makefile", params: params("FD"), call: callMakefile,
		golang: "files[{FD}] = bufio.NewReader(reader({FD}))\nanswer(nil, 0)",
		python: "files[{FD}] = {FD}.makefile('rb')\nanswer(0)"},
	{name: "readline", params: params("FD"), call: callReadline,
		golang: "data, err = readLine({FD})\nanswer(err, got(data, len(data)))",
		python: "answer(got(files[{FD}].readline()))"},
	{name: "poll", params: params("FDS EVENTS SECONDS"), call: callPoll,
		golang: "poll({EVENTS}, {SECONDS}, {FDS})",
		python: "poll({EVENTS}, {SECONDS}, {FDS})"},
}

func callSocket(sh *shell, a args) answer {
	fd, err := unix.Socket(a.int(0), a.int(1), a.int(2))
	if err != nil {
		return failed(err)
	}
	sh.add(fd)
	return answer{text: strconv.Itoa(fd), new: []int{fd}}
}

func callSocketpair(sh *shell, a args) answer {
	fds, err := unix.Socketpair(a.int(0), a.int(1), 0)
	if err != nil {
		return failed(err)
	}
	sh.add(fds[0])
	sh.add(fds[1])
	return answer{text: fmt.Sprintf("%d, %d", fds[0], fds[1]), new: fds[:]}
}

func callBind(_ *shell, a args) answer {
	return either(bind(a.int(0), a[1].(unix.Sockaddr)))
}

// backlogOf returns the backlog that was given, or else the most that the kernel
// allows, as package net does.
func backlogOf(v any) int {
	if v == nil {
		return unix.SOMAXCONN
	}
	return v.(int)
}

func callListen(_ *shell, a args) answer {
	return either(unix.Listen(a.int(0), backlogOf(a[1])))
}

func callAccept(sh *shell, a args) answer {
	var fd int
	var peer unix.Sockaddr
	err := sh.retry(func() (err error) {
		fd, peer, err = unix.Accept(a.int(0))
		return err
	})
	if err != nil {
		return failed(sh.onTime(a.int(0), err, 0))
	}
	sh.add(fd)
	// The kernel hands on the timeout that the listener had when the caller
	// came; Python doesn't.
	setTimeout(fd, none)
	return answer{text: fmt.Sprintf("%d, %s", fd, showAddress(peer)), new: []int{fd}}
}

func (sh *shell) connect(a args) error {
	return sh.retry(func() error { return connect(a.int(0), a[1].(unix.Sockaddr)) })
}

func callConnect(sh *shell, a args) answer {
	return either(sh.onTime(a.int(0), sh.connect(a), 0))
}

func callConnectEx(sh *shell, a args) answer {
	err := sh.connect(a)
	errno, ok := err.(unix.Errno)
	if err != nil && !ok {
		return failed(err)
	}
	return errnoAnswer(errno)
}

func (sh *shell) send(fd int, b []byte, to unix.Sockaddr, flags int) (n int, err error) {
	err = sh.retry(func() error {
		n, err = unix.SendmsgN(fd, b, nil, to, flags)
		return err
	})
	return n, sh.onTime(fd, err, flags)
}

func callSend(sh *shell, a args) answer {
	n, err := sh.send(a.int(0), a[1].(data).bytes(), nil, a.int(2))
	if err != nil {
		return failed(err)
	}
	return done("%d", n)
}

// callSendall sends again and again what is left. Its timeout is for all of
// it, as in Python.
func callSendall(sh *shell, a args) answer {
	fd, b := a.int(0), a[1].(data).bytes()
	timeout := sh.timeoutOf(fd)
	limited := timeout != none && timeout != 0
	deadline := time.Now().Add(timeout)
	if limited {
		defer limit(fd, timeout, unix.SO_SNDTIMEO)
	}
	for sent := 0; ; {
		n, err := sh.send(fd, b[sent:], nil, a.int(2))
		sent += max(n, 0)
		if err != nil {
			return answer{err: err, text: fmt.Sprintf("-1 %s, after %d of %d bytes", reason(err), sent, len(b))}
		}
		if sent == len(b) {
			return done("0")
		}
		if limited {
			limit(fd, max(time.Until(deadline), time.Microsecond), unix.SO_SNDTIMEO)
		}
	}
}

func callSendto(sh *shell, a args) answer {
	n, err := sh.send(a.int(0), a[1].(data).bytes(), a[2].(unix.Sockaddr), a.int(3))
	if err != nil {
		return failed(err)
	}
	return done("%d", n)
}

func (sh *shell) recv(a args) (n int, b []byte, from unix.Sockaddr, err error) {
	fd, flags := a.int(0), a.int(2)
	b = make([]byte, a.int(1))
	err = sh.retry(func() error {
		n, from, err = unix.Recvfrom(fd, b, flags)
		return err
	})
	// With MSG_TRUNC a datagram's whole length comes, however little of it
	// fitted (recv(2)).
	return n, b[:min(max(n, 0), len(b))], from, sh.onTime(fd, err, flags)
}

func callRecv(sh *shell, a args) answer {
	n, b, _, err := sh.recv(a)
	if err != nil {
		return failed(err)
	}
	return done("%d %s", n, showBytes(b))
}

func callRecvfrom(sh *shell, a args) answer {
	n, b, from, err := sh.recv(a)
	if err != nil {
		return failed(err)
	}
	return done("%d %s, %s", n, showBytes(b), showAddress(from))
}

// callSendFDs sends bytes, and descriptors in the same message (SCM_RIGHTS,
// unix(7)). Of a stream some of the bytes may be left over, of the descriptors
// none.
func callSendFDs(sh *shell, a args) answer {
	fd, n := a.int(0), 0
	rights := unix.UnixRights(a[2].([]int)...)
	err := sh.retry(func() (err error) {
		n, err = unix.SendmsgN(fd, a[1].(data).bytes(), rights, nil, 0)
		return err
	})
	if err != nil {
		return failed(sh.onTime(fd, err, 0))
	}
	return done("%d", n)
}

// callRecvFDs has room for one descriptor: the kernel closes the others of the
// message (MSG_CTRUNC, recvmsg(2)).
func callRecvFDs(sh *shell, a args) answer {
	fd, n, oobn := a.int(0), 0, 0
	b, oob := make([]byte, a.int(1)), make([]byte, unix.CmsgLen(4))
	err := sh.retry(func() (err error) {
		n, oobn, _, _, err = unix.Recvmsg(fd, b, oob, 0)
		return err
	})
	if err != nil {
		return failed(sh.onTime(fd, err, 0))
	}
	ans := done("%d %s", n, showBytes(b[:min(max(n, 0), len(b))]))
	messages, _ := unix.ParseSocketControlMessage(oob[:oobn])
	for _, m := range messages {
		fds, _ := unix.ParseUnixRights(&m)
		for _, fd := range fds {
			sh.add(fd)
			ans.new = append(ans.new, fd)
			ans.text += fmt.Sprintf(", %d", fd)
		}
	}
	return ans
}

func callClose(sh *shell, a args) answer {
	fd := a.int(0)
	err := unix.Close(fd)
	delete(sh.open, fd)
	return either(err)
}

func callShutdown(_ *shell, a args) answer {
	return either(unix.Shutdown(a.int(0), a.int(1)))
}

func callGetsockname(_ *shell, a args) answer { return name(unix.Getsockname(a.int(0))) }
func callGetpeername(_ *shell, a args) answer { return name(unix.Getpeername(a.int(0))) }

func name(sa unix.Sockaddr, err error) answer {
	if err != nil {
		return failed(err)
	}
	return done("%s", showAddress(sa))
}

func callSetsockopt(_ *shell, a args) answer {
	fd, level, option, v := a.int(0), a.int(1), a.int(2), a[3].(value)
	return either(unix.SetsockoptString(fd, level, option, string(v.pack())))
}

func callGetsockopt(_ *shell, a args) answer {
	fd, level, option := a.int(0), a.int(1), a.int(2)
	if peerCred := credentialsOf(level, option); peerCred != nil {
		pid, uid, gid, err := peerCred(fd)
		if err != nil {
			return failed(err)
		}
		return done("%d,%d,%d", pid, uid, gid)
	}
	if level == unix.SOL_SOCKET && option == unix.SO_LINGER {
		l, err := unix.GetsockoptLinger(fd, level, option)
		if err != nil {
			return failed(err)
		}
		return done("%d,%d", l.Onoff, l.Linger)
	}
	n, err := unix.GetsockoptInt(fd, level, option)
	if err != nil {
		return failed(err)
	}
	if level == unix.SOL_SOCKET {
		switch option {
		case unix.SO_ERROR:
			return errnoAnswer(unix.Errno(n))
		case unix.SO_TYPE:
			return done("%d %s", n, types.name(n))
		}
	}
	return done("%d", n)
}

func callSettimeout(sh *shell, a args) answer {
	fd, timeout := a.int(0), a[1].(time.Duration)
	err := setTimeout(fd, timeout)
	if d, ok := sh.open[fd]; ok && err == nil {
		d.timeout = timeout
	}
	return either(err)
}

func callGettimeout(sh *shell, a args) answer {
	if _, err := unix.FcntlInt(uintptr(a.int(0)), unix.F_GETFL, 0); err != nil {
		return failed(err)
	}
	return done("%s", showSeconds(sh.timeoutOf(a.int(0))))
}

// callSetblocking is settimeout none, or settimeout 0.
func callSetblocking(sh *shell, a args) answer {
	timeout := none
	if a.int(1) == 0 {
		timeout = 0
	}
	return callSettimeout(sh, args{a[0], timeout})
}

func callFileno(_ *shell, a args) answer {
	if _, err := unix.FcntlInt(uintptr(a.int(0)), unix.F_GETFD, 0); err != nil {
		return failed(err)
	}
	return done("%d", a.int(0))
}

func (v value) pack() []byte {
	var b []byte
	for _, part := range v.parts {
		switch part := part.(type) {
		case int:
			b = binary.NativeEndian.AppendUint32(b, uint32(part))
		default:
			b = append(b, part.(interface{ AsSlice() []byte }).AsSlice()...)
		}
	}
	return b
}
