package idiom_test

import "net"

// twoEnds are the two ends of a TCP connection over loopback.
func twoEnds() (alice, bob net.Conn) {
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer door.Close()
	alice, err = net.Dial("tcp", door.Addr().String())
	if err != nil {
		panic(err)
	}
	bob, err = door.Accept()
	if err != nil {
		panic(err)
	}
	return alice, bob
}
