// postbox ADDR answers datagrams.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
)

func main() {
	box, err := net.ListenPacket("udp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", box.LocalAddr())
	buf := make([]byte, 9001)
	counts := map[string]int{} // by the sender's address
	for all := 1; ; all++ {
		n, from, err := box.ReadFrom(buf)
		if err != nil {
			log.Fatal(err)
		}
		counts[from.String()]++
		fmt.Printf("datagram %d: %d bytes\n", all, n)
		answer := fmt.Appendf(nil, "%d: %s", counts[from.String()], buf[:n])
		if _, err := box.WriteTo(answer, from); err != nil {
			fmt.Println("answer:", err) // this one is lost; others come
		}
	}
}
