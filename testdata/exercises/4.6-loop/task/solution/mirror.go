// mirror ADDR sends back what each caller says, in one goroutine.
package main

import (
	"fmt"
	"log"
	"net"
	"os"
	"syscall"
)

const most = 1_000_000 // bytes that wait for a caller

type caller struct {
	unsent []byte
	ended  bool
}

func main() {
	door := listen(os.Args[1])
	loop, err := syscall.EpollCreate1(0)
	if err != nil {
		log.Fatal(err)
	}
	watch(loop, syscall.EPOLL_CTL_ADD, door, syscall.EPOLLIN)
	fmt.Println("listening")
	callers := map[int]*caller{}
	ready := make([]syscall.EpollEvent, 100)
	for {
		n, err := syscall.EpollWait(loop, ready, -1)
		if err != nil && err != syscall.EINTR {
			log.Fatal(err)
		}
		for _, event := range ready[:max(n, 0)] {
			fd := int(event.Fd)
			if fd == door {
				if conn, _, err := syscall.Accept4(door, syscall.SOCK_NONBLOCK); err == nil {
					callers[conn] = &caller{}
					watch(loop, syscall.EPOLL_CTL_ADD, conn, syscall.EPOLLIN)
				}
				continue
			}
			what := callers[fd].serve(fd)
			if what == 0 {
				delete(callers, fd)
				syscall.Close(fd) // takes it out of epoll, too
				continue
			}
			watch(loop, syscall.EPOLL_CTL_MOD, fd, what)
		}
	}
}

// serve receives and sends, and says what to wait for: 0 if it was the last time.
func (c *caller) serve(fd int) (what uint32) {
	if !c.ended && len(c.unsent) < most {
		buf := make([]byte, min(65536, most-len(c.unsent)))
		n, err := syscall.Read(fd, buf)
		if err != nil && err != syscall.EAGAIN {
			return 0
		}
		c.unsent = append(c.unsent, buf[:max(n, 0)]...)
		c.ended = n == 0
	}
	if len(c.unsent) > 0 {
		n, err := syscall.Write(fd, c.unsent)
		if err != nil && err != syscall.EAGAIN {
			return 0
		}
		c.unsent = c.unsent[max(n, 0):]
	}
	if !c.ended && len(c.unsent) < most {
		what |= syscall.EPOLLIN
	}
	if len(c.unsent) > 0 {
		what |= syscall.EPOLLOUT
	}
	return what
}

func watch(loop, op, fd int, what uint32) {
	event := syscall.EpollEvent{Events: what, Fd: int32(fd)}
	if err := syscall.EpollCtl(loop, op, fd, &event); err != nil {
		log.Fatal(err)
	}
}

// listen has package net read ADDR, and takes the listener's descriptor from it.
func listen(addr string) int {
	door, err := net.Listen("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	file, err := door.(*net.TCPListener).File()
	if err != nil {
		log.Fatal(err)
	}
	door.Close()
	fd, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		log.Fatal(err)
	}
	file.Close()
	syscall.SetNonblock(fd, true)
	return fd
}
