// Package script is the language of socklab's scripts. A script is a txtar
// archive that testscript runs (github.com/rogpeppe/go-internal/testscript),
// with its commands and conditions and those below. NAME is what the script
// calls an actor: a program on a terminal of its own, or a bare socket.
//
// Every command that waits has an absolute deadline: 10 s unless -t says
// otherwise (go test -wait moves that), and never later than the test's own. "[!]" marks a command that
// may be negated. Durations are Go's ("300ms"), patterns are package regexp's,
// with ^ for the beginning of a line, or of what is not yet matched, and $ for
// the end of a line, newline included. $ waits for that end to come, so a
// pattern that ends in $ never takes half a line for a whole one.
//
// # Programs
//
//	spawn [-on=HOST] [-syscalls] NAME PROGRAM [ARG...]
//
// Start PROGRAM on a terminal of its own, 80 columns by 24 rows, in the
// script's directory and network, or on a host of it; -syscalls records what it
// asks the kernel, with strace(1). As: spawn server echo-server $ADDR
//
//	key NAME KEY
//
// Press a control key; the terminal may make a signal of it. Expect first what
// the program has printed, for ^C discards what nobody has read, as on every
// terminal. As: key server ^C
//
//	signal NAME SIGNAL
//
// Send a signal to the program's whole process group. As: signal server TERM
//
//	[!] exited [-t=DURATION] NAME [CODE|SIGNAL|closed|reset]
//
// Wait for the end of NAME and assert how it came: a program by an exit code
// (0 unless said) or a signal, a socket by the other side's close or reset
// (either unless said). Every program of a script must be reaped so. Negated:
// NAME has not ended, and does not do so now. As: exited server 0
//
// # Conversation
//
//	[!] expect [-t=DURATION] [-for=DURATION] NAME PATTERN
//
// Wait for text of NAME that matches PATTERN, and consume what came up to the
// end of the match. Text that the script typed is no match. Named groups
// become variables. It fails at once when NAME has ended. Of what nobody has
// expected, the last 32 KiB at least are kept, 64 KiB at most, and what is
// older is forgotten. Negated, with -for: the text doesn't come for that long;
// nothing is consumed. As: expect alice '^hello (?P<who>\w+)$'
//
//	send [-n] [-times=N] NAME TEXT [END]
//
// Type TEXT and Enter, or without Enter (-n), on a program's terminal. On a
// socket write TEXT alone, N times over, and END once, in one go, with Go's
// escapes decoded. As: send mallory 'GET / HTTP/1.1\r\n'
//
//	eof NAME
//
// End what NAME says: ^D on a terminal, a half-close on a socket. As: eof alice
//
//	screen NAME
//
// Write NAME's transcript to stdout. On a screen, » marks what was typed; of a
// socket, » is what it sent and « what it received. $ADDR appears in it as
// 127.0.0.1:8000, whatever network the script is on, and ports that the kernel
// chose as 50001, 50002, in the order in which the script shows them. As:
// screen alice
//
// # Sockets
//
//	[!] dial [-on=HOST] [-deaf] NAME NETWORK ADDR
//
// Connect a socket; -deaf never reads, and has room for little, until exited
// waits for its end. Negated: nobody takes the call, and the reason goes to
// stdout. As: dial mallory tcp $ADDR
//
//	listen [-on=HOST] NAME NETWORK ADDR
//
// Listen with a socket. As: listen door tcp $ADDR
//
//	accept LISTENER NAME
//
// Take the next caller of LISTENER as a socket. As: accept door caller
//
//	reset NAME
//
// Drop a socket's connection without a farewell: the other side gets RST. As:
// reset mallory
//
// # The stream
//
//	tap [-net=NETWORK] NAME ADDR VAR
//
// Put a recording relay in front of the server at ADDR, which may come later,
// and its own address into the variable VAR. It hands on what each side says,
// and who closes or resets, as it happens. NETWORK is tcp, udp or unix (unless
// said, unix for a path and tcp for the rest). As: tap wire $ADDR WIRE
//
//	stream [-t=DURATION] [-chunks] NAME
//
// Wait until every connection through the tap NAME has ended, and write its
// transcript to stdout: a line for each event. What one side says without an
// answer in between is one line, and when both sides close with nothing said in
// between, the server's is shown first: with -chunks every piece and every close
// is shown as it came. Long payloads are cut, and end in their checksum. As: stream wire
//
//	faults [-from=callers|server] [-t=DURATION] TAP FAULT...
//
// Make the tap do something to what passes from now on, by count and never by
// chance, on each of its connections: split=N passes N bytes at a time, the next
// when those were received; glue=N keeps bytes until there are N, or the sender
// has closed, and passes them at once; delay=DURATION waits before each piece;
// hold passes nothing, until release, or release=N, which waits until N bytes
// are held, lets it go in one piece; cut=N and reset=N close and reset the
// connection, to both sides, after N bytes of one direction; none is the end of
// all that. -from says whose bytes are meant, both sides' otherwise. It is for
// streams. As: faults wire split=1
//
// # The packets
//
//	packets start|stop [-on=HOST] [-t=DURATION] [-acks] [-v] [-asis] [-open]
//
// Capture on the script's network, which must be private, and write the
// transcript to stdout at the stop: a line for each packet. The stop waits until
// everything that was sent before it is there: until every connection has ended
// (with -open, until nothing that it sent is on its way) and every packet has
// arrived and got its answer from the kernel. How the kernels keep account may
// differ from run to run, and is left out: -acks shows acknowledgements, window
// updates, repetitions and probes, -v also numbers, windows and options. The
// three segments of a handshake stand together, and so do the FINs of a
// connection with nothing said in between, the server's first: with -asis
// everything stands as it came. With -on, at the start, the packets are those
// that leave HOST, and those that reach it. As: packets stop
//
// # Hosts and cables
//
//	host NAME ADDR[/BITS]
//
// Put a machine on the script's network, which must be private: with an address,
// routes and settings of its own, and a cable that leads to the switch. Hosts
// know each other's Ethernet addresses, so nobody asks for them. As: host alice
// 10.0.0.2
//
//	unplug HOST
//
// Take the cable of HOST out of the switch. Nobody is told: what it sends does
// not arrive, nor does what others send to it. As: unplug alice
//
//	plug HOST
//
// Put the cable of HOST back into the switch. As: plug alice
//
//	route HOST blackhole|unreachable|prohibit|open NET
//
// Make what HOST sends to NET, or to one address, vanish, or fail with
// EHOSTUNREACH, or with EACCES, there and at once (ip-route(8)); open takes that
// back. As: route alice blackhole 10.0.0.1
//
//	sysctl HOST KEY VALUE
//
// Set one of HOST's own settings of the network, so that what takes minutes
// takes a moment (tcp(7), ip(7)). As: sysctl alice net.ipv4.tcp_retries2 3
//
//	netem [-delay=DURATION] [-loss=PERCENT] HOST
//
// Delay what HOST sends, and lose some of it, by chance: for a look, not for a
// transcript (tc-netem(8)). Where [netem] is false the kernel can't. As: [netem]
// netem -delay=50ms alice
//
// # System calls
//
//	syscalls [-t=DURATION] NAME
//
// Write to stdout the system calls on sockets that NAME made, which was spawned
// with -syscalls and has been reaped: descriptors by their role, and without
// what is chance, such as the waiting. As: syscalls server
//
// # Variables and conditions
//
// $ADDR is where the script's server should listen, 127.0.0.1:8000 on a private
// network; $HOST and $PORT are its parts. [privnet] is true when each script
// has a network of its own, [tcp6] when there is IPv6 on loopback, [netem] when
// its kernel can delay and lose packets, [rawsocket] when it may open raw
// sockets, [race] under the race detector, and [ours:PROGRAM] unless go test
// -prog has put a guest in PROGRAM's place, whose words for what goes wrong are
// its own (tools/guests/README.md). Programs have TERM=dumb: the lab's terminal
// shows bytes and draws nothing.
package script
