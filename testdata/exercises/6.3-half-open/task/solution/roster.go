// roster ADDR prints who comes, and who is gone.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"syscall"
	"time"
)

func main() {
	config := net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{
		Enable:   true,
		Idle:     time.Second, // of silence, then the kernel asks
		Interval: time.Second, // until it asks again
		Count:    3,           // questions in vain, and it gives up
	}}
	listener, err := config.Listen(context.Background(), "tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	for {
		conn, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go attend(conn)
	}
}

func attend(conn net.Conn) {
	defer conn.Close()
	who := conn.RemoteAddr()
	fmt.Println(who, "came")
	_, err := io.Copy(io.Discard, conn)
	switch {
	case err == nil:
		fmt.Println(who, "left")
	case errors.Is(err, syscall.ECONNRESET):
		fmt.Println(who, "reset")
	default:
		fmt.Println(who, "lost")
	}
}
