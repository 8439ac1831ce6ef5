// welcome PATH listens at PATH, and says "welcome" to each caller.
package main

import (
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	path := os.Args[1]
	listener, err := listen(path)
	if errors.Is(err, syscall.EADDRINUSE) {
		fmt.Println(path, "is taken")
		os.Exit(1)
	}
	if err != nil {
		log.Fatal(err)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, os.Interrupt)
	go func() {
		<-stop
		listener.Close() // removes the name, and ends Accept
	}()
	fmt.Println("listening on", path)
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			log.Print(err)
			continue
		}
		fmt.Fprintln(conn, "welcome") // fails if the caller has gone
		conn.Close()
	}
}

func listen(path string) (net.Listener, error) {
	listener, err := net.Listen("unix", path)
	if errors.Is(err, syscall.EADDRINUSE) && abandoned(path) {
		os.Remove(path)
		return net.Listen("unix", path)
	}
	return listener, err
}

// abandoned says whether path is the name of a socket at which nobody listens.
func abandoned(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != os.ModeSocket {
		return false
	}
	conn, err := net.Dial("unix", path)
	if err == nil {
		conn.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}
