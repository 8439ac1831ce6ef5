//go:build !linux

package actor

import (
	"net"
	"os"
	"syscall"
	"time"
)

func sessionLeader() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Setctty: true}
}

// sessionOn is not told here.
func sessionOn(*os.File) (int, bool) { return 0, false }

// group names a process group by its leader's number while anyone is in it.
func group(pgid int) []int {
	if syscall.Kill(-pgid, 0) != nil {
		return nil
	}
	return []int{pgid}
}

// waiting can't be told here: whoever lives is taken to go on.
func waiting(int) bool { return true }

// spent is not known without Linux's tables.
func spent(int) time.Duration { return 0 }

// WithEnv can't be told without Linux's tables: here a program that leaves its
// process group can outlive its script.
func WithEnv(string) []int { return nil }

// Outlive kills process groups and returns those that there were.
func Outlive(pgids []int, _ time.Duration) (killed []int) {
	for _, pgid := range pgids {
		if syscall.Kill(-pgid, syscall.SIGKILL) == nil {
			killed = append(killed, pgid)
		}
	}
	return killed
}

// A Connection is not known without Linux's tables.
type Connection struct {
	Local, Remote, State string
	Unread, Unsent       int
	EndUnread            bool
}

// Connections are not known without Linux's tables.
func (p *Program) Connections() []Connection { return nil }

// A Wait is not known without Linux's tables.
type Wait struct{ Call, On, From string }

// Waits are not known without Linux's tables.
func (p *Program) Waits() []Wait { return nil }

// Owner is not known without Linux's tables.
func Owner(_, _ string, _ bool) int { return 0 }

// Unread likewise.
func Unread(net.Conn) int { return 0 }

// PeerOf likewise.
func PeerOf(net.Conn) int { return 0 }

// WithArgument can't be told either; strace is Linux's.
func WithArgument(string) []int { return nil }

// StillRunning likewise.
func StillRunning([]int, time.Duration) []int { return nil }
