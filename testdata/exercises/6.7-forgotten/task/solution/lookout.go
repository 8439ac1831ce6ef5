// lookout ADDR prints the lines that come, and is not forgotten on the way.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"time"
)

func main() {
	dialer := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
		Enable:   true,
		Idle:     time.Second, // of silence, then the kernel asks
		Interval: time.Second, // then it looks again
	}}
	for {
		conn, err := dialer.Dial("tcp", os.Args[1])
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("called")
		_, err = io.Copy(os.Stdout, conn)
		conn.Close()
		if err == nil {
			fmt.Println("closed")
			return
		}
		fmt.Println("lost")
	}
}
