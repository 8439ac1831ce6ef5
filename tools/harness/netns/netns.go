//go:build unix

// Package netns gives every script a network of its own.
//
// On Linux a test run enters a new user namespace once, without root. Each
// script then takes a network namespace inside it, with a private loopback, on
// which 127.0.0.1:8000 is always free. Where the kernel or the container refuses
// that, a script shares the host's loopback, at an address reserved for it.
package netns

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strconv"

	"github.com/vishvananda/netlink"

	"socklab/tools/harness/namespace"
	"socklab/tools/harness/procfs"
)

// A Net is the network of one script.
type Net struct {
	Host string // the address for the script's servers, in dotted form
	Port int    // a TCP port that is free at Host

	reserved  *net.UDPConn                  // holds the reservation of Host and Port, when shared
	namespace *os.File                      // the network itself, when private
	first     *namespace.Init               // process 1 of the PID namespace of the script's programs, when they are apart
	processes string                        // then that namespace, as /proc names it
	switches  map[netip.Prefix]netlink.Link // of the networks that hosts are on; a switch may have two, IPv4 and IPv6
	hosts     []*Host
	bridges   int
	cuts      int  // cables that are cut in two
	plain     bool // cards send each segment, with its checksum
}

// Join enters a network of the caller's own, or reserves an address of the
// host's. Call it on the goroutine that will make the script's sockets and start
// its processes: they inherit the network from its thread. Join locks that
// thread. A private network ends with the goroutine and the processes started on
// it.
//
// Where processes can be kept apart, those that the goroutine starts see no
// other processes. They have only the capabilities given when they are started
// (syscall.SysProcAttr). If writable is not "", they may write there, but not to
// the folders of ReadOnly; nor may the goroutine from then on.
func Join(writable string) (*Net, error) { return JoinWithin(Bounds{Writable: writable}) }

// Bounds are those of namespace.Confine. ReadOnly is what the variable says.
type Bounds = namespace.Bounds

// JoinWithin is Join, with bounds for the processes that the goroutine starts, where they
// are kept apart.
func JoinWithin(b Bounds) (*Net, error) {
	runtime.LockOSThread()
	if Available() {
		return joinPrivate(b)
	}
	return joinShared()
}

// ReadOnly are folders that programs of scripts may not change. Set it before
// the first Join.
var ReadOnly []string

// Protect adds folders to ReadOnly, where that can be enforced. "" stands for none.
func Protect(dirs ...string) {
	if Writable != nil {
		return
	}
	ReadOnly = slices.DeleteFunc(append(ReadOnly, dirs...), func(dir string) bool { return dir == "" })
	// What lies inside another is mounted first.
	slices.SortFunc(ReadOnly, func(a, b string) int { return len(b) - len(a) })
}

// Writable says why ReadOnly can't be enforced; nil if it can.
var Writable error

// Addr is where the script's server should listen, as HOST:PORT.
func (n *Net) Addr() string { return net.JoinHostPort(n.Host, strconv.Itoa(n.Port)) }

// Left lists the processes on the network that were not reaped, where processes
// are kept apart. Call it when all that were started are reaped.
func (n *Net) Left() []int {
	if n.first == nil {
		return nil
	}
	return procfs.Descendants(n.first.Pid)
}

// Leave gives up what Join reserved, and kills the processes that are left.
func (n *Net) Leave() {
	if n.first != nil {
		n.first.End()
	}
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

// Go runs f on a new goroutine on the network, and returns once the goroutine is
// there. The goroutine's thread ends with it. If it can't enter the network, Go
// returns the error and does not run f. A nil Net means the host's network.
func (n *Net) Go(f func()) error {
	entered := make(chan error)
	go func() {
		err := n.Enter()
		entered <- err
		if err == nil {
			f()
		}
	}()
	return <-entered
}

// Thread starts a thread on the network. run calls a function on that thread and
// waits for it; calls run one after the other. The thread ends when stopped is
// closed, and later calls are dropped. The thread outlives Leave.
func (n *Net) Thread(stopped <-chan struct{}) (run func(func()), err error) {
	type call struct {
		f    func()
		done chan struct{}
	}
	calls := make(chan call)
	err = n.Go(func() {
		for {
			select {
			case c := <-calls:
				c.f()
				close(c.done)
			case <-stopped:
				return
			}
		}
	})
	return func(f func()) {
		c := call{f, make(chan struct{})}
		select {
		case calls <- c:
			<-c.done
		case <-stopped:
		}
	}, err
}

// Enter puts another goroutine on the network. It locks that goroutine's
// thread, which ends with it.
func (n *Net) Enter() error {
	if n == nil || n.namespace == nil {
		return nil
	}
	runtime.LockOSThread()
	return enter(n.namespace)
}

// Exposed says what a script's program could do to its judge here because
// nothing prevents it; "" if nothing is open.
func Exposed() string {
	switch {
	case !Apart():
		return "programs were not kept apart: there are no PID namespaces here, so a program could kill the tests or other programs, or change the files that judge it"
	case Writable != nil:
		return fmt.Sprintf("programs may write everywhere, also to the files that judge them: those can't be made read-only here (%v)", Writable)
	}
	return ""
}

// A run has one of these spaces (user_namespaces(7)).
const (
	apart  = "pid"  // networks, processes and mounts of its own
	alone  = "net"  // networks of its own; containers may refuse the /proc of the others
	shared = "host" // the host's own
)

// Spaces lists the spaces to try, the best first. network is private (a
// namespace for each script), host (scripts share its loopback), or auto, as ""
// is (private where possible). Any other value is an error.
func Spaces(network string) ([]string, error) {
	sharedAsked = network == "host"
	switch network {
	case "host":
		return []string{shared}, nil
	case "private":
		return private, nil
	case "auto", "":
		return append(slices.Clone(private), shared), nil
	}
	return nil, fmt.Errorf("-network=%s: want auto, private or host", network)
}

// sharedAsked: this run was asked to share the host's network.
var sharedAsked bool

// space is the space of this process, once Furnish has prepared it.
var space = shared

// Available reports whether networks are private in this process.
func Available() bool { return space != shared }

// Apart reports whether the programs of scripts are kept apart, from each other
// and from this process.
func Apart() bool { return space == apart }

// Shared reports whether this run was asked to share the host's network.
func Shared() bool { return sharedAsked }

// Refusal says why networks are not private, where private ones were tried; nil
// otherwise.
func Refusal() error { return refusal }

// Refused records why the better spaces were refused.
func Refused(why string) { refusal = errors.New(why) }

var refusal error
