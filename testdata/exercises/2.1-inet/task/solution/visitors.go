// visitors ADDR [BARRED...] tells each caller the address that it calls from.
package main

import (
	"fmt"
	"log"
	"net"
	"net/netip"
	"os"
	"slices"
)

func main() {
	var barred []netip.Addr
	for _, arg := range os.Args[2:] {
		barred = append(barred, netip.MustParseAddr(arg).Unmap())
	}
	listener, err := net.Listen("tcp", os.Args[1]) // tcp, for both families
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Print(err)
			continue
		}
		from := conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap()
		line := fmt.Sprint("IPv6 ", from)
		if from.Is4() {
			line = fmt.Sprint("IPv4 ", from)
		}
		if slices.Contains(barred, from) {
			line = "not you"
		} else {
			fmt.Println(line)
		}
		fmt.Fprintln(conn, line)
		conn.Close()
	}
}
