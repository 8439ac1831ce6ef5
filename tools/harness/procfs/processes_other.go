//go:build unix && !linux

package procfs

import (
	"syscall"
	"time"
)

// Group returns the leader's number while the process group has a member.
func Group(pgid int) []int {
	if syscall.Kill(-pgid, 0) != nil {
		return nil
	}
	return []int{pgid}
}

// Outlive kills process groups at once, and returns those that existed.
func Outlive(pgids []int, _ time.Duration) (killed []int) {
	for _, pgid := range pgids {
		if syscall.Kill(-pgid, syscall.SIGKILL) == nil {
			killed = append(killed, pgid)
		}
	}
	return killed
}

// Waiting is unknown here: a living program is taken to go on.
func Waiting(int) bool { return true }

// Without Linux's /proc the rest is unknown. A program that leaves its process
// group can outlive its script here.

func Holding(string) []int                    { return nil }
func Arguments(int) []string                  { return nil }
func Spent(int) time.Duration                 { return 0 }
func WithEnv(string) []int                    { return nil }
func WithArgument(string) []int               { return nil }
func StillRunning([]int, time.Duration) []int { return nil }
