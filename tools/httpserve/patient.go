package httpserve

import (
	"errors"
	"log"
	"net"
	"time"

	"socklab/tools/cli"
)

// A patient listener tries again when accepting fails: no descriptor is free, or
// the kernel has no memory, or the caller has gone again (accept(2)). All that
// passes. net/http by itself waits for some of these, and ends the server for the
// others.
type patient struct {
	net.Listener
	said time.Time
}

// Accept fails only when the listener is closed.
func (p *patient) Accept() (net.Conn, error) {
	for {
		conn, err := p.Listener.Accept()
		if err == nil || errors.Is(err, net.ErrClosed) {
			return conn, err
		}
		if time.Since(p.said) > time.Minute {
			p.said = time.Now()
			log.Printf("accept on %s: %v: others wait at the door", p.Addr(), cli.Cause(err))
		}
		time.Sleep(time.Second) // to ask again at once would only fail again
	}
}
