// alive HOST ID SECONDS sends three pings to a machine.
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
	"time"
)

const (
	echoReply   = 0
	echoRequest = 8
)

func main() {
	host, err := net.ResolveIPAddr("ip4", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	identifier, _ := strconv.Atoi(os.Args[2])
	patience, err := time.ParseDuration(os.Args[3] + "s")
	if err != nil {
		log.Fatal(err)
	}
	conn, err := net.ListenPacket("ip4:icmp", "")
	if err != nil {
		log.Fatal(err)
	}
	lost := 0
	for number := 1; number <= 3; number++ {
		if _, err := conn.WriteTo(request(identifier, number), host); err != nil {
			log.Fatal(err)
		}
		conn.SetReadDeadline(time.Now().Add(patience))
		if answered(conn, identifier, number) {
			fmt.Println(number, "answered")
		} else {
			fmt.Println(number, "lost")
			lost++
		}
	}
	if lost > 0 {
		os.Exit(1)
	}
}

func request(identifier, number int) []byte {
	message := []byte{echoRequest, 0, 0, 0}
	message = binary.BigEndian.AppendUint16(message, uint16(identifier))
	message = binary.BigEndian.AppendUint16(message, uint16(number))
	message = append(message, "are you there"...)
	binary.BigEndian.PutUint16(message[2:], checksum(message))
	return message
}

// answered receives what comes, until it is the answer or the time is over.
func answered(conn net.PacketConn, identifier, number int) bool {
	buf := make([]byte, 1024)
	for {
		n, _, err := conn.ReadFrom(buf) // Go takes the IP header away
		if err != nil {
			return false
		}
		message := buf[:n]
		if n < 8 || checksum(message) != 0 {
			continue // no ping, or damaged
		}
		if message[0] == echoReply &&
			int(binary.BigEndian.Uint16(message[4:])) == identifier &&
			int(binary.BigEndian.Uint16(message[6:])) == number {
			return true
		}
	}
}

// checksum is that of RFC 1071; 0 if the message holds its own, and is whole.
func checksum(message []byte) uint16 {
	var sum uint32
	for i, b := range message {
		if i%2 == 0 {
			sum += uint32(b) << 8
		} else {
			sum += uint32(b)
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
