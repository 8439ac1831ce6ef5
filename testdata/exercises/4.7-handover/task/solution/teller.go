// teller ADDR answers lines, and can be replaced by another.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
)

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	door, err := listener(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("ready")
	go func() {
		<-stop
		door.Close() // Accept fails then
	}()
	var callers sync.WaitGroup
	for {
		conn, err := door.Accept()
		if err != nil {
			break
		}
		callers.Go(func() { answer(conn) })
	}
	fmt.Println("draining")
	callers.Wait()
	fmt.Println("bye")
}

func listener(addr string) (net.Listener, error) {
	if os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) || os.Getenv("LISTEN_FDS") != "1" {
		return net.Listen("tcp", addr)
	}
	given := os.NewFile(3, "listener")
	defer given.Close() // FileListener has a descriptor of its own
	return net.FileListener(given)
}

func answer(conn net.Conn) {
	defer conn.Close()
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		fmt.Fprintf(conn, "heard %s\n", lines.Text())
	}
}
