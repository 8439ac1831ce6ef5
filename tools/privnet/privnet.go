// Package privnet gives every script a network of its own.
//
// On Linux a test run enters a new user namespace once, without root, and each
// script then takes a network namespace inside it: a loopback that nobody else
// sees, on which 127.0.0.1:8000 is always free. Where the kernel or the
// container refuses that, a script shares the host's loopback, at an address
// reserved for it.
package privnet

import (
	"flag"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"

	"github.com/vishvananda/netlink"
)

// network is the -network flag of the test binary.
var network = flag.String("network", "auto",
	"networks for scripts: private (a namespace each), host (share loopback), or auto (private where possible)")

// A Net is the network of one script.
type Net struct {
	Host string // the address for the script's servers, in dotted form
	Port int    // a TCP port that is free at Host

	reserved  *net.UDPConn // what keeps Host and Port ours, when shared
	namespace *os.File     // the network itself, when private
	bridge    netlink.Link // the switch, once there are hosts
	hosts     []*Host
}

// Join enters a network that is the caller's alone, or reserves a part of the
// host's. Call it on the goroutine that will make the script's sockets and
// start its processes, which inherit the network from its thread. Join locks
// that thread; a private network ends with the goroutine and what it started.
func Join() (*Net, error) {
	runtime.LockOSThread()
	if inside() {
		return joinPrivate()
	}
	return joinShared()
}

// Addr is where the script's server should listen, as HOST:PORT.
func (n *Net) Addr() string { return net.JoinHostPort(n.Host, strconv.Itoa(n.Port)) }

// Leave gives up what Join reserved.
func (n *Net) Leave() {
	if n.reserved != nil {
		n.reserved.Close()
	}
	for _, h := range n.hosts {
		h.close()
	}
	if n.namespace != nil {
		n.namespace.Close()
	}
}

// Enter puts another goroutine on the network. It locks that goroutine's
// thread, which ends with it.
func (n *Net) Enter() error {
	if n.namespace == nil {
		return nil
	}
	runtime.LockOSThread()
	return enter(n.namespace)
}

// refused is the exit code of a re-executed test binary that found it can't
// make networks; it has run no test.
const refused = 97

// M runs a test binary's tests, in a user namespace of their own where that
// is possible. It wraps a *testing.M for testscript.Main, which calls Run in
// the test process and not in the programs that scripts start.
type M struct {
	Tests interface{ Run() int }
}

// Run runs the tests and returns their exit code.
func (m M) Run() int {
	flag.Parse()
	switch *network {
	case "host":
	case "auto", "private":
		if inside() {
			if err := furnish(); err != nil {
				if *network == "private" {
					fmt.Fprintln(os.Stderr, "-network=private:", err)
				}
				return refused
			}
			return m.Tests.Run()
		}
		code, err := runInside()
		if err == nil {
			return code
		}
		if *network == "private" {
			fmt.Printf("-network=private: %v\n", err)
			return 1
		}
	default:
		fmt.Printf("-network=%s: want auto, private or host\n", *network)
		return 2
	}
	return m.Tests.Run()
}

// Available reports whether networks are private in this process.
func Available() bool { return inside() }
