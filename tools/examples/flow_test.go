//go:build unix

package examples_test

import (
	"fmt"
	"io"
	"log"
	"net"
)

// One goroutine plays both sides, and never waits for itself: Dial returns
// before Accept is called, and what was written lies in the kernel until
// somebody reads it.
func Example_flow() {
	door, err := net.Listen("tcp", "127.0.0.1:0") // socket, bind, listen
	if err != nil {
		log.Fatal(err)
	}
	defer door.Close()

	bob, err := net.Dial("tcp", door.Addr().String()) // socket, connect
	if err != nil {
		log.Fatal(err)
	}
	io.WriteString(bob, "baihuixin") // send

	caller, err := door.Accept() // accept
	if err != nil {
		log.Fatal(err)
	}
	defer caller.Close()
	buf := make([]byte, 1024)
	n, err := caller.Read(buf) // recv
	fmt.Printf("Alice received %q, %v\n", buf[:n], err)
	io.WriteString(caller, "hello "+string(buf[:n]))

	n, err = bob.Read(buf)
	fmt.Printf("Bob received %q, %v\n", buf[:n], err)
	bob.Close() // close

	n, err = caller.Read(buf)
	fmt.Printf("Alice received %q, %v\n", buf[:n], err)

	// Output:
	// Alice received "baihuixin", <nil>
	// Bob received "hello baihuixin", <nil>
	// Alice received "", EOF
}
