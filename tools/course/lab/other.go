//go:build !linux

package lab

import (
	"fmt"
	"os"
)

// A Member needs Linux: here there are none.
type Member struct{ First bool }

var errLinux = fmt.Errorf("%w: it needs Linux", ErrRefused)

func Keeper() (code int, is bool)                { return 0, false }
func Join(Lab) (*Member, error)                  { return nil, errLinux }
func (*Member) Start(Command, [3]*os.File) error { return errLinux }
func (*Member) Wait() (code int, err error)      { return 0, errLinux }
func (*Member) Close() error                     { return nil }
