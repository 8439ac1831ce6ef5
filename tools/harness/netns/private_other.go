//go:build unix && !linux

package netns

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

var errNoNamespaces = errors.New("network namespaces are Linux's")

// private is empty: without namespaces no network is private.
var private []string

// Again returns a command that starts this test binary once more.
func Again(string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd
}

// Furnish has nothing to do.
func Furnish(string) error { return nil }

// Sweep kills nothing: here no way is known to find the processes that a run has
// left.
func Sweep() int { return 0 }

func joinPrivate(Bounds) (*Net, error) { return nil, errNoNamespaces }
func enter(*os.File) error             { return errNoNamespaces }

// Where processes are not kept apart, these do nothing.
func Folder(string, int64) (unmount func(), err error) { return func() {}, nil }
func (*Net) Processes() []int                          { return nil }
func (*Net) Kill()                                     {}

// A Group needs Linux: here there are none.
type Group struct{}

func NewGroup(int, int64) *Group           { return nil }
func Settle() (undo func())                { return func() {} }
func (*Group) Place(*exec.Cmd)             {}
func (*Group) Hit() (threads, memory bool) { return false, false }
func (*Group) End()                        {}

// RawSockets changes nothing.
func RawSockets() *syscall.SysProcAttr { return nil }
