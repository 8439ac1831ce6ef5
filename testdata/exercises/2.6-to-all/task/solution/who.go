// who ADDR SECONDS asks everybody on a network for a name.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"regexp"
	"time"
)

var word = regexp.MustCompile(`^[a-z]+$`)

func main() {
	limit, err := time.ParseDuration(os.Args[2] + "s")
	if err != nil {
		log.Fatal(err)
	}
	to, err := net.ResolveUDPAddr("udp4", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	conn, err := net.ListenUDP("udp4", nil) // with SO_BROADCAST, as Go has it
	if err != nil {
		log.Fatal(err)
	}
	conn.SetReadDeadline(time.Now().Add(limit)) // for all answers together
	if _, err := conn.WriteTo([]byte("who"), to); err != nil {
		log.Fatal(err)
	}
	here := map[string]bool{}
	buf := make([]byte, 1024)
	for {
		n, from, err := conn.ReadFromUDP(buf)
		if err != nil {
			break // the time is over
		}
		if sender := from.IP.String(); !here[sender] && word.Match(buf[:n]) {
			here[sender] = true
			fmt.Println(string(buf[:n]), "at", sender)
		}
	}
	fmt.Println(len(here), "here")
	if len(here) == 0 {
		os.Exit(1)
	}
}
