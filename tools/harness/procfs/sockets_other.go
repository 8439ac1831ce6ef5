//go:build unix && !linux

package procfs

import "net"

// A Connection is unknown without Linux's tables; so is the rest.
type Connection struct {
	Local, Remote, State string
	Unread, Unsent       int
	EndUnread            bool
}

// A Wait is a system call in which a thread waits.
type Wait struct{ Call, On, From string }

func Connections(int) []Connection  { return nil }
func Sockets(int) []uint64          { return nil }
func UnixListener(string) uint64    { return 0 }
func Waits(int) []Wait              { return nil }
func AtPrompt(int) bool             { return false }
func ListenerOf(string, string) int { return 0 }
func SenderOf(string, string) int   { return 0 }
func PeerOf(net.Conn) int           { return 0 }
func Unread(net.Conn) int           { return 0 }
