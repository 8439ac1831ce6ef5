//go:build unix

package examples_test

import (
	"fmt"
	"log"
	"net"
	"syscall"
)

func Example_names() {
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	defer door.Close()
	bob, err := net.Dial("tcp", door.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	defer bob.Close()
	caller, err := door.Accept()
	if err != nil {
		log.Fatal(err)
	}
	defer caller.Close()

	// getsockname and getpeername. Package net asked the kernel once, when the
	// sockets were made, and has kept the answers.
	fmt.Println(bob.LocalAddr().String() == caller.RemoteAddr().String())
	fmt.Println(bob.RemoteAddr().String() == caller.LocalAddr().String())

	// fileno. The number is lent, for as long as the function runs: nobody can
	// close it meanwhile, and nobody may use it afterwards.
	raw, err := bob.(*net.TCPConn).SyscallConn()
	if err != nil {
		log.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		sa, err := syscall.Getsockname(int(fd))
		if err != nil {
			log.Fatal(err)
		}
		port := sa.(*syscall.SockaddrInet4).Port
		fmt.Println(port == bob.LocalAddr().(*net.TCPAddr).Port)
	})
	if err != nil {
		log.Fatal(err)
	}

	// Output:
	// true
	// true
	// true
}
