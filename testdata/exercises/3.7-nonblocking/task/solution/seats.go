// seats ADDR serves three callers at a time without a goroutine.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"slices"
	"syscall"
)

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	door := int(file.Fd())
	poll, err := syscall.EpollCreate1(0)
	if err != nil {
		log.Fatal(err)
	}
	look := func(op, fd int, events uint32) {
		syscall.EpollCtl(poll, op, fd, &syscall.EpollEvent{Events: events, Fd: int32(fd)})
	}
	look(syscall.EPOLL_CTL_ADD, door, syscall.EPOLLIN)

	seats := []int{door, 0, 0, 0} // the socket on each seat; 0 if it is free
	events := make([]syscall.EpollEvent, len(seats))
	for {
		n, err := syscall.EpollWait(poll, events, -1)
		if err == syscall.EINTR {
			continue // a signal came, and no socket
		}
		if err != nil {
			log.Fatal(err)
		}
		var ready []int // seats
		for _, event := range events[:n] {
			ready = append(ready, slices.Index(seats, int(event.Fd)))
		}
		fmt.Println("ready:" + names(ready))
		for _, seat := range ready {
			fd := seats[seat]
			if fd == door {
				conn, _, err := syscall.Accept(door)
				if err != nil {
					log.Fatal(err)
				}
				seat := slices.Index(seats, 0)
				seats[seat] = conn
				look(syscall.EPOLL_CTL_ADD, conn, syscall.EPOLLIN)
				syscall.Write(conn, fmt.Appendf(nil, "seat %d\n", seat))
			} else if !answered(seat, fd) {
				syscall.Close(fd) // epoll forgets it
				seats[seat] = 0
				fmt.Println(seat, "left")
			}
		}
		// While all seats are taken, epoll must not look at the door.
		if slices.Contains(seats, 0) {
			look(syscall.EPOLL_CTL_MOD, door, syscall.EPOLLIN)
		} else {
			look(syscall.EPOLL_CTL_MOD, door, 0)
		}
	}
}

func names(seats []int) (text string) {
	for _, seat := range seats {
		if seat == 0 {
			text += " door"
		} else {
			text += fmt.Sprint(" ", seat)
		}
	}
	return text
}

// answered answers one receive. No bytes, and every error, mean that the caller has
// gone.
func answered(seat, fd int) bool {
	buf := make([]byte, 1024)
	n, err := syscall.Read(fd, buf)
	if n <= 0 || err != nil {
		return false
	}
	syscall.Write(fd, fmt.Appendf(nil, "%d: %s", seat, buf[:n]))
	return true
}
