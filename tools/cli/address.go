package cli

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"strings"
	"syscall"
	"unicode"
)

// Address returns the network and the address to give to package net: those of
// the program's one argument ADDR, or of fallback if there is none. It ends the
// program with 2 if there are more arguments, or ADDR isn't HOST:PORT.
//
// To package net an empty host means every network this machine is on, and
// 0.0.0.0 means those of IPv6 as well. To us an empty host means this machine.
// Strangers can call only if ADDR asks for it, and then only over the networks
// that it names.
func Address(fallback string) (network, addr string) {
	addr = fallback
	switch flag.NArg() {
	case 0:
	case 1:
		addr = flag.Arg(0)
	default:
		Misused()
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil || strings.ContainsFunc(addr, unicode.IsControl) {
		log.Printf("ADDR is %q; want HOST:PORT, such as %s", addr, fallback)
		os.Exit(2)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	network = "tcp"
	if net.ParseIP(host).Equal(net.IPv4zero) {
		network = "tcp4"
	}
	return network, net.JoinHostPort(host, port)
}

// Announce prints where a server listens. Its callers may wait for that line.
func Announce(at net.Addr) {
	Must(fmt.Printf("listening on %s\n", at))
	if strings.HasPrefix(at.String(), "[::]:") {
		log.Print("[::] is every network of this machine, of IPv4 as well as IPv6")
	}
}

// CantListen ends a server that failed to listen: with 2 if ADDR is no address
// at all, else with 1.
func CantListen(addr string, err error) {
	log.Printf("listen %s: %v", addr, Cause(err))
	exitIfNoAddress(err)
	if errors.Is(err, syscall.EADDRINUSE) {
		log.Print("hint: another program listens there; stop it, or use port 0")
	}
	os.Exit(1)
}

// CantDial ends a client that failed to connect to a server of that name: with 2
// if ADDR is no address at all, else with 1.
func CantDial(addr string, err error, server string) {
	log.Printf("dial %s: %v", addr, Cause(err))
	exitIfNoAddress(err)
	if errors.Is(err, syscall.ECONNREFUSED) {
		log.Print("hint: is " + server + " running?" + IPv6Hint(addr))
	}
	os.Exit(1)
}

func exitIfNoAddress(err error) {
	if bad := (*net.AddrError)(nil); errors.As(err, &bad) {
		os.Exit(2)
	}
}

// IPv6Hint is what to add to a hint where IPv6 may be why a call was refused,
// or "".
func IPv6Hint(addr string) string {
	host, _, _ := net.SplitHostPort(addr)
	if host == "localhost" || net.ParseIP(host).Equal(net.IPv6loopback) {
		return " one that listens on 127.0.0.1 alone isn't reached at [::1], which localhost may be, too"
	}
	return ""
}
