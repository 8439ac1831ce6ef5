package echo

import (
	"log"
	"os"
	"strings"
	"syscall"
)

// home holds every NETWORK, and the ADDR it has unless another is given. They
// are package net's own names for three kinds of socket, over IP or within
// this machine:
//
//	                   IP                 unix
//	a stream           tcp, tcp4, tcp6    unix
//	datagrams          udp                unixgram
//	both in one        -                  unixpacket
var home = map[string]string{
	"tcp":        "127.0.0.1:8000",
	"tcp4":       "127.0.0.1:8000",
	"tcp6":       "[::1]:8000",
	"udp":        "127.0.0.1:8000",
	"unix":       "echo.sock",
	"unixgram":   "echo.sock",
	"unixpacket": "echo.sock",
}

// connectionless reports whether a datagram is sent to an address as it is,
// and no call comes before it: SOCK_DGRAM in socket(2).
func connectionless(network string) bool {
	return network == "udp" || network == "unixgram"
}

// isFile reports whether ADDR is a file: the address of a unix socket is one,
// seen by ls, and left behind by a process that is killed. On Linux @NAME is
// none: such a name is kept by the kernel alone, and goes with its socket.
func isFile(network, addr string) bool {
	return strings.HasPrefix(network, "unix") && !strings.HasPrefix(addr, "@")
}

// pathMax is how long the path of a unix socket may be: sun_path in unix(7).
const pathMax = len(syscall.RawSockaddrUnix{}.Path) - 1

// checkUsage ends the program if there is no such NETWORK, or no ADDR at all.
func checkUsage(network, addr string) {
	if home[network] == "" {
		log.Printf("-net %s: NETWORK is one of tcp, tcp4, tcp6, udp, unix, unixgram, unixpacket", network)
		os.Exit(2)
	}
	if addr == "" {
		log.Print("ADDR is empty")
		noAddress(network)
	}
}

// noAddress ends a program whose ADDR is none for its NETWORK.
func noAddress(network string) {
	if strings.HasPrefix(network, "unix") {
		log.Printf("hint: with -net %s, ADDR is a path of at most %d bytes, such as %s", network, pathMax, home[network])
	} else {
		log.Printf("hint: with -net %s, ADDR is HOST:PORT, such as %s", network, home[network])
	}
	os.Exit(2)
}
