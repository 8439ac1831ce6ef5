package echo

import (
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"sync"
	"time"
)

// deafness is how long one answer may take to leave us: see answerDatagram.
const deafness = time.Second

// serveDatagrams serves those who send a datagram, over udp or unixgram. There
// are no connections: each datagram comes alone, with its sender's address on
// it, and one socket is enough for all the world.
func serveDatagrams(network, addr string, keep bool, stop <-chan os.Signal) error {
	// Two system calls in one: socket and bind. The third, listen, is missing,
	// whatever the name of this function: there will be no calls to take.
	conn, err := net.ListenPacket(network, addr)
	if err != nil {
		return fmt.Errorf("bind %s: %w", addr, cause(err))
	}
	defer conn.Close()

	// Here Close does not remove the file of a unix socket. We do, once: by
	// the second time the file may be our successor's.
	remove := sync.OnceFunc(func() {
		if isFile(network, addr) {
			os.Remove(addr)
		}
	})
	defer remove()
	go func() {
		<-stop
		remove()
		os.Exit(0)
	}()

	// NOTE: nothing listens here; the address is bound, and that is all. The
	// word is that of the other story, for whoever waits for this line.
	fmt.Printf("listening on %s\n", conn.LocalAddr())

	buf := make([]byte, receiveSize)
	for {
		// One ReadFrom returns one datagram, never a part of two. What is
		// longer than buf is cut by the kernel, and the rest is lost. No bytes
		// are a datagram too, not the end: who never called can't hang up.
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return fmt.Errorf("receive: %w", cause(err))
		}
		fmt.Println(visible(buf[:n]))

		err = answerDatagram(conn, buf[:n], from)
		if !keep {
			return err
		}
		if err != nil {
			log.Print(err)
		}
	}
}

// answerDatagram sends one datagram back to where another came from.
// NOTE: it takes the sender's word for that. Over UDP anybody can write a
// stranger's address on a datagram, and the stranger gets the answer.
func answerDatagram(conn net.PacketConn, heard []byte, from net.Addr) error {
	if from == nil {
		// A unix socket can send without being bound, and then has no address.
		return errors.New("send: the sender has no address to answer to")
	}
	// WriteTo hands the datagram to our kernel, and never knows if it arrives.
	// UDP drops it when the receiver's queue is full; a unix socket has us
	// wait for one who may never read. We drop it then.
	// NOTE: one who asks and asks and never reads still holds up all others.
	// That is the price of one socket for everybody.
	conn.SetWriteDeadline(time.Now().Add(deafness))
	if _, err := conn.WriteTo(append([]byte("hello "), heard...), from); err != nil {
		return fmt.Errorf("send to %s: %v", visible([]byte(from.String())), cause(err))
	}
	return nil
}
