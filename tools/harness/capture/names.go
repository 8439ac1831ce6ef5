package capture

import (
	"net/netip"
	"time"
)

// People know who has which socket. A Network's goroutines ask them.
type People interface {
	// Owner is who has a socket, by its inode.
	Owner(socket uint64) Owner
	// Has is who of the script's own sockets had these two addresses, its own first,
	// in a connection.
	Has(local, remote netip.AddrPort) Owner
	// Listener is who listened, or received datagrams, at an address of a host then.
	Listener(host, network string, addr netip.AddrPort, at time.Time) Owner
	// Caller is who called an address from a host at that time, with a socket that is
	// gone: the call was refused, or ended at once.
	Caller(host string, to netip.AddrPort, at time.Time) Owner
}

// nobody knows no sockets.
type nobody struct{}

func (nobody) Owner(uint64) Owner                                       { return Owner{} }
func (nobody) Has(netip.AddrPort, netip.AddrPort) Owner                 { return Owner{} }
func (nobody) Listener(string, string, netip.AddrPort, time.Time) Owner { return Owner{} }
func (nobody) Caller(string, netip.AddrPort, time.Time) Owner           { return Owner{} }

// An Owner is who has a socket.
type Owner struct {
	Name    string // an actor's, a listener's or a tap's; "" if nobody is known
	Relay   bool   // a tap, which tells about its connections itself
	Listens bool   // a listener, whose callers get names of their own later
}

// names are the owners of a connection's ends.
type names struct {
	number int      // of the connection in the recording
	owner  [2]Owner // the client's and the server's
	looks  [2]int   // how often they were looked for
	asked  int64    // the time of the SYN; 0 if there was none
	called bool     // an event says that the client called
}

// looksMax is how many packets of a connection make us look for an owner that was
// not found. A program may have closed its socket by then.
const looksMax = 4
