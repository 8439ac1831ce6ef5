package examples_test

import (
	"errors"
	"fmt"
	"log"
	"net"
	"strconv"
	"syscall"
)

// The name of the network says which callers a listener takes: tcp those of
// IPv4 and IPv6, tcp4 and tcp6 those of one alone.
func Example_inet() {
	both, err := net.Listen("tcp", "[::]:0") // AF_INET6, IPV6_V6ONLY 0
	if err != nil {
		log.Fatal(err)
	}
	defer both.Close()
	_, err = net.Listen("tcp4", besideIPv4(both))
	fmt.Println("beside tcp:", errors.Is(err, syscall.EADDRINUSE))

	six, err := net.Listen("tcp6", "[::]:0") // AF_INET6, IPV6_V6ONLY 1
	if err != nil {
		log.Fatal(err)
	}
	defer six.Close()
	four, err := net.Listen("tcp4", besideIPv4(six)) // AF_INET
	if err != nil {
		log.Fatal(err)
	}
	defer four.Close()
	fmt.Println("beside tcp6: a listener of IPv4")
	// Output:
	// beside tcp: true
	// beside tcp6: a listener of IPv4
}

// A caller over IPv4 looks like one in print, and is none to package netip.
func Example_inetMapped() {
	door, err := net.Listen("tcp", "[::]:0")
	if err != nil {
		log.Fatal(err)
	}
	defer door.Close()
	bob, err := net.Dial("tcp4", besideIPv4(door))
	if err != nil {
		log.Fatal(err)
	}
	defer bob.Close()
	caller, err := door.Accept()
	if err != nil {
		log.Fatal(err)
	}
	defer caller.Close()

	from := caller.RemoteAddr().(*net.TCPAddr)
	fmt.Println(from.IP)
	fmt.Println(from.AddrPort().Addr())
	fmt.Println(from.AddrPort().Addr().Unmap())
	// Output:
	// 127.0.0.1
	// ::ffff:127.0.0.1
	// 127.0.0.1
}

// besideIPv4 is the same port at an address of IPv4.
func besideIPv4(l net.Listener) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
}
