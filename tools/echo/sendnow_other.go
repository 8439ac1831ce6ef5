//go:build !unix

package echo

import "net"

// sendNow would send without waiting; here there are no such sockets.
func sendNow(conn *net.UnixConn, datagram []byte, to *net.UnixAddr) error {
	_, err := conn.WriteTo(datagram, to)
	return err
}
