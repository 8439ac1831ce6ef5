package echo

import (
	"fmt"
	"log"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"unicode"
)

// defaultAddr holds every NETWORK and its default ADDR. The networks are package
// net's own names for three kinds of socket, over IP or within this machine:
//
//	                   IP                 unix
//	a stream           tcp, tcp4, tcp6    unix
//	datagrams          udp                unixgram
//	both in one        -                  unixpacket
var defaultAddr = map[string]string{
	"tcp":        "127.0.0.1:8000",
	"tcp4":       "127.0.0.1:8000",
	"tcp6":       "[::1]:8000",
	"udp":        "127.0.0.1:8000",
	"unix":       "echo.sock",
	"unixgram":   "echo.sock",
	"unixpacket": "echo.sock",
}

// connectionless reports whether sockets of the network send datagrams, each to
// an address, without a call before: SOCK_DGRAM in socket(2).
func connectionless(network string) bool {
	return network == "udp" || network == "unixgram"
}

// pathMax is the longest path of a unix socket, in bytes: sun_path in unix(7).
const pathMax = len(syscall.RawSockaddrUnix{}.Path) - 1

// address returns NETWORK and ADDR in the form that package net takes. It ends
// the program if there is no such network, or ADDR is no address. To package net
// an empty host means every network this machine is on, and 0.0.0.0 means those
// of IPv6 as well. To us an empty host means this machine. Strangers can call
// only if ADDR asks for it, and then only over the networks that it names.
func address(network, addr string) (string, string) {
	if defaultAddr[network] == "" {
		log.Printf("-net %s: NETWORK is one of tcp, tcp4, tcp6, udp, unix, unixgram, unixpacket", network)
		os.Exit(2)
	}
	if runtime.GOOS == "windows" && (network == "unixgram" || network == "unixpacket") {
		log.Printf("-net %s: Windows has streams of unix alone; use -net unix", network)
		os.Exit(2)
	}
	if addr == "" || strings.ContainsFunc(addr, unicode.IsControl) {
		log.Printf("ADDR is %q", addr)
		noAddress(network)
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil || strings.HasPrefix(network, "unix") {
		return network, addr // if it is no address, Listen says why
	}
	if host == "" {
		host, _, _ = net.SplitHostPort(defaultAddr[network])
	}
	if net.ParseIP(host).Equal(net.IPv4zero) && (network == "tcp" || network == "udp") {
		network += "4"
	}
	return network, net.JoinHostPort(host, port)
}

// announce prints where we listen. Callers may wait for that line.
func announce(network string, at net.Addr) {
	must(fmt.Printf("listening on %s\n", at))
	if (network == "tcp" || network == "udp") && strings.HasPrefix(at.String(), "[::]:") {
		log.Print("[::] is every network of this machine, of IPv4 as well as IPv6")
	}
}

// noAddress ends a program whose ADDR is no address of its NETWORK.
func noAddress(network string) {
	if strings.HasPrefix(network, "unix") {
		log.Printf("hint: with -net %s, ADDR is a path of at most %d bytes, such as %s", network, pathMax, defaultAddr[network])
	} else {
		log.Printf("hint: with -net %s, ADDR is HOST:PORT, such as %s", network, defaultAddr[network])
	}
	os.Exit(2)
}
