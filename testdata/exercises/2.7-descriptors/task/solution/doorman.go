// doorman ADDR PATH... hands each caller to a worker.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"syscall"
)

func main() {
	addr, paths := os.Args[1], os.Args[2:]
	var workers []*net.UnixConn
	for _, path := range paths {
		conn, err := net.Dial("unix", path)
		if err != nil {
			log.Fatal(err)
		}
		workers = append(workers, conn.(*net.UnixConn))
	}
	door, err := net.Listen("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", addr)
	for len(workers) > 0 {
		conn, err := door.Accept()
		if err != nil {
			log.Fatal(err)
		}
		workers = handOver(conn.(*net.TCPConn), workers)
		conn.Close() // ours, whoever has it then
	}
	fmt.Println("nobody works here")
	os.Exit(1)
}

// handOver hands conn to the first worker who is there, and puts them last.
func handOver(conn *net.TCPConn, workers []*net.UnixConn) []*net.UnixConn {
	file, err := conn.File() // a descriptor of our own
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	letter := syscall.UnixRights(int(file.Fd()))
	for len(workers) > 0 {
		worker := workers[0]
		workers = workers[1:]
		if _, _, err := worker.WriteMsgUnix([]byte("c"), letter, nil); err != nil {
			worker.Close() // gone
			continue
		}
		return append(workers, worker)
	}
	return nil
}
