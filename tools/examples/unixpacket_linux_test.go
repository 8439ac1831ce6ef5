package examples_test

import (
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"
)

// A Read of unixpacket returns one message: io.EOF is the end of them all, and
// also what a message of no bytes looks like.
func Example_unixpacket() {
	dir, err := os.MkdirTemp("", "unix")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "hello.sock")

	door, err := net.Listen("unixpacket", path)
	if err != nil {
		log.Fatal(err)
	}
	defer door.Close()
	bob, err := net.Dial("unixpacket", path)
	if err != nil {
		log.Fatal(err)
	}
	defer bob.Close()
	alice, err := door.Accept()
	if err != nil {
		log.Fatal(err)
	}
	defer alice.Close()

	for _, message := range []string{"one", "two and more", "", "three"} {
		if _, err := bob.Write([]byte(message)); err != nil {
			log.Fatal(err)
		}
	}
	for _, room := range []int{1024, 3, 1024, 1024} {
		buf := make([]byte, room)
		n, err := alice.Read(buf)
		fmt.Printf("%d %q %v\n", n, buf[:n], err)
	}
	// Output:
	// 3 "one" <nil>
	// 3 "two" <nil>
	// 0 "" EOF
	// 5 "three" <nil>
}
