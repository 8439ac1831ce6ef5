package echo

import (
	"errors"
	"fmt"
	"net"
	"os"

	"socklab/tools/cli"
)

// serveDatagrams answers datagrams, over udp or unixgram. There are no
// connections: each datagram comes alone, with its sender's address on it, and
// one socket is enough for all senders.
func serveDatagrams(network, addr string, keep bool, stop <-chan os.Signal) error {
	// Two system calls in one: socket and bind. The third, listen, is missing, in
	// spite of this function's name: there will be no calls to take.
	conn, err := net.ListenPacket(network, addr)
	if err != nil {
		return fmt.Errorf("bind %s: %w", addr, cli.Cause(err))
	}
	defer conn.Close()

	bound(network, addr)
	defer tidy()
	go func() {
		<-stop
		tidy()
		cli.SumUp()
		os.Exit(0)
	}()

	// NOTE: nothing listens here: the address is bound, and that is all. The line
	// says "listening" because scripts and people wait for that word.
	announce(network, conn.LocalAddr())

	buf := make([]byte, receiveSize)
	for {
		// One ReadFrom returns one datagram, never a part of two. The kernel cuts
		// a datagram that is longer than buf, and the rest is lost. A datagram of
		// no bytes isn't the end: without a connection nobody hangs up.
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return fmt.Errorf("receive: %w", cli.Cause(err))
		}
		must(fmt.Println(cli.Visible(buf[:n])))

		err = answerDatagram(conn, buf[:n], from)
		if !keep {
			return err
		}
		if err != nil {
			cli.Complain("%v", err)
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
	// WriteTo hands the datagram to our kernel, and never learns if it arrives.
	// UDP drops it when the receiver's queue is full. On a unix socket the sender
	// waits until the receiver reads. That may be never, and all other callers
	// would wait with us. So there we send at once, or not at all.
	answer := append([]byte("hello "), heard...)
	var err error
	if unix, ok := conn.(*net.UnixConn); ok {
		err = sendNow(unix, answer, from.(*net.UnixAddr))
	} else {
		_, err = conn.WriteTo(answer, from)
	}
	if err != nil {
		return fmt.Errorf("send to %s: %v", cli.Visible([]byte(from.String())), cli.Cause(err))
	}
	return nil
}
